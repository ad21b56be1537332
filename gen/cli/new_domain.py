"""`gen new-domain`: an installable package with working families, to be changed into one's own.

$ gen new-domain chemistry
assay-chemistry: two working families; go on with
  pip install -e assay-chemistry
  gen domains --check chemistry
"""

from pathlib import Path

import click

from gen.cli.options import json_option, report


@click.command("new-domain")
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    help="Directory of the package assay-NAME; the working directory unless given.",
)
@json_option
def new_domain(name: str, out: Path, as_json: bool) -> None:
    """Write the package of a new domain: a family in Python, one in YAML, and its card's notes."""
    from gen.scaffold import write_domain

    package = write_domain(name, out)
    report(
        {"domain": name, "package": package},
        as_json=as_json,
        sentence=f"{package}: two working families; go on with\n"
        f"  pip install -e {package}\n  gen domains --check {name}",
    )
