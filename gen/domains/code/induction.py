"""From a program to its value, from a value to an input, from examples to the program.

    def f(xs):
        xs = xs[::-1]
        return sum(xs)

    What does f([1, 2]) return?          (induction.output)
    Find arguments for which f gives 7.  (induction.input)
    f([1, 2]) == 3 ...: write f.         (induction.program)

Programs are those of functions.py. For a program to be found, what is shown must tell it from the
other programs of its size: of some hundred that are drawn, none that agrees with all that is shown
may give another value in a hidden test.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from gen.domains.code import list_steps, text_steps
from gen.domains.code.base import CodeFamily, fenced, function_truth, generated, truth_text, until
from gen.domains.code.functions import Lists, Texts, shown
from gen.domains.code.running import loaded
from gen.domains.code.steps import Step, draw_steps, oracle, program
from gen.domains.code.testing import N_SHOWN, Example, Tests, agrees, hardened
from gen.errors import GroundTruthDisagrees
from verifiers.code.equality import same
from verifiers.code.mutants import mutants
from verifiers.code.truth import Input, Output
from verifiers.records import Problem

LITERAL = "a Python literal, and nothing else"

EASY_INPUTS = ("[]", "[0]", "[1]", "[1, 2, 3]", "''", "'a'")
"""What an answer that reads nothing would try."""

N_RIVALS = 150
MOST_EXAMPLES = 8


class Value(CodeFamily):
    """Families whose answer is a value."""

    def draw(self, rng: Random, level: int) -> tuple[str, list[Step], Any, Any]:
        """A program, its steps, an argument and the value, derived in both ways."""
        family = rng.choice((Lists(), Texts()))
        steps = draw_steps(rng, level + 1, family.steps, family.last)
        source = program("f", family.variable, steps)
        argument = family.draw_input(rng)
        ran = loaded(source, "f")((argument,))
        second = oracle(steps, argument)
        if not agrees(ran, second):
            raise GroundTruthDisagrees(self.name, source, ran.what, second)
        return source, steps, argument, second

    def trivial(self) -> Mapping[str, str]:
        """Small values."""
        return {f"always {one}": fenced(one) for one in ("0", "1", *EASY_INPUTS)}


class PredictOutput(Value):
    """Predict what a program returns."""

    name = "induction.output"
    card = generated(
        "The program is simple enough to be run in one's head; it measures care, not design.",
        chance_level=0.1,
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw a program and an argument whose value a mutant would miss."""
        source, argument, value, wrong = until(lambda: self._attempt(rng, level))
        prompt = (
            f"```python\n{source}```\n\nWhat does `f({argument!r})` return? "
            f"Give the value as {LITERAL}."
        )
        return self.coded(
            level, prompt, truth_text(Output(expected=repr(value))), repr(value), repr(wrong),
            evidence={"second_method": "agrees"},
        )  # fmt: skip

    def _attempt(self, rng: Random, level: int) -> tuple[str, Any, Any, Any] | None:
        source, _, argument, value = self.draw(rng, level)
        if value in (0, 1, "", []) or value == argument or repr(value) in source:
            return None
        if repr(value) in repr(argument):
            return None
        near = [loaded(one.source, "f")((argument,)) for one in mutants(source, 6, level)]
        wrong = [ran.what for ran in near if ran.kind == "value" and not same(ran.what, value)]
        wrong = [one for one in wrong if isinstance(one, int | str | list)]
        return (source, argument, value, rng.choice(wrong)) if wrong else None


class FindInput(Value):
    """Find an argument for which a program returns a given value."""

    name = "induction.input"
    card = generated(
        "Any argument that gives the value is right, also one that nobody thought of.",
        chance_level=0.05,
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw a program and a value that no easy argument gives."""
        source, argument, value, wrong = until(lambda: self._attempt(rng, level))
        prompt = (
            f"```python\n{source}```\n\nFind an argument x for which `f(x)` returns `{value!r}`. "
            f"Give x as {LITERAL}."
        )
        truth = Input(program=source, entry_point="f", expected=repr(value))
        # An argument alone, and not in brackets, is read as the only one.
        return self.coded(
            level, prompt, truth_text(truth), repr(argument), repr(wrong),
            evidence={"second_method": "agrees"}, params={"wall_s": 2.0, "cpu_s": 2.0},
        )  # fmt: skip

    def _attempt(self, rng: Random, level: int) -> tuple[str, Any, Any, Any] | None:
        source, _, argument, value = self.draw(rng, level)
        easy = [[], [0], [1], [1, 2, 3]] if isinstance(argument, list) else ["", "a"]
        call = loaded(source, "f")
        if value in (0, 1, "", [], "") or any(agrees(call((one,)), value) for one in easy):
            return None
        if repr(argument) in source or agrees(call((value,)), value):
            return None
        if isinstance(argument, list):
            near = [*argument[:-1], argument[-1] + 1] if argument else [1, 1]
        else:
            near = text_steps.draw_text(rng)
        return None if agrees(call((near,)), value) else (source, argument, value, near)


class FindProgram(CodeFamily):
    """Write the program that some examples show."""

    name = "induction.program"
    levels = (1, 2, 3)
    card = generated(
        "Examples never determine a program; rival programs of the same kind and size are "
        "ruled out "
        "where they are met among 150 drawn, cleverer readings are not.",
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw steps, and as many examples as rule out what else they might be."""
        steps, tests, examples = until(lambda: self._attempt(rng, level))
        prompt = (
            f"A Python function `f(xs)` takes a list of integers. It does {level} simple "
            f"thing{'s, one after the other' if level > 1 else ''}. These are values of it:\n\n"
            f"{shown(examples)}\n\nWrite `f`."
        )
        return self.coded(
            level, prompt, function_truth("f", tests), program("f", "xs", steps), tests.wrong,
            evidence={**tests.evidence, "rivals": N_RIVALS},
        )  # fmt: skip

    def _attempt(
        self, rng: Random, level: int
    ) -> tuple[list[Step], Tests, Sequence[Example]] | None:
        last = (*list_steps.STEPS, *list_steps.LAST)
        steps = draw_steps(rng, level, list_steps.STEPS, last)
        inputs = [(list_steps.draw_list(rng),) for _ in range(24)]
        tests = hardened(program("f", "xs", steps), "f", inputs, rng)
        if tests is None or len({repr(value) for _, value in tests.hidden}) < 3:
            return None
        rivals = [draw_steps(rng, level, list_steps.STEPS, last) for _ in range(N_RIVALS)]
        examples = [
            (args, oracle(steps, args[0])) for args in inputs if args not in _arguments(tests)
        ][: N_SHOWN + 2]
        for args, value in tests.hidden:
            if any(_agree(one, examples) and not _agree(one, [(args, value)]) for one in rivals):
                rivals = [one for one in rivals if _agree(one, examples)]
                more = [(list_steps.draw_list(rng),) for _ in range(10)]
                examples += [
                    (each, oracle(steps, each[0]))
                    for each in more
                    if each not in _arguments(tests)
                    and any(not _agree(one, [(each, oracle(steps, each[0]))]) for one in rivals)
                ][:2]
        if len(examples) > MOST_EXAMPLES:
            return None
        still = [one for one in rivals if _agree(one, examples)]
        return (steps, tests, examples) if all(_agree(one, tests.hidden) for one in still) else None


def _arguments(tests: Tests) -> list[tuple[Any, ...]]:
    return [args for args, _ in tests.hidden]


def _agree(steps: list[Step], examples: Sequence[Example]) -> bool:
    return all(same(oracle(steps, args[0]), value) for args, value in examples)
