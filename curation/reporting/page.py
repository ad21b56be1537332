"""The page of a report: one HTML file that holds its data, charts and Vega, and needs no network.

write_page(Store("assay.duckdb"), Path("report.html"))
->  report.html, some 1 MB, of which 0.9 MB are Vega

Its Content-Security-Policy lets the one script run that is in it, and nothing be fetched or sent.
"""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from curation.reporting.measures import Measures, measure
from curation.reporting.parts import next_step, parts
from curation.reporting.training import read_curves
from curation.store import Store
from verifiers.errors import BadInput

NEEDS = {"altair": "altair", "jinja2": "jinja2", "vl_convert": "vl-convert-python"}

HERE = Path(__file__).parent


def write_page(
    store: Store, path: Path, *, training: Path | None = None, selection: str | None = None
) -> None:
    """Write the page to `path`, whole or not at all.

    `training` is a trainer's directory whose curves are shown; `selection` the one compared with a
    random draw, the last one unless given. Raises BadInput where there is no store, a package is
    missing, or one of the two is not there.
    """
    missing = [name for module, name in NEEDS.items() if find_spec(module) is None]
    if missing:
        raise BadInput(
            f"the page needs more packages: install assay[view] (missing: {', '.join(missing)})"
        )
    curves = None if training is None else read_curves(training)
    measured = measure(store, selection=selection)
    page = _render(measured, store.path.stem, parts(measured, curves))
    try:
        partial = path.with_name(path.name + ".partial")
        partial.write_text(page, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}; choose another --html") from None


def _render(measured: Measures, title: str, sections: list) -> str:
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    script = _script()
    digest = b64encode(sha256(script.encode()).digest()).decode()
    specs: dict[str, Markup] = {}
    shown = []
    for part in sections:
        charts = [(f"{part.id}-{place}", caption) for place, (caption, _) in enumerate(part.charts)]
        specs |= {
            id_: Markup(_inert(spec))
            for (id_, _), (_, spec) in zip(charts, part.charts, strict=True)
        }
        shown.append({name: getattr(part, name) for name in part.__slots__} | {"charts": charts})
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True)
    return environment.get_template("page.html").render(
        title=title,
        as_of=measured.as_of,
        tiles=_tiles(measured),
        next_step=next_step(measured),
        parts=shown,
        specs=specs,
        css=Markup((HERE / "look.css").read_text() + (HERE / "page.css").read_text()),
        script=Markup(script),
        script_hash=f"sha256-{digest}",
        version=version("assay"),
    )


@cache
def _script() -> str:
    """Vega and the few lines that draw the figures with it; bundling them takes some seconds."""
    from vl_convert import javascript_bundle

    return javascript_bundle((HERE / "page.js").read_text()).replace("</script", "<\\/script")


def _inert(spec: dict) -> str:
    """JSON that can stand inside a script element, whatever is in its strings."""
    return json.dumps(spec, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _tiles(measured: Measures) -> list[tuple[str, str, str]]:
    """(name, value, note) of the figures at the top."""
    stages, costs, policies = measured.stages, measured.costs, measured.policies
    spent = [cost for cost in costs["cost"].to_list() if cost is not None]
    whose = "of 1 policy" if len(policies) == 1 else f"of {len(policies)} policies"
    tiles = [
        ("Problems", _short(stages["accepted"]), "out of quarantine"),
        ("Rollouts", _short(policies["n_rollouts"].sum()), whose),
        ("Verdicts", _short(measured.latencies["verdicts"].sum()), ""),
        ("Sampled tokens", _short(costs["tokens"].sum()), ""),
        ("Scored", _short(stages["scored"]), "problems"),
        ("Selected", _short(stages["selected"]), "problems"),
    ]
    if spent:
        tiles.append(("Cost", f"{sum(spent):,.2f}", ""))
    return tiles


def _short(count: Any) -> str:
    """Three figures and a unit where a number is large: 12.4 M."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= max(size, 10**4):
            return f"{count / size:.3g} {unit}"
    return f"{count:,}"
