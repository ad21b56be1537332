"""What is asked of the sympy process and what it answers, and both of them as bytes.

encode(Question("equal", (parse("2x"), parse("x + x"))))   ->  4 bytes of length, then msgpack
decode(b"...", Proof)                                      ->  Proof("equal")
"""

from fractions import Fraction
from typing import Any, Literal

import msgspec

from verifiers.math.syntax import AnyNode


class Question(msgspec.Struct, frozen=True):
    """`equal`: are two nodes? `proportional`: are equations? `solve`: a relation, for `name`."""

    kind: Literal["equal", "proportional", "solve"]
    nodes: tuple[AnyNode, ...]
    name: str = ""


class Proof(msgspec.Struct, frozen=True):
    """What sympy found out; for a relation, the ends of its `solutions` and which are closed."""

    outcome: Literal["equal", "different", "unknown", "timeout"]
    solutions: tuple[tuple[str, bool, str, bool], ...] | None = None


def encode(message: Any) -> bytes:
    """A message as a length and msgpack."""
    body = msgspec.msgpack.encode(message, enc_hook=str)
    return len(body).to_bytes(4, "big") + body


def decode(body: bytes, kind: Any) -> Any:
    """A message of the stated kind; rationals travel as text."""
    return msgspec.msgpack.decode(body, type=kind, dec_hook=lambda kind, text: Fraction(text))
