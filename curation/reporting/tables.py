"""What a store holds, what became of what was proposed, and what it cost, in a few tables.

for section in report(store):
    section.title, section.head, section.rows
->  "proposals", ("model", "mode", "outcome", "n"), [("qwen", "evolve", "accepted", 50), ...]
"""

from dataclasses import dataclass
from typing import Any

from curation.store import Store

SECTIONS = {
    "problems": """
        SELECT domain, source, certificate, count(*) FILTER (quarantine IS NULL) AS accepted,
               count(*) FILTER (quarantine IS NOT NULL) AS quarantined,
               avg(confidence) FILTER (quarantine IS NULL) AS confidence
        FROM problems GROUP BY ALL ORDER BY ALL
    """,
    "quarantine": """
        SELECT domain, split_part(quarantine, ':', 1) AS reason, count(*) AS problems
        FROM problems WHERE quarantine IS NOT NULL GROUP BY ALL ORDER BY 3 DESC, domain, reason
    """,
    "proposals": """
        SELECT model, mode, outcome, count(*) AS proposals, sum(n_tokens)::BIGINT AS tokens
        FROM proposals GROUP BY ALL ORDER BY model, mode, 4 DESC, outcome
    """,
    "policies": """
        SELECT model AS policy, domain, count(DISTINCT problem_id) AS problems,
               count(*) AS rollouts, avg(correct::INT) AS pass_rate,
               avg(truncated::INT) AS truncated,
               count(*) FILTER (outcome = 'undecided') AS undecided,
               avg(n_tokens) AS tokens_per_rollout
        FROM results GROUP BY ALL ORDER BY ALL
    """,
    "costs": """
        SELECT command, model, count(*) AS runs, sum(n_prompt_tokens)::BIGINT AS prompt_tokens,
               sum(n_tokens)::BIGINT AS tokens, sum(seconds) AS seconds, sum(cost) AS cost,
               sum(n_accepted)::BIGINT AS accepted,
               sum(n_tokens) / nullif(sum(n_accepted), 0) AS tokens_per_accepted,
               sum(cost) / nullif(sum(n_accepted), 0) AS cost_per_accepted
        FROM costs GROUP BY ALL ORDER BY command, model
    """,
}
"""Title -> query. A killed command's tokens count; its seconds and its cost are not known."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a report."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def report(store: Store) -> list[Section]:
    """The tables that have something to tell; raises BadInput where there is no store."""
    sections = []
    for title, query in SECTIONS.items():
        head, rows = store.ask(query)
        if rows:
            sections.append(Section(title, tuple(head), rows))
    return sections
