"""The proof that selection pays: runs what is missing, then writes table and plot.

    python -m benchmarks.selection                        # all arms, 4 seeds, two runs at a time
    python -m benchmarks.selection --mix even --seeds 2   # a less favourable pool
    python -m benchmarks.selection --report --docs docs   # of what is there
    python -m benchmarks.selection --policy smollm2-135m --device cuda --workers 6 --wall-s 420

Each run is a JSON file under --out at once, in a folder for its mix and policy; interrupted, the
same command goes on. A report is of the seeds that all arms have finished.
"""

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from benchmarks.selection.arms import ARMS
from benchmarks.selection.experiment import INSTRUCT, Result, Run, Settings
from benchmarks.selection.figures import curves, summarise, table
from benchmarks.selection.policy import POLICIES, Machine
from benchmarks.selection.problems import MIXES
from benchmarks.selection.runs import Places, read_result, run_missing
from gen.backends.embedded import resolve_weights
from verifiers.errors import BadInput

HERE = Path(__file__).parent
PAGE = "selection-proof.md"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.selection", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--mix", choices=MIXES, default="expert")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=ARMS)
    parser.add_argument(
        "--set", nargs="+", default=[], metavar="NAME=VALUE", help="other settings, as rate=1e-5"
    )
    parser.add_argument("--workers", type=int, default=2, help="runs at a time, a thread each")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="where results are kept")
    parser.add_argument("--warm", type=Path, help="the warm policy, else made under --out")
    parser.add_argument("--policy", choices=POLICIES, default="small")
    parser.add_argument("--model", type=Path, help="directory of the instruct model, if not cached")
    parser.add_argument("--device", default="cpu", help="cpu or cuda, for an instruct model")
    parser.add_argument("--eager", action="store_true", help="no CUDA graphs")
    parser.add_argument(
        "--wall-s", type=float, default=float("inf"), help="begin no run after so many seconds"
    )
    parser.add_argument("--report", action="store_true", help="run nothing")
    parser.add_argument("--docs", type=Path, help=f"where {PAGE} stands, to be brought up to date")
    options = parser.parse_args()
    try:
        _run(options)
    except BadInput as error:
        parser.error(str(error))


def _run(options: argparse.Namespace) -> None:
    instruct = options.policy != "small"
    name = f"{options.policy}-{options.mix}" if instruct else options.mix
    settings = changed(INSTRUCT if instruct else Settings(), [f"mix={options.mix}", *options.set])
    runs = [Run(seed, arm) for seed in range(options.seeds) for arm in options.arms]
    out = options.out / name
    if options.report:
        results = [found for run in runs if (found := read_result(out, run))]
    else:
        warm = options.warm or options.out / (options.policy if instruct else "warm.pt")
        model = options.model
        if instruct and model is None and not warm.exists():
            model = Path(resolve_weights(options.policy))
        results = run_missing(
            runs,
            settings,
            at=Places(warm=warm, out=out, model=model),
            workers=options.workers,
            machine=Machine(options.device, graphs=not options.eager),
            until_s=options.wall_s,
        )
    report(results, name=name, out=out, docs=options.docs)


def changed(settings: Settings, changes: Sequence[str]) -> Settings:
    """The settings with others, given as `rate=1e-5`; raises BadInput for what is none."""
    values = asdict(settings)
    for change in changes:
        name, sign, value = change.partition("=")
        if not sign or name not in values:
            raise BadInput(f"{change}: give NAME=VALUE, with a name of {', '.join(values)}")
        values[name] = value
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"{' '.join(changes)}: {error}") from error


def report(results: Sequence[Result], *, name: str, out: Path, docs: Path | None) -> None:
    """Print the table; write the figures beside the results, and table and plot into the docs."""
    figures = summarise(results)
    text = (
        f"Seeds {figures.seeds}, on {' and '.join(figures.devices)}; the warm policy has "
        f"{figures.start}.\n\n{table(figures)}"
    )
    (out / "figures.json").write_text(json.dumps(asdict(figures), indent=1) + "\n")
    print(text)
    if docs is not None:
        finished = [result for result in results if result.seed in figures.seeds]
        curves(finished).save(docs / "images" / f"selection-{name}.png", scale_factor=2)
        page = docs / PAGE
        page.write_text(with_table(page.read_text(), name, text))


def with_table(page: str, name: str, text: str) -> str:
    """The page with `text` between the marks of a name."""
    first, last = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    if first not in page or last not in page:
        raise ValueError(f"{PAGE} lacks the marks {first.strip()} and {last}")
    return re.sub(
        f"(?s){re.escape(first)}.*?{re.escape(last)}", lambda _: first + text + last, page
    )


if __name__ == "__main__":
    main()
