"""The data card of a domain: its families, its verifier, and what a store holds of it.

    domain_card("math", cards, notes="Arithmetic, ...", store=Store("assay.duckdb"))
    ->  "# Data card: math\\n\\n57 families, levels 1 to 5, ..."

Without a store it says what holds of every store, so that it can be kept beside the code.
"""

from collections.abc import Iterable, Sequence

from curation.exporting.cards import FamilyCard
from curation.exporting.dataset_card import pitfalls
from curation.exporting.markdown import error_rates, section, table
from curation.store import Store
from verifiers.errors import UnknownName
from verifiers.registry import find_verifier, verifier_names

STORED = {
    ("source", "certificate", "accepted", "quarantined", "mean confidence"): """
        SELECT source, certificate, count(*) FILTER (quarantine IS NULL),
               count(*) FILTER (quarantine IS NOT NULL), avg(confidence)
        FROM problems WHERE domain = $domain GROUP BY ALL ORDER BY ALL
    """,
    ("quarantined because", "problems"): """
        SELECT split_part(quarantine, ':', 1), count(*) FROM problems
        WHERE domain = $domain AND quarantine IS NOT NULL GROUP BY ALL ORDER BY 2 DESC, 1
    """,
    ("policy", "level", "problems", "rollouts", "pass rate", "truncated", "tokens per rollout"): """
        SELECT policy, level, sum(n_problems)::BIGINT, sum(n_rollouts)::BIGINT,
               sum(pass_rate * n_rollouts) / sum(n_rollouts) FILTER (pass_rate IS NOT NULL),
               sum(n_truncated) / sum(n_rollouts),
               sum(tokens_per_rollout * n_rollouts) / sum(n_rollouts)
        FROM family_stats WHERE domain = $domain GROUP BY ALL ORDER BY ALL
    """,
    ("in benchmark", "matched by", "problems"): """
        SELECT benchmark, kind, count(DISTINCT problem_id)
        FROM contaminations JOIN problems USING (problem_id)
        WHERE domain = $domain GROUP BY ALL ORDER BY ALL
    """,
}
"""Head -> query; a table without rows is left out."""


def domain_card(
    domain: str, cards: Sequence[FamilyCard], *, notes: str = "", store: Store | None = None
) -> str:
    """Write the card of `domain`; `cards` are those of all installed families.

    `notes` are its makers' words on it. Raises UnknownName where there is neither a family, nor a
    note, nor a problem in `store`.
    """
    own = [card for card in cards if card.domain == domain]
    stored = _stored(store, domain) if store else []
    if not (own or notes or stored):
        raise UnknownName("domain", domain, {card.domain for card in cards})
    lines = [
        f"# Data card: {domain}",
        "",
        *([_summary(own), ""] if own else []),
        *([notes.strip(), ""] if notes else []),
        *section("How often the verifier errs", error_rates(_verifiers(domain, own))),
        *section("Known pitfalls", pitfalls(own)),
        *section("Families", family_table(own)),
        *section("In the store", *stored),
    ]
    return "\n".join(lines).rstrip() + "\n"


def family_table(cards: Sequence[FamilyCard]) -> list[str]:
    """A row a family: what it is, how its ground truth is derived, and its chance level."""
    head = ("family", "what", "two derivations", "chance level")
    rows = [(f"`{card.name}`", card.title, card.methods, card.chance_level) for card in cards]
    return table(head, rows) if rows else []


def _summary(cards: Sequence[FamilyCard]) -> str:
    levels = [level for card in cards for level in card.levels]
    families = "1 family" if len(cards) == 1 else f"{len(cards)} families"
    return (
        f"{families}, levels {min(levels)} to {max(levels)}; "
        f"ground truth by {_all(card.certificate for card in cards)}; "
        f"source: {_all(card.source for card in cards)}; "
        f"licence: {_all(card.licence for card in cards)}."
    )


def _all(values: Iterable[str]) -> str:
    return ", ".join(sorted(set(values)))


def _verifiers(domain: str, cards: Sequence[FamilyCard]) -> list[tuple[str, str]]:
    """The domain's verifiers and their installed versions; one of its own name without families."""
    installed = verifier_names()
    names = {card.verifier for card in cards} or {domain}
    return [(name, find_verifier(name).version) for name in sorted(names) if name in installed]


def _stored(store: Store, domain: str) -> list[list[str]]:
    if not store.rows("SELECT 1 FROM problems WHERE domain = ? LIMIT 1", (domain,)):
        return []
    found = [(head, store.rows(query, {"domain": domain})) for head, query in STORED.items()]
    return [table(head, rows) for head, rows in found if rows]
