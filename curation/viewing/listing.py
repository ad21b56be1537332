"""The list of problems: what a reader filters by, how rows are sorted, and one page of them.

view = Listing.read({"domain": "math", "low": "0.2", "sort": "signal", "page": "3"})
page_of(connection, view)      # Page(n_problems=4120, rows=[Row(...), ...50])

Filter, order and page are SQL over the problems and the scores of one policy; rollouts are looked
up for the rows of the page alone, so that a store of a million problems is read as fluently.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import duckdb

from verifiers.errors import BadInput

PAGE = 50
"""Problems on a page."""

MOST_CHOICES = 300
"""Values that a field offers; what is beyond them can be searched by SQL."""

SORTS = {
    "": ("as stored", "p.rowid"),
    "signal": ("most informative", "s.informativeness DESC NULLS LAST"),
    "hardest": ("lowest pass rate", "s.pass_rate NULLS LAST"),
    "easiest": ("highest pass rate", "s.pass_rate DESC NULLS LAST"),
    "level": ("level", "p.level"),
    "doubt": ("least confident", "p.confidence"),
    "longest": ("longest prompt", "length(p.prompt) DESC"),
}
"""Name -> (label, SQL). The id breaks ties."""

STATES = {"": "any", "in": "in use", "out": "in quarantine", "reader": "marked by a reader"}

_CONDITIONS = {
    "domain": "p.domain = $domain",
    "family": "p.family = $family",
    "level": "p.level = $level",
    "source": "p.source = $source",
    "certificate": "p.certificate = $certificate",
    "low": "s.pass_rate >= $low",
    "high": "s.pass_rate <= $high",
    # Ids are looked for too, so that one copied from elsewhere finds its problem.
    "text": "(contains(lower(p.prompt), lower($text)) OR p.problem_id::VARCHAR = lower($text))",
}

_STATE_CONDITIONS = {
    "in": "p.quarantine IS NULL",
    "out": "p.quarantine IS NOT NULL",
    "reader": "p.quarantine LIKE 'reader:%'",
}

_SCORES = """
    LEFT JOIN scores s
    ON s.problem_id = p.problem_id AND s.policy = $policy AND s.group_size = $group_size
"""

_ROWS = f"""
    SELECT p.problem_id, p.domain, p.family, p.level, left(p.prompt, 600) AS prompt,
           p.certificate, p.confidence, p.source, p.quarantine, s.pass_rate,
           1e6 * s.informativeness AS signal
    FROM problems p {_SCORES}
    WHERE p.problem_id IN (SELECT unnest($ids))
"""

# Two queries: ids that are given are searched for; what a query yields is joined with all verdicts.
_ROLLOUTS = """
    SELECT rollout_id, problem_id FROM rollouts
    WHERE problem_id IN (SELECT unnest($ids)) AND model = $policy
"""

_JUDGED = """
    SELECT rollout_id, arg_max(correct, coalesce(try_cast(verifier_version AS BIGINT), -1))
    FROM verdicts WHERE rollout_id IN (SELECT unnest($ids)) GROUP BY rollout_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is listed: empty strings and None do not filter; rates are in [0, 1]; pages from 1."""

    domain: str = ""
    family: str = ""
    level: int | None = None
    source: str = ""
    certificate: str = ""
    state: str = ""
    policy: str = ""
    low: float | None = None
    high: float | None = None
    text: str = ""
    sort: str = ""
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Listing":
        """Read an address's query; raises BadInput where a value is not one of the field's."""
        given = {name: query.get(name, "").strip() for name in (one.name for one in fields(cls))}
        for name, known in (("sort", SORTS), ("state", STATES)):
            if given[name] not in known:
                raise BadInput(f"there is no {name} {given[name]!r}: choose {', '.join(known)}")
        return cls(
            **{name: given[name] for name in ("domain", "family", "source", "certificate")},
            **{name: given[name] for name in ("state", "policy", "text", "sort")},
            level=_number(given, "level", int),
            low=_number(given, "low", float),
            high=_number(given, "high", float),
            page=max(_number(given, "page", int) or 1, 1),
        )

    def query(self, **changes: Any) -> str:
        """The listing as an address's query, with some values changed."""
        values = {**asdict(self), **changes}
        if values.get("page") == 1:
            del values["page"]
        return urlencode({name: one for name, one in values.items() if one not in ("", None)})

    @property
    def filtered(self) -> bool:
        """Whether something is left out."""
        return bool(self.query(page=1, sort="", policy=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A problem in the list; `n_correct` of `n_decided` of `n_rollouts` are right."""

    problem_id: UUID
    domain: str
    family: str
    level: int
    prompt: str
    certificate: str
    confidence: float
    source: str
    quarantine: str | None
    pass_rate: float | None
    signal: float | None
    n_rollouts: int
    n_decided: int
    n_correct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a listing, and what the fields of the filter offer."""

    n_problems: int
    rows: list[Row]
    choices: dict[str, list[Any]]
    policy: str

    @property
    def n_pages(self) -> int:
        """Pages of the whole listing."""
        return max(-(-self.n_problems // PAGE), 1)


def page_of(connection: duckdb.DuckDBPyConnection, listing: Listing) -> Page:
    """The page that `listing` asks for; without a policy, the one with the most scores."""
    policies = _policies(connection)
    judge = _judge(listing, policies)
    where, parameters = _where(replace(listing, sort=""), judge)
    ((n_problems,),) = connection.execute(f"SELECT count(*) {where}", parameters).fetchall()
    ids = _ids(connection, listing, judge, n=PAGE, offset=PAGE * (listing.page - 1))
    cursor = connection.execute(_ROWS, {"ids": ids, **judge})
    names = [column[0] for column in cursor.description or ()]
    rows = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    rollouts = dict(
        connection.execute(_ROLLOUTS, {"ids": ids, "policy": judge["policy"]}).fetchall()
    )
    judged = dict(connection.execute(_JUDGED, {"ids": list(rollouts)}).fetchall())
    made = Counter(rollouts.values())
    decided = Counter(rollouts[one] for one, correct in judged.items() if correct is not None)
    right = Counter(rollouts[one] for one, correct in judged.items() if correct)
    return Page(
        n_problems=n_problems,
        rows=[
            Row(**rows[one], n_rollouts=made[one], n_decided=decided[one], n_correct=right[one])
            for one in ids
        ],
        choices={**_choices(connection, listing), "policy": list(policies)},
        policy=judge["policy"],
    )


def neighbours(
    connection: duckdb.DuckDBPyConnection, listing: Listing, place: int
) -> tuple[UUID | None, UUID | None]:
    """The problems before and after the one at `place` (from 0) of the listing."""
    judge = _judge(listing, _policies(connection))
    first = max(place - 1, 0)
    here = place - first
    ids = _ids(connection, listing, judge, n=here + 2, offset=first)
    return (ids[0] if here and ids else None), (ids[here + 1] if len(ids) > here + 1 else None)


def _ids(
    connection: duckdb.DuckDBPyConnection,
    listing: Listing,
    judge: dict[str, Any],
    *,
    n: int,
    offset: int,
) -> list[UUID]:
    """Ids alone: their order is all that a large store need be gone through for."""
    where, parameters = _where(listing, judge)
    found = connection.execute(
        f"SELECT p.problem_id {where} ORDER BY {SORTS[listing.sort][1]}, p.problem_id "
        f"LIMIT {n} OFFSET {offset}",
        parameters,
    )
    return [one for (one,) in found.fetchall()]


def _policies(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Policy -> the group size of its scores that are shown, those with the most scores first."""
    found = connection.execute(
        "SELECT policy, max(group_size) FROM ("
        "SELECT policy, min(group_size) AS group_size, count(*) AS n FROM scores GROUP BY policy "
        "UNION ALL SELECT model, 0, 0 FROM (SELECT DISTINCT model FROM rollouts)) GROUP BY policy "
        "ORDER BY max(n) DESC, policy"
    )
    return dict(found.fetchall())


def _judge(listing: Listing, policies: dict[str, int]) -> dict[str, Any]:
    """Whose scores count, as parameters of a query."""
    policy = listing.policy or next(iter(policies), "")
    return {"policy": policy, "group_size": policies.get(policy, 0)}


def _where(listing: Listing, judge: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """FROM and WHERE, with the scores where they are needed, and the parameters of both."""
    given = {name: getattr(listing, name) for name in _CONDITIONS}
    used = {name: value for name, value in given.items() if value not in ("", None)}
    conditions = [_CONDITIONS[name] for name in used]
    if listing.state:
        conditions.append(_STATE_CONDITIONS[listing.state])
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    if "s." in f"{where} {SORTS[listing.sort][1]}":
        return f"FROM problems p {_SCORES} {where}", {**used, **judge}
    return f"FROM problems p {where}", used


def _choices(connection: duckdb.DuckDBPyConnection, listing: Listing) -> dict[str, list[Any]]:
    """The values that occur, families those of the domain chosen."""
    names = ("domain", "family", "level", "source", "certificate")
    distinct = ", ".join(
        f"list(DISTINCT {name})"
        + (" FILTER ($domain = '' OR domain = $domain)" if name == "family" else "")
        for name in names
    )
    found = connection.execute(
        f"SELECT {distinct} FROM problems", {"domain": listing.domain}
    ).fetchall()[0]
    return {name: sorted(one or [])[:MOST_CHOICES] for name, one in zip(names, found, strict=True)}


def _number(given: dict[str, str], name: str, kind: type) -> Any:
    if not given[name]:
        return None
    try:
        return kind(given[name])
    except ValueError:
        raise BadInput(f"{name} is {given[name]!r}: give a number, or leave it empty") from None
