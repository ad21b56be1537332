"""What their tests and references are worth."""

from ast import literal_eval
from random import Random

import msgspec
import pytest

from gen.domains.code import FAMILIES, bit_steps, list_steps, text_steps
from gen.domains.code.base import known
from gen.domains.code.functions import Lists
from gen.domains.code.induction import FindInput, FindProgram
from gen.domains.code.repair import RepairMutant, bare, real_functions
from gen.domains.code.running import loaded
from gen.domains.code.speed import Faster
from gen.domains.code.sql_questions import LEVELS
from gen.domains.code.sql_schemas import SCHEMAS
from gen.domains.code.steps import oracle, program
from gen.domains.code.testing import agrees, hardened
from gen.domains.code.writing_tests import WriteTests
from verifiers.sql import SqlVerifier, truth_of
from verifiers.sql.truth import read_truth

ALL_STEPS = [
    (draw, source, variable, draw_input)
    for source, variable, draw_input in (
        (list_steps, "xs", list_steps.draw_list),
        (text_steps, "text", text_steps.draw_text),
        (bit_steps, "x", bit_steps.draw_bits),
    )
    for draw in (*getattr(source, "STEPS", getattr(source, "LOWER_STEPS", ())), *source.LAST)
]


def test_there_are_eight_families_or_more_with_names_of_their_own():
    assert len({family.name for family in FAMILIES}) == len(FAMILIES) >= 8


@pytest.mark.parametrize(
    ("draw", "source", "variable", "draw_input"),
    ALL_STEPS,
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_both_ways_of_a_step_agree(draw, source, variable, draw_input):
    for seed in range(12):
        rng = Random(f"{draw.__name__}:{seed}")
        step = draw(rng)
        call = loaded(program("f", variable, [step]), "f")
        for _ in range(4):
            value = draw_input(rng)
            assert agrees(call((value,)), oracle([step], value)), (step.text, value)


def test_hidden_tests_kill_nearly_all_mutants_and_are_not_shown():
    killed = mutants = 0
    for seed in range(12):
        problem = Lists().generate(Random(seed), 1 + seed % 5)
        evidence = msgspec.json.decode(problem.evidence)
        killed, mutants = killed + evidence["killed"], mutants + evidence["mutants"]
        tests = msgspec.json.decode(problem.ground_truth)["tests"]
        assert len(tests) >= 10
        for test in tests:
            assert f"f{test['args'].replace(',)', ')')} ==" not in problem.prompt
    assert killed / mutants > 0.98


def test_inputs_that_repeat_make_one_test():
    assert hardened("def f(x):\n    return x + 1\n", "f", [(1,)] * 20, Random(0)) is None


def test_a_mutant_that_does_not_end_or_raises_is_killed():
    endless = loaded("def f(x):\n    while True:\n        x += 1\n", "f")
    assert endless((1,)).kind == "endless"
    assert loaded("def f(x):\n    return 1 / x\n", "f")((0,)) == ("raised", "ZeroDivisionError")
    changed = [3, 1]
    assert loaded("def f(xs):\n    xs.sort()\n    return xs\n", "f")((changed,)).what == [1, 3]
    assert changed == [3, 1]


def test_any_input_that_gives_the_value_is_right():
    family = FindInput()
    for seed in range(40):
        problem = family.generate(Random(seed), 1)
        truth = msgspec.json.decode(problem.ground_truth)
        call = loaded(truth["program"], "f")
        argument = msgspec.json.decode(problem.evidence)["reference"]
        other = literal_eval(argument)
        other = [*other, other[-1]] if isinstance(other, list) else other + " a"
        if repr(call((other,)).what) == truth["expected"]:
            assert family.verify(problem, f"```\n{other!r}\n```").outcome == "accepted"
            return
    pytest.fail("no other input was met")


def test_programs_of_the_same_size_that_fit_the_examples_pass_the_hidden_tests():
    problem = FindProgram().generate(Random(3), 1)
    assert problem.prompt.count(" == ") >= 4
    assert msgspec.json.decode(problem.evidence)["rivals"] > 100


def test_repairs_are_of_real_functions_that_the_sandbox_does_not_have():
    names = {one.source.name for one in real_functions()}
    assert len(names) >= 10
    family = RepairMutant()
    problem = family.generate(Random(1), 1)
    evidence = msgspec.json.decode(problem.evidence)
    assert evidence["fail_to_pass"] >= 2
    assert evidence["pass_to_pass"] >= 2
    assert evidence["licence"]
    name = msgspec.json.decode(problem.ground_truth)["entry_point"]
    stolen = f"```python\nfrom {evidence['function']} import {name}\n```"
    assert family.verify(problem, stolen).outcome == "rejected"


def test_annotations_and_docstrings_are_left_out():
    lines = (
        "def f(x: int, *y: 'T') -> str:",
        '"""Say."""',
        "z: int = x",
        "return re.sub('', '', z)",
    )
    assert bare("\n    ".join(lines)) == (
        "import re\ndef f(x, *y):\n    z = x\n    return re.sub('', '', z)\n"
    )


def test_a_faster_program_is_paid_more_than_the_given_one():
    family = Faster()
    problem = family.generate(Random(2), 3)
    slow = problem.prompt.partition("```python\n")[2].partition("```")[0]
    fast = family.verify(problem, family.right(problem)[0])
    same = family.verify(problem, f"```python\n{slow}```")
    assert fast.outcome == same.outcome == "accepted"
    assert (fast.reward or 0) > (same.reward or 0)


@pytest.fixture(scope="module")
def sql():
    verifier = SqlVerifier()
    yield verifier
    verifier.close()


@pytest.mark.parametrize(
    "ask", [ask for asks in LEVELS.values() for ask in asks], ids=lambda ask: ask.__name__
)
def test_a_question_has_two_right_queries_and_wrong_ones(sql, ask):
    rng = Random(f"{ask.__name__}:1")
    schema = rng.choice(SCHEMAS)
    question = ask(schema, rng)
    truth = read_truth(
        truth_of(
            schema.statements(), question.query, ordered=question.ordered, domains=schema.domains()
        )
    )
    few = msgspec.structs.replace(truth.databases, count=6)
    truth = msgspec.json.encode(msgspec.structs.replace(truth, databases=few)).decode()
    queries = [question.query, question.other, *question.wrong]
    right = sql.right(truth, queries)
    assert right[:2] == [True, True]
    assert right[2:].count(True) <= 1


def test_tests_are_judged_by_the_function_and_by_hidden_mutants():
    family = WriteTests()
    problem = family.generate(Random("tests"), 1)
    tests = literal_eval(known(problem, "reference"))
    argument, value = tests[0]
    more = [(argument, value)] * 9
    told = {
        repr(tests): "passed",
        repr([*tests, (argument, [value])]): "a test that the function itself fails",
        repr([*tests, *more]): "no list of at most",
        repr([*tests, argument]): "a test that is no pair",
        repr(tests[1:] if len(tests) > 2 else tests[:1]): "returned ",
    }
    for answer, reason in told.items():
        verdict = family.verify(problem, f"```python\n{answer}\n```")
        assert reason in verdict.reason
        assert (verdict.outcome == "accepted") is (reason == "passed")
