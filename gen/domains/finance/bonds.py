"""Bonds: what one is worth at a yield, which yield a price means, how it moves.

bonds.price       "A bond with a face value of $1,000 pays 5% ..."   ->  $974.21
bonds.yield       the same the other way round: the price is given               ->  5.4%
bonds.duration    Macaulay and modified duration, convexity, a change of price   ->  JSON

Price, accrued interest and yield as in Fabozzi, Bond Markets, Analysis, and Strategies: the yield
is quoted a year and compounded as often as coupons are paid.
"""

from fractions import Fraction
from random import Random

from gen.domains.finance.base import (
    BASIS_POINT,
    CENTS,
    Amount,
    Draft,
    Fields,
    FinanceFamily,
    bisected,
    draft,
    exact,
    money,
    percent,
    rate,
)

OFTEN = {1: "once a year", 2: "twice a year", 4: "four times a year"}


def price(
    flows: list[Fraction], periodic: Fraction, since_coupon: Fraction = Fraction(0)
) -> Fraction:
    """Discount flows at the end of each period; the first is due after what is left of it.

    The flows are folded from the last to the first, and what results is grown over the part of a
    period gone by, by a float power where that part is not whole.
    """
    worth = Fraction(0)
    for flow in reversed(flows):
        worth = (worth + flow) / (1 + periodic)
    if since_coupon:
        worth *= Fraction(float(1 + periodic) ** float(since_coupon))
    return worth


def price_by_terms(flows: list[Fraction], periodic: float, since_coupon: float = 0.0) -> float:
    """The same, each flow by itself and in floats."""
    return sum(
        float(flow) / (1 + periodic) ** (i - since_coupon) for i, flow in enumerate(flows, 1)
    )


def bond_flows(face: Fraction, coupon: Fraction, often: int, n: int) -> list[Fraction]:
    """Coupons, and the face value with the last."""
    flows = [face * coupon / often] * n
    flows[-1] += face
    return flows


def _terms(rng: Random, level: int) -> tuple[Fraction, Fraction, int, int]:
    """Face value, coupon rate, coupons a year and their number."""
    often = 1 if level == 1 else rng.choice((2, 2, 4) if level > 2 else (2,))
    years = rng.randint(2, 5) if level < 3 else rng.randint(4, 15)
    return Fraction(rng.choice((100, 1000, 5000))), rate(rng, 0.01, 0.09), often, years * often


def _described(face: Fraction, coupon: Fraction, often: int, n: int) -> str:
    return (
        f"A bond with a face value of {money(face, cents=False)} pays a coupon at {percent(coupon)}"
        f" a year, {OFTEN[often]}, and has {n} coupons left; the face value is repaid with the "
        f"last."
    )


_QUOTED = {
    1: " Yields are compounded once a year.",
    2: " Yields are quoted a year and compounded twice a year.",
    4: " Yields are quoted a year and compounded four times a year.",
}


def _partly(rng: Random, level: int) -> tuple[Fraction, str]:
    """How much of the running coupon period has gone by, and how a prompt says so."""
    if level < 4:
        return Fraction(0), " The next coupon is due in exactly one period."
    gone = rng.randint(10, 80)
    return Fraction(gone, 90), (
        f" Of the running coupon period {gone} of 90 days have gone by; the flows are discounted "
        "over the fraction of a period left and whole periods after it, and accrued interest is "
        "the "
        "coupon times the fraction gone by."
    )


class BondPrice(FinanceFamily):
    """What a bond is worth at a yield, between coupons and with steps in its coupon."""

    name = "bonds.price"
    methods = "folding from the last flow, in fractions, against discounting each flow"
    card = exact("Clean and dirty prices differ from level 4 on.")

    def draw(self, rng: Random, level: int) -> Draft:
        """Level 4 is quoted clean between coupons; at 5 the coupon steps up midway."""
        face, coupon, often, n = _terms(rng, level)
        wanted = rate(rng, 0.015, 0.1, 0.0005)
        flows = bond_flows(face, coupon, often, n)
        stepped = ""
        if level == 5:
            half, up = n // 2, rate(rng, 0.005, 0.02)
            flows = [flow + (face * up / often if i >= half else 0) for i, flow in enumerate(flows)]
            stepped = f" After {half} of these coupons the rate steps up by {percent(up)}."
        gone, how = _partly(rng, level)
        accrued = flows[0] * gone
        periodic = wanted / often
        dirty = price(flows, periodic, gone)
        second = price_by_terms(flows, float(periodic), float(gone)) - float(accrued)
        kind = "clean price (without accrued interest)" if gone else "price"
        prompt = (
            _described(face, coupon, often, n) + stepped + _QUOTED[often] + how + f"\nWhat is its "
            f"{kind} at a yield of {percent(wanted)}, in dollars to the cent?"
        )
        near = [dirty, price(flows, wanted, gone) - accrued, face, price(flows[:-1], periodic)]
        return draft(prompt, float(dirty - accrued), CENTS, second=second, near=[*map(float, near)])


class BondYield(FinanceFamily):
    """Which yield a bond's price means; found by root finding, checked by repricing."""

    name = "bonds.yield"
    methods = "Brent's method in floats against bisection in fractions"
    card = exact("Neither the coupon rate nor the current yield is ever right.")

    def draw(self, rng: Random, level: int) -> Draft:
        """From level 4 on the price is clean and between coupons, at 5 the bond may be called."""
        from scipy.optimize import brentq

        face, coupon, often, n = _terms(rng, level)
        sold = (
            round(float(face) * rng.uniform(0.86, 0.98) * 100)
            if rng.random() < 0.5
            else round(float(face) * rng.uniform(1.02, 1.12) * 100)
        )
        clean = Fraction(sold, 100)
        flows, premium, called = bond_flows(face, coupon, often, n), Fraction(0), ""
        if level == 5:
            held = rng.randint(n // 2, n - 1)
            premium = Fraction(rng.randint(1, 4), 100) * face
            flows = bond_flows(face, coupon, often, held)
            flows[-1] += premium
            called = (
                f" It can be called with coupon number {held} from now, at "
                f"{money(face + premium)}; "
                "assume that it will be."
            )
        gone, how = _partly(rng, level)
        paid = clean + flows[0] * gone
        root: float = brentq(  # type: ignore[assignment]
            lambda x: price_by_terms(flows, x / often, float(gone)) - float(paid), -0.4, 1.0,
            xtol=1e-12,
        )  # fmt: skip
        second = bisected(
            lambda x: paid - price(flows, x / often, gone), Fraction(-2, 5), Fraction(1), steps=40
        )
        prompt = (
            _described(face, coupon, often, n) + called + _QUOTED[often] + how
            + f"\nIts {'clean ' if gone else ''}price is {money(clean)}. What is its yield to "
            f"{'the call' if called else 'maturity'}, in percent a year to two decimals?"
        )  # fmt: skip
        near = [100 * coupon, 100 * coupon * face / clean, 100 * root / often, root]
        return draft(
            prompt, 100 * root, BASIS_POINT, second=100 * float(second), near=[*map(float, near)]
        )


class BondDuration(FinanceFamily):
    """How a bond's price moves with its yield: durations, convexity, an estimate from both."""

    name = "bonds.duration"
    methods = "weighted times against differences of the price, in 40 digits"
    card = exact("Durations are in years, whatever the coupon's period.")

    def draw(self, rng: Random, level: int) -> Draft:
        """One more measure at each level."""
        face, coupon, often, n = _terms(rng, level)
        wanted = rate(rng, 0.015, 0.1, 0.0005)
        shift = rng.choice((-100, -75, -50, 50, 75, 100))
        flows = bond_flows(face, coupon, often, n)
        first = _measures(flows, wanted, often, shift)
        second = _measures_by_differences(flows, wanted, often, shift)
        names = list(first)[: max(level - 1, 1)]
        asked = {
            "macaulay": '"macaulay" (Macaulay duration in years)',
            "modified": '"modified" (modified duration in years)',
            "convexity": '"convexity" (second derivative of the price by the yield over the price, '
            "in years squared)",
            "change": '"change" (the price change in dollars that modified duration and convexity '
            f"together estimate for a yield that moves by {shift} basis points)",
        }
        prompt = (
            _described(face, coupon, often, n)
            + _QUOTED[often]
            + " The next coupon is due in exactly "
            f"one period and the yield is {percent(wanted)}.\nGive a JSON object with "
            + ", ".join(asked[name] for name in names)
            + ", with at least four significant digits."
        )
        form = Fields({name: Amount(relative=0.002, unit=_UNITS.get(name)) for name in names})
        slips = [
            {name: first[name] * (often if often > 1 else 1.1) for name in names},
            {
                **{name: first[name] for name in names},
                names[-1]: first[names[-1]] * (1 + float(wanted)),
            },
        ]
        return draft(
            prompt, {name: first[name] for name in names}, form,
            second={name: second[name] for name in names}, near=slips,
        )  # fmt: skip


_UNITS = {"macaulay": "years", "modified": "years", "change": "$"}


def _measures(flows: list[Fraction], wanted: Fraction, often: int, shift: int) -> dict[str, float]:
    periodic = wanted / often
    present = [flow / (1 + periodic) ** i for i, flow in enumerate(flows, 1)]
    worth = sum(present)
    macaulay = sum(i * one for i, one in enumerate(present, 1)) / worth / often
    modified = macaulay / (1 + periodic)
    curved = sum(i * (i + 1) * one for i, one in enumerate(present, 1))
    convexity = curved / worth / (1 + periodic) ** 2 / often**2
    moved = Fraction(shift, 10_000)
    change = worth * (-modified * moved + convexity * moved**2 / 2)
    return {
        "macaulay": float(macaulay),
        "modified": float(modified),
        "convexity": float(convexity),
        "change": float(change),
    }


def _measures_by_differences(
    flows: list[Fraction], wanted: Fraction, often: int, shift: int
) -> dict[str, float]:
    step = Fraction(1, 10**6)

    def worth(x: Fraction) -> Fraction:
        return price(flows, x / often)

    here, below, above = worth(wanted), worth(wanted - step), worth(wanted + step)
    modified = (below - above) / (2 * step) / here
    convexity = (below - 2 * here + above) / step**2 / here
    moved = Fraction(shift, 10_000)
    return {
        "macaulay": float(modified * (1 + wanted / often)),
        "modified": float(modified),
        "convexity": float(convexity),
        "change": float(here * (-modified * moved + convexity * moved**2 / 2)),
    }
