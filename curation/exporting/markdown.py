"""Tables of Markdown, and how often verifiers err as one.

table(("family", "problems"), [("add", 3)])
->  ["| family | problems |", "|---|---|", "| add | 3 |"]
"""

from collections.abc import Iterable, Sequence
from typing import Any

from verifiers.error_rates import ErrorRate, measured


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """The lines of a table; a cell's bars and line breaks are taken out of the way."""
    lines = [_line(head), "|" + "---|" * len(head)]
    return [*lines, *(_line(row) for row in rows)]


def section(title: str, *parts: Sequence[str]) -> list[str]:
    """The lines of a section, its parts set apart; nothing where no part says anything."""
    told = [part for part in parts if part]
    lines = [f"## {title}", ""] if told else []
    return lines + [line for part in told for line in (*part, "")]


def error_rates(verifiers: Iterable[tuple[str, str]]) -> list[str]:
    """The measured errors of verifiers, given as name and version; says which were not measured."""
    rows = []
    for name, version in verifiers:
        rates = measured(name, version)
        rows += [(name, version, *_rates(rate)) for rate in rates]
        if not rates:
            rows.append((name, version, "not measured", "", "", ""))
    head = ("verifier", "version", "measured on", "wrong accepted", "right rejected", "undecided")
    return table(head, rows) if rows else []


def _rates(rate: ErrorRate) -> tuple[str, str, str, str]:
    return (
        rate.pairs,
        _share(rate.false_accepts, rate.n_wrong, rate.false_accept_interval),
        _share(rate.false_rejects, rate.n_right, rate.false_reject_interval),
        f"{rate.undecided} of {rate.n_right + rate.n_wrong}",
    )


def _share(hits: int, n: int, interval: tuple[float, float]) -> str:
    if not n:
        return "no pairs"
    low, high = interval
    return f"{hits / n:.2%} ({hits} of {n}; 95 %: {100 * low:.2f}-{100 * high:.2f} %)"


def _line(cells: Sequence[Any]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: Any) -> str:
    text = "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
    return " ".join(text.split()).replace("|", "\\|")
