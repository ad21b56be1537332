"""What a ground truth of a plan can be: the table of kinds, and the reader of a truth's text.

    read_truth('{"kind": "assignment", "costs": [[4, 1], [2, 3]], "best": 3}')   ->  Assignment(...)

A further kind is a file with a struct that has an `objective(answer)`, and its entry in `Truth`.
"""

from functools import lru_cache
from typing import Any

import msgspec

from verifiers.errors import VerifierFailed
from verifiers.plan.answers import Malformed, exact
from verifiers.plan.choices import Assignment, Knapsack, Routes
from verifiers.plan.dosing import Dosing
from verifiers.plan.journal import Journal
from verifiers.plan.lots import LotSizing
from verifiers.plan.portfolio import Weights
from verifiers.plan.puzzle import Puzzle
from verifiers.plan.scheduling import JobShop, Sequence

Optimised = JobShop | Sequence | LotSizing | Weights | Knapsack | Assignment | Routes
"""What has an objective, and so a best."""

Truth = Optimised | Dosing | Journal | Puzzle


@lru_cache(maxsize=256)
def read_truth(text: str) -> Truth:
    """The instance and its best; raises VerifierFailed where the text is none."""
    try:
        truth = _DECODER.decode(text)
        _see_quantities(msgspec.to_builtins(truth))
        return truth
    except (Malformed, msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise VerifierFailed(f"the ground truth is no plan: {error}") from None


_DECODER = msgspec.json.Decoder(Truth)


def _see_quantities(value: Any) -> None:
    """Raise Malformed for a number that no answer may have either."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        exact(value)
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            _see_quantities(one)
