"""General solutions as they are written: with a declared integer, or as a congruence.

general_solution("2\\\\pi n, n \\\\in \\\\mathbb{Z}", again)    ->  Family(Product(...), ("n",))
congruence("x \\\\equiv 3 \\\\pmod{5}", again, grouped=True)  ->  Family(Sum(...), ("k",))
"""

import re
from collections.abc import Callable
from typing import Any

from verifiers.math.parser import parse
from verifiers.math.syntax import (
    Bracketed,
    Family,
    Listing,
    Product,
    Relation,
    Sum,
    Symbol,
    integer,
    symbols,
)

MODULO = re.compile(
    r"(?:(?P<name>[a-zA-Z])\s*(?:\\equiv|=)\s*)?(?P<value>[^=]+?)\s*\(?\s*(?:\\pmod|\\bmod|\\mod|mod)\s*"
    r"\{?\s*(?P<modulus>\d+)\s*\}?\s*\)?"
)
_WHO = (
    r"(?:(?:[,;|(]|\s)\s*\(?\s*(?:(?:where|for|with|and|as)\s+)?"
    r"(?:(?:all|any|some|every|each|an|arbitrary)\s+)?"
)
_WHOLE = r"\s*\\in\s*(?:\\mathbb\{Z\}(?![\^_])|(?:Z|Integers|integers)\b)\s*\)?)"
DECLARATIONS = (
    re.compile(_WHO.replace(r"|\s)", ")") + r"(?P<names>[a-zA-Z](?:\s*,\s*[a-zA-Z])*)" + _WHOLE),
    re.compile(_WHO + r"(?P<names>[a-zA-Z])" + _WHOLE),
    re.compile(_WHO + r"integers?\s+(?P<names>[a-zA-Z])(?![a-zA-Z])\s*\)?)"),
    re.compile(
        _WHO + r"(?P<names>[a-zA-Z])\s+(?:is|are|being|an|any)"
        r"\s*(?:an|any|some)?\s*integers?\s*\)?)"
    ),
    re.compile(r"(?:[,;]\s*(?P<names>[a-zA-Z])\s*=\s*0\s*,\s*\\pm\s?1\s*,(?:\s*\\pm\s?2\s*,?)?\s*(?:\\[lc]?dots|\.\.\.))"),
)  # fmt: skip


def congruence(text: str, again: Callable[[str], Any], *, grouped: bool) -> Any:
    """`3 mod 5` and `x = 3, 4 (mod 5)` as families of integers."""
    if "mod" not in text or (match := MODULO.fullmatch(text)) is None:
        return None
    if match["name"] is None and not re.search(r"pmod|\(", text):
        return None  # 17 mod 5 is a value
    values = parse(match["value"].strip().strip(",(").strip(), grouped=grouped)
    step = Product((integer(int(match["modulus"])), Symbol("k")))
    items = values.items if isinstance(values, Listing) else (values,)
    families = tuple(Family(Sum((value, step)), ("k",)) for value in items)
    return families[0] if len(families) == 1 else Listing(families)


def general_solution(text: str, again: Callable[[str], Any]) -> Any:
    """An expression with the integers that run through it, however these are declared."""
    names: list[str] = []
    for declaration in DECLARATIONS:
        while match := declaration.search(text):
            if not (text[: match.start()] + text[match.end() :]).strip():
                return None
            names += re.findall(r"[a-zA-Z]", match["names"])
            text = text[: match.start()] + " " + text[match.end() :]
    if not names:
        return None
    text = re.sub(r"\s+", " ", text).strip(" ,;:|")
    node = again(text)
    items = node.items if isinstance(node, Listing) else (node,)
    if len({str(one.operands[0]) for one in items if isinstance(one, Relation)}) == len(items) > 1:
        # x = ..., y = ... is one point for each integer
        ordered = sorted(items, key=lambda one: str(one.operands[0]))
        return _with_parameters(
            Bracketed("(", ")", tuple(one.operands[-1] for one in ordered)), names
        )
    families = tuple(_with_parameters(item, names) for item in items)
    return families[0] if len(families) == 1 else Listing(families)


def _with_parameters(node: Any, names: list[str]) -> Any:
    value = (
        node.operands[-1] if isinstance(node, Relation) and set(node.operators) == {"="} else node
    )
    used = tuple(name for name in names if name in symbols(value))
    return Family(value, used) if used else value
