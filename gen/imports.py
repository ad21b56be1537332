"""Reads problems that somebody else wrote: JSONL, Parquet, or a dataset of the Hub.

list(import_problems("gsm8k_test.jsonl", domain="math", fields={}))
->  [Problem(family="gsm8k_test", prompt="Janet's ducks ...", ground_truth="18",
             certificate="imported", ...), ...]

import_problems("hf:openai/gsm8k", domain="math", fields={"prompt": "question"})
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from curation.tabular import read_rows
from verifiers.errors import BadInput, UnknownName
from verifiers.records import Problem
from verifiers.registry import verifier_names

GUESSES = {
    "prompt": ("prompt", "problem", "question", "input", "text"),
    "ground_truth": ("ground_truth", "answer", "final_answer", "target", "label"),
    "level": ("level", "difficulty"),
}
"""Field of ours -> names under which it is looked for where no mapping is given."""

IMPORTED_CONFIDENCE = 0.95
"""Prior for a gold that nobody has certified yet: benchmarks carry some per cent of wrong ones."""

GSM8K_ANSWER = re.compile(r"####\s*(.+?)\s*\Z")


def import_problems(
    source: str,
    *,
    domain: str,
    fields: Mapping[str, str],
    levels: Sequence[int] = (),
    family: str | None = None,
    verifier: str | None = None,
) -> Iterator[Problem]:
    """Yield a problem a row of `source`, a file or `hf:NAME`; with `levels`, only rows of those.

    `fields` maps ours (prompt, ground_truth, level) to the source's. The family is named after the
    file where none is given, the verifier after the domain. Raises BadInput for a source that
    cannot be read, with the row's number for a malformed row.
    """
    unknown = set(fields) - set(GUESSES)
    if unknown:
        raise UnknownName("field", min(unknown), GUESSES)
    if (verifier or domain) not in verifier_names():
        kind = "verifier" if verifier else "domain"
        raise UnknownName(kind, verifier or domain, verifier_names())
    name = family or re.sub(r"\W+", "_", Path(source.removeprefix("hf:")).stem)
    rows = _hub_rows(source[3:]) if source.startswith("hf:") else read_rows(Path(source))
    place = source.removeprefix("hf:")
    for number, row in rows:
        values = {ours: _pick(row, ours, fields.get(ours)) for ours in GUESSES}
        where = f"{source}: line {number}"
        if levels and _level(values["level"], where) not in levels:
            continue
        yield Problem(
            domain=domain,
            family=name,
            level=_level(values["level"], where),
            prompt=_text(values["prompt"], "prompt", row, where),
            ground_truth=_answer(_text(values["ground_truth"], "ground_truth", row, where)),
            verifier=verifier or domain,
            certificate="imported",
            confidence=IMPORTED_CONFIDENCE,
            source=Path(place).name if not source.startswith("hf:") else source,
            lineage=msgspec.json.encode({"row": number}).decode(),
        )


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


def _hub_rows(name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    import logging

    from datasets import load_dataset

    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)  # its retries say it at length
    path, _, split = name.partition("@")
    try:
        rows = load_dataset(path, split=split or "train", streaming=True)
        yield from enumerate((dict(row) for row in rows), start=1)
    except Exception as error:
        text = str(error).strip().splitlines()
        raise BadInput(
            f"hf:{name} cannot be read ({type(error).__name__}: {text[0] if text else ''}); "
            "use hf:NAME or hf:NAME@SPLIT of a dataset that you can reach"
        ) from error
