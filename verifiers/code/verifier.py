"""Judges programs by running them: functions, scripts, test code, properties, speed; and values.

    CodeVerifier().verify(
        ground_truth='{"kind": "asserts", "entry_point": "f", "tests": ["assert f(1) == 2"]}',
        completion="```python\\ndef f(x):\\n    return x + 1\\n```", prompt=None, params={},
    )   ->  Verdict(outcome="accepted", reward=1.0, reason="passed: 1 test",
                    details='{"isolation":"namespaces+seccomp"}', ...)

The program runs in a sandbox, the expected values stay here. A ground truth that cannot be used, or
a machine that cannot shut programs in as demanded, leaves a verdict undecided.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from verifiers.code.calls import calls_of, judge_calls
from verifiers.code.extract import complete, program, prompt_code
from verifiers.code.judging import REASON_CHARS, Judged, whole
from verifiers.code.literals import answer
from verifiers.code.plain_asserts import plain_calls
from verifiers.code.predicted import judge_input, judge_output
from verifiers.code.proxied import judge_proxied
from verifiers.code.sandboxed import Sandboxed
from verifiers.code.scripts import judge_scripts
from verifiers.code.speed import judge_speed
from verifiers.code.truth import (
    Asserts,
    Check,
    Executed,
    Function,
    Input,
    Options,
    Output,
    Speed,
    Stdio,
    read_options,
    read_truth,
)
from verifiers.errors import VerifierFailed
from verifiers.records import Verdict
from verifiers.sandbox.sandbox import NotIsolated, Sandbox


class CodeVerifier(Sandboxed):
    """Runs the completion's program against the ground truth's tests."""

    name = "code"
    version = "1"

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
        is_value = isinstance(truth, Output | Input)
        code = answer(completion) if is_value else program(completion)
        if code is None:
            return self._rejected("no_answer" if is_value else "no_program", None)
        if isinstance(truth, Output):
            return self._judgement(judge_output(truth, code), options, code, {})
        entry_point = getattr(truth, "entry_point", None)
        if entry_point is not None and not is_value:
            code = complete(code, prompt, entry_point)
        try:
            judged, level = self.in_sandbox(
                lambda sandbox: self._judged(truth, code, options, sandbox, prompt)
            )
        except NotIsolated as error:
            return self._verdict("undecided", None, f"not_isolated: {error}", code)
        return self._judgement(judged, options, code, {"isolation": level})

    def validate(self, ground_truth: str) -> None:
        """Read the ground truth; raises VerifierFailed where it cannot be used."""
        read_truth(ground_truth)

    def limit_s(self, params: Mapping[str, Any]) -> float:
        """Seconds that a verdict with these parameters may take, its own clocks seeing to it."""
        try:
            return read_options(params).most_s
        except VerifierFailed:
            return 0.0

    def _judged(
        self, truth: Executed, code: str, options: Options, sandbox: Sandbox, prompt: str | None
    ) -> Judged:
        if isinstance(truth, Function):
            calls = calls_of(truth)
            return judge_calls(calls, truth.entry_point, code, options, sandbox, setup=truth.setup)
        if isinstance(truth, Input):
            return judge_input(truth, code, options, sandbox)
        if isinstance(truth, Stdio):
            return judge_scripts(truth, code, options, sandbox)
        if isinstance(truth, Speed):
            return judge_speed(truth, code, options, sandbox)
        if isinstance(truth, Asserts | Check) and (calls := plain_calls(truth)) is not None:
            judged = judge_calls(calls, truth.entry_point, code, options, sandbox)
            return judged if isinstance(truth, Asserts) else judged.as_one()
        return judge_proxied(truth, code, options, sandbox, helpers=prompt_code(prompt))

    def _judgement(
        self, judged: Judged, options: Options, code: str, details: dict[str, Any]
    ) -> Verdict:
        details |= judged.details
        if options.partial or judged.n_tests > 1:
            details |= {"passed": judged.n_passed, "tests": judged.n_tests}
        return self._verdict(
            "accepted" if judged.all_passed else "rejected",
            _reward(judged, options),
            judged.reason,
            code,
            details,
        )

    def _rejected(self, reason: str, extracted: str | None) -> Verdict:
        return self._verdict("rejected", 0.0, reason, extracted)

    def _verdict(
        self, outcome: Any, reward: float | None, reason: str, extracted: str | None,
        details: Mapping[str, Any] | None = None,
    ) -> Verdict:  # fmt: skip
        return Verdict(
            verifier=self.name,
            verifier_version=self.version,
            outcome=outcome,
            reward=reward,
            reason=whole(reason[:REASON_CHARS]),
            extracted=None if extracted is None else whole(extracted),
            details=msgspec.json.encode(details or {}).decode(),
        )


def _reward(judged: Judged, options: Options) -> float:
    if judged.reward is not None:
        return judged.reward
    if options.partial:
        return judged.n_passed / judged.n_tests
    return float(judged.all_passed)
