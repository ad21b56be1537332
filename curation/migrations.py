"""How a store comes to its present form: numbered files of SQL, applied once each; then its views.

    STEPS[0]   # sql/1_records.sql makes version 1 out of an empty file
    VIEWS      # sql/views.sql, made anew after any step

A step is never edited after a release: a change of the records is a new step, and a test holds the
outcome of all steps against them.
"""

from importlib.resources import files

_FILES = {file.name: file for file in files("curation").joinpath("sql").iterdir()}

VIEWS = _FILES.pop("views.sql").read_text()

STEPS = tuple(
    _FILES[name].read_text() for name in sorted(_FILES, key=lambda name: int(name.split("_")[0]))
)
