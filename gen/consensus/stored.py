"""Evidence on the problems of a store: their rollouts, read as answers.

    for problem, answers in stored_answers(store, judge=judge):
        certify(question_of(problem), answers, judge=judge, min_confidence=0.9)
    labelled(store, judge=judge)     # for fitting: evidence without the ground truth, and labels

A rollout whose template begins with "program" is a program: it is run, and its value is the answer.
The problem's own ground truth is among the answers only where it is imported, as `gold`.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any
from uuid import UUID

from curation.store import Store
from gen.consensus.agreement import COMPARING, Judge, agree, read_solution, right_candidates
from gen.consensus.calibration import Labelled
from gen.consensus.evidence import Answer, Evidence
from gen.proposing.base import Question
from verifiers.pool import GradingTask
from verifiers.records import Problem

VALUE = '{"entry_point": "answer", "args": "()", "runs": 2, "as": "text"}'
"""What the verifier `program` runs: `answer()`, for its value as the math verifier reads it."""

AT_ONCE = 200
"""Problems whose rollouts are read together."""

ASKED = """
    SELECT * FROM problems p
    WHERE list_contains($certificates, certificate) AND list_contains($verifiers, verifier)
        AND ($domain IS NULL OR domain = $domain) AND ($family IS NULL OR family = $family)
        AND EXISTS (FROM rollouts r WHERE r.problem_id = p.problem_id)
    ORDER BY problem_id
    LIMIT $n
"""

ROLLOUTS = """
    SELECT problem_id, model, template, completion, finish_reason FROM rollouts
    WHERE problem_id IN (SELECT unnest($ids::UUID[])) AND finish_reason <> 'error'
    ORDER BY problem_id, model, template, sampling, sample_index
"""


def stored_answers(
    store: Store,
    *,
    judge: Judge,
    certificates: tuple[str, ...] = ("imported",),
    domain: str | None = None,
    family: str | None = None,
    limit: int | None = None,
) -> Iterator[tuple[Problem, list[Answer]]]:
    """Problems of these certificates that have rollouts, each with those as answers."""
    wanted = {
        "certificates": list(certificates), "verifiers": list(COMPARING),
        "domain": domain, "family": family, "n": limit,
    }  # fmt: skip
    problems = store.records("problems", ASKED, wanted)
    for start in range(0, len(problems), AT_ONCE):
        chunk = {one.problem_id: one for one in problems[start : start + AT_ONCE]}
        rows = store.query(ROLLOUTS, {"ids": [str(key) for key in chunk]}).to_pylist()
        for key, of_problem in groupby(_with_values(rows, judge), lambda row: row["problem_id"]):
            problem = chunk[UUID(str(key))]
            yield problem, [_answer(row, problem.verifier) for row in of_problem]


def question_of(problem: Problem) -> Question:
    """The problem as a question whose ground truth is one opinion among others."""
    return Question(
        prompt=problem.prompt,
        verifier=problem.verifier,
        params=problem.params,
        level=problem.level,
        ground_truth=problem.ground_truth,
        certificate=problem.certificate,
    )


def evidence_of(problem: Problem, answers: list[Answer], *, judge: Judge) -> Evidence:
    """The answers and the ground truth together, under the id that the rollouts have."""
    found = agree(question_of(problem), answers, judge=judge)
    return replace(found, question=str(problem.problem_id))


def labelled(
    store: Store,
    *,
    judge: Judge,
    certificates: tuple[str, ...] = ("construction", "imported"),
    domain: str | None = None,
    family: str | None = None,
) -> Iterator[Labelled]:
    """Problems with their answers weighed as if nobody knew the ground truth, and what it says."""
    for problem, answers in stored_answers(
        store, judge=judge, certificates=certificates, domain=domain, family=family
    ):
        question = question_of(problem)
        evidence = agree(replace(question, ground_truth=None), answers, judge=judge)
        if problem.quarantine is not None:
            continue
        yield Labelled(
            question=str(problem.problem_id),
            origin="families" if problem.certificate == "construction" else problem.family,
            evidence=replace(evidence, question=str(problem.problem_id)),
            right=right_candidates(question, evidence, judge=judge),
        )


def _with_values(rows: list[dict[str, Any]], judge: Judge) -> list[dict[str, Any]]:
    """The rows with the value of each program, None where it has none."""
    programs = [row for row in rows if row["template"].startswith("program")]
    tasks = [
        GradingTask(verifier="program", ground_truth=VALUE, completion=row["completion"])
        for row in programs
    ]
    for row, verdict in zip(programs, judge(tasks) if tasks else [], strict=True):
        row["value"] = verdict.extracted if verdict.correct else None
    return rows


def _answer(row: dict[str, Any], verifier: str) -> Answer:
    program = row["template"].startswith("program")
    return read_solution(
        (row["value"] or "") if program else row["completion"],
        model=row["model"],
        verifier=verifier,
        truncated=row["finish_reason"] == "length",
        program=program,
    )
