"""Replenishment as code: a policy that is run on demand it has not seen.

    Replenishment().generate(rng, 1)     def order(stock, on_order, demand): ...

The reference is the (s, S) policy, order up to S when s or less is there or on its way, that is
cheapest on the held-out paths themselves, found by a descent over both numbers.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, exp, sqrt
from random import Random
from statistics import fmean, pstdev

import msgspec

from gen.domains.worked import generated
from gen.family import Family, Lazy
from verifiers.records import Problem
from verifiers.simulation.episode import played
from verifiers.simulation.inventory import Inventory

PERIODS = 50
BAR = 0.9

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """What a stock costs a period, and how long an order takes."""

    lead_time: int
    holding: int
    backorder: int
    order_cost: int


class Replenishment(Family):
    """Replenishment policies, run on held-out demand against a tuned (s, S) policy."""

    name = "inventory.policy"
    domain = "industry"
    levels = (1, 2, 3, 4)
    verifier = "simulation"
    certificate = "execution"
    card = generated(
        0.05,
        "the reference knows the held-out demand: a policy that has seen the history alone is "
        "accepted with 90 % of its efficiency",
        "held-out demand comes from the same process as the history: no break is simulated",
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Smooth demand; order costs; lumpy demand; a weekly pattern."""
        process = PROCESSES[level - 1](rng)
        costs = Costs(
            lead_time=rng.randint(0, 1) if level == 1 else rng.randint(1, 3),
            holding=1,
            backorder=rng.choice((4, 9, 19)),
            order_cost=0 if level == 1 else rng.choice((20, 40, 60)),
        )
        history = process(rng, 28)
        paths = [process(rng, PERIODS) for _ in range(4)]
        opening = ceil(fmean(history) * (costs.lead_time + 1))
        low, high = tuned(paths, costs, opening)
        truth = {
            "kind": "inventory",
            "demand": paths,
            "lead_time": costs.lead_time,
            "holding": costs.holding,
            "backorder": costs.backorder,
            "order_cost": costs.order_cost,
            "opening": opening,
            "best": [cost_of(path, costs, opening, low, high) for path in paths],
            "bar": BAR,
        }
        made = self.problem(level, _prompt(history, costs, opening), json.dumps(truth))
        return replace(made, evidence=json.dumps({"reference": [low, high]}))

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The reference as a program."""
        low, high = msgspec.json.decode(problem.evidence)["reference"]
        program = (
            "```python\ndef order(stock, on_order, demand):\n    there = stock + sum(on_order)\n"
            f"    return {high} - there if there <= {low} else 0\n```"
        )
        return (
            program,
            f"First:\n```python\nx = 1\n```\nBetter:\n{program}\nIt orders up to {high}.",
        )

    def wrong(self, problem: Problem, rng: Random) -> str:
        """One that forgets what is on its way, or a lesser one where that is no worse."""
        simulation = msgspec.json.decode(problem.ground_truth, type=Inventory)
        low, high = msgspec.json.decode(problem.evidence)["reference"]
        slips: list[tuple[str, Callable[..., float]]] = [
            (
                f"return {high} - stock if stock <= {low} else 0",
                lambda stock, on_order, demand: high - stock if stock <= low else 0,
            ),
            (
                "return demand[-1] if demand else 0",
                lambda s, o, demand: demand[-1] if demand else 0,
            ),
        ]
        for body, policy in slips:
            scores = [played(simulation, k, policy)[0] for k in range(simulation.n_episodes)]
            if not simulation.worth(scores).accepted:
                return _program(body)
        return _program("return 0")

    def trivial(self) -> dict[str, Lazy]:
        """Nothing; ten a period; what was last asked for; up to ten or thirty."""
        return {
            "nothing": _program("return 0"),
            "ten": _program("return 10"),
            "the last demand": _program("return demand[-1] if demand else 0"),
            "up to thirty": _program("return max(0, 30 - stock - sum(on_order))"),
        }


def cost_of(path: Path, costs: Costs, opening: int, low: int, high: int) -> int:
    """What an (s, S) policy costs on a path."""
    stock, coming, total = opening, [0] * costs.lead_time, 0
    there = stock
    for wanted in path:
        quantity = high - there if there <= low else 0
        coming.append(quantity)
        if costs.lead_time:
            stock += coming.pop(0) if len(coming) > costs.lead_time else 0
        else:
            stock += coming.pop()
        there += quantity - wanted
        stock -= wanted
        total += costs.order_cost * (quantity > 0)
        total += costs.holding * stock if stock > 0 else -costs.backorder * stock
    return total


def tuned(paths: Sequence[Path], costs: Costs, opening: int) -> tuple[int, int]:
    """The (s, S) of least cost on these paths that a descent by shrinking steps comes to."""
    every = [wanted for path in paths for wanted in path]
    mean, spread = fmean(every), pstdev(every)
    time = costs.lead_time + 1
    low = round(mean * time + spread * sqrt(time))
    lot = max(1, round(sqrt(2 * costs.order_cost * mean / costs.holding)))

    def total(point: tuple[int, int]) -> int:
        return sum(cost_of(path, costs, opening, *point) for path in paths)

    best, step = (low, low + lot), 8
    cost = total(best)
    while step:
        moves = [
            (best[0] + a, best[1] + b)
            for a, b in ((step, 0), (-step, 0), (0, step), (0, -step), (step, step), (-step, -step))
        ]
        found, point = min((total(move), move) for move in moves if move[0] < move[1])
        if found < cost:
            best, cost = point, found
        else:
            step //= 2
    return best


def _poisson(rng: Random, mean: float) -> int:
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def _smooth(rng: Random) -> Callable[[Random, int], Path]:
    mean = rng.randint(4, 12)
    return lambda rng, n: tuple(_poisson(rng, mean) for _ in range(n))


def _lumpy(rng: Random) -> Callable[[Random, int], Path]:
    chance, mean = rng.choice((0.3, 0.4, 0.5)), rng.randint(8, 20)
    return lambda rng, n: tuple(_poisson(rng, mean) * (rng.random() < chance) for _ in range(n))


def _weekly(rng: Random) -> Callable[[Random, int], Path]:
    means = [rng.randint(1, 4) if day > 4 else rng.randint(6, 14) for day in range(7)]
    return lambda rng, n: tuple(_poisson(rng, means[day % 7]) for day in range(n))


PROCESSES = (_smooth, _smooth, _lumpy, _weekly)


def _prompt(history: Path, costs: Costs, opening: int) -> str:
    paid = f", and {costs.order_cost} for each order" if costs.order_cost else ""
    takes = (
        f"arrives {costs.lead_time} day{'s' * (costs.lead_time > 1)} later, in the morning"
        if costs.lead_time
        else "arrives at once"
    )
    return (
        "Demand for a spare part over the last four weeks, Monday first:\n\n"
        f"{', '.join(map(str, history))}\n\nWrite a Python function order(stock, on_order, demand) "
        "that returns how many to order. It is called every morning, after deliveries and before "
        f"the day's demand; what is ordered {takes}. stock is what is there (negative: owed to "
        "customers), on_order the list of what is to arrive, next first, demand the list of all "
        "demand since the first day of a new run, oldest first, which is empty at first. A day "
        f"costs {costs.holding} for each unit left in the evening, {costs.backorder} for each unit "
        f"owed{paid}. It is run on several unseen stretches of {PERIODS} days from the same "
        f"process, each beginning on a Monday with {opening} units there and nothing on order, and "
        "is scored by its cost next to that of the best order-up-to policy for these stretches; "
        "90 % is enough."
    )


def _program(body: str) -> str:
    return f"```python\ndef order(stock, on_order, demand):\n    {body}\n```"
