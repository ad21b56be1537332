"""The proof that selection pays, on the CPU: runs what is missing, then writes table and plot.

    python -m benchmarks.selection                        # all arms, 4 seeds, two runs at a time
    python -m benchmarks.selection --mix even --seeds 2   # a less favourable pool
    python -m benchmarks.selection --report --docs docs   # of what is there

Each run is a JSON file under --out/MIX at once; interrupted, the same command goes on. A report is
of the seeds that all arms have finished.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.selection.arms import ARMS
from benchmarks.selection.experiment import Result, Run, Settings, read_result, run_missing
from benchmarks.selection.figures import curves, summarise, table
from benchmarks.selection.problems import MIXES

HERE = Path(__file__).parent
PAGE = "selection-proof.md"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.selection", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--mix", choices=MIXES, default="expert")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=ARMS)
    parser.add_argument("--budget-tokens", type=int, default=Settings().budget_tokens)
    parser.add_argument("--workers", type=int, default=2, help="runs at a time, a thread each")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="where results are kept")
    parser.add_argument("--report", action="store_true", help="run nothing")
    parser.add_argument("--docs", type=Path, help=f"where {PAGE} stands, to be brought up to date")
    options = parser.parse_args()
    settings = Settings(mix=options.mix, budget_tokens=options.budget_tokens)
    runs = [Run(seed, arm) for seed in range(options.seeds) for arm in options.arms]
    out, warm = options.out / options.mix, options.out / "warm.pt"
    if options.report:
        results = [found for run in runs if (found := read_result(out, run, settings))]
    else:
        results = run_missing(
            runs, settings, warm=warm, out=out, workers=options.workers, tell=_tell
        )
    report(results, mix=options.mix, out=out, docs=options.docs)


def report(results: Sequence[Result], *, mix: str, out: Path, docs: Path | None) -> None:
    """Print the table; write the figures beside the results, and table and plot into the docs."""
    figures = summarise(results)
    text = f"Seeds {figures.seeds}; the warm policy has {figures.start}.\n\n{table(figures)}"
    (out / "figures.json").write_text(json.dumps(asdict(figures), indent=1) + "\n")
    print(text)
    if docs is not None:
        finished = [result for result in results if result.seed in figures.seeds]
        curves(finished).save(docs / "images" / f"selection-{mix}.png", scale_factor=2)
        page = docs / PAGE
        page.write_text(with_table(page.read_text(), mix, text))


def with_table(page: str, mix: str, text: str) -> str:
    """The page with `text` between the marks of a mix."""
    first, last = f"<!-- {mix} -->\n", f"<!-- end of {mix} -->"
    if first not in page or last not in page:
        raise ValueError(f"{PAGE} lacks the marks {first.strip()} and {last}")
    return re.sub(
        f"(?s){re.escape(first)}.*?{re.escape(last)}", lambda _: first + text + last, page
    )


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
