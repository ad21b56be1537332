"""What the industry families rest on agrees with data and with other methods."""

import csv
import json
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.conformance import check_family, second_method_share
from gen.domains.industry import FAMILIES
from gen.domains.industry.classic import classic_shops
from gen.domains.industry.failure_rules import HEAT, POWER, PUBLISHED, STRAIN, Machine, modes
from gen.domains.industry.lots import (
    best_items,
    best_of_all_subsets,
    by_setups,
    by_stock,
    held_karp,
    shortest_of_all,
    wagner_whitin,
)
from gen.domains.industry.planned import PlanDraft, PlanFamily
from gen.domains.industry.policies import Costs, cost_of
from gen.domains.industry.reliability import steady_state
from gen.domains.industry.remaining_life import RemainingLife, moving
from gen.domains.industry.schedules import (
    best_order,
    dispatched,
    least_makespan,
    least_tardy,
    most_work_first,
    shortest_by_branching,
    tardiness_of_orders,
)
from gen.domains.worked import generated
from gen.errors import GroundTruthDisagrees
from verifiers.errors import BadInput
from verifiers.plan import PlanVerifier
from verifiers.simulation.episode import played
from verifiers.simulation.inventory import Inventory

DATA = Path(__file__).parents[3] / "shared" / "data" / "industry"
ABLE = [family for family in FAMILIES if family().missing() is None]
tables = st.lists(st.lists(st.integers(1, 9), min_size=3, max_size=3), min_size=2, max_size=5)


def test_every_ground_truth_that_is_an_optimum_or_a_value_is_derived_twice():
    shares = {
        family.name: second_method_share(family(), examples=1)
        for family in ABLE
        if family.verifier != "simulation"
    }
    # Job shops beyond four by four rest on the solver's proof alone.
    assert {name for name, share in shares.items() if share < 1} == {"scheduling.job_shop"}


@given(tables, st.randoms(use_true_random=False))
def test_no_dispatching_rule_beats_branching(durations, rng: Random):
    machines = [rng.sample(range(3), 3) for _ in durations]
    least = shortest_by_branching(durations, machines)
    plan = {"start_times": dispatched(durations, machines, most_work_first)}
    truth = {"kind": "job_shop", "durations": durations, "machines": machines, "best": least}
    verdict = PlanVerifier().verify(
        ground_truth=json.dumps(truth), completion=json.dumps(plan), prompt=None, params={}
    )
    assert json.loads(verdict.details)["objective"] >= least


def test_branching_finds_the_shortest_of_a_published_shop():
    shop = classic_shops()[0]
    rows = slice(0, 4)
    durations = [row[:4] for row in shop.durations[rows]]
    machines = [row[:4] for row in shop.machines[rows]]
    found = shortest_by_branching(durations, machines)
    ortools = pytest.importorskip("ortools")
    assert ortools
    from gen.domains.industry.schedules import shortest

    starts = shortest(durations, machines)
    assert starts is not None
    ends = [row[-1] + times[-1] for row, times in zip(starts, durations, strict=True)]
    assert max(ends) == found


def test_the_published_schedules_reach_the_published_optima():
    for shop in classic_shops():
        truth = {"kind": "job_shop", "durations": shop.durations, "machines": shop.machines,
                 "best": shop.optimum}  # fmt: skip
        verdict = PlanVerifier().verify(
            ground_truth=json.dumps(truth),
            completion=json.dumps({"start_times": shop.starts}),
            prompt=None,
            params={},
        )
        assert verdict.reason == f"best: {shop.optimum}", shop.name


@pytest.mark.skipif(not DATA.is_dir(), reason="the benchmarks are not there")
def test_the_published_shops_are_those_of_the_collection():
    rows = map(json.loads, (DATA / "jobshop_162.jsonl").read_text().splitlines())
    published = {row["name"]: row for row in rows}
    for shop in classic_shops():
        row = published[shop.name]
        assert shop.durations == row["durations"]
        assert shop.machines == row["machines_matrix"]
        assert shop.optimum == row["optimum"]


@given(tables)
def test_flow_shop_methods_agree_with_all_orders(durations):
    def end(order) -> int:
        free = [0, 0, 0]
        for job in order:
            ready = 0
            for machine, time in enumerate(durations[job]):
                free[machine] = ready = max(free[machine], ready) + time
        return free[-1]

    ends = {order: end(order) for order in permutations(range(len(durations)))}
    assert ends[best_order(durations)] == least_makespan(durations) == min(ends.values())


jobs = st.tuples(st.integers(1, 9), st.integers(0, 20), st.integers(1, 5))


@given(st.lists(jobs, min_size=1, max_size=6))
def test_tardiness_methods_agree(rows):
    times, due, weights = zip(*rows, strict=True)
    now = cost = 0
    for job in least_tardy(times, due, weights):
        now += times[job]
        cost += weights[job] * max(0, now - due[job])
    assert cost == min(tardiness_of_orders(times, due, weights))


periods = st.tuples(st.integers(0, 9), st.integers(0, 30), st.integers(0, 3), st.integers(3, 12))


@given(st.lists(periods, min_size=1, max_size=6))
def test_lot_sizing_methods_agree(rows):
    demand, setup, holding, capacity = map(list, zip(*rows, strict=True))
    free = [sum(demand)] * len(demand)
    _, cost = wagner_whitin(demand, setup, holding)
    planned = by_stock(demand, setup, holding, free)
    assert planned is not None
    assert cost == planned[1] == by_setups(demand, setup, holding, free)
    if (capped := by_stock(demand, setup, holding, capacity)) is not None:
        assert capped[1] == by_setups(demand, setup, holding, capacity) >= cost


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=6))
def test_round_trip_methods_agree(spots):
    distances = [[abs(a - c) + abs(b - d) for c, d in spots] for a, b in spots]
    assert held_karp(distances)[1] == shortest_of_all(distances)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1), st.integers(0, 30))
def test_load_methods_agree(parcels, capacity):
    values, weights = zip(*parcels[:10], strict=True)
    items, total = best_items(values, weights, capacity)
    assert total == sum(values[k] for k in items) == best_of_all_subsets(values, weights, capacity)
    assert sum(weights[k] for k in items) <= capacity


@pytest.mark.skipif(not DATA.is_dir(), reason="the data are not there")
def test_the_failure_rules_are_those_of_the_published_labels():
    wrong = {HEAT: [], POWER: [], STRAIN: []}
    with (DATA / "ai4i2020.csv").open() as file:
        for row in csv.DictReader(file):
            machine = Machine(
                row["Type"],
                float(row["Air temperature [K]"]),
                float(row["Process temperature [K]"]),
                int(row["Rotational speed [rpm]"]),
                float(row["Torque [Nm]"]),
                int(row["Tool wear [min]"]),
            )
            found = modes(machine, PUBLISHED)
            for mode, label in ((HEAT, "HDF"), (POWER, "PWF"), (STRAIN, "OSF")):
                if (mode in found) != (row[label] == "1"):
                    wrong[mode].append(round(machine.process_k - machine.air_k, 6))
    assert wrong == {HEAT: [8.6] * 12, POWER: [], STRAIN: []}


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=12),
    st.integers(0, 3), st.integers(0, 10), st.integers(1, 20),
)  # fmt: skip
def test_a_tuned_policy_costs_what_the_simulator_says(path, lead_time, low, lot):
    costs = Costs(lead_time=lead_time, holding=1, backorder=4, order_cost=20)
    simulation = Inventory(demand=(tuple(path),), best=(1,), lead_time=lead_time, holding=1,
                           backorder=4, order_cost=20, opening=6)  # fmt: skip

    def policy(stock, on_order, demand):
        there = stock + sum(on_order)
        return low + lot - there if there <= low else 0

    cost = cost_of(tuple(path), costs, 6, low, low + lot)
    ratio, _ = played(simulation, 0, policy)
    assert ratio == (min(1, 1 / cost) if cost else 1)


def test_one_repairer_makes_two_machines_less_available_than_two():
    alone = steady_state([100, 100], [10, 10], together=True, repairers=1)
    assert alone == pytest.approx(1 - 2 * 0.01 / (1 + 0.2 + 0.02))
    assert alone < steady_state([100, 100], [10, 10], together=True, repairers=2) < 1


class Contradicts(PlanFamily):
    name = "test.contradicts"
    card = generated(0.0)
    methods = "one against another"

    def draw(self, rng, level):
        instance = {"kind": "assignment", "costs": [[1, 5], [5, 1]]}
        best, lesser = {"assignment": [0, 1]}, {"assignment": [1, 0]}
        return PlanDraft("?", instance, best=best, second=3, near=[lesser])


def test_no_plan_leaves_whose_methods_disagree():
    with pytest.raises(GroundTruthDisagrees):
        Contradicts().generate(Random(0), 1)


def test_remaining_life_reads_a_table_and_shows_nothing_of_what_came_after(tmp_path):
    rng, rows = Random(5), []
    for unit in range(1, 51):
        life = rng.randint(120, 220)
        for cycle in range(1, life + 1):
            worn = 3 * cycle / life
            sensors = (round(worn + rng.gauss(0, 0.3), 3), 7.0, round(-worn, 3))
            rows.append(f"{unit} {cycle} 0 0 100 {' '.join(map(str, sensors))}")
    table = tmp_path / "train.txt"
    table.write_text("\n".join(rows))
    family = RemainingLife().reading(table)
    assert RemainingLife().missing()
    assert sorted(moving(table)) == [0, 2]
    assert check_family(family, examples=1) == []
    table = tmp_path / "short.txt"
    table.write_text("\n".join(rows[:300]))
    with pytest.raises(BadInput, match="45 are needed"):
        RemainingLife().reading(table).generate(Random(0), 1)
