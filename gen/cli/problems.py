"""`gen problems`: by rule, from a file, or written by a model.

$ gen problems --domain math -n 1000
1000 problems of domain math: 1000 new in assay.duckdb
$ gen problems --domain math -n 50 --source model --mode concepts --model http://HOST/v1#NAME
50 problems of domain math accepted of 83 proposed (18 quarantined, 9 duplicate, 6 malformed)
$ gen problems --family motion.energy.yaml -n 100
100 problems of domain physics: 100 new in assay.duckdb
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gen.cli.backends import backend_options
from gen.cli.options import (
    dry_run_option,
    isolation_option,
    json_option,
    report,
    seed_option,
    store_option,
    workers_option,
)
from gen.cli.proposing import model_options
from gen.cli.spending import spending_options

if TYPE_CHECKING:
    from gen.backends import Backend
    from gen.spending import Budget


@click.command()
@click.option("--domain", help="The domain, such as math; see `gen domains`.")
@click.option("-n", "--limit", "n", type=click.IntRange(1), help="How many problems.")
@click.option(
    "--family",
    help="Only this family, or one's YAML file; for a source file, the name its problems get.",
)
@click.option("--level", "levels", type=int, multiple=True, help="Only this level; repeatable.")
@seed_option
@click.option(
    "--data",
    "--repo",
    "data",
    type=click.Path(path_type=Path),
    help="A table or directory of yours, for families that are made from one.",
)
@click.option(
    "--source",
    default="families",
    show_default=True,
    help="families, model, documents, a .jsonl or .parquet FILE, or hf:NAME[@SPLIT].",
)
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="OURS=THEIRS",
    help="Where a file keeps prompt, ground_truth, level or reference; repeatable.",
)
@click.option("--verifier", help="Who judges a file's problems; the domain's unless given.")
@click.option(
    "--min-kill-rate",
    type=click.FloatRange(0, 1),
    default=0.8,
    show_default=True,
    help="Strengthen or quarantine tests of programs that kill less of a reference's mutants.",
)
@backend_options
@model_options
@spending_options
@workers_option
@isolation_option
@store_option
@json_option
@dry_run_option
def problems(
    domain: str | None,
    n: int | None,
    family: str | None,
    levels: tuple[int, ...],
    seed: int,
    data: Path | None,
    source: str,
    fields: tuple[str, ...],
    verifier: str | None,
    min_kill_rate: float,
    open_model: "Callable[[str], Backend]",
    proposing: dict[str, Any],
    budget: "Budget",
    workers: int | None,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Make problems with ground truth, import them, or have a model write them."""
    from gen.recipes import MODEL_SOURCES, ProblemsSection, ProposingSection
    from verifiers.errors import BadInput

    if source != "families":
        if domain is None:
            raise BadInput("say of which domain: --domain NAME; see `gen domains`")
        if data is not None:
            raise BadInput(f"--data is for --source families; this is --source {source}")
    if source in MODEL_SOURCES:
        from gen.cli.proposing import propose

        assert domain is not None
        if n is None:
            raise BadInput("say how many problems: -n 1000")
        section = ProblemsSection(
            domain=domain,
            n=n,
            source=source,
            family=family,
            levels=levels or None,
            fields=_mapping(fields),
            verifier=verifier,
            proposing=ProposingSection(**proposing, min_kill_rate=min_kill_rate),
        )
        propose(
            section,
            seed=seed,
            budget=budget,
            workers=workers,
            open_model=open_model,
            store=store,
            as_json=as_json,
            dry_run=dry_run,
        )
        return
    if proposing["model"]:
        raise BadInput(f"--model is for --source model or documents; this is --source {source}")
    if source == "families":
        if n is None:
            raise BadInput("say how many problems: -n 1000")
        domain, made = _from_families(domain, family, levels, n, seed, data)
    else:
        made = _from_file(
            source,
            store=store,
            dry_run=dry_run,
            domain=domain,
            fields=fields,
            levels=levels,
            family=family,
            verifier=verifier,
            min_kill_rate=None if dry_run else min_kill_rate,
            seed=seed,
        )
    parameters = {"domain": domain, "n": n, "family": family, "levels": levels, "source": source}
    if source != "families":
        parameters["min_kill_rate"] = min_kill_rate
    if data is not None:
        parameters["data"] = str(data)
    _store(made, parameters, n=n, seed=seed, store=store, as_json=as_json, dry_run=dry_run)


def _store(
    made: Iterator,
    parameters: dict[str, Any],
    *,
    n: int | None,
    seed: int,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    from dataclasses import replace
    from itertools import chain, islice

    from curation.store import Store
    from gen.progress import Progress
    from gen.runs import running
    from gen.writer import Writer

    domain = parameters["domain"]
    made = islice(made, n)
    # Bad input shows at the first problem, before anything is written.
    made = chain(list(islice(made, 1)), made)
    if dry_run:
        n_made = sum(1 for _ in made)
        sentence = f"{n_made} problems of domain {domain} would be stored in {store}"
        report({"problems": n_made, "new": 0}, as_json=as_json, sentence=sentence)
        return
    target = Store(store)
    with target.writing("gen problems"), running(target, "problems", parameters, seed=seed) as run:
        ((before,),) = target.rows("SELECT count(*) FROM problems")
        n_made = 0
        with Progress() as progress, Writer(target) as writer:
            advance = progress.bar("problems", total=n)
            for problem in made:
                writer.put("problems", replace(problem, run_id=run.run_id))
                writer.check()
                advance(1)
                n_made += 1
        ((after,),) = target.rows("SELECT count(*) FROM problems")
    new = after - before
    sentence = f"{n_made} problems of domain {domain}: {new} new in {store}"
    report({"problems": n_made, "new": new, "store": store}, as_json=as_json, sentence=sentence)


def _from_families(
    domain: str | None,
    family: str | None,
    levels: tuple[int, ...],
    n: int,
    seed: int,
    data: Path | None,
) -> tuple[str, Iterator]:
    """The domain's name, which a family's file may tell alone, and its problems."""
    from gen.catalog import find_families
    from gen.problems import make_problems

    families = find_families(domain, family=family, data=data)
    if domain is not None and family is None and data is None:
        say_left_out(domain)
    made = make_problems(families, n=n, seed=seed, levels=levels or None)
    return families[0].domain, made


def say_left_out(domain: str) -> None:
    """Name on stderr, in one line, the domain's families that lack something."""
    from gen.catalog import left_out

    if lacking := left_out(domain):
        named = "; ".join(f"{name} ({advice})" for name, advice in lacking.items())
        print(f"gen: left out of {domain}: {named}", file=sys.stderr)


def _from_file(
    source: str, *, store: Path, dry_run: bool, fields: tuple[str, ...], **settings: Any
) -> Iterator:
    from curation.store import Store
    from gen.imports import import_problems

    known = None
    if "code" in (settings["domain"], settings["verifier"]) and not dry_run:
        from gen.certifying import certified_before

        known = certified_before(Store(store), seed=settings["seed"])
    return import_problems(source, fields=_mapping(fields), known=known, **settings)


def _mapping(fields: tuple[str, ...]) -> dict[str, str]:
    from verifiers.errors import BadInput

    mapping = {}
    for field in fields:
        ours, equals, theirs = field.partition("=")
        if not equals:
            raise BadInput(f"--field {field!r} is no mapping: write --field prompt=question")
        mapping[ours] = theirs
    return mapping
