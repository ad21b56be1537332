"""Lot sizes and choices found exactly, each by two methods.

wagner_whitin([20, 30, 10], [50, 50, 50], [1, 1, 1])           ->  ([60, 0, 0], 100)
by_stock([20, 30, 10], [50, 50, 50], [1, 1, 1], [40, 40, 40])  ->  ([20, 40, 0], 110)
by_milp(...)                                                    ->  110
held_karp(distances) ->  ([2, 1], 6);   best_items(values, weights, 50)  ->  ([1, 2], 220)
"""

from collections.abc import Sequence
from itertools import combinations, pairwise, permutations, product

Whole = Sequence[int]


def wagner_whitin(demand: Whole, setup: Whole, holding: Whole) -> tuple[list[int], int]:
    """The cheapest plan without capacities: lots cover whole periods (Wagner and Whitin, 1958)."""
    n = len(demand)
    least: list[tuple[int, int]] = [(0, 0)]
    for end in range(1, n + 1):
        choices = []
        for start in range(end):
            kept = sum(
                holding[period] * sum(demand[period + 1 : end]) for period in range(start, end)
            )
            needed = sum(demand[start:end])
            choices.append((least[start][0] + (setup[start] if needed else 0) + kept, start))
        least.append(min(choices))
    production, end = [0] * n, n
    while end:
        start = least[end][1]
        production[start] = sum(demand[start:end])
        end = start
    return production, least[n][0]


def by_stock(
    demand: Whole, setup: Whole, holding: Whole, capacity: Whole
) -> tuple[list[int], int] | None:
    """The cheapest plan with capacities, by a dynamic program over the stock; None: there is none.

    Lots are whole, which loses nothing where demand and capacities are.
    """
    left = [sum(demand[period + 1 :]) for period in range(len(demand))]
    states: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for period, wanted in enumerate(demand):
        grown: dict[int, tuple[int, tuple[int, ...]]] = {}
        for stock, (cost, made) in states.items():
            for lot in range(capacity[period] + 1):
                rest = stock + lot - wanted
                if 0 <= rest <= left[period]:
                    total = cost + (setup[period] if lot else 0) + holding[period] * rest
                    if rest not in grown or total < grown[rest][0]:
                        grown[rest] = total, (*made, lot)
        states = grown
    if 0 not in states:
        return None
    cost, made = states[0]
    return [*made], cost


def by_setups(demand: Whole, setup: Whole, holding: Whole, capacity: Whole) -> int:
    """The least cost of such a plan, by trying all sets of periods that produce.

    In given periods the last possible ones make the most: stock costs, and making does not.
    """
    periods = range(len(demand))
    costs = []
    for opened in product((False, True), repeat=len(demand)):
        cost = sum(setup[period] for period in periods if opened[period])
        owed = 0
        for period in reversed(periods):
            owed += demand[period]
            owed -= min(owed, capacity[period]) if opened[period] else 0
            cost += holding[period - 1] * owed if period else 0
        if owed == 0:
            costs.append(cost)
    return min(costs)


def held_karp(distances: Sequence[Whole]) -> tuple[list[int], int]:
    """The shortest round trip from place 0, by a dynamic program over sets (Held and Karp)."""
    others = range(1, len(distances))
    least = {(frozenset([place]), place): (distances[0][place], [place]) for place in others}
    for size in range(2, len(distances)):
        for places in map(frozenset, combinations(others, size)):
            for last in sorted(places):
                rest = places - {last}
                least[places, last] = min(
                    (least[rest, before][0] + distances[before][last],
                     [*least[rest, before][1], last])
                    for before in sorted(rest)
                )  # fmt: skip
    total, tour = min(
        (least[frozenset(others), last][0] + distances[last][0], least[frozenset(others), last][1])
        for last in others
    )
    return tour, total


def length(distances: Sequence[Whole], tour: Whole) -> int:
    """The length of a round trip from place 0."""
    stops = [0, *tour, 0]
    return sum(distances[a][b] for a, b in pairwise(stops))


def shortest_of_all(distances: Sequence[Whole]) -> int:
    """The shortest round trip's length, by trying all that begin with a smaller place than they
    end with, as a trip back is as long."""
    others = range(1, len(distances))
    return min(
        length(distances, tour)
        for tour in permutations(others)
        if len(tour) < 2 or tour[0] < tour[-1]
    )


def nearest_next(distances: Sequence[Whole]) -> list[int]:
    """The round trip that always goes to the nearest place."""
    tour, rest = [], {*range(1, len(distances))}
    while rest:
        here = tour[-1] if tour else 0
        tour.append(min(rest, key=lambda place: (distances[here][place], place)))
        rest.remove(tour[-1])
    return tour


def best_items(values: Whole, weights: Whole, capacity: int) -> tuple[list[int], int]:
    """The most valuable items within a capacity, by a dynamic program over the weight."""
    best: list[tuple[int, tuple[int, ...]]] = [(0, ())] * (capacity + 1)
    for item, (value, weight) in enumerate(zip(values, weights, strict=True)):
        for room in range(capacity, weight - 1, -1):
            total, items = best[room - weight]
            if total + value > best[room][0]:
                best[room] = total + value, (*items, item)
    return [*best[capacity][1]], best[capacity][0]


def best_of_all_subsets(values: Whole, weights: Whole, capacity: int) -> int:
    """The same value, by trying all sets of items."""
    sums = [(0, 0)]
    for value, weight in zip(values, weights, strict=True):
        sums += [(v + value, w + weight) for v, w in sums if w + weight <= capacity]
    return max(value for value, _ in sums)
