"""Reads problems that somebody else wrote: JSONL, Parquet, or a dataset of the Hub.

list(import_problems("gsm8k_test.jsonl", domain="math", fields={}))
->  [Problem(family="gsm8k_test", prompt="Janet's ducks ...", ground_truth="18",
             certificate="imported", ...), ...]

import_problems("hf:openai/gsm8k", domain="math", fields={"prompt": "question"})

Where a row of programming problems has a reference solution, it is run: see certifying.py.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from curation.tabular import hub_rows, read_rows
from verifiers.errors import BadInput, UnknownName
from verifiers.records import Problem
from verifiers.registry import verifier_names

GUESSES = {
    "prompt": ("prompt", "problem", "question", "input", "text"),
    "ground_truth": ("ground_truth", "answer", "final_answer", "target", "label"),
    "level": ("level", "difficulty"),
    "reference": ("reference", "solution", "canonical_solution", "code"),
}
"""Field of ours -> names under which it is looked for where no mapping is given."""

IMPORTED_CONFIDENCE = 0.95
"""Prior for a gold that nobody has certified yet: benchmarks carry some per cent of wrong ones."""

LEAST_KILL_RATE = 0.8
"""Share of a reference's mutants below which tests are weak."""

GSM8K_ANSWER = re.compile(r"####\s*(.+?)\s*\Z")


def import_problems(
    source: str,
    *,
    domain: str,
    fields: Mapping[str, str],
    levels: Sequence[int] = (),
    family: str | None = None,
    verifier: str | None = None,
    min_kill_rate: float | None = LEAST_KILL_RATE,
    seed: int = 0,
    known: Mapping[UUID, Problem] | None = None,
) -> Iterator[Problem]:
    """Yield a problem a row of `source`, a file or `hf:NAME`; with `levels`, only rows of those.

    `fields` maps ours (prompt, ground_truth, level, reference) to the source's. The family is named
    after the file where none is given, the verifier after the domain. Rows shaped as HumanEval's or
    MBPP's need no mapping. References of programs are run, and where tests kill less than
    `min_kill_rate` of their mutants, they are strengthened or quarantined; with None nothing is
    run. `known` gives, by the id of what a row says, what has been certified before, as it is.
    Raises BadInput for a source that cannot be read, with the row's number for a malformed row.
    """
    unknown = set(fields) - set(GUESSES)
    if unknown:
        raise UnknownName("field", min(unknown), GUESSES)
    if (verifier or domain) not in verifier_names():
        kind = "verifier" if verifier else "domain"
        raise UnknownName(kind, verifier or domain, verifier_names())
    name = family or re.sub(r"\W+", "_", Path(source.removeprefix("hf:")).stem)
    rows = hub_rows(source, split="train") if source.startswith("hf:") else read_rows(Path(source))
    place = source.removeprefix("hf:")
    for number, row in rows:
        is_code = (verifier or domain) == "code"
        values = {ours: _pick(row, ours, fields.get(ours)) for ours in GUESSES}
        where = f"{source}: line {number}"
        if levels and _level(values["level"], where) not in levels:
            continue
        texts = _code_texts if is_code else _texts
        prompt, ground_truth, reference = texts(values, fields, row, where)
        problem = Problem(
            domain=domain,
            family=name,
            level=_level(values["level"], where),
            prompt=prompt,
            ground_truth=ground_truth,
            verifier=verifier or domain,
            certificate="imported",
            confidence=IMPORTED_CONFIDENCE,
            source=Path(place).name if not source.startswith("hf:") else source,
            lineage=msgspec.json.encode({"row": number}).decode(),
        )
        if reference is not None and min_kill_rate is not None:
            from gen.certifying import certified

            before = (known or {}).get(problem.problem_id)
            problem = before or certified(
                problem, reference, min_kill_rate=min_kill_rate, seed=seed
            )
        yield problem


Texts = tuple[str, str, str | None]
"""Prompt, ground truth, and the reference where there is one."""


def _texts(
    values: Mapping[str, Any], fields: Mapping[str, str], row: Mapping[str, Any], where: str
) -> Texts:
    prompt = _text(values["prompt"], "prompt", row, where)
    return prompt, _answer(_text(values["ground_truth"], "ground_truth", row, where)), None


def _code_texts(
    values: Mapping[str, Any], fields: Mapping[str, str], row: Mapping[str, Any], where: str
) -> Texts:
    from gen.code_rows import code_row, whole_program

    known = code_row(row) if "ground_truth" not in fields else None
    reference = values["reference"]
    if known is not None:
        prompt = row[fields["prompt"]] if fields.get("prompt") in row else known.prompt
        if "reference" not in fields:
            return prompt, known.ground_truth, known.reference
        ground_truth = known.ground_truth
    else:
        truth = values["ground_truth"]
        if isinstance(truth, dict):
            truth = msgspec.json.encode(truth).decode()
        ground_truth = _text(truth, "ground_truth", row, where)
        prompt = _text(values["prompt"], "prompt", row, where)
    if not isinstance(reference, str) or not reference.strip():
        return prompt, ground_truth, None
    return prompt, ground_truth, whole_program(reference, prompt, ground_truth)


def _pick(row: Mapping[str, Any], ours: str, theirs: str | None) -> Any:
    names = (theirs,) if theirs else GUESSES[ours]
    return next((row[name] for name in names if name in row), None)


def _text(value: Any, ours: str, row: Mapping[str, Any], where: str) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(
            f"{where}: no text for {ours!r} among the fields {', '.join(row) or '(none)'}; "
            f"map it with --field {ours}=NAME"
        )
    return value.strip()


def _answer(text: str) -> str:
    """GSM8K's published answers end in `#### 18`; others are the answer itself."""
    found = GSM8K_ANSWER.search(text)
    return found[1] if found else text


def _level(value: Any, where: str) -> int:
    if value is None:
        return 0
    digits = re.search(r"\d+", str(value))
    if not digits:
        raise BadInput(f"{where}: level {value!r} has no number")
    if (level := int(digits[0])) >= 2**63:
        raise BadInput(f"{where}: level {value!r} is too large")
    return level
