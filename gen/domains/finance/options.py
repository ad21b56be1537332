"""Options: Black, Scholes and Merton's price, its derivatives and inverse, and American lattices.

options.price                 spot 100, strike 105, 3 months, 20 %, 4 %         ->  $2.48
options.greeks                the same, its delta, gamma, vega, theta and rho   ->  JSON
options.implied_volatility    the price is given, the volatility asked for      ->  20 %
options.lattice               a recombining tree of up to four steps            ->  $6.12

Rates and dividend yields are continuous, as in Hull, Options, Futures, and Other Derivatives.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import comb, exp, inf, log, pi, sqrt
from random import Random
from statistics import NormalDist
from typing import Any

from gen.domains.finance.base import (
    A_YEAR,
    CENTS,
    Amount,
    Draft,
    Fields,
    FinanceFamily,
    draft,
    exact,
    money,
    percent,
)

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Option:
    """A European call or put; `pays` is "spread" (the usual), "cash" (1 if in the money)."""

    call: bool
    spot: float
    strike: float
    years: float
    volatility: float
    interest: float
    dividend: float = 0.0
    pays: str = "spread"

    def price(self) -> float:
        """The closed form."""
        d1, d2 = self.distances()
        sign = 1 if self.call else -1
        cash = exp(-self.interest * self.years) * _NORMAL.cdf(sign * d2)
        if self.pays == "cash":
            return cash
        asset = self.spot * exp(-self.dividend * self.years) * _NORMAL.cdf(sign * d1)
        return sign * (asset - self.strike * cash)

    def distances(self) -> tuple[float, float]:
        """What the literature calls d1 and d2."""
        spread = self.volatility * sqrt(self.years)
        drift = self.interest - self.dividend + self.volatility**2 / 2
        d1 = (log(self.spot / self.strike) + drift * self.years) / spread
        return d1, d1 - spread

    def price_by_integration(self) -> float:
        """The discounted mean of what it pays, over the lognormal distribution of the asset."""
        from scipy.integrate import quad

        spread = self.volatility * sqrt(self.years)
        middle = log(self.spot) + (self.interest - self.dividend) * self.years - spread**2 / 2
        edge = (log(self.strike) - middle) / spread

        def paid(z: float) -> float:
            end = exp(middle + spread * z)
            worth = 1.0 if self.pays == "cash" else abs(end - self.strike)
            return worth * exp(-z * z / 2) / sqrt(2 * pi)

        low, high = (edge, max(edge, 0) + 12) if self.call else (min(edge, 0) - 12, edge)
        return exp(-self.interest * self.years) * quad(paid, low, high, epsabs=1e-11)[0]


def _drawn(rng: Random, level: int) -> Option:
    spot = rng.randint(20, 200)
    return Option(
        call=level == 1 or rng.random() < 0.5,
        spot=spot,
        strike=max(round(spot * rng.uniform(0.85, 1.15)), 5),
        years=rng.choice((3, 6, 9, 12, 18, 24)) / 12,
        volatility=rng.randint(12, 60) / 100,
        interest=rng.randint(2, 24) / 400,
        dividend=rng.randint(2, 16) / 400 if level >= 3 else 0.0,
    )


def _described(option: Option) -> str:
    months = round(12 * option.years)
    pays = (
        ", which pays no dividend before then"
        if not option.dividend
        else (f", which pays a continuous dividend yield of {percent(option.dividend)} a year")
    )
    return (
        f"A European {'call' if option.call else 'put'} with a strike of {money(option.strike)} "
        f"expires in {months} months ({option.years:g} years). The asset stands at "
        f"{money(option.spot)}{pays}; the riskless rate is {percent(option.interest)} a year, "
        "continuously compounded"
    )


class OptionPrice(FinanceFamily):
    """The Black-Scholes-Merton price of calls, puts, digital options and spreads of them."""

    name = "options.price"
    methods = "closed form against the integral over the lognormal distribution"
    card = exact("Continuous compounding; a volatility in percent a year.")

    def draw(self, rng: Random, level: int) -> Draft:
        """Level 4 asks for a thousand digital options, level 5 for a spread of two strikes."""
        option = _drawn(rng, level)
        asked, factor, others = "this option", 1.0, []
        if level == 4:
            option, factor = replace(option, pays="cash"), 1000.0
            asked = (
                "a digital option on these terms, which pays $1,000 at expiry if it is in the "
                "money "
                "then and nothing else"
            )
        if level == 5:
            farther = option.strike + (1 if option.call else -1) * max(round(option.spot / 10), 2)
            others = [replace(option, strike=max(farther, 1))]
            asked = (
                f"a spread: this option bought, and one like it with a strike of "
                f"{money(others[0].strike)} sold"
            )
        price = factor * (option.price() - sum(other.price() for other in others))
        second = factor * (
            option.price_by_integration() - sum(one.price_by_integration() for one in others)
        )
        prompt = (
            f"{_described(option)}, and the volatility is {percent(option.volatility)} a year.\nBy "
            f"Black, Scholes and Merton, what is the price of {asked}, in dollars to the cent?"
        )
        slips = [
            replace(option, call=not option.call), replace(option, interest=-option.interest),
            replace(option, years=12 * option.years),
            replace(option, volatility=option.volatility**2),
        ]  # fmt: skip
        near = [factor * one.price() for one in slips]
        return draft(prompt, price, Amount(absolute=0.0101, unit="$"), second=second, near=near)


class Greeks(FinanceFamily):
    """The derivatives of an option's price."""

    name = "options.greeks"
    methods = "closed forms against differences of the price in 50 digits"
    card = exact("Vega and rho are for a change of 1.00, theta for a year.")

    def draw(self, rng: Random, level: int) -> Draft:
        """As many of them as the level says."""
        option = _drawn(rng, level)
        names = ("delta", "gamma", "vega", "theta", "rho")[:level]
        first, second = _greeks(option), _greeks_by_differences(option)
        meaning = {
            "delta": '"delta" (by the asset)',
            "gamma": '"gamma" (delta by the asset)',
            "vega": '"vega" (by the volatility, for a change of 1.00)',
            "theta": '"theta" (by the time that passes, in years)',
            "rho": '"rho" (by the rate, for a change of 1.00)',
        }
        prompt = (
            f"{_described(option)}, and the volatility is {percent(option.volatility)} a "
            f"year.\nGive "
            "a JSON object with these derivatives of its Black-Scholes-Merton price: "
            + ", ".join(meaning[name] for name in names) + "; four significant digits."
        )  # fmt: skip
        form = Fields({name: Amount(absolute=2e-5, relative=0.002) for name in names})
        answer = {name: first[name] for name in names}
        other = _greeks(replace(option, call=not option.call))
        slips = [
            {name: other[name] for name in names},
            {**answer, names[-1]: first[names[-1]] / 100},
            {**answer, "delta": _NORMAL.cdf(option.distances()[1])},
        ]
        return draft(prompt, answer, form, second={n: second[n] for n in names}, near=slips)


def _greeks(option: Option) -> dict[str, float]:
    d1, d2 = option.distances()
    sign, root = (1 if option.call else -1), sqrt(option.years)
    carried = option.spot * exp(-option.dividend * option.years)
    owed = option.strike * exp(-option.interest * option.years)
    asset, cash = _NORMAL.cdf(sign * d1), _NORMAL.cdf(sign * d2)
    density = _NORMAL.pdf(d1)
    return {
        "delta": sign * carried / option.spot * asset,
        "gamma": carried * density / (option.spot**2 * option.volatility * root),
        "vega": carried * density * root,
        "theta": -carried * density * option.volatility / (2 * root)
        + sign * (option.dividend * carried * asset - option.interest * owed * cash),
        "rho": sign * option.years * owed * cash,
    }


def _greeks_by_differences(option: Option) -> dict[str, float]:
    from mpmath import erfc, mp, mpf

    with mp.workdps(50):
        step = mpf(10) ** -15

        def worth(**moved) -> Any:
            at = {
                name: mpf(getattr(option, name)) + moved.get(name, 0)
                for name in ("spot", "strike", "years", "volatility", "interest", "dividend")
            }
            spread = at["volatility"] * mp.sqrt(at["years"])
            drift = (at["interest"] - at["dividend"]) * at["years"]
            d1 = (mp.log(at["spot"] / at["strike"]) + drift) / spread + spread / 2
            sign = 1 if option.call else -1
            asset, cash = (erfc(-sign * d / mp.sqrt(2)) / 2 for d in (d1, d1 - spread))
            return sign * (
                at["spot"] * mp.exp(-at["dividend"] * at["years"]) * asset
                - at["strike"] * mp.exp(-at["interest"] * at["years"]) * cash
            )

        def slope(name: str) -> Any:
            return (worth(**{name: step}) - worth(**{name: -step})) / (2 * step)

        curve = (worth(spot=step) - 2 * worth() + worth(spot=-step)) / step**2
        return {
            "delta": float(slope("spot")),
            "gamma": float(curve),
            "vega": float(slope("volatility")),
            "theta": -float(slope("years")),
            "rho": float(slope("interest")),
        }


class ImpliedVolatility(FinanceFamily):
    """The volatility that an option's price implies."""

    name = "options.implied_volatility"
    methods = "Brent's method on the closed form against Newton's on the integral"
    card = exact("Options so far from the money that a cent decides are not drawn.")

    def draw(self, rng: Random, level: int) -> Draft:
        """From level 3 on with dividends; the price is given to the cent."""
        from scipy.optimize import brentq

        while True:
            option = _drawn(rng, level)
            quoted = round(option.price(), 2)
            # The cent to which it is quoted must not move the answer.
            if _greeks(option)["vega"] > 12:
                break
        root: float = brentq(  # type: ignore[assignment]
            lambda x: replace(option, volatility=x).price() - quoted, 0.005, 4, xtol=1e-12
        )
        second = option.volatility
        for _ in range(4):
            at = replace(option, volatility=second)
            second -= (at.price_by_integration() - quoted) / _greeks(at)["vega"]
        terms = ""
        if level >= 4:
            parity = replace(option, call=not option.call, volatility=root).price()
            terms = (
                f" The {'put' if option.call else 'call'} on the same terms, which obeys put-call "
                "parity, is the one that is quoted"
            )
            shown = parity
        else:
            shown = quoted
        # To a hundredth of a cent where parity is used, so that it leaves the answer where it was.
        price = f"${shown:,.4f}" if level >= 4 else money(shown)
        prompt = (
            f"{_described(option)}.{terms}{': at ' if terms else ' It costs '}{price}.\nWhich "
            "volatility does that imply by Black, Scholes and Merton, in percent a year to one "
            "decimal?"
        )
        form = Amount(absolute=0.051, unit="%", also=A_YEAR)
        near = [100 * root * factor for factor in (sqrt(option.years), 0.01, 1 / sqrt(2))]
        return draft(prompt, 100 * root, form, second=100 * second, near=near)


class Lattice(FinanceFamily):
    """An option on a recombining tree, to be exercised at expiry or, if American, before."""

    name = "options.lattice"
    methods = "backward induction against the best of all ways to stop, or the binomial law"
    card = exact("The tree is stated: nothing depends on how u and d were chosen.")

    def draw(self, rng: Random, level: int) -> Draft:
        """Two and three steps European, two to four American."""
        n = {1: 2, 2: 3, 3: 2, 4: 3, 5: 4}[level]
        american, call = level >= 3, level < 3 and rng.random() < 0.5
        up, down = Fraction(rng.randint(105, 130), 100), Fraction(rng.randint(75, 95), 100)
        grown = 1 + Fraction(rng.randint(1, 8), 400)
        spot = Fraction(rng.randint(20, 200))
        strike = Fraction(round(spot * Fraction(rng.randint(95, 115), 100)))
        sign = 1 if call else -1

        def paid(step: int, ups: int) -> Fraction:
            return max(sign * (spot * up**ups * down ** (step - ups) - strike), Fraction(0))

        q = (grown - down) / (up - down)
        if not 0 < q < 1 or not any(paid(n, ups) for ups in range(n + 1)):
            return self.draw(rng, level)
        worth = _induced(n, q, grown, paid, american=american)
        second = _best_of_all(n, q, grown, paid) if american else _binomial(n, q, grown, paid)
        prompt = (
            f"An asset stands at {money(spot)}. In each of {n} periods it is multiplied either by "
            f"{float(up):g} or by {float(down):g}; a riskless deposit earns {percent(grown - 1)} a "
            f"period. {'An American' if american else 'A European'} {'call' if call else 'put'} "
            f"with a strike of {money(strike)} expires after the last of them"
            + (
                "; it may be exercised now, or after any period, for the difference between strike "
                "and asset at that time" if american else ""
            )
            + ". What is its price without arbitrage, in dollars to the cent?"
        )  # fmt: skip
        near = [
            _induced(n, q, grown, paid, american=not american), paid(0, 0),
            _induced(n, Fraction(1, 2), grown, paid, american=american),
            _induced(n, q, Fraction(1), paid, american=american),
        ]  # fmt: skip
        return draft(prompt, float(worth), CENTS, second=float(second), near=[*map(float, near)])


Payoff = Callable[[int, int], Fraction]


def _induced(n: int, q: Fraction, grown: Fraction, paid: Payoff, *, american: bool) -> Fraction:
    worth = [paid(n, ups) for ups in range(n + 1)]
    for step in reversed(range(n)):
        held = [(q * worth[ups + 1] + (1 - q) * worth[ups]) / grown for ups in range(step + 1)]
        worth = [max(one, paid(step, ups)) if american else one for ups, one in enumerate(held)]
    return worth[0]


def _binomial(n: int, q: Fraction, grown: Fraction, paid: Payoff) -> Fraction:
    return sum(
        (comb(n, ups) * q**ups * (1 - q) ** (n - ups) * paid(n, ups) for ups in range(n + 1)),
        Fraction(0),
    ) / grown**n  # fmt: skip


def _best_of_all(n: int, q: Fraction, grown: Fraction, paid: Payoff) -> Fraction:
    """Try every set of nodes at which to stop, along every path."""
    nodes = [(step, ups) for step in range(n) for ups in range(step + 1)]
    paths = [
        (path, float(q ** sum(path) * (1 - q) ** (n - sum(path))))
        for path in product((0, 1), repeat=n)
    ]
    worth = {
        (step, ups): float(paid(step, ups) / grown**step)
        for step in range(n + 1)
        for ups in range(step + 1)
    }
    best = -inf
    for kept in product((False, True), repeat=len(nodes)):
        stops = {node for node, stop in zip(nodes, kept, strict=True) if stop}
        best = max(best, sum(share * worth[_stopped(path, stops)] for path, share in paths))
    return Fraction(best)


def _stopped(path: tuple[int, ...], stops: set[tuple[int, int]]) -> tuple[int, int]:
    ups = 0
    for step, went_up in enumerate(path):
        if (step, ups) in stops:
            return step, ups
        ups += went_up
    return len(path), ups
