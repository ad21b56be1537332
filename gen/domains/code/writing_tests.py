"""Tests to be written for a function, so that hidden faults in it are noticed.

    def f(xs):
        xs = [x for x in xs if x > 3]
        return sum(xs)

    At most 3 tests:                   [([3, 4], 4), ([9, -2], 9)]

A test is a pair of an argument and the value that `f` gives for it. The function must pass them
all, and each of some mutants of it, which stay hidden, must fail one. The mutants are those that
some of the inputs drawn tell from the function, so that none is it in another form. A test fewer
than are allowed kills them all.
"""

from random import Random
from textwrap import dedent
from typing import Any

from gen.domains.code.base import generated, truth_text, until
from gen.domains.code.functions import Bits, Lists
from gen.domains.code.induction import Value
from gen.domains.code.running import loaded
from gen.domains.code.steps import draw_steps, oracle, program
from gen.domains.code.testing import agrees
from gen.errors import GroundTruthDisagrees
from verifiers.code.equality import same
from verifiers.code.mutants import mutants
from verifiers.code.truth import Input
from verifiers.records import Problem

N_INPUTS = 8
N_MUTANTS = 12
FEWEST_MUTANTS, FEWEST_TESTS = 4, 2

Pair = tuple[Any, Any]
"""An argument, and the value."""

JUDGE = dedent("""
    from copy import deepcopy

    def alive(tests):
        if not isinstance(tests, list) or len(tests) > {most}:
            return "no list of at most {most} tests"
        for test in tests:
            if not isinstance(test, tuple) or len(test) != 2:
                return "a test that is no pair"
            if not passes(f, *test):
                return "a test that the function itself fails"
        return sum(all(passes(one, *test) for test in tests) for one in ({faulty}))

    def passes(function, argument, value):
        try:
            return repr(function(deepcopy(argument))) == repr(value)
        except Exception:
            return False
""")


class WriteTests(Value):
    """Write tests that a function passes and hidden mutants of it fail."""

    name = "testing.mutants"
    levels = (1, 2, 3)
    card = generated(
        "Mutants are single small faults; tests that find them all may miss a larger one.",
        "What a test's value is can be worked out with the function at hand, which is shown.",
        "A mutant that no drawn input tells from the function is left out.",
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw a function, and mutants of it that take several tests."""
        source, faulty, tests = until(lambda: self._attempt(rng, level))
        most = len(tests) + 1
        prompt = (
            f"```python\n{source}```\n\nWrite at most {most} tests of `f`: a Python list of pairs "
            "`(x, value)`, where `value` is what `f(x)` returns, such as `[(x1, value1), (x2, "
            f"value2)]`. There are {len(faulty)} versions of `f` with one small fault each, such "
            "as another constant, comparison or operator, or a step left out; you do not see them. "
            "Each of them must fail at least one test. Give the list as a Python literal, and "
            "nothing else."
        )
        names = [f"mutant_{number}" for number in range(len(faulty))]
        parts = [
            one.replace("def f(", f"def {name}(", 1)
            for name, one in zip(names, faulty, strict=True)
        ]
        judge = JUDGE.format(most=most, faulty=", ".join(names))
        truth = Input(program="\n".join([source, *parts, judge]), entry_point="alive", expected="0")
        return self.coded(
            level, prompt, truth_text(truth), repr(tests), repr(tests[:-1]),
            evidence={"second_method": "agrees", "mutants": len(faulty)},
            params={"wall_s": 4.0, "cpu_s": 2.0},
        )  # fmt: skip

    def trivial(self) -> dict[str, str]:
        """Tests that are written unread."""
        return {
            f"always {one}": f"```python\n{one}\n```"
            for one in ("[]", "[([], [])]", "[([], 0)]", "[('', '')]", "[([1, 2, 3], 6)]")
        }

    def size(self, problem: Problem) -> float:
        """The characters of the prompt: the function is what grows."""
        return len(problem.prompt)

    def _attempt(self, rng: Random, level: int) -> tuple[str, list[str], list[Pair]] | None:
        family = rng.choice((Lists(), Bits()))
        steps = draw_steps(rng, level + 1, family.steps, family.last)
        source = program("f", family.variable, steps)
        call = loaded(source, "f")
        arguments = [family.draw_input(rng) for _ in range(N_INPUTS)]
        known = [
            (one, ran.what) for one in arguments if (ran := call((one,))).kind == "value"
        ]  # what a function does to an input it is not meant for is no test
        killers = {}
        for one in mutants(source, N_MUTANTS, rng.randrange(2**32), entry_point="f"):
            ran = [loaded(one.source, "f")((argument,)) for argument, _ in known]
            found = {at for at, (_, value) in enumerate(known) if not agrees(ran[at], value)}
            if found and not any(each.kind == "endless" for each in ran):
                killers[one.source] = found
        chosen = _fewest(list(killers.values()))
        if len(killers) < FEWEST_MUTANTS or len(chosen) < FEWEST_TESTS:
            return None
        tests = [known[at] for at in chosen]
        for argument, value in tests:
            if not same(second := oracle(steps, argument), value):
                raise GroundTruthDisagrees(self.name, source, value, second)
        return source, list(killers), tests


def _fewest(kills: list[set[int]]) -> list[int]:
    """Tests that kill all mutants, each next one most of those that are left."""
    left, chosen = list(kills), []
    while left:
        best = max(sorted(set().union(*left)), key=lambda at: sum(at in one for one in left))
        chosen.append(best)
        left = [one for one in left if best not in one]
    return chosen
