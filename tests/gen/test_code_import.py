"""Programming problems from files: well-known shapes, references run, weak tests told."""

import json
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from curation.store import Store
from gen.certifying import certified_before
from gen.code_rows import code_row
from gen.imports import import_problems
from verifiers.registry import find_verifier

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs the Linux sandbox")

SHARED = Path(__file__).parents[3] / "shared/data/code"

HUMANEVAL = {
    "task_id": "X/0",
    "prompt": 'def half(n):\n    """ Give the half, rounded down.\n    """\n',
    "entry_point": "half",
    "canonical_solution": "    return n // 2\n",
    "test": "def check(candidate):\n    assert candidate(9) == 4\n    assert candidate(2) == 1\n",
}
MBPP = {
    "text": "Write a function to double a number.",
    "code": "def unused():\r\n    pass\r\ndef double(n):\r\n    return n * 2",
    "task_id": 1,
    "test_setup_code": "",
    "test_list": ["assert double(2) == 4", "assert double(-3) == -6"],
    "challenge_test_list": [],
}


def write(path: Path, *rows: object) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def imported(source: str, **options):
    return list(import_problems(source, domain="code", fields=options.pop("fields", {}), **options))


def test_humaneval_rows_become_check_problems_certified_by_execution(tmp_path: Path):
    (problem,) = imported(write(tmp_path / "h.jsonl", HUMANEVAL))
    assert problem.prompt == HUMANEVAL["prompt"]
    truth = json.loads(problem.ground_truth)
    assert (truth["kind"], truth["entry_point"]) == ("check", "half")
    assert truth["test"].startswith(HUMANEVAL["test"])
    assert (problem.certificate, problem.quarantine) == ("execution", None)
    evidence = json.loads(problem.evidence)
    assert evidence["reference"] == HUMANEVAL["prompt"] + HUMANEVAL["canonical_solution"]
    assert evidence["mutants"] >= evidence["killed"] > 0
    assert evidence["kill_rate"] >= 0.8


def test_mbpp_rows_become_asserts_problems_whose_prompt_names_the_function(tmp_path: Path):
    (problem,) = imported(write(tmp_path / "m.jsonl", MBPP))
    truth = json.loads(problem.ground_truth)
    assert (truth["kind"], truth["entry_point"]) == ("asserts", "double")
    assert truth["tests"][:2] == MBPP["test_list"]
    assert problem.prompt == f"{MBPP['text']}\n\nCall it `double(n)`."
    assert problem.certificate == "execution"
    accepted = find_verifier("code").verify(
        ground_truth=problem.ground_truth,
        completion="def double(n): return n + n",
        prompt=problem.prompt,
        params={},
    )
    assert accepted.outcome == "accepted"


def test_the_function_under_test_is_the_one_called_not_its_wrappers():
    tests = ["assert set(pick((1, 2))) == set([1])", "assert sorted(pick(())) == []"]
    row = code_row({"prompt": "Pick.", "code": "def pick(t): ...", "test_list": tests})
    assert json.loads(row.ground_truth)["entry_point"] == "pick"
    imports = {"prompt": "p", "test_list": ["assert g(1) == 2"], "test_imports": ["import math"]}
    row = code_row(imports)
    assert json.loads(row.ground_truth)["setup"] == "import math"
    assert row.reference is None
    assert code_row({"prompt": "p", "answer": "5"}) is None


def test_weak_tests_are_strengthened(tmp_path: Path):
    row = MBPP | {"test_list": ["assert double(2) == 4"]}  # 2 + 2 and 2 ** 2 pass as well
    source = write(tmp_path / "m.jsonl", row)
    (problem,) = imported(source, min_kill_rate=1.0)
    evidence = json.loads(problem.evidence)
    assert evidence["strengthened"] > 0
    assert evidence["kill_rate"] == 1.0
    assert problem.quarantine is None
    square = find_verifier("code").verify(
        ground_truth=problem.ground_truth,
        completion="def double(n): return n ** 2",
        prompt=None,
        params={},
    )
    assert square.outcome == "rejected"
    (as_it_was,) = imported(source, min_kill_rate=0.1)
    assert json.loads(as_it_was.ground_truth)["tests"] == row["test_list"]
    assert json.loads(as_it_was.evidence)["strengthened"] == 0
    assert as_it_was.confidence > problem.confidence


def test_weak_tests_that_cannot_be_strengthened_are_quarantined(tmp_path: Path):
    open_ended = "def check(candidate):\n    assert candidate(candidate(0)) == 0\n"
    source = write(tmp_path / "h.jsonl", HUMANEVAL | {"test": open_ended})
    (problem,) = imported(source)
    evidence = json.loads(problem.evidence)
    assert evidence["strengthened"] == 0
    assert problem.quarantine == (
        f"weak_tests: kill rate {evidence['kill_rate']:.2f} of {evidence['mutants']} mutants"
    )
    (kept,) = imported(source, min_kill_rate=0.0)
    assert kept.quarantine is None


def test_a_reference_that_fails_quarantines_its_problem(tmp_path: Path):
    wrong = HUMANEVAL | {"canonical_solution": "    return n\n"}
    broken = MBPP | {"test_list": ["assert double(2) == undefined_name"]}
    first, second, third = imported(write(tmp_path / "h.jsonl", wrong, broken, HUMANEVAL))
    assert first.quarantine.startswith("reference_fails: ")
    assert first.certificate == "imported"
    assert json.loads(first.evidence)["reference"].endswith("return n\n")
    assert second.quarantine.startswith("reference_fails: ")
    assert third.quarantine is None


def test_rows_of_our_own_shape_take_an_object_and_a_mapped_reference(tmp_path: Path):
    truth = {
        "kind": "function",
        "entry_point": "f",
        "tests": [{"args": "(2, 3)", "expected": "5"}, {"args": "(9, 4)", "expected": "13"}],
    }
    row = {"question": "Add.", "answer": truth, "gold": "def f(a, b):\n    return a + b"}
    source = write(tmp_path / "f.jsonl", row, row | {"gold": None})
    first, second = imported(source, fields={"reference": "gold"})
    assert first.certificate == "execution"
    assert json.loads(first.evidence)["kill_rate"] == 1.0
    assert (second.certificate, second.evidence) == ("imported", "{}")


def test_without_a_rate_nothing_is_run(tmp_path: Path):
    (problem,) = imported(write(tmp_path / "h.jsonl", HUMANEVAL), min_kill_rate=None)
    assert (problem.certificate, problem.evidence) == ("imported", "{}")


def test_the_same_rows_are_the_same_problems_again(tmp_path: Path):
    source = write(tmp_path / "m.jsonl", MBPP | {"test_list": ["assert double(2) == 4"]}, HUMANEVAL)
    assert imported(source, min_kill_rate=1.0) == imported(source, min_kill_rate=1.0)


def test_what_was_certified_before_is_not_run_again(tmp_path: Path):
    source = write(tmp_path / "m.jsonl", MBPP | {"test_list": ["assert double(2) == 4"]}, HUMANEVAL)
    store = Store(tmp_path / "s.duckdb")
    assert certified_before(store, seed=0) == {}
    first = imported(source, min_kill_rate=1.0)
    with store.writing("test"):
        store.add("problems", first)
    known = certified_before(store, seed=0)
    assert [*known.values()] == first
    marked = {key: replace(one, evidence='{"kill_rate": 0.5}') for key, one in known.items()}
    assert imported(source, known=marked) == [*marked.values()]
    assert certified_before(store, seed=1) == {}


def test_problems_come_one_by_one(tmp_path: Path):
    source = write(tmp_path / "h.jsonl", HUMANEVAL, {"prompt": "no tests"})
    found = import_problems(source, domain="code", fields={})
    assert next(found).certificate == "execution"


def test_gen_problems_certifies_and_quarantines(gen, tmp_path: Path):
    weak = HUMANEVAL | {"test": "def check(candidate):\n    assert candidate(candidate(0)) == 0\n"}
    write(tmp_path / "h.jsonl", HUMANEVAL, weak)
    arguments = ("problems", "--domain", "code", "--source", "h.jsonl", "--json")
    assert json.loads(gen(*arguments, "--dry-run").stdout)["problems"] == 2
    assert json.loads(gen(*arguments).stdout)["new"] == 2
    assert json.loads(gen(*arguments).stdout)["new"] == 0
    rows = gen("sql", "SELECT certificate, quarantine FROM problems ORDER BY quarantine", "--json")
    assert "weak_tests: kill rate" in rows.stdout
    assert "range" in gen.fails(*arguments, "--min-kill-rate", "1.5")


@pytest.mark.skipif(not SHARED.exists(), reason="needs the benchmarks' files")
@pytest.mark.parametrize("name", ["humaneval", "mbpp_copy_verified"])
def test_real_rows_are_certified(name):
    found = import_problems(str(SHARED / f"{name}.jsonl"), domain="code", fields={})
    problems = list(islice(found, 8))
    assert {problem.certificate for problem in problems} == {"execution"}
    rates = [json.loads(problem.evidence)["kill_rate"] for problem in problems]
    assert sum(rates) / len(rates) > 0.85
