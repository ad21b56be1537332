"""`gen new-domain` writes a package that works as soon as it is installed, as its page says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gen.scaffold import FILES, write_domain
from verifiers.errors import BadInput

TUTORIAL = Path(__file__).parents[2] / "docs/new-domain.md"


def install(package: Path, target: Path) -> None:
    """What `pip install` does, into a directory of its own, without fetching anything."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--target", str(target), str(package)),
        ],
        check=True,
        capture_output=True,
    )


def steps(page: str) -> Iterator[tuple[str, str]]:
    """A tutorial's files as (name, text), and its commands as ("$", command), in order."""
    for language, text in re.findall(r"```(console|yaml)\n(.*?)```", page, re.DOTALL):
        if language == "yaml":
            yield text.split("\n")[0].removeprefix("# "), text
        else:
            yield from (("$", line.removeprefix("$ ")) for line in text.splitlines())


def test_the_tutorial_s_steps_work_one_after_the_other(gen, tmp_path: Path, monkeypatch):
    """Only the place to which pip installs is another than a reader's."""
    site = tmp_path / "site"
    paths = [str(site), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    told = {}
    for name, text in steps(TUTORIAL.read_text()):
        match name, text.split():
            case "$", ["gen", *arguments]:
                told[text] = gen(*arguments).stdout
            case "$", ["pip", "install", "-e", package]:
                install(tmp_path / package, site)
            case "$", _:
                pytest.fail(f"no way to run {text!r}")
            case _:
                (tmp_path / name).write_text(text)
    checked = told["gen domains --check chemistry --examples 1"].splitlines()
    assert [row.split("\t")[:2] for row in checked[1:]] == [
        ["solutions.dilution", "kept"],
        ["travel.time", "kept"],
    ]
    assert "20 new" in told["gen problems --domain chemistry -n 20"]
    assert "20 problems of domain chemistry" in told["gen problems --family decay.yaml -n 20"]
    card = (tmp_path / "data_cards/chemistry.md").read_text()
    assert "2 families, levels 1 to 3" in card
    assert "What it must not be used for." in card


@pytest.mark.parametrize("name", ["Chemistry", "my-domain", "2d", "class", "Ångström", "a b", ".."])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str):
    with pytest.raises(BadInput, match="is no name for a domain"):
        write_domain(name, tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_a_domain_of_ours_and_a_directory_that_is_there_are_refused(tmp_path: Path):
    with pytest.raises(BadInput, match="there is a domain 'math' already"):
        write_domain("math", tmp_path)
    package = write_domain("chemistry", tmp_path)
    (package / "README.md").write_text("mine")
    with pytest.raises(BadInput, match="assay-chemistry is there already"):
        write_domain("chemistry", tmp_path)
    assert (package / "README.md").read_text() == "mine"


def test_a_family_in_python_takes_some_forty_lines():
    source = Path(__file__).parents[2] / "gen/scaffold" / FILES["assay_NAME/dilution.py"]
    code = source.read_text().split("class Dilution")[1].split("\n\n\n")[0]
    assert len(code.splitlines()) <= 40
