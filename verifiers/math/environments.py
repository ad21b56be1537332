"""What stands between \\begin and \\end: matrices, and the cases of a function or a system.

parse("\\\\begin{pmatrix} 1 & 2 \\\\\\\\ 3 & 4 \\\\end{pmatrix}")
->  Matrix(((Number(1), Number(2)), (Number(3), Number(4))))
parse("\\\\begin{cases} x & x \\\\ge 0 \\\\\\\\ -x & x < 0 \\\\end{cases}")
->  Piecewise(((Symbol("x"), Relation(...)), (Product(...), Relation(...))))
"""

from typing import Any

from verifiers.math.cursor import END, Grammar, shown
from verifiers.math.syntax import (
    Call,
    Listing,
    Matrix,
    Piecewise,
    Product,
    Relation,
    Sum,
    Text,
    Unreadable,
    negative,
)

MATRICES = ("pmatrix", "bmatrix", "matrix", "vmatrix", "Bmatrix", "Vmatrix", "smallmatrix", "array")
CASES = ("cases", "dcases", "rcases")


def environment(parser: Grammar, kind: str) -> Any:
    """The tree of an environment of a kind, to its end; raises Unreadable."""
    if kind in CASES:
        rows = _rows(parser, kind)
        if rows and all(len(row) == 1 and isinstance(row[0], Relation) for row in rows):
            return Listing(tuple(row[0] for row in rows))  # a system, not a function
        return Piecewise(tuple(_case(row) for row in rows))
    if kind not in MATRICES:
        raise Unreadable(f"unparsable: {kind}")
    rows = [tuple(row) for row in _rows(parser, kind)]
    if not rows or len({len(row) for row in rows}) != 1:
        raise Unreadable("unparsable: a ragged matrix")
    matrix = Matrix(tuple(rows))
    return Call("det", (_determinant(matrix.rows),)) if kind == "vmatrix" else matrix


def _rows(parser: Grammar, kind: str) -> list[list[Any]]:
    rows: list[list[Any]] = [[]]
    parser.deeper()
    bars, parser.bars = parser.bars, 0
    while True:
        token = parser.peek()
        if token is END:
            raise Unreadable("unparsable: an environment without end")
        if token.kind == "end":
            parser.next()
            break
        if parser.take("\\\\"):
            if parser.at("["):  # extra space between rows
                while not parser.take("]"):
                    if parser.next() is END:
                        raise Unreadable("unparsable: a bracket without end")
            rows.append([])
        elif parser.take("&"):
            continue
        else:
            rows[-1].append(_cell(parser, kind))
    parser.depth -= 1
    parser.bars = bars
    return [row for row in rows if row]


def _cell(parser: Grammar, kind: str) -> Any:
    if kind in CASES and parser.take("else"):
        # `otherwise (x > 10)` says when that is
        return _condition(parser) if parser.at("(") else None
    if kind in CASES and (parser.at("if") or parser.peek(-1).value == "&"):
        return _condition(parser)
    node = parser.relation()
    parser.take(",")
    if isinstance(node, Listing) and kind in CASES:
        raise Unreadable("unparsable: a case")
    return node


def _condition(parser: Grammar) -> Any:
    """A relation, or words such as `n is even`."""
    parser.take("if")
    start = parser.position
    while not (parser.at("&", "\\\\") or parser.peek().kind == "end" or parser.peek() is END):
        if parser.peek().kind == "word":
            break
        parser.position += 1
    if parser.peek().kind != "word":
        parser.position = start
        return parser.listing()
    parser.position, words = start, []
    while not (parser.at("&", "\\\\") or parser.peek().kind == "end" or parser.peek() is END):
        words.append(shown(parser.next()))
    return Text(" ".join(word for word in words if word not in ("is", "i", "s", ",")))


def _case(row: list[Any]) -> tuple[Any, Any]:
    if len(row) > 2 or (row and row[0] is None):
        raise Unreadable("unparsable: a case")
    return row[0], row[1] if len(row) == 2 else None


def _determinant(rows: tuple[tuple[Any, ...], ...]) -> Any:
    """Expanded along the first row."""
    if len(rows) != len(rows[0]) or len(rows) > 4:
        raise Unreadable("unparsable: a determinant")
    if len(rows) == 1:
        return rows[0][0]
    terms = []
    others = list(rows)
    for n, entry in enumerate(others.pop(0)):
        minor = tuple((*row[:n], *row[n + 1 :]) for row in others)
        term = Product((entry, _determinant(minor)))
        terms.append(negative(term) if n % 2 else term)
    return Sum(tuple(terms))
