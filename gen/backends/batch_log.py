"""Which samples are in which batch, written down before the batch is paid for.

    assay.duckdb.batches/1f0c....json     {"digest": "1f0c...", "url": "https://HOST/v1#NAME",
                                           "batch_id": "batch_12", "custom_ids": ["...", ...]}

An entry stays until a later run asks for none of its samples: only then are they in the store for
certain. An entry without a batch's id is one whose making was interrupted; the server's own list
says whether it came to be.
"""

import os
from pathlib import Path

import msgspec


class Entry(msgspec.Struct):
    """One batch; `digest` is also in the batch's metadata at the server."""

    digest: str
    url: str
    custom_ids: list[str]
    batch_id: str | None = None


class BatchLog:
    """The entries of one server's model in a directory, oldest first."""

    def __init__(self, directory: Path, url: str) -> None:
        self._directory, self._url = directory, url

    def entries(self) -> list[Entry]:
        """What is written down; half-written files are none."""
        files = sorted(self._directory.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        found = [msgspec.json.decode(file.read_bytes(), type=Entry) for file in files]
        return [entry for entry in found if entry.url == self._url]

    def write(self, entry: Entry) -> None:
        """Write an entry down, whole or not at all, and for good."""
        self._directory.mkdir(parents=True, exist_ok=True)
        partial = self._directory / f".{entry.digest}.partial"
        with partial.open("wb") as file:
            file.write(msgspec.json.encode(entry))
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self._file(entry))

    def remove(self, entry: Entry) -> None:
        """Strike an entry out."""
        self._file(entry).unlink(missing_ok=True)

    def _file(self, entry: Entry) -> Path:
        return self._directory / f"{entry.digest}.json"
