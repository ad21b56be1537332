"""Everything that a store knows of one problem.

story = story_of(connection, UUID("..."))
story.problem.prompt, story.tables["scores"], story.policies[0].attempts[0].outcome

Rows of scores, selections, clusters and contaminations are told with all their columns, so that
what a choice was made by can be read off.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import duckdb
import msgspec

from curation.schema import TABLES, from_row
from verifiers.errors import BadInput
from verifiers.records import Problem

MOST_ROLLOUTS = 48
"""Rollouts of a policy that are shown; `gen sql` has the others."""

OTHER_ROWS = ("scores", "selections", "clusters", "contaminations")
"""Tables with rows about a problem, shown as they are, where the store has them."""

HIDDEN = ("problem_id", "run_id")

_ROLLOUTS = """
    SELECT model, sample_index, sampling, template, completion, thinking, finish_reason, n_tokens,
           n_prompt_tokens, rollout_id
    FROM rollouts WHERE problem_id = $id
    QUALIFY row_number() OVER (PARTITION BY model ORDER BY sampling, template, sample_index)
            <= $most
    ORDER BY model, sampling, template, sample_index
"""

_VERDICTS = """
    SELECT rollout_id, verifier, verifier_version, outcome, reward, reason, extracted, seconds
    FROM verdicts WHERE rollout_id IN (SELECT unnest($ids))
    ORDER BY try_cast(verifier_version AS BIGINT) DESC NULLS LAST, verifier_version DESC
"""

_TOTALS = "SELECT model, count(*) FROM rollouts WHERE problem_id = $id GROUP BY model"

_RUN = "SELECT command, parameters, started_at, seed FROM runs WHERE run_id = $id"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one version of a verifier said; `seconds` is its wall time."""

    verifier: str
    verifier_version: str
    outcome: str
    reward: float | None
    reason: str
    extracted: str | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A rollout with its verdicts, the newest version's first."""

    model: str
    sample_index: int
    sampling: str
    template: str
    completion: str
    thinking: str | None
    finish_reason: str
    n_tokens: int
    n_prompt_tokens: int
    rollout_id: UUID
    judgements: list[Judgement]

    @property
    def outcome(self) -> str:
        """The newest verdict's, "unjudged" where there is none."""
        return self.judgements[0].outcome if self.judgements else "unjudged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy's rollouts that are shown, of `n_rollouts` in all."""

    name: str
    n_rollouts: int
    attempts: list[Attempt]

    def count(self, outcome: str) -> int:
        """Shown rollouts of an outcome."""
        return sum(one.outcome == outcome for one in self.attempts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A problem and all that was made of it; `solvers` answered the question of its certificate."""

    problem: Problem
    run: dict[str, Any] | None
    tables: dict[str, list[dict[str, Any]]]
    policies: list[Policy]
    solvers: list[Policy]


def story_of(connection: duckdb.DuckDBPyConnection, problem_id: UUID) -> Story:
    """Raises BadInput where the store has no such problem."""
    found = _rows(connection, "SELECT * FROM problems WHERE problem_id = $id", {"id": problem_id})
    if not found:
        raise BadInput(f"the store has no problem {problem_id}: look for it in the list")
    problem = from_row(Problem, found[0])
    return Story(
        problem=problem,
        run=next(iter(_rows(connection, _RUN, {"id": problem.run_id})), None),
        tables={
            name: _about(connection, name, problem_id) for name in OTHER_ROWS if name in TABLES
        },
        policies=_attempts(connection, problem_id),
        solvers=_attempts(connection, _question(problem)),
    )


def _about(
    connection: duckdb.DuckDBPyConnection, table: str, problem_id: UUID
) -> list[dict[str, Any]]:
    rows = _rows(connection, f"SELECT * FROM {table} WHERE problem_id = $id", {"id": problem_id})
    return [{name: one for name, one in row.items() if name not in HIDDEN} for row in rows]


def _attempts(connection: duckdb.DuckDBPyConnection, problem_id: UUID | None) -> list[Policy]:
    if problem_id is None:
        return []
    rollouts = _rows(connection, _ROLLOUTS, {"id": problem_id, "most": MOST_ROLLOUTS})
    judged: dict[UUID, list[Judgement]] = {row["rollout_id"]: [] for row in rollouts}
    for row in _rows(connection, _VERDICTS, {"ids": list(judged)}):
        judged[row.pop("rollout_id")].append(Judgement(**row))
    attempts = [Attempt(**row, judgements=judged[row["rollout_id"]]) for row in rollouts]
    totals = connection.execute(_TOTALS, {"id": problem_id}).fetchall()
    return [
        Policy(
            name=name,
            n_rollouts=n_rollouts,
            attempts=[one for one in attempts if one.model == name],
        )
        for name, n_rollouts in sorted(totals)
    ]


def _question(problem: Problem) -> UUID | None:
    """Under which id the rollouts of its solvers are kept, where consensus certifies it."""
    try:
        evidence = msgspec.json.decode(problem.evidence)
        return UUID(evidence["question"])
    except (msgspec.DecodeError, TypeError, KeyError, ValueError, AttributeError):
        return None


def _rows(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any]
) -> list[dict[str, Any]]:
    cursor = connection.execute(sql, parameters)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
