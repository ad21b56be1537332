"""What a comparison found out, and how the findings about parts become one about the whole.

all_equal([Finding(True, "exact"), Finding(True, "numeric")])     ->  Finding(True, "numeric")
all_equal([Finding(True, "exact"), Finding(False, "numeric")])    ->  Finding(False, "numeric")
matched([one, two], [two, one], again, once=False)                ->  Finding(True, "normal form")
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from verifiers.math.asked import Asked
from verifiers.math.syntax import Unreadable


class Finding(NamedTuple):
    """Whether two answers are equal, which layer decided it, and what is doubtful about that."""

    equal: bool
    layer: str
    note: str = ""


DIFFERENT = Finding(False, "form")

LAYERS = ("normal form", "exact", "words", "dates and times", "rounded", "sets of reals", "numeric",
          "numeric and sympy", "sympy")  # fmt: skip
"""From the easiest to the hardest."""


class Again(NamedTuple):
    """Compares parts of two answers, in the way that the answers themselves are compared."""

    compare: Callable[[Any, Any, Asked], Finding]
    asked: Asked

    def __call__(self, gold: Any, answer: Any) -> Finding:
        """Compare two parts; raises Unreadable where one of them cannot be judged."""
        return self.compare(gold, answer, self.asked)

    def attempt(self, gold: Any, answer: Any) -> Finding:
        """Compare two parts; they differ where one of them cannot be judged."""
        try:
            return self.compare(gold, answer, self.asked)
        except Unreadable as error:
            return Finding(False, "form", str(error))

    def asking(self, asked: Asked) -> "Again":
        """The same for another form of answer."""
        return Again(self.compare, asked)


def all_equal(findings: list[Finding]) -> Finding:
    """Equal where all are, by the hardest layer; else the first that is not."""
    for finding in findings:
        if not finding.equal:
            return finding
    notes = "; ".join(sorted({one.note for one in findings} - {""}))
    return Finding(True, _hardest({one.layer for one in findings}), notes)


def matched(ours: list[Any], theirs: list[Any], again: Again, *, once: bool) -> Finding:
    """Each item of one side has its equal on the other; `once` forgets repetitions."""
    left, layers, notes = list(theirs), set(), set()
    for item in ours:
        for n, other in enumerate(left):
            finding = again.attempt(item, other)
            if finding.equal:
                layers.add(finding.layer)
                notes.add(finding.note)
                del left[n]
                break
        else:
            if not (once and any(again.attempt(item, other).equal for other in theirs)):
                return Finding(False, "items", f"{len(ours)} values, {len(theirs)} in the answer")
    for item in left:
        if not (once and any(again.attempt(other, item).equal for other in ours)):
            return Finding(False, "items", f"{len(ours)} values, {len(theirs)} in the answer")
    return Finding(True, _hardest(layers), "; ".join(sorted(filter(None, notes))))


def _hardest(layers: set[str]) -> str:
    return max(
        layers, key=lambda layer: LAYERS.index(layer) if layer in LAYERS else -1, default="exact"
    )
