"""Scores every judged problem of a policy in one transaction.

    done = score(store, policy="cpu:smollm2-135m", group_size=8, run_id=run.run_id)
    done.n_scored, done.n_predicted, done.suspects.put_aside
    store.rows("SELECT problem_id, p_mixed, informativeness FROM scores")

Counts, posterior and signal are in `counts`, `posterior` and `signals`; what nobody has sampled is
predicted (`prediction`), and problems whose gold looks wrong are put aside (`gold`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from curation.records import PassRateModel
from curation.schema import to_arrow
from curation.scoring.certainty import find_certainties
from curation.scoring.counts import count_rollouts, one_verdict_each
from curation.scoring.gold import SuspectCounts, put_aside
from curation.scoring.lineage import HALF_LIFE, trace
from curation.scoring.posterior import make_posterior, place_priors, write_scores
from curation.scoring.prediction import (
    ENOUGH,
    LEAST,
    add_predictions,
    fit,
    n_observed,
    n_unseen,
)
from curation.scoring.signals import SIGNALS
from curation.store import Store
from verifiers.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What came of scoring: problems with rollouts or training groups, and predicted ones."""

    n_scored: int
    n_predicted: int = 0
    suspects: SuspectCounts = field(default_factory=SuspectCounts)
    models: list[PassRateModel] = field(default_factory=list)


def score(
    store: Store,
    *,
    policy: str,
    group_size: int,
    run_id: UUID,
    signal: str = "p_mixed",
    half_life: float = HALF_LIFE,
    suspect: bool = True,
    predict: bool | None = None,
    on_predicted: Callable[[int], None] = lambda step: None,
) -> Scored:
    """Score the problems of `policy` anew; unless `suspect`, no gold is taken to be wrong.

    Problems without rollouts are predicted where `predict`; unless it is said, where there are such
    problems, and ENOUGH others to learn from.

    Raises BadInput where nothing is judged yet or the group is smaller than 2, UnknownName for a
    signal that is not in SIGNALS.
    """
    if group_size < 2:
        raise BadInput(f"a group of {group_size} has no spread: use --group-size 2 or more")
    if signal not in SIGNALS:
        raise UnknownName("signal", signal, SIGNALS)
    lineage = trace(store, policy, half_life=half_life)
    with store.transaction() as connection:
        verdicts = one_verdict_each(connection)
        suspects = put_aside(connection, policy=policy, verdicts=verdicts, suspect=suspect)
        n_scored = count_rollouts(connection, lineage, verdicts=verdicts)
        if not n_scored:
            raise BadInput(f"no verdicts on rollouts of {policy!r}: run `gen verify` first")
        place_priors(connection)
        make_posterior(connection)
        n_predicted, models = 0, []
        if _worth_predicting(connection, predict):
            find_certainties(connection, lineage)
            model = fit(connection, policy=policy)
            n_predicted = add_predictions(connection, model, on_predicted=on_predicted)
            models = [replace(one, run_id=run_id) for one in model.qualities]
            connection.execute("DELETE FROM pass_rate_models WHERE policy = ?", [policy])
            connection.register("models", to_arrow("pass_rate_models", models))
            connection.execute("INSERT INTO pass_rate_models BY NAME FROM models")
        write_scores(connection, policy=policy, group_size=group_size, signal=signal, run_id=run_id)
    return Scored(n_scored=n_scored, n_predicted=n_predicted, suspects=suspects, models=models)


def _worth_predicting(connection: "DuckDBPyConnection", predict: bool | None) -> bool:
    if predict is None:
        return n_observed(connection) >= ENOUGH and n_unseen(connection) > 0
    if predict and n_observed(connection) < LEAST:
        raise BadInput(
            f"{n_observed(connection)} problems with verdicts are too few to predict others: "
            f"sample {LEAST} or more, or use --no-predict"
        )
    return predict
