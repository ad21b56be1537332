"""Writes a selection as a Parquet dataset with a card and a manifest.

    export(store, "first", fmt="trl", out=Path("out/first"), chat=chat)
    datasets.load_dataset("parquet", data_dir="out/first")["train"][0]["prompt"]
    ->  [{"role": "user", "content": "What is 2 + 3? ..."}]

    out/first/data/train-00000-of-00001.parquet  README.md  manifest.json

The same selection gives the same Parquet bytes. A directory appears whole or not at all.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.card import dataset_card
from curation.store import Store
from verifiers.errors import BadInput, UnknownName

Chat = Callable[[str, str], Sequence[dict[str, str]]]
"""(prompt, template) -> the chat that the policy was asked, as messages of role and content."""

ROWS_PER_SHARD = 100_000

SELECTED = """
    SELECT problem_id::VARCHAR AS problem_id, s.domain, s.family, s.level, s.prompt, s.ground_truth,
           s.verifier, s.params, s.certificate, s.confidence, s.pass_rate, s.p_mixed,
           s.informativeness, s.position, s.policy, s.group_size, t.template
    FROM selected s
    LEFT JOIN (SELECT problem_id, model AS policy, max(template) AS template
               FROM rollouts GROUP BY ALL) t USING (problem_id, policy)
    WHERE s.name = ?
    ORDER BY s.position
"""

TRL_SCHEMA = pa.schema(
    [
        ("prompt", pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))),
        ("ground_truth", pa.string()),
        ("verifier", pa.string()),
        ("params", pa.string()),
        ("problem_id", pa.string()),
        ("domain", pa.string()),
        ("family", pa.string()),
        ("level", pa.int64()),
        ("certificate", pa.string()),
        ("confidence", pa.float64()),
        ("pass_rate", pa.float64()),
        ("p_mixed", pa.float64()),
        ("informativeness", pa.float64()),
    ]
)


def _trl_row(row: dict[str, Any], chat: Chat) -> dict[str, Any]:
    return row | {"prompt": list(chat(row["prompt"], row["template"]))}


FORMATS = {"trl": (TRL_SCHEMA, _trl_row)}


def export(store: Store, name: str, *, fmt: str, out: Path, chat: Chat) -> int:
    """Write the selection `name` to the directory `out`; gives how many rows it has.

    An earlier export at `out` is replaced. Raises UnknownName for a format or selection nobody
    knows, BadInput where `out` holds something else.
    """
    if fmt not in FORMATS:
        raise UnknownName("format", fmt, FORMATS)
    rows = store.query(SELECTED, (name,)).to_pylist()
    if not rows:
        names = [known for (known,) in store.rows("SELECT DISTINCT name FROM selections")]
        if name in names:
            raise BadInput(
                f"the selection {name!r} chose nothing: select again with a larger budget"
            )
        raise UnknownName("selection", name, names)
    if out.exists() and not (out / "manifest.json").is_file() and any(out.iterdir()):
        raise BadInput(f"{out} exists and is no export of Assay: choose another --out")
    schema, shape = FORMATS[fmt]
    fresh = out.with_name(f".{out.name}.partial")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        files = _write_shards(fresh, [shape(row, chat) for row in rows], schema)
        manifest = {
            "selection": name,
            "format": fmt,
            "policy": rows[0]["policy"],
            "group_size": rows[0]["group_size"],
            "rows": len(rows),
            "files": files,
            "sql": " ".join(SELECTED.replace("?", "'" + name.replace("'", "''") + "'").split()),
            "runs": _lineage(store, name),
        }
        (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
        (fresh / "README.md").write_text(dataset_card(store, name, rows))
        _swap(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return len(rows)


def _write_shards(directory: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> dict[str, str]:
    """Write the rows in shards; gives each file's SHA-256."""
    (directory / "data").mkdir(parents=True)
    n_shards = -(-len(rows) // ROWS_PER_SHARD)
    hashes = {}
    for shard in range(n_shards):
        part = rows[shard * ROWS_PER_SHARD : (shard + 1) * ROWS_PER_SHARD]
        name = f"data/train-{shard:05d}-of-{n_shards:05d}.parquet"
        pq.write_table(
            pa.Table.from_pylist(part, schema=schema), directory / name, compression="zstd"
        )
        hashes[name] = hashlib.sha256((directory / name).read_bytes()).hexdigest()
    return hashes


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
        FROM runs SEMI JOIN made USING (run_id) ORDER BY started_at
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
