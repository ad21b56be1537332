"""Which files of the user's a family is made from, as a problem's lineage tells it.

origin(family)  ->  {"data": {"name": "SCDB_2025.csv", "sha256": "9f86d08..."}}
origin(family)  ->  {"family": {"name": "motion.energy.yaml", "sha256": "2c26b46..."}}
"""

import subprocess
from functools import cache
from hashlib import file_digest, sha256
from pathlib import Path

from gen.family import Family
from verifiers.errors import BadInput


def origin(family: Family) -> dict[str, dict[str, str]]:
    """Name and fingerprint of the family's own file and of its table; empty where it has neither.

    Raises BadInput where there is no such file.
    """
    files = {"family": family.defined_in, "data": family.data}
    return {
        role: {"name": path.name, **_fingerprint(path.resolve())}
        for role, path in files.items()
        if path is not None
    }


@cache
def _fingerprint(path: Path) -> dict[str, str]:
    """A file's hash; a repository's commit; of another directory the hash of names and hashes."""
    try:
        if path.is_file():
            return {"sha256": _sha256(path)}
        if (path / ".git").exists():
            return {"commit": _commit(path)}
        files = sorted(one for one in path.rglob("*") if one.is_file())
        if not files:
            raise BadInput(f"--data {path}: no such file or directory, or an empty one")
        lines = [f"{_sha256(one)}  {one.relative_to(path).as_posix()}\n" for one in files]
        return {"sha256": sha256("".join(lines).encode()).hexdigest()}
    except OSError as error:
        raise BadInput(f"--data {path}: cannot be read: {error.strerror}") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _commit(repository: Path) -> str:
    asked = ["git", "-C", str(repository), "rev-parse", "HEAD"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadInput(f"--data {repository}: git says: {done.stderr.strip()[:200]}")
    return done.stdout.strip()
