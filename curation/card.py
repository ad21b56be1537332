"""The README of an exported dataset: front matter that the Hub reads, then what it holds.

dataset_card(store, "first", rows)   ->   "---\\nconfigs: ..."
"""

from collections import Counter
from typing import Any

from curation.store import Store

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def dataset_card(store: Store, name: str, rows: list[dict[str, Any]]) -> str:
    """Write the card of the selection `name`, whose exported rows are `rows`."""
    size = next((label for limit, label in SIZES if len(rows) < limit), "1M<n<10M")
    return "\n".join(
        [
            "---",
            "task_categories: [text-generation]",
            f"size_categories: [{size}]",
            "tags: [assay, verifiable, synthetic]",
            "configs:",
            "- config_name: default",
            "  data_files: [{split: train, path: data/train-*.parquet}]",
            "---",
            "",
            f"# {name}",
            "",
            f"{len(rows)} problems chosen for the policy `{rows[0]['policy']}` by the expected "
            f"signal per token of groups of {rows[0]['group_size']} rollouts.",
            "",
            "## Funnel",
            "",
            *_table(("outcome", "problems"), _funnel(store, name)),
            "",
            "## What was chosen",
            "",
            *_table(("family", "level", "problems", "mean pass rate"), _families(rows)),
            "",
            "## Pass rates",
            "",
            *_table(("pass rate", "problems"), _histogram(rows)),
            "",
            "## Ground truth",
            "",
            *_table(("certificate", "problems"), _count(row["certificate"] for row in rows)),
            "",
        ]
    )


def _funnel(store: Store, name: str) -> list[tuple]:
    return store.rows(
        "SELECT regexp_replace(reason, '(:| of) .*', ''), count(*) FROM selections "
        "WHERE name = ? GROUP BY 1 ORDER BY 2 DESC, 1",
        (name,),
    )


def _families(rows: list[dict[str, Any]]) -> list[tuple]:
    cells: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        cells.setdefault((row["family"], row["level"]), []).append(row["pass_rate"])
    return [
        (family, level, len(rates), f"{sum(rates) / len(rates):.2f}")
        for (family, level), rates in sorted(cells.items())
    ]


def _histogram(rows: list[dict[str, Any]]) -> list[tuple]:
    tenths = Counter(min(int(row["pass_rate"] * 10), 9) for row in rows)
    return [(f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}", tenths[tenth]) for tenth in range(10)]


def _count(values: Any) -> list[tuple]:
    return sorted(Counter(values).items())


def _table(head: tuple, rows: list[tuple]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
