"""One selection in all formats, for the tests that open exports."""

from pathlib import Path

import pytest
from exported import selected_store

from curation.exporting import FORMATS, export
from curation.store import Store
from gen.prompts import messages


@pytest.fixture(scope="session")
def exports(tmp_path_factory) -> Path:
    """All formats of one selection, each in a directory of its name."""
    directory = tmp_path_factory.mktemp("exports")
    with Store(directory / "s.duckdb").writing("test") as store:
        selected_store(store)
        for fmt in FORMATS:
            export(store, "s", fmt=fmt, out=directory / fmt, chat=messages, test_size=3)
    return directory
