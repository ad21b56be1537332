"""Weighs again what is known of the ground truths in a store.

    for problem in reweighed(store, judge=judge, min_confidence=0.9, calibration=calibration):
        problem.confidence, problem.quarantine    # 0.04, "low_confidence: 0.04 (8 of 8 ..."

Two kinds of problems: those with stored evidence of solvers, of which only the weights are new; and
imported ones that have rollouts, whose gold is weighed as one opinion among the solvers'. A problem
that something else has quarantined stays so.
"""

from collections.abc import Iterator
from dataclasses import replace

from curation.store import Store
from gen.consensus.agreement import Judge
from gen.consensus.certificate import certify_evidence
from gen.consensus.confidence import Calibration
from gen.consensus.evidence import Evidence, from_json
from gen.consensus.stored import evidence_of, stored_answers
from verifiers.records import Problem

REASONS = ("low_confidence:", "no_answer:")
"""How the reasons begin that this module may lift again."""

WITH_EVIDENCE = """
    SELECT * FROM problems
    WHERE (evidence->'candidates') IS NOT NULL AND certificate <> 'imported'
        AND ($domain IS NULL OR domain = $domain) AND ($family IS NULL OR family = $family)
    ORDER BY problem_id
    LIMIT $n
"""


def reweighed(
    store: Store,
    *,
    judge: Judge,
    min_confidence: float,
    calibration: Calibration,
    domain: str | None = None,
    family: str | None = None,
    limit: int | None = None,
) -> Iterator[Problem]:
    """Yield the problems that there is evidence on, with their new confidence."""

    def weighed(problem: Problem, evidence: Evidence) -> Problem:
        certified = certify_evidence(
            evidence,
            ground_truth=problem.ground_truth,
            certificate=problem.certificate,
            min_confidence=min_confidence,
            calibration=calibration,
        )
        ours = problem.quarantine is None or problem.quarantine.startswith(REASONS)
        return replace(
            problem,
            confidence=certified.confidence,
            evidence=certified.evidence,
            quarantine=certified.quarantine if ours else problem.quarantine,
        )

    filters = {"domain": domain, "family": family, "n": limit}
    for problem in store.records("problems", WITH_EVIDENCE, filters):
        if (evidence := from_json(problem.evidence)) is not None:
            yield weighed(problem, evidence)
    imported = stored_answers(store, judge=judge, domain=domain, family=family, limit=limit)
    for problem, answers in imported:
        yield weighed(problem, evidence_of(problem, answers, judge=judge))
