"""How much to order: economic lots, reorder points, and goods that spoil.

OrderQuantity().generate(rng, 1)    1,200 a year, 50 an order, 6 a unit and year      141.4
OrderQuantity().generate(rng, 4)    a table of demand, price 9, cost 4, salvage 1     30
"""

from collections.abc import Callable
from math import sqrt
from random import Random
from statistics import NormalDist

from gen.domains.industry.worked import IndustryFamily
from gen.domains.worked import Amount, Draft, generated


class OrderQuantity(IndustryFamily):
    """Order quantities and reorder points; by closed forms and by minimising the cost itself."""

    name = "inventory.order_quantity"
    card = generated(0.02, "costs are linear and demand is known in distribution")
    methods = "closed forms against minimising the stated cost"
    lazy = (100, 200, 50)

    def draw(self, rng: Random, level: int) -> Draft:
        """Lots; lots made over time; a table of demand; a reorder point; normal demand."""
        draws = (self._lot, self._made, self._table, self._reorder, self._spoiling)
        return draws[level - 1](rng)

    def _lot(self, rng: Random) -> Draft:
        yearly, fixed, keeping = rng.randint(4, 80) * 100, rng.randint(10, 150), rng.randint(1, 12)
        value = sqrt(2 * yearly * fixed / keeping)
        second = lowest(lambda q: yearly / q * fixed + q / 2 * keeping, 1, yearly)
        prompt = (
            f"A shop sells {yearly} units a year at a constant rate. An order costs {fixed} "
            f"whatever its size, keeping a unit for a year {keeping}; orders arrive at once and "
            "nothing may run out. Which order quantity is cheapest? Answer with one decimal."
        )
        near = [sqrt(yearly * fixed / keeping), 2 * value, yearly * fixed / keeping]
        return Draft(prompt, value, Amount(relative=0.001), second, near)

    def _made(self, rng: Random) -> Draft:
        daily = rng.randint(10, 60)
        made = daily + rng.randint(5, 100)
        fixed, keeping = rng.randint(50, 400), rng.randint(1, 20) / 100
        share = 1 - daily / made
        value = sqrt(2 * daily * fixed / (keeping * share))
        second = lowest(lambda q: daily / q * fixed + q / 2 * share * keeping, 1, 1e6)
        prompt = (
            f"A part is used at {daily} units a day. When a lot is in production it grows by "
            f"{made} units a day, which go into stock as they are made, while use goes on. A setup "
            f"costs {fixed}, a unit in stock {keeping} a day. Which lot size is cheapest in the "
            "long run, shortages not being allowed? Answer with one decimal."
        )
        near = [sqrt(2 * daily * fixed / keeping), sqrt(2 * daily * fixed * share / keeping)]
        return Draft(prompt, value, Amount(relative=0.001), second, near)

    def _table(self, rng: Random) -> Draft:
        step = rng.choice((5, 10, 20))
        first = step * rng.randint(1, 5)
        demand = [first + step * k for k in range(rng.randint(4, 6))]
        while True:
            parts = [rng.randint(1, 8) for _ in demand]
            chances = [round(part / sum(parts), 2) for part in parts]
            chances[-1] = round(1 - sum(chances[:-1]), 2)
            cost = rng.randint(3, 12)
            price, salvage = cost + rng.randint(2, 12), rng.randint(0, cost - 2)
            ratio = (price - cost) / (price - salvage)
            sums = [sum(chances[: k + 1]) for k in range(len(chances))]
            if min(chances) > 0 and all(abs(one - ratio) > 0.005 for one in sums):
                break
        value = next(q for q, reached in zip(demand, sums, strict=True) if reached >= ratio)

        def profit(q: int) -> float:
            sold = sum(p * min(q, d) for p, d in zip(chances, demand, strict=True))
            return (price - salvage) * sold - (cost - salvage) * q

        second = max(range(demand[0], demand[-1] + 1), key=profit)
        lines = "\n".join(f"- {d}: probability {p}" for d, p in zip(demand, chances, strict=True))
        prompt = (
            f"A bakery buys cakes at {cost} each, sells them at {price} and gets {salvage} for "
            f"each that is left in the evening. Demand a day:\n\n{lines}\n\nHow many should it "
            "buy each day for the largest expected profit? Answer with a whole number."
        )
        mean = round(sum(p * d for p, d in zip(chances, demand, strict=True)))
        place = demand.index(value)
        near = [mean, demand[place - 1] if place else demand[1], demand[-1]]
        return Draft(prompt, value, Amount(), second, near)

    def _reorder(self, rng: Random) -> Draft:
        mean, spread = rng.randint(20, 200), rng.randint(4, 30)
        days, service = rng.randint(2, 16), rng.choice((0.9, 0.95, 0.975, 0.99))
        over = NormalDist(mean * days, spread * sqrt(days))
        value = over.inv_cdf(service)
        second = crossing(lambda level: over.cdf(level) - service, mean * days, 3 * mean * days)
        z = NormalDist().inv_cdf(service)
        prompt = (
            "Daily demand is independent and normal with mean "
            f"{mean} and standard deviation {spread}. An order arrives after {days} days. At which "
            "stock must it be placed, so that the demand until it arrives is covered with a "
            f"probability of {service}? Answer with one decimal."
        )
        near = [mean * days + z * spread, mean * days + z * spread * days, float(mean * days)]
        return Draft(prompt, value, Amount(relative=0.001), second, near)

    def _spoiling(self, rng: Random) -> Draft:
        mean = rng.randint(80, 900)
        spread, cost = rng.randint(mean // 12, mean // 4), rng.randint(4, 30)
        price, salvage = cost + rng.randint(3, 40), rng.randint(0, cost - 2)
        demand = NormalDist(mean, spread)
        ratio = (price - cost) / (price - salvage)
        value = demand.inv_cdf(ratio)

        def cost_of(q: float) -> float:
            z = (q - mean) / spread
            loss = spread * (NormalDist().pdf(z) - z * (1 - NormalDist().cdf(z)))
            return (price - cost) * loss + (cost - salvage) * (q - mean + loss)

        second = lowest(cost_of, mean - 4 * spread, mean + 4 * spread)
        prompt = (
            f"A magazine costs {cost}, sells at {price}, and brings {salvage} a copy when it is "
            f"returned. Demand for an issue is normal with mean {mean} and standard deviation "
            f"{spread}, and copies cannot be ordered again. Which order gives the largest expected "
            "profit? Answer with one decimal (a fraction of a copy is allowed)."
        )
        near = [demand.inv_cdf(1 - ratio), demand.inv_cdf((price - cost) / price), float(mean)]
        return Draft(prompt, value, Amount(relative=0.002), second, near)


def lowest(cost: Callable[[float], float], low: float, high: float) -> float:
    """Where a cost with a single valley is least, by golden sections."""
    golden = (sqrt(5) - 1) / 2
    for _ in range(120):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if cost(left) < cost(right) else (left, high)
    return (low + high) / 2


def crossing(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is 0, by bisection."""
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
