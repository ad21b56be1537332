"""Errors of keeping and choosing, below `AssayError`.

AssayError
├── BadInput
│   ├── ForeignStore       the file is no Assay store, or one of another version
│   └── BadQuery           SQL that DuckDB refuses
├── StoreLocked            another process is writing
└── DiskFull               nothing more can be written; what was committed stays
"""

from verifiers.errors import AssayError, BadInput


class ForeignStore(BadInput):
    """The file cannot be used as a store."""


class BadQuery(BadInput):
    """The query is no valid SQL, names something unknown, or would write."""


class StoreLocked(AssayError):
    """Another process holds the store."""


class DiskFull(AssayError):
    """The disk has no room left."""
