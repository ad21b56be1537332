"""Judges changed files by a repository's tests, and by the twins of these that must fail.

    judge(truth, {"x.py": "a = 2\\n"}, options, sandbox, seed)
    ->  Judged(accepted=True, reason="passed: 1 test that failed before, 7 that did not", ...)

Names of tests are drawn for each verdict, so that a test and its twins look the same to the code
under test, which shares a process with them. Whoever makes all tests pass has twins pass too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random

from verifiers.errors import VerifierFailed
from verifiers.repository.answer import Changes
from verifiers.repository.running import Ran, run_tests
from verifiers.repository.tree import unpacked
from verifiers.repository.truth import Options, Truth, case_of, file_of, function_of
from verifiers.repository.twins import rewritten
from verifiers.sandbox.sandbox import Sandbox

TWINS = (2, 1)
"""Twins of a test that failed before, and of one that did not."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether all is as it must be, and why not; `passed` of `tests` passed."""

    accepted: bool
    reason: str
    passed: int = 0
    tests: int = 0

    @property
    def all_passed(self) -> bool:
        """Whether the change is accepted."""
        return self.accepted


@dataclass(slots=True)
class Prepared:
    """Files with rewritten tests, and where each test and twin is found in them.

    `places` gives the new ids of a function: of itself by None, of its twins by their edits.
    """

    files: dict[str, bytes]
    wanted: list[str] = field(default_factory=list)
    places: dict[str, dict[int | None, str]] = field(default_factory=dict)


def judge(truth: Truth, changes: Changes, options: Options, sandbox: Sandbox, seed: str) -> Judged:
    """Run the truth's tests with the changes made."""
    functions = {function_of(test): TWINS[1] for test in truth.pass_to_pass}
    functions |= {function_of(test): TWINS[0] for test in truth.fail_to_pass}
    rng = Random(blake2b(seed.encode(errors="replace")).digest())
    edits = {}
    for function, most in functions.items():
        known = truth.tripwires.get(function, [])
        edits[function] = rng.sample(known, min(most, len(known)))
    prepared = prepare(with_changes(unpacked(truth.tree), changes), edits, rng)
    paths = sorted({file_of(function) for function in functions})
    ran = run_tests(prepared.files, paths, options, sandbox, wanted=prepared.wanted)
    return _judged(truth, prepared, ran)


def with_changes(files: Mapping[str, bytes], changes: Changes) -> dict[str, bytes]:
    """The files after the changes."""
    after = {path: data for path, data in files.items() if path not in changes}
    return after | {path: new.encode() for path, new in changes.items() if new is not None}


def prepare(
    files: Mapping[str, bytes], edits: Mapping[str, Sequence[int]], rng: Random
) -> Prepared:
    """Rewrite the tests' files; `edits` are those of each function's twins.

    Raises VerifierFailed.
    """
    prepared = Prepared(dict(files))
    for path in sorted({file_of(function) for function in edits}):
        inside = {
            function.partition("::")[2]: numbers
            for function, numbers in edits.items()
            if file_of(function) == path
        }
        try:
            new = rewritten(files[path].decode(), inside, rng)
        except (SyntaxError, LookupError, ValueError, RecursionError) as error:
            raise VerifierFailed(f"ground_truth: {path}: {error}") from None
        prepared.files[path] = new.source.encode()
        prepared.wanted += new.variants
        for name, variant in new.variants.items():
            scope = variant.test.rpartition("::")[0]
            place = "::".join(part for part in (path, scope, name) if part)
            prepared.places.setdefault(f"{path}::{variant.test}", {})[variant.edit] = place
    rng.shuffle(prepared.wanted)
    return prepared


def _judged(truth: Truth, prepared: Prepared, ran: Ran) -> Judged:
    tests = [*truth.fail_to_pass, *truth.pass_to_pass]
    if ran.fault is not None:
        return Judged(False, ran.fault, 0, len(tests))
    said = {test: ran.cases.get(_place(prepared, test, None)) for test in tests}
    failed = [test for test, case in said.items() if case is None or case.outcome != "passed"]
    n_passed = len(tests) - len(failed)
    if failed:
        return Judged(False, _why_failed(truth, failed[0], prepared, ran), n_passed, len(tests))
    complaint = _tampered(tests, prepared, ran)
    if complaint is not None:
        return Judged(False, f"tampered: {complaint}", n_passed, len(tests))
    n, others = len(truth.fail_to_pass), len(truth.pass_to_pass)
    reason = f"passed: {n} test{'s' * (n != 1)} that failed before, {others} that did not"
    return Judged(True, reason, n_passed, len(tests))


def _place(prepared: Prepared, test: str, edit: int | None) -> str:
    return prepared.places[function_of(test)][edit] + case_of(test)


def _why_failed(truth: Truth, test: str, prepared: Prepared, ran: Ran) -> str:
    code = "failed" if test in truth.fail_to_pass else "broken"
    case = ran.cases.get(_place(prepared, test, None))
    if case is not None:
        return f"{code}: {test}: {case.text or case.outcome}"
    text = next(iter(ran.uncollected.values()), "it was not run")
    return f"not_collected: {test}: {text}"


def _tampered(tests: Sequence[str], prepared: Prepared, ran: Ran) -> str | None:
    """What was said that honest tests would not say; None: nothing."""
    if ran.repeated:
        return "a test was told of twice"
    known = {place for places in prepared.places.values() for place in places.values()}
    if any(function_of(place) not in known for place in ran.cases):
        return "a test was told of that was not asked for"
    for test in tests:
        for edit in prepared.places[function_of(test)]:
            if edit is not None:
                twin = ran.cases.get(_place(prepared, test, edit))
                if twin is None:
                    return f"a test that must fail did not run, beside {test}"
                if twin.outcome != "failed":
                    return f"a test that must fail {twin.outcome}, beside {test}"
    return None
