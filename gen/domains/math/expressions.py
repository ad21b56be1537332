"""Expression trees: drawn at random, evaluated exactly, written with no more brackets than needed.

tree = ("\\times", ("+", 2, 3), -4)
value(tree), text(tree)               (-20, "(2 + 3) \\times (-4)")
parsed("(2 + 3) \\times (-4)")        -20, by sympy's parser: the second opinion
"""

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random
from typing import Any

from gen.domains.math.notation import operand

TIMES, DIVIDED = "\\times", "\\div"
Tree = int | Fraction | tuple[str, "Tree", "Tree"]
BINDING = {"+": 1, "-": 1, TIMES: 2, DIVIDED: 2, "^": 3}


def grow(rng: Random, n_numbers: int, allowed: Sequence[str], leaf: Callable[[], int]) -> Tree:
    """Draw a tree of `n_numbers` numbers whose divisions come out whole and powers are squares."""
    if n_numbers == 1:
        return leaf()
    operator = rng.choice(allowed)
    if operator == "^":
        return ("^", grow(rng, n_numbers - 1, allowed, leaf), 2)
    if operator == DIVIDED:
        left = grow(rng, n_numbers - 1, allowed, leaf)
        divisors = [d for d in range(2, 13) if value(left) % d == 0]
        return (DIVIDED, left, rng.choice(divisors)) if divisors else ("-", left, leaf())
    n_left = rng.randint(1, n_numbers - 1)
    left = grow(rng, n_left, allowed, leaf)
    return (operator, left, grow(rng, n_numbers - n_left, allowed, leaf))


def value(tree: Tree) -> Any:
    """The exact value; raises ZeroDivisionError."""
    if not isinstance(tree, tuple):
        return tree
    operator, left, right = tree[0], value(tree[1]), value(tree[2])
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == TIMES:
        return left * right
    if operator == DIVIDED:
        return Fraction(left) / right
    return left**right


def operators(tree: Tree) -> set[str]:
    """The operators that occur in the tree."""
    if not isinstance(tree, tuple):
        return set()
    return {tree[0]} | operators(tree[1]) | operators(tree[2])


def text(tree: Tree) -> str:
    """Write the tree in LaTeX; a negative number that begins a group needs no brackets."""
    return re.sub(r"(^|\()\((-\d+)\)(?!\^)", r"\1\2", _bracketed(tree))


def parsed(written: str) -> Any:
    """Evaluate what `text` wrote by sympy's parser."""
    from sympy import sympify

    plain = re.sub(r"\\frac\{(\d+)\}\{(\d+)\}", r"(\1/\2)", written)
    return sympify(plain.replace(TIMES, "*").replace(DIVIDED, "/").replace("^", "**"))


def _bracketed(tree: Tree) -> str:
    if not isinstance(tree, tuple):
        return operand(tree)
    operator, left, right = tree
    left_text, right_text = _bracketed(left), _bracketed(right)
    # 8 / 4 * 2 and 2^2^2 are read in two ways by people, whatever the convention.
    loose = BINDING[operator] + (operator == "^" or _operator(left) == DIVIDED)
    if isinstance(left, tuple) and BINDING[left[0]] < loose:
        left_text = f"({left_text})"
    if isinstance(right, tuple) and BINDING[right[0]] <= BINDING[operator]:
        right_text = f"({right_text})"
    return (
        f"{left_text}^{right_text}" if operator == "^" else f"{left_text} {operator} {right_text}"
    )


def _operator(tree: Tree) -> str:
    return tree[0] if isinstance(tree, tuple) else ""
