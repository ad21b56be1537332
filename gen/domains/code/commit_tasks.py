"""Makes an executable task of a commit, or says why it is none.

    make_task(history, commit, RepositoryVerifier())
    ->  Task(prompt="A Python repository is to be changed ...", truth=Truth(...), solution="...")
    ->  Dropped("passes_before")     (raised)

The tests that the commit touches run in the sandbox over the parent's files, and over the same with
the commit's change: what fails before and passes after is what a solution must make pass. Then the
tests run with other names and with twins that must fail, several times, over the files that the
ground truth will carry. At the end the verifier itself must accept the commit's own change, and
must not accept that nothing is changed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from random import Random

import msgspec

from gen.domains.code.history import Commit, Entry, History, Touched
from gen.domains.code.issues import interface, issue_text, prompt_of
from verifiers.repository.answer import Changes, NoAnswer, changed, text_of
from verifiers.repository.guard import CONFIGURATION, is_protected, is_test_side, refused
from verifiers.repository.judging import Prepared, prepare, with_changes
from verifiers.repository.running import Case, Ran, run_tests
from verifiers.repository.tree import BadTree, check_size, is_plain, packed, top_names
from verifiers.repository.truth import Options, Truth, case_of, file_of, function_of
from verifiers.repository.twins import edits_of
from verifiers.repository.verifier import RepositoryVerifier, shadowing

LARGEST_FILE = 512 << 10
"""Bytes of a file; larger ones are left out of the tree."""

DOCUMENTS = frozenset({"doc", "docs", "examples"})

NO_SOURCE = frozenset(
    {".gif", ".ico", ".ipynb", ".jpeg", ".jpg", ".lock", ".md", ".pdf", ".png", ".rst", ".svg",
     ".whl", ".zip"}
)  # fmt: skip

MOST_LINES = 400
"""Lines that a change adds and removes, at most."""

MOST_PROMPT = 48_000
"""Characters of a prompt."""

CASE_S = 2.0
"""Seconds of CPU time that a test may take to become part of a task."""

RUN_CPU_S, RUN_WALL_S = 60.0, 180.0
"""Seconds that one run of all a commit's tests may take."""

FAILING_S, PASSING_S = 20.0, 10.0
"""Seconds in which the tests of a task must be done, once: those that failed before, and others."""

REPEATS = 3
"""Runs in which a test must say the same, under other names each time."""

MOST_FAILING, MOST_PASSING = 50, 50


class Dropped(Exception):
    """A commit that becomes no task: a reason from REASONS, and what is behind it."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


REASONS = {
    "no_tests": "it touches no tests",
    "no_source": "it touches no Python beside tests",
    "no_message": "its message says next to nothing",
    "too_large": "change, prompt or files are too large",
    "no_text": "it changes what is no text, a link or a submodule",
    "guarded": "its change does what the verifier refuses",
    "installed": "a module of its own is installed as a file, which would be seen",
    "not_collected": "its tests cannot be imported here",
    "too_slow": "its tests take too long",
    "fails_after": "no test passes after it",
    "passes_before": "no test that passes after it fails before",
    "not_rewritable": "its tests do not bear other names",
    "flaky": "its tests do not always say the same",
    "no_tripwire": "no test that fails before has a twin that must fail",
    "not_confirmed": "the verifier does not accept the change, or accepts none",
}


@dataclass(frozen=True, slots=True)
class Task:
    """What becomes of a commit."""

    prompt: str
    truth: Truth
    solution: str
    lines: int


@dataclass(frozen=True, slots=True)
class _Sides:
    """Paths that a commit changes: the wish, and what is given: tests, configuration, documents."""

    wish: tuple[str, ...]
    given: tuple[str, ...]


def sides_of(commit: Commit) -> _Sides:
    """Part what a commit changes; raises Dropped where it cannot become a task."""
    given = [path for path in commit.paths if is_protected(path) or _is_beside(path)]
    tests = [path for path in given if _is_test_module(path) and commit.paths[path].status != "D"]
    wish = [path for path in commit.paths if path not in given]
    if not tests:
        raise Dropped("no_tests")
    if not any(path.endswith(".py") for path in wish):
        raise Dropped("no_source")
    if any(commit.paths[path].binary or commit.paths[path].status == "T" for path in wish):
        raise Dropped("no_text")
    if lines_of(commit.paths, wish) > MOST_LINES:
        raise Dropped("too_large", f"{lines_of(commit.paths, wish)} lines")
    if issue_text(commit.message) is None:
        raise Dropped("no_message")
    return _Sides(tuple(sorted(wish)), tuple(sorted(given)))


def lines_of(paths: Mapping[str, Touched], wish: Iterable[str]) -> int:
    """Lines that a commit adds and removes in files."""
    return sum(paths[path].added + paths[path].removed for path in wish)


def make_task(history: History, commit: Commit, verifier: RepositoryVerifier) -> Task:
    """Make the commit's task; raises Dropped, and NotIsolated where nothing can be run."""
    sides = sides_of(commit)
    before, changes = _states(history, commit, sides)
    if (reason := refused(changes, before)) is not None:
        raise Dropped("guarded", reason)
    if (reason := shadowing(before)) is not None:
        raise Dropped("installed", reason)
    paths = [path for path in sides.given if _is_test_module(path) and path in before]
    runs = _Runs(verifier, paths)
    first = runs.plain(before)
    after = runs.plain(with_changes(before, changes), traced=True)
    failing, passing = _parted(first, after)
    tree = _needed(before, changes, after.used)
    truth = _confirmed(runs, tree, changes, failing, passing, _seed(commit))
    truth = msgspec.structs.replace(truth, needs=needs_of(tree, after))
    solution = _solution(history, commit, sides, before, changes)
    _check(verifier, truth, solution)
    prompt = _prompt(commit, sides, tree, changes, paths)
    if len(prompt) > MOST_PROMPT:
        raise Dropped("too_large", f"a prompt of {len(prompt)} characters")
    return Task(prompt, truth, solution, lines_of(commit.paths, sides.wish))


def _states(history: History, commit: Commit, sides: _Sides) -> tuple[dict[str, bytes], Changes]:
    """The parent's files with the commit's tests laid over, and the commit's change of the rest."""
    old, new = history.files(commit.parent), history.files(commit.sha)
    kept = {path: entry for path, entry in old.items() if path not in sides.given}
    kept |= {path: new[path] for path in sides.given if path in new}
    kept = {path: entry for path, entry in kept.items() if _is_wanted(path, entry)}
    after = {path: new[path] for path in sides.wish if path in new}
    contents = history.contents(entry.blob for entry in [*kept.values(), *after.values()])
    changes: Changes = {}
    for path in sides.wish:
        text = text_of(contents[after[path].blob]) if path in after else None
        if (path in after and text is None) or (path in old and path not in kept):
            raise Dropped("no_text", path)
        changes[path] = text
    return {path: contents[entry.blob] for path, entry in kept.items()}, changes


def _is_wanted(path: str, entry: Entry) -> bool:
    return is_plain(path) and entry.size <= LARGEST_FILE


def _is_beside(path: str) -> bool:
    """Whether a file is no part of what a solution has to write."""
    parts = PurePosixPath(path)
    return bool(DOCUMENTS & {*parts.parts}) or parts.suffix.lower() in NO_SOURCE


def _is_test_module(path: str) -> bool:
    name = PurePosixPath(path).name
    return (
        is_test_side(path)
        and name.endswith(".py")
        and (name.startswith("test") or name.endswith(("_test.py", "_tests.py")))
    )


class _Runs:
    """Runs the commit's tests over files."""

    def __init__(self, verifier: RepositoryVerifier, paths: list[str]) -> None:
        self._verifier = verifier
        self._paths = paths

    def plain(self, files: Mapping[str, bytes], *, traced: bool = False) -> Ran:
        """All tests, as they are."""
        return self._run(files, None, traced=traced)

    def rewritten(self, prepared: Prepared) -> Ran:
        """Tests under new names, with their twins."""
        return self._run(prepared.files, prepared.wanted)

    def _run(
        self, files: Mapping[str, bytes], wanted: list[str] | None, *, traced: bool = False
    ) -> Ran:
        options = Options(wall_s=RUN_WALL_S, cpu_s=RUN_CPU_S)
        try:
            check_size(files)
        except BadTree as error:
            raise Dropped("too_large", str(error)) from None
        ran, _ = self._verifier.in_repository(
            files,
            lambda sandbox: run_tests(
                files, self._paths, options, sandbox, wanted=wanted, case_s=CASE_S, traced=traced
            ),
        )
        return ran


def _parted(before: Ran, after: Ran) -> tuple[list[str], list[str]]:
    """The tests that fail before and pass after, and those that pass both times."""
    if after.fault is not None:
        raise Dropped("too_slow", after.fault)
    passing = [test for test, case in after.cases.items() if case.outcome == "passed"]
    if not passing:
        text = next(iter(after.uncollected.values()), None)
        if text is not None:
            raise Dropped("not_collected", text)
        slow = [test for test, case in after.cases.items() if "TookTooLong" in case.text]
        raise Dropped("too_slow" if slow else "fails_after", ", ".join(slow[:1]))
    never = Case("not run", 0.0, "")
    was = {test: before.cases.get(test, never).outcome for test in passing}
    failing = [test for test in passing if was[test] in ("failed", "not run")]
    if not failing:
        raise Dropped("passes_before")
    kept = [test for test in passing if was[test] == "passed"]
    failing = _in_time(failing[:MOST_FAILING], after, FAILING_S)
    return failing, _in_time(kept[:MOST_PASSING], after, PASSING_S)


def _in_time(tests: list[str], ran: Ran, seconds: float) -> list[str]:
    """The first tests that are done in so many seconds, and one at least."""
    total, kept = 0.0, []
    for test in tests:
        total += ran.cases[test].seconds
        if kept and total > seconds:
            break
        kept.append(test)
    return kept


def _confirmed(
    runs: _Runs, tree: dict[str, bytes], changes: Changes, failing: list[str],
    passing: list[str], seed: str,
) -> Truth:  # fmt: skip
    """What of these tests is steady under other names, with the twins that always fail."""
    edits: dict[str, list[int]] = {}
    for path in sorted({file_of(test) for test in [*failing, *passing]}):
        for name, n_edits in edits_of(tree[path].decode()).items():
            edits[f"{path}::{name}"] = list(range(n_edits))
    tests = [test for test in [*failing, *passing] if function_of(test) in edits]
    edits = {name: edits[name] for name in dict.fromkeys(map(function_of, tests))}
    counts: Counter[str] = Counter()
    twins: Counter[tuple[str, int]] = Counter()
    for number in range(REPEATS):
        prepared = prepare(with_changes(tree, changes), edits, Random(f"{seed}:{number}"))
        ran = runs.rewritten(prepared)
        if ran.fault is not None:
            raise Dropped("too_slow", ran.fault)
        counts.update(test for test in tests if _outcome(prepared, ran, test, None) == "passed")
        twins.update(
            (test, edit)
            for test in tests
            for edit in edits[function_of(test)]
            if _outcome(prepared, ran, test, edit) == "failed"
        )
    prepared = prepare(tree, dict.fromkeys(edits, ()), Random(seed))
    ran = runs.rewritten(prepared)
    was = {test: _outcome(prepared, ran, test, None) for test in tests}
    steady = [test for test in tests if counts[test] == REPEATS]
    wished = failing
    failing = [test for test in failing if test in steady and was[test] != "passed"]
    passing = [test for test in passing if test in steady and was[test] == "passed"]
    if not failing:
        raise Dropped("flaky" if any(counts[test] for test in wished) else "not_rewritable")
    tripwires = {}
    for name in dict.fromkeys(map(function_of, [*failing, *passing])):
        cases = [test for test in [*failing, *passing] if function_of(test) == name]
        always = [
            edit for edit in edits[name] if all(twins[test, edit] == REPEATS for test in cases)
        ]
        if always:
            tripwires[name] = always
    if not any(function_of(test) in tripwires for test in failing):
        raise Dropped("no_tripwire")
    return Truth(tree=packed(tree), fail_to_pass=failing, pass_to_pass=passing, tripwires=tripwires)


def _outcome(prepared: Prepared, ran: Ran, test: str, edit: int | None) -> str | None:
    case = ran.cases.get(prepared.places[function_of(test)][edit] + case_of(test))
    return None if case is None else case.outcome


def _needed(before: Mapping[str, bytes], changes: Changes, used: Iterable[str]) -> dict[str, bytes]:
    """All Python beside the tests, what the tests opened, and what is to be changed."""
    wanted = {*used, *changes}
    return {
        path: content
        for path, content in before.items()
        if path in wanted
        or PurePosixPath(path).name in CONFIGURATION
        or (path.endswith(".py") and not _is_test_module(path))
    }


def needs_of(tree: Mapping[str, bytes], ran: Ran) -> list[str]:
    """Packages that were loaded and that the tree's files import by name."""
    own = {name.removesuffix(".py") for name in top_names(tree)}
    source = "\n".join(text_of(data) or "" for path, data in tree.items() if path in ran.used)
    named = {
        word
        for line in source.splitlines()
        if line.strip().startswith(("import ", "from "))
        for word in line.replace(",", " ").replace(".", " ").split()[1:]
    }
    return sorted({*ran.modules} & named - own - {"pytest"} - _without_spec({*ran.modules} & named))


def _without_spec(names: set[str]) -> set[str]:
    """Names of modules that tests made by themselves, or that stand in their own folders."""
    from importlib.util import find_spec

    return {name for name in names if find_spec(name) is None}


def _solution(
    history: History, commit: Commit, sides: _Sides, before: Mapping[str, bytes], changes: Changes
) -> str:
    """The commit's change as a response: git's own diff, or whole files where that lacks a bit."""
    diff = f"```diff\n{history.diff(commit, sides.wish)}```\n"
    try:
        if changed(diff, before) == changes:
            return diff
    except NoAnswer:
        pass
    whole = {path: text for path, text in changes.items() if text is not None}
    return "\n".join(f"```\n# file: {path}\n{text}```\n" for path, text in whole.items())


def _check(verifier: RepositoryVerifier, truth: Truth, solution: str) -> None:
    text = msgspec.json.encode(truth).decode()
    verdict = verifier.verify(ground_truth=text, completion=solution, prompt=None, params={})
    if verdict.outcome != "accepted":
        raise Dropped("not_confirmed", verdict.reason)
    nothing = verifier.unchanged(text, {})
    if nothing.accepted or not nothing.reason.startswith(("failed", "not_collected", "broken")):
        raise Dropped("not_confirmed", f"without a change: {nothing.reason}")


def _prompt(
    commit: Commit, sides: _Sides, tree: Mapping[str, bytes], changes: Changes, paths: list[str]
) -> str:
    texts = [text_of(tree[path]) or "" for path in paths if path in tree]
    heads = [
        f"{head}  ({path})"
        for path, after in changes.items()
        if after is not None and path.endswith(".py")
        for head in interface(text_of(tree.get(path)) or "", after, texts)
    ]
    shown = {path: text_of(tree.get(path)) for path in sides.wish}
    folders = {PurePosixPath(path).parent for path in sides.wish}
    others = [
        path
        for path in sorted(tree)
        if PurePosixPath(path).parent in folders and path not in shown and not is_test_side(path)
    ]
    return prompt_of(issue_text(commit.message) or "", shown, others, heads)


def _seed(commit: Commit) -> str:
    return f"commits:{commit.sha}"
