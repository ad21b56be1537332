import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import problems

from verifiers.records import Problem, Rollout, Verdict


@given(problem=problems())
def test_a_problem_made_twice_has_one_id(problem: Problem):
    again = Problem(
        domain="another",
        family="name",
        prompt=problem.prompt,
        ground_truth=problem.ground_truth,
        verifier=problem.verifier,
        params=problem.params,
        certificate="imported",
    )
    assert again.problem_id == problem.problem_id


@given(first=st.tuples(st.text(), st.text()), second=st.tuples(st.text(), st.text()))
def test_ids_keep_neighbouring_fields_apart(first: tuple[str, str], second: tuple[str, str]):
    ids = [
        Problem(
            domain="math",
            family="f",
            prompt=prompt,
            ground_truth=truth,
            verifier="math",
            certificate="imported",
        ).problem_id
        for prompt, truth in (first, second)
    ]
    assert (ids[0] == ids[1]) == (first == second)


def test_ids_are_the_same_in_another_process():
    code = "from verifiers.records import content_id; print(content_id('a', 1, None, 'ü'))"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_a_rollout_is_identified_by_its_place_and_not_by_its_text():
    def rollout(**changes) -> Rollout:
        given = {
            "problem_id": Problem(
                domain="math",
                family="f",
                prompt="p",
                ground_truth="1",
                verifier="math",
                certificate="imported",
            ).problem_id,
            "model": "m",
            "sampling": "{}",
            "template": "math-1",
            "sample_index": 0,
            "completion": "x",
            "finish_reason": "stop",
            "n_prompt_tokens": 1,
            "n_tokens": 1,
        }
        return Rollout(**(given | changes))

    assert rollout(completion="y").rollout_id == rollout().rollout_id
    for change in ({"sample_index": 1}, {"sampling": json.dumps({"t": 1})}, {"template": "x"}):
        assert rollout(**change).rollout_id != rollout().rollout_id


@pytest.mark.parametrize(
    ("outcome", "reward"), [("undecided", 0.0), ("accepted", None), ("rejected", 1.5)]
)
def test_a_verdict_without_sense_is_refused(outcome: str, reward: float | None):
    with pytest.raises(ValueError, match="reward"):
        Verdict(verifier="math", verifier_version="1", outcome=outcome, reward=reward, reason="x")
