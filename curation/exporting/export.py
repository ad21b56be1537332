"""Writes a selection as a dataset with a card and a manifest.

    export(store, "first", fmt="trl", out=Path("out/first"), chat=chat, test_size=10)
    ->  Exported(rows={"train": 40, "test": 10}, n_problems=50)
    datasets.load_dataset("parquet", data_dir="out/first")["train"][0]["prompt"]
    ->  [{"role": "user", "content": "What is 2 + 3? ..."}]

    out/first/data/train-00000-of-00001.parquet  data/test-00000-of-00001.parquet
    out/first/README.md  manifest.json

The same selection gives the same files. A directory appears whole or not at all.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from curation.exporting.cards import FamilyCard
from curation.exporting.dataset_card import dataset_card
from curation.exporting.files import Written, write_rows
from curation.exporting.formats import FORMATS, Format
from curation.exporting.queries import PROBLEMS, SELECTED, Chat, rows_query, turns_of
from curation.exporting.splits import split
from curation.store import Store
from verifiers.errors import BadInput, UnknownName

SPLITS = ("train", "test")

MANIFEST_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: rows by split, of so many problems."""

    rows: dict[str, int]
    n_problems: int

    @property
    def n_rows(self) -> int:
        """Rows of all splits."""
        return sum(self.rows.values())


def export(
    store: Store,
    name: str,
    *,
    fmt: str,
    out: Path,
    chat: Chat,
    eval_fraction: float | None = None,
    test_size: int | None = None,
    per_problem: int | None = None,
    cards: Iterable[FamilyCard] = (),
) -> Exported:
    """Write the selection `name` to the directory `out`, in the format `fmt` of `FORMATS`.

    `eval_fraction` or `test_size` problems become a test split, relatives kept together (see
    `splits`). Of the format sft a problem has at most `per_problem` rows. `cards` are those of the
    families there may be. An earlier export at `out` is replaced. Raises UnknownName for a format
    or selection nobody knows, BadInput where `out` holds something else or nothing can be written.
    """
    if fmt not in FORMATS:
        raise UnknownName("format", fmt, FORMATS)
    if per_problem is not None and per_problem < 1:
        raise BadInput(f"--per-problem {per_problem} leaves nothing: give 1 or more")
    target = FORMATS[fmt]
    if per_problem is not None and target.source != "verified":
        raise BadInput(f"--per-problem is for the format sft: {fmt} has one row a problem at most")
    policy, group_size = _measured_for(store, name)
    problems = PROBLEMS[target.source]
    ((n_problems,),) = store.rows(f"SELECT count(*) FROM ({problems})", {"name": name})
    if not n_problems:
        needed = {"verified": "an accepted rollout", "pairs": "an accepted and a rejected rollout"}
        raise BadInput(
            f"no problem of {name!r} has {needed[target.source]} that ended by itself: sample more "
            "with `gen solutions`, or export another --format"
        )
    if out.exists() and not (out / "manifest.json").is_file() and any(out.iterdir()):
        raise BadInput(f"{out} exists and is no export of Assay: choose another --out")
    turns = turns_of(store, policy, chat, target=target, fmt=fmt)
    plan = split(store, name, problems, eval_fraction=eval_fraction, test_size=test_size)
    fresh = out.with_name(f".{out.name}.partial")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        query = rows_query(target, turns)
        files = _write(store, target, query, fresh, name=name, plan=plan, per_problem=per_problem)
        rows = {
            one: sum(file.rows for file in files.values() if file.split == one)
            for one in SPLITS
            if any(file.split == one for file in files.values())
        }
        manifest = {
            "manifest_version": MANIFEST_VERSION,
            "selection": name,
            "format": fmt,
            "policy": policy,
            "group_size": group_size,
            "problems": n_problems,
            "rows": sum(rows.values()),
            "splits": rows,
            "split_by": _split_by(eval_fraction, test_size),
            "schema": {field.name: str(field.type) for field in target.schema},
            "files": {path: _file_entry(file) for path, file in files.items()},
            "sql": " ".join(SELECTED.split()).replace("$name", _quoted(name)),
            "versions": {one: version(one) for one in ("assay", "duckdb", "pyarrow")},
            "runs": _lineage(store, name),
        }
        (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
        card = dataset_card(
            store, name, fmt=fmt, target=target, plan=plan, files=files, cards=cards
        )
        (fresh / "README.md").write_text(card)
        _swap(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Exported(rows=rows, n_problems=n_problems)


def _measured_for(store: Store, name: str) -> tuple[str, int]:
    """The policy and group size that a selection was made for."""
    found = store.rows("SELECT policy, group_size FROM selected WHERE name = ? LIMIT 1", (name,))
    if found:
        return found[0]
    names = [known for (known,) in store.rows("SELECT DISTINCT name FROM selections")]
    if name in names:
        raise BadInput(f"the selection {name!r} chose nothing: select again with a larger budget")
    raise UnknownName("selection", name, names)


def _write(
    store: Store,
    target: Format,
    query: str,
    directory: Path,
    *,
    name: str,
    plan: pa.Table,
    per_problem: int | None,
) -> dict[str, Written]:
    files: dict[str, Written] = {}
    for part in SPLITS:
        if part not in plan["split"].unique().to_pylist():
            continue
        parameters: dict[str, Any] = {"name": name, "split": part}
        if target.source == "verified":
            parameters["per_problem"] = per_problem or 2**62
        batches = store.batches(query, parameters, tables={"plan": plan})
        files |= write_rows(batches, target, directory, part)
    return files


def _split_by(eval_fraction: float | None, test_size: int | None) -> dict[str, Any] | None:
    if not (eval_fraction or test_size):
        return None
    return {
        "eval_fraction": eval_fraction,
        "test_size": test_size,
        "groups": "clusters, parents and passages",
        "order": "md5 of the smallest problem_id of a group",
    }


def _file_entry(file: Written) -> dict[str, Any]:
    entry = asdict(file)
    del entry["n_arrow_bytes"]
    return entry


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _lineage(store: Store, name: str) -> list[dict[str, str]]:
    """The runs that made, sampled, judged, scored and selected what is exported."""
    runs = store.query(
        """
        WITH chosen AS (SELECT problem_id, run_id FROM selections WHERE name = ? AND selected),
        made AS (
            SELECT run_id FROM chosen
            UNION SELECT run_id FROM problems SEMI JOIN chosen USING (problem_id)
            UNION SELECT run_id FROM scores SEMI JOIN chosen USING (problem_id)
            UNION SELECT run_id FROM rollouts SEMI JOIN chosen USING (problem_id)
            UNION SELECT v.run_id FROM verdicts v JOIN rollouts USING (rollout_id)
                  SEMI JOIN chosen USING (problem_id)
        )
        SELECT run_id::VARCHAR AS run_id, command, parameters, versions,
               started_at::VARCHAR AS started_at
        FROM runs SEMI JOIN made USING (run_id) ORDER BY started_at, run_id
        """,
        (name,),
    )
    return runs.to_pylist()


def _swap(fresh: Path, out: Path) -> None:
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)
