"""From what a user asks for to a job: which mode, with what to go by, and who solves.

plan_job(store, ProblemsSection(domain="math", n=50, source="model"), model="cpu:smollm2-135m",
         seed=0)
->  Job(mode=Concepts(...), n=50, model="cpu:smollm2-135m", solvers=("cpu:smollm2-135m",), ...)
"""

from pathlib import Path
from typing import Any
from uuid import UUID

from curation.store import Store
from gen.backends import ModelName, Sampling
from gen.imports import import_problems
from gen.pipeline.job import Job, job_id
from gen.prompts import template_for
from gen.proposing.base import Mode
from gen.proposing.chunks import read_documents
from gen.proposing.concepts import concept_list
from gen.proposing.modes import MODES
from gen.proposing.selfplay import triple_of
from gen.recipes import ProblemsSection
from verifiers.errors import BadInput, UnknownName
from verifiers.records import Problem
from verifiers.registry import verifier_names

MOST_REFERENCES = 200

SEEDS = """
    SELECT * FROM problems
    WHERE quarantine IS NULL AND domain = $domain AND ($family IS NULL OR family = $family)
        AND (len($levels) = 0 OR level IN (SELECT unnest($levels::BIGINT[])))
        AND lineage->>'job' IS DISTINCT FROM $job
    ORDER BY problem_id
"""


def plan_job(store: Store, section: ProblemsSection, *, model: str, seed: int) -> Job:
    """The job of a recipe's section, where `model` writes unless the section names another.

    Raises BadInput for what cannot work.
    """
    wish = section.proposing
    model = wish.model or model
    solvers = (wish.solvers or (model,)) if wish.solutions else ()
    for name in (model, *solvers):
        ModelName.parse(name)
    verifier = section.verifier or section.domain
    if verifier not in verifier_names():
        raise BadInput(
            f"domain {section.domain!r} has no verifier of its own: name one with --verifier "
            f"({', '.join(verifier_names())})"
        )
    name = "documents" if section.source == "documents" else wish.mode
    asking = Sampling(temperature=wish.temperature, max_tokens=wish.max_tokens)
    identity = job_id(name, section.domain, ModelName.parse(model).policy, asking, seed)
    return Job(
        mode=_mode(name, section, verifier, seed, store, identity),
        n=section.n,
        model=model,
        solvers=solvers,
        asking=asking,
        solving=Sampling(max_tokens=wish.solution_tokens),
        template=wish.template and template_for("", chosen=wish.template),
        most_solutions=wish.solutions,
        min_confidence=wish.min_confidence,
        min_kill_rate=wish.min_kill_rate,
        calibration=Path(wish.calibration) if wish.calibration else None,
        seed=seed,
        give_up_after=wish.give_up_after,
    )


def _mode(
    name: str, section: ProblemsSection, verifier: str, seed: int, store: Store, job: UUID
) -> Mode:
    if name not in MODES:
        raise UnknownName("mode", name, MODES)
    wish = section.proposing
    own: dict[str, Any] = {}
    if name in ("seeds", "evolve"):
        own = {"problems": _seeds(store, section, verifier, job)}
    elif name == "documents":
        if not wish.documents:
            raise BadInput("say from which documents: --document FILE.md")
        own = {"chunks": read_documents(wish.documents)}
    elif name == "concepts":
        own = {"concepts": concept_list(wish.concepts or section.domain)}
        if section.levels:
            own["levels"] = section.levels
    elif name == "selfplay":
        own = {"references": _triples(store, section, job)}
    common = {"domain": section.domain, "verifier": verifier, "seed": seed, "form": wish.form}
    return MODES[name](**common, **own)


def _seeds(store: Store, section: ProblemsSection, verifier: str, job: UUID) -> tuple[Problem, ...]:
    """Problems to go by: a file's, or the store's that this job has not made itself."""
    if section.proposing.seeds is None:
        return tuple(_stored(store, section, job))
    return tuple(
        import_problems(
            section.proposing.seeds,
            domain=section.domain,
            fields=section.fields,
            levels=section.levels or (),
            family=section.family,
            verifier=verifier,
            min_kill_rate=None,
        )
    )


def _triples(store: Store, section: ProblemsSection, job: UUID) -> tuple:
    found = (triple_of(problem) for problem in _stored(store, section, job))
    return tuple(one for one in found if one is not None)[:MOST_REFERENCES]


def _stored(store: Store, section: ProblemsSection, job: UUID) -> list[Problem]:
    if not store.path.exists():
        return []
    return store.records(
        "problems",
        SEEDS,
        {
            "domain": section.domain,
            "family": section.family,
            "levels": list(section.levels or ()),
            "job": str(job),
        },
    )
