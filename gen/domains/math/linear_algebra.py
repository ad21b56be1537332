"""Vectors and matrices: products, determinants, inverses, eigenvalues.

    Vectors().generate(rng, 1)       What is the dot product of (1, 4) and (2, 3)?       14
    MatrixProduct().generate(rng, 3) ...           \\begin{pmatrix}5 & 1 \\\\ -2 & 0\\end{pmatrix}
    Eigenvalues().generate(rng, 2)   Find the set of eigenvalues of ...                  \\{-1, 4\\}

What is reckoned here entry by entry is checked against sympy's matrices.
"""

from fractions import Fraction
from random import Random

from sympy import Matrix, sqrt

from gen.domains.draws import integers, nonzero, until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.notation import column, finite_set, matrix, pair
from gen.domains.math.wording import ask

Rows = list[list[int]]


class Vectors(MathFamily):
    """Products and projections of vectors; by components and again by sympy's matrices."""

    name = "linear_algebra.vectors"
    card = generated(0.05)
    methods = (
        "components against sympy's matrices, at level 5 normal vector against normal equations"
    )
    lazy = ("0", "10", "(0, 0, 0)")

    def level_1(self, rng: Random) -> Draft:
        """A dot product in the plane, without signs."""
        first, second = ([rng.randint(1, 9) for _ in range(2)] for _ in range(2))
        return self.dot_product(rng, first, second)

    def level_2(self, rng: Random) -> Draft:
        """A dot product in space."""
        return self.dot_product(rng, integers(rng, 3, 12), integers(rng, 3, 12))

    def level_3(self, rng: Random) -> Draft:
        """A cross product."""
        first, second = integers(rng, 3, 9), integers(rng, 3, 9)
        phrasings = (
            "What is the cross product {}?",
            "Compute the cross product {}.",
            "Find the cross product {}.",
        )
        shown = f"${pair(*first)} \\times {pair(*second)}$"
        again = Matrix(first).cross(Matrix(second))
        prompt = f"{ask(rng, shown, phrasings)} Answer with an ordered triple."
        return Draft(prompt, pair(*cross(first, second)), pair(*again))

    def level_4(self, rng: Random) -> Draft:
        """The cosine of an angle."""
        first, second = until(
            lambda: (integers(rng, 3, 5), integers(rng, 3, 5)), lambda v: any(v[0]) and any(v[1])
        )
        phrasings = (
            "What is the cosine of the angle between the vectors {}?",
            "Find the cosine of the angle that the vectors {} enclose.",
            "Let $t$ be the angle between {}. What is $\\cos t$?",
        )
        answer = dot(first, second) / sqrt(dot(first, first) * dot(second, second))
        u, v = Matrix(first), Matrix(second)
        # By the law of cosines, from the lengths of three sides.
        again = (u.dot(u) + v.dot(v) - (u - v).dot(u - v)) / (2 * u.norm() * v.norm())
        shown = f"{pair(*first)} and {pair(*second)}"
        return Draft(f"{ask(rng, shown, phrasings)} Give the exact value.", answer, again)

    def level_5(self, rng: Random) -> Draft:
        """The projection on a plane."""
        u, v, w = until(
            lambda: [integers(rng, 3, 4) for _ in range(3)], lambda s: Matrix(s).det() != 0
        )
        normal = cross(v, w)
        share = Fraction(dot(u, normal), dot(normal, normal))
        plane = Matrix([v, w]).T
        again = plane * (plane.T * plane).LUsolve(plane.T * Matrix(u))
        phrasings = (
            "Find the orthogonal projection of {} on the plane spanned by <>.",
            "Which vector in the span of <> is closest to {}?",
            "Project {} orthogonally on the subspace that <> span. What is the projection?",
        )
        prompt = ask(rng, pair(*u), phrasings).replace("<>", f"{pair(*v)} and {pair(*w)}")
        answer = pair(*(a - share * n for a, n in zip(u, normal, strict=True)))
        return Draft(
            f"{prompt} Answer with an ordered triple of exact values.", answer, pair(*again)
        )

    def dot_product(self, rng: Random, first: list[int], second: list[int]) -> Draft:
        """Ask for a dot product."""
        phrasings = (
            "What is the dot product of {}?",
            "Compute the dot product of {}.",
            "Find the scalar product of the vectors {}.",
        )
        shown = f"{pair(*first)} and {pair(*second)}"
        again = Matrix(first).dot(Matrix(second))
        return Draft(ask(rng, shown, phrasings), dot(first, second), again)


class MatrixProduct(MathFamily):
    """Products of matrices; by rows and columns and again by sympy."""

    name = "linear_algebra.matrix_product"
    card = generated(0.02)
    methods = "sums over rows and columns against sympy's matrices"
    lazy = ("0", matrix([[1, 0], [0, 1]]), column([0, 0]))

    def draw(self, rng: Random, level: int) -> Draft:
        """A combination of vectors, then matrix by vector, 2 by 2, 3 by 3, and three products."""
        if level == 1:
            a, b = rng.randint(2, 9), rng.randint(2, 9)
            first, second = [rng.randint(0, 9) for _ in "xy"], [rng.randint(0, 9) for _ in "xy"]
            shown = f"${a}{column(first)} + {b}{column(second)}$"
            answer = [[a * i + b * j] for i, j in zip(first, second, strict=True)]
            return self.asked(rng, shown, answer, a * Matrix(first) + b * Matrix(second))
        size, limit, n_columns = ((2, 9, 1), (2, 9, 2), (3, 7, 3), (3, 4, 3))[level - 2]
        first = [integers(rng, size, limit) for _ in range(size)]
        second = [integers(rng, n_columns, limit) for _ in range(size)]
        answer, again = multiplied(first, second), Matrix(first) * Matrix(second)
        if level <= 4:
            return self.asked(rng, f"${matrix(first)}{matrix(second)}$", answer, again)
        forwards, backwards = multiplied(first, answer), multiplied(second, first)
        difference = [
            [a - b for a, b in zip(*rows, strict=True)]
            for rows in zip(forwards, backwards, strict=True)
        ]
        again = Matrix(first) ** 2 * Matrix(second) - Matrix(second) * Matrix(first)
        shown = f"$A^2 B - BA$ for $A = {matrix(first)}$ and $B = {matrix(second)}$"
        return self.asked(rng, shown, difference, again)

    def asked(self, rng: Random, shown: str, answer: Rows, second: Matrix) -> Draft:
        """Ask for a matrix."""
        form = "column vector" if len(answer[0]) == 1 else "matrix"
        return Draft(
            f"{ask(rng, shown)} Answer with a {form}.", matrix(answer), matrix(second.tolist())
        )


class Determinant(MathFamily):
    """Determinants; by cofactors and again by sympy's elimination."""

    name = "linear_algebra.determinant"
    card = generated(0.06)
    methods = "expansion by cofactors against sympy's elimination"
    lazy = ("0", "1", "-1", "2")

    def draw(self, rng: Random, level: int) -> Draft:
        """Two rows, two with signs, three, four, and five rows."""
        size, limit = ((2, 9), (2, 15), (3, 9), (4, 5), (5, 3))[level - 1]
        rows = [integers(rng, size, limit) for _ in range(size)]
        if level == 1:
            rows = [[abs(entry) for entry in row] for row in rows]
        phrasings = (
            "What is the determinant of {}?",
            "Compute the determinant of {}.",
            "Find the determinant of the matrix {}.",
            "Evaluate the determinant of the square matrix {}.",
        )
        shown = f"${matrix(rows)}$"
        return Draft(ask(rng, shown, phrasings), cofactors(rows), Matrix(rows).det())


class Inverse(MathFamily):
    """Inverses; by the adjugate and again by sympy."""

    name = "linear_algebra.inverse"
    card = generated(0.03)
    methods = "adjugate over determinant against sympy's inverse"
    lazy = (matrix([[1, 0], [0, 1]]), matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """Diagonal, integral and fractional 2 by 2, integral and fractional 3 by 3."""
        if level == 1:
            rows = [[nonzero(rng, 12), 0], [0, nonzero(rng, 12)]]
        elif level in (2, 4):
            size = 2 if level == 2 else 3
            identity = [[int(i == j) for j in range(size)] for i in range(size)]
            rows = until(lambda: sheared(rng, identity, 3 * size, both_sides=False), is_full)
        else:
            size, limit = (2, 9) if level == 3 else (3, 4)
            rows = until(
                lambda: [integers(rng, size, limit) for _ in range(size)],
                lambda m: abs(cofactors(m)) > 1,
            )
        phrasings = (
            "Find the inverse of the matrix ${}$.",
            "What is the inverse of ${}$?",
            "Invert the matrix ${}$.",
            "Compute ${}^{-1}$.",
        )
        size, determinant = len(rows), cofactors(rows)
        answer = [
            [Fraction((-1) ** (i + j) * minor(rows, j, i), determinant) for j in range(size)]
            for i in range(size)
        ]
        prompt = ask(rng, matrix(rows), phrasings)
        return Draft(prompt, matrix(answer), matrix(Matrix(rows).inv().tolist()))


class Eigenvalues(MathFamily):
    """Eigenvalues; built from them by shears, found again as roots."""

    name = "linear_algebra.eigenvalues"
    card = generated(0.14)
    methods = "construction by similarity against the roots of the characteristic polynomial"
    lazy = ("1", "\\{0, 1\\}", "\\{-1, 1\\}", "9")

    def draw(self, rng: Random, level: int) -> Draft:
        """The larger of a triangular matrix, then integral, irrational, three, and mixed sets."""
        p, q, r = rng.sample(range(-9, 10), 3)
        square = until(lambda: rng.randint(2, 30), lambda n: not sqrt(n).is_rational)
        if level == 1:
            rows, values = [[p, rng.randint(1, 9)], [0, q]], [p, q]
        elif level == 2:
            rows, values = [[p, 0], [0, q]], [p, q]
        elif level == 4:
            rows, values = [[p, 0, 0], [0, q, 0], [0, 0, r]], [p, q, r]
        else:
            # The block has the eigenvalues p + sqrt(square) and p - sqrt(square).
            rows, values = [[p, square], [1, p]], [p + sqrt(square), p - sqrt(square)]
            if level == 5:
                rows, values = [[*rows[0], 0], [*rows[1], 0], [0, 0, q]], [*values, q]
        if level > 1:
            start, n_steps = rows, 2 if len(rows) == 2 else 4
            rows = until(lambda: sheared(rng, start, n_steps, both_sides=True), is_full)
        shown = f"${matrix(rows)}$"
        found = list(Matrix(rows).eigenvals())
        if level == 1:
            phrasings = (
                "What is the largest eigenvalue of {}?",
                "Find the larger of the two eigenvalues of {}.",
            )
            return Draft(ask(rng, shown, phrasings), max(values), max(found))
        phrasings = (
            "Find the set of eigenvalues of {}.",
            "What is the set of all eigenvalues of the matrix {}?",
            "Determine the set of the eigenvalues of {}.",
        )
        prompt = f"{ask(rng, shown, phrasings)} Give exact values."
        return Draft(prompt, finite_set(values), finite_set(found))


def dot(first: list[int], second: list[int]) -> int:
    """The dot product."""
    return sum(a * b for a, b in zip(first, second, strict=True))


def cross(first: list[int], second: list[int]) -> list[int]:
    """The cross product."""
    (a, b, c), (x, y, z) = first, second
    return [b * z - c * y, c * x - a * z, a * y - b * x]


def multiplied(first: Rows, second: Rows) -> Rows:
    """The product of two matrices."""
    return [[dot(row, list(column)) for column in zip(*second, strict=True)] for row in first]


def minor(rows: Rows, i: int, j: int) -> int:
    """The determinant without row `i` and column `j`."""
    return cofactors([row[:j] + row[j + 1 :] for at, row in enumerate(rows) if at != i])


def cofactors(rows: Rows) -> int:
    """The determinant, expanded along the first row."""
    if not rows:
        return 1
    return sum((-1) ** j * entry * minor(rows, 0, j) for j, entry in enumerate(rows[0]) if entry)


def is_full(rows: Rows) -> bool:
    """Whether few entries are 0, and none is large."""
    entries = [entry for row in rows for entry in row]
    return entries.count(0) <= len(rows) - 2 and max(map(abs, entries)) < 100


def sheared(rng: Random, rows: Rows, n_steps: int, *, both_sides: bool) -> Rows:
    """Add multiples of rows to others; on both sides, which keeps the eigenvalues, or on one."""
    result = Matrix(rows)
    for _ in range(n_steps):
        i, j = rng.sample(range(len(rows)), 2)
        factor = nonzero(rng, 3)
        result[i, :] = result[i, :] + factor * result[j, :]
        if both_sides:
            result[:, j] = result[:, j] - factor * result[:, i]
    return [[int(entry) for entry in row] for row in result.tolist()]
