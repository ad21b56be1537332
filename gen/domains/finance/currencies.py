"""Currencies: forwards by covered interest parity, cross rates, and where an arbitrage lies.

currencies.forward    "EUR/USD is at 1.0850; dollars earn 5.1 %, euros 3.9 % ..."   ->  1.0975

A pair X/Y is the price of one X in Y. Deposits earn simple interest on the stated day count.
"""

from fractions import Fraction
from random import Random

from gen.domains.finance.base import (
    BASIS_POINT,
    Amount,
    Draft,
    Fields,
    FinanceFamily,
    draft,
    exact,
    percent,
    rate,
)
from gen.domains.worked import Word

CURRENCIES = ("ALD", "BRO", "CEL", "DOR", "ERN", "FAL", "GIL", "KOR", "LIN", "MEK", "NOR", "TAL")
"""Invented, so that no day count or rate is remembered."""


class Forward(FinanceFamily):
    """Forward exchange rates without arbitrage, and the profit where a quote allows one."""

    name = "currencies.forward"
    methods = "the parity's formula against borrowing, converting and lending"
    card = exact("The currencies are invented; the two sides may count days differently.")

    def draw(self, rng: Random, level: int) -> Draft:
        """Outright; points and a second day count; implied rate; a cross; an arbitrage."""
        x, y, z = rng.sample(CURRENCIES, 3)
        spot = Fraction(rng.randint(4000, 29_999), 10_000)
        days = rng.choice((30, 60, 90, 91, 120, 180, 182, 270))
        rx, ry = rate(rng, 0.005, 0.09, 0.0005), rate(rng, 0.005, 0.09, 0.0005)
        bx, by = (360, 360) if level == 1 else (rng.choice((360, 365)), rng.choice((360, 365)))
        gx, gy = 1 + rx * days / bx, 1 + ry * days / by
        forward = spot * gy / gx
        if abs(forward - spot) < Fraction(1, 500):
            return self.draw(rng, level)
        told = (
            f"One {x} costs {float(spot):.4f} {y} (spot {x}/{y}). For {days} days {x} earn "
            f"{percent(rx)} a "
            f"year (simple, ACT/{bx}) and {y} earn {percent(ry)} a year (simple, ACT/{by})."
        )
        # A million borrowed in X, sold for Y, lent: what it is worth must repay the loan.
        lent = 10**6 * float(spot) * float(gy)
        outright = lent / (10**6 * float(gx))
        price = Amount(absolute=0.000051, unit=y)
        if level == 1:
            return draft(
                f"{told}\nWhat is the {days}-day forward rate {x}/{y} without arbitrage, to four "
                f"decimals, as a bare number?",
                float(forward), price, second=outright,
                near=[float(spot * gx / gy), float(spot * (1 + ry) / (1 + rx)), float(spot)],
            )  # fmt: skip
        if level == 2:
            points = 10_000 * (forward - spot)
            return draft(
                f"{told}\nWhat are the {days}-day forward points of {x}/{y} (forward less spot, "
                f"times 10,000) "
                "without arbitrage, to one decimal?",
                float(points), Amount(absolute=0.051, unit="points"),
                second=10_000 * (outright - float(spot)),
                near=[-float(points), float(points) / 100, float(10_000 * spot * (ry - rx))],
            )  # fmt: skip
        if level == 3:
            quoted = Fraction(round(forward * 10**5), 10**5)
            implied = (quoted * gx / spot - 1) * by / days
            repaid = 10**6 * float(gx) * float(quoted) / (10**6 * float(spot))
            return draft(
                f"One {x} costs {float(spot):.4f} {y} at once and {float(quoted):.5f} {y} in "
                f"{days} days. "
                f"For these days {x} earn {percent(rx)} a year (simple, ACT/{bx}).\nWhich yearly "
                f"rate for {y} "
                f"(simple, ACT/{by}) leaves no arbitrage, in percent to two decimals?",
                100 * float(implied), BASIS_POINT,
                second=100 * (repaid - 1) * by / days,
                near=[100 * float((spot * gx / quoted - 1) * by / days), 100 * float(rx)],
            )  # fmt: skip
        other = Fraction(rng.randint(4000, 29_999), 10_000)
        rz = rate(rng, 0.005, 0.09, 0.0005)
        gz = 1 + rz * days / 360
        if level == 4:
            crossed = spot / other * gz / gx
            by_hand = float(gz) * (10**6 * float(spot) / float(other)) / (10**6 * float(gx))
            return draft(
                f"{told} One {z} costs {float(other):.4f} {y} (spot {z}/{y}), and {z} earn "
                f"{percent(rz)} a "
                f"year (simple, ACT/360).\nWhat is the {days}-day forward rate {x}/{z}, the "
                f"price of one {x} "
                f"in {z}, without arbitrage, to four decimals, as a bare number?",
                float(crossed), Amount(absolute=0.000051, unit=z), second=by_hand,
                near=[float(spot * other), float(spot / other), float(other / spot * gx / gz)],
            )  # fmt: skip
        off = Fraction(rng.choice((-1, 1)) * rng.randint(20, 120), 10_000)
        quoted = Fraction(round(forward * 10_000), 10_000) + off
        borrow_x = quoted < forward
        profit = _profit(10**6, spot, quoted, gx, gy, borrow_x=borrow_x)
        again = (
            10**6 * float(spot * gy) / float(quoted) - 10**6 * float(gx)
            if borrow_x
            else 10**6 / float(spot) * float(gx) * float(quoted) - 10**6 * float(gy)
        )
        prompt = (
            f"{told} A bank buys and sells {x} {days} days forward at {float(quoted):.4f} {y}, "
            f"which is not the "
            "rate without arbitrage. You may borrow a million of either currency, nothing "
            "else.\nGive a "
            'JSON object with "borrow" (the currency to borrow for a riskless profit), and '
            '"profit" (in that '
            f"currency, after {days} days, to the nearest whole unit)."
        )
        owed = x if borrow_x else y
        form = Fields({"borrow": Word((x, y)), "profit": Amount(absolute=0.51, unit=owed)})
        right = {"borrow": owed, "profit": float(profit)}
        turned = {"borrow": y if borrow_x else x, "profit": float(profit)}
        half = {**right, "profit": float(profit) * float(spot)}
        return draft(prompt, right, form, second={**right, "profit": again}, near=[turned, half])


def _profit(
    million: int, spot: Fraction, quoted: Fraction, gx: Fraction, gy: Fraction, *, borrow_x: bool
) -> Fraction:
    """What is left when the loan has been repaid, in the currency that was borrowed."""
    if borrow_x:
        return million * (spot * gy / quoted - gx)
    return million * (gx * quoted / spot - gy)
