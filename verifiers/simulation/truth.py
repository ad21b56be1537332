"""What a ground truth of a simulation can be: the table of kinds, and the reader of its text.

read_truth('{"kind": "inventory", "demand": [[3, 4]], "best": [9.0], ...}')   ->  Inventory(...)
"""

from functools import lru_cache

import msgspec

from verifiers.errors import VerifierFailed
from verifiers.simulation.backtest import Backtest
from verifiers.simulation.inventory import Inventory
from verifiers.simulation.plant import Control

Truth = Backtest | Control | Inventory


@lru_cache(maxsize=64)
def read_truth(text: str) -> Truth:
    """The simulator; raises VerifierFailed where the text is none."""
    try:
        truth = _DECODER.decode(text)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise VerifierFailed(f"the ground truth is no simulation: {error}") from None
    if not truth.entry_point.isidentifier():
        raise VerifierFailed(f"entry_point {truth.entry_point!r:.60} is no name of a function")
    return truth


_DECODER = msgspec.json.Decoder(Truth)
