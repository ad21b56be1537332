"""The problems that a policy is evaluated on: a benchmark, a file, or held-out ones of families.

    open_benchmark("math-500", store)                              the Hub's copy
    open_benchmark("gsm8k_test.jsonl", store)                      a file of problems
    open_benchmark("families:math/arithmetic.sum", store, n=200)   made afresh, not in the store

Problems are kept in the store in quarantine, so that they are never scored, selected or trained on;
a problem that was there before is left as it is, and counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from uuid import UUID

from curation.store import Store
from curation.tabular import hub_rows, read_rows
from gen.catalog import find_families
from gen.code_rows import code_row
from gen.errors import TooFewProblems
from gen.imports import import_problems
from gen.problems import make_problems
from verifiers.errors import BadInput
from verifiers.records import Problem

KNOWN = {
    "math-500": ("hf:HuggingFaceH4/MATH-500@test", "math"),
    "aime-2024": ("hf:HuggingFaceH4/aime_2024@train", "math"),
    "gsm8k": ("hf:openai/gsm8k/main@test", "math"),
    "humaneval": ("hf:openai/openai_humaneval@test", "code"),
    "mbpp": ("hf:google-research-datasets/mbpp@test", "code"),
}
"""Name -> dataset of the Hub, and domain."""

FAMILIES = "families:"

HELD_OUT = "benchmark: "
"""How the quarantine reason of a benchmark's problems begins."""

HELD_OUT_STREAMS = "held out"
"""How the random streams of held-out problems begin; others begin with a whole number."""

N_HELD_OUT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """Problems under a name; of them `n_trainable` stand in the store to be trained on."""

    name: str
    problems: list[Problem]
    n_trainable: int

    def stored(self, run_id: UUID) -> list[Problem]:
        """The problems as they are kept."""
        reason = f"{HELD_OUT}{self.name}"
        return [replace(one, quarantine=reason, run_id=run_id) for one in self.problems]


def open_benchmark(
    source: str,
    store: Store,
    *,
    domain: str | None = None,
    fields: Mapping[str, str] | None = None,
    n: int | None = None,
    seed: int = 0,
) -> Benchmark:
    """Read or make a benchmark, at most `n` problems of it.

    `domain` is that of a file's problems, told by their form unless given; `fields` as in
    `import_problems`. Raises BadInput for what cannot be read.
    """
    trainable = _trainable(store)
    if source.startswith(FAMILIES):
        return _held_out(source.removeprefix(FAMILIES), trainable, n=n or N_HELD_OUT, seed=seed)
    place, known_domain = KNOWN.get(source, (source, None))
    if place == source and not source.startswith("hf:") and not Path(source).exists():
        raise BadInput(
            f"{source}: no such benchmark or file; give {', '.join(KNOWN)}, a .jsonl or .parquet "
            f"file, hf:NAME[@SPLIT], or {FAMILIES}DOMAIN[/FAMILY]"
        )
    domain = domain or known_domain or _domain_of(place)
    name = source if source in KNOWN else Path(source.removeprefix("hf:")).stem
    found = import_problems(
        place, domain=domain, fields=fields or {}, family=name, min_kill_rate=None
    )
    problems = list({one.problem_id: one for one in islice(found, n)}.values())
    if not problems:
        raise BadInput(f"{source} has no problems")
    n_trainable = sum(one.problem_id in trainable for one in problems)
    return Benchmark(name=name, problems=problems, n_trainable=n_trainable)


def _trainable(store: Store) -> set[UUID]:
    if not store.path.exists():
        return set()
    query = "SELECT problem_id FROM problems WHERE quarantine IS NULL"
    return {problem_id for (problem_id,) in store.rows(query)}


def _held_out(named: str, trainable: set[UUID], *, n: int, seed: int) -> Benchmark:
    """Fresh problems: what is to be trained on is left out, however small the family."""
    domain, _, family = named.partition("/")
    families = find_families(domain, family=family or None)
    made = make_problems(families, n=n + len(trainable), seed=f"{HELD_OUT_STREAMS} {seed}")
    fresh = (one for one in made if one.problem_id not in trainable)
    problems: list[Problem] = []
    try:
        problems += islice(fresh, n)
    except TooFewProblems as error:
        raise BadInput(f"{FAMILIES}{named}: not so many problems are held out: {error}") from None
    name = f"{FAMILIES}{named}" + (f"@{seed}" if seed else "")
    return Benchmark(name=name, problems=problems, n_trainable=0)


def _domain_of(place: str) -> str:
    rows = hub_rows(place, split="test") if place.startswith("hf:") else read_rows(Path(place))
    first = next((row for _, row in rows), {})
    return "code" if code_row(first) is not None else "math"
