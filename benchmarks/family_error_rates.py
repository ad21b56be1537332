r"""False accepts and false rejects of verifiers, on the right answers and near misses of families.

    python benchmarks/family_error_rates.py -n 3 --verifier forecast plan value --write
    python benchmarks/family_error_rates.py -n 16 --verifier simulation sql --write
    python benchmarks/family_error_rates.py -n 12 --family repair.package --write
    python benchmarks/family_error_rates.py -n 1 --family commits.fix --data commits.fix=. --write

Right are the whole responses of `Family.right`, wrong the near misses of `Family.wrong`, of `-n`
problems a family and level; undecided ones are no errors, and told. A family that is given a table
of the user's by `--data FAMILY=PATH` is a set of pairs of its own. `--write` keeps what
`gen domains` says: of a verifier, the sets that were measured anew take the place of the old.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from gen.catalog import installed_families
from gen.family import Family
from gen.measures import draw
from verifiers import error_rates
from verifiers.error_rates import ErrorRate
from verifiers.pool import GradingPool, GradingTask
from verifiers.registry import find_verifier

PAIRS = "{}: right answers and near misses"

MEASURED = ("forecast", "plan", "repository", "simulation", "sql", "value")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-n", type=int, default=3, help="problems a family and level")
    parser.add_argument("--verifier", nargs="*", default=MEASURED)
    parser.add_argument("--family", nargs="*", help="these families alone")
    parser.add_argument("--data", nargs="*", default=[], metavar="FAMILY=PATH")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="store what `gen domains` states")
    options = parser.parse_args()
    data = dict(one.split("=", 1) for one in options.data)
    families = [
        one
        for one in _able(options.verifier, data)
        if not options.family or one.name in options.family
    ]
    measured = []
    for name in options.verifier:
        some = [one for one in families if one.verifier == name]
        sets = {"families": [one for one in some if one.data is None]}
        sets |= {one.name: [one] for one in some if one.data is not None}
        for what, members in sets.items():
            if members:
                pairs = PAIRS.format(what)
                measured.append(_rate(name, pairs, members, options.n, options.workers))
        if not some:
            print(f"{name}: no family can make problems", file=sys.stderr)
    if options.write:
        new = {(one.verifier, one.version, one.pairs) for one in measured}
        kept = [
            one
            for verifier, version in {(one.verifier, one.version) for one in measured}
            for one in error_rates.measured(verifier, version)
            if (verifier, version, one.pairs) not in new
        ]
        path = Path(error_rates.__file__).with_name(error_rates.FILE)
        error_rates.store([*kept, *measured], path)


def _able(verifiers: Sequence[str], data: dict[str, str]) -> Iterator[Family]:
    for family in installed_families():
        if family.verifier not in verifiers:
            continue
        if family.takes and family.name in data:
            family = family.reading(Path(data[family.name]))
        if family.missing() is None:
            yield family


def _rate(name: str, pairs: str, families: Sequence[Family], n: int, workers: int) -> ErrorRate:
    tasks, labels = [], []
    for family in families:
        for level in family.levels:
            for seed in range(n):
                problem = draw(family, level, seed)
                wrong = family.wrong(problem, Random(f"wrong:{seed}"))
                answers = [(text, True) for text in family.right(problem)]
                answers += [(wrong, False)] if wrong is not None else []
                for text, right in answers:
                    tasks.append(
                        GradingTask(
                            verifier=name,
                            ground_truth=problem.ground_truth,
                            completion=text,
                            prompt=problem.prompt,
                            params=problem.params,
                        )
                    )
                    labels.append((right, family.name, level))
    counts = {"false_accepts": 0, "false_rejects": 0, "undecided": 0}
    with GradingPool(workers=workers, wall_s=120.0) as pool:
        for verdict, (right, family_name, level) in zip(pool.grade(tasks), labels, strict=True):
            wanted = "accepted" if right else "rejected"
            if verdict.outcome == wanted:
                continue
            error = {"accepted": "false_accepts", "rejected": "false_rejects"}
            counts[error.get(verdict.outcome, "undecided")] += 1
            print(f"{family_name} level {level}: {verdict.outcome}, {verdict.reason[:100]}")
    n_right = sum(right for right, *_ in labels)
    rate = ErrorRate(
        verifier=name,
        version=find_verifier(name).version,
        pairs=pairs,
        n_right=n_right,
        n_wrong=len(labels) - n_right,
        **counts,
    )
    print(
        f"{name}, {pairs}: {rate.false_accepts} of {rate.n_wrong} near misses "
        f"accepted, {rate.false_rejects} of {n_right} right answers rejected, "
        f"{rate.undecided} undecided"
    )
    return rate


if __name__ == "__main__":
    main()
