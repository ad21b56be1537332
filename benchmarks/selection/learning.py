"""How the policy of the proof learns: the warm-up on worked problems, and one step of GRPO.

    warm_up(policy, problems, levels={1: 0.6, 2: 0.4}, until=0.92, ...)   ->  1700
    judge(problem, completion)               ->  (1.0, True): reward, lenient
    learn(policy, optimizer, groups)         # groups: list of Group

The loss is TRL's default (`dapo`), with one update a batch: A_i = (r_i - mean) / (s + 0.0001) as
GRPO has it (Shao et al. 2024, arXiv:2402.03300), and the token losses' sum over the number of all
tokens of the batch (Yu et al. 2025, arXiv:2503.14476), without a KL term. Groups without spread
have no gradient; they count in the divisor, and are left out of the forward pass.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from statistics import fmean

import msgspec
import torch

from benchmarks.selection.policy import Completion, Ids, Policy
from curation.scoring.signals import TRL_EPSILON
from verifiers.records import Problem
from verifiers.registry import find_verifier

CHECKED = 600
SORTED_AT_ONCE = 16
LARGEST_STEP = 1.0

Pair = tuple[Ids, Ids]
"""Tokens of a prompt and of its answer."""


@dataclass(frozen=True, slots=True)
class Group:
    """One problem's completions and what they earned."""

    problem: Problem
    completions: list[Completion]
    rewards: list[float]

    @property
    def n_tokens(self) -> int:
        return sum(len(one.ids) for one in self.completions)

    @property
    def mixed(self) -> bool:
        return len(set(self.rewards)) > 1


def gold(problem: Problem) -> str:
    """The response that the warm-up teaches."""
    return f"\\boxed{{{problem.ground_truth.replace(' ', '')}}}"


def judge(problem: Problem, completion: Completion) -> tuple[float, bool]:
    """The reward by the problem's verifier, and whether a lenient reader finds the answer.

    The reward (strict) wants the response to end, and to be one box and nothing else; the lenient
    reader takes what the verifier extracts from any text.
    """
    verdict = find_verifier(problem.verifier).verify(
        ground_truth=problem.ground_truth,
        completion=completion.text,
        prompt=problem.prompt,
        params=msgspec.json.decode(problem.params),
    )
    text = completion.text
    whole = completion.ended and text.startswith("\\boxed{") and text.count("\\boxed") == 1
    return float(bool(verdict.correct) and whole and text.endswith("}")), bool(verdict.correct)


def warm_up(
    policy: Policy,
    problems: Sequence[Problem],
    *,
    levels: Mapping[int, float],
    rate: float,
    until: float,
    most_steps: int,
    batch_size: int,
    check_every: int,
    seed: int = 0,
    on_check: Callable[[int, dict[int, float]], None] = lambda step, rates: None,
) -> int:
    """Learn problems with their answers until the policy gives `until` of the easiest; the steps.

    `levels` are shares of the batches. Every `check_every` steps the mean chance of the right
    answer is taken of some problems of each level, as they are learnt.
    """
    rng = Random(f"warm-up:{seed}")
    optimizer = policy.optimizer(rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 50) / (1 + step / 1000) ** 0.5
    )
    batches = _batches(policy, problems, levels, batch_size, rng)
    step = 0
    while step < most_steps:
        batch = next(batches)
        asked, answers = [one for one, _ in batch], [[two] for _, two in batch]
        policy.backward(asked, answers, [[1.0]] * len(batch), divisor=_tokens(answers))
        _descend(optimizer)
        schedule.step()
        step += 1
        if step % check_every == 0:
            rates = level_rates(policy, problems[:CHECKED])
            on_check(step, rates)
            if rates[min(levels)] >= until:
                break
    return step


def level_rates(policy: Policy, problems: Sequence[Problem]) -> dict[int, float]:
    """The mean chance of the right answer at each level."""
    chances = policy.chances([p.prompt for p in problems], [gold(p) for p in problems]).tolist()
    levels = sorted({problem.level for problem in problems})
    return {
        level: fmean(c for p, c in zip(problems, chances, strict=True) if p.level == level)
        for level in levels
    }


def learn(policy: Policy, optimizer: torch.optim.Optimizer, groups: Sequence[Group]) -> None:
    """One step of GRPO on the groups."""
    mixed = [group for group in groups if group.mixed]
    if not mixed:
        return
    advantages = []
    for group in mixed:
        rewards = torch.tensor(group.rewards)
        advantages.append(((rewards - rewards.mean()) / (rewards.std() + TRL_EPSILON)).tolist())
    # On the policy's own samples, one update each: the ratio is 1, its gradient that of the log.
    policy.backward(
        [policy.asked(group.problem.prompt) for group in mixed],
        [[one.ids for one in group.completions] for group in mixed],
        advantages,
        divisor=sum(group.n_tokens for group in groups),
    )
    _descend(optimizer)


def _batches(
    policy: Policy,
    problems: Sequence[Problem],
    levels: Mapping[int, float],
    batch_size: int,
    rng: Random,
) -> Iterator[list[Pair]]:
    """Batches without end, of like lengths, so that little of them is padding."""
    pairs = [(policy.asked(p.prompt), policy.answer(gold(p))) for p in problems]
    counts = Counter(problem.level for problem in problems)
    weights = list(accumulate(levels[p.level] / counts[p.level] for p in problems))
    while True:
        drawn = rng.choices(pairs, cum_weights=weights, k=batch_size * SORTED_AT_ONCE)
        drawn.sort(key=lambda pair: len(pair[0]) + len(pair[1]))
        starts = [n * batch_size for n in range(SORTED_AT_ONCE)]
        rng.shuffle(starts)
        yield from (drawn[start : start + batch_size] for start in starts)


def _tokens(answers: Sequence[Sequence[Ids]]) -> int:
    return sum(len(ids) for row in answers for ids in row)


def _descend(optimizer: torch.optim.Optimizer) -> None:
    """A step along the gradient, which is cut to LARGEST_STEP, and forgotten."""
    parameters = [weight for group in optimizer.param_groups for weight in group["params"]]
    torch.nn.utils.clip_grad_norm_(parameters, LARGEST_STEP)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
