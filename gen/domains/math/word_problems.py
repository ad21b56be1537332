"""Everyday stories with numbers: shopping, travel, work.

    Shopping().generate(rng, 2)   Ben buys 3 mugs at 4 dollars each and pays with 20 ...   8
    Travel().generate(rng, 4)     Two towns are 420 km apart ... do they meet?             3
    Work().generate(rng, 3)       One pipe fills a tank in 4 hours, another in 6 ...   \\frac{12}{5}

Mixtures, ages and savings have a module of their own.
"""

from fractions import Fraction
from random import Random

from sympy import Matrix, Rational, solve

from gen.domains.draws import until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.equations import X, solution_of
from gen.domains.math.notation import tex
from gen.domains.math.wording import FOODS, GOODS, NAMES, ask, count, in_lowest_terms, plural
from gen.domains.phrases import listed


class Shopping(MathFamily):
    """Buying things; by reckoning forwards and again by solving an equation."""

    name = "word_problems.shopping"
    card = generated(0.16)
    methods = "reckoning forwards against equations solved by sympy"
    lazy = ("5", "10", "12", "2")

    def level_1(self, rng: Random) -> Draft:
        """How many things altogether."""
        name, (first, second) = rng.choice(NAMES), rng.sample(FOODS, 2)
        a, b = rng.randint(2, 9), rng.randint(2, 9)
        phrasings = (
            f"{name} buys {{}}. How many things does {name} buy altogether?",
            f"{name} puts {{}} into an empty basket. How many things are now in the basket?",
            "There are {} on the table. How many things is that in all?",
        )
        shown = f"{count(a, first)} and {count(b, second)}"
        return Draft(ask(rng, shown, phrasings), a + b, solution_of(X - a - b))

    def level_2(self, rng: Random) -> Draft:
        """The change."""
        name, item = rng.choice(NAMES), rng.choice(GOODS)
        n, price = rng.randint(2, 9), rng.randint(2, 11)
        note = until(lambda: rng.choice((20, 50, 100)), lambda value: value > n * price)
        phrasings = (
            f"{name} buys {{}} each and pays with {note} dollars. How many dollars of change does "
            f"{name} get?",
            f"{name} has {note} dollars and buys {{}} each. How many dollars are left?",
        )
        shown = f"{count(n, item)} at {price} dollars"
        return Draft(
            ask(rng, shown, phrasings), note - n * price, solution_of(X + n * price - note)
        )

    def level_3(self, rng: Random) -> Draft:
        """Two kinds of things, and a reduction on one of them."""
        name, (first, second) = rng.choice(NAMES), rng.sample(GOODS, 2)
        (a, b), rate = (rng.randint(2, 8), rng.randint(2, 8)), rng.choice((10, 20, 25, 50))
        prices = rng.randint(2, 15) * 20, rng.randint(3, 90)
        phrasings = (
            f"In a sale every {first} is {rate}% cheaper than its usual price of {prices[0]} "
            f"dollars, "
            f"and a {second} costs {prices[1]} dollars. How many dollars does {name} pay for {{}}?",
            f"{name} buys {{}}. A {first} usually costs {prices[0]} dollars but is reduced by "
            f"{rate}%; "
            f"a {second} costs {prices[1]} dollars. What is the total in dollars?",
        )
        answer = a * prices[0] * (100 - rate) // 100 + b * prices[1]
        again = solution_of(X + Rational(a * prices[0] * rate, 100) - a * prices[0] - b * prices[1])
        shown = f"{count(a, first)} and {count(b, second)}"
        return Draft(ask(rng, shown, phrasings), answer, again)

    def level_4(self, rng: Random) -> Draft:
        """Two purchases, and the price of one thing."""
        prices = [rng.randint(2, 40) for _ in "ab"]
        rows = until(
            lambda: [[rng.randint(1, 9) for _ in "ab"] for _ in "xy"],
            lambda m: m[0][0] * m[1][1] != m[0][1] * m[1][0],
        )
        return self.purchases(rng, rows, prices)

    def level_5(self, rng: Random) -> Draft:
        """Three purchases of three kinds of things."""
        prices = [rng.randint(2, 40) for _ in "abc"]
        rows = until(
            lambda: [[rng.randint(1, 6) for _ in "abc"] for _ in "xyz"],
            lambda m: Matrix(m).det() != 0,
        )
        return self.purchases(rng, rows, prices)

    def purchases(self, rng: Random, rows: list[list[int]], prices: list[int]) -> Draft:
        """Ask for the price of the first thing."""
        items, names = rng.sample(GOODS, len(prices)), rng.sample(NAMES, len(rows))
        totals = [sum(n * price for n, price in zip(row, prices, strict=True)) for row in rows]
        bills = [
            f"{name} pays {total} dollars for "
            + listed([count(n, item) for n, item in zip(row, items, strict=True)])
            for name, total, row in zip(names, totals, rows, strict=True)
        ]
        story = " ".join(f"{bill}." for bill in bills)
        phrasings = (
            "{} How many dollars does one <> cost?",
            "{} What is the price of a <> in dollars?",
            "{} Find the price of one <> in dollars.",
        )
        second = Matrix(rows).LUsolve(Matrix(totals))[0]
        prompt = f"In a shop all {listed([plural(item) for item in items])} have fixed prices. "
        return Draft(prompt + ask(rng, story, phrasings).replace("<>", items[0]), prices[0], second)


class Travel(MathFamily):
    """Speed, time and distance; by reckoning and again by solving an equation."""

    name = "word_problems.travel"
    card = generated(0.16)
    methods = "reckoning forwards or construction against equations solved by sympy"
    lazy = ("60", "2", "120", "100")
    small_levels = (1,)

    def level_1(self, rng: Random) -> Draft:
        """The distance."""
        who, verb, low, high = rng.choice(TRAVELLERS)
        hours, speed = rng.randint(2, 6), rng.randint(low, high)
        if speed > 30:
            speed = speed // 10 * 10
        phrasings = (
            f"{who} {verb} {speed} km in every hour. How far is that in {{}} hours, in km?",
            f"{who} {verb} at {speed} km per hour. How many km is that in {{}} hours?",
            f"{who} {verb} for {{}} hours at {speed} km per hour. How many km is that?",
        )
        return Draft(ask(rng, str(hours), phrasings), hours * speed, solution_of(X / hours - speed))

    def level_2(self, rng: Random) -> Draft:
        """The time, in minutes."""
        who, verb, low, high = rng.choice(TRAVELLERS)
        speed = rng.randint(low, high)
        minutes = until(lambda: rng.randint(5, 240), lambda m: m * speed % 60 == 0)
        phrasings = (
            f"{who} {verb} at {speed} km per hour. How many minutes does it take to go {{}} km?",
            f"A distance of {{}} km is covered at {speed} km per hour. How many minutes does that "
            f"take?",
        )
        distance = minutes * speed // 60
        second = solution_of(Rational(speed, 60) * X - distance)
        return Draft(ask(rng, str(distance), phrasings), minutes, second)

    def level_3(self, rng: Random) -> Draft:
        """The average speed over two legs."""
        who, verb, low, high = rng.choice(TRAVELLERS)
        speeds = rng.sample(range(low, high + 1), 2)
        hours = rng.sample(range(1, 8), 2)
        distances = [speed * time for speed, time in zip(speeds, hours, strict=True)]
        phrasings = (
            f"{who} {verb} {distances[0]} km at {speeds[0]} km per hour and then {{}} km at "
            f"{speeds[1]} "
            "km per hour. What is the average speed of the whole trip in km per hour?",
            f"On the first {distances[0]} km of a trip the speed is {speeds[0]} km per hour, on "
            f"the "
            f"other {{}} km it is {speeds[1]} km per hour. Find the average speed in km per hour.",
        )
        second = solution_of(
            X * sum(Rational(d, s) for d, s in zip(distances, speeds, strict=True)) - sum(distances)
        )
        prompt = in_lowest_terms(rng, ask(rng, str(distances[1]), phrasings))
        return Draft(prompt, Fraction(sum(distances), sum(hours)), second)

    def level_4(self, rng: Random) -> Draft:
        """A meeting or an overtaking."""
        first, second = rng.sample(range(40, 121, 2), 2)
        early, first_name, second_name = rng.randint(1, 3), *rng.sample(NAMES, 2)
        if rng.random() < 0.5:
            distance = rng.randint(300, 900)
            distance = max(distance, first * early + 50)
            story = (
                f"Two towns are {distance} km apart. {first_name} leaves the first for the second "
                f"at "
                f"{first} km per hour; {count(early, 'hour')} later {second_name} leaves the "
                f"second "
                f"for the first on the same road at {second} km per hour. How many hours after "
                f"{second_name}'s start do they meet?"
            )
            answer = Fraction(distance - first * early, first + second)
            again = solution_of(first * (X + early) + second * X - distance)
        else:
            slow, fast = sorted((first, second))
            story = (
                f"{first_name} drives off at {slow} km per hour. "
                f"{count(early, 'hour').capitalize()} "
                f"later {second_name} follows on the same road at {fast} km per hour. How many "
                f"hours "
                f"after {second_name}'s start are they at the same place?"
            )
            answer = Fraction(slow * early, fast - slow)
            again = solution_of(slow * (X + early) - fast * X)
        return Draft(in_lowest_terms(rng, story), answer, again)

    def level_5(self, rng: Random) -> Draft:
        """A boat on a river, there and back."""
        speed, distance = rng.randint(8, 40), rng.randint(5, 120)
        current = rng.randint(1, speed // 2)
        hours = Fraction(distance, speed + current) + Fraction(distance, speed - current)
        name = rng.choice(NAMES)
        phrasings = (
            f"{name}'s boat makes {speed} km per hour in still water. A trip of {distance} km up a "
            "river and back again takes {} hours in all. How fast is the current, in km per hour?",
            f"Against the current of a river and back with it, {name} goes {distance} km each way. "
            f"Both ways together take {{}} hours; in still water the boat makes {speed} km per "
            f"hour. "
            "Find the speed of the current in km per hour.",
        )
        # The speed c of the current solves T (v - c)(v + c) = 2 d v.
        both = solve(Rational(str(hours)) * (speed**2 - X**2) - 2 * distance * speed, X)
        return Draft(ask(rng, f"${tex(hours)}$", phrasings), current, max(both))


class Work(MathFamily):
    """Rates of work; by adding rates and again by solving an equation."""

    name = "word_problems.work"
    card = generated(0.08)
    methods = "sums of rates against equations solved by sympy"
    lazy = ("2", "6", "12", "20")

    def level_1(self, rng: Random) -> Draft:
        """So many an hour, for some hours."""
        name, (verb, noun) = rng.choice(NAMES), rng.choice(JOBS)
        rate, hours = rng.randint(2, 12), rng.randint(2, 9)
        phrasings = (
            f"{name} {plural(verb)} {rate} {plural(noun)} an hour. How many {plural(noun)} is "
            f"that in {{}} "
            "hours?",
            f"In one hour {name} {plural(verb)} {rate} {plural(noun)}. How many {plural(noun)} "
            f"does {name} "
            f"{verb} in {{}} hours?",
        )
        return Draft(ask(rng, str(hours), phrasings), rate * hours, solution_of(X / hours - rate))

    def level_2(self, rng: Random) -> Draft:
        """More or fewer workers."""
        before, after = rng.sample(range(2, 13), 2)
        hours, (verb, noun) = rng.randint(2, 24), rng.choice(JOBS)
        n = rng.randint(2, 9) * 10
        phrasings = (
            f"{before} workers {verb} {n} {plural(noun)} in {count(hours, 'hour')}. How many "
            f"hours do "
            "{} workers need for the same job, if all work equally fast?",
            f"It takes {before} equally fast workers {count(hours, 'hour')} to {verb} {n} "
            f"{plural(noun)}. How many hours does it take {{}} of them?",
        )
        prompt = in_lowest_terms(rng, ask(rng, str(after), phrasings))
        second = solution_of(after * X - before * hours)
        return Draft(prompt, Fraction(before * hours, after), second)

    def level_3(self, rng: Random) -> Draft:
        """Two who work together."""
        a, b = rng.sample(range(2, 31), 2)
        first, second = rng.sample(NAMES, 2)
        story = rng.choice((
            f"One pipe fills a tank in {a} hours, another one in {b} hours.",
            f"{first} needs {a} hours to paint a fence, {second} needs {b} hours for the same "
            f"fence.",
            f"A first machine does a job in {a} hours, a second one does it in {b} hours.",
        ))  # fmt: skip
        prompt = f"{story} How many hours does it take both together?"
        again = solution_of(X / a + X / b - 1)
        return Draft(in_lowest_terms(rng, prompt), Fraction(a * b, a + b), again)

    def level_4(self, rng: Random) -> Draft:
        """Two pipes and a leak."""
        a, b = rng.sample(range(2, 21), 2)
        leak = until(lambda: rng.randint(3, 40), lambda c: Fraction(1, c) < Fraction(a + b, a * b))
        phrasings = (
            "One pipe fills a tank in {} hours, and a drain empties the full tank in <> hours.",
            "One tap fills a tank in {} hours, while a leak would empty it in <> hours.",
        )
        given = f"{a} hours, a second one in {b}"
        story = ask(rng, given, phrasings).replace("<>", str(leak))
        prompt = (
            f"{story} How many hours does it take to fill the empty tank if all three are open?"
        )
        answer = 1 / (Fraction(1, a) + Fraction(1, b) - Fraction(1, leak))
        again = solution_of(X / a + X / b - X / leak - 1)
        return Draft(in_lowest_terms(rng, prompt), answer, again)

    def level_5(self, rng: Random) -> Draft:
        """One who begins, one who joins, and one who leaves."""
        a, b, c = rng.sample(range(6, 31), 3)
        first, second, third = rng.sample(NAMES, 3)
        alone, joined = rng.randint(1, 2), rng.randint(1, 2)
        story = (
            f"Alone, {first} would finish a job in {a} hours, {second} in {b} hours and {third} "
            f"in {c} "
            f"hours. {first} works alone for {count(alone, 'hour')}, then {second} joins in; after "
            f"{joined} more {'hour' if joined == 1 else 'hours'} {first} leaves and {third} joins "
            f"{second}. How many hours after {first}'s start is the job finished?"
        )
        rest = 1 - Fraction(alone, a) - joined * (Fraction(1, a) + Fraction(1, b))
        answer = alone + joined + rest / (Fraction(1, b) + Fraction(1, c))
        share = Rational(alone + joined, a) + (X - alone) / b + (X - alone - joined) / c
        return Draft(in_lowest_terms(rng, story), answer, solution_of(share - 1))


TRAVELLERS = (
    ("A hiker", "walks", 3, 6),
    ("A cyclist", "rides", 10, 30),
    ("A car", "drives", 30, 130),
    ("A bus", "drives", 20, 90),
    ("A train", "runs", 60, 240),
    ("A ship", "sails", 15, 50),
)
JOBS = (
    ("pack", "box"),
    ("wash", "car"),
    ("bake", "cake"),
    ("fold", "shirt"),
    ("print", "poster"),
    ("repair", "clock"),
    ("plant", "tree"),
)
