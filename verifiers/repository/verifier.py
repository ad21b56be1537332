"""Judges a change to a repository by running its tests in the sandbox.

    RepositoryVerifier().verify(
        ground_truth='{"kind": "tests", "tree": "/Td6WFoAAATm...", "fail_to_pass": [...], ...}',
        completion="```diff\\n--- a/x.py\\n+++ b/x.py\\n@@ -1 +1 @@\\n-a = 1\\n+a = 2\\n```",
        prompt=None, params={},
    )   ->  Verdict(outcome="accepted", reward=1.0, reason="passed: 1 test that failed before, ...")

What the change may not touch, and how results that are forged are found out:
docs/repository-verifier.md.
"""

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from os import listdir
from sysconfig import get_path
from typing import Any, ClassVar

import msgspec

from verifiers.code.judging import REASON_CHARS, whole
from verifiers.code.sandboxed import Sandboxed
from verifiers.errors import VerifierFailed
from verifiers.records import Verdict
from verifiers.repository.answer import Changes, NoAnswer, changed
from verifiers.repository.guard import refused
from verifiers.repository.judging import Judged, judge
from verifiers.repository.tree import top_names, unpacked
from verifiers.repository.truth import FORMAT, Truth, read_options, read_truth
from verifiers.sandbox.sandbox import NotIsolated, Sandbox
from verifiers.sandbox.visible import with_all_packages


class RepositoryVerifier(Sandboxed):
    """Makes the completion's change in the repository's files, and runs the tests."""

    name = "repository"
    version = "1"
    truth_format: ClassVar[str] = FORMAT

    def __init__(self) -> None:
        super().__init__()
        self._hidden: frozenset[str] = frozenset()

    def verify(
        self,
        *,
        ground_truth: str,
        completion: str,
        prompt: str | None,
        params: Mapping[str, Any],
    ) -> Verdict:
        """Give the verdict; raises VerifierFailed where the ground truth cannot be used."""
        truth, options = read_truth(ground_truth), read_options(params)
        files = unpacked(truth.tree)
        if lacking := lacking_here(truth, files):
            return self._verdict("undecided", f"not_installed: {lacking}", None)
        try:
            changes = changed(completion, files)
        except NoAnswer as error:
            return self._verdict("rejected", str(error), None)
        shown = msgspec.json.encode(changes).decode()
        if (reason := refused(changes, files)) is not None:
            return self._verdict("rejected", reason, shown)
        seed = f"{truth.tree}\0{completion}"
        try:
            judged, level = self.in_repository(
                files, lambda sandbox: judge(truth, changes, options, sandbox, seed)
            )
        except NotIsolated as error:
            return self._verdict("undecided", f"not_isolated: {error}", shown)
        details = {"isolation": level, "passed": judged.passed, "tests": judged.tests}
        outcome = "accepted" if judged.accepted else "rejected"
        return self._verdict(outcome, judged.reason, shown, details)

    def unchanged(self, ground_truth: str, params: Mapping[str, Any]) -> Judged:
        """What becomes of the tests where nothing is changed: they must fail."""
        truth, options = read_truth(ground_truth), read_options(params)
        nothing: Changes = {}
        judged, _ = self.in_repository(
            unpacked(truth.tree), lambda sandbox: judge(truth, nothing, options, sandbox, "")
        )
        return judged

    def validate(self, ground_truth: str) -> None:
        """Read the ground truth; raises VerifierFailed where it cannot be used."""
        read_truth(ground_truth)

    def limit_s(self, params: Mapping[str, Any]) -> float:
        """Seconds that a verdict with these parameters may take."""
        try:
            return 2 * read_options(params).wall_s
        except VerifierFailed:
            return 0.0

    def in_repository(self, files: Mapping[str, bytes], judging: Any) -> tuple[Any, str]:
        """As `in_sandbox`, where all packages are seen but those that the files are of."""
        hidden = top_names(files) & {*listdir(get_path("purelib")), *listdir(get_path("platlib"))}
        if hidden != self._hidden:
            self.close()
            self._hidden = hidden
        return self.in_sandbox(judging)

    def _opened(self, least: str) -> Sandbox:
        return Sandbox(least=least, shown=with_all_packages(self._hidden))

    def _verdict(
        self, outcome: Any, reason: str, extracted: str | None,
        details: Mapping[str, Any] | None = None,
    ) -> Verdict:  # fmt: skip
        rewards = {"accepted": 1.0, "rejected": 0.0}
        return Verdict(
            verifier=self.name,
            verifier_version=self.version,
            outcome=outcome,
            reward=rewards.get(outcome),
            reason=whole(reason[:REASON_CHARS]),
            extracted=None if extracted is None else whole(extracted),
            details=msgspec.json.encode(details or {}).decode(),
        )


def lacking_here(truth: Truth, files: Mapping[str, bytes]) -> str | None:
    """What must be installed here for the tests to be run at all, in words; None: nothing."""
    own = {name.removesuffix(".py") for name in top_names(files)}
    for name in ("pytest", *truth.needs):
        if name not in own and name not in sys.stdlib_module_names and find_spec(name) is None:
            return f"the tests need the package {name}"
    return shadowing(files)


def shadowing(files: Mapping[str, bytes]) -> str | None:
    """A module of the repository's that is installed as a single file, which cannot be hidden."""
    from pathlib import Path

    site = Path(get_path("purelib"))
    for name in top_names(files):
        if name.endswith(".py") and (site / name).is_file():
            return f"{name} is the repository's own, and installed too: uninstall it"
    return None
