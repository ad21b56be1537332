"""What curation adds to problems, rollouts and verdicts: runs, proposals, scores, choices.

Run(command="score", parameters='{"policy": "cpu:smollm2-135m"}', ...)
Score(problem_id=..., policy="cpu:smollm2-135m", group_size=8, n_rollouts=4, n_correct=1, ...)
Selection(name="first", problem_id=..., selected=True, position=1, reason="chosen", ...)
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from verifiers.records import NIL, FinishReason, content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One invocation of a command, which stands behind every record it made.

    Times are UTC; `ended_at` is empty while it runs, and for ever where it was killed.
    `n_tokens` counts sampled tokens, `n_prompt_tokens` those of their prompts, `seconds` is wall
    time, `cost` is money where prices are known.
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
    n_prompt_tokens: int = 0
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
class Proposal:
    """One answer of a model that was asked for a new problem.

    Identified by the place it fills: what was asked (`ask_id`), by whom and how; `number` counts
    the asks of a job. `lineage` is a JSON object: what the problem was to be made from. `outcome`
    is what became of it: "accepted", "quarantined", "surplus" (more than were asked for),
    "duplicate", "refused", "truncated", "malformed", "invalid" or "failed", and "open" until that
    is known; `reason` says more. The rollouts of its solvers are kept under `question_id`.
    """

    proposal_id: UUID = field(init=False)
    ask_id: UUID
    job_id: UUID
    number: int
    mode: str
    domain: str
    model: str
    sampling: str
    template: str
    lineage: str = "{}"
    completion: str
    thinking: str | None = None
    finish_reason: FinishReason
    n_prompt_tokens: int
    n_tokens: int
    outcome: str = "open"
    reason: str = ""
    question_id: UUID | None = None
    problem_id: UUID | None = None
    run_id: UUID = NIL

    def __post_init__(self) -> None:
        identity = content_id(self.ask_id, self.model, self.sampling)
        object.__setattr__(self, "proposal_id", identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How informative a problem is for a policy; see `curation.informativeness`.

    `alpha` and `beta` are the pass rate's posterior and `pass_rate` its mean; `p_mixed` is the
    chance that a group of `group_size` rollouts has both right and wrong ones; `tokens_per_rollout`
    is the mean completion length; `informativeness` is signal per token. `n_truncated` rollouts
    were cut off before their end, and count as wrong where their answer was not there yet.
    """

    problem_id: UUID
    policy: str
    group_size: int
    n_rollouts: int
    n_correct: int
    n_undecided: int
    n_truncated: int
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

    `gain` is what the choice was made by: `preference`, which is what the `arm` looks at (the
    informativeness, or what an arm for comparison prefers), times its domain's `weight` times the
    `discount` for those preferred to it in its cell of family and level (`cell_rank` counts from 1)
    and in its cluster of like problems (`cluster_rank`, where it has one). `cost_tokens` is what a
    group of its rollouts is expected to cost; `position` orders the chosen, highest gain first.
    """

    name: str
    problem_id: UUID
    policy: str
    group_size: int
    arm: str
    selected: bool
    position: int | None
    reason: str
    preference: float
    weight: float
    cell_rank: int | None
    cluster_rank: int | None
    discount: float
    gain: float
    cost_tokens: float
    run_id: UUID = NIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """That a problem belongs to a cluster of two or more problems that are alike.

    `kind` is the weakest link that joined it: "exact" (the same after normalisation), "parametric"
    (one template with the same parameters), "near" (nearly the same words) or "semantic" (it means
    nearly the same); `similarity` in [0, 1] is that of this link. Of problems joined by the first
    three one alone is worth training on.
    """

    problem_id: UUID
    cluster_id: UUID
    kind: str
    similarity: float
    run_id: UUID = NIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Contamination:
    """That a problem is in a benchmark, or too like one of its rows to be trained on.

    `row_number` counts the rows of `benchmark` from 1; `kind` says how the two were matched, and
    `similarity` in [0, 1] how alike they are.
    """

    problem_id: UUID
    benchmark: str
    row_number: int
    kind: str
    similarity: float
    benchmark_text: str
    run_id: UUID = NIL
