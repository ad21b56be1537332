"""A store with something of everything, for the pages that show one.

fill(Store(path), n=60)     # family problems, two policies, verdicts, quarantine, proposals, runs
HOSTILE                     # the problem whose texts try to run in the reader's browser
"""

import json
import math
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from curation.records import Proposal, Run
from curation.store import Store
from gen.catalog import find_families
from gen.problems import make_problems
from verifiers.records import Problem, Rollout, Verdict

SMALL, LARGE = "cpu:small", "vllm:large"

HOSTILE = Problem(
    domain="math",
    family="hostile",
    level=1,
    prompt="What is <script>document.title='owned'</script>1 + 1? "
    "<img src=x onerror=\"document.title='owned'\"> $\\text{<img src=x onerror=alert(1)>}$",
    ground_truth="2</script><script>document.title='owned'</script>",
    verifier="math",
    certificate="imported",
    source="file:hostile.jsonl",
)

LATEX = Problem(
    domain="math",
    family="imported",
    level=3,
    prompt="Define \\[p = \\sum_{k=1}^\\infty \\frac{1}{k^2}\\] and find $\\sqrt{6p}$. "
    "It costs \\$5.",
    ground_truth="\\pi",
    verifier="math",
    certificate="imported",
    confidence=0.93,
    source="file:real.jsonl",
)

CODE = Problem(
    domain="code",
    family="imported",
    level=2,
    prompt="Write `add(a, b)`.\n\n```python\ndef add(a: int, b: int) -> int:\n    ...\n```",
    ground_truth=json.dumps(
        {
            "kind": "function",
            "entry_point": "add",
            "tests": [{"args": "(1, 2)", "expected": "3"}, {"args": "(-1, 1)", "expected": "0"}],
        }
    ),
    verifier="code",
    certificate="execution",
    evidence=json.dumps({"kill_rate": 0.92, "mutants": 25}),
    source="file:programs.jsonl",
)

STARTED = datetime(2026, 5, 4, 9, 30)


def fill(store: Store, *, n: int = 60, extra: tuple[Problem, ...] = ()) -> None:
    """Put `n` family problems and the special ones into an empty store, the same every time."""
    rng = Random("shown")
    runs = [_run("problems", 0, 12.0), _run("solutions", 1, 640.0), _run("verify", 2, 9.0)]
    families = find_families("math")
    made = [*make_problems(families, n=n, seed=7), *extra, HOSTILE, LATEX, CODE]
    problems = [_told(problem, number, runs[0]) for number, problem in enumerate(made)]
    rollouts, verdicts = [], []
    for problem in problems:
        if problem.quarantine is None:
            for model, skill in ((SMALL, 1.2), (LARGE, 4.0)):
                _solve(problem, model, skill, runs[1:], rng, rollouts, verdicts)
    with store.writing("test"):
        store.add("runs", runs)
        store.add("problems", problems)
        store.add("rollouts", rollouts)
        store.add("verdicts", verdicts)
        store.add("proposals", [_proposal(number, runs[0]) for number in range(40)])


def write_metrics(directory: Path, steps: int = 30) -> None:
    """A trainer's metrics.jsonl, with a last line that a kill cut off."""
    rng = Random("metrics")
    directory.mkdir(parents=True, exist_ok=True)
    lines = []
    for step in range(1, steps + 1):
        reward = 0.2 + 0.5 * (1 - math.exp(-step / 12)) + rng.gauss(0, 0.03)
        row = {
            "step": step,
            "reward_mean": reward,
            "reward_std": 0.4,
            "zero_spread": max(0.0, 0.5 - step / 100),
            "undecided": 0,
            "loss": rng.gauss(0, 0.02),
            "kl": None,
            "grad_norm": 0.5 + rng.random(),
            "completions": 16,
            "completion_length": 180 + step + rng.gauss(0, 8),
            "truncated": 0.05,
            "tokens": 3_000 + step * 16,
            "seconds": 40 + rng.random(),
            "reward_seconds": 0.02,
            "entropy": 0.9 - step / 100,
            "tokens_per_s": 80 + rng.random(),
        }
        lines.append(json.dumps(row))
    (directory / "metrics.jsonl").write_text("\n".join([*lines, '{"step": 31, "rew']))


def _run(command: str, number: int, seconds: float) -> Run:
    started = STARTED + timedelta(hours=number)
    return Run(
        command=command,
        parameters=json.dumps({"model": LARGE}),
        process_id=100 + number,
        started_at=started,
        ended_at=started + timedelta(seconds=seconds),
        seconds=seconds,
        cost=0.42 if command == "solutions" else None,
    )


def _told(problem: Problem, number: int, run: Run) -> Problem:
    reasons = ("few solvers agree: 3 of 8", "confidence: 0.41", "reference fails: test 2")
    quarantine = reasons[number % 3] if number % 11 == 10 else problem.quarantine
    fields = {name: getattr(problem, name) for name in Problem.__slots__ if name != "problem_id"}
    return Problem(**{**fields, "quarantine": quarantine, "run_id": run.run_id})


def _solve(
    problem: Problem,
    model: str,
    skill: float,
    runs: list[Run],
    rng: Random,
    rollouts: list[Rollout],
    verdicts: list[Verdict],
) -> None:
    ease = rng.random() ** (problem.level / skill)
    for index in range(8):
        right = rng.random() < ease
        length = int(rng.lognormvariate(4.2 + 0.25 * problem.level, 0.35))
        rollout = Rollout(
            problem_id=problem.problem_id,
            model=model,
            sampling=json.dumps({"max_tokens": 512, "temperature": 0.7}),
            template="math-1",
            sample_index=index,
            completion=_completion(problem, right, rng),
            thinking="I add, then check." if model == LARGE else None,
            finish_reason="length" if length > 400 else "stop",
            n_prompt_tokens=64,
            n_tokens=length,
            n_thinking_tokens=5 if model == LARGE else 0,
            run_id=runs[0].run_id,
        )
        outcome = "accepted" if right else "rejected"
        if rng.random() < 0.01:
            outcome = "undecided"
        rollouts.append(rollout)
        verdicts.append(
            Verdict(
                rollout_id=rollout.rollout_id,
                verifier=problem.verifier,
                verifier_version="7",
                outcome=outcome,
                reward={"accepted": 1.0, "rejected": 0.0, "undecided": None}[outcome],
                reason={"accepted": "equal", "rejected": "different"}.get(outcome, "timeout"),
                extracted=problem.ground_truth if right else "0",
                seconds=rng.lognormvariate(-6.5 if problem.verifier == "math" else -3, 0.9),
                run_id=runs[1].run_id,
            )
        )


def _completion(problem: Problem, right: bool, rng: Random) -> str:
    if problem is HOSTILE or problem.family == "hostile":
        return (
            "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
            "<a href=\"javascript:document.title='owned'\">click</a> </pre></div> "
            "**bold** \\boxed{2} ```html\n<script>document.title='owned'</script>\n```"
        )
    if problem.domain == "code":
        body = "a + b" if right else "a - b"
        return f"Add them:\n\n```python\ndef add(a: int, b: int) -> int:\n    return {body}\n```"
    steps = rng.choice(
        (
            "Write down what is given and rearrange:\n\\[\\frac{a}{b} = \\frac{c}{d}\\]\n",
            "**Step 1.** Let $x$ be the unknown. Then $x^2 - 2x + 1 = (x - 1)^2$.\n\n",
            "By symmetry we may take $n \\ge 1$, so\n$$\\sum_{k=1}^n k = \\frac{n(n+1)}{2}.$$\n",
        )
    )
    answer = problem.ground_truth if right else str(rng.randint(2, 99))
    return f"{steps}So the answer is $\\boxed{{{answer}}}$."


def _proposal(number: int, run: Run) -> Proposal:
    outcome = ("accepted", "accepted", "duplicate", "malformed", "quarantined")[number % 5]
    rollout = Rollout(
        problem_id=HOSTILE.problem_id,
        model=LARGE,
        sampling="{}",
        template="evolve",
        sample_index=number,
        completion="",
        finish_reason="stop",
        n_prompt_tokens=1,
        n_tokens=1,
    )
    return Proposal(
        ask_id=rollout.rollout_id,
        job_id=run.run_id,
        number=number,
        mode="evolve",
        domain="math",
        model=LARGE,
        sampling="{}",
        template="evolve",
        completion="A harder one.",
        finish_reason="stop",
        n_prompt_tokens=300,
        n_tokens=120,
        outcome=outcome,
        run_id=run.run_id,
    )
