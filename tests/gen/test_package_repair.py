"""Faults in installed packages: how functions are found, and one problem with all its verdicts."""

import ast
import json
from random import Random

import pytest

from gen.domains.code.package_repair import RepairPackage
from gen.domains.code.package_tests import only, package, targets, with_function
from verifiers.records import Problem
from verifiers.repository.tree import unpacked
from verifiers.repository.truth import read_truth


@pytest.fixture(scope="module")
def problem() -> Problem:
    return RepairPackage().generate(Random("d"), 1)


def test_a_target_is_written_back_as_it_was():
    found = package("mpmath")
    assert found is not None
    for target in targets("mpmath")[::16]:
        before, after = found.files[target.path], with_function(target, target.source)
        names = [
            [one.name for one in ast.parse(text).body if isinstance(one, ast.FunctionDef)]
            for text in (before, after)
        ]
        assert names[0] == names[1]
        assert target.name in names[0]
        assert 2 <= len({*target.functions}) == len(target.functions)


def test_other_tests_leave_a_file_and_the_rest_stays():
    source = (
        "X = 1\ndef helper(): return X\ndef test_a(): assert helper()\ndef test_b(): pass\n"
        "class TestC:\n    def test_a(self): pass\n    def setup(self): pass\n"
        "class TestD:\n    def test_a(self): pass\n"
    )
    kept = only(source, ["test_a", "TestD::test_a"])
    assert "def test_b" not in kept
    assert "class TestC:\n\n    def setup(self):" in kept
    assert kept.count("def test_a") == 2
    assert kept.startswith("X = 1\n\ndef helper():")
    assert ast.parse(only("class TestC:\n    def test_a(self): pass\n", []))


def test_a_package_without_tests_has_no_targets():
    assert targets("msgspec") == targets("no_such_package_at_all") == ()


def test_a_problem_names_what_it_is_of_and_gives_nothing_away(problem: Problem):
    evidence, truth = json.loads(problem.evidence), read_truth(problem.ground_truth)
    path, name = evidence["function"].split("::")
    assert evidence["package"] in problem.prompt
    assert f"def {name}(" in problem.prompt
    right = [line[1:] for line in evidence["solution"].splitlines() if line.startswith("+    ")]
    assert right
    assert not any(line in problem.prompt for line in right)
    assert truth.fail_to_pass
    assert truth.pass_to_pass
    assert path in unpacked(truth.tree)
    assert all(test.startswith(evidence["tests"]) for test in truth.fail_to_pass)


def test_the_published_function_is_accepted_and_no_other(problem: Problem):
    family = RepairPackage()
    verdict = family.verify(problem, family.right(problem)[1])
    assert verdict.outcome == "accepted", verdict.reason
    wrong = {family.wrong(problem, Random(seed)) for seed in range(4)}
    assert len(wrong) == 2
    reasons = {family.verify(problem, one).reason.partition(":")[0] for one in wrong if one}
    assert reasons in ({"failed", "protected"}, {"broken", "protected"})
    lazy = {name: family.verify(problem, one).reason for name, one in family.trivial().items()}
    assert lazy["an empty file"].startswith("failed: ")
    assert lazy["nothing is changed"].startswith("no_answer: ")
