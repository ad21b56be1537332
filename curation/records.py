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
    """How informative a problem is for a policy; see `curation.scoring`.

    `alpha` and `beta` are the posterior of the pass rate (of the mean reward, where rewards are
    graded), `pass_rate` is its mean, `prior_alpha` and `prior_beta` what it was before this
    problem's own rollouts. `p_mixed` is the chance that the rewards of a group of `group_size`
    rollouts are not all equal; `signal_value` is the `signal` that was asked for, in [0, 1] a
    group; `tokens_per_rollout` is the mean completion length; `informativeness` is signal per
    token. `dispersion` is the rewards' variance as a share of that of 0/1 rewards.

    `n_rollouts` counts the policy's own judged rollouts, `n_effective` what the posterior rests on:
    decided rollouts and training groups, of earlier checkpoints by their weight. `n_truncated`
    rollouts were cut off before their end, and count as wrong where their answer was not there yet.
    Of a `predicted` problem there is no rollout: its posterior is what a model of its features
    says. A problem of the `audit` slice is one of a random hundredth that predictions never see.
    """

    problem_id: UUID
    policy: str
    group_size: int
    n_rollouts: int
    n_correct: int
    n_undecided: int
    n_truncated: int
    n_effective: float
    mean_reward: float | None = None
    dispersion: float = 1.0
    prior_alpha: float
    prior_beta: float
    alpha: float
    beta: float
    pass_rate: float
    p_mixed: float
    signal: str = "p_mixed"
    signal_value: float
    tokens_per_rollout: float
    informativeness: float
    predicted: bool = False
    audit: bool = False
    run_id: UUID = NIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rewards of a problem's rollouts in one step of a training run: labels that cost nothing.

    `step` counts from 1; the rollouts are those of the policy after `step - 1` optimizer steps from
    `started_from`. `reward_sum` and `reward_squares` are over the decided ones; `n_tokens` counts
    completions.
    """

    group_id: UUID
    training_run: str
    started_from: str
    step: int
    problem_id: UUID
    n_rollouts: int
    n_decided: int
    n_correct: int
    reward_sum: float
    reward_squares: float
    n_tokens: int
    run_id: UUID = NIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """That a policy is another one, `started_from`, after `step` steps of a training run."""

    policy: str
    training_run: str
    started_from: str
    step: int
    run_id: UUID = NIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """How certain a policy is of its answer to a problem where it must give one at once.

    `log_chance` is the natural logarithm of the chance of the likeliest first `n_tokens` tokens
    after `opening`, the text with which the answer was begun for it; taken token by token.
    """

    problem_id: UUID
    policy: str
    opening: str
    n_tokens: int
    log_chance: float
    run_id: UUID = NIL


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRateModel:
    """How well a policy's pass rates are predicted in a family ("" for all of them together).

    Measured on problems that the prediction has not seen: by cross-validation, or, where `audited`,
    on the audit slice. `r2` is of the pass rates themselves, the noise of few rollouts taken out,
    `r2_observed` of the observed shares; None where there are too few or all are equal. `brier` is
    the mean squared error of a rollout's outcome, `brier_of_cells` that of the mean of its family
    and level. `slope` and `intercept` are those of the logit that calibrates the model;
    `concentration` is the alpha + beta of a prediction. `features` says what was predicted from,
    `reliability` is a JSON array of [predicted, observed, rollouts] by tenths.
    """

    policy: str
    family: str
    features: str
    n_problems: int
    n_rollouts: float
    mean_predicted: float
    mean_observed: float
    r2: float | None = None
    r2_observed: float | None = None
    brier: float
    brier_of_cells: float
    slope: float
    intercept: float
    concentration: float
    reliability: str
    audited: bool = False
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How a policy did on a benchmark; see `trainer.evaluation` for the measures.

    Identified by the policy, the benchmark, and how it was asked: repeating it is the same row.

    `accuracy` is the mean share of correct completions a problem (avg@k), with its 95 % interval;
    `pass_at` is a JSON object, number of tries -> pass@k; `majority` is the accuracy of the vote
    over a problem's completions, None where answers cannot be put to a vote. None stands where
    nothing was decided. `n_undecided` completions (those that ended in an error among them) are in
    no share, `n_truncated` were cut off, `n_no_answer` came to their end without an answer. Of the
    problems `n_trainable` stand in the store among those to be trained on.
    """

    evaluation_id: UUID = field(init=False)
    benchmark: str
    model: str
    sampling: str
    template: str | None = None
    n_problems: int
    samples: int
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    pass_at: str
    majority: float | None = None
    majority_low: float | None = None
    majority_high: float | None = None
    n_rollouts: int
    n_truncated: int
    n_no_answer: int
    n_undecided: int
    n_tokens: int
    n_trainable: int = 0
    run_id: UUID = NIL

    def __post_init__(self) -> None:
        how = (self.sampling, self.template, self.n_problems, self.samples)
        identity = content_id(self.benchmark, self.model, *how)
        object.__setattr__(self, "evaluation_id", identity)
