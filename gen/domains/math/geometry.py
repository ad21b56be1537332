"""Angles, lengths, areas and points.

    Angles().generate(rng, 1)          Two angles of a triangle are 50 and 60 degrees ...   70
    RightTriangle().generate(rng, 3)   ... between the points (1, 2) and (4, 8)?        3 \\sqrt{5}
    Points().generate(rng, 3)          At which point do the lines ... meet?                (2, -1)

Circles and solids have a module of their own.
"""

from fractions import Fraction
from math import atan2
from random import Random

from sympy import Matrix, Point, Rational, sqrt

from gen.domains.draws import integers, nonzero, until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.equations import X, solution_of
from gen.domains.math.notation import combination, pair, polynomial
from gen.domains.math.polygons import circumcentre, pick, place, shoelace, triangle
from gen.domains.math.wording import ask, in_lowest_terms
from gen.domains.phrases import listed

TRIPLES = (
    (3, 4, 5),
    (5, 12, 13),
    (8, 15, 17),
    (7, 24, 25),
    (20, 21, 29),
    (9, 40, 41),
    (12, 35, 37),
)


class Angles(MathFamily):
    """Angle sums; from the rule and again by solving the equation of the sum."""

    name = "geometry.angles"
    card = generated(0.12)
    methods = "angle sums in closed form against sympy.solve on the equation of the sum"
    lazy = ("60", "90", "120", "45")
    small_levels = (1, 2)

    def level_1(self, rng: Random) -> Draft:
        """The third angle of a triangle."""
        a, b = rng.randint(2, 16) * 5, rng.randint(2, 16) * 5
        phrasings = (
            "Two angles of a triangle are {}. How many degrees is the third?",
            "In a triangle, two of the angles measure {}. Find the third angle in degrees.",
            "A triangle has angles of {}. What is its third angle, in degrees?",
        )
        second = solution_of(X + a + b - 180)
        return Draft(ask(rng, f"{a} and {b} degrees", phrasings), 180 - a - b, second)

    def level_2(self, rng: Random) -> Draft:
        """An isosceles triangle."""
        if rng.random() < 0.5:
            apex = rng.randint(5, 85) * 2
            given, asked = (
                f"the angle between the equal sides is {apex}",
                "each of the other angles",
            )
            answer, second = 90 - apex // 2, solution_of(2 * X + apex - 180)
        else:
            base = rng.randint(10, 85)
            given, asked = f"each angle at the base is {base}", "the angle between the equal sides"
            answer, second = 180 - 2 * base, solution_of(X + 2 * base - 180)
        phrasings = (
            f"In an isosceles triangle {{}} degrees. How many degrees is {asked}?",
            f"A triangle has two equal sides, and {{}} degrees. Find {asked}, in degrees.",
        )
        return Draft(ask(rng, given, phrasings), answer, second)

    def level_3(self, rng: Random) -> Draft:
        """A polygon's last angle."""
        n = rng.randint(4, 7)
        *given, last = until(
            lambda: self.measures(rng, n, 180 * (n - 2)), lambda angles: 25 <= angles[-1] <= 175
        )
        phrasings = (
            f"All but one of the interior angles of a convex polygon with {n} sides measure {{}} "
            "degrees. How many degrees is the last one?",
            f"A convex polygon has {n} sides. All its interior angles but one are {{}} degrees. "
            "Find the remaining one, in degrees.",
        )
        # The exterior angles add up to 360 degrees.
        second = 180 - (360 - sum(180 - angle for angle in given))
        shown = listed(list(map(str, given)))
        return Draft(ask(rng, shown, phrasings), last, second)

    def level_4(self, rng: Random) -> Draft:
        """A triangle whose angles are given by an unknown."""
        return self.unknown(rng, 3)

    def level_5(self, rng: Random) -> Draft:
        """A polygon with four to six angles given by an unknown."""
        return self.unknown(rng, rng.randint(4, 6))

    def unknown(self, rng: Random, n: int) -> Draft:
        """Ask for the largest angle of a polygon whose angles are multiples of x and a rest."""
        total = 180 * (n - 2)
        measures = until(
            lambda: self.measures(rng, n, total), lambda angles: 25 <= angles[-1] <= 175
        )
        x = rng.randint(10, 30)
        factors = [max(1, angle // x + rng.choice((-1, 0, 1))) for angle in measures]
        rests = [angle - factor * x for angle, factor in zip(measures, factors, strict=True)]
        shown = listed([f"${polynomial([f, r])}$" for f, r in zip(factors, rests, strict=True)])
        figure = ("triangle", "convex quadrilateral", "convex pentagon", "convex hexagon")[n - 3]
        phrasings = (
            f"The interior angles of a {figure} are {{}} degrees. How many degrees is the largest?",
            f"A {figure} has interior angles of {{}} degrees. Find its largest angle in degrees.",
            f"If the interior angles of a {figure} measure {{}} degrees, what is the largest of "
            "them, in degrees?",
        )
        found = solution_of(sum(factors) * X + sum(rests) - total)
        second = max(f * found + r for f, r in zip(factors, rests, strict=True))
        return Draft(ask(rng, shown, phrasings), max(measures), second)

    def measures(self, rng: Random, n: int, total: int) -> list[int]:
        """Angles with this sum."""
        angles = [rng.randint(30 if n == 3 else 70, 170) for _ in range(n - 1)]
        return [*angles, total - sum(angles)]


class RightTriangle(MathFamily):
    """Pythagoras in the plane and in space; by squares and again by sympy's points or vectors."""

    name = "geometry.right_triangle"
    card = generated(0.13)
    methods = "Pythagoras against distances between sympy's points"
    lazy = ("5", "10", "13", "\\sqrt{2}")
    small_levels = (1, 2)

    def level_1(self, rng: Random) -> Draft:
        """The hypotenuse, at most 60."""
        a, b, c = until(lambda: self.triple(rng), lambda sides: sides[2] <= 60)
        phrasings = (
            "The legs of a right triangle are {}. How long is the hypotenuse?",
            "A right triangle has legs of length {}. Find its hypotenuse.",
            "What is the hypotenuse of a right triangle with legs {}?",
        )
        return Draft(ask(rng, f"{a} and {b}", phrasings), c, Point(a, 0).distance(Point(0, b)))

    def level_2(self, rng: Random) -> Draft:
        """A leg, in a setting."""
        a, b, c = self.triple(rng)
        phrasings = (
            f"A straight cable {c} feet long runs from the top of a mast to a point of the level "
            "ground that is {} feet from its foot. How many feet high is the mast?",
            f"A right triangle has the hypotenuse {c} and one leg {{}}. How long is the other leg?",
            f"A rectangle has the diagonal {c}, and one of its sides is {{}}. Find the other side.",
        )
        second = Point(0, 0).distance(Point(0, sqrt(c**2 - a**2)))
        return Draft(ask(rng, str(a), phrasings), b, second)

    def level_3(self, rng: Random) -> Draft:
        """The distance between two points of the plane."""
        return self.distance(rng, 2)

    def level_4(self, rng: Random) -> Draft:
        """The distance between two points in space."""
        return self.distance(rng, 3)

    def level_5(self, rng: Random) -> Draft:
        """The distance of a point from a line."""
        a, b, c = nonzero(rng, 9), nonzero(rng, 9), rng.randint(-20, 20)
        x, y = until(lambda: integers(rng, 2, 12), lambda p: a * p[0] + b * p[1] != c)
        phrasings = (
            f"What is the distance of the point {pair(x, y)} from the line {{}}?",
            f"How far is {pair(x, y)} from the line {{}}?",
            f"Find the distance between the line {{}} and the point {pair(x, y)}.",
        )
        answer = abs(a * x + b * y - c) / sqrt(a * a + b * b)
        # The foot of the perpendicular is where the line is met along its normal vector (a, b).
        step = solution_of(a * (x + a * X) + b * (y + b * X) - c)
        second = Point(x, y).distance(Point(x + a * step, y + b * step))
        shown = f"${combination([a, b], ['x', 'y'])} = {c}$"
        return Draft(f"{ask(rng, shown, phrasings)} Give the exact value.", answer, second)

    def distance(self, rng: Random, dimension: int) -> Draft:
        """Ask for the distance between two points."""
        first, second = until(
            lambda: (integers(rng, dimension, 12), integers(rng, dimension, 12)),
            lambda ends: ends[0] != ends[1],
        )
        phrasings = (
            "What is the distance between the points {}?",
            "How far apart are the points {}?",
            "Find the length of the segment whose ends are {}.",
        )
        shown = f"{pair(*first)} and {pair(*second)}"
        answer = sqrt(sum((a - b) ** 2 for a, b in zip(first, second, strict=True)))
        again = Point(*first).distance(Point(*second))
        return Draft(f"{ask(rng, shown, phrasings)} Give the exact value.", answer, again)

    def triple(self, rng: Random) -> tuple[int, int, int]:
        """Sides of a right triangle, in whole numbers, the longest last."""
        a, b, c = rng.choice(TRIPLES)
        factor = rng.randint(1, 9)
        a, b = rng.sample((a, b), 2)
        return factor * a, factor * b, factor * c


class Area(MathFamily):
    """Areas of plane figures; by formula and again by coordinates or Pick's theorem."""

    name = "geometry.area"
    card = generated(0.05)
    methods = "area formulas against the shoelace formula, that against Pick's theorem"
    lazy = ("12", "24", "30")
    small_levels = (1,)

    def level_1(self, rng: Random) -> Draft:
        """A rectangle."""
        a, b = rng.randint(2, 20), rng.randint(2, 20)
        phrasings = (
            "What is the area of a rectangle with sides {}?",
            "A rectangle has sides of length {}. Find its area.",
            "The sides of a rectangle are {}. What is its area?",
        )
        return Draft(
            ask(rng, f"{a} and {b}", phrasings), a * b, shoelace([(0, 0), (a, 0), (a, b), (0, b)])
        )

    def level_2(self, rng: Random) -> Draft:
        """A triangle by base and height, a parallelogram, or a rectangle by its perimeter."""
        a, h, shift = rng.randint(3, 40), rng.randint(3, 40), rng.randint(1, 9)
        figure, answer, corners = rng.choice((
            (f"a triangle with base {a} and height {2 * h}", a * h,
             [(0, 0), (a, 0), (shift, 2 * h)]),
            (f"a parallelogram with base {a} and height {h}", a * h,
             [(0, 0), (a, 0), (a + shift, h), (shift, h)]),
            (f"a rectangle with perimeter {2 * (a + h)} and one side {a}", a * h,
             [(0, 0), (a, 0), (a, h), (0, h)]),
        ))  # fmt: skip
        return Draft(self.area_of(rng, figure), answer, shoelace(corners))

    def level_3(self, rng: Random) -> Draft:
        """A trapezoid, a rhombus, or a rectangle with a corner cut out."""
        a, b, h, w = rng.randint(8, 40), rng.randint(2, 30), rng.randint(6, 30), rng.randint(1, 5)
        figure, answer, corners = rng.choice((
            (f"a trapezoid with parallel sides {a} and {b} and height {2 * h}", (a + b) * h,
             [(0, 0), (a, 0), (b + w, 2 * h), (w, 2 * h)]),
            (f"a rhombus with diagonals {2 * a} and {2 * b}", 2 * a * b,
             [(0, 0), (a, b), (2 * a, 0), (a, -b)]),
            (f"the figure left when a rectangle of {w} by {w + 1} is cut from a corner of a "
             f"rectangle of {a} by {h + 1}", a * (h + 1) - w * (w + 1),
             [(0, 0), (a, 0), (a, h - w), (a - w, h - w), (a - w, h + 1), (0, h + 1)]),
        ))  # fmt: skip
        return Draft(self.area_of(rng, figure), answer, shoelace(corners))

    def level_4(self, rng: Random) -> Draft:
        """A polygon by its corners."""
        n, move = rng.randint(4, 6), integers(rng, 2, 5)
        corners = until(
            lambda: sorted((place(rng, 8) for _ in range(n)), key=lambda p: atan2(*p)),
            lambda p: all(a[0] * b[1] < a[1] * b[0] for a, b in zip(p, p[1:] + p[:1], strict=True)),
        )
        corners = [(x + move[0], y + move[1]) for x, y in corners]
        shown = listed([pair(*corner) for corner in corners])
        figure = f"the polygon whose vertices, in order, are {shown}"
        return Draft(
            in_lowest_terms(rng, self.area_of(rng, figure)), shoelace(corners), pick(corners)
        )

    def level_5(self, rng: Random) -> Draft:
        """A triangle by its sides."""
        a, b, c = until(
            lambda: sorted(rng.randint(4, 25) for _ in range(3)), lambda s: s[2] < s[0] + s[1]
        )
        half = Rational(a + b + c, 2)
        foot = Rational(a * a + c * c - b * b, 2 * c)
        figure = f"a triangle with sides {a}, {b} and {c}"
        answer = sqrt(half * (half - a) * (half - b) * (half - c))
        second = c * sqrt(a * a - foot**2) / 2
        return Draft(f"{self.area_of(rng, figure)} Give the exact value.", answer, second)

    def area_of(self, rng: Random, figure: str) -> str:
        """Ask for an area."""
        phrasings = ("What is the area of {}?", "Find the area of {}.", "Compute the area of {}.")
        return ask(rng, figure, phrasings)


class Points(MathFamily):
    """Points and lines; by formulas with vectors and again by solving linear equations."""

    name = "geometry.points"
    card = generated(0.03)
    methods = "vector formulas against linear equations solved by sympy"
    lazy = ("(0, 0)", "(1, 1)", "(2, 3)")

    def level_1(self, rng: Random) -> Draft:
        """A midpoint."""
        (a, b), (m, n) = until(
            lambda: (integers(rng, 2, 12), integers(rng, 2, 12)), lambda ends: ends[0] != ends[1]
        )
        c, d = 2 * m - a, 2 * n - b
        phrasings = (
            "What is the midpoint of the segment from {}?",
            "Find the point halfway on the segment from {}.",
            "Determine the midpoint of the segment that goes from {}.",
        )
        shown = f"{pair(a, b)} to {pair(c, d)}"
        second = pair(Fraction(a + c, 2), Fraction(b + d, 2))
        return Draft(self.pair_of(rng, shown, phrasings), pair(m, n), second)

    def level_2(self, rng: Random) -> Draft:
        """A reflection in an axis or a point, or a quarter turn about the origin."""
        (x, y), (a, b) = integers(rng, 2, 15), integers(rng, 2, 9)
        what, answer, transformation = rng.choice((
            ("reflected in the $x$-axis", (x, -y), Matrix([[1, 0, 0], [0, -1, 0]])),
            ("reflected in the $y$-axis", (-x, y), Matrix([[-1, 0, 0], [0, 1, 0]])),
            ("reflected in the line $y = x$", (y, x), Matrix([[0, 1, 0], [1, 0, 0]])),
            ("rotated by 90 degrees counterclockwise about the origin", (-y, x),
             Matrix([[0, -1, 0], [1, 0, 0]])),
            (f"reflected in the point {pair(a, b)}", (2 * a - x, 2 * b - y),
             Matrix([[-1, 0, 2 * a], [0, -1, 2 * b]])),
        ))  # fmt: skip
        phrasings = (
            f"The point {{}} is {what}. What is its image?",
            f"Where does the point {{}} go when it is {what}?",
            f"Find the image of the point {{}} when it is {what}.",
        )
        second = pair(*(transformation * Matrix([x, y, 1])))
        return Draft(self.pair_of(rng, pair(x, y), phrasings), pair(*answer), second)

    def level_3(self, rng: Random) -> Draft:
        """The intersection of two lines."""
        place = integers(rng, 2, 10)
        first, second = until(
            lambda: (integers(rng, 2, 7), integers(rng, 2, 7)),
            lambda n: n[0][0] * n[1][1] != n[0][1] * n[1][0],
        )
        right = [n[0] * place[0] + n[1] * place[1] for n in (first, second)]
        lines = [
            f"${combination(n, 'xy')} = {c}$" for n, c in zip((first, second), right, strict=True)
        ]
        phrasings = (
            "At which point do the lines {} meet?",
            "Find the intersection of the lines {}.",
            "The lines {} cross at one point. Which?",
        )
        solved = Matrix([first, second]).LUsolve(Matrix(right))
        return Draft(self.pair_of(rng, listed(lines), phrasings), pair(*place), pair(*solved))

    def level_4(self, rng: Random) -> Draft:
        """A reflection in a line."""
        (x, y), a, b, c = (
            integers(rng, 2, 9),
            nonzero(rng, 5),
            nonzero(rng, 5),
            rng.randint(-12, 12),
        )
        step = Fraction(2 * (a * x + b * y - c), a * a + b * b)
        line = f"${combination([a, b], 'xy')} = {c}$"
        # The middle of the two points is on the line, and the way between them is along (a, b).
        equations = Matrix([[a, b], [b, -a]]), Matrix([2 * c - a * x - b * y, b * x - a * y])
        second = equations[0].LUsolve(equations[1])
        phrasings = (
            f"The point {{}} is reflected in the line {line}. What is its image?",
            f"Find the mirror image of the point {{}} in the line {line}.",
        )
        answer = pair(x - step * a, y - step * b)
        return Draft(self.pair_of(rng, pair(x, y), phrasings), answer, pair(*second))

    def level_5(self, rng: Random) -> Draft:
        """The orthocentre of a triangle."""
        corners = triangle(rng, 8)
        (ax, ay), (bx, by), (cx, cy) = corners
        # From A at a right angle to BC, and from B at a right angle to AC.
        normals = Matrix([[bx - cx, by - cy], [ax - cx, ay - cy]])
        right = Matrix([ax * (bx - cx) + ay * (by - cy), bx * (ax - cx) + by * (ay - cy)])
        second = normals.LUsolve(right)
        middle = circumcentre(corners)
        answer = pair(ax + bx + cx - 2 * middle[0], ay + by + cy - 2 * middle[1])
        phrasings = (
            "A triangle has the vertices {}. Find its orthocentre, where its altitudes meet.",
            "Where do the altitudes of the triangle with vertices {} meet?",
        )
        shown = listed([pair(*corner) for corner in corners])
        return Draft(self.pair_of(rng, shown, phrasings), answer, pair(*second))

    def pair_of(self, rng: Random, shown: str, phrasings: tuple[str, ...]) -> str:
        """Ask for a point."""
        return f"{ask(rng, shown, phrasings)} Answer with an ordered pair $(x, y)$ of exact values."
