"""Programs to write that read their input and print their output.

    Write a Python program. It reads from standard input a number n, and then n integers, one a
    line. With that list, it does the following, ... It prints the result.

Each test is a text for standard input, and what must be printed; spaces and line ends do not count.
"""

from collections.abc import Sequence
from random import Random
from textwrap import indent
from typing import Any, NamedTuple

from gen.domains.code import list_steps
from gen.domains.code.base import CodeFamily, generated, truth_text, until
from gen.domains.code.functions import N_INPUTS
from gen.domains.code.running import Ran, loaded
from gen.domains.code.steps import Step, draw_steps, numbered, oracle, program
from gen.domains.code.testing import Tests, hardened
from gen.errors import GroundTruthDisagrees
from verifiers.code.equality import same
from verifiers.code.truth import Exchange, Stdio
from verifiers.records import Problem


class Form(NamedTuple):
    """How lists are written: in English, how they are read in Python, and how many there are."""

    text: str
    reading: str
    lists: int
    separator: str
    counts: bool


FORMS = (
    Form("a number n, and then n integers, one a line",
         "n = int(input())\nlists = [[int(input()) for _ in range(n)]]", 1, "\n", True),
    Form("one line of integers with a comma between them (an empty line for no integers)",
         "lists = [[int(one) for one in input().split(',') if one.strip()]]", 1, ",", False),
    Form("a number t, and then t times a list of integers: a line with how many there are, and a "
         "line of them with spaces between them (an empty line for none)",
         "lists = []\nfor _ in range(int(input())):\n    input()\n"
         "    lists.append([*map(int, input().split())])", 3, " ", True),
)  # fmt: skip


class Programs(CodeFamily):
    """Write a program that reads lists of integers and prints what comes of them."""

    name = "stdio.lists"
    card = generated("A program is run once a test, and may not be slow to start.")

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw steps, and a form in which lists are written."""
        steps, tests = until(lambda: self._attempt(rng, level))
        form = FORMS[0] if level == 1 else rng.choice(FORMS)
        lists = [args[0] for args, _ in tests.hidden]
        size = form.lists
        groups = [lists[place : place + size] for place in range(0, len(lists), size)]
        shown = [args[0] for args, _ in tests.shown][:size]
        once = "With that list" if size == 1 else "With each list"
        prompt = (
            f"Write a Python program. It reads from standard input {form.text}. {once}, it "
            "does the "
            f"following, each step on the result of the one before.\n\n{numbered(steps)}\n\nIt "
            "prints the result"
            f"{', one line a list' if size > 1 else ' in one line'}; the numbers of a list with "
            f"spaces between them (an empty line for an empty list).\n\nFor the input\n\n"
            f"```\n{_input(form, shown)}```\n\nit prints\n\n```\n{_output(steps, shown)}```"
        )
        truth = Stdio(
            tests=tuple(
                Exchange(stdin=_input(form, some), stdout=_output(steps, some)) for some in groups
            )
        )
        return self.coded(
            level, prompt, truth_text(truth), _script(form, program("f", "xs", steps)),
            _script(form, tests.wrong), evidence={**tests.evidence, "second_method": "agrees"},
        )  # fmt: skip

    def _attempt(self, rng: Random, level: int) -> tuple[Sequence[Step], Tests] | None:
        last = (*list_steps.STEPS, *list_steps.LAST)
        steps = draw_steps(rng, level, list_steps.STEPS, last)
        inputs = [(list_steps.draw_list(rng),) for _ in range(N_INPUTS)]
        tests = hardened(program("f", "xs", steps), "f", inputs, rng)
        if tests is None or len({repr(value) for _, value in tests.hidden}) < 3:
            return None
        for args, value in tests.hidden:
            if not same(oracle(steps, args[0]), value):
                raise GroundTruthDisagrees(self.name, numbered(steps), value, args)
        wrong = loaded(tests.wrong, "f")
        return (
            (steps, tests)
            if any(_prints_else(wrong(args), v) for args, v in tests.hidden)
            else None
        )


def _prints_else(ran: Ran, value: Any) -> bool:
    """Whether a mutant's value is printed otherwise, where it is printed at all."""
    return ran.kind != "value" or _line(ran.what).split() != _line(value).split()


def _input(form: Form, lists: Sequence[list[int]]) -> str:
    lines = [str(len(lists))] if form.lists > 1 else []
    for xs in lists:
        lines += [str(len(xs))] if form.counts else []
        lines += [form.separator.join(map(str, xs))]
    return "\n".join(lines) + "\n"


def _output(steps: Sequence[Step], lists: Sequence[list[int]]) -> str:
    return "".join(f"{_line(oracle(steps, xs))}\n" for xs in lists)


def _line(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _script(form: Form, function: str) -> str:
    body = "result = f(xs)\nprint(*result) if isinstance(result, list) else print(result)"
    return f"{function.rstrip()}\n\n\n{form.reading}\nfor xs in lists:\n{indent(body, '    ')}\n"
