"""Production lots, crews, routes and loads: plans of least cost.

LotSizing().generate(rng, 1)     4 weeks of demand     {"production": [60, 0, 30, 0]}
Crew().generate(rng, 1)          3 workers, 3 tasks    {"assignment": [1, 0, 2]}
RoundTrip().generate(rng, 1)     4 places              {"routes": [[2, 3, 1]]}
Load().generate(rng, 1)          6 parcels             {"items": [0, 2, 5]}
"""

import json
from itertools import permutations
from random import Random

from gen.domains.industry.lots import (
    best_items,
    best_of_all_subsets,
    by_setups,
    by_stock,
    held_karp,
    nearest_next,
    shortest_of_all,
    wagner_whitin,
)
from gen.domains.industry.planned import PlanDraft, PlanFamily, rows
from gen.domains.worked import generated
from gen.family import Lazy
from verifiers.records import Problem


class LotSizing(PlanFamily):
    """Lots for known demand; by a dynamic program, and by trying all sets of weeks with a setup.

    Without capacities the program is that of Wagner and Whitin, with them it goes over the stock.
    """

    name = "inventory.lot_sizing"
    card = generated(0.06, "making each week's demand in that week is now and then best")
    methods = "a dynamic program over lots or stock against all sets of weeks with a setup"
    sizes = (4, 5, 7, 6, 8)

    def draw(self, rng: Random, level: int) -> PlanDraft:
        """Constant costs; longer; changing costs; capacities; both."""
        n = self.sizes[level - 1]
        demand = [rng.randint(0 if period else 1, 15) for period in range(n)]
        setup, holding = [rng.randint(8, 40)] * n, [rng.randint(1, 3)] * n
        if level in (3, 5):
            setup = [rng.randint(8, 40) for _ in demand]
            holding = [rng.randint(1, 3) for _ in demand]
        capacity = [sum(demand)] * n
        if level >= 4:
            capacity = [rng.randint(8, 18)] * n
            if (planned := by_stock(demand, setup, holding, capacity)) is None:
                return self.draw(rng, level)
        else:
            planned = wagner_whitin(demand, setup, holding)
        best, _ = planned
        lines = [f"demand: {', '.join(map(str, demand))}"]
        if level in (3, 5):
            lines += [f"setup cost: {', '.join(map(str, setup))}"]
            lines += [f"holding cost a unit: {', '.join(map(str, holding))}"]
        else:
            lines += [f"setup cost in a week with production: {setup[0]}"]
            lines += [f"holding cost a unit in stock at a week's end: {holding[0]}"]
        if level >= 4:
            lines += [f"capacity a week: {capacity[0]}"]
        prompt = (
            f"A plant must meet the demand for a part in each of {n} weeks, from that week's "
            "production or from stock; there is none at the beginning, and demand cannot wait. The "
            "setup cost is paid in each week in which anything is made, the holding cost for each "
            "unit left at the end of a week.\n\n" + "\n".join(lines) + "\n\nWhat is to be made in "
            'each week, so that the total cost is least? Answer as JSON: {"production": [...]}, a '
            "number for each week."
        )
        instance = {"kind": "lot_sizing", "demand": demand, "setup": setup, "holding": holding}
        if level >= 4:
            instance["capacity"] = capacity
        everything = [sum(demand), *[0] * (n - 1)]
        pairs = [sum(demand[k : k + 2]) if k % 2 == 0 else 0 for k in range(n)]
        return PlanDraft(
            prompt,
            instance,
            best={"production": best},
            second=by_setups(demand, setup, holding, capacity),
            near=[{"production": lots} for lots in (demand, everything, pairs)],
        )

    def trivial(self) -> dict[str, Lazy]:
        """Each week's own demand; all at once."""
        return {"lot for lot": _lot_for_lot, "one lot": _one_lot}


class Crew(PlanFamily):
    """A task for each worker; by the Hungarian method, and by trying all assignments."""

    name = "logistics.assignment"
    card = generated(0.12, "several assignments may be best")
    methods = "the Hungarian method against all assignments"

    def draw(self, rng: Random, level: int) -> PlanDraft:
        """3 to 7 workers."""
        from scipy.optimize import linear_sum_assignment

        n = level + 2
        costs = [[rng.randint(2, 20 + 10 * level) for _ in range(n)] for _ in range(n)]
        _, columns = linear_sum_assignment(costs)
        greedy: list[int] = []
        for row in costs:
            greedy.append(min({*range(n)} - {*greedy}, key=lambda task, row=row: (row[task], task)))
        twice = [row.index(min(row)) for row in costs]
        best = [int(column) for column in columns]
        prompt = (
            f"{n} workers are to do {n} tasks, each a different one. Minutes needed, a row a "
            f"worker, a column a task, both numbered from 0:\n\n{rows(costs)}\n\nWhich assignment "
            'needs the fewest minutes in all? Answer as JSON: {"assignment": [...]}, for each '
            "worker in order the number of the task."
        )
        return PlanDraft(
            prompt,
            {"kind": "assignment", "costs": costs},
            best={"assignment": best},
            second=min(
                sum(row[task] for row, task in zip(costs, tasks, strict=True))
                for tasks in permutations(range(n))
            ),
            near=[{"assignment": tasks} for tasks in (greedy, twice, best[::-1])],
        )

    def trivial(self) -> dict[str, Lazy]:
        """Task 0 for worker 0, and so on; and its reverse."""
        return {
            "in order": lambda problem: json.dumps({"assignment": [*range(_n(problem, "costs"))]}),
            "backwards": lambda problem: json.dumps(
                {"assignment": [*range(_n(problem, "costs"))][::-1]}
            ),
        }


class RoundTrip(PlanFamily):
    """The shortest round trip through a city of blocks; by Held and Karp, and by trying all."""

    name = "logistics.round_trip"
    card = generated(
        0.35,
        "with three stops every trip in one direction has a mirror image of the same length, so "
        "that one in three orders is best at level 1",
    )
    methods = "a dynamic program over sets against all round trips"

    def draw(self, rng: Random, level: int) -> PlanDraft:
        """3 to 7 stops."""
        n = level + 3
        spots = rng.sample([(x, y) for x in range(20) for y in range(20)], n)
        distances = [[abs(a - c) + abs(b - d) for c, d in spots] for a, b in spots]
        best, _ = held_karp(distances)
        places = "\n".join(f"{k}: {x}, {y}" for k, (x, y) in enumerate(spots))
        prompt = (
            "A van drives along streets that run east-west and north-south: between two places it "
            "goes |x1 - x2| + |y1 - y2| blocks. Place 0 is the depot:\n\n"
            f"{places}\n\nIn which order should it visit the others, once each, on the shortest "
            'trip from the depot and back? Answer as JSON: {"routes": [[...]]}, one list of places '
            "without the depot."
        )
        by_x = sorted(range(1, n), key=lambda place: spots[place])
        swapped = [best[1], best[0], *best[2:]]
        return PlanDraft(
            prompt,
            {"kind": "routes", "distances": distances},
            best={"routes": [best]},
            second=shortest_of_all(distances),
            near=[
                {"routes": [tour]} for tour in (nearest_next(distances), by_x, swapped, best[1:])
            ],
        )

    def trivial(self) -> dict[str, Lazy]:
        """The order of the listing."""
        return {
            "in order": lambda problem: json.dumps(
                {"routes": [[*range(1, _n(problem, "distances"))]]}
            )
        }


class Load(PlanFamily):
    """The most valuable load; by a dynamic program over the weight, and by all sets of parcels."""

    name = "logistics.load"
    card = generated(0.06)
    methods = "a dynamic program over the weight against all sets"

    def draw(self, rng: Random, level: int) -> PlanDraft:
        """5 to 13 parcels."""
        n = 3 + 2 * level
        weights = [rng.randint(3, 15 + 5 * level) for _ in range(n)]
        values = [max(1, weight * 3 + rng.randint(-12, 12)) for weight in weights]
        capacity = sum(weights) * rng.randint(35, 65) // 100
        best, _ = best_items(values, weights, capacity)
        by_density = sorted(range(n), key=lambda item: -values[item] / weights[item])
        by_value = sorted(range(n), key=lambda item: -values[item])
        filled = []
        for order in (by_density, by_value):
            chosen, room = [], capacity
            for item in order:
                if weights[item] <= room:
                    chosen.append(item)
                    room -= weights[item]
            filled.append(chosen)
        lines = "\n".join(f"{k}: {weights[k]} kg, {values[k]}" for k in range(n))
        prompt = (
            f"A truck takes {capacity} kg. Parcels with weight and freight earned:\n\n{lines}\n\n"
            "Which parcels earn the most together? Answer as JSON: "
            '{"items": [...]} with their numbers.'
        )
        return PlanDraft(
            prompt,
            {"kind": "knapsack", "values": values, "weights": [weights], "capacity": [capacity]},
            best={"items": best},
            second=best_of_all_subsets(values, weights, capacity),
            near=[{"items": chosen} for chosen in (*filled, best[1:], [*range(n)])],
        )

    def trivial(self) -> dict[str, Lazy]:
        """The first parcels of the list, two or half."""
        return {
            "the first two": lambda problem: json.dumps({"items": [0, 1]}),
            "the first half": lambda problem: json.dumps(
                {"items": [*range(_n(problem, "values") // 2)]}
            ),
        }


def _n(problem: Problem, table: str) -> int:
    return len(json.loads(problem.ground_truth)[table])


def _lot_for_lot(problem: Problem) -> str:
    return json.dumps({"production": json.loads(problem.ground_truth)["demand"]})


def _one_lot(problem: Problem) -> str:
    demand = json.loads(problem.ground_truth)["demand"]
    return json.dumps({"production": [sum(demand), *[0] * (len(demand) - 1)]})
