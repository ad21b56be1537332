"""`gen run`: every stage of a recipe, overlapped where it can be, going on where it was stopped.

    outcome = run_recipe(read_recipe(Path("recipes/quickstart.yaml")), progress=progress)
    outcome.n_selected, outcome.seconds["sample"]

A thread makes problems while the model loads; rollouts are judged and stored while the next ones
are sampled. Each stage first asks the store what is missing, so a run that was killed anywhere is
continued by running it again.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from itertools import islice
from pathlib import Path
from queue import Queue
from typing import Any
from uuid import UUID

import msgspec

from curation.contamination import Benchmark, find_contamination, read_benchmark
from curation.duplicates import find_clusters
from curation.exporting import FORMATS, export
from curation.scoring import score
from curation.selection import Budget, Choice, select
from curation.store import Store
from gen.backends import Backend, ModelName, open_backend
from gen.backends.kept import KeptModel
from gen.benchmarks import HELD_OUT
from gen.cards import family_cards
from gen.catalog import find_families
from gen.certainty import Asked, Asking, ask, load, to_foresee
from gen.family import Family
from gen.imports import import_problems
from gen.judging import judge_pending, pending_rollouts
from gen.pipeline.plan import plan_job
from gen.pipeline.stage import run_job
from gen.problems import make_problems
from gen.progress import Advance, Progress
from gen.prompts import messages, template_for
from gen.recipes import MODEL_SOURCES, ProblemsSection, Recipe
from gen.runs import OpenRun, running
from gen.solving import Plan, Sampled, sampled, solve
from gen.spending import Meter
from gen.writer import Writer
from verifiers.errors import UnknownName
from verifiers.pool import GradingPool
from verifiers.records import Problem

PROBLEMS_AHEAD = 10_000
"""Problems that may wait for the policy before making more of them pauses."""


WRITTEN = """
    SELECT * FROM problems WHERE lineage->>'job' = ? AND quarantine IS NULL
    ORDER BY (lineage->>'number')::BIGINT
"""


@dataclass(slots=True)
class RunOutcome:
    """What a run did and what stands at its end; `seconds` are wall time by stage.

    `truncated` is the share of the policy's rollouts that were cut off, in [0, 1].
    """

    store: str
    out: str
    n_problems: int = 0
    n_rollouts: int = 0
    n_verdicts: int = 0
    n_undecided: int = 0
    pass_rate: float | None = None
    truncated: float | None = None
    n_selected: int = 0
    trained: str = ""
    sampled: Sampled = field(default_factory=Sampled)
    asked: Asked | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def tokens_per_s(self) -> float:
        """Output tokens a second of sampling, without the loading of the model."""
        wall_s = self.sampled.sampling_s
        return self.sampled.n_tokens / wall_s if wall_s else 0.0


def run_recipe(
    recipe: Recipe,
    *,
    store: Store,
    train: Callable[[Recipe, Advance], str],
    progress: Progress,
    open_model: Callable[[str], Backend] = open_backend,
) -> RunOutcome:
    """Run all stages into `store`; raises the errors of the stages.

    `train` trains on the recipe's export and gives the trained model's directory; it comes from the
    command line, since this room does not know the trainer.
    """
    policy, choice, benchmarks = _check(recipe)
    n_sampled = min(recipe.problems.n, recipe.solutions.problems or recipe.problems.n)
    n_rollouts = n_sampled * recipe.solutions.samples
    outcome = RunOutcome(store=str(store.path), out=str(recipe.export_path))
    store.path.parent.mkdir(parents=True, exist_ok=True)
    with (
        store.writing(f"gen run {recipe.name}"),
        running(store, "run", msgspec.to_builtins(recipe), seed=recipe.seed) as whole,
    ):
        stages = _Stages(store, whole.run_id, outcome.seconds)
        if recipe.problems.source in MODEL_SOURCES:
            _propose(recipe, store, stages, progress)
        bars = {
            "problems": progress.bar("problems", total=recipe.problems.n),
            "rollouts": progress.bar("rollouts", total=n_rollouts),
            "verdicts": progress.bar("verdicts", total=n_rollouts),
        }
        with KeptModel(open_model) as kept:
            with stages.open("solutions", recipe.solutions, seed=recipe.seed) as run:
                outcome.sampled = _make_and_solve(
                    recipe, store, stages, run.run_id, bars, kept.open
                )
                run.n_tokens = whole.n_tokens = outcome.sampled.n_tokens
            if recipe.certainty is not None:
                outcome.asked = _ask(recipe, store, stages, progress, kept.open)
                whole.n_tokens += outcome.asked.n_tokens
        with stages.open("verify") as run:
            if any(pending_rollouts(store).values()):  # a pool takes seconds to start
                with GradingPool() as pool:
                    judge_pending(store, pool=pool, run_id=run.run_id, on_verdict=bars["verdicts"])
        with stages.open("score", recipe.select) as run:
            score(store, policy=policy, group_size=recipe.select.group_size, run_id=run.run_id)
        with stages.open("select", recipe.select) as run:
            find_clusters(store, run_id=run.run_id)
            if benchmarks:
                find_contamination(store, benchmarks, run_id=run.run_id)
            chosen = select(store, recipe.name, policy, choice, run_id=run.run_id)
            outcome.n_selected = chosen.n_selected
        with stages.open("export", recipe.export):
            export(
                store,
                recipe.name,
                fmt=recipe.export.format,
                out=recipe.export_path,
                chat=messages,
                cards=family_cards(),
            )
        if recipe.train is not None:
            with stages.open("train", recipe.train, seed=recipe.seed):
                outcome.trained = train(recipe, progress.bar("steps", total=recipe.train.steps))
    _count(store, policy, outcome)
    return outcome


def train_exported(
    recipe: Recipe, *, store: Store, train: Callable[[Recipe, Advance], str], progress: Progress
) -> RunOutcome | None:
    """Go on with a recipe that trains and has exported already; None where it has not.

    What was chosen stays chosen, whatever has come into the store since.
    """
    if recipe.train is None or not (recipe.export_path.is_dir() and store.path.exists()):
        return None
    query = "SELECT count(*) FROM selections WHERE name = ? AND selected"
    ((n_selected,),) = store.rows(query, (recipe.name,))
    if not n_selected:
        return None
    outcome = RunOutcome(store=str(store.path), out=str(recipe.export_path), n_selected=n_selected)
    with (
        store.writing(f"gen run {recipe.name}"),
        running(store, "run", msgspec.to_builtins(recipe), seed=recipe.seed) as whole,
        _Stages(store, whole.run_id, outcome.seconds).open("train", recipe.train, seed=recipe.seed),
    ):
        outcome.trained = train(recipe, progress.bar("steps", total=recipe.train.steps))
    _count(store, ModelName.parse(recipe.model).policy, outcome)
    return outcome


def _check(recipe: Recipe) -> tuple[str, Choice, list[Benchmark]]:
    """Find out what cannot work before an hour of sampling, not after it."""
    if recipe.export.format not in FORMATS:
        raise UnknownName("format", recipe.export.format, FORMATS)
    template_for("", chosen=recipe.solutions.template)
    if recipe.problems.source == "families":
        _families(recipe.problems)
    how = recipe.select
    choice = Choice(
        budget=Budget(problems=how.budget_problems, tokens=how.budget_tokens),
        group_size=how.group_size,
        arm=how.arm,
        tails=how.tails,
        seed=recipe.seed,
    )
    benchmarks = [read_benchmark(source) for source in how.decontaminate]
    return ModelName.parse(recipe.model).policy, choice, benchmarks


def _propose(recipe: Recipe, store: Store, stages: "_Stages", progress: Progress) -> None:
    """Have a model write the problems; those that are accepted are sampled afterwards."""
    job = plan_job(store, recipe.problems, model=recipe.model, seed=recipe.seed)
    meter = Meter()
    parameters = msgspec.to_builtins(recipe.problems) | {"model": job.policy}
    with stages.open("propose", parameters, seed=recipe.seed, meter=meter) as run:
        run_job(store, job, meter=meter, run_id=run.run_id, progress=progress)


class _Stages:
    """Opens a run for each stage, below the recipe's own, and keeps its wall time."""

    def __init__(self, store: Store, parent: UUID, seconds: dict[str, float]) -> None:
        self._store, self._parent, self._seconds = store, parent, seconds

    @contextmanager
    def open(
        self,
        name: str,
        section: Any = None,
        *,
        seed: int | None = None,
        meter: Meter | None = None,
    ) -> Iterator[OpenRun]:
        started = time.monotonic()
        parameters = msgspec.to_builtins(section) if section is not None else {}
        with running(
            self._store, name, parameters, seed=seed, parent=self._parent, meter=meter
        ) as run:
            yield run
        self._seconds[name] = time.monotonic() - started


def _make_and_solve(
    recipe: Recipe,
    store: Store,
    stages: _Stages,
    run_id: UUID,
    bars: dict[str, Advance],
    open_model: Callable[[str], Backend],
) -> Sampled:
    """Problems on a thread of their own, rollouts and verdicts as the problems come."""
    plan = Plan(
        model=recipe.model,
        sampling=recipe.solutions.sampling(),
        template=recipe.solutions.template,
        samples=recipe.solutions.samples,
        seed=recipe.seed,
    )
    have = sampled(store, plan)
    made: Queue[Problem | None] = Queue(maxsize=PROBLEMS_AHEAD)
    failures: list[BaseException] = []

    with Writer(store) as writer, GradingPool() as pool:

        def kept(run_id: UUID) -> Iterator[Problem]:
            for problem in recipe_problems(recipe, store):
                if recipe.problems.source not in MODEL_SOURCES:
                    problem = replace(problem, run_id=run_id)
                    writer.put("problems", problem)
                bars["problems"](1)
                yield problem

        def make() -> None:
            try:
                with stages.open("problems", recipe.problems, seed=recipe.seed) as run:
                    for problem in _to_sample(recipe, kept(run.run_id)):
                        made.put(problem)
            except BaseException as error:
                failures.append(error)
            finally:
                made.put(None)

        threading.Thread(target=make, name="problems", daemon=True).start()
        done = solve(
            iter(made.get, None),
            plan=plan,
            have=have,
            run_id=run_id,
            writer=writer,
            pool=pool,
            on_rollout=bars["rollouts"],
            on_verdict=bars["verdicts"],
            open_model=open_model,
        )
    if failures:
        raise failures[0]
    return done


def _to_sample(recipe: Recipe, problems: Iterator[Problem]) -> Iterable[Problem]:
    """All, as they come, or those of the lowest ids, which are a random sample."""
    most = recipe.solutions.problems
    if most is None:
        return problems
    return nsmallest(most, problems, key=lambda problem: problem.problem_id)


def _ask(
    recipe: Recipe,
    store: Store,
    stages: _Stages,
    progress: Progress,
    open_model: Callable[[str], Backend],
) -> Asked:
    """How certain the policy is of problems that it was not sampled on, and of those it was."""
    assert recipe.certainty is not None
    plan = Asking(
        model=recipe.model, n_tokens=recipe.certainty.tokens, template=recipe.solutions.template
    )
    meter = Meter()
    with (
        stages.open("certainty", recipe.certainty, meter=meter) as run,
        Writer(store) as writer,
    ):
        problems = load(store, to_foresee(store, plan.policy, n=recipe.certainty.n))
        return ask(
            problems,
            plan=plan,
            writer=writer,
            run_id=run.run_id,
            meter=meter,
            on_answer=progress.bar("certainties", total=len(problems)),
            open_model=open_model,
        )


def recipe_problems(recipe: Recipe, store: Store) -> Iterator[Problem]:
    """The problems that a recipe asks for, from families, from a file, or as a model wrote them."""
    section = recipe.problems
    if section.source in MODEL_SOURCES:
        job = plan_job(store, section, model=recipe.model, seed=recipe.seed)
        written = store.records("problems", WRITTEN, (str(job.job_id),))
        return iter(written)
    if section.source != "families":
        found = import_problems(
            section.source,
            domain=section.domain,
            fields=section.fields,
            levels=section.levels or (),
            family=section.family,
            verifier=section.verifier,
        )
        return islice(found, section.n)
    families = _families(section)
    return make_problems(families, n=section.n, seed=recipe.seed, levels=section.levels)


def _families(section: ProblemsSection) -> list[Family]:
    data = Path(section.data) if section.data else None
    return find_families(section.domain or None, family=section.family, data=data)


def _count(store: Store, policy: str, outcome: RunOutcome) -> None:
    ((outcome.n_problems,),) = store.rows("SELECT count(*) FROM problems")
    (counts,) = store.rows(
        "SELECT count(*), count(outcome), count(*) FILTER (outcome = 'undecided'), "
        "avg(correct::INT), avg(truncated::INT) FROM results "
        "WHERE model = ? AND NOT starts_with(coalesce(quarantine, ''), ?)",
        (policy, HELD_OUT),
    )
    outcome.n_rollouts, outcome.n_verdicts, outcome.n_undecided = counts[:3]
    outcome.pass_rate, outcome.truncated = counts[3:]
