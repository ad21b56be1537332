"""The closed loop: a recipe's rounds, each with the policy that the round before has trained.

    rounds: {most: 3, patience: 2, max_tokens: 2000000}
    evaluate: {benchmark: "families:math/arithmetic.sum", n: 200, samples: 4}

    for outcome in run_rounds(recipe, store=store, stages=stages, progress=progress):
        outcome.number, outcome.policy, outcome.levels, outcome.evaluation.accuracy

A round is a recipe of its own (`NAME-1`, `NAME-2`, ...): it makes problems at the policy's
frontier, has the policy solve them, scores, selects, exports and trains, and the trained policy is
evaluated. The loop ends after `most` rounds, when `max_tokens` are sampled, or when `patience`
rounds in a row were no better than the best before. Everything stands in the store and in the
rounds' directories, so a loop that was killed is gone on with by running it again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import msgspec

from curation.records import Evaluation
from curation.scoring import import_groups
from curation.store import Store
from gen.backends import Backend, ModelName, open_backend
from gen.backends.kept import KeptModel
from gen.benchmarks import FAMILIES, HELD_OUT, KNOWN
from gen.catalog import find_families
from gen.progress import Advance, Progress
from gen.recipes import EvaluateSection, Recipe, RoundsSection
from gen.run import RunOutcome, run_recipe, train_exported
from gen.runs import running

FRONTIER = (0.1, 0.9)
"""Pass rates of levels that are worth going on with: their groups are seldom all right or wrong."""

RATES = """
    SELECT level, (count(*) FILTER (correct) + 1) / (count(correct) + 2.0) AS rate
    FROM results WHERE model = $policy AND domain = $domain AND quarantine IS NULL
        AND ($family IS NULL OR family = $family)
    GROUP BY level ORDER BY level
"""
"""Level -> the posterior mean of its pass rate, by a uniform prior."""

SPENT = f"""
    SELECT (
        SELECT coalesce(sum(n_tokens), 0) FROM rollouts JOIN problems USING (problem_id)
        WHERE list_contains($before, model)
            OR (model = $last AND starts_with(quarantine, '{HELD_OUT}'))
    ) + (SELECT coalesce(sum(n_tokens), 0) FROM groups WHERE list_contains($before, started_from))
      + (SELECT coalesce(sum(n_tokens), 0) FROM certainties WHERE list_contains($before, policy))
"""

Evaluate = Callable[[EvaluateSection, str, Callable[[str], Backend]], Evaluation]
"""Evaluates a model on the recipe's benchmark into the store, with a way to open the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round did: round 0 only evaluates the policy that the loop starts from.

    `levels` are those of its problems, None where the families' own were taken.
    """

    number: int
    levels: tuple[int, ...] | None
    outcome: RunOutcome | None
    evaluation: Evaluation

    @property
    def policy(self) -> str:
        """The policy as it is at the round's end."""
        return self.evaluation.model


def run_rounds(
    recipe: Recipe,
    *,
    store: Store,
    train: Callable[[Recipe, Advance], str],
    evaluate: Evaluate,
    progress: Progress,
    open_model: Callable[[str], Backend] = open_backend,
) -> Iterator[Round]:
    """Run the rounds that the budget and the gain allow, yielding each as it ends."""
    assert recipe.rounds is not None
    assert recipe.evaluate is not None
    kind = ModelName.parse(recipe.model).kind
    store.path.parent.mkdir(parents=True, exist_ok=True)
    with KeptModel(open_model) as kept:  # what is evaluated solves the next round's problems
        model = recipe.model
        done: list[Round] = []
        first = evaluate(recipe.evaluate, model, kept.open)
        done.append(Round(number=0, levels=None, outcome=None, evaluation=first))
        yield done[-1]
        while not _ended(done, recipe.rounds, store):
            number = len(done)
            levels = _levels(recipe, done, store)
            plan = round_recipe(recipe, number, model=model, levels=levels)

            def trained(plan: Recipe, on_step: Advance) -> str:
                kept.close()  # what samples and what trains may not both fit into memory
                return train(plan, on_step)

            outcome = train_exported(plan, store=store, train=trained, progress=progress)
            outcome = outcome or run_recipe(
                plan, store=store, train=trained, progress=progress, open_model=kept.open
            )
            model = f"{kind}:{outcome.trained}"
            _keep_labels(store, plan, ModelName.parse(model).policy)
            evaluation = evaluate(recipe.evaluate, model, kept.open)
            done.append(Round(number=number, levels=levels, outcome=outcome, evaluation=evaluation))
            yield done[-1]


def round_recipe(
    recipe: Recipe, number: int, *, model: str, levels: tuple[int, ...] | None
) -> Recipe:
    """The recipe of one round, from 1; each has random streams of its own."""
    assert recipe.evaluate is not None
    # Trainers take seeds of 32 bits.
    digest = blake2b(f"{recipe.seed}:{number}".encode(), digest_size=4).digest()
    benchmark = recipe.evaluate.benchmark
    place, _ = KNOWN.get(benchmark, (benchmark, ""))
    against = () if benchmark.startswith(FAMILIES) else (place,)
    given = recipe.select.decontaminate
    return msgspec.structs.replace(
        recipe,
        name=f"{recipe.name}-{number}",
        model=model,
        seed=recipe.seed if number == 1 else int.from_bytes(digest, "big"),
        rounds=None,
        evaluate=None,
        problems=msgspec.structs.replace(recipe.problems, levels=levels),
        select=msgspec.structs.replace(
            recipe.select, decontaminate=tuple(dict.fromkeys((*given, *against)))
        ),
        export=msgspec.structs.replace(
            recipe.export, out=str(recipe.export_path / f"round-{number}")
        ),
        train=recipe.train
        and msgspec.structs.replace(recipe.train, out=str(recipe.train_path / f"round-{number}")),
    )


def frontier(known: tuple[int, ...], rates: dict[int, float]) -> tuple[int, ...]:
    """The levels to go on with, of those `known`, by the pass rates of the last round.

    Those within FRONTIER, and the next harder one; where there is none, the one nearest to half.
    """
    low, high = FRONTIER
    measured = [level for level in known if level in rates]
    if not measured:
        return known
    kept = {level for level in measured if low <= rates[level] <= high}
    kept = kept or {min(measured, key=lambda level: abs(rates[level] - 0.5))}
    harder = [level for level in known if level > max(kept)]
    return tuple(sorted({*kept, *harder[:1]}))


def spent(store: Store, policies: list[str]) -> int:
    """Tokens of the rounds that ended with these policies; the last has been evaluated alone.

    What a killed round has sampled already is not counted: its end is what it would have been.
    """
    *before, last = policies
    ((n_tokens,),) = store.rows(SPENT, {"before": before, "last": last})
    return n_tokens


def _ended(done: list[Round], rounds: RoundsSection, store: Store) -> bool:
    if len(done) > rounds.most:
        return True
    accuracies = [one.evaluation.accuracy or 0.0 for one in done]
    since_best = len(accuracies) - 1 - accuracies.index(max(accuracies))
    if since_best >= rounds.patience:
        return True
    n_tokens = spent(store, [one.policy for one in done])
    return rounds.max_tokens is not None and n_tokens >= rounds.max_tokens


def _levels(recipe: Recipe, done: list[Round], store: Store) -> tuple[int, ...] | None:
    """The levels of the next round; the first's are the recipe's own."""
    problems = recipe.problems
    if len(done) == 1 or problems.source != "families":
        return problems.levels
    families = find_families(problems.domain, family=problems.family)
    known = tuple(sorted({level for family in families for level in family.levels}))
    rows = store.rows(
        RATES,
        {
            "policy": done[-2].policy,
            "domain": problems.domain,
            "family": problems.family,
        },
    )
    return frontier(known, {level: float(rate) for level, rate in rows})


def _keep_labels(store: Store, plan: Recipe, policy: str) -> None:
    """Take the groups that training drew as labels, and note what the policy was made from."""
    directory = Path(plan.train_path)
    with (
        store.writing(f"gen run {plan.name}"),
        running(store, "groups", {"directory": str(directory), "policy": policy}) as run,
    ):
        import_groups(store, directory, policy=policy, run_id=run.run_id)
