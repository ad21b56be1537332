"""The arms: which problems a policy is trained on next, and what finding that out costs.

    chooser = make_chooser(Run(arm="ours", seed=0), pool, policy, settings, directory)
    chooser.next_problems(step=0, n=8)     ->  8 problems; scoring rollouts are charged to `spent`
    chooser.learnt(step, groups)           # the trainer's groups, labels that cost nothing

`random` and `dynamic` take shuffled passes over the pool, as `gen train` does. The others choose
for a round of steps with the project's own code: rollouts, verdicts and groups go into a store,
`curation.scoring.score` makes the scores anew, and `curation.selection.select` chooses by its arm:
`informativeness` (ours), `variance` (p(1-p)) or `hardest`. All three pay for the same number of
scoring rollouts and certainties, and are told of their groups. `oracle` is ours with true pass
rates, which it is given for nothing. No arm trains on a problem again before it has had all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

import msgspec
import numpy as np
import torch

from benchmarks.selection.learning import Group, gold, judge
from benchmarks.selection.policy import Completion, Policy
from curation.records import Certainty, Score
from curation.scoring import SIGNALS, import_groups, score
from curation.scoring.certainty import worth_asking
from curation.scoring.lineage import HALF_LIFE
from curation.selection import Budget, Choice, select
from curation.store import Store
from trainer.dataset import problem_order
from trainer.groups import GROUPS, GroupRow, append_groups
from verifiers.records import NIL, Problem, Rollout, Verdict

ARMS = ("random", "dynamic", "variance", "hardest", "ours", "oracle")

PREFERRED = {"ours": "informativeness", "oracle": "informativeness"}
"""What `gen select --arm` calls them; the others have the same name there."""

SIGNAL = "p_mixed"
BASE = "warm"
OPENING = "\\boxed{"
"""With what every right answer begins."""

CERTAIN = 1e6
"""Pseudo-rollouts behind a true pass rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How the arms that score do so.

    `first_problems` of the pool are sampled `first_rollouts` times each before the first round, and
    scores are made anew every `round_steps` steps. Before that the policy is asked how certain it
    is of its first token on `asked` problems, before the first round on `asked_first`, which the
    scores of the round before find most worth it. `half_life` is in steps.
    """

    first_problems: int = 128
    first_rollouts: int = 2
    round_steps: int = 5
    asked_first: int = 528
    asked: int = 200
    half_life: float = HALF_LIFE


class Chooser(Protocol):
    """What an arm does; `spent` counts the tokens that choosing has cost so far."""

    spent: int

    def next_problems(self, step: int, n: int) -> list[Problem]: ...

    def learnt(self, step: int, groups: Sequence[Group]) -> None: ...


class Shuffled:
    """Passes over the pool in random order."""

    spent = 0

    def __init__(self, pool: Sequence[Problem], seed: int) -> None:
        self._pool, self._seed, self._taken = pool, seed, 0

    def next_problems(self, step: int, n: int) -> list[Problem]:
        """The next `n` of the pass."""
        start, self._taken = self._taken, self._taken + n
        order = problem_order(len(self._pool), draws=self._taken, seed=self._seed)
        return [self._pool[place] for place in order[start:]]

    def learnt(self, step: int, groups: Sequence[Group]) -> None:
        """Nothing to learn."""


class Scored:
    """Rounds of problems chosen by scores that the store holds."""

    def __init__(
        self,
        arm: str,
        pool: Sequence[Problem],
        policy: Policy,
        *,
        scoring: Scoring,
        group_size: int,
        seed: int,
        directory: Path,
    ) -> None:
        self.spent = 0
        self._arm, self._policy, self._scoring = arm, policy, scoring
        self._group_size, self._seed = group_size, seed
        self._pool = {problem.problem_id: problem for problem in pool}
        self._directory = directory
        self._store = Store(directory / "store.duckdb")
        self._taken: set[str] = set()
        self._waiting: list[Problem] = []
        self._scored = BASE
        self._bought: tuple[list[Rollout], list[Verdict]] = [], []
        (directory / "settings.json").write_bytes(msgspec.json.encode({"arm": arm, "seed": seed}))
        with self._store.writing("benchmark") as store:
            store.add("problems", pool)

    @property
    def round_steps(self) -> int:
        """Steps between two choices."""
        return self._scoring.round_steps

    def next_problems(self, step: int, n: int) -> list[Problem]:
        """The next `n` of the round; the first of a round scores and selects anew."""
        if not self._waiting:
            if step == 0:
                self._buy()
            with self._store.writing("benchmark") as store:
                chosen = self._round(store, step, n * self.round_steps)
            self._waiting = list(chosen)
        taken, self._waiting = self._waiting[:n], self._waiting[n:]
        return taken

    def learnt(self, step: int, groups: Sequence[Group]) -> None:
        """Write the groups down as the trainer does."""
        rows = [
            GroupRow(
                step=step + 1,
                problem_id=str(group.problem.problem_id),
                started_from=BASE,
                rewards=list(group.rewards),
                tokens=[len(one.ids) for one in group.completions],
            )
            for group in groups
        ]
        append_groups(self._directory / GROUPS, rows)

    def _round(self, store: Store, step: int, n: int) -> list[Problem]:
        name = BASE if step == 0 else f"run/checkpoint-{step}"
        self._learn_and_ask(store, name, step)
        self._score(store, name)
        self._leave_out_taken(store, n)
        choice = Choice(
            budget=Budget(problems=n),
            group_size=self._group_size,
            arm=PREFERRED.get(self._arm, self._arm),
            tails=0.0 if self._arm == "oracle" else 0.05,
            seed=self._seed,
        )
        select(store, "round", name, choice, run_id=NIL)
        rows = store.rows(
            "SELECT problem_id FROM selections WHERE name = 'round' AND selected ORDER BY position"
        )
        chosen = [self._pool[problem_id] for (problem_id,) in rows]
        self._taken |= {str(problem.problem_id) for problem in chosen}
        Random(f"{self._seed}:{step}").shuffle(chosen)
        return chosen

    def _learn_and_ask(self, store: Store, name: str, step: int) -> None:
        """Take in what is known, and ask the policy how certain it is where that may matter."""
        if step == 0:
            rollouts, verdicts = self._bought
            store.add("rollouts", rollouts)
            store.add("verdicts", verdicts)
            self._score(store, name)
        else:
            import_groups(store, self._directory, policy=name, run_id=NIL)
        n = self._scoring.asked if step else self._scoring.asked_first
        worth = worth_asking(store, self._scored)
        asked = [one for one in worth if str(one) not in self._taken][:n]
        if not asked:
            return
        prompts = [self._pool[one].prompt for one in asked]
        log_chances = self._policy.certainties(prompts, OPENING).tolist()
        self.spent += len(asked)
        certainties = [
            Certainty(problem_id=one, policy=name, opening=OPENING, n_tokens=1, log_chance=chance)
            for one, chance in zip(asked, log_chances, strict=True)
        ]
        store.put("certainties", certainties)

    def _score(self, store: Store, name: str) -> None:
        score(
            store,
            policy=name,
            group_size=self._group_size,
            signal=SIGNAL,
            half_life=self._scoring.half_life,
            run_id=NIL,
        )
        self._scored = name

    def _buy(self) -> None:
        """Sample and judge for the first scores.

        Not while the store is being written: a verifier may fork a process, which would hold on to
        the store's lock.
        """
        generator = torch.Generator().manual_seed(self._seed)
        first = sorted(self._pool.values(), key=lambda problem: problem.problem_id)
        first = first[: self._scoring.first_problems]
        prompts = [problem.prompt for problem in first]
        n = self._scoring.first_rollouts
        found = self._policy.sample(prompts, n=n, generator=generator)
        self.spent += sum(len(one.ids) for row in found for one in row)
        rollouts, verdicts = self._bought
        for problem, completions in zip(first, found, strict=True):
            for number, one in enumerate(completions):
                rollout = _rollout(problem, one, number)
                rollouts.append(rollout)
                verdicts.append(_verdict(problem, one, rollout))

    def _leave_out_taken(self, store: Store, n: int) -> None:
        """Take what was trained on from the candidates, unless fewer than `n` are left."""
        if len(self._pool) - len(self._taken) < n:
            self._taken.clear()
        with store.transaction() as connection:
            connection.execute(
                "DELETE FROM scores WHERE problem_id IN (SELECT unnest($taken)::UUID)",
                {"taken": sorted(self._taken)},
            )


class Oracle(Scored):
    """Ours with true pass rates."""

    @property
    def round_steps(self) -> int:
        """Fewer rounds than ours: all true pass rates take the time of many steps."""
        return 25

    def _buy(self) -> None:
        """Nothing: what it knows costs nothing."""

    def _learn_and_ask(self, store: Store, name: str, step: int) -> None:
        """Nothing: it knows."""

    def _score(self, store: Store, name: str) -> None:
        problems = list(self._pool.values())
        golds = [gold(problem) for problem in problems]
        rates = self._policy.chances([problem.prompt for problem in problems], golds)
        alpha = np.clip(rates.double().numpy(), 1e-6, 1 - 1e-6) * CERTAIN
        beta = CERTAIN - alpha
        values = SIGNALS[SIGNAL](alpha=alpha, beta=beta, group_size=self._group_size)
        rows = []
        for problem, answer, a, b, value in zip(problems, golds, alpha, beta, values, strict=True):
            tokens = float(len(self._policy.answer(answer)))
            rows.append(
                Score(
                    problem_id=problem.problem_id,
                    policy=name,
                    group_size=self._group_size,
                    n_rollouts=int(CERTAIN),
                    n_correct=round(a),
                    n_undecided=0,
                    n_truncated=0,
                    n_effective=CERTAIN,
                    prior_alpha=1.0,
                    prior_beta=1.0,
                    alpha=a,
                    beta=b,
                    pass_rate=a / CERTAIN,
                    p_mixed=value,
                    signal=SIGNAL,
                    signal_value=value,
                    tokens_per_rollout=tokens,
                    informativeness=value / (self._group_size * tokens),
                )
            )
        store.put("scores", rows)


def _rollout(problem: Problem, one: Completion, number: int) -> Rollout:
    return Rollout(
        problem_id=problem.problem_id,
        model=BASE,
        sampling="{}",
        template="plain-1",
        sample_index=number,
        completion=one.text,
        finish_reason="stop" if one.ended else "length",
        n_prompt_tokens=0,
        n_tokens=len(one.ids),
    )


def _verdict(problem: Problem, one: Completion, rollout: Rollout) -> Verdict:
    reward, _ = judge(problem, one)
    return Verdict(
        rollout_id=rollout.rollout_id,
        verifier=problem.verifier,
        verifier_version="1",
        outcome="accepted" if reward else "rejected",
        reward=reward,
        reason="whole answer" if reward else "no whole answer",
    )
