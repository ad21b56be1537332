import json
from pathlib import Path

import pytest

from curation.store import Store
from verifiers.records import Problem, Rollout

ANSWERS = {
    # Right by numbers at integers only: it says itself that this is all it has.
    "(-1)^{2n}": ["1"],
    # Most rollouts agree on another answer than the ground truth's.
    "12": ["13", "13", "13", "12"],
    "7": ["7", "7", "7", "8"],
}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "assay.duckdb"
    store = Store(path)
    problems, rollouts = [], []
    for ground_truth, answers in ANSWERS.items():
        problem = Problem(
            domain="math",
            family="imported",
            prompt=f"Find it ({ground_truth}).",
            ground_truth=ground_truth,
            verifier="math",
            certificate="imported",
        )
        problems.append(problem)
        rollouts += [
            Rollout(
                problem_id=problem.problem_id,
                model="http#strong",
                sampling="{}",
                template="math-1",
                sample_index=n,
                completion=f"It is \\boxed{{{answer}}}.",
                finish_reason="stop",
                n_prompt_tokens=5,
                n_tokens=5,
            )
            for n, answer in enumerate(answers)
        ]
    with store.writing("test"):
        store.put("problems", problems)
        store.put("rollouts", rollouts)
    return path


def test_doubtful_verdicts_and_shared_wrong_answers_are_listed(gen, store: Path):
    gen("verify", "--store", store, "--workers", 1)
    suspects = json.loads(gen("verify", "--audit", "--store", store, "--json").stdout)
    found = {(one["ground_truth"], one["extracted"]): one for one in suspects}
    assert set(found) == {("(-1)^{2n}", "1"), ("12", "13")}
    assert found["(-1)^{2n}", "1"]["outcome"] == "accepted"
    assert "integers" in found["(-1)^{2n}", "1"]["suspicion"]
    assert found["12", "13"]["suspicion"] == "3 of 4 rollouts give this answer"


def test_a_rejection_of_a_strong_policy_gets_a_second_opinion(gen, store: Path):
    """Math-Verify takes 3.14 for pi where the ground truth is exact; we do not, and it is shown."""
    problem = Problem(
        domain="math",
        family="imported",
        prompt="Find it.",
        ground_truth="\\frac{1}{3}",
        verifier="math",
        certificate="imported",
    )
    rollout = Rollout(
        problem_id=problem.problem_id,
        model="http#strong",
        sampling="{}",
        template="math-1",
        sample_index=0,
        completion="\\boxed{0.333333}",
        finish_reason="stop",
        n_prompt_tokens=5,
        n_tokens=5,
    )
    target = Store(store)
    with target.writing("test"):
        target.put("problems", [problem])
        target.put("rollouts", [rollout])
    gen("verify", "--store", store, "--workers", 1)
    suspects = json.loads(gen("verify", "--audit", "--store", store, "--json").stdout)
    (one,) = [one for one in suspects if one["ground_truth"] == "\\frac{1}{3}"]
    assert one["outcome"] == "rejected"
    assert one["suspicion"].startswith("math-verify")
