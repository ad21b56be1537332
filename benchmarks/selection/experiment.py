"""One run: the warm policy under an arm and a seed, trained until its tokens are spent.

    run_once(Run(arm="ours", seed=0), Settings(), warm=Path("warm.pt"), machine=Machine())
    ->  Result(arm="ours", points=[Point(tokens=0, strict=0.51, lenient=0.51), ...], ...)

Every token that an arm has sampled counts: scoring rollouts and groups that dynamic sampling
rejects too; those of evaluation, and what the oracle is told, do not.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.selection.arms import Chooser, Oracle, Scored, Scoring, Shuffled
from benchmarks.selection.learning import Group, gold, judge, learn, warm_up
from benchmarks.selection.policy import Machine, Policy, load
from benchmarks.selection.problems import MIXES, NAMES, draw, fresh_problems
from verifiers.records import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all arms share; `fresh_each` is held-out problems a family and level.

    The warm-up ends where the policy gives `warm_until` of the right answers at level 1, which is
    looked at every `warm_check` steps, and after `warm_steps` at the latest.
    """

    mix: str = "expert"
    families: tuple[str, ...] = ("arithmetic.sum", "arithmetic.product", "arithmetic.division")
    pool: int = 4400
    fresh_each: int = 200
    budget_tokens: int = 100_000
    evaluations: int = 8
    group_size: int = 8
    groups_a_step: int = 8
    rate: float = 1e-4
    scoring: Scoring = field(default_factory=Scoring)
    policy: str = "small"
    warm_levels: dict[int, float] = field(default_factory=lambda: {1: 0.35, 2: 0.4, 3: 0.25})
    warm_until: float = 0.82
    warm_steps: int = 6000
    warm_rate: float = 1e-3
    warm_batch: int = 16
    warm_check: int = 100
    warm_problems: int = 20_000


INSTRUCT = Settings(
    policy="smollm2-135m",
    families=NAMES,
    fresh_each=140,
    budget_tokens=70_000,
    evaluations=6,
    rate=1e-5,
    warm_levels={1: 0.55, 2: 0.35, 3: 0.1},
    warm_until=0.92,
    warm_steps=1200,
    warm_rate=1e-4,
    warm_batch=64,
    warm_check=25,
    warm_problems=8000,
)
"""What an instruct model is given on a GPU."""


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """Seeds come first, so that what is there after half of the time is paired."""

    seed: int
    arm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Accuracy on the fresh problems, at the mix of the pool, after so many sampled tokens.

    `lenient` is measured at the beginning and at the end.
    """

    tokens: int
    strict: float
    lenient: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a run. `flat_groups` of `groups` had no spread; `greedy` is strict accuracy of
    the likeliest answers, first and last; `examined_s` of `wall_s` went into evaluation."""

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
    wall_s: float = 0.0
    examined_s: float = 0.0
    device: str = "CPU"


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
    """Held-out problems, weighed as the mix of the pool has their cells.

    Strict accuracy is exact: the mean chance of the one right response, which is what the share of
    right completions is expected to be. The lenient figure is that plus the share of sampled
    completions in which only the lenient reader finds the answer.
    """

    def __init__(self, settings: Settings) -> None:
        self.problems = fresh_problems(settings.fresh_each, settings.families)
        cells: dict[tuple[str, int], int] = defaultdict(int)
        for problem in self.problems:
            cells[problem.family, problem.level] += 1
        shares: dict[int, int] = defaultdict(int)
        for _, level in cells:
            shares[level] += 1
        self.wall_s = 0.0
        mix = MIXES[settings.mix]
        self._weights = [
            mix[p.level] / shares[p.level] / cells[p.family, p.level] for p in self.problems
        ]
        self._prompts = [problem.prompt for problem in self.problems]
        self._golds = [gold(problem) for problem in self.problems]

    def sit(self, policy: Policy) -> list[float]:
        """The chance of the right response to each problem."""
        started = time.perf_counter()
        chances = policy.chances(self._prompts, self._golds).tolist()
        self.wall_s += time.perf_counter() - started
        return chances

    def sampled(self, policy: Policy, *, greedy: bool = False) -> tuple[float, float]:
        """Strict and lenient accuracy of a completion each; the draws are always the same."""
        started = time.perf_counter()
        generator = torch.Generator().manual_seed(0)
        found = policy.sample(self._prompts, n=1, generator=generator, greedy=greedy)
        verdicts = [judge(p, row[0]) for p, row in zip(self.problems, found, strict=True)]
        self.wall_s += time.perf_counter() - started
        strict, lenient = zip(*verdicts, strict=True)
        return self.accuracy(strict), self.accuracy(lenient)

    def accuracy(self, rewards: Sequence[float]) -> float:
        """Their mean at the mix of the pool."""
        return sum(w * one for w, one in zip(self._weights, rewards, strict=True))

    def point(self, chances: Sequence[float], tokens: int, lenient: float | None = None) -> Point:
        """What a policy with these chances has after so many tokens."""
        return Point(tokens=tokens, strict=round(self.accuracy(chances), 5), lenient=lenient)

    def lenient(self, policy: Policy, chances: Sequence[float]) -> float:
        """Exact strict accuracy, and what the lenient reader adds to a sample's."""
        strict, lenient = self.sampled(policy)
        return round(self.accuracy(chances) + lenient - strict, 5)

    def by_level(self, chances: Sequence[float]) -> dict[int, float]:
        """Strict accuracy of each level, its families alike."""
        rows: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for problem, weight, one in zip(self.problems, self._weights, chances, strict=True):
            rows[problem.level].append((weight, one))
        return {
            level: sum(w * one for w, one in row) / sum(w for w, _ in row)
            for level, row in sorted(rows.items())
        }


def warmed(
    settings: Settings,
    path: Path,
    *,
    model: Path | None,
    machine: Machine,
    tell: Callable[[str], None],
) -> None:
    """Make the warm policy that all runs start from; `model` is where an instruct model lies."""
    torch.set_num_threads(1)
    problems = draw(
        settings.warm_levels, settings.warm_problems, stream="warm-up", families=settings.families
    )
    if model is None:
        policy: Policy = _new(problems, settings)
    else:
        policy = load(model, settings.policy, machine)
    path.parent.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()

    def on_check(step: int, rates: dict[int, float]) -> None:
        told = ", ".join(f"{rate:.3f} at level {level}" for level, rate in rates.items())
        tell(f"warm-up, step {step}, {time.perf_counter() - started:.0f} s: {told}")

    warm_up(
        policy,
        problems,
        levels=settings.warm_levels,
        rate=settings.warm_rate,
        until=settings.warm_until,
        most_steps=settings.warm_steps,
        batch_size=settings.warm_batch,
        check_every=settings.warm_check,
        on_check=on_check,
    )
    policy.save(path)


def _new(problems: Sequence[Problem], settings: Settings) -> Policy:
    from benchmarks.selection.small import Small, Vocabulary

    n, families = settings.warm_problems // 10, settings.families
    seen = [*problems, *draw(MIXES["even"], n, stream="words", families=families)]
    return Small.new(Vocabulary.of(problem.prompt for problem in seen), seed=0)


def run_once(run: Run, settings: Settings, *, warm: Path, machine: Machine) -> Result:
    """Train the warm policy under an arm until the budget is spent."""
    torch.set_num_threads(1)
    started, cpu_started = time.perf_counter(), time.process_time()
    policy = load(warm, settings.policy, machine)
    optimizer = policy.optimizer(settings.rate, weight_decay=0.0)
    generator = torch.Generator().manual_seed(run.seed)
    pool = draw(
        MIXES[settings.mix],
        settings.pool,
        stream=f"pool:{run.seed}",
        families=settings.families,
    )
    examination = Examination(settings)
    ledger = Ledger(settings.budget_tokens)
    first = examination.sit(policy)
    points = [examination.point(first, 0, examination.lenient(policy, first))]
    greedy, _ = examination.sampled(policy, greedy=True)
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
            if ledger.open and ledger.spent >= mark:
                points.append(examination.point(examination.sit(policy), ledger.spent))
                mark = next(m for m in marks if m > ledger.spent)
    last = examination.sit(policy)
    points.append(examination.point(last, ledger.spent, examination.lenient(policy, last)))
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
        greedy=(greedy, examination.sampled(policy, greedy=True)[0]),
        levels={level: (before[level], after[level]) for level in before},
        cpu_s=round(time.process_time() - cpu_started, 1),
        wall_s=round(time.perf_counter() - started, 1),
        examined_s=round(examination.wall_s, 1),
        device=machine.name,
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


def _marks(settings: Settings) -> Iterator[float]:
    number = 0
    while True:
        number += 1
        yield settings.budget_tokens * number / settings.evaluations
