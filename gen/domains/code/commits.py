"""Tasks from a git repository's history: make the change that a commit made, judged by its tests.

$ gen problems --domain code --family commits.fix --data ~/project -n 20

A commit becomes a task where it touches source and tests, and some of its tests fail without it and
pass with it, here, in the sandbox (commit_tasks.py). The prompt has the commit's message and the
files to be changed; the level follows the lines of the change.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from hashlib import blake2b
from os import listdir, replace
from pathlib import Path
from random import Random
from sysconfig import get_path
from typing import Any

import msgspec

from gen.domains.code.commit_tasks import Dropped, Task, lines_of, make_task, sides_of
from gen.domains.code.history import Commit, History
from gen.errors import TooFewProblems
from gen.family import Card, Family
from verifiers.records import Problem
from verifiers.registry import find_verifier
from verifiers.repository.answer import changed
from verifiers.repository.tree import unpacked
from verifiers.repository.truth import read_truth
from verifiers.repository.verifier import RepositoryVerifier

MOST_COMMITS = 1_000
"""The newest commits that are looked at."""

LEVELS = (10, 25, 60, 150)
"""Lines added and removed: at most so many for level 1, 2, 3, 4."""

MAKING = "1"
"""Changes with what tasks are made of commits: what was made otherwise is made again."""


class Fix(Family):
    """Change a repository as a commit of its history did

    The ground truth is the repository before the commit with the commit's tests, and which of them
    fail and pass. A level that no commit of the history has gives the nearest that one has.
    """

    name, domain, levels = "commits.fix", "code", (1, 2, 3, 4, 5)
    small_levels = levels
    takes = "a git repository"
    verifier = "repository"
    certificate = "execution"
    card = Card(
        licence="that of the repository",
        source="the commits of a git repository given by the user",
        chance_level=0.0,
        pitfalls=(
            "A message may not say all that its tests ask for; heads of functions that the tests "
            "name are added to the prompt, values are not.",
            "The files to be changed are shown: finding them is no part of the task.",
            "Public repositories are in models' training data: solutions may be remembered.",
            "Tests share a process with the code under test; see docs/repository-verifier.md.",
        ),
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Take a commit of this level, or of the nearest there is; raises TooFewProblems."""
        commits = self.commits
        order = rng.sample(commits.candidates, len(commits.candidates))
        order.sort(key=lambda commit: abs(commits.levels[commit.sha] - level))
        for commit in order:
            if (task := commits.task(commit)) is not None:
                return self._problem(commit, task)
        why = ", ".join(f"{n} {reason}" for reason, n in commits.reasons.most_common())
        raise TooFewProblems(f"no commit of {self.data} becomes a task ({why or 'it has none'})")

    @cached_property
    def commits(self) -> "Commits":
        """The history's commits."""
        assert self.data is not None
        return Commits(self.data)

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The commit's change: as it is, after a thought, and as whole files."""
        solution = _evidence(problem)["solution"]
        truth = read_truth(problem.ground_truth)
        changes = changed(solution, unpacked(truth.tree))
        thought = f"<think>```diff\n-a\n+b\n```</think>\nThe change:\n\n{solution}"
        if None in changes.values():
            return solution, thought
        blocks = [f"````python\n# file: {path}\n{text}````" for path, text in changes.items()]
        return solution, thought, "\n\n".join(blocks)

    def wrong(self, problem: Problem, rng: Random) -> str | None:
        """A comment instead of a change, or a change to the tests instead."""
        solution = _evidence(problem)["solution"]
        truth = read_truth(problem.ground_truth)
        files = unpacked(truth.tree)
        path = min(changed(solution, files))
        if rng.random() < 0.5:
            path = truth.fail_to_pass[0].partition("::")[0]
        text = files[path].decode() if path in files else ""
        return f"````python\n# file: {path}\n{text}\n# Changed.\n````"

    def trivial(self) -> dict[str, str]:
        """Strategies that read nothing."""
        return {
            "nothing is changed": "The code is right as it is.",
            "an empty file": "```python\n# file: fix.py\n```",
        }

    def _problem(self, commit: Commit, task: Task) -> Problem:
        evidence = {
            "method": "the commit's tests fail before it and pass after it, in repeated runs",
            "commit": commit.sha,
            "lines": task.lines,
            "solution": task.solution,
        }
        return Problem(
            domain=self.domain,
            family=self.name,
            level=level_of(task.lines),
            prompt=task.prompt,
            ground_truth=msgspec.json.encode(task.truth).decode(),
            verifier=self.verifier,
            certificate=self.certificate,
            evidence=msgspec.json.encode(evidence).decode(),
        )


class Commits:
    """A history's commits: those that may become tasks, and what has become of them."""

    def __init__(self, path: Path, *, most: int = MOST_COMMITS) -> None:
        """Read the newest `most` commits; raises BadInput where there is no history."""
        self._history = History(path)
        self._verifier = find_verifier("repository")
        self._kept = _Kept()
        self._tasks: dict[str, Task | None] = {}
        self.reasons: Counter[str] = Counter()
        """Why commits became no tasks, as far as they were tried."""
        self.candidates: list[Commit] = []
        self.levels: dict[str, int] = {}
        for commit in self._history.commits(most=most):
            try:
                sides = sides_of(commit)
            except Dropped as dropped:
                self.reasons[dropped.reason] += 1
            else:
                self.candidates.append(commit)
                self.levels[commit.sha] = level_of(lines_of(commit.paths, sides.wish))

    def __iter__(self) -> Iterator[tuple[Commit, Task]]:
        """All tasks, newest first."""
        for commit in self.candidates:
            if (task := self.task(commit)) is not None:
                yield commit, task

    def task(self, commit: Commit) -> Task | None:
        """The commit's task; None where it becomes none, which is counted in `reasons`."""
        if commit.sha not in self._tasks:
            made = self._kept.read(commit)
            if made is None:
                made = self._made(commit)
                self._kept.write(commit, made)
            self._tasks[commit.sha] = None if isinstance(made, str) else made
            reason = made.partition(":")[0] if isinstance(made, str) else None
            self.reasons.update([reason] if reason else [])
            if sys.stderr.isatty():
                said = made if isinstance(made, str) else "a task"
                print(f"{commit.sha[:10]} {said[:100]}", file=sys.stderr)
        return self._tasks[commit.sha]

    def _made(self, commit: Commit) -> Task | str:
        try:
            assert isinstance(self._verifier, RepositoryVerifier)
            return make_task(self._history, commit, self._verifier)
        except Dropped as dropped:
            return str(dropped)


class _Kept:
    """Tasks and reasons on disk, so that a command that was killed goes on where it was."""

    def __init__(self) -> None:
        from gen.backends.embedded import cache_directory

        installed = "\n".join(sorted(listdir(get_path("purelib"))))
        words = f"{MAKING}\n{RepositoryVerifier.version}\n{sys.version}\n{installed}"
        key = blake2b(words.encode(), digest_size=8).hexdigest()
        self._folder = cache_directory() / "commits" / key

    def read(self, commit: Commit) -> Task | str | None:
        with suppress(OSError, msgspec.DecodeError):
            text = (self._folder / f"{commit.sha}.json").read_bytes()
            kept: _Record = msgspec.json.decode(text, type=_Record)
            return kept.task or kept.reason
        return None

    def write(self, commit: Commit, made: Task | str) -> None:
        record = _Record(reason=made) if isinstance(made, str) else _Record(task=made)
        path = self._folder / f"{commit.sha}.json"
        with suppress(OSError):  # a cache that cannot be written is none
            self._folder.mkdir(parents=True, exist_ok=True)
            partly = path.with_suffix(".part")
            partly.write_bytes(msgspec.json.encode(record))
            replace(partly, path)


class _Record(msgspec.Struct):
    """What is kept of a commit: one of the two."""

    task: Task | None = None
    reason: str = ""


def level_of(lines: int) -> int:
    """The level of a change of so many lines."""
    return 1 + sum(lines > most for most in LEVELS)


def _evidence(problem: Problem) -> dict[str, Any]:
    return msgspec.json.decode(problem.evidence)
