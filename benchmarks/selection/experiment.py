"""One run: an arm under a seed, trained until its tokens are spent; and all runs that are missing.

    run_once(Run(arm="ours", seed=0), Settings(), warm=Path("warm.pt"))
    ->  Result(arm="ours", points=[Point(tokens=0, strict=0.51, lenient=0.51), ...], ...)
    run_missing(runs, Settings(), out=Path("results/expert"), workers=2)

Every token that an arm has sampled counts: scoring rollouts and groups that dynamic sampling
rejects too; those of evaluation, and what the oracle is told, do not. A run that is there is never
made again; one that was interrupted starts anew.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import torch

from benchmarks.selection.arms import Chooser, Oracle, Scored, Scoring, Shuffled
from benchmarks.selection.learning import Group, judge, learn, new_optimizer, warm_up
from benchmarks.selection.policy import Policy, Vocabulary
from benchmarks.selection.problems import MIXES, draw, fresh_problems
from verifiers.errors import BadInput
from verifiers.records import Problem

WARM_LEVELS = {1: 0.55, 2: 0.35, 3: 0.1}
"""Shares of the levels in the warm-up: none of the hopeless."""


WARM_PROBLEMS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all arms share; `fresh_each` is held-out problems a family and level.

    The warm-up ends where the policy gives `warm_until` of the right answers at level 1, and after
    `warm_steps` at the latest.
    """

    mix: str = "expert"
    pool: int = 4400
    fresh_each: int = 160
    budget_tokens: int = 120_000
    evaluations: int = 10
    group_size: int = 8
    groups_a_step: int = 8
    rate: float = 3e-4
    scoring: Scoring = field(default_factory=Scoring)
    warm_until: float = 0.92
    warm_steps: int = 6000


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """Seeds come first, so that what is there after half of the time is paired."""

    seed: int
    arm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Accuracy on the fresh problems, at the mix of the pool, after so many sampled tokens."""

    tokens: int
    strict: float
    lenient: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a run. `flat_groups` of `groups` had no spread; `greedy` is strict accuracy of
    the likeliest answers, first and last."""

    arm: str
    seed: int
    settings: Settings
    points: list[Point]
    steps: int
    groups: int
    flat_groups: int
    scoring_tokens: int
    rejected_tokens: int
    fresh: int
    greedy: tuple[float, float]
    levels: dict[int, tuple[float, float]]
    cpu_s: float


@dataclass(slots=True)
class Ledger:
    """What a run has sampled, in tokens and in groups."""

    budget: int
    training_tokens: int = 0
    rejected_tokens: int = 0
    scoring_tokens: int = 0
    groups: int = 0
    flat_groups: int = 0

    @property
    def spent(self) -> int:
        return self.training_tokens + self.rejected_tokens + self.scoring_tokens

    @property
    def open(self) -> bool:
        return self.spent < self.budget

    def count(self, groups: Sequence[Group], *, rejected: bool = False) -> None:
        tokens = sum(group.n_tokens for group in groups)
        if rejected:
            self.rejected_tokens += tokens
        else:
            self.training_tokens += tokens
        self.groups += len(groups)
        self.flat_groups += sum(not group.mixed for group in groups)


class Examination:
    """Held-out problems, a completion of each, weighed as the mix of the pool has their cells."""

    def __init__(self, settings: Settings) -> None:
        self.problems = fresh_problems(settings.fresh_each)
        cells: dict[tuple[str, int], int] = defaultdict(int)
        for problem in self.problems:
            cells[problem.family, problem.level] += 1
        shares: dict[int, int] = defaultdict(int)
        for _, level in cells:
            shares[level] += 1
        mix = MIXES[settings.mix]
        self.weights = [
            mix[p.level] / shares[p.level] / cells[p.family, p.level] for p in self.problems
        ]

    def sit(self, policy: Policy, *, greedy: bool = False) -> list[tuple[float, bool]]:
        """Strict and lenient verdicts; the draws are the same at every sitting."""
        generator = torch.Generator().manual_seed(0)
        prompts = [problem.prompt for problem in self.problems]
        found = policy.sample(prompts, n=1, generator=generator, greedy=greedy)
        return [judge(problem, row[0]) for problem, row in zip(self.problems, found, strict=True)]

    def accuracy(self, verdicts: Sequence[tuple[float, bool]]) -> tuple[float, float]:
        """Strict and lenient, at the mix of the pool."""
        strict = sum(w * one for w, (one, _) in zip(self.weights, verdicts, strict=True))
        lenient = sum(w * two for w, (_, two) in zip(self.weights, verdicts, strict=True))
        return strict, lenient

    def by_level(self, verdicts: Sequence[tuple[float, bool]]) -> dict[int, float]:
        """Strict accuracy of each level, its families alike."""
        rows: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for problem, weight, (one, _) in zip(self.problems, self.weights, verdicts, strict=True):
            rows[problem.level].append((weight, one))
        return {
            level: sum(w * one for w, one in row) / sum(w for w, _ in row)
            for level, row in sorted(rows.items())
        }


def warmed(settings: Settings, path: Path, *, tell: Callable[[str], None]) -> None:
    """Make the warm policy that all runs start from, unless it is there."""
    if path.exists():
        return
    torch.set_num_threads(1)
    problems = draw(WARM_LEVELS, WARM_PROBLEMS, stream="warm-up")
    seen = [*problems, *draw(MIXES["even"], WARM_PROBLEMS // 10, stream="words")]
    policy = Policy.new(Vocabulary.of(problem.prompt for problem in seen), seed=0)
    path.parent.mkdir(parents=True, exist_ok=True)

    def on_check(step: int, rates: dict[int, float]) -> None:
        told = ", ".join(f"{rate:.3f} at level {level}" for level, rate in rates.items())
        tell(f"warm-up, step {step}: {told}")

    warm_up(
        policy,
        problems,
        levels=WARM_LEVELS,
        until=settings.warm_until,
        most_steps=settings.warm_steps,
        on_check=on_check,
    )
    policy.save(path)


def run_once(run: Run, settings: Settings, *, warm: Path) -> Result:
    """Train the warm policy under an arm until the budget is spent."""
    torch.set_num_threads(1)
    started = time.process_time()
    policy = Policy.load(warm)
    optimizer = new_optimizer(policy, settings.rate)
    generator = torch.Generator().manual_seed(run.seed)
    pool = draw(MIXES[settings.mix], settings.pool, stream=f"pool:{run.seed}")
    examination = Examination(settings)
    ledger = Ledger(settings.budget_tokens)
    first = examination.sit(policy)
    points = [_point(examination, first, 0)]
    greedy = examination.accuracy(examination.sit(policy, greedy=True))[0]
    steps = 0
    with TemporaryDirectory() as scratch:
        chooser = make_chooser(run, pool, policy, settings, Path(scratch))
        marks = _marks(settings)
        mark = next(marks)
        while ledger.open:
            groups = draw_groups(chooser, policy, steps, settings, ledger, generator, run.arm)
            learn(policy, optimizer, groups)
            chooser.learnt(steps, groups)
            steps += 1
            if ledger.spent >= mark:
                points.append(_point(examination, examination.sit(policy), ledger.spent))
                mark = next(m for m in marks if m > ledger.spent)
    last = examination.sit(policy)
    if points[-1].tokens < ledger.spent:
        points.append(_point(examination, last, ledger.spent))
    before, after = examination.by_level(first), examination.by_level(last)
    return Result(
        arm=run.arm,
        seed=run.seed,
        settings=settings,
        points=points,
        steps=steps,
        groups=ledger.groups,
        flat_groups=ledger.flat_groups,
        scoring_tokens=ledger.scoring_tokens,
        rejected_tokens=ledger.rejected_tokens,
        fresh=len(examination.problems),
        greedy=(greedy, examination.accuracy(examination.sit(policy, greedy=True))[0]),
        levels={level: (before[level], after[level]) for level in before},
        cpu_s=round(time.process_time() - started, 1),
    )


def make_chooser(
    run: Run, pool: Sequence[Problem], policy: Policy, settings: Settings, directory: Path
) -> Chooser:
    """What chooses in an arm."""
    if run.arm in ("random", "dynamic"):
        return Shuffled(pool, run.seed)
    kind = Oracle if run.arm == "oracle" else Scored
    return kind(
        run.arm,
        pool,
        policy,
        scoring=settings.scoring,
        group_size=settings.group_size,
        seed=run.seed,
        directory=directory,
    )


def draw_groups(
    chooser: Chooser,
    policy: Policy,
    step: int,
    settings: Settings,
    ledger: Ledger,
    generator: torch.Generator,
    arm: str,
) -> list[Group]:
    """The groups of one step; `dynamic` draws until enough of them are mixed, or nothing is left.

    That is the dynamic sampling of DAPO (Yu et al. 2025, arXiv:2503.14476).
    """
    kept: list[Group] = []
    while len(kept) < settings.groups_a_step and ledger.open:
        problems = chooser.next_problems(step, settings.groups_a_step)
        ledger.scoring_tokens = chooser.spent
        groups = roll_out(policy, problems, n=settings.group_size, generator=generator)
        if arm != "dynamic":
            ledger.count(groups)
            return groups
        usable = [group for group in groups if group.mixed][: settings.groups_a_step - len(kept)]
        ledger.count(usable)
        ledger.count([group for group in groups if group not in usable], rejected=True)
        kept += usable
    return kept


def roll_out(
    policy: Policy, problems: Sequence[Problem], *, n: int, generator: torch.Generator
) -> list[Group]:
    """A judged group of each problem."""
    found = policy.sample([problem.prompt for problem in problems], n=n, generator=generator)
    return [
        Group(problem, completions, [judge(problem, one)[0] for one in completions])
        for problem, completions in zip(problems, found, strict=True)
    ]


def run_missing(
    runs: Sequence[Run],
    settings: Settings,
    *,
    warm: Path,
    out: Path,
    workers: int,
    tell: Callable[[str], None],
) -> list[Result]:
    """Make the runs whose files are not there, `workers` at a time, and give all of them.

    Raises BadInput where a file was made with other settings.
    """
    out.mkdir(parents=True, exist_ok=True)
    missing = [run for run in sorted(runs) if read_result(out, run, settings) is None]
    if missing:
        warmed(settings, warm, tell=tell)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as processes:
        waiting = {
            processes.submit(run_once, run, settings, warm=warm): number
            for number, run in enumerate(missing)
        }
        for done in as_completed(waiting):
            result = done.result()
            write_result(out, result)
            tell(
                f"{result.arm} under seed {result.seed}: {result.points[0].strict:.3f} to "
                f"{result.points[-1].strict:.3f} in {result.steps} steps, {result.cpu_s:.0f} s"
            )
    return [result for run in runs if (result := read_result(out, run, settings))]


def result_path(out: Path, run: Run) -> Path:
    """Where a run's result lies."""
    return out / f"{run.arm}-{run.seed}.json"


def write_result(out: Path, result: Result) -> None:
    """Write a result, whole or not at all."""
    path = result_path(out, Run(result.seed, result.arm))
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    partial.replace(path)


def read_result(out: Path, run: Run, settings: Settings) -> Result | None:
    """The result of a run, None where it has not been made; raises BadInput for other settings."""
    path = result_path(out, run)
    if not path.exists():
        return None
    result = msgspec.json.decode(path.read_bytes(), type=Result)
    if result.settings != settings:
        raise BadInput(f"{path} was made with other settings: remove it, or use another --out")
    return result


def _point(examination: Examination, verdicts: Sequence[tuple[float, bool]], tokens: int) -> Point:
    strict, lenient = examination.accuracy(verdicts)
    return Point(tokens=tokens, strict=round(strict, 5), lenient=round(lenient, 5))


def _marks(settings: Settings) -> Iterator[float]:
    number = 0
    while True:
        number += 1
        yield settings.budget_tokens * number / settings.evaluations
