"""Circles and solids, with pi kept exact.

    Circle().generate(rng, 2)   What is the area of a circle with radius 6? ...      36 \\pi
    Solid().generate(rng, 1)    What is the volume of a box with edges 2, 3 and 5?   30

They belong to geometry, and their families are named so.
"""

from fractions import Fraction
from random import Random

from sympy import Abs, Expr, Matrix, Rational, integrate, pi, sqrt

from gen.domains.draws import integers, until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.equations import X
from gen.domains.math.notation import combination, pair
from gen.domains.math.polygons import circumcentre, triangle
from gen.domains.math.wording import ask, in_lowest_terms
from gen.domains.phrases import listed

IN_PI = "{} Give the exact answer in terms of $\\pi$."


class Circle(MathFamily):
    """Circles; by formula and again by integration or linear algebra."""

    name = "geometry.circle"
    card = generated(0.06)
    methods = "formulas for circles against integrals, completed squares and linear equations"
    lazy = ("10", "\\pi", "4 \\pi", "5")
    small_levels = (1, 2)

    def level_1(self, rng: Random) -> Draft:
        """Diameter and radius."""
        radius = rng.randint(2, 60)
        if rng.random() < 0.5:
            phrasings = (
                "A circle has radius {}. What is its diameter?",
                "What is the diameter of a circle with radius {}?",
                "Find the diameter of a circle whose radius is {}.",
            )
            return Draft(ask(rng, str(radius), phrasings), 2 * radius, radius + radius)
        phrasings = (
            "A circle has diameter {}. What is its radius?",
            "What is the radius of a circle with diameter {}?",
            "Find the radius of a circle whose diameter is {}.",
        )
        return Draft(ask(rng, str(2 * radius), phrasings), radius, Fraction(2 * radius, 2))

    def level_2(self, rng: Random) -> Draft:
        """Circumference and area."""
        radius = rng.randint(2, 40)
        given = rng.choice((f"radius {radius}", f"diameter {2 * radius}"))
        what, answer, second = rng.choice((
            ("circumference", 2 * pi * radius, integrate(radius, (X, 0, 2 * pi))),
            ("area", pi * radius**2, integrate(2 * pi * X, (X, 0, radius))),
        ))  # fmt: skip
        phrasings = (
            f"What is the {what} of a circle with {{}}?",
            f"A circle has {{}}. Find its {what}.",
            f"Compute the {what} of a circle with {{}}.",
        )
        return Draft(ask(rng, ask(rng, given, phrasings), (IN_PI,)), answer, second)

    def level_3(self, rng: Random) -> Draft:
        """Arcs and sectors."""
        radius, angle = rng.randint(2, 40), rng.randrange(10, 351, 5)
        turn = 2 * pi * Rational(angle, 360)
        what, answer, second = rng.choice((
            ("length of the arc", radius * turn, integrate(radius, (X, 0, turn))),
            ("area of the sector", radius**2 * turn / 2,
             integrate(Rational(radius**2, 2), (X, 0, turn))),
        ))  # fmt: skip
        phrasings = (
            f"In a circle of radius {radius}, what is the {what} with a central angle of {{}}?",
            f"A circle has radius {radius}. Find the {what} with a central angle of {{}}.",
        )
        shown = f"{angle} degrees"
        return Draft(ask(rng, ask(rng, shown, phrasings), (IN_PI,)), answer, second)

    def level_4(self, rng: Random) -> Draft:
        """The radius, from an equation whose squares are to be completed."""
        (h, k), square = integers(rng, 2, 9), rng.randint(2, 60)
        linear, constant = (-2 * h, -2 * k), h * h + k * k - square
        shown = combination([1, 1, *linear, constant], ["x^2", "y^2", "x", "y", ""])
        phrasings = (
            "What is the radius of the circle {}?",
            "Find the radius of the circle given by {}.",
            "The equation {} describes a circle. Find its radius.",
        )
        second = sqrt(Rational(linear[0], 2) ** 2 + Rational(linear[1], 2) ** 2 - constant)
        prompt = f"{ask(rng, f'${shown} = 0$', phrasings)} Give the exact value."
        return Draft(prompt, sqrt(square), second)

    def level_5(self, rng: Random) -> Draft:
        """The centre of the circle through three points."""
        corners = triangle(rng, 9)
        # x^2 + y^2 + dx + ey + f = 0 holds at each of the points.
        rows = Matrix([[x, y, 1] for x, y in corners])
        d, e, _ = rows.LUsolve(Matrix([-x * x - y * y for x, y in corners]))
        phrasings = (
            "Find the centre of the circle through the points {}.",
            "A circle passes through the points {}. What is its centre?",
            "Which point has the same distance from each of {}?",
        )
        shown = listed([pair(*corner) for corner in corners])
        prompt = (
            f"{ask(rng, shown, phrasings)} Answer with an ordered pair $(x, y)$ of exact values."
        )
        return Draft(prompt, pair(*circumcentre(corners)), pair(-d / 2, -e / 2))


class Solid(MathFamily):
    """Volumes and surfaces; by formula and again by integrating cross-sections or by distances."""

    name = "geometry.solid"
    card = generated(0.05)
    methods = "formulas against integrals of cross-sections, determinant against Cayley-Menger"
    lazy = ("24", "60", "36 \\pi")
    small_levels = (1,)

    def level_1(self, rng: Random) -> Draft:
        """The volume of a box."""
        a, b, c = (rng.randint(2, 9) for _ in range(3))
        shown = f"a box with edges {a}, {b} and {c}"
        return Draft(self.asked(rng, "volume", shown), a * b * c, integrate(a * b, (X, 0, c)))

    def level_2(self, rng: Random) -> Draft:
        """The surface of a box."""
        a, b, c = (rng.randint(2, 20) for _ in range(3))
        faces = [2 * i * j for i, j in ((a, b), (b, c), (a, c))]
        shown = f"a box with edges {a}, {b} and {c}"
        second = (a + b + c) ** 2 - a * a - b * b - c * c
        return Draft(self.asked(rng, "surface area", shown), sum(faces), second)

    def level_3(self, rng: Random) -> Draft:
        """The volume of a cylinder, a cone or a pipe."""
        r, h = rng.randint(2, 20), rng.randint(2, 40)
        wide = r + rng.randint(1, 6)
        shown, answer, radius_squared = rng.choice((
            (f"a cylinder with radius {r} and height {h}", pi * r * r * h, r * r),
            (f"a cone with base radius {r} and height {h}", pi * r * r * h / 3, (r * X / h) ** 2),
            (f"the wall of a pipe of length {h} with inner radius {r} and outer radius {wide}",
             pi * (wide - r) * (wide + r) * h, wide**2 - r**2),
        ))  # fmt: skip
        return self.turned(rng, shown, answer, [(radius_squared, 0, h)])

    def level_4(self, rng: Random) -> Draft:
        """The volume of a solid in two parts."""
        r, h, k = rng.randint(2, 12), rng.randint(3, 20), rng.randint(3, 20)
        wide = r + rng.randint(1, 6)
        hemisphere, cone = (r * r - X**2, 0, r), ((r * X / k) ** 2, 0, k)
        cylinder, frustum = (r * r, 0, h), ((r + (wide - r) * X / h) ** 2, 0, h)
        cap = Rational(2 * r**3, 3)
        shown, answer, parts = rng.choice((
            (f"a cylinder with radius {r} and height {h} topped by a hemisphere of the same radius",
             pi * (r * r * h + cap), [cylinder, hemisphere]),
            (f"a cylinder with radius {r} and height {h} topped by a cone with the same base and "
             f"with height {k}", pi * r * r * (h + Rational(k, 3)), [cylinder, cone]),
            (f"a hemisphere of radius {r} topped by a cone with the same base and with height {k}",
             pi * (r * r * Rational(k, 3) + cap), [cone, hemisphere]),
            (f"a truncated cone with height {h} whose bases have the radii {r} and {wide}",
             pi * Rational(h, 3) * (r * r + r * wide + wide * wide), [frustum]),
        ))  # fmt: skip
        return self.turned(rng, shown, answer, parts)

    def level_5(self, rng: Random) -> Draft:
        """The volume of a tetrahedron by its corners."""
        corners = until(
            lambda: [integers(rng, 3, 6) for _ in range(4)], lambda p: edges_of(p).det() != 0
        )
        shown = f"the tetrahedron with vertices {listed([pair(*corner) for corner in corners])}"
        answer = Abs(edges_of(corners).det()) / 6
        # Cayley and Menger: 288 V^2 is the determinant of the squared distances, bordered by ones.
        squares = [
            [1, *(sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) for q in corners)]
            for p in corners
        ]
        bordered = Matrix([[0, 1, 1, 1, 1], *squares])
        second = sqrt(bordered.det() / Rational(288))
        return Draft(in_lowest_terms(rng, self.asked(rng, "volume", shown)), answer, second)

    def turned(
        self, rng: Random, shown: str, answer: Expr, parts: list[tuple[Expr | int, int, int]]
    ) -> Draft:
        """Ask for the volume of a solid of revolution with this squared radius along its axis."""
        second = sum(pi * integrate(square, (X, low, high)) for square, low, high in parts)
        return Draft(ask(rng, self.asked(rng, "volume", shown), (IN_PI,)), answer, second)

    def asked(self, rng: Random, what: str, shown: str) -> str:
        """Ask for a volume or a surface."""
        phrasings = (
            f"What is the {what} of {{}}?",
            f"Find the {what} of {{}}.",
            f"Compute the {what} of {{}}.",
        )
        return ask(rng, shown, phrasings)


def edges_of(corners: list[list[int]]) -> Matrix:
    """The three edges from the first corner of a tetrahedron, as rows."""
    return Matrix([[a - b for a, b in zip(p, corners[0], strict=True)] for p in corners[1:]])
