"""The second opinion on most answers with one unknown: sympy's solver.

solution_of(3 * X + 5 - 20)    5
"""

from typing import Any

from sympy import Symbol, solve

X = Symbol("x")


def solution_of(expression: Any) -> Any:
    """The one solution of `expression` = 0, an expression in `X`."""
    (solution,) = solve(expression, X)
    return solution
