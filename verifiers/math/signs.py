"""Plus or minus: both values of what is written with one sign.

signs_expanded(read("1 \\\\pm \\\\sqrt2"))   ->  Listing((1 + root 2, 1 - root 2))
signs_expanded(read("x + 1"))               ->  the same
"""

from typing import Any

from verifiers.math.syntax import (
    Braces,
    Call,
    Family,
    Listing,
    Matrix,
    Moment,
    Piecewise,
    Text,
    negative,
    replaced,
    walk,
)


def signs_expanded(node: Any) -> Any:
    """Plus or minus becomes both values: in lists two items, alone a set."""
    if isinstance(node, Listing | Braces):
        items = tuple(choice for item in node.items for choice in _choices(item))
        return type(node)(items) if items != node.items else node
    if isinstance(node, Family | Piecewise | Text | Moment | Matrix):
        return node if not isinstance(node, Family) else _family_choices(node)
    found = _choices(node)
    return Listing(tuple(found)) if len(found) > 1 else found[0]


def _family_choices(node: Family) -> Any:
    found = [Family(choice, node.parameters) for choice in _choices(node.value)]
    return Listing(tuple(found)) if len(found) > 1 else found[0]


def _choices(node: Any) -> list[Any]:
    if not any(isinstance(one, Call) and one.name in ("pm", "mp") for one in walk(node)):
        return [node]
    above = replaced(node, _sign({"pm": 1, "mp": -1}))
    below = replaced(node, _sign({"pm": -1, "mp": 1}))
    return [above, below]


def _sign(meaning: dict[str, int]) -> Any:
    def change(node: Any) -> Any:
        if isinstance(node, Call) and node.name in meaning:
            inner = replaced(node.arguments[0], change)
            return inner if meaning[node.name] > 0 else negative(inner)
        return None

    return change
