"""Writes the package of a new domain, as `gen new-domain` does.

    write_domain("chemistry", Path("."))   ->   assay-chemistry/pyproject.toml, README.md, ...

The files beside this one are what it writes, with NAME for the domain's name.
"""

from importlib.resources import files
from keyword import iskeyword
from pathlib import Path

from gen.catalog import installed_families
from verifiers.errors import BadInput

FILES = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    "assay_NAME/__init__.py": "init.py.txt",
    "assay_NAME/dilution.py": "dilution.py.txt",
    "assay_NAME/speed.yaml": "speed.yaml.txt",
    "assay_NAME/notes.md": "notes.md.txt",
}
"""Path in the package -> the file here that it is made of."""


def write_domain(name: str, directory: Path) -> Path:
    """Write the package into `directory`/assay-NAME, and return that.

    Raises BadInput where the name is no name for a domain or is taken, or where the package's
    directory is there already.
    """
    if not (name.isascii() and name.isidentifier() and name.islower()) or iskeyword(name):
        raise BadInput(f"{name!r} is no name for a domain: take lower-case letters, digits and _")
    if name in {family.domain for family in installed_families()}:
        raise BadInput(f"there is a domain {name!r} already: see `gen domains`, or take another")
    package = directory / f"assay-{name}"
    if package.exists():
        raise BadInput(f"{package} is there already: move it away, or take another --out")
    for target, source in FILES.items():
        path = package / target.replace("NAME", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files("gen.scaffold").joinpath(source).read_text().replace("NAME", name))
    return package
