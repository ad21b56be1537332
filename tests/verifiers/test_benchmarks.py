"""Published problems, where a checkout has them beside it: each worked solution is judged right."""

from pathlib import Path

import pytest

from curation.tabular import read_rows
from gen.imports import import_problems
from verifiers.math import MathVerifier

DATA = Path(__file__).parents[3] / "shared/data/math"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no benchmark data beside the checkout")


def test_worked_solutions_of_math500_are_accepted():
    rejected = []
    for number, row in read_rows(DATA / "math500.jsonl"):
        verdict = MathVerifier().verify(
            ground_truth=row["answer"], completion=row["solution"], prompt=row["problem"]
        )
        if not verdict.correct:
            rejected.append((number, row["answer"], verdict.extracted, verdict.reason))
    assert rejected == []


def test_gsm8k_answers_are_accepted_as_they_are_usually_written():
    for problem in import_problems(str(DATA / "gsm8k_test.jsonl"), domain="math", fields={}):
        for response in (f"\\boxed{{{problem.ground_truth}}}", f"...\n#### {problem.ground_truth}"):
            verdict = MathVerifier().verify(
                ground_truth=problem.ground_truth, completion=response, prompt=problem.prompt
            )
            assert verdict.correct, (problem.ground_truth, response, verdict)
