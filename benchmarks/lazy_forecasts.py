"""What lazy strategies are paid by the families whose outcomes are real.

$ python benchmarks/lazy_forecasts.py --domain finance -n 400
family                 level  strategy         skill            reward           accepted
forecasts.daily_change 1      half the width   -0.056 +- 0.006  0.001 +- 0.001   0.5 % (0.1 to 1.8)

Of `n` problems a level: mean skill and reward with twice their standard error, and the share
accepted with its 95 % interval (Clopper and Pearson). Problems share windows, so that an interval
is that of the draw of problems, not of another history.
"""

import argparse
from math import sqrt
from random import Random
from statistics import fmean, stdev

import msgspec
from scipy.stats import binomtest

from gen.catalog import find_families
from gen.family import Family


def measured(family: Family, level: int, n: int) -> list[tuple[str, str, str, str]]:
    problems = [family.generate(Random(f"lazy:{i}:{level}"), level) for i in range(n)]
    rows = []
    for name, lazy in family.trivial().items():
        verdicts = [
            family.verify(one, lazy if isinstance(lazy, str) else lazy(one)) for one in problems
        ]
        skills = [msgspec.json.decode(one.details).get("skill", 0.0) for one in verdicts]
        rewards = [one.reward or 0.0 for one in verdicts]
        hits = sum(one.outcome == "accepted" for one in verdicts)
        low, high = binomtest(hits, n).proportion_ci()
        share = f"{hits / n:.1%} ({low:.1%} to {high:.1%})"
        rows.append((name, _with_error(skills), _with_error(rewards), share))
    return rows


def _with_error(values: list[float]) -> str:
    return f"{fmean(values):+.3f} +- {2 * stdev(values) / sqrt(len(values)):.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--domain", default="finance")
    parser.add_argument("-n", type=int, default=400)
    options = parser.parse_args()
    for family in find_families(options.domain):
        if family.certificate == "outcome" and family.verifier == "forecast":
            for level in family.levels:
                for row in measured(family, level, options.n):
                    print(family.name, level, *row, sep="\t")


if __name__ == "__main__":
    main()
