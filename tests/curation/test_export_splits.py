"""Train and test share no relatives, whatever is related to what."""

import json
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from exported import choose_all, math_problem, put, relate, sampled
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.exporting.queries import PROBLEMS
from curation.exporting.splits import connected, split
from curation.store import Store
from verifiers.errors import BadInput
from verifiers.records import Problem

TIES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), min_size=1, max_size=25)


@given(ties=TIES)
def test_connected_nodes_share_the_smallest_label_and_no_others_do(ties: list[tuple[int, int]]):
    node, tie = (np.array(column) for column in zip(*ties, strict=True))
    labels = connected(node, tie)
    groups = {one: {one} for one in range(len(labels))}
    for first, shared in ties:
        for second, other in ties:
            if shared == other:
                merged = groups[first] | groups[second]
                for member in merged:
                    groups[member] = merged
    assert labels.tolist() == [min(groups[one]) for one in range(len(labels))]


def test_a_long_chain_is_one_group():
    n = 5_000
    node = np.repeat(np.arange(n), 2)[1:-1]
    tie = np.repeat(np.arange(n - 1), 2)
    assert not connected(node, tie).any()


def made_from(number: int, lineage: dict) -> Problem:
    return math_problem(number, lineage=json.dumps(lineage))


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        yield store


def sides(store: Store, **sizes) -> dict[UUID, str]:
    plan = split(store, "s", PROBLEMS["problems"], **sizes).to_pylist()
    for side in ("train", "test"):
        places = [row["place"] for row in plan if row["split"] == side]
        assert places == list(range(len(places)))
    return {row["problem_id"]: row["split"] for row in plan}


def choose(store: Store, problems: list[Problem]) -> None:
    put(store, problems, [pair for one in problems for pair in sampled(one, "ar")])
    choose_all(store)


@settings(max_examples=8)  # a store each
@given(
    groups=st.lists(st.integers(1, 4), min_size=2, max_size=6), share=st.sampled_from([0.1, 0.3])
)
def test_no_cluster_crosses_the_splits(tmp_path_factory, groups: list[int], share: float):
    path = tmp_path_factory.mktemp("split") / "s.duckdb"
    problems = [math_problem(number) for number in range(sum(groups))]
    starts = np.cumsum([0, *groups])
    clusters = [problems[a:b] for a, b in pairwise(starts)]
    with Store(path).writing("test") as store:
        relate(store, [cluster for cluster in clusters if len(cluster) > 1])
        choose(store, problems)
        target = max(1, int(len(problems) * share))
        if min(groups) > target:
            with pytest.raises(BadInput, match="relatives stay together"):
                sides(store, eval_fraction=share)
            return
        found = sides(store, eval_fraction=share)
        assert 1 <= list(found.values()).count("test") <= target
        for cluster in clusters:
            assert len({found[one.problem_id] for one in cluster}) == 1


def test_generations_and_passages_stay_together(store: Store):
    first = math_problem(0)
    second = made_from(1, {"parent": first.problem_id.hex})
    third = made_from(2, {"parent": str(second.problem_id)})
    alike = math_problem(3)
    passage = [made_from(n, {"document": "handbook.md", "chunk": 4}) for n in (4, 5)]
    other = made_from(6, {"document": "handbook.md", "chunk": 5})
    loose = [math_problem(number) for number in range(7, 20)]
    # What lies between two generations may not have been chosen itself.
    put(store, [second], [])
    relate(store, [[third, alike]])
    choose(store, [first, third, alike, *passage, other, *loose])
    for n_test in range(1, 17):
        found = sides(store, test_size=n_test)
        assert len({found[one.problem_id] for one in (first, third, alike)}) == 1
        assert len({found[one.problem_id] for one in passage}) == 1
        assert list(found.values()).count("test") in (n_test, n_test - 1, n_test - 2)


def test_a_larger_test_split_keeps_what_a_smaller_had(store: Store):
    choose(store, [math_problem(number) for number in range(30)])
    small, large = sides(store, test_size=5), sides(store, test_size=12)
    assert {one for one in small if small[one] == "test"} < {
        one for one in large if large[one] == "test"
    }
    assert sides(store, eval_fraction=0.4) == large
    assert set(sides(store).values()) == set(sides(store, test_size=0).values()) == {"train"}


def test_what_cannot_be_split_is_refused(store: Store):
    problems = [math_problem(number) for number in range(4)]
    choose(store, problems)
    for sizes, complaint in (
        ({"test_size": 4}, "--test-size 4 is not below the 4 problems"),
        ({"test_size": -1}, "--test-size -1"),
        ({"eval_fraction": 1.0}, "--eval-fraction 1.0 is outside"),
        ({"eval_fraction": 0.5, "test_size": 2}, "give one of"),
    ):
        with pytest.raises(BadInput, match=complaint):
            sides(store, **sizes)
    relate(store, [problems])
    with pytest.raises(BadInput, match="relatives stay together"):
        sides(store, test_size=2)
