"""A store with a selection worth exporting: two domains, thoughts, several samplers, relatives.

with Store(path).writing("test") as store:
    chosen = selected_store(store)                # the selection "s" of POLICY, every problem in it
    export(store, "s", fmt="sft", out=tmp_path / "sft", chat=messages)
"""

import json
from collections.abc import Iterable, Sequence
from uuid import UUID

from curation.records import Contamination, Membership, Score, Selection
from curation.store import Store
from verifiers.records import Outcome, Problem, Rollout, Verdict

POLICY = "cpu:tiny"
TEACHER = "http://teacher/v1#large"

TESTS = json.dumps(
    {"kind": "asserts", "entry_point": "double", "tests": ["assert double('é\"\\n') == 2"]}
)

OUTCOMES: dict[str, tuple[Outcome, float | None]] = {
    "a": ("accepted", 1.0),
    "r": ("rejected", 0.0),
    "u": ("undecided", None),
}


def math_problem(number: int, **fields) -> Problem:
    known = {
        "domain": "math",
        "family": ("arithmetic.sum", "arithmetic.largest")[number % 2],
        "level": 1 + number % 3,
        "prompt": f"What is {{{number}}} + 1?\n'Say' it: \\boxed{{}}, \"now\".",
        "ground_truth": str(number + 1),
        "verifier": "math",
        "certificate": "construction",
    }
    return Problem(**(known | fields))


def code_problem() -> Problem:
    return Problem(
        domain="code",
        family="imported",
        prompt="Write double(text).",
        ground_truth=TESTS,
        verifier="code",
        params='{"partial":true}',
        certificate="execution",
        confidence=0.75,
        source="humaneval.jsonl",
    )


def sampled(
    one: Problem,
    outcomes: str,
    *,
    model: str = POLICY,
    template: str = "math-1",
    thinking: str | None = None,
    finish_reason: str = "stop",
    n_tokens: Sequence[int] = (),
    same: bool = False,
) -> list[tuple[Rollout, Verdict]]:
    """A rollout a letter: a(ccepted), r(ejected) or u(ndecided), with words of its own."""
    made = []
    for index, letter in enumerate(outcomes):
        rollout = Rollout(
            problem_id=one.problem_id,
            model=model,
            sampling="{}",
            template=template,
            sample_index=index,
            completion=f"It is \\boxed{{{one.ground_truth}}}." + ("" if same else f" {index}"),
            thinking=thinking,
            finish_reason=finish_reason,  # type: ignore[arg-type]
            n_prompt_tokens=5,
            n_tokens=n_tokens[index] if n_tokens else 10 + index,
        )
        outcome, reward = OUTCOMES[letter]
        verdict = Verdict(
            rollout_id=rollout.rollout_id,
            verifier=one.verifier,
            verifier_version={"math": "2", "code": "1"}[one.verifier],
            outcome=outcome,
            reward=reward,
            reason="planted",
        )
        made.append((rollout, verdict))
    return made


def put(store: Store, problems: Iterable[Problem], made: Iterable[tuple[Rollout, Verdict]]) -> None:
    """Store problems with their rollouts and verdicts."""
    made = list(made)
    store.add("problems", problems)
    store.add("rollouts", [rollout for rollout, _ in made])
    store.add("verdicts", [verdict for _, verdict in made])


def choose_all(store: Store, name: str = "s") -> list[UUID]:
    """Select every problem that the policy was asked, in the order of their ids."""
    asked = store.rows(
        "SELECT problem_id, count(*), count(*) FILTER (correct), avg(n_tokens) FROM results "
        "WHERE model = ? GROUP BY 1 ORDER BY 1",
        (POLICY,),
    )
    store.add("scores", [_score(*one) for one in asked])
    store.add("selections", [_choice(name, i, one[0]) for i, one in enumerate(asked, start=1)])
    return [problem_id for problem_id, *_ in asked]


def _score(problem_id: UUID, n_rollouts: int, n_correct: int, n_tokens: float) -> Score:
    alpha, beta = 1.0 + n_correct, 1.0 + n_rollouts - n_correct
    return Score(
        problem_id=problem_id,
        policy=POLICY,
        group_size=8,
        n_rollouts=n_rollouts,
        n_correct=n_correct,
        n_undecided=0,
        n_truncated=0,
        n_effective=n_rollouts,
        prior_alpha=1.0,
        prior_beta=1.0,
        alpha=alpha,
        beta=beta,
        pass_rate=alpha / (alpha + beta),
        p_mixed=0.9,
        signal_value=0.9,
        tokens_per_rollout=n_tokens,
        informativeness=0.9 / (8 * n_tokens),
    )


def _choice(name: str, position: int, problem_id: UUID) -> Selection:
    return Selection(
        name=name,
        problem_id=problem_id,
        policy=POLICY,
        group_size=8,
        arm="informativeness",
        selected=True,
        position=position,
        reason="chosen",
        preference=0.01,
        weight=1.0,
        cell_rank=position,
        cluster_rank=None,
        discount=1.0,
        gain=0.01,
        cost_tokens=80.0,
    )


def relate(store: Store, groups: Iterable[Sequence[Problem]]) -> None:
    """Put each group's problems into a cluster of like problems."""
    store.add(
        "clusters",
        [
            Membership(
                problem_id=one.problem_id,
                cluster_id=group[0].problem_id,
                kind="semantic",
                similarity=0.9,
            )
            for group in groups
            for one in group
        ],
    )


def contaminate(store: Store, one: Problem) -> None:
    """Note that a problem is in a benchmark."""
    store.add(
        "contaminations",
        [
            Contamination(
                problem_id=one.problem_id,
                benchmark="math500.jsonl",
                row_number=7,
                kind="canonical",
                similarity=1.0,
                benchmark_text="What?",
            )
        ],
    )


def selected_store(store: Store, n_problems: int = 12) -> list[UUID]:
    """Fill a store: mathematics, one code problem, and a teacher that thinks."""
    problems = [math_problem(number) for number in range(n_problems)]
    coding = code_problem()
    made = [
        pair
        for number, one in enumerate(problems)
        for pair in sampled(one, ("aarr", "aaar")[number % 2])
    ]
    made += sampled(coding, "ar", template="code-1")
    made += sampled(problems[0], "aa", model=TEACHER, thinking="Hm,\nlet me see.", same=True)
    made += sampled(problems[1], "a", model=TEACHER, finish_reason="length")
    put(store, [*problems, coding], made)
    contaminate(store, problems[-1])
    return choose_all(store)
