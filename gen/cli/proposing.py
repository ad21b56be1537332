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
    from gen.backends import Backend
    from gen.pipeline.job import Job, Made
    from gen.recipes import ProblemsSection
    from gen.spending import Budget, Meter

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
        type=click.Path(),
        help="For seeds and evolve: a file of problems; the store's problems unless given.",
    ),
    "documents": click.option(
        "--document",
        "documents",
        type=click.Path(),
        multiple=True,
        help="For documents: a Markdown, text or PDF file; repeatable.",
    ),
    "concepts": click.option(
        "--concepts",
        type=click.Path(),
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
    "solutions": click.option(
        "--solutions",
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
        type=click.Path(),
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
    section: "ProblemsSection",
    *,
    seed: int,
    budget: "Budget",
    workers: int | None,
    open_model: "Callable[[str], Backend]",
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Have a model write the problems; raises BadInput for settings that cannot work."""
    import msgspec

    from curation.store import Store
    from gen.pipeline.outlook import outlook, told
    from gen.pipeline.plan import plan_job
    from gen.spending import Meter
    from verifiers.errors import BadInput

    if not section.proposing.model:
        raise BadInput("say which model writes the problems: --model cpu:smollm2-135m")
    target = Store(store)
    job = plan_job(target, section, model=section.proposing.model, seed=seed)
    if dry_run:
        ask = job.mode.ask(0)
        if ask is None:
            raise BadInput(f"--mode {job.mode.name} has nothing to ask for")
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
        **msgspec.to_builtins(section),
        "model": job.policy,
        "budget": budget,
        "job": str(job.job_id),
    }
    made = _run(target, job, meter, parameters, workers, open_model)
    counts = sorted(made.outcomes.items(), key=lambda one: (-one[1], one[0]))
    others = ", ".join(f"{count} {what}" for what, count in counts if what != "accepted")
    cost = "" if meter.cost is None else f", cost {meter.cost:.4g}"
    short = f"; short of {section.n}: {made.short_because}" if made.short_because else ""
    report(
        {
            **asdict(made),
            "tokens": meter.n_tokens,
            "prompt_tokens": meter.n_prompt_tokens,
            "cost": meter.cost,
            "store": store,
        },
        as_json=as_json,
        sentence=f"{made.n_accepted} problems of domain {section.domain} accepted of "
        f"{made.n_asked} proposed{f' ({others})' if others else ''}, {meter.n_tokens} tokens"
        f"{cost}{short}",
    )


def _run(
    store: "Store",
    job: "Job",
    meter: "Meter",
    parameters: dict[str, Any],
    workers: int | None,
    open_model: "Callable[[str], Backend]",
) -> "Made":
    from gen.pipeline.stage import run_job
    from gen.progress import Progress
    from gen.runs import running

    with (
        store.writing("gen problems"),
        running(store, "problems", parameters, seed=job.seed, meter=meter) as run,
        Progress() as progress,
    ):
        return run_job(
            store,
            job,
            meter=meter,
            run_id=run.run_id,
            progress=progress,
            workers=workers,
            open_model=open_model,
        )
