"""Choices from a table: items for a knapsack, a worker for each task, routes from a depot.

    {"kind": "knapsack", "values": [60, 100, 120], "weights": [[10, 20, 30]], "capacity": [50],
     "best": 220}                                           answered by {"items": [1, 2]}
    {"kind": "assignment", "costs": [[4, 1], [2, 3]], "best": 3}
                                                            answered by {"assignment": [1, 0]}
    {"kind": "routes", "distances": [[0, 2, 3], [2, 0, 1], [3, 1, 0]], "best": 6}
                                                            answered by {"routes": [[1, 2]]}

Everything is numbered from 0. `weights` has a row a resource, `costs` a row a worker. A route
leaves the depot 0 and comes back to it; without `demand` there is one route through all places.
"""

from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar

from verifiers.plan.answers import (
    Infeasible,
    Malformed,
    exact,
    listed,
    permutation,
    value_of,
    whole_numbers,
)
from verifiers.plan.shape import Shaped

MOST_ITEMS = 1_000


class Knapsack(Shaped, frozen=True, tag="knapsack", tag_field="kind"):
    """Items of the greatest value within the capacity of each resource; each at most once."""

    lower_is_better: ClassVar[bool] = False

    values: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    capacity: tuple[float, ...]
    best: float

    def __post_init__(self) -> None:
        self.check_shape()
        n = len(self.values)
        if not 1 <= n <= MOST_ITEMS or any(len(row) != n for row in self.weights):
            raise ValueError(f"there must be 1 to {MOST_ITEMS} items, a weight for each")
        if not 1 <= len(self.weights) == len(self.capacity) <= 20 or self.best <= 0:
            raise ValueError("there must be a capacity a row of weights, and best above 0")

    def objective(self, answer: Any) -> Fraction:
        """The value of the chosen items; raises Malformed, Infeasible."""
        items = whole_numbers(value_of(answer, "items"), None, "items")
        if len({*items}) != len(items) or not {*items} <= {*range(len(self.values))}:
            raise Malformed(f"items must be different numbers from 0 to {len(self.values) - 1}")
        for resource, (row, most) in enumerate(zip(self.weights, self.capacity, strict=True)):
            if (used := sum(exact(row[item]) for item in items)) > exact(most):
                raise Infeasible(f"resource {resource}: {float(used):g} is more than {most:g}")
        return sum((exact(self.values[item]) for item in items), Fraction(0))


class Assignment(Shaped, frozen=True, tag="assignment", tag_field="kind"):
    """A different column for each row; minimise the sum of costs."""

    costs: tuple[tuple[float, ...], ...]
    best: float

    def __post_init__(self) -> None:
        self.check_shape()
        _check_square(self.costs)

    def objective(self, answer: Any) -> Fraction:
        """The sum of the costs; raises Malformed, Infeasible."""
        columns = range(len(self.costs))
        chosen = permutation(value_of(answer, "assignment"), columns, "assignment")
        return sum((exact(self.costs[row][one]) for row, one in enumerate(chosen)), Fraction(0))


class Routes(Shaped, frozen=True, tag="routes", tag_field="kind"):
    """Every place once, on routes that begin and end at the depot 0; minimise the distance.

    With `demand` (0 for the depot) and `capacity`, there are at most `vehicles` routes.
    """

    distances: tuple[tuple[float, ...], ...]
    best: float
    demand: tuple[float, ...] = ()
    capacity: float = 0.0
    vehicles: int = 1

    def __post_init__(self) -> None:
        self.check_shape()
        _check_square(self.distances)
        if self.demand and len(self.demand) != len(self.distances):
            raise ValueError("there must be a demand a place")
        if self.vehicles < 1 or len(self.distances) < 2:
            raise ValueError("there must be a vehicle, and a place beside the depot")

    def objective(self, answer: Any) -> Fraction:
        """The distance of all routes; raises Malformed, Infeasible."""
        rows = listed(value_of(answer, "routes"), None, "routes")
        if len(rows) > self.vehicles:
            raise Infeasible(f"{len(rows)} routes for {self.vehicles} vehicles")
        routes = [whole_numbers(row, None, f"routes[{place}]") for place, row in enumerate(rows)]
        visited = sorted(place for route in routes for place in route)
        if visited != [*range(1, len(self.distances))]:
            raise Infeasible(f"each of 1..{len(self.distances) - 1} must be visited once")
        total = Fraction(0)
        for number, route in enumerate(routes):
            load = sum(exact(self.demand[place]) for place in route) if self.demand else 0
            if load > exact(self.capacity):
                raise Infeasible(f"route {number} carries {float(load):g} > {self.capacity:g}")
            stops = [0, *route, 0]
            total += sum(exact(self.distances[a][b]) for a, b in pairwise(stops))
        return total


def _check_square(table: tuple[tuple[float, ...], ...]) -> None:
    if not 1 <= len(table) <= MOST_ITEMS or any(len(row) != len(table) for row in table):
        raise ValueError(f"the table must be a square of at most {MOST_ITEMS} rows")
    if min(min(row) for row in table) < 0:
        raise ValueError("costs and distances must not be negative")
