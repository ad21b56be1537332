"""Schedules found exactly: job shops by CP-SAT, orders of jobs by search and by dynamic programs.

shortest([[3, 2], [2, 4]], [[0, 1], [1, 0]])      ->  [[0, 3], [0, 3]]   (makespan 7)
dispatched([[3, 2], [2, 4]], [[0, 1], [1, 0]], SHORTEST_FIRST)   ->  start times by a rule
best_order([[3, 2], [1, 4]])                      ->  (1, 0)
least_makespan([[3, 2], [1, 4]])                  ->  7
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

Table = Sequence[Sequence[int]]
Starts = list[list[int]]

Priority = Callable[[Table, int, int, int], Any]
"""What a dispatching rule ranks by: durations, job, its next operation, when it can start."""


def shortest_first(durations: Table, job: int, place: int, start: int) -> Any:
    """The shortest processing time."""
    return durations[job][place], job


def most_work_first(durations: Table, job: int, place: int, start: int) -> Any:
    """The most work remaining."""
    return -sum(durations[job][place:]), job


def first_come(durations: Table, job: int, place: int, start: int) -> Any:
    """The first that can start."""
    return start, job


def by_job(durations: Table, job: int, place: int, start: int) -> Any:
    """One job after the other."""
    return job


def dispatched(durations: Table, machines: Table, rule: Priority) -> Starts:
    """A schedule without needless waiting: of what can start first, what the rule ranks first."""
    free = dict.fromkeys((machine for row in machines for machine in row), 0)
    ready, starts = [0] * len(durations), [[] for _ in durations]
    for _ in range(sum(map(len, durations))):
        waiting = {}
        for job, row in enumerate(durations):
            if (place := len(starts[job])) < len(row):
                waiting[job] = max(ready[job], free[machines[job][place]])
        first = min(waiting.values())
        able = [job for job, start in waiting.items() if start == first]
        job = min(able, key=lambda one: rule(durations, one, len(starts[one]), waiting[one]))
        place = len(starts[job])
        starts[job].append(waiting[job])
        ready[job] = free[machines[job][place]] = waiting[job] + durations[job][place]
    return starts


def one_after_another(durations: Table, machines: Table) -> Starts:
    """Each job when the one before has ended: what does no planning."""
    starts, now = [], 0
    for row in durations:
        starts.append([now + sum(row[:place]) for place in range(len(row))])
        now += sum(row)
    return starts


def without_machines(durations: Table, machines: Table) -> Starts:
    """Each job from 0 as if it had the machines for itself."""
    return [[sum(row[:place]) for place in range(len(row))] for row in durations]


def shortest(durations: Table, machines: Table) -> Starts | None:
    """A schedule of least makespan, proved by CP-SAT with one worker; None where it gives up."""
    from ortools.sat.python import cp_model

    model, horizon = cp_model.CpModel(), sum(map(sum, durations))
    busy: dict[int, list[Any]] = {}
    starts: list[list[Any]] = []
    end = model.new_int_var(0, horizon, "end")
    for job, row in enumerate(durations):
        starts.append([model.new_int_var(0, horizon, f"{job}.{k}") for k in range(len(row))])
        for place, time in enumerate(row):
            start = starts[job][place]
            span = model.new_fixed_size_interval_var(start, time, f"{job}.{place}")
            busy.setdefault(machines[job][place], []).append(span)
            after = starts[job][place + 1] if place + 1 < len(row) else end
            model.add(after >= start + time)
    for spans in busy.values():
        model.add_no_overlap(spans)
    model.minimize(end)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = 2.0
    if solver.solve(model) != cp_model.OPTIMAL:
        return None
    return [[solver.value(start) for start in row] for row in starts]


def shortest_by_branching(durations: Table, machines: Table) -> int:
    """The least makespan by branching over active schedules (Giffler and Thompson, 1960).

    Where an operation would end first, one that its machine can begin before that end is next on
    the machine. A branch ends where the work left on some job or machine shows that it cannot win.
    """
    best = sum(map(sum, durations))

    def bound(places: list[int], ready: list[int], free: dict[int, int]) -> int:
        left = dict.fromkeys(free, 0)
        ends = []
        for job, place in enumerate(places):
            ends.append(ready[job] + sum(durations[job][place:]))
            for k in range(place, len(durations[job])):
                left[machines[job][k]] += durations[job][k]
        return max(*ends, *(free[machine] + work for machine, work in left.items()))

    def search(places: list[int], ready: list[int], free: dict[int, int]) -> None:
        nonlocal best
        if bound(places, ready, free) >= best:
            return
        ends = {
            job: max(ready[job], free[machines[job][place]]) + durations[job][place]
            for job, place in enumerate(places)
            if place < len(durations[job])
        }
        if not ends:
            best = max(ready)
            return
        soonest = min(ends, key=lambda job: (ends[job], job))
        machine = machines[soonest][places[soonest]]
        for job in ends:
            start = max(ready[job], free[machines[job][places[job]]])
            if machines[job][places[job]] == machine and start < ends[soonest]:
                places[job] += 1
                kept = ready[job], free[machine]
                ready[job] = free[machine] = ends[job]
                search(places, ready, free)
                ready[job], free[machine] = kept
                places[job] -= 1

    busy = dict.fromkeys((machine for row in machines for machine in row), 0)
    search([0] * len(durations), [0] * len(durations), busy)
    return best


def best_order(durations: Table) -> tuple[int, ...]:
    """An order of least makespan for a flow shop, by trying orders that can still win."""
    best: tuple[int, tuple[int, ...]] = (sum(map(sum, durations)) + 1, ())
    last = range(len(durations[0]))

    def search(order: tuple[int, ...], free: tuple[int, ...], rest: frozenset[int]) -> None:
        nonlocal best
        if not rest:
            best = min(best, (free[-1], order))
            return
        for machine in last:
            tail = min(sum(durations[job][machine + 1 :]) for job in rest)
            work = sum(durations[job][machine] for job in rest)
            if free[machine] + work + tail >= best[0]:
                return
        for job in sorted(rest):
            search((*order, job), after(free, durations[job]), rest - {job})

    search((), (0,) * len(last), frozenset(range(len(durations))))
    return best[1]


def after(free: Sequence[int], times: Sequence[int]) -> tuple[int, ...]:
    """When each machine is free after one more job."""
    ends, ready = [], 0
    for machine_free, time in zip(free, times, strict=True):
        ready = max(ready, machine_free) + time
        ends.append(ready)
    return tuple(ends)


def least_makespan(durations: Table) -> int:
    """The least makespan of a flow shop, by a dynamic program over sets of jobs done."""
    jobs = range(len(durations))
    fronts: dict[frozenset[int], list[tuple[int, ...]]] = {frozenset(): [(0,) * len(durations[0])]}
    for _ in jobs:
        grown: dict[frozenset[int], list[tuple[int, ...]]] = {}
        for done, states in fronts.items():
            for job in jobs:
                if job not in done:
                    found = grown.setdefault(done | {job}, [])
                    found += [after(state, durations[job]) for state in states]
        fronts = {done: _undominated(states) for done, states in grown.items()}
    ((_, states),) = fronts.items()
    return min(state[-1] for state in states)


def _undominated(states: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    kept: list[tuple[int, ...]] = []
    for state in sorted({*states}):
        if not any(all(a <= b for a, b in zip(other, state, strict=True)) for other in kept):
            kept.append(state)
    return kept


def least_tardy(times: Sequence[int], due: Sequence[int], weights: Sequence[int]) -> list[int]:
    """An order of least weighted tardiness, by a dynamic program over sets of jobs done first."""
    n = len(times)
    cost, last = [0] * (1 << n), [0] * (1 << n)
    for done in range(1, 1 << n):
        end = sum(times[job] for job in range(n) if done >> job & 1)
        cost[done], last[done] = min(
            (cost[done & ~(1 << job)] + weights[job] * max(0, end - due[job]), job)
            for job in range(n)
            if done >> job & 1
        )
    order, done = [], (1 << n) - 1
    while done:
        order.append(last[done])
        done &= ~(1 << last[done])
    return order[::-1]


def tardiness_of_orders(
    times: Sequence[int], due: Sequence[int], weights: Sequence[int]
) -> Iterator[int]:
    """The weighted tardiness of every order, built from its first job on."""
    n = len(times)

    def extend(now: int, cost: int, rest: tuple[int, ...]) -> Iterator[int]:
        if not rest:
            yield cost
        for job in rest:
            end = now + times[job]
            late = weights[job] * max(0, end - due[job])
            yield from extend(end, cost + late, tuple(k for k in rest if k != job))

    return extend(0, 0, tuple(range(n)))
