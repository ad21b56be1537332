"""What `gen problems --source model` takes and does; `--source documents` is its mode `documents`.

$ gen problems --domain math -n 50 --source model --mode evolve --model cpu:smollm2-135m
50 problems of domain math accepted of 83 proposed (18 quarantined, 9 duplicate, 6 malformed)
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gen.cli.options import report

if TYPE_CHECKING:
    from curation.store import Store
    from gen.pipeline.job import Job, Made
    from gen.proposing.base import Mode
    from gen.spending import Budget, Meter
    from verifiers.records import Problem

OPTIONS = {
    "model": click.option("--model", help="Who writes the problems, as in `gen solutions`."),
    "mode": click.option(
        "--mode",
        default="concepts",
        show_default=True,
        help="How: seeds (few-shot), evolve, documents, concepts or selfplay.",
    ),
    "seeds": click.option(
        "--seeds",
        type=click.Path(path_type=Path),
        help="For seeds and evolve: a file of problems; the store's problems unless given.",
    ),
    "documents": click.option(
        "--document",
        "documents",
        type=click.Path(path_type=Path),
        multiple=True,
        help="For documents: a Markdown, text or PDF file; repeatable.",
    ),
    "concepts": click.option(
        "--concepts",
        type=click.Path(path_type=Path),
        help="For concepts: a file with one a line; the domain's own list unless given.",
    ),
    "form": click.option(
        "--form",
        type=click.Choice(("json", "tagged")),
        default="json",
        show_default=True,
        help="tagged is for small models that cannot write JSON.",
    ),
    "solvers": click.option(
        "--solver",
        "solvers",
        multiple=True,
        help="Who solves what is proposed; repeatable; --model unless given.",
    ),
    "most_solutions": click.option(
        "--solutions",
        "most_solutions",
        type=click.IntRange(0),
        default=8,
        show_default=True,
        help="At most so many solutions a question; few first, more while it is undecided.",
    ),
    "min_confidence": click.option(
        "--min-confidence",
        type=click.FloatRange(0, 1),
        default=0.9,
        show_default=True,
        help="Quarantine ground truths that are less sure.",
    ),
    "calibration": click.option(
        "--calibration",
        type=click.Path(path_type=Path),
        help="What `gen calibrate` has fitted; the one that is shipped unless given.",
    ),
    "temperature": click.option(
        "--temperature",
        type=click.FloatRange(0),
        default=1.0,
        show_default=True,
        help="Of the proposals; solutions are drawn at 0.7.",
    ),
    "max_tokens": click.option(
        "--max-tokens",
        type=click.IntRange(1),
        default=1024,
        show_default=True,
        help="Longest proposal, in tokens.",
    ),
    "solution_tokens": click.option(
        "--solution-tokens",
        type=click.IntRange(1),
        default=1024,
        show_default=True,
        help="Longest solution, in tokens.",
    ),
    "template": click.option("--template", help="How questions are put to solvers."),
    "give_up_after": click.option(
        "--give-up-after",
        type=click.IntRange(1),
        default=500,
        show_default=True,
        help="Stop after so many proposals in a row of which none was accepted.",
    ),
}


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options above, all together as the dictionary `proposing`."""

    @wraps(command)
    def with_options(*arguments: Any, **values: Any) -> Any:
        proposing = {name: values.pop(name) for name in OPTIONS}
        return command(*arguments, proposing=proposing, **values)

    for option in reversed(OPTIONS.values()):
        with_options = option(with_options)
    return with_options


def propose(
    *,
    domain: str,
    verifier: str,
    n: int,
    family: str | None,
    levels: tuple[int, ...],
    seed: int,
    mode: str,
    settings: dict[str, Any],
    min_kill_rate: float,
    budget: "Budget",
    workers: int | None,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Have a model write `n` problems; raises BadInput for settings that cannot work."""
    from curation.store import Store
    from gen.backends import ModelName, Sampling
    from gen.pipeline.job import Job, job_id
    from gen.pipeline.outlook import outlook, told
    from gen.prompts import template_for
    from gen.spending import Meter
    from verifiers.errors import BadInput

    model = settings["model"]
    if not model:
        raise BadInput("say which model writes the problems: --model cpu:smollm2-135m")
    solvers = (settings["solvers"] or (model,)) if settings["most_solutions"] else ()
    for name in (model, *solvers):
        ModelName.parse(name)
    target = Store(store)
    asking = Sampling(temperature=settings["temperature"], max_tokens=settings["max_tokens"])
    identity = job_id(mode, domain, ModelName.parse(model).policy, asking, seed)
    job = Job(
        mode=_mode(
            mode,
            domain=domain,
            verifier=verifier,
            seed=seed,
            form=settings["form"],
            documents=settings["documents"],
            concepts=settings["concepts"],
            levels=levels,
            problems=lambda: _seeds(
                target, settings["seeds"], domain, verifier, family, levels, str(identity)
            ),
        ),
        n=n,
        model=model,
        solvers=solvers,
        asking=asking,
        solving=Sampling(max_tokens=settings["solution_tokens"]),
        template=settings["template"] and template_for("", chosen=settings["template"]),
        most_solutions=settings["most_solutions"],
        min_confidence=settings["min_confidence"],
        min_kill_rate=min_kill_rate,
        calibration=settings["calibration"],
        seed=seed,
        give_up_after=settings["give_up_after"],
    )
    if dry_run:
        ask = job.mode.ask(0)
        if ask is None:
            raise BadInput(f"--mode {mode} has nothing to ask for")
        found = outlook(target, job, prices=budget.prices)
        text = ask.messages[-1].content
        report(
            {"job": job.job_id, "first_ask": text, **asdict(found)},
            as_json=as_json,
            sentence=f"{text}\n\n{told(found)}",
        )
        return
    meter = Meter(budget)
    parameters = {
        "domain": domain,
        "mode": mode,
        "n": n,
        "family": family,
        "levels": levels,
        **settings,
        "model": job.policy,
        "budget": budget,
        "job": job.job_id,
    }
    made = _run(target, job, meter, parameters, workers)
    others = ", ".join(
        f"{count} {what}" for what, count in made.outcomes.most_common() if what != "accepted"
    )
    cost = "" if meter.cost is None else f", cost {meter.cost:.4g}"
    short = f"; short of {n}: {made.short_because}" if made.short_because else ""
    report(
        {
            **asdict(made),
            "tokens": meter.n_tokens,
            "prompt_tokens": meter.n_prompt_tokens,
            "cost": meter.cost,
            "store": store,
        },
        as_json=as_json,
        sentence=f"{made.n_accepted} problems of domain {domain} accepted of {made.n_asked} "
        f"proposed{f' ({others})' if others else ''}, {meter.n_tokens} tokens{cost}{short}",
    )


def _run(
    store: "Store", job: "Job", meter: "Meter", parameters: dict[str, Any], workers: int | None
) -> "Made":
    from gen.pipeline.making import make
    from gen.progress import Progress
    from gen.runs import running
    from gen.writer import Writer
    from verifiers.pool import GradingPool

    with (
        store.writing("gen problems"),
        running(store, "problems", parameters, seed=job.seed, meter=meter) as run,
        Progress() as progress,
        Writer(store) as writer,
        GradingPool(workers=workers, wall_s=10.0) as pool,
    ):
        return make(
            store,
            job,
            writer=writer,
            pool=pool,
            meter=meter,
            run_id=run.run_id,
            on_asked=progress.bar("proposed"),
            on_accepted=progress.bar("accepted", total=job.n),
        )


def _mode(
    name: str,
    *,
    domain: str,
    verifier: str,
    seed: int,
    form: str,
    documents: tuple[Path, ...],
    concepts: Path | None,
    levels: tuple[int, ...],
    problems: "Callable[[], tuple[Problem, ...]]",
) -> "Mode":
    from gen.proposing.concepts import concept_list
    from gen.proposing.modes import MODES
    from verifiers.errors import BadInput, UnknownName

    if name not in MODES:
        raise UnknownName("mode", name, MODES)
    common: dict[str, Any] = {"domain": domain, "verifier": verifier, "seed": seed, "form": form}
    own: dict[str, Any] = {}
    if name in ("seeds", "evolve"):
        own = {"problems": problems()}
    elif name == "documents":
        if not documents:
            raise BadInput("say from which documents: --document FILE.md")
        own = {"documents": documents}
    elif name == "concepts":
        own = {"concepts": concept_list(str(concepts or domain))}
        if levels:
            own["levels"] = levels
    return MODES[name](**common, **own)


def _seeds(
    store: "Store",
    file: Path | None,
    domain: str,
    verifier: str,
    family: str | None,
    levels: tuple[int, ...],
    job: str,
) -> "tuple[Problem, ...]":
    """Problems to go by: a file's, or the store's that this job has not made itself."""
    from gen.imports import import_problems

    if file is not None:
        found = import_problems(
            str(file),
            domain=domain,
            fields={},
            levels=levels,
            family=family,
            verifier=verifier,
            min_kill_rate=None,
        )
        return tuple(found)
    return tuple(
        store.records(
            "problems",
            "SELECT * FROM problems WHERE quarantine IS NULL AND domain = $domain "
            "AND ($family IS NULL OR family = $family) AND (len($levels) = 0 OR level IN $levels) "
            "AND lineage->>'job' IS DISTINCT FROM $job ORDER BY problem_id",
            {"domain": domain, "family": family, "levels": list(levels), "job": job},
        )
    )
