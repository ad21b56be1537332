"""Judges SQL by its results on generated databases that are seeded with the gold's literals.

    SqlVerifier().verify(
        ground_truth='{"kind": "query", "schema": ["CREATE TABLE t(a INTEGER)"],'
                     ' "query": "SELECT a FROM t WHERE a > 5"}',
        completion="```sql\\nSELECT a FROM t WHERE a >= 5\\n```", prompt=None, params={},
    )   ->  Verdict(outcome="rejected", reward=0.0, reason="wrong_rows: ... in database 0", ...)

The query runs in a process of its own (runner.py), on data that was made for it alone (engine.py).
"""

import atexit
import os
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import msgspec

from verifiers.errors import VerifierFailed
from verifiers.records import Outcome, Verdict
from verifiers.sql.extract import query_of
from verifiers.sql.runner import WAITING_S, Runner
from verifiers.sql.truth import LONGEST_QUERY, read_truth

NEAR_MISS_WALL_S = 1.0
"""Seconds for one of many queries; those that lost a condition of a join seldom end."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `params` may say: seconds that a query may take, on all databases together."""

    wall_s: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.wall_s <= 600:
            raise ValueError("wall_s must lie in (0, 600]")


class SqlVerifier:
    """Runs the completion's query and the gold query on a dozen databases."""

    name = "sql"
    version = "1"
    truth_format: ClassVar[str] = (
        '{"kind": "query", "schema": ["CREATE TABLE ..."], "query": "SELECT ...", '
        '"ordered": false, "columns": "in order" | "any order", '
        '"databases": {"seed": 0, "count": 12, "rows": 300, '
        '"literals": {"COLUMN": [values beside which rows are made]}, '
        '"domains": {"COLUMN": [its only values]}}}'
    )

    def __init__(self) -> None:
        self._runner: Runner | None = None
        self._owner = 0

    def verify(
        self,
        *,
        ground_truth: str,
        completion: str,
        prompt: str | None,
        params: Mapping[str, Any],
    ) -> Verdict:
        """Give the verdict; raises VerifierFailed where the ground truth cannot be used."""
        read_truth(ground_truth)
        options = _options(params)
        query = query_of(completion)
        if query is None:
            return self._verdict(False, "no_query", None)
        if len(query) > LONGEST_QUERY:
            return self._verdict(False, f"too_long: {len(query)} characters", None)
        right, reason = self._ready().judge(ground_truth, _whole(query), wall_s=options.wall_s)
        return self._verdict(right, reason, query)

    def right(self, ground_truth: str, queries: Iterable[str]) -> list[bool]:
        """Which of many bare queries are right; the databases are filled once for all of them."""
        read_truth(ground_truth)
        runner, wall_s = self._ready(), NEAR_MISS_WALL_S
        return [runner.judge(ground_truth, _whole(one), wall_s=wall_s)[0] for one in queries]

    def validate(self, ground_truth: str) -> None:
        """Fill the databases and run the gold query; raises VerifierFailed."""
        read_truth(ground_truth)
        self._ready().judge(ground_truth, None, wall_s=Options().wall_s)

    def limit_s(self, params: Mapping[str, Any]) -> float:
        """Seconds that a verdict with these parameters may take, its own clocks seeing to it."""
        try:
            return WAITING_S + _options(params).wall_s
        except VerifierFailed:
            return 0.0

    def close(self) -> None:
        """End the process for queries; the next query starts another."""
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def _ready(self) -> Runner:
        if self._runner is None or self._owner != os.getpid():
            # A fork of this process must not talk over its parent's pipe.
            self._runner, self._owner = Runner(), os.getpid()
            atexit.register(self._runner.close)
        return self._runner

    def _verdict(self, right: bool, reason: str, extracted: str | None) -> Verdict:
        outcome: Outcome = "accepted" if right else "rejected"
        return Verdict(
            verifier=self.name,
            verifier_version=self.version,
            outcome=outcome,
            reward=float(right),
            reason=reason,
            extracted=None if extracted is None else _whole(extracted),
        )


def _whole(text: str) -> str:
    """The text with what cannot be sent, such as half a character, replaced."""
    return text.encode(errors="replace").decode()


def _options(params: Mapping[str, Any]) -> Options:
    try:
        return msgspec.convert(dict(params), Options)
    except msgspec.ValidationError as error:
        raise VerifierFailed(f"params: {error}") from None
