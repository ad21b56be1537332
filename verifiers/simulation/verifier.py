r"""The verifier for programs that act step by step.

    SimulationVerifier().verify(
        ground_truth='{"kind": "backtest", "windows": [[100.0, 101.5, ...], ...], ...}',
        completion="```python\ndef step(history):\n    return 1.0\n```", prompt=None, params={})
    ->  Verdict(outcome="rejected", reward=0.0, reason="below_bar: -0.0000", ...)

The simulators, the protocol and the figures are described in docs/simulation-verifier.md.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from verifiers.code.extract import program
from verifiers.code.judging import REASON_CHARS, whole
from verifiers.code.sandboxed import Sandboxed
from verifiers.code.truth import read_options
from verifiers.errors import VerifierFailed
from verifiers.records import Verdict
from verifiers.sandbox.sandbox import NotIsolated
from verifiers.simulation.playing import play_all
from verifiers.simulation.truth import read_truth


class SimulationVerifier(Sandboxed):
    """Plays the completion's function against a simulator, one observation at a time."""

    name = "simulation"
    version = "1"
    truth_format: ClassVar[str] = """\
{"kind": "backtest", "windows": [[prices], ...], "warmup": 30, "cost_bp": 5, "bar": 0, "full": 1}
{"kind": "plant", "plants": [{"gain": 2, "time_constant_s": 10, "dead_time_s": 2}], "dt_s": 0.5,
 "steps": 120, "limits": [0, 10], "setpoint": 5, "noise": 0.02, "best": [ITAE a plant]}
{"kind": "inventory", "demand": [[a path], ...], "lead_time": 2, "holding": 1, "backorder": 9,
 "order_cost": 40, "opening": 20, "best": [cost a path]}
params: wall_s, cpu_s, memory_mb of an episode's process. See docs/simulation-verifier.md."""

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
        code = program(completion)
        if code is None:
            return self._verdict("rejected", 0.0, "no_program", None)
        try:
            played, level = self.in_sandbox(lambda sandbox: play_all(truth, code, options, sandbox))
        except NotIsolated as error:
            return self._verdict("undecided", None, f"not_isolated: {error}", code)
        details: dict[str, Any] = {"isolation": level, "episodes": len(played.scores)}
        if played.fault is not None:
            return self._verdict("rejected", 0.0, played.fault, code, details)
        worth = truth.worth(played.scores)
        details["scores"] = [round(score, 4) for score in played.scores]
        outcome, word = ("accepted", "mean") if worth.accepted else ("rejected", "below_bar")
        return self._verdict(outcome, worth.reward, f"{word}: {worth.figure:.4f}", code, details)

    def validate(self, ground_truth: str) -> None:
        """Read the ground truth; raises VerifierFailed where it cannot be used."""
        read_truth(ground_truth)

    def limit_s(self, params: Mapping[str, Any]) -> float:
        """Seconds that a verdict with these parameters may take, its own clocks seeing to it."""
        try:
            options = read_options(params)
        except VerifierFailed:
            return 0.0
        return options.most_s + 2 * options.wall_s  # the last episode, and the replays

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
