"""The README of an exported dataset: front matter that the Hub reads, then what it holds.

dataset_card(store, "first", fmt="trl", target=FORMATS["trl"], plan=plan, files=files, cards=cards)
->  "---\\nlicense: apache-2.0\\n...---\\n\\n# first\\n\\n50 problems chosen for the policy ..."
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.types as types

from curation.exporting.cards import FamilyCard
from curation.exporting.files import Written
from curation.exporting.formats import Format
from curation.exporting.markdown import error_rates, section, table
from curation.store import Store

SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)

TASKS = {
    "problems": "question-answering",
    "verified": "text-generation",
    "pairs": "text-generation",
}

HERE = """
    WITH here AS (
        SELECT s.* FROM selected s SEMI JOIN plan USING (problem_id) WHERE s.name = $name
    )
"""
"""The exported problems, which the queries below are asked of."""

FUNNEL = """
    SELECT regexp_replace(reason, '(:| of) .*', ''), count(*) FROM selections
    WHERE name = $name GROUP BY 1 ORDER BY 2 DESC, 1
"""

CHOSEN = """
    SELECT family, level, count(*), avg(pass_rate) FROM here GROUP BY ALL ORDER BY family, level
"""

PASS_RATES = """
    SELECT tenth / 10, count(problem_id) FROM range(10) t(tenth)
    LEFT JOIN here ON least(floor(round(pass_rate * 10, 6)), 9) = tenth
    GROUP BY tenth ORDER BY tenth
"""

CERTIFICATES = """
    SELECT certificate, count(*), avg(confidence), min(confidence) FROM here
    GROUP BY certificate ORDER BY certificate
"""

VERIFIERS = """
    SELECT verifier, verifier_version, count(*) FILTER (outcome = 'accepted'),
           count(*) FILTER (outcome = 'rejected'), count(*) FILTER (outcome = 'undecided')
    FROM results WHERE outcome IS NOT NULL AND problem_id IN (SELECT problem_id FROM here)
    GROUP BY ALL ORDER BY ALL
"""

CONTAMINATIONS = """
    SELECT benchmark, kind, count(DISTINCT c.problem_id), count(DISTINCT here.problem_id)
    FROM contaminations c LEFT JOIN here USING (problem_id) GROUP BY ALL ORDER BY ALL
"""

SOURCES = "SELECT DISTINCT domain, family, source FROM here ORDER BY ALL"


def dataset_card(
    store: Store,
    name: str,
    *,
    fmt: str,
    target: Format,
    plan: pa.Table,
    files: Mapping[str, Written],
    cards: Iterable[FamilyCard] = (),
) -> str:
    """Write the card of the selection `name`, exported as `files` by `plan`."""

    def ask(sql: str) -> list[tuple]:
        batches = store.batches(f"{HERE} {sql}", {"name": name}, tables={"plan": plan})
        columns = [[column.to_pylist() for column in batch.columns] for batch in batches]
        return [row for batch in columns for row in zip(*batch, strict=True)]

    known = {(card.domain, card.name): card for card in cards}
    sources = ask(SOURCES)
    families = dict.fromkeys((domain, family) for domain, family, _ in sources)
    shown = [known[family] for family in families if family in known]
    licences = sorted({_licence(known, *one) for one in sources})
    ((policy, group_size),) = ask("SELECT DISTINCT policy, group_size FROM here")
    judged = ask(VERIFIERS)
    rows: dict[str, int] = {}
    for file in files.values():
        rows[file.split] = rows.get(file.split, 0) + file.rows
    lines = [
        *_front_matter(target, files, rows, name=name, fmt=fmt, licences=licences),
        "",
        f"# {name}",
        "",
        f"{plan.num_rows} problems chosen for the policy `{policy}` by the expected signal per "
        f"token of groups of {group_size} rollouts; {sum(rows.values())} rows in the format "
        f"`{fmt}`.",
        "",
        "```",
        target.loader.format(out="."),
        "```",
        "",
        *section("Funnel", table(("outcome", "problems"), ask(FUNNEL))),
        *section(
            "What was chosen", table(("family", "level", "problems", "mean pass rate"), ask(CHOSEN))
        ),
        *section(
            "Pass rates",
            table(
                ("pass rate", "problems"),
                [(f"{low:.1f} to {low + 0.1:.1f}", n) for low, n in ask(PASS_RATES)],
            ),
        ),
        *section(
            "Ground truth",
            table(
                ("certificate", "problems", "mean confidence", "lowest confidence"),
                ask(CERTIFICATES),
            ),
        ),
        *section(
            "Verifiers",
            table(("verifier", "version", "accepted", "rejected", "undecided"), judged)
            if judged
            else [],
            error_rates((verifier, str(version)) for verifier, version, *_ in judged),
        ),
        *section("Decontamination", _decontamination(ask(CONTAMINATIONS))),
        *section("Splits", _splits(rows, plan)),
        *section("Families", _families(shown)),
        *section("Known pitfalls", pitfalls(shown)),
        *section(
            "Lineage",
            [
                "`manifest.json` has the hash of each file, the SQL of the selection, and the runs "
                "that made, sampled, judged, scored and selected what is here."
            ],
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"


def pitfalls(cards: Iterable[FamilyCard]) -> list[str]:
    """A line for each family whose card warns of something."""
    return [f"- `{card.name}`: {'; '.join(card.pitfalls)}" for card in cards if card.pitfalls]


def features(schema: pa.Schema) -> list[dict[str, Any]]:
    """The columns as the Hub's `dataset_info` states them (`datasets.Features`, in YAML)."""
    return [_feature(field) for field in schema]


def _feature(field: pa.Field) -> dict[str, Any]:
    kind = field.type
    if types.is_list(kind):
        inner = kind.value_type
        held = features(pa.schema(list(inner))) if types.is_struct(inner) else str(_dtype(inner))
        return {"name": field.name, "list": held}
    if types.is_struct(kind):
        return {"name": field.name, "struct": features(pa.schema(list(kind)))}
    return {"name": field.name, "dtype": _dtype(kind)}


def _dtype(kind: pa.DataType) -> str:
    return {"double": "float64"}.get(str(kind), str(kind))


def _front_matter(
    target: Format,
    files: Mapping[str, Written],
    rows: Mapping[str, int],
    *,
    name: str,
    fmt: str,
    licences: list[str],
) -> list[str]:
    import yaml

    n_rows = sum(rows.values())
    pattern = "data/{}.jsonl" if target.suffix == "jsonl" else "data/{}-*.parquet"
    fields = {
        "license": licences[0] if len(licences) == 1 else licences,
        "pretty_name": name,
        "task_categories": [TASKS[target.source]],
        "size_categories": [next((label for limit, label in SIZES if n_rows < limit), "n>1T")],
        "tags": ["assay", "verifiable", "synthetic", fmt],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": one, "path": pattern.format(one)} for one in rows],
            }
        ],
        "dataset_info": {
            "features": features(target.schema),
            "splits": [
                {
                    "name": one,
                    "num_bytes": sum(f.n_arrow_bytes for f in files.values() if f.split == one),
                    "num_examples": n,
                }
                for one, n in rows.items()
            ],
            "download_size": sum(f.n_bytes for f in files.values()),
            "dataset_size": sum(f.n_arrow_bytes for f in files.values()),
        },
    }
    return ["---", yaml.safe_dump(fields, sort_keys=False, allow_unicode=True).rstrip(), "---"]


def _licence(
    known: Mapping[tuple[str, str], FamilyCard], domain: str, family: str, source: str
) -> str:
    """The Hub's word for a licence; what came from a file or a model has none that we know."""
    card = known.get((domain, family))
    return card.licence.lower() if card and source == "families" else "unknown"


def _decontamination(found: list[tuple]) -> list[str]:
    if not found:
        return ["Nothing in the store is known to be in a benchmark."]
    head = ("benchmark", "matched by", "problems of the store", "of this dataset")
    return table(head, found)


def _splits(rows: Mapping[str, int], plan: pa.Table) -> list[str]:
    if len(rows) < 2:
        return []
    counts = {one["values"]: one["counts"] for one in plan["split"].value_counts().to_pylist()}
    return [
        *table(("split", "problems", "rows"), [(one, counts[one], n) for one, n in rows.items()]),
        "",
        "Members of a cluster of like problems, a problem and what was made from it, and problems "
        "from one passage are all in the same split.",
    ]


def _families(cards: list[FamilyCard]) -> list[str]:
    head = ("family", "what", "licence", "source", "chance level")
    rows = [(f"`{c.name}`", c.title, c.licence, c.source, c.chance_level) for c in cards]
    return table(head, rows) if rows else []
