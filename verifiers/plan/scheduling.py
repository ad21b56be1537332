"""Schedules: start times of a job shop, the order of jobs in a flow shop or on one machine.

    {"kind": "job_shop", "durations": [[3, 2], [2, 4]], "machines": [[0, 1], [1, 0]], "best": 7}
    answered by   {"start_times": [[0, 3], [0, 3]]}      makespan 7

    {"kind": "sequence", "durations": [[3, 2], [1, 4]], "goal": "makespan", "best": 7}
    answered by   {"sequence": [1, 0]}                    makespan 7

`durations[j][k]` is the time of job j's k-th operation, `machines[j][k]` the machine it needs; in a
flow shop it is machine k for every job. Jobs and machines are numbered from 0.
"""

from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from verifiers.plan.answers import Infeasible, listed, permutation, value_of, whole_numbers
from verifiers.plan.shape import Shaped

MOST_OPERATIONS = 5_000


class JobShop(Shaped, frozen=True, tag="job_shop", tag_field="kind"):
    """Every job's operations in order, one at a time on a machine; minimise the makespan."""

    durations: tuple[tuple[int, ...], ...]
    machines: tuple[tuple[int, ...], ...]
    best: int

    def __post_init__(self) -> None:
        self.check_shape()
        check_durations(self.durations)
        if [len(one) for one in self.durations] != [len(one) for one in self.machines]:
            raise ValueError("durations and machines differ in shape")

    def objective(self, answer: Any) -> Fraction:
        """The makespan; raises Malformed, Infeasible."""
        rows = listed(value_of(answer, "start_times"), len(self.durations), "start_times")
        starts = [
            whole_numbers(row, len(times), f"start_times[{job}]")
            for job, (row, times) in enumerate(zip(rows, self.durations, strict=True))
        ]
        busy: dict[int, list[tuple[int, int, int]]] = {}
        for job, row in enumerate(starts):
            ready = 0
            for place, (start, time) in enumerate(zip(row, self.durations[job], strict=True)):
                if start < ready:
                    raise Infeasible(f"operation {place} of job {job} starts at {start} < {ready}")
                ready = start + time
                if time:
                    busy.setdefault(self.machines[job][place], []).append((start, ready, job))
        for machine, spans in busy.items():
            for (_, end, first), (start, _, second) in pairwise(sorted(spans)):
                if start < end:
                    raise Infeasible(f"jobs {first} and {second} overlap on machine {machine}")
        return Fraction(max(end for spans in busy.values() for _, end, _ in spans))


class Sequence(Shaped, frozen=True, tag="sequence", tag_field="kind"):
    """One order of jobs for all machines; minimise a makespan, a flow time or a tardiness.

    `due` and `weights` are those of `weighted_tardiness`: the sum of weight times lateness.
    """

    durations: tuple[tuple[int, ...], ...]
    best: int
    goal: Literal["makespan", "total_flow_time", "weighted_tardiness"] = "makespan"
    due: tuple[int, ...] = ()
    weights: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.check_shape()
        check_durations(self.durations)
        if len({len(row) for row in self.durations}) > 1:
            raise ValueError("every job visits every machine")
        needed = len(self.durations) if self.goal == "weighted_tardiness" else 0
        if not len(self.due) == len(self.weights) == needed:
            raise ValueError("due and weights are for weighted_tardiness, one a job")

    def objective(self, answer: Any) -> Fraction:
        """The goal's value; raises Malformed, Infeasible."""
        jobs = range(len(self.durations))
        order = permutation(value_of(answer, "sequence"), jobs, "sequence")
        ends = self.completions(order)
        if self.goal == "makespan":
            return Fraction(max(ends.values()))
        if self.goal == "total_flow_time":
            return Fraction(sum(ends.values()))
        late = (self.weights[job] * max(0, end - self.due[job]) for job, end in ends.items())
        return Fraction(sum(late))

    def completions(self, order: list[int]) -> dict[int, int]:
        """When each job leaves the last machine."""
        free = [0] * len(self.durations[0])
        ends = {}
        for job in order:
            ready = 0
            for machine, time in enumerate(self.durations[job]):
                free[machine] = ready = max(ready, free[machine]) + time
            ends[job] = ready
        return ends


def check_durations(durations: tuple[tuple[int, ...], ...]) -> None:
    """Raise ValueError for a table of durations that is empty, negative or too large."""
    times = [time for row in durations for time in row]
    if not times or not all(durations) or len(times) > MOST_OPERATIONS:
        raise ValueError(f"there must be 1 to {MOST_OPERATIONS} operations, some for every job")
    if min(times) < 0 or max(times) == 0:
        raise ValueError("durations must not be negative, and not all 0")
