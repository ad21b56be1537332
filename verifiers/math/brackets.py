"""What stands in brackets of any kind: groups, absolute values, points, intervals and sets.

parse("[1, 3)")                 ->  Bracketed("[", ")", (Number(1), Number(3)))
parse("|x - 2|")                ->  Call("abs", (Sum((Symbol("x"), Number(-2))),))
parse("\\\\{x \\\\mid x > 0\\\\}")  ->  Builder(Symbol("x"), Relation(...))
"""

from collections.abc import Callable
from typing import Any

from verifiers.math.cursor import Grammar
from verifiers.math.syntax import (
    Braces,
    Bracketed,
    Builder,
    Call,
    Listing,
    NamedSet,
    Unreadable,
)

CLOSING = {"(": ")", "[": "]", "<<": ">>", "]": "["}
BRACKETED_FUNCTIONS = {"lfloor": ("rfloor", "floor"), "lceil": ("rceil", "ceil")}


def bracket(parser: Grammar, opening: str) -> Any:
    """The tree of what an opening bracket begins, to its closing one; raises Unreadable."""
    if opening == "{":
        return _group(parser)
    if opening == "\\{":
        return _braces(parser)
    if opening == "|":
        parser.bars, outer = 1, parser.bars
        node = parser.sum()
        parser.expect("|")
        parser.bars = outer
        return Call("abs", (node,))
    if opening in BRACKETED_FUNCTIONS:
        closing, name = BRACKETED_FUNCTIONS[opening]
        node = _alone(parser, parser.sum)
        parser.expect(closing)
        return Call(name, (node,))
    if opening in CLOSING:
        node = _alone(parser, parser.listing)
        closing = parser.expect(")", "]", ">>", "[")
        return _bracketed(opening, node, closing)
    raise Unreadable(f"unparsable: {opening}")


def _alone(parser: Grammar, rule: Callable[[], Any]) -> Any:
    """Inside brackets a bar opens again, whatever is open around them."""
    bars, builder = parser.bars, parser.in_builder
    parser.bars, parser.in_builder = 0, False
    node = rule()
    parser.bars, parser.in_builder = bars, builder
    return node


def _group(parser: Grammar) -> Any:
    if parser.take("}"):
        raise Unreadable("unparsable: an empty group")
    node = _alone(parser, parser.listing)
    if parser.take("choose"):
        node = Call("binom", (node, parser.listing()))
    parser.expect("}")
    return Braces(node.items) if isinstance(node, Listing) else node


def _braces(parser: Grammar) -> Any:
    if parser.take("\\}"):
        return NamedSet("empty")
    bars, parser.bars = parser.bars, 0
    outer, parser.in_builder = parser.in_builder, True
    element = parser.relation()
    if parser.take("|", ":"):
        parser.in_builder = False
        node = Builder(element, parser.listing())
    else:
        items = [element]
        while parser.take(",", ";"):
            items.append(parser.relation())
        node = Braces(tuple(items))
    parser.expect("\\}")
    parser.bars, parser.in_builder = bars, outer
    return node


def _bracketed(opening: str, node: Any, closing: str) -> Any:
    items = node.items if isinstance(node, Listing) else (node,)
    if len(items) == 1 and closing == CLOSING[opening] and opening in "([":
        return (
            items[0]
            if not isinstance(items[0], Bracketed) or opening == "("
            else Bracketed(opening, closing, items)
        )
    return Bracketed(opening, closing, items)
