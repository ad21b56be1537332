"""What the code verifier takes for right and wrong, kind by kind."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from strategies import LITERALS

from verifiers.code import CodeVerifier
from verifiers.errors import VerifierFailed
from verifiers.pool import GradingPool, GradingTask
from verifiers.records import Verdict

DATA = Path(__file__).parents[3] / "shared" / "data" / "code"


@pytest.fixture(scope="module")
def verifier() -> Iterator[CodeVerifier]:
    verifier = CodeVerifier()
    yield verifier
    verifier.close()


@pytest.fixture
def judge(verifier: CodeVerifier):
    def judged(
        truth: dict[str, Any], completion: str, *, prompt: str | None = None, **params: Any
    ) -> Verdict:
        return verifier.verify(
            ground_truth=json.dumps(truth), completion=completion, prompt=prompt, params=params
        )

    return judged


def function(*tests: tuple[str, str], **more: Any) -> dict[str, Any]:
    cases = [{"args": args, "expected": expected} for args, expected in tests]
    return {"kind": "function", "entry_point": "f", "tests": cases, **more}


def asserts(*tests: str, **more: Any) -> dict[str, Any]:
    return {"kind": "asserts", "entry_point": "f", "tests": tests, **more}


def returning(value: str) -> str:
    return f"def f(*args):\n    return {value}\n"


class TestExtraction:
    @pytest.mark.parametrize(
        "completion",
        [
            "```python\n{right}```",
            "```\n{right}\n```\n",
            "~~~py\n{right}~~~",
            "First:\n```python\n{wrong}```\nNo, rather:\n```python\n{right}```\nDone.",
            "<think>\n```python\n{wrong}```\n</think>\n```python\n{right}```",
            "```python\n{right}```\n<think>\n```python\n{wrong}```",
            "{right}",
            "   ```python\n{right}   ```",
            "```python\r\n{right}```",
            "```python\n{right}",
        ],
    )
    def test_the_last_fenced_block_outside_thinking_is_the_program(self, judge, completion: str):
        right, wrong = returning("1"), returning("2")
        text = completion.replace("{right}", right).replace("{wrong}", wrong)
        assert judge(function(("()", "1")), text).outcome == "accepted"

    @pytest.mark.parametrize("completion", ["", "  \n", "```python\n```", "<think>def f(): pass"])
    def test_no_program_is_rejected(self, judge, completion: str):
        verdict = judge(function(("()", "1")), completion)
        assert (verdict.outcome, verdict.reason) == ("rejected", "no_program")

    def test_a_body_goes_on_from_its_prompt(self, judge):
        prompt = 'def f(x):\n    """Add one."""\n'
        truth = function(("(1,)", "2"))
        assert judge(truth, "    return x + 1\n", prompt=prompt).outcome == "accepted"
        assert judge(truth, "    return x\n", prompt=prompt).outcome == "rejected"


class TestFunction:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("3.0000000001", "3.0"),
            ("1e-12", "0.0"),
            ("2 ** 100", str(2**100)),
            ("[1, (2.0, {'a': {3}})]", "[1, (2.0, {'a': {3}})]"),
            ("{0.1 + 0.2}", "{0.3}"),
            ("{1: 0.1 + 0.2}", "{1: 0.3}"),
            ("'\\ud83d\\ude00'.encode('utf-16', 'surrogatepass').decode('utf-16')", "'😀'"),
            ("None", "None"),
        ],
    )
    def test_equal_values_are_accepted(self, judge, value: str, expected: str):
        assert judge(function(("()", expected)), returning(value)).outcome == "accepted"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("True", "1"), ("1", "True"), ("1", "1.0"), ("1.0", "1"), ("(1,)", "[1]"),
            ("[1]", "(1,)"), ("{1}", "{2}"), ("[True]", "[1]"), ("{1: 2}", "{True: 2}"),
            ("{True}", "{1}"), ("'1'", "1"), ("b'a'", "'a'"), ("None", "0"), ("3.00001", "3.0"),
            ("[1, 2]", "[2, 1]"), ("[1, 2, 3]", "[1, 2]"), ("1e-6", "0.0"), ("iter([1])", "[1]"),
        ],
    )  # fmt: skip
    def test_values_of_another_kind_or_size_are_rejected(self, judge, value: str, expected: str):
        assert judge(function(("()", expected)), returning(value)).outcome == "rejected"

    @given(value=LITERALS)
    def test_what_comes_back_unchanged_is_accepted(self, verifier: CodeVerifier, value: Any):
        if any(text in repr(value) for text in ("inf", "set(", "j")):  # no literals
            return
        truth = function((repr((value,)), repr(value)))
        verdict = verifier.verify(
            ground_truth=json.dumps(truth),
            completion="def f(x):\n    return x\n",
            prompt=None,
            params={},
        )
        assert verdict.outcome == "accepted", verdict.reason

    def test_partial_gives_the_share_and_survives_a_crash(self, judge):
        code = "import os\ndef f(x):\n    if x == 2: os._exit(0)\n    return x"
        truth = function(*((f"({n},)", str(n)) for n in range(4)))
        verdict = judge(truth, code, partial=True)
        assert (verdict.outcome, verdict.reward) == ("rejected", 0.75)
        assert judge(truth, code).reward == 0.0

    def test_fresh_runs_each_test_in_a_process_of_its_own(self, judge):
        code = "calls = []\ndef f(x):\n    calls.append(x)\n    return len(calls)"
        truth = function(("(5,)", "1"), ("(6,)", "1"))
        assert judge(truth, code).outcome == "rejected"
        assert judge(truth, code, fresh=True).outcome == "accepted"

    def test_setup_is_there_for_the_program(self, judge):
        truth = function(("(1,)", "8"), setup="BASE = 7")
        assert judge(truth, "def f(x):\n    return BASE + x").outcome == "accepted"

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("def f(:", "syntax: SyntaxError"),
            ("def g():\n    return 1", "raised: NameError: name 'f' is not defined"),
            ("def f():\n    return 1 / 0", "raised: ZeroDivisionError: division by zero"),
            ("1 / 0", "raised: ZeroDivisionError"),
            ("def f():\n    return f()", "recursion: RecursionError"),
            ("def f():\n    return 2", "wrong_answer: returned 2, expected 1"),
            ("def f():\n    return object()", "no_data: object is no plain data"),
            ("import os\nos._exit(3)", "exit: it ended with status 3"),
            ("import os\ndef f():\n    os.abort()", "crash: SIGABRT"),
            ("def f():\n    return [0] * 10**12", "memory: MemoryError"),
            ("def f():\n    while True: pass", "timeout: no answer in 0.5 s"),
        ],
    )
    def test_the_reason_says_what_went_wrong(self, judge, code: str, reason: str):
        verdict = judge(function(("()", "1")), code, wall_s=0.5)
        assert verdict.outcome == "rejected"
        assert verdict.reason.startswith(reason)

    def test_cpu_time_is_limited_beside_the_wall_clock(self, judge):
        verdict = judge(
            function(("()", "1")), "def f():\n    while True: pass", wall_s=4, cpu_s=0.5
        )
        assert verdict.reason.startswith("cpu: more than 0.5 s")


class TestScripts:
    TRUTH: ClassVar[dict[str, Any]] = {
        "kind": "stdio",
        "tests": [{"stdin": "1 2\n", "stdout": "3\n"}, {"stdin": "5 6", "stdout": "11"}],
    }

    @pytest.mark.parametrize(
        "code",
        [
            "a, b = map(int, input().split())\nprint(a + b)",
            "import sys\nprint(sum(map(int, sys.stdin.read().split())), end='')",
            "print(f'  {sum(map(int, open(0).read().split()))}  \\n\\n')",
            "print(sum(map(int, open('/dev/stdin').read().split())))",
            "if __name__ == '__main__':\n    print(sum(map(int, input().split())))\n    exit(0)",
        ],
    )
    def test_scripts_that_write_the_tokens_are_accepted(self, judge, code: str):
        assert judge(self.TRUTH, code).outcome == "accepted"

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("print(3)", "wrong_answer: wrote '3', expected '11'"),
            ("print(sum(map(int, input().split())))\nexit(1)", "exit: it ended with status 1"),
            ("print(sum(map(int, input().split())))\n1 / 0", "raised: ZeroDivisionError"),
            ("import sys\nsys.stderr.write(input())", "wrong_answer: wrote ''"),
            ("while True: print('x' * 10_000)", "raised: OSError"),
        ],
    )
    def test_the_reason_says_what_went_wrong(self, judge, code: str, reason: str):
        verdict = judge(self.TRUTH, code)
        assert verdict.outcome == "rejected"
        assert verdict.reason.startswith(reason)

    def test_partial_gives_the_share(self, judge):
        assert judge(self.TRUTH, "print(11)", partial=True).reward == 0.5


class TestTestCode:
    @pytest.mark.parametrize(
        "test",
        [
            "assert f(1) == 2",
            "assert f(1) == 2.0, 'as == has it'",
            "assert f(1) in {2}",
            "x = 1\nassert f(x) == 2",
            "import math\nassert math.isclose(f(1), 2)",
            "assert math.isclose(f(1), 2)",
            "assert [f(n) for n in range(3)] == [1, 2, 3]",
            "for n in range(3):\n    assert f(n) == n + 1",
            "assert f(x=1) == 2",
            "try:\n    f('a')\nexcept TypeError:\n    pass\nelse:\n    assert False",
        ],
    )
    def test_asserts_hold_for_a_right_function_and_for_no_wrong_one(self, judge, test: str):
        assert judge(asserts(test), "def f(x):\n    return x + 1").outcome == "accepted"
        assert judge(asserts(test), "def f(x):\n    return None").outcome == "rejected"

    def test_a_check_is_called_with_the_candidate(self, judge):
        truth = {
            "kind": "check",
            "entry_point": "f",
            "test": "def check(one):\n    for n in range(3):\n        assert one(n) == n",
        }
        assert judge(truth, returning("args[0]")).outcome == "accepted"
        verdict = judge(truth, returning("0"))
        assert verdict.reason == "failed: AssertionError (test 1 of 1)"

    def test_partial_survives_a_crash(self, judge):
        code = "import os\ndef f(x):\n    if x == 2: os._exit(0)\n    return x"
        truth = asserts(*(f"x = {n}\nassert f(x) == {n}" for n in range(4)))
        verdict = judge(truth, code, partial=True)
        assert (verdict.outcome, verdict.reward) == ("rejected", 0.75)

    def test_arguments_may_change_in_place_where_nothing_is_returned(self, judge):
        truth = asserts("xs = [3, 1, 2]\nf(xs)\nassert xs == [1, 2, 3]")
        assert judge(truth, "def f(xs):\n    xs.sort()").outcome == "accepted"
        assert judge(truth, "def f(xs):\n    pass").outcome == "rejected"

    def test_emptying_an_argument_does_not_help(self, judge):
        truth = asserts("xs = [3, 1, 2]\nassert f(xs) == sorted(xs)")
        assert judge(truth, "def f(xs):\n    xs.clear()\n    return []").outcome == "rejected"

    def test_tests_may_build_the_candidates_classes(self, judge):
        code = "class Node:\n    def __init__(self, value):\n        self.value = value\n"
        code += "def f(node):\n    return node.next.value\n"
        truth = asserts("assert f(head) == 2", setup="head = Node(1)\nhead.next = Node(2)")
        verdict = judge(truth, code)
        assert verdict.outcome == "accepted"
        assert json.loads(verdict.details)["from_candidate"] == ["Node"]

    def test_helpers_come_from_the_prompt_and_not_from_the_candidate(self, judge):
        prompt = 'def double(x):\n    return 2 * x\n\ndef f(x):\n    """Halve x."""\n'
        truth = {
            "kind": "check",
            "entry_point": "f",
            "test": "def check(candidate):\n    assert double(candidate(4)) == 4",
        }
        forged = "def double(x):\n    return 4\n\ndef f(x):\n    return None\n"
        assert judge(truth, forged, prompt=prompt).outcome == "rejected"
        assert judge(truth, "def f(x):\n    return x // 2", prompt=prompt).outcome == "accepted"

    def test_generators_are_gone_through_once_and_stay_as_they_were(self, judge):
        truth = asserts("g = f()\nassert list(g) == [1, 2] and len(g) == 2 and g[0] == 1")
        assert judge(truth, "def f():\n    yield 1\n    yield 2").outcome == "accepted"

    def test_an_endless_generator_is_taken_as_far_as_it_is_asked(self, judge):
        truth = asserts("from itertools import islice\nassert [*islice(f(), 3)] == [0, 1, 2]")
        assert judge(truth, "from itertools import count\nf = count").outcome == "accepted"

    @pytest.mark.parametrize(
        "truth",
        [
            asserts("assert undefined == f(1)"),
            asserts("assert f(1) == 1 and f(object()) is None"),
            asserts("assert f(1) == 1", setup="1 / 0"),
            asserts("while True: pass"),
            {"kind": "check", "entry_point": "f", "test": "x = 1"},
            {
                "kind": "property",
                "entry_point": "f",
                "strategies": {"x": "st.no_such()"},
                "properties": ["f(x) == x"],
            },
        ],
    )
    def test_test_code_that_fails_by_itself_decides_nothing(self, judge, truth: dict[str, Any]):
        with pytest.raises(VerifierFailed, match="ground_truth"):
            judge(truth, "def f(x):\n    return x", wall_s=1)


class TestProperty:
    TRUTH: ClassVar[dict[str, Any]] = {
        "kind": "property",
        "entry_point": "f",
        "strategies": {"xs": "st.lists(st.integers())"},
        "properties": ["f(xs) == sorted(xs)", "len(f(xs)) == len(xs)"],
    }

    def test_a_right_function_is_accepted(self, judge):
        assert judge(self.TRUTH, "def f(xs):\n    return sorted(xs)").outcome == "accepted"

    def test_the_reason_is_the_smallest_counterexample(self, judge):
        verdict = judge(self.TRUTH, "def f(xs):\n    return sorted(set(xs))")
        assert verdict.outcome == "rejected"
        assert "fails for xs=[0, 0]" in verdict.reason

    def test_setup_may_hold_a_reference(self, judge):
        truth = {
            **self.TRUTH,
            "setup": "def reference(xs):\n    return max(xs, default=0)",
            "properties": ["f(xs) == reference(xs)"],
        }
        assert judge(truth, "def f(xs):\n    return max([0, *xs])").outcome == "rejected"
        assert judge(truth, "def f(xs):\n    return max(xs or [0])").outcome == "accepted"


class TestSpeed:
    SLOW = "def f(xs):\n    xs = list(xs)\n    for _ in xs:\n        for i in range(len(xs) - 1):\n"
    SLOW += (
        "            if xs[i] > xs[i + 1]:\n                xs[i], xs[i + 1] = xs[i + 1], xs[i]\n"
    )
    SLOW += "    return xs\n"
    TRUTH: ClassVar[dict[str, Any]] = {
        "kind": "speed",
        "entry_point": "f",
        "tests": [{"args": "([3, 1, 2],)", "expected": "[1, 2, 3]"}],
        "reference": SLOW,
        "inputs": "def inputs(n, rng):\n    return ([rng.randrange(n) for _ in range(n)],)",
        "sizes": [100, 200, 400],
    }

    def test_faster_is_worth_more_and_growth_is_told(self, judge):
        verdict = judge(self.TRUTH, "def f(xs):\n    return sorted(xs)")
        assert verdict.outcome == "accepted"
        assert verdict.reward == 1.0
        details = json.loads(verdict.details)
        assert details["speedup"] > 4
        assert 1.0 < details["reference_growth"] < 3.0
        assert details["noise"] >= 0

    def test_slower_is_worth_less(self, judge):
        again = self.SLOW.replace("def f", "def g")
        slower = judge(self.TRUTH, f"{again}\ndef f(xs):\n    return [g(xs) for _ in range(9)][0]")
        assert slower.outcome == "accepted"
        assert slower.reward < 0.5

    def test_what_takes_too_long_to_measure_is_the_slower_programs_fault(self, judge):
        sleeper = "import time\ndef f(xs):\n    time.sleep(0.1)\n    return sorted(xs)"
        verdict = judge(self.TRUTH, sleeper, wall_s=0.15)
        assert verdict.outcome == "rejected"
        assert verdict.reason.startswith("timeout")

    @pytest.mark.parametrize(
        "code",
        [
            "def f(xs):\n    return sorted(xs, reverse=True)",
            "def f(xs):\n    return sorted(xs) if len(xs) < 100 else xs",
        ],
    )
    def test_wrong_is_worth_nothing_however_fast(self, judge, code: str):
        verdict = judge(self.TRUTH, code)
        assert (verdict.outcome, verdict.reward) == ("rejected", 0.0)
        assert verdict.reason.startswith("wrong_answer")


class TestGroundTruths:
    @pytest.mark.parametrize(
        "truth",
        [
            {"kind": "unknown"},
            {"kind": "function", "entry_point": "f"},
            function(),
            function(("1", "2")),
            function(("(open('x'),)", "2")),
            function(("()", "len")),
            asserts("assert f(1) =="),
            asserts(),
            {**asserts("assert f(1)"), "entry_point": "import os"},
            {"kind": "stdio", "tests": []},
            {**TestSpeed.TRUTH, "sizes": [5, 5]},
        ],
    )
    def test_what_cannot_be_used_is_the_verifiers_failure(self, judge, truth: dict[str, Any]):
        with pytest.raises(VerifierFailed, match="ground_truth"):
            judge(truth, returning("1"))

    @pytest.mark.parametrize("params", [{"wall_s": 0}, {"cpu_s": "long"}, {"memory_mb": -1}])
    def test_params_are_checked(self, judge, params: dict[str, Any]):
        with pytest.raises(VerifierFailed, match="params"):
            judge(function(("()", "1")), returning("1"), **params)


class TestIsolation:
    def test_the_level_in_force_stands_in_the_details(self, judge):
        details = json.loads(judge(function(("()", "1")), returning("1")).details)
        assert details["isolation"] in ("namespaces+seccomp", "landlock+seccomp")

    @pytest.mark.skipif(sys.platform != "linux", reason="the kernel's refusals are Linux's")
    @pytest.mark.parametrize(
        ("refused", "told"),
        [
            ("unshare", "accepted landlock+seccomp"),
            ("unshare landlock_create_ruleset", "undecided not_isolated: no isolation of level"),
        ],
    )
    def test_what_the_kernel_refuses_weakens_it_and_below_the_demand_nothing_runs(
        self, refused: str, told: str
    ):
        done = subprocess.run(
            [sys.executable, "-c", REFUSED, refused, *sys.path],
            capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        assert done.stdout.startswith(told)


REFUSED = """
import json, sys
names, sys.path[:] = sys.argv[1].split(), sys.argv[2:]
from pyseccomp import ALLOW, ERRNO, SyscallFilter
rules = SyscallFilter(ALLOW)
for name in names:
    rules.add_rule(ERRNO(1), name)
rules.load()
from verifiers.code import CodeVerifier
verdict = CodeVerifier().verify(
    ground_truth=json.dumps(
        {"kind": "function", "entry_point": "f", "tests": [{"args": "()", "expected": "1"}]}
    ),
    completion="def f():\\n    return 1", prompt=None, params={},
)
print(verdict.outcome, json.loads(verdict.details).get("isolation", verdict.reason))
"""
"""Judges a right program where the kernel refuses the named system calls."""


def test_the_pool_waits_as_long_as_a_task_may_take():
    slow = "import time\ndef f():\n    time.sleep(1.2)\n    return 1"
    tasks = [
        GradingTask(
            verifier="code",
            ground_truth=json.dumps(function(("()", "1"))),
            completion=slow,
            params=json.dumps({"wall_s": wall_s}),
        )
        for wall_s in (0.4, 4)
    ]
    with GradingPool(workers=1, wall_s=0.2) as pool:
        outcomes = [verdict.outcome for verdict in pool.grade(tasks)]
        assert outcomes == ["rejected", "accepted"]
        assert pool.restarts == 0


@pytest.mark.skipif(not DATA.exists(), reason="the benchmarks are not here")
class TestBenchmarks:
    @pytest.mark.parametrize("with_prompt", [True, False])
    def test_human_eval_accepts_its_solutions_and_no_broken_one(self, judge, with_prompt: bool):
        for line in (DATA / "humaneval.jsonl").read_text().splitlines():
            row = json.loads(line)
            truth = {"kind": "check", "entry_point": row["entry_point"], "test": row["test"]}
            prompt = row["prompt"] if with_prompt else None
            right = judge(truth, row["prompt"] + row["canonical_solution"], prompt=prompt)
            assert right.outcome == "accepted", (row["task_id"], right.reason)
            broken = judge(truth, f"{row['prompt']}    return None\n", prompt=prompt)
            assert broken.outcome == "rejected", row["task_id"]

    def test_mbpp_accepts_its_references(self, judge):
        lines = (DATA / "mbpp_copy_verified.jsonl").read_text().splitlines()
        for line in lines[::8]:
            row = json.loads(line)
            called = row["test_list"][0].split("(")
            names = [text.split()[-1] for text in called[:-1] if text.split()]
            defined = [name for name in names if f"def {name}(" in row["code"]]
            truth = asserts(*row["test_list"], setup=row["test_setup_code"])
            truth["entry_point"] = defined[0] if defined else "f"
            verdict = judge(truth, row["code"], prompt=row["text"])
            assert verdict.outcome == "accepted", (row["task_id"], verdict.reason)
