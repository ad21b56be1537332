"""What travels between the rooms: a problem, a rollout of it, and the verdict on that rollout.

    problem = Problem(domain="math", family="add", level=1, prompt="What is 2 + 3?",
                      ground_truth="5", verifier="math", certificate="construction")
    rollout = Rollout(problem_id=problem.problem_id, model="cpu:smollm2-135m", sampling="{}",
                      template="math", sample_index=0, completion="It is \\boxed{5}.",
                      finish_reason="stop", n_prompt_tokens=40, n_tokens=8)
    verdict = Verdict(rollout_id=rollout.rollout_id, verifier="math", verifier_version="1",
                      outcome="accepted", reward=1.0, reason="equal", extracted="5", seconds=0.001)

These dataclasses are the single source of truth: Arrow schemas and table definitions follow them.
An id is the 16-byte BLAKE2b hash of what identifies the thing, so a thing made twice is one row.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Literal
from uuid import UUID

import msgspec

NIL = UUID(int=0)
"""Stands for "not attached yet": a verdict without a rollout, a record that no run has stored."""

CertificateKind = Literal["construction", "execution", "consensus", "outcome", "imported"]
Outcome = Literal["accepted", "rejected", "undecided"]
FinishReason = Literal["stop", "length", "error"]


def content_id(*parts: str | int | UUID | None) -> UUID:
    """Hash the parts, in order and kept apart, into a 16-byte id."""
    return UUID(bytes=blake2b(msgspec.json.encode(parts), digest_size=16).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A prompt a policy can be asked, with a ground truth that only the verifier sees.

    `level` is 1 (easiest) upwards, 0 where no level is stated. `confidence` in [0, 1] is that of
    the ground truth. `params`, `evidence` and `lineage` are JSON objects: what the verifier takes,
    how the ground truth is known, and what the problem was made from. A problem with a
    `quarantine` reason is kept but never sampled or selected.
    """

    problem_id: UUID = field(init=False)
    domain: str
    family: str
    level: int = 0
    prompt: str
    ground_truth: str
    verifier: str
    params: str = "{}"
    certificate: CertificateKind
    confidence: float = 1.0
    evidence: str = "{}"
    source: str = "families"
    lineage: str = "{}"
    quarantine: str | None = None
    run_id: UUID = NIL

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence {self.confidence} is outside [0, 1]")
        identity = content_id(self.verifier, self.params, self.prompt, self.ground_truth)
        object.__setattr__(self, "problem_id", identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One completion sampled from `model`, with everything that made it.

    Identified by the place it fills (problem, model, sampling, template, sample index), not by its
    text: sampling a place again cannot add a second row. `sampling` is canonical JSON.
    `completion` is the answer, `thinking` what a reasoning model thought before it; `n_tokens`
    counts both, `n_thinking_tokens` the thought alone. A rollout that ended by "length" was
    truncated.
    """

    rollout_id: UUID = field(init=False)
    problem_id: UUID
    model: str
    sampling: str
    template: str
    sample_index: int
    completion: str
    thinking: str | None = None
    finish_reason: FinishReason
    n_prompt_tokens: int
    n_tokens: int
    n_thinking_tokens: int = 0
    run_id: UUID = NIL

    def __post_init__(self) -> None:
        identity = content_id(
            self.problem_id, self.model, self.sampling, self.template, self.sample_index
        )
        object.__setattr__(self, "rollout_id", identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verifier says of a completion.

    `reward` is in [0, 1], and None exactly where the outcome is undecided: a verifier's own failure
    is never a 0. `correct` follows the outcome. `reason` is a code, with detail after a colon.
    """

    verdict_id: UUID = field(init=False)
    rollout_id: UUID = NIL
    verifier: str
    verifier_version: str
    outcome: Outcome
    reward: float | None
    correct: bool | None = field(init=False)
    reason: str
    extracted: str | None = None
    seconds: float = 0.0
    details: str = "{}"
    run_id: UUID = NIL

    def __post_init__(self) -> None:
        if (self.reward is None) != (self.outcome == "undecided"):
            raise ValueError(f"an outcome {self.outcome!r} cannot have the reward {self.reward}")
        if self.reward is not None and not 0 <= self.reward <= 1:
            raise ValueError(f"reward {self.reward} is outside [0, 1]")
        correct = None if self.outcome == "undecided" else self.outcome == "accepted"
        object.__setattr__(self, "correct", correct)
        # Without a rollout the id is the same for all of a verifier's verdicts: hashed once.
        identify = _unattached_id if self.rollout_id is NIL else content_id
        identity = identify(self.rollout_id, self.verifier, self.verifier_version)
        object.__setattr__(self, "verdict_id", identity)


_unattached_id = lru_cache(maxsize=64)(content_id)
