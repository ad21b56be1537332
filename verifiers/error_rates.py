"""How often each verifier errs, as measured by `benchmarks/error_rates.py --write`.

    (rate, *_) = measured("math", "2")
    rate.false_accepts, rate.n_wrong, rate.false_accept_rate   ->   0, 1480, 0.0
    rate.false_accept_interval                                 ->   (0.0, 0.0026)

The figures live in `error_rates.json` beside this file; a version not in it was not measured.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import sqrt
from pathlib import Path

import msgspec

FILE = "error_rates.json"

Z_95 = 1.959963984540054
"""The standard normal's 97.5 % point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRate:
    """One verifier version's errors on one set of labelled pairs.

    All fields but the names are counts of pairs. `n_right` and `n_wrong` are the pairs so labelled,
    `undecided` those of either label that got no verdict: they are no errors, and not left out.
    """

    verifier: str
    version: str
    pairs: str
    n_right: int
    n_wrong: int
    false_accepts: int
    false_rejects: int
    undecided: int

    @property
    def false_accept_rate(self) -> float:
        """Wrong answers accepted, as a share of the wrong ones, in [0, 1]; 0 where none were."""
        return self.false_accepts / self.n_wrong if self.n_wrong else 0.0

    @property
    def false_reject_rate(self) -> float:
        """Right answers rejected, as a share of the right ones, in [0, 1]; 0 where none were."""
        return self.false_rejects / self.n_right if self.n_right else 0.0

    @property
    def false_accept_interval(self) -> tuple[float, float]:
        """95 % interval of the false-accept rate."""
        return wilson(self.false_accepts, self.n_wrong)

    @property
    def false_reject_interval(self) -> tuple[float, float]:
        """95 % interval of the false-reject rate."""
        return wilson(self.false_rejects, self.n_right)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share; (0, 1) where nothing was tried.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
    the American Statistical Association 22 (1927); as formula 4 of Brown, Cai and DasGupta,
    "Interval estimation for a binomial proportion", Statistical Science 16 (2001).
    """
    if n == 0:
        return 0.0, 1.0
    share, z2 = hits / n, Z_95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == n else min(1.0, middle + half)
    return low, high


def measured(verifier: str, version: str) -> tuple[ErrorRate, ...]:
    """The rates of that version, a set of pairs each; empty where it was not measured."""
    return tuple(one for one in _stored() if (one.verifier, one.version) == (verifier, version))


def store(rates: Iterable[ErrorRate], path: Path) -> None:
    """Write the rates to `path` in place of all that it has of the same verifiers."""
    new = list(rates)
    names = {one.verifier for one in new}
    kept = [one for one in _read(path.read_bytes()) if one.verifier not in names]
    rows = sorted([*kept, *new], key=lambda one: (one.verifier, one.version, one.pairs))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n")


@cache
def _stored() -> tuple[ErrorRate, ...]:
    return _read(files("verifiers").joinpath(FILE).read_bytes())


def _read(data: bytes) -> tuple[ErrorRate, ...]:
    return msgspec.json.decode(data, type=tuple[ErrorRate, ...])
