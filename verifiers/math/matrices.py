"""Matrices and vectors, entry by entry, also where they are scaled, added or in unit vectors.

same_matrix(read("\\\\begin{pmatrix}2 & 4\\\\end{pmatrix}"), read("(2, 4)"), again).equal  ->  True
as_matrix(read("2\\\\begin{pmatrix}1 & x\\\\end{pmatrix}"))    ->  Matrix(((2 * 1, 2 * x),))
as_matrix(read("3\\\\mathbf{i} - \\\\mathbf{j}"))             ->  a row of 3 and -1
"""

from typing import Any

from verifiers.math.findings import DIFFERENT, Again, Finding, all_equal
from verifiers.math.syntax import (
    Bracketed,
    Matrix,
    Product,
    Sum,
    Symbol,
    integer,
    replaced,
    symbols,
    walk,
)


def same_matrix(gold: Matrix, answer: Any, again: Again) -> Finding:
    """Compare with a matrix what is one, or brackets that may stand for one."""
    theirs = answer
    if isinstance(answer, Bracketed) and all(isinstance(item, Bracketed) for item in answer.items):
        rows = tuple(item.items for item in answer.items if isinstance(item, Bracketed))
        theirs = Matrix(rows) if len({len(row) for row in rows}) == 1 else None
    elif isinstance(answer, Bracketed):
        theirs = Matrix((answer.items,))
        if len(gold.rows[0]) == 1:
            theirs = Matrix(tuple((item,) for item in answer.items))
    elif isinstance(answer, Symbol) and answer.name in ("I", f"I_{len(gold.rows)}"):
        size = range(len(gold.rows))
        theirs = Matrix(tuple(tuple(integer(int(m == n)) for m in size) for n in size))
    elif not isinstance(answer, Matrix):
        theirs = as_matrix(answer)
        if theirs is not None and len(gold.rows[0]) == 1 and len(theirs.rows) == 1:
            theirs = Matrix(tuple((item,) for item in theirs.rows[0]))
    if theirs is None:
        return DIFFERENT
    if len(gold.rows) != len(theirs.rows) or len(gold.rows[0]) != len(theirs.rows[0]):
        return Finding(False, "form", "of another shape")
    pairs = [
        (one, other)
        for row, their_row in zip(gold.rows, theirs.rows, strict=True)
        for one, other in zip(row, their_row, strict=True)
    ]
    return all_equal([again.attempt(one, other) for one, other in pairs])


def as_matrix(node: Any) -> Matrix | None:
    """What matrix arithmetic makes of a node, and a i + b j + c k as a row; None for neither."""
    if isinstance(node, Matrix):
        return node
    if isinstance(node, Product):
        parts = [
            as_matrix(factor) if isinstance(factor, Matrix | Product | Sum) else None
            for factor in node.factors
        ]
        matrices = [part for part in parts if part is not None]
        if len(matrices) == 1:
            scalars = tuple(f for f, part in zip(node.factors, parts, strict=True) if part is None)
            return Matrix(
                tuple(tuple(Product((*scalars, cell)) for cell in row) for row in matrices[0].rows)
            )
    if isinstance(node, Sum) and any(isinstance(one, Matrix) for one in walk(node)):
        parts = [as_matrix(term) for term in node.terms]
        if None in parts or len({(len(p.rows), len(p.rows[0])) for p in parts if p}) != 1:
            return None
        rows = zip(*(part.rows for part in parts if part), strict=True)
        return Matrix(tuple(tuple(Sum(cells) for cells in zip(*row, strict=True)) for row in rows))
    names = {name for name in symbols(node) if name.startswith("unit:")}
    if not names:
        return None
    size = 3 if "unit:k" in names else 2
    cells = []
    for axis in "ijk"[:size]:
        at = {f"unit:{other}": integer(int(other == axis)) for other in "ijk"}
        cells.append(replaced(node, lambda one, at=at: at.get(getattr(one, "name", ""))))
    return Matrix((tuple(cells),))
