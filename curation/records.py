"""What curation adds to problems, rollouts and verdicts: runs, scores and selections.

Run(command="score", parameters='{"policy": "cpu:smollm2-135m"}', ...)
Score(problem_id=..., policy="cpu:smollm2-135m", group_size=8, n_rollouts=4, n_correct=1, ...)
Selection(name="first", problem_id=..., selected=True, position=1, reason="chosen", ...)
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from verifiers.records import NIL, content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One invocation of a command, which stands behind every record it made.

    Times are UTC; `ended_at` is empty while it runs, and for ever where it was killed.
    `n_tokens` counts sampled tokens, `seconds` is wall time, `cost` is money where it is known.
    """

    run_id: UUID = field(init=False)
    parent_run_id: UUID | None = None
    command: str
    parameters: str
    seed: int | None = None
    versions: str = "{}"
    process_id: int
    started_at: datetime
    ended_at: datetime | None = None
    n_tokens: int = 0
    seconds: float = 0.0
    cost: float | None = None

    def __post_init__(self) -> None:
        identity = content_id(
            self.parent_run_id,
            self.command,
            self.parameters,
            self.process_id,
            self.started_at.isoformat(),
        )
        object.__setattr__(self, "run_id", identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How informative a problem is for a policy; see `curation.informativeness`.

    `alpha` and `beta` are the pass rate's posterior and `pass_rate` its mean; `p_mixed` is the
    chance that a group of `group_size` rollouts has both right and wrong ones; `tokens_per_rollout`
    is the mean completion length; `informativeness` is signal per token.
    """

    problem_id: UUID
    policy: str
    group_size: int
    n_rollouts: int
    n_correct: int
    n_undecided: int
    alpha: float
    beta: float
    pass_rate: float
    p_mixed: float
    tokens_per_rollout: float
    informativeness: float
    run_id: UUID = NIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Whether a problem was chosen under the selection's budget, and why.

    `gain` is the discounted signal that the choice was made by; `cost_tokens` is what a group of
    its rollouts is expected to cost; `position` orders the chosen, best first.
    """

    name: str
    problem_id: UUID
    policy: str
    group_size: int
    selected: bool
    position: int | None
    reason: str
    gain: float
    cost_tokens: float
    run_id: UUID = NIL
