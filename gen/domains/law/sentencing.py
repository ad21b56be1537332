"""The range of months that the federal sentencing table gives for an offence and a record.

Range().generate(rng, 1)   offense level 14, category II   {"low": 18, "high": 24}
"""

from random import Random
from typing import Any

from gen.domains.law.base import PEOPLE, LawFamily, table
from gen.domains.worked import Draft, Fields, generated

CATEGORIES = ("I", "II", "III", "IV", "V", "VI")
FLOORS = (0, 2, 4, 7, 10, 13)
"""The fewest criminal history points of each category."""

OFFENCES = ("mail fraud", "robbery", "bribery", "burglary", "smuggling", "forgery", "perjury")
RAISES = (
    ("the victim was vulnerable", 2), ("the offense abused a position of trust", 2),
    ("a firearm was possessed", 2), ("the loss exceeded the statutory threshold", 4),
    ("the offender organised the activity", 4), ("the offender supervised others", 3),
    ("sophisticated means were used", 2), ("there were ten or more victims", 2),
    ("justice was obstructed", 2),
)  # fmt: skip
LIFE = "life"
IDLE = (
    "The offender has lived in three States.", "The offender was employed at the time.",
    "A co-defendant pleaded guilty.", "An arrest of 2009 was dismissed without conviction.",
    "The offender paid for counsel.", "The indictment has four counts, three of them dismissed.",
)  # fmt: skip


def cell(level: int, category: str) -> str:
    """The range as the table prints it: "18-24", "360-life" or "life"."""
    return next(row[category] for row in table("sentencing") if row["level"] == str(level))


class Range(LawFamily):
    """A range of the sentencing table; totals, clamped, against counting up level by level."""

    name = "sentencing.range"
    card = generated(
        0.08,
        "the 258 cells are the Commission's, read from its table; the bands of criminal history "
        "points and the adjustments, which the prompt states, had no check from outside",
        "some ranges are common: the most frequent one bounds the chance level",
        source="generated; the Sentencing Commission's table (public domain)",
    )
    methods = "sums, clamped, against steps of one level; the bands against counting floors"
    lazy = (
        {"low": 57, "high": 71},
        {"low": 33, "high": 41},
        {"low": 0, "high": 6},
        {"low": 360, "high": "life"},
    )

    def draw(self, rng: Random, level: int) -> Draft:
        """Read the rows; adjust; count points; clamp and accept; two offences grouped."""
        who, offence = rng.choice(PEOPLE), rng.choice(OFFENCES)
        base = rng.randint(7, 30) if level < 4 else rng.randint(4, 28)
        rules, facts, steps = (
            [],
            [f"{who} is sentenced for {offence}, base offense level {base}."],
            [],
        )
        if level >= 2:
            for reason, points in rng.sample(RAISES, rng.randint(1, level)):
                steps.append(points)
                facts.append(f"{reason[0].upper()}{reason[1:]} (plus {points}).")
        role = 0
        if level >= 3 and rng.random() < 0.6:
            role = rng.choice((-2, -4))
            facts.append(
                f"{who} had a {'minor' if role == -2 else 'minimal'} role (minus {-role})."
            )
            steps.append(role)
        subtotal = base + sum(steps)
        if level == 5:
            other = subtotal + rng.randint(-12, 6)
            highest, gap = max(subtotal, other), abs(subtotal - other)
            units = 1 + (1 if gap <= 4 else 0.5 if gap <= 8 else 0)
            bonus = {1: 0, 1.5: 1, 2: 2}[units]
            rules.append(
                "Two groups: start from the higher adjusted level; the other group adds 2 levels "
                "if it is 0 to 4 levels lower, 1 level if it is 5 to 8 lower, and nothing if it "
                "is 9 or more lower."
            )
            facts.append(
                f"The facts above make the first group; a second, separate group has an adjusted "
                f"offense level of {other}."
            )
            subtotal = highest + bonus
        accept = level >= 4 or (level == 3 and rng.random() < 0.5)
        total = subtotal
        if accept:
            rules.append(
                "Acceptance of responsibility takes off 2 levels, or 3 if the level before it is "
                "16 or more."
            )
            facts.append(f"{who} accepts responsibility.")
            total -= 3 if subtotal >= 16 else 2
        clamped = min(43, max(1, total))
        stepped = 1
        for _ in range(1, min(total, 43)):
            stepped += 1
        if level >= 4:
            rules.append("A total below 1 counts as 1, above 43 as 43.")
        if level <= 2:
            at = rng.randrange(6)
            facts.append(f"The criminal history category is {CATEGORIES[at]}.")
            again = at
            careless = min(5, at + 1)
        else:
            rules.append(
                "Criminal history: 3 points for each prior sentence over 13 months, 2 for each of "
                "60 days up to 13 months, 1 for each other one, up to 4 points of this last kind"
                + ("; 2 more if on probation or parole at the time." if level >= 4 else ".")
                + " Categories: I for 0-1 points, II for 2-3, III for 4-6, IV for 7-9, V for "
                "10-12, VI for 13 or more."
            )
            long, middle, short = rng.randint(0, 3), rng.randint(0, 2), rng.randint(0, 6)
            points = 3 * long + 2 * middle + min(4, short)
            facts.append(f"Prior sentences: {self.priors(rng, long, middle, short)}.")
            unlimited = 3 * long + 2 * middle + short
            if level >= 4 and rng.random() < 0.5:
                points, unlimited = points + 2, unlimited + 2
                facts.append(f"{who} was on parole at the time.")
            at = max(i for i, floor in enumerate(FLOORS) if points >= floor)
            again = sum(points >= floor for floor in FLOORS) - 1
            careless = max(i for i, floor in enumerate(FLOORS) if unlimited >= floor)
        if level >= 2:
            facts[1:1] = rng.sample(IDLE, rng.randint(0, level - 1))
        extract = self.extract(rng, clamped, base, level)
        text = (
            f"{' '.join(rules)}\nSentencing table, months, by total offense level and criminal "
            f"history category I, II, III, IV, V, VI:\n{extract}\n{' '.join(facts)} What is the "
            'range? Answer with JSON: {"low": ..., "high": ...}, in months, "life" where the '
            'table says life (both "life" where it says only life).'
        ).strip()
        near = [
            bounds(cell(min(43, max(1, one)), CATEGORIES[column]))
            for one, column in (
                (base, at), (clamped + 1, at), (clamped - 1, at), (total - role, at),
                (clamped, careless), (subtotal, at), (clamped, (at + 1) % 6),
            )
        ]  # fmt: skip
        form = Fields({"low": Months(), "high": Months()})
        answer = bounds(cell(clamped, CATEGORIES[at]))
        second = bounds(self.printed(stepped)[again])
        return Draft(text, answer, form, second, [one for one in near if one != answer])

    def priors(self, rng: Random, long: int, middle: int, short: int) -> str:
        """The sentences in a random order."""
        found = [f"{rng.randint(14, 90)} months" for _ in range(long)]
        found += [
            rng.choice((f"{rng.randint(60, 180)} days", f"{rng.randint(3, 13)} months"))
            for _ in range(middle)
        ]
        found += [
            rng.choice((f"{rng.randint(5, 59)} days", "a fine", "probation")) for _ in range(short)
        ]
        rng.shuffle(found)
        return ", ".join(found) or "none"

    def extract(self, rng: Random, row: int, base: int, level: int) -> str:
        """The row that is needed among others, as the table prints them."""
        shown = {row, min(43, row + 1), max(1, row - 1), base}
        while len(shown) < 5 + level:
            shown.add(min(43, max(1, row + rng.randint(-6, 6))))
            if rng.random() < 0.2:
                shown.add(rng.randint(1, 43))
        return "\n".join(f"{one}: {', '.join(self.printed(one))}" for one in sorted(shown))

    def printed(self, row: int) -> list[str]:
        """The six ranges of a row."""
        return [table("sentencing")[row - 1][category] for category in CATEGORIES]


class Months:
    """A number of months, or life."""

    def truth(self, value: int | str) -> dict[str, Any]:
        """An `integer`, or for life a `text`."""
        return {"kind": "text" if value == LIFE else "integer", "value": value}

    def same(self, first: int | str, second: int | str) -> bool:
        """The same months."""
        return first == second

    def apart(self, first: int | str, second: int | str) -> bool:
        """Not the same."""
        return first != second

    def slip(self, value: int | str, rng: Random) -> int | str:
        """A few months off."""
        return 360 if isinstance(value, str) else value + rng.choice((1, 3, 6))

    def plain(self, value: int | str) -> int | str:
        """As it is."""
        return value


def bounds(printed: str) -> dict[str, int | str]:
    """Both ends of a printed range."""
    low, _, high = printed.partition("-")
    return {
        "low": low if low == LIFE else int(low),
        "high": LIFE if (high or low) == LIFE else int(high),
    }
