"""Commands that show a store to a reader: report, view.

$ gen report --html report.html --training out/trained
report.html
$ gen view
http://127.0.0.1:8321
"""

from pathlib import Path

import click

from gen.cli.options import json_option, print_object, print_rows, store_option
from gen.cli.options import report as print_result
from verifiers.errors import BadInput

VIEW_NEEDS = {
    "jinja2": "jinja2",
    "math_core": "math-core",
    "pygments": "pygments",
    "starlette": "starlette",
    "uvicorn": "uvicorn",
}


@click.command()
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write one self-contained page with charts to this file.",
)
@click.option(
    "--training",
    type=click.Path(path_type=Path, file_okay=False),
    help="A directory of `gen train` or `gen distill`, whose curves the page shows.",
)
@click.option("--selection", help="Compared with a random draw; the last one made unless given.")
@store_option
@json_option
def report(
    html: Path | None, training: Path | None, selection: str | None, store: Path, as_json: bool
) -> None:
    """Tell what the store holds, what became of proposals, and what an accepted problem cost."""
    from curation.reporting import report as report_of
    from curation.reporting import write_page
    from curation.store import Store

    if html is not None:
        write_page(Store(store), html, training=training, selection=selection)
        print_result({"html": html}, as_json=as_json, sentence=str(html))
        return
    if training is not None or selection is not None:
        raise BadInput("--training and --selection are for the page: add --html FILE")
    sections = report_of(Store(store))
    if as_json:
        tables = {
            section.title: [dict(zip(section.head, row, strict=True)) for row in section.rows]
            for section in sections
        }
        print_object(tables)
        return
    for section in sections:
        print(f"\n{section.title}" if section is not sections[0] else section.title)
        print_rows(section.head, section.rows, as_json=False)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8_321,
    show_default=True,
    help="0 takes a free one.",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open nothing.")
@store_option
@json_option
def view(port: int, no_browser: bool, store: Path, as_json: bool) -> None:
    """Read problems with their rollouts and verdicts in a browser, and mark bad ones.

    The pages are served to this machine alone, until the command is stopped.
    """
    import sys
    import webbrowser
    from importlib.util import find_spec

    missing = [name for module, name in VIEW_NEEDS.items() if find_spec(module) is None]
    if missing:
        raise BadInput(
            f"the pages need more packages: install assay[view] (missing: {', '.join(missing)})"
        )
    from curation.store import Store
    from curation.viewing.server import listen, serve

    def started(url: str) -> None:
        print_result({"url": url}, as_json=as_json, sentence=url)
        sys.stdout.flush()  # who waits for it may read a pipe
        if not no_browser:
            webbrowser.open(url)

    with listen(port) as listener:
        serve(Store(store), listener, on_start=started)
