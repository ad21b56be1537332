"""Hypothesis strategies for the records."""

import json

from hypothesis import strategies as st

from verifiers.records import Problem, Rollout, Verdict

TEXT = st.text(
    alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40
)


@st.composite
def problems(draw) -> Problem:
    return Problem(
        domain=draw(st.sampled_from(("math", "code"))),
        family=draw(st.sampled_from(("add", "gcd"))),
        level=draw(st.integers(0, 5)),
        prompt=draw(TEXT),
        ground_truth=draw(TEXT),
        verifier="math",
        params=json.dumps(draw(st.dictionaries(TEXT, st.integers(-9, 9), max_size=2))),
        certificate=draw(st.sampled_from(("construction", "imported"))),
        confidence=draw(st.floats(0, 1)),
        quarantine=draw(st.none() | TEXT),
    )


@st.composite
def rollouts(draw, problem: Problem) -> Rollout:
    return Rollout(
        problem_id=problem.problem_id,
        model=draw(st.sampled_from(("a", "b"))),
        sampling='{"temperature":1.0}',
        template="math-1",
        sample_index=draw(st.integers(0, 7)),
        completion=draw(TEXT),
        finish_reason=draw(st.sampled_from(("stop", "length"))),
        n_prompt_tokens=draw(st.integers(1, 100)),
        n_tokens=draw(st.integers(0, 100)),
    )


@st.composite
def verdicts(draw, rollout: Rollout) -> Verdict:
    outcome = draw(st.sampled_from(("accepted", "rejected", "undecided")))
    return Verdict(
        rollout_id=rollout.rollout_id,
        verifier="math",
        verifier_version="1",
        outcome=outcome,
        reward={"accepted": 1.0, "rejected": 0.0, "undecided": None}[outcome],
        reason=draw(TEXT),
        extracted=draw(st.none() | TEXT),
        seconds=draw(st.floats(0, 5)),
    )


LITERALS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.booleans(), inner, max_size=4)
        | st.sets(st.integers() | st.text(), max_size=4)
        | st.frozensets(st.integers(), max_size=4)
    ),
    max_leaves=12,
)
"""Whatever a Python literal can say."""
