"""More everyday stories: mixtures and shares, ages, savings.

    Ages().generate(rng, 1)       Tara is 4 years older than Ben, who is 7. How old ...?   11
    Mixtures().generate(rng, 2)   Ines and Omar share 60 coins in the ratio 1 : 2. ...?    20
    Savings().generate(rng, 4)    1000 dollars are invested at 10% interest a year ...?    1210

They belong to the word problems, and their families are named so.
"""

from fractions import Fraction
from itertools import count as counting
from math import gcd
from random import Random

from sympy import Matrix, Rational

from gen.domains.draws import until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.equations import X, solution_of
from gen.domains.math.wording import NAMES, ask, count, in_lowest_terms, in_words, plural, times
from gen.domains.phrases import listed


class Mixtures(MathFamily):
    """Recipes, ratios and concentrations; by parts and again by solving an equation."""

    name = "word_problems.mixtures"
    card = generated(0.12)
    methods = "sums of parts against equations solved by sympy"
    lazy = ("12", "20", "30", "10")

    def level_1(self, rng: Random) -> Draft:
        """A recipe, several times."""
        dish, (unit, noun) = rng.choice(DISHES), rng.choice(INGREDIENTS)
        each, n = rng.randint(2, 9), rng.randint(2, 9)
        phrasings = (
            f"One {dish} needs {each} {plural(unit)} of {noun}. How many {plural(unit)} do {{}} "
            f"need?",
            f"A cook uses {each} {plural(unit)} of {noun} for each {dish}. How many "
            f"{plural(unit)} of "
            f"{noun} are needed for {{}}?",
        )
        return Draft(ask(rng, count(n, dish), phrasings), each * n, solution_of(X / n - each))

    def level_2(self, rng: Random) -> Draft:
        """A total in a ratio."""
        n = rng.randint(2, 3)
        parts, scale = until(
            lambda: ([rng.randint(1, 9) for _ in range(n)], rng.randint(2, 30)),
            lambda v: len(set(v[0])) == n,
        )
        names, total = rng.sample(NAMES, n), sum(parts) * scale
        ratio = " : ".join(map(str, parts))
        thing = rng.choice(("coins", "dollars", "marbles", "stamps", "points"))
        phrasings = (
            f"{listed(names)} share {{}} in the ratio {ratio}. How many {thing} does {names[0]} "
            f"get?",
            f"{{}} are divided between {listed(names)} in the ratio {ratio}, in this order. How "
            f"many "
            f"{thing} are {names[0]}'s?",
        )
        second = solution_of(X * sum(parts) - total * parts[0])
        return Draft(ask(rng, f"{total} {thing}", phrasings), parts[0] * scale, second)

    def level_3(self, rng: Random) -> Draft:
        """The concentration of a blend."""
        (p, q), (a, b) = rng.sample(range(5, 96, 5), 2), (rng.randint(1, 20), rng.randint(1, 20))
        liquid = rng.choice(LIQUIDS)
        phrasings = (
            f"{count(a, 'litre')} of {p}% {liquid} and {count(b, 'litre')} of {q}% {liquid} are "
            "mixed. What is the concentration of the mixture in per cent?",
            f"What is the concentration, in per cent, of a mixture of {count(a, 'litre')} of {p}% "
            f"{liquid} with {count(b, 'litre')} of {q}% {liquid}?",
        )
        second = solution_of(X * (a + b) - a * p - b * q)
        prompt = in_lowest_terms(rng, rng.choice(phrasings))
        return Draft(prompt, Fraction(a * p + b * q, a + b), second)

    def level_4(self, rng: Random) -> Draft:
        """How much to add for a wanted concentration."""
        low, goal, high = sorted(rng.sample(range(5, 96, 5), 3))
        start, added = rng.sample((low, high), 2)
        litres, liquid = rng.randint(2, 60), rng.choice(LIQUIDS)
        phrasings = (
            f"How many litres of {added}% {liquid} must be added to {litres} litres of {start}% "
            f"{liquid} to get {goal}% {liquid}?",
            f"A tank holds {litres} litres of {start}% {liquid}. How many litres of {added}% "
            f"{liquid} "
            f"bring it to {goal}%?",
        )
        answer = Fraction(litres * (goal - start), added - goal)
        second = solution_of(litres * start + X * added - (litres + X) * goal)
        return Draft(in_lowest_terms(rng, rng.choice(phrasings)), answer, second)

    def level_5(self, rng: Random) -> Draft:
        """Taking out and filling up, again and again."""
        litres, n = rng.randint(5, 40), rng.randint(2, 4)
        out, refill = rng.randint(1, litres // 2), rng.choice((0, 0, 20, 40, 50))
        liquid = rng.choice(LIQUIDS)
        start = rng.choice((60, 70, 80, 90, 100))
        with_ = "water" if refill == 0 else f"{refill}% {liquid}"
        prompt = (
            f"A vessel is full of {litres} litres of {start}% {liquid}. {count(out, 'litre')} of "
            f"it "
            f"{'is' if out == 1 else 'are'} taken out and replaced by {with_}, and all is stirred; "
            f"this is done {times(n)} in all. What is the concentration of the {liquid} in the "
            f"vessel "
            "in the end, in per cent?"
        )
        strength = Fraction(start)
        for _ in range(n):
            strength = (strength * (litres - out) + refill * out) / litres
        second = refill + (start - refill) * (1 - Rational(out, litres)) ** n
        return Draft(in_lowest_terms(rng, prompt), strength, second)


class Ages(MathFamily):
    """Ages; built from the ages, found again by linear equations."""

    name = "word_problems.ages"
    card = generated(0.12)
    methods = "construction from the ages against linear equations solved by sympy"
    lazy = ("12", "10", "20", "8")

    def level_1(self, rng: Random) -> Draft:
        """One step."""
        first, second = rng.sample(NAMES, 2)
        age, older = rng.randint(3, 30), rng.randint(2, 12)
        phrasings = (
            f"{first} is {older} years older than {second}, who is {{}}. How old is {first}?",
            f"{second} is {{}} years old. {first} is {older} years older. How old is {first}?",
            f"How old is {first}, who is {older} years older than the {{}}-year-old {second}?",
        )
        return Draft(ask(rng, str(age), phrasings), age + older, solution_of(X - older - age))

    def level_2(self, rng: Random) -> Draft:
        """A chain of comparisons."""
        first, second, third = rng.sample(NAMES, 3)
        age, factor, years = rng.randint(4, 15), rng.randint(2, 4), rng.randint(1, 15)
        older = rng.randint(2, min(12, factor * age - 1))
        prompt = (
            f"{first} is {age} years old. {second} is {times(factor)} as old as {first}, and "
            f"{third} is "
            f"{older} years younger than {second}. How old will {third} be in "
            f"{count(years, 'year')}?"
        )
        answer = factor * age - older + years
        return Draft(prompt, answer, solution_of(X - years + older - factor * age))

    def level_3(self, rng: Random) -> Draft:
        """When one will be so many times as old as the other."""
        first, second = rng.sample(NAMES, 2)
        factor, years, child = until(
            lambda: (rng.randint(2, 5), rng.randint(1, 20), rng.randint(1, 15)),
            lambda v: 20 <= v[0] * (v[2] + v[1]) - v[1] <= 80,
        )
        parent = factor * (child + years) - years
        phrasings = (
            f"{first} is {parent} years old and {second} is {child}. In how many years will "
            f"{first} be "
            f"{times(factor)} as old as {second}?",
            f"Today {second} is {child} and {first} {parent} years old. After how many years is "
            f"{first} exactly {times(factor)} as old as {second}?",
        )
        second_ = solution_of(parent + X - factor * (child + X))
        return Draft(rng.choice(phrasings), years, second_)

    def level_4(self, rng: Random) -> Draft:
        """A sum today and a ratio in the past."""
        first, second = rng.sample(NAMES, 2)
        factor, ago, then = rng.randint(2, 6), rng.randint(1, 12), rng.randint(1, 12)
        younger, older = then + ago, factor * then + ago
        asked, answer = rng.choice(((first, older), (second, younger)))
        prompt = (
            f"Together, {first} and {second} are {younger + older} years old. "
            f"{in_words(ago).capitalize()} {'year' if ago == 1 else 'years'} ago {first} was "
            f"{times(factor)} as old as {second} was "
            f"then. How old is {asked} now?"
        )
        found = Matrix([[1, 1], [1, -factor]]).LUsolve(
            Matrix([younger + older, ago - factor * ago])
        )
        return Draft(prompt, answer, found[0] if asked == first else found[1])

    def level_5(self, rng: Random) -> Draft:
        """Three people, with facts about today, the past and the future."""
        first, second, third = rng.sample(NAMES, 3)
        ahead, ago, factor, multiple, then = until(
            lambda: [
                rng.randint(*bounds) for bounds in ((1, 10), (1, 10), (2, 3), (2, 4), (1, 15))
            ],
            lambda v: v[2] * (v[3] * v[4] + v[1] + v[0]) - v[0] <= 95,
        )
        c, b = then + ago, multiple * then + ago
        a = factor * (b + ahead) - ahead
        prompt = (
            f"The ages of {first}, {second} and {third} add up to {a + b + c} years. In "
            f"{count(ahead, 'year')}, {first} will be {times(factor)} as old as {second} will be "
            f"then. "
            f"{in_words(ago).capitalize()} {'year' if ago == 1 else 'years'} ago, {second} was "
            f"{times(multiple)} as old as {third} "
            f"was then. How old is {second} now?"
        )
        rows = Matrix([[1, 1, 1], [1, -factor, 0], [0, 1, -multiple]])
        right = Matrix([a + b + c, (factor - 1) * ahead, ago - multiple * ago])
        return Draft(prompt, b, rows.LUsolve(right)[1])


class Savings(MathFamily):
    """Saving and interest; by formula and again week by week or year by year."""

    name = "word_problems.savings"
    card = generated(0.12)
    methods = "closed form against step-by-step reckoning"
    lazy = ("10", "20", "12", "15")

    def level_1(self, rng: Random) -> Draft:
        """What is left, or what there is now."""
        name = rng.choice(NAMES)
        have, change = rng.randint(5, 30), rng.randint(2, 15)
        if change < have and rng.random() < 0.5:
            ending = f"spends {count(change, 'dollar')}. How many dollars are left?"
            answer, second = have - change, solution_of(X + change - have)
        else:
            ending = f"gets {count(change, 'dollar')} more. How many dollars is that together?"
            answer, second = have + change, solution_of(X - change - have)
        return Draft(f"{name} has {have} dollars and {ending}", answer, second)

    def level_2(self, rng: Random) -> Draft:
        """So much a week."""
        name, start, weekly = rng.choice(NAMES), rng.randint(5, 90), rng.randint(2, 25)
        weeks = rng.randint(3, 20)
        phrasings = (
            f"{name} has {start} dollars and saves {weekly} dollars a week. How many dollars does "
            "{} have after <> weeks?",
            f"Every week {name} puts {weekly} dollars into a box that held {start} dollars at "
            f"first. "
            "How many dollars does it hold after <> weeks?",
        )
        second = start
        for _ in range(weeks):
            second += weekly
        prompt = ask(rng, name, phrasings).replace("<>", str(weeks))
        return Draft(prompt, start + weeks * weekly, second)

    def level_3(self, rng: Random) -> Draft:
        """The week in which a goal is reached."""
        name, start, weekly, spent = (
            rng.choice(NAMES), rng.randint(5, 90), rng.randint(10, 40), rng.randint(1, 8),
        )  # fmt: skip
        goal = start + rng.randint(100, 900)
        phrasings = (
            f"{name} has {start} dollars, earns {weekly} dollars a week and spends {spent} of "
            f"them. "
            f"After how many full weeks does {name} first have at least {{}} dollars?",
            f"Starting from {start} dollars, {name} earns {weekly} dollars and spends "
            f"{count(spent, 'dollar')} each week. How many weeks does it take until {name} has "
            f"{{}} "
            "dollars or more?",
        )
        second = next(n for n in counting(1) if start + n * (weekly - spent) >= goal)
        return Draft(ask(rng, str(goal), phrasings), -((start - goal) // (weekly - spent)), second)

    def level_4(self, rng: Random) -> Draft:
        """Compound interest."""
        rate, years = rng.choice((5, 10, 20, 25, 40, 50)), rng.randint(2, 3)
        money = whole_growth(rate) ** years * rng.randint(1, 99)
        phrasings = (
            f"{{}} dollars are invested at {rate}% interest a year, compounded yearly. How many "
            f"dollars are there after {years} years?",
            f"An account of {{}} dollars grows by {rate}% each year. How many dollars does it hold "
            f"after {years} years?",
            f"At a yearly interest of {rate}%, which is added at the end of each year, how many "
            f"dollars do {{}} dollars become in {years} years?",
        )
        second = money
        for _ in range(years):
            second += second * Rational(rate, 100)
        answer = money * Fraction(100 + rate, 100) ** years
        return Draft(ask(rng, str(money), phrasings), answer, second)

    def level_5(self, rng: Random) -> Draft:
        """Compound interest with a deposit each year."""
        rate, years = rng.choice((5, 10, 20, 25, 40, 50)), rng.randint(2, 4)
        unit, name = whole_growth(rate) ** (years - 1), rng.choice(NAMES)
        money, deposit = whole_growth(rate) * unit * rng.randint(1, 20), unit * rng.randint(1, 20)
        growth = Fraction(100 + rate, 100)
        prompt = (
            f"{name} opens an account with {money} dollars. At the end of each year {rate}% "
            f"interest is added to what it holds, and then {name} pays in {deposit} dollars. How "
            f"many dollars does the account hold after {years} years, right after the last payment?"
        )
        answer = money * growth**years + deposit * (growth**years - 1) / (growth - 1)
        second = money
        for _ in range(years):
            second += second * Rational(rate, 100) + deposit
        return Draft(prompt, answer, second)


def whole_growth(rate: int) -> int:
    """The least amount that a rate in per cent turns into a whole number."""
    return 100 // gcd(rate, 100)


DISHES = ("cake", "pie", "pancake", "pudding", "waffle", "muffin", "tart")
INGREDIENTS = (
    ("cup", "flour"), ("cup", "milk"), ("spoon", "oil"), ("spoon", "sugar"), ("spoon", "butter"),
)  # fmt: skip
LIQUIDS = ("salt solution", "syrup", "acid", "vinegar", "sugar solution")
