"""The checked syntax tree: all that a model's text can become before anything is computed from it.

    Sum((Symbol("x"), Number(Fraction(1, 2))))      for x + \\frac{1}{2}
    Bracketed("[", ")", (Number(...), Constant("oo")))  for [2, \\infty)

A tree holds data only. It is what the layers compare, and what travels to the sympy process.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Union

import msgspec


class Unreadable(Exception):
    """The text is no answer of a form that is known; its message is a reason code."""


class Node(msgspec.Struct, frozen=True, tag=True):
    """Something an answer is made of."""


class Number(Node, frozen=True, tag=True):
    """An exact rational; `places` is the count of decimals it was written with, None otherwise."""

    value: Fraction
    places: int | None = None


class Symbol(Node, frozen=True, tag=True):
    """A free variable, with its subscript."""

    name: str


class Constant(Node, frozen=True, tag=True):
    """One of pi, e, i, oo (infinity)."""

    name: str


class Sum(Node, frozen=True, tag=True):
    """Terms added."""

    terms: "tuple[AnyNode, ...]"


class Product(Node, frozen=True, tag=True):
    """Factors multiplied."""

    factors: "tuple[AnyNode, ...]"


class Power(Node, frozen=True, tag=True):
    """`base` to the `exponent`; an odd root of a negative number is the real one."""

    base: "AnyNode"
    exponent: "AnyNode"


class Call(Node, frozen=True, tag=True):
    """A known function of arguments; `pm` and `mp` stand for a signed alternative."""

    name: str
    arguments: "tuple[AnyNode, ...]"


class Percent(Node, frozen=True, tag=True):
    """So many hundredths."""

    value: "AnyNode"


class Ratio(Node, frozen=True, tag=True):
    """Parts in proportion, 3:5."""

    parts: "tuple[AnyNode, ...]"


class Based(Node, frozen=True, tag=True):
    """Digits in a stated base."""

    value: Fraction
    base: int


class Quantity(Node, frozen=True, tag=True):
    """A value with a unit, the unit as written."""

    value: "AnyNode"
    unit: str


class Bracketed(Node, frozen=True, tag=True):
    """A point, tuple, vector or interval, told apart only by what it is compared with."""

    opening: str
    closing: str
    items: "tuple[AnyNode, ...]"


class Braces(Node, frozen=True, tag=True):
    """A finite set."""

    items: "tuple[AnyNode, ...]"


class Listing(Node, frozen=True, tag=True):
    """Several answers without brackets: `1, 2` or `1 or 2`."""

    items: "tuple[AnyNode, ...]"


class NamedSet(Node, frozen=True, tag=True):
    """One of R, Z, Q, N, C, empty."""

    name: str


class SetOperation(Node, frozen=True, tag=True):
    """`union`, `intersection` or `minus` of sets."""

    operator: str
    parts: "tuple[AnyNode, ...]"


class Relation(Node, frozen=True, tag=True):
    """A chain such as 1 < x <= 3: one operator fewer than operands."""

    operands: "tuple[AnyNode, ...]"
    operators: tuple[str, ...]


class Builder(Node, frozen=True, tag=True):
    """The set of all `element` with `condition`."""

    element: "AnyNode"
    condition: "AnyNode"


class Matrix(Node, frozen=True, tag=True):
    """Rows of equal length."""

    rows: "tuple[tuple[AnyNode, ...], ...]"


class Piecewise(Node, frozen=True, tag=True):
    """Values with conditions, None for "otherwise"."""

    cases: "tuple[tuple[AnyNode, AnyNode | None], ...]"


class Family(Node, frozen=True, tag=True):
    """A general solution: `value` for every integer that its parameters take."""

    value: "AnyNode"
    parameters: tuple[str, ...]


class Moment(Node, frozen=True, tag=True):
    """A date, a time of day or both; a part that is not stated is None.

    `second` is counted from midnight; `half` says that morning or afternoon was not told.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    second: int | None = None
    half: bool = False


class Text(Node, frozen=True, tag=True):
    """Words, casefolded."""

    words: str


if TYPE_CHECKING:
    AnyNode = Any  # narrowed by isinstance, which no checker follows through 23 classes
else:
    AnyNode = Union[  # noqa: UP007
        Number,
        Symbol,
        Constant,
        Sum,
        Product,
        Power,
        Call,
        Percent,
        Ratio,
        Based,
        Quantity,
        Bracketed,
        Braces,
        Listing,
        NamedSet,
        SetOperation,
        Relation,
        Builder,
        Matrix,
        Piecewise,
        Family,
        Moment,
        Text,
    ]

ZERO, ONE, MINUS_ONE = Number(Fraction(0)), Number(Fraction(1)), Number(Fraction(-1))
INFINITY = Constant("oo")
SETLIKE = Bracketed | Braces | SetOperation | NamedSet | Builder
NO_EXPRESSION = (
    Listing, Braces, Bracketed, Relation, SetOperation, NamedSet, Builder, Text, Matrix, Moment,
    Family,
)  # fmt: skip
"""What has no value of its own."""


def integer(value: int) -> Number:
    """A whole number."""
    return Number(Fraction(value))


def negative(node: Any) -> Any:
    """The node times -1; a number keeps its places."""
    if isinstance(node, Number):
        return Number(-node.value, node.places)
    return Product((MINUS_ONE, node))


def quotient(numerator: Any, denominator: Any) -> Any:
    """The numerator over the denominator."""
    if (
        isinstance(numerator, Number)
        and isinstance(denominator, Number)
        and numerator.places is None
        and denominator.places is None
        and denominator.value
    ):
        return Number(numerator.value / denominator.value)
    return Product((numerator, Power(denominator, MINUS_ONE)))


def children(node: Node) -> Iterator[Any]:
    """The nodes directly below."""
    for name in node.__struct_fields__:
        yield from _nodes(getattr(node, name))


def walk(node: Any) -> Iterator[Any]:
    """The node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def symbols(node: Any) -> frozenset[str]:
    """Names of the free variables."""
    return frozenset(one.name for one in walk(node) if isinstance(one, Symbol))


def replaced(node: Any, change: Any) -> Any:
    """The tree with `change(node)` in place of each node for which that is not None, from above."""
    if (new := change(node)) is not None:
        return new
    fields = {
        name: _replaced(getattr(node, name), change)
        for name in node.__struct_fields__
        if isinstance(getattr(node, name), Node | tuple)
    }
    return msgspec.structs.replace(node, **fields) if fields else node


def _nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)


def _replaced(value: Any, change: Any) -> Any:
    if isinstance(value, Node):
        return replaced(value, change)
    if isinstance(value, tuple):
        return tuple(_replaced(part, change) for part in value)
    return value
