"""Errors of keeping and choosing, below `AssayError`.

AssayError
├── BadInput
│   ├── ForeignStore       the file is no Assay store, or one of another version
│   └── BadQuery           SQL that DuckDB refuses
├── StoreLocked            another process is writing
├── DiskFull               nothing more can be written; what was committed stays
└── PushFailed             the Hub did not take an export; what is on disk stays
"""

from pathlib import Path

from verifiers.errors import AssayError, BadInput


class ForeignStore(BadInput):
    """The file cannot be used as a store."""


class BadQuery(BadInput):
    """The query is no valid SQL, names something unknown, or would write."""


class StoreLocked(AssayError):
    """Another process holds the store."""


class DiskFull(AssayError):
    """The disk has no room left."""


class PushFailed(AssayError):
    """An export could not be pushed to the Hub; it is on disk all the same."""

    def __init__(self, out: Path, repo: str, reason: str) -> None:
        super().__init__(
            f"{out} is written, but not pushed to {repo}: {reason}; "
            f"run the command again, or `hf upload {repo} {out} --repo-type dataset`"
        )
