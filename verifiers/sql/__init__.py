"""The verifier of SQL: a query's results are compared with the gold query's on generated databases
(`SqlVerifier`); `truth_of` writes the ground truth of a gold query."""

from verifiers.sql.literals import truth_of
from verifiers.sql.verifier import SqlVerifier

__all__ = ["SqlVerifier", "truth_of"]
