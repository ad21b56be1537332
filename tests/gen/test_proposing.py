"""Modes of proposing: what they ask, how strictly they read, and what running a draft gives."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.proposing.asking import Asking
from gen.proposing.base import (
    AnswerDraft,
    Claim,
    ProgramDraft,
    Question,
    TripleDraft,
    Unusable,
)
from gen.proposing.concepts import Concepts, concept_list
from gen.proposing.evolve import Evolve
from gen.proposing.modes import MODES
from gen.proposing.seeds import Seeds
from gen.proposing.selfplay import SelfPlay, triple_of
from gen.proposing.truth import establish
from verifiers.errors import BadInput, UnknownName
from verifiers.pool import GradingPool, GradingTask
from verifiers.records import Problem, Verdict


def problem(number: int, **more: Any) -> Problem:
    return Problem(
        domain="math", family="add", level=2, prompt=f"What is {number} + 3?",
        ground_truth=str(number + 3), verifier="math", certificate="construction", **more,
    )  # fmt: skip


PROBLEMS = tuple(problem(number) for number in range(6))

MATH: dict[str, Any] = {"domain": "math", "verifier": "math"}
CODE: dict[str, Any] = {"domain": "code", "verifier": "code"}

SEEDS = Seeds(**MATH, problems=PROBLEMS)
TAGGED = replace(SEEDS, form="tagged")
CODE_SEEDS = replace(SEEDS, **CODE)
CODE_TAGGED = replace(SEEDS, **CODE, form="tagged")
EVOLVE = Evolve(**MATH, problems=PROBLEMS)
CONCEPTS = Concepts(**MATH, concepts=concept_list("math"))
TRIPLE = TripleDraft(
    task="deduction",
    program="def f(xs, n):\n    return [x * n for x in xs if x % 2]",
    entry_point="f",
    inputs=("([1, 2, 3], 2)", "([], 1)", "([5], 0)"),
)
PLAY = SelfPlay(**CODE, references=(TRIPLE,))
PLAY_TAGGED = SelfPlay(**CODE, form="tagged")
EVERY: list[Asking] = [
    SEEDS, TAGGED, CODE_SEEDS, CODE_TAGGED, EVOLVE, CONCEPTS, PLAY, PLAY_TAGGED
]  # fmt: skip

GOOD = {
    "problem": "Ann has 3 apples and buys twice as many. How many has she now?",
    "program": "def answer():\n    return 3 + 2 * 3",
    "answer": "9",
}
GOOD_CODE = {
    "problem": "Write a function clip(x, low, high) that gives x, but at least low and at most "
    "high. For example, clip(7, 0, 5) is 5.",
    "entry_point": "clip",
    "program": "def clip(x, low, high):\n    return max(low, min(x, high))",
    "inputs": ["(7, 0, 5)", "(-1, 0, 5)", "(3, 0, 5)", "(0, 0, 5)", "(5, 0, 5)", "(4, 4, 4)"],
}

GOOD_TRIPLE = {"program": TRIPLE.program, "inputs": [*TRIPLE.inputs], "message": "odd ones"}


@pytest.fixture(scope="module")
def judge() -> Iterator[Callable[[Sequence[GradingTask]], list[Verdict]]]:
    with GradingPool(workers=2) as pool:
        yield lambda tasks: list(pool.grade(tasks))


def read(mode: Asking, text: str) -> Any:
    ask = mode.ask(0)
    assert ask is not None
    return mode.read(ask, text)


def reason(mode: Asking, text: str) -> str:
    found = read(mode, text)
    assert isinstance(found, Unusable), found
    return found.reason


class TestAsking:
    @pytest.mark.parametrize("mode", EVERY, ids=lambda one: f"{one.name}-{one.kind}-{one.form}")
    def test_the_same_number_asks_the_same_and_others_differ(self, mode: Asking):
        asks = [mode.ask(number) for number in range(12)]
        assert asks == [mode.ask(number) for number in range(12)]
        assert len({ask.key for ask in asks if ask}) == 12

    def test_seeds_show_other_examples_with_another_seed(self):
        first, second = SEEDS.ask(0), replace(SEEDS, seed=1).ask(0)
        assert first.lineage != second.lineage
        assert len(first.lineage["seeds"]) == 3
        shown = [one for one in PROBLEMS if one.problem_id.hex in first.lineage["seeds"]]
        assert all(one.prompt in first.messages[0].content for one in shown)

    def test_evolving_takes_each_parent_in_each_direction_and_ends(self):
        asks = [EVOLVE.ask(number) for number in range(18)]
        assert EVOLVE.ask(18) is None
        pairs = {(ask.lineage["parent"], ask.lineage["direction"]) for ask in asks}
        assert len(pairs) == 18
        levels = {ask.lineage["direction"]: ask.lineage["level"] for ask in asks}
        assert levels == {"harder": 3, "easier": 1, "varied": 2}

    def test_concepts_meet_every_level_and_context_before_any_comes_again(self):
        mode = Concepts(**MATH, concepts=("a", "b"), levels=(1, 2), contexts=("x", "y", "z"))
        lineages = [mode.ask(number).lineage for number in range(12)]
        assert len({tuple(one.values()) for one in lineages}) == 12

    def test_a_list_of_concepts_may_be_the_users(self, tmp_path: Path):
        path = tmp_path / "mine.txt"
        path.write_text("knots\n\nbraids\nknots\n")
        assert concept_list(str(path)) == ("knots", "braids")
        with pytest.raises(BadInput, match="no concepts in"):
            concept_list(str(tmp_path / "none.txt"))

    @pytest.mark.parametrize("name", ["math", "code"])
    def test_the_lists_that_are_shipped_are_long_and_have_no_repeats(self, name: str):
        assert len(concept_list(name)) >= 100

    @pytest.mark.parametrize("mode", EVERY, ids=lambda one: f"{one.name}-{one.kind}-{one.form}")
    def test_a_schema_asks_for_every_field_and_no_other(self, mode: Asking):
        schema = mode.ask(0).schema
        assert (schema is None) == (mode.form == "tagged")
        if schema:
            read = json.loads(schema)
            assert read["required"] == list(read["properties"])
            assert read["additionalProperties"] is False
            good = {"answer": GOOD, "program": GOOD_CODE, "triple": GOOD_TRIPLE}
            assert read["required"] == list(good[mode.kind])

    def test_settings_without_which_nothing_can_be_asked_are_refused(self):
        for mode in (Seeds, Evolve):
            with pytest.raises(BadInput):
                mode(**MATH, problems=())
        with pytest.raises(UnknownName, match="harder"):
            Evolve(**MATH, problems=PROBLEMS, directions=("hard",))  # pyright: ignore
        with pytest.raises(BadInput):
            Concepts(**MATH, concepts=("a",), levels=(9,))

    def test_self_play_takes_the_tasks_in_turn_and_shows_what_is_there(self):
        asks = [PLAY.ask(number) for number in range(3)]
        assert [ask.lineage["task"] for ask in asks] == ["deduction", "abduction", "induction"]
        assert all(TRIPLE.program in ask.messages[0].content for ask in asks)
        with pytest.raises(UnknownName, match="induction"):
            SelfPlay(**CODE, tasks=("induktion",))
        with pytest.raises(UnknownName, match="code"):
            SelfPlay(**MATH)

    def test_all_modes_are_in_the_table(self):
        assert {"seeds", "evolve", "concepts", "selfplay"} <= {*MODES}
        assert all(mode.name == name for name, mode in MODES.items())


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            "{}",
            "```json\n{}\n```",
            "Here it is:\n```json\n{}\n```\nI hope this helps.",
            "<think>A problem with apples?</think>\n{}",
        ],
    )
    def test_a_json_object_alone_or_fenced_is_a_draft(self, text: str):
        draft = read(SEEDS, text.replace("{}", json.dumps(GOOD)))
        assert draft == AnswerDraft(
            prompt=GOOD["problem"], program=GOOD["program"], answer=GOOD["answer"]
        )

    def test_a_programming_problem_has_a_reference_and_inputs(self):
        draft = read(CODE_SEEDS, json.dumps(GOOD_CODE))
        assert isinstance(draft, ProgramDraft)
        assert (draft.entry_point, len(draft.inputs)) == ("clip", 6)

    def test_the_level_is_that_which_was_asked_for(self):
        assert read(EVOLVE, json.dumps(GOOD)).level == 3

    @pytest.mark.parametrize(
        "text",
        [
            "I'm sorry, but I can't help with that.",
            "I cannot write this problem.",
            "As an AI language model, I do not make problems.",
            "Unfortunately, I am not able to do that.",
            "**Sorry**, no.",
            json.dumps(GOOD | {"problem": "I’m sorry, I cannot do that."}),
        ],
    )
    def test_a_refusal_is_told_from_an_answer(self, text: str):
        assert reason(SEEDS, text) == "refused"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Here is a problem: what is 2 + 3?",
            "{",
            "[]",
            "null",
            json.dumps({**GOOD, "hint": "no"}),
            json.dumps({"program": "x"}),
            json.dumps({**GOOD, "answer": 9}),
            json.dumps(GOOD) + json.dumps(GOOD),
            f"```\n{json.dumps(GOOD)}\n```\n```\n{json.dumps(GOOD)}\n```",
            json.dumps(GOOD)[:-5],
            "{" * 100_000,
            '{"problem": ' + "[" * 100_000,
        ],
    )
    def test_what_is_not_one_object_with_the_known_fields_is_malformed(self, text: str):
        assert reason(SEEDS, text).startswith("malformed: ")

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"problem": "  "}, "an empty problem"),
            ({"problem": "x" * 7000}, "too long"),
            ({"problem": "Prove that 7 is prime."}, "asks for a proof"),
            ({"problem": "Show that n(n + 1) is even for all n."}, "asks for a proof"),
            ({"problem": "What is the area of the triangle shown below?"}, "needs a figure"),
            ({"problem": "How long is AB in the figure?"}, "needs a figure"),
            ({"problem": "What is 2 + 3?\nA) 4 \nB) 5 \nC) 6"}, "multiple choice"),
            ({"problem": "Which of the following numbers is prime?"}, "multiple choice"),
            ({"problem": "What is 3 + 6? The answer is 9."}, "gives its answer away"),
            ({"problem": "What is 3 + 6?\nAnswer: 9"}, "gives its answer away"),
            ({"program": "", "answer": ""}, "neither a program nor an answer"),
            ({"program": "def answer(:"}, "syntax error"),
            ({"program": "def solve():\n    return 9"}, "no function 'answer'"),
            ({"program": "def answer(n):\n    return n"}, "takes arguments"),
            ({"program": "import os\ndef answer():\n    return 9"}, "imports os"),
            ({"program": "def answer():\n    return int(input())"}, "uses input"),
            ({"program": "from numpy import random\ndef answer():\n    return 9"}, "numpy.random"),
            ({"program": "import numpy\ndef answer():\n    return numpy.random.rand()"}, "random"),
            ({"program": "x = 1\n" * 9000}, "characters"),
            ({"answer": "9\nor 10"}, "more than one line"),
        ],
    )
    def test_a_draft_that_breaks_a_rule_is_invalid(self, change: dict[str, str], why: str):
        found = reason(SEEDS, json.dumps(GOOD | change))
        assert found.startswith("invalid: ")
        assert why in found

    @pytest.mark.parametrize(
        "prompt",
        [
            "A graph has 5 vertices. How many edges does it have at most?",
            "I think of a number and double it. The answer is 12. What was my number?",
            "Jill likes to watch shows. A show that takes 30 minutes and one of 45: how long?",
            "Rows 1, 2 and 3 of an array are shown below. 1, 1 1, 1 3 1. What sums has row 9?",
            "A worker can figure out 3 puzzles in 2 hours. How many in 8 hours?",
            "Let f(n) be the number of divisors. Find f(12) as well as f(13), and add them.",
        ],
    )
    def test_ordinary_problems_break_no_rule(self, prompt: str):
        assert isinstance(read(SEEDS, json.dumps(GOOD | {"problem": prompt})), AnswerDraft)

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"inputs": ["(1, 2, 3)"]}, "1 inputs"),
            ({"inputs": ["(1, 2, 3)", "(1, 2, 3)", "f(1)"]}, "cannot be read"),
            ({"entry_point": "clamp"}, "no function 'clamp'"),
            ({"entry_point": "a b"}, "no function"),
            ({"program": "import sympy\ndef clip(x, low, high):\n    return x"}, "imports sympy"),
        ],
    )
    def test_a_programming_problem_that_breaks_a_rule_is_invalid(
        self, change: dict[str, Any], why: str
    ):
        found = reason(CODE_SEEDS, json.dumps(GOOD_CODE | change))
        assert found.startswith("invalid: ")
        assert why in found

    @pytest.mark.parametrize("form", ["{}", "Sure! Here it is.\n\n{}\n\n{}"])
    def test_the_tagged_form_is_for_models_that_cannot_write_json(self, form: str):
        text = (
            f"**Problem:** {GOOD['problem']}\n```python\n{GOOD['program']}\n```\n"
            "**Answer:** $9$\nExplanation: three and six."
        )
        assert read(TAGGED, form.replace("{}", text)) == read(SEEDS, json.dumps(GOOD))

    def test_the_tagged_form_of_a_programming_problem(self):
        text = (
            f"Problem: {GOOD_CODE['problem']}\nFunction: `clip`\n"
            f"```python\n{GOOD_CODE['program']}\n```\nInputs:\n"
            + "\n".join(f"- {one}" for one in GOOD_CODE["inputs"])
        )
        assert read(CODE_TAGGED, text) == read(CODE_SEEDS, json.dumps(GOOD_CODE))

    def test_a_triple_has_the_task_that_was_asked_for(self):
        assert read(PLAY, json.dumps(GOOD_TRIPLE)) == replace(TRIPLE, message="odd ones")
        text = (
            f"```python\n{TRIPLE.program}\n```\nInputs:\n"
            + "\n".join(TRIPLE.inputs) + "\nMessage: odd ones"
        )  # fmt: skip
        assert read(PLAY_TAGGED, text) == replace(TRIPLE, message="odd ones")
        induction = PLAY.ask(2)
        assert induction is not None
        found = PLAY.read(induction, json.dumps(GOOD_TRIPLE))
        assert found == Unusable("invalid: 3 inputs: 6 to 50 are wanted")

    @pytest.mark.parametrize("name", ["random", "time", "os", "sympy", "datetime"])
    def test_a_triple_imports_nothing_that_differs_from_run_to_run(self, name: str):
        triple = GOOD_TRIPLE | {"program": f"import {name}\n{TRIPLE.program}"}
        assert reason(PLAY, json.dumps(triple)) == f"invalid: the program imports {name}"

    @pytest.mark.parametrize("text", ["", "Answer: 5", "What is 2 + 3?", "Inputs:\n(1,)"])
    def test_a_tagged_answer_without_its_labels_is_malformed(self, text: str):
        assert reason(TAGGED, text).startswith("malformed: ")
        assert reason(CODE_TAGGED, text).startswith("malformed: ")

    @given(
        st.text()
        | st.lists(
            st.sampled_from(
                ["Problem:", "Answer:", "```", "```python\n", "\n", "def answer():\n", "Inputs:",
                 "Function: f", "(1, 2)", '{"problem": "', '"}', "{", "[", "\\boxed{", "<think>",
                 "</think>", "\ud800", "\0", "(" * 300]
            )
        ).map("".join)
    )  # fmt: skip
    def test_no_text_is_too_odd_to_be_read(self, text: str):
        for mode in EVERY:
            found = read(mode, text)
            assert isinstance(found, AnswerDraft | ProgramDraft | TripleDraft | Unusable)


class TestAnswers:
    def test_the_program_and_the_stated_answer_are_claims(self, judge):
        draft = AnswerDraft(prompt=GOOD["problem"], program=GOOD["program"], answer="10", level=2)
        found = establish(draft, verifier="math", judge=judge)
        assert isinstance(found, Question)
        assert found.claims == (
            Claim(source="program", text="9"), Claim(source="stated", text="10")
        )  # fmt: skip
        assert (found.verifier, found.level, found.ground_truth) == ("math", 2, None)
        assert found.needs_solvers
        assert found.evidence["program_outcome"] == "ran"
        assert found.evidence["program_value"] == "9"
        assert found.evidence["program"] == GOOD["program"]

    def test_a_program_that_fails_leaves_the_stated_answer_alone(self, judge):
        program = "def answer():\n    return 1 / 0"
        draft = AnswerDraft(prompt=GOOD["problem"], program=program, answer="9")
        found = establish(draft, verifier="math", judge=judge)
        assert isinstance(found, Question)
        assert found.claims == (Claim(source="stated", text="9"),)
        assert found.evidence["program_outcome"].startswith("raised: ZeroDivisionError")
        alone = establish(replace(draft, answer=None), verifier="math", judge=judge)
        assert alone == Unusable("failed: program: raised: ZeroDivisionError: division by zero")

    def test_a_problem_that_says_what_its_program_computes_is_invalid(self, judge):
        draft = AnswerDraft(prompt="What is 4 + 5? The answer is 9.", program=GOOD["program"])
        found = establish(draft, verifier="math", judge=judge)
        assert found == Unusable("invalid: gives its answer away")


class TestPrograms:
    DRAFT = ProgramDraft(
        prompt=GOOD_CODE["problem"],
        entry_point="clip",
        reference=GOOD_CODE["program"],
        inputs=tuple(GOOD_CODE["inputs"]),
        level=2,
    )

    def test_tests_come_from_the_reference_and_kill_its_mutants(self, judge):
        found = establish(self.DRAFT, verifier="code", judge=judge)
        assert isinstance(found, Question), found
        assert (found.certificate, found.needs_solvers, found.level) == ("execution", True, 2)
        assert found.evidence["reference"] == self.DRAFT.reference
        assert found.evidence["kill_rate"] >= 0.8
        truth = json.loads(found.ground_truth)
        assert truth["kind"] == "function"
        assert {"args": "(7, 0, 5)", "expected": "5"} in truth["tests"]
        wrong = "def clip(x, low, high):\n    return min(x, high)"
        tasks = [
            GradingTask(verifier="code", ground_truth=found.ground_truth, completion=one)
            for one in (self.DRAFT.reference, wrong)
        ]
        assert [verdict.outcome for verdict in judge(tasks)] == ["accepted", "rejected"]

    def test_inputs_on_which_the_reference_fails_are_dropped(self, judge):
        inputs = (*self.DRAFT.inputs, "('a', 0, 5)", "(7, 0, 5)")
        found = establish(replace(self.DRAFT, inputs=inputs), verifier="code", judge=judge)
        assert isinstance(found, Question)
        assert found.evidence["inputs_dropped"] == 1
        assert len(json.loads(found.ground_truth)["tests"]) == 6

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"inputs": ("(1, 'a', 2)", "('b', 1, 2)", "('c', 1, 2)")}, "failed: 0 inputs"),
            ({"inputs": ("(1, 0, 5)", "(1, 0, 6)", "(1, 0, 7)")}, "invalid: the same value"),
            ({}, "invalid: weak tests: kill rate"),
        ],
    )
    def test_a_problem_that_would_reward_anything_is_no_question(self, judge, change, why):
        draft = replace(self.DRAFT, **change)
        beyond = 1.01  # no tests are so strong
        found = establish(draft, verifier="code", judge=judge, min_kill_rate=beyond)
        assert isinstance(found, Unusable)
        assert found.reason.startswith(why)


class TestTriples:
    INDUCTION = replace(
        TRIPLE,
        task="induction",
        inputs=tuple(f"([{n}, {n + 1}], {n})" for n in range(10)),
        message="It multiplies the odd ones.",
    )

    def outcomes(self, judge, question: Question, *completions: str) -> list[str]:
        assert question.ground_truth is not None
        return [
            verdict.outcome
            for verdict in judge(
                [
                    GradingTask(verifier="code", ground_truth=question.ground_truth, completion=one)
                    for one in completions
                ]
            )
        ]

    def established(self, judge, draft: TripleDraft) -> Question:
        found = establish(draft, verifier="code", judge=judge)
        assert isinstance(found, Question), found
        assert (found.certificate, found.needs_solvers) == ("execution", False)
        assert found.confidence == 0.99
        return found

    def test_deduction_asks_for_the_value(self, judge):
        found = self.established(judge, TRIPLE)
        assert "f([1, 2, 3], 2)" in found.prompt
        assert self.outcomes(judge, found, "[2, 6]", "[2, 4, 6]") == ["accepted", "rejected"]

    def test_abduction_takes_any_input_that_gives_the_value(self, judge):
        found = self.established(judge, replace(TRIPLE, task="abduction"))
        answers = ("Answer: ([1, 2, 3], 2)", "Answer: ([1, 3, 4], 2)", "Answer: ([1], 2)")
        assert self.outcomes(judge, found, *answers) == ["accepted", "accepted", "rejected"]

    def test_induction_hides_tests(self, judge):
        found = self.established(judge, self.INDUCTION)
        tests = json.loads(found.ground_truth or "")["tests"]
        shown = [one for one in tests if f"f({one['args'][1:-1]})" in found.prompt]
        assert (len(tests), len(shown)) == (10, 5)
        known = {one["args"]: one["expected"] for one in shown}
        cheat = f"def f(*args):\n    return eval({known!r}.get(repr(args), 'None'))"
        right = "def f(xs, n):\n    return [n * x for x in xs if x % 2 == 1]"
        assert self.outcomes(judge, found, right, cheat) == ["accepted", "rejected"]

    @pytest.mark.parametrize("task", ["deduction", "abduction", "induction"])
    def test_a_triple_is_read_again_from_its_problem(self, judge, task: str):
        draft = replace(self.INDUCTION, task=task)
        found = self.established(judge, draft)
        stored = problem(1, evidence=json.dumps(dict(found.evidence)))
        assert triple_of(stored) == replace(draft, level=stored.level)
        assert triple_of(problem(1)) is None

    @pytest.mark.parametrize(
        ("program", "why"),
        [
            ("def f(xs, n):\n    return 1", "invalid: the same value for all inputs"),
            ("def f(*args):\n    return args", "invalid: the values are the inputs"),
            ("def f(xs, n):\n    return xs[0]", "failed: program: raised: IndexError"),
            ("def f(xs, n):\n    return object()", "failed: program: no_data"),
            ("def f(xs, n):\n    return str(object()) * n", "failed: program: not_deterministic"),
            (
                "def f(xs, n):\n    return [*{str(n), 'a', *map(str, xs)}]",
                "failed: program: not_deterministic",
            ),
            ("import random\ndef f(xs, n):\n    return xs", "invalid: the program imports random"),
        ],
    )
    def test_a_trivial_or_unsteady_triple_is_no_question(self, judge, program: str, why: str):
        found = establish(replace(TRIPLE, program=program), verifier="code", judge=judge)
        assert isinstance(found, Unusable)
        assert found.reason.startswith(why)
