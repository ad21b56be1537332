"""Changes to a repository: how they are read, what is refused, and who forges results in vain."""

import ast
import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifiers.errors import VerifierFailed
from verifiers.records import Verdict
from verifiers.registry import find_verifier
from verifiers.repository import RepositoryVerifier
from verifiers.repository.answer import NoAnswer, changed
from verifiers.repository.diff import NoDiff, applied, read_diff
from verifiers.repository.guard import refused
from verifiers.repository.tree import BadTree, packed, unpacked
from verifiers.repository.truth import read_truth
from verifiers.repository.twins import changed as another
from verifiers.repository.twins import edits_of, rewritten

SUMS = "def total(xs):\n    return sum(xs[1:])\n\n\ndef largest(xs):\n    return max(xs)\n"

TESTS = """\
import pytest

from sums import largest, total


def test_total():
    assert total([1, 2]) == 3


class TestMore:
    @pytest.mark.parametrize("n", [2, 3])
    def test_many(self, n):
        assert total([1] * n) == 1 * n
        assert n > 0


def test_largest():
    assert largest([1, 5, 2]) == 5
"""

FILES = {"sums.py": SUMS.encode(), "tests/test_sums.py": TESTS.encode()}

TRUTH = json.dumps(
    {
        "kind": "tests",
        "tree": packed(FILES),
        "fail_to_pass": [
            "tests/test_sums.py::test_total",
            "tests/test_sums.py::TestMore::test_many[2]",
            "tests/test_sums.py::TestMore::test_many[3]",
        ],
        "pass_to_pass": ["tests/test_sums.py::test_largest"],
        "tripwires": {
            "tests/test_sums.py::test_total": [0, 1],
            "tests/test_sums.py::TestMore::test_many": [0],
            "tests/test_sums.py::test_largest": [0],
        },
        "needs": ["hypothesis"],
    }
)

DIFF = """\
```diff
--- a/sums.py
+++ b/sums.py
@@ -1,3 +1,3 @@
 def total(xs):
-    return sum(xs[1:])
+    return sum(xs)
 
```
"""


@pytest.fixture(scope="module")
def verifier() -> RepositoryVerifier:
    found = find_verifier("repository")
    assert isinstance(found, RepositoryVerifier)
    return found


def judged(verifier: RepositoryVerifier, completion: str, truth: str = TRUTH) -> Verdict:
    return verifier.verify(ground_truth=truth, completion=completion, prompt=None, params={})


def whole(text: str, path: str = "sums.py") -> str:
    return f"````python\n# file: {path}\n{text}````\n"


class TestVerdicts:
    def test_a_diff_that_mends_it_is_accepted(self, verifier: RepositoryVerifier) -> None:
        verdict = judged(verifier, f"<think>```diff\n-x\n```</think>So:\n{DIFF}")
        assert (verdict.outcome, verdict.reward) == ("accepted", 1.0), verdict.reason
        assert verdict.reason == "passed: 3 tests that failed before, 1 that did not"
        assert json.loads(verdict.details)["tests"] == 4

    def test_a_whole_file_that_mends_it_is_accepted(self, verifier: RepositoryVerifier) -> None:
        text = SUMS.replace("xs[1:]", "xs")
        assert judged(verifier, whole(text)).outcome == "accepted"

    def test_no_change_fails(self, verifier: RepositoryVerifier) -> None:
        left = verifier.unchanged(TRUTH, {})
        assert not left.accepted
        assert left.reason == "failed: tests/test_sums.py::test_total: assert 2 == 3"

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (
                SUMS.replace("xs[1:]", "xs[:2]"),
                "failed: tests/test_sums.py::TestMore::test_many[3]",
            ),
            ("def total(xs):\n    return sum(xs)\n", "not_collected: "),
            (SUMS.replace("xs[1:]", "xs").replace("max", "min"), "broken: "),
            (SUMS.replace("    return sum(xs[1:])", "    while True: pass"), "cpu: "),
            (SUMS + "raise SystemExit(0)\n", "not_collected: "),
        ],
        ids=["half", "removed", "breaks", "loops", "exits"],
    )
    def test_what_does_not_mend_it_is_rejected(
        self, verifier: RepositoryVerifier, text: str, reason: str
    ) -> None:
        verdict = verifier.verify(
            ground_truth=TRUTH, completion=whole(text), prompt=None, params={"cpu_s": 1}
        )
        assert (verdict.outcome, verdict.reward) == ("rejected", 0.0)
        assert verdict.reason.startswith(reason)

    def test_a_package_that_is_not_here_leaves_it_undecided(
        self, verifier: RepositoryVerifier
    ) -> None:
        truth = json.dumps(json.loads(TRUTH) | {"needs": ["no_such_package"]})
        verdict = judged(verifier, DIFF, truth)
        assert (verdict.outcome, verdict.reward) == ("undecided", None)
        assert verdict.reason == "not_installed: the tests need the package no_such_package"

    @pytest.mark.parametrize(
        "change",
        [
            {"tree": "AAAA"},
            {"fail_to_pass": []},
            {"fail_to_pass": ["elsewhere/test_x.py::test_a"], "tripwires": {}},
            {"tripwires": {}},
            {"tripwires": {"tests/test_sums.py::test_total": [0], "tests/test_sums.py::no": [0]}},
            {"kind": "other"},
            {"more": 1},
        ],
    )
    def test_a_ground_truth_that_cannot_be_used_fails(
        self, verifier: RepositoryVerifier, change: dict[str, object]
    ) -> None:
        with pytest.raises(VerifierFailed):
            verifier.validate(json.dumps(json.loads(TRUTH) | change))

    def test_a_test_that_is_not_in_its_file_fails(self, verifier: RepositoryVerifier) -> None:
        name = "tests/test_sums.py::test_gone"
        truth = json.dumps(json.loads(TRUTH) | {"fail_to_pass": [name], "tripwires": {name: [0]}})
        with pytest.raises(VerifierFailed, match="no test 'test_gone'"):
            judged(verifier, DIFF, json.dumps(json.loads(truth) | {"pass_to_pass": []}))


FORGERIES = {
    "is equal to everything": """
class All(int):
    def __eq__(self, other):
        return other is other
    __hash__ = int.__hash__
def total(xs):
    return All(1)
""",
    "writes passed to every descriptor": """
import json, os, re, struct
def told(name):
    event = json.dumps(["case", "tests/test_sums.py::" + name, "passed", 0.1, ""]).encode()
    return struct.pack("<I", len(event)) + event
def total(xs):
    return sum(xs[1:])
names = re.findall(r"def (test_[0-9a-f]{12})", open("tests/test_sums.py").read())
for fd in range(3, 64):
    try:
        for name in names:
            os.write(fd, told(name))
        done = json.dumps(["done", 0]).encode()
        os.write(fd, struct.pack("<I", len(done)) + done)
    except OSError:
        pass
""",
    "reads what is expected where it is called": """
import logging, re
def total(xs):
    name, line, *_ = logging.getLogger("x").findCaller(stacklevel=2)
    text = open(name).read().splitlines()[line - 1]
    wanted = re.search(r"== (.*)", text)
    return eval_(wanted.group(1)) if wanted else 0
def eval_(text):
    first, *rest = re.split(r" [*] ", text)
    return int(first) * (len(rest) and 2 or 1)
""",
}


class TestForgeries:
    """Changes that try to be taken for right; where the guard knows them, it is not asked."""

    @pytest.mark.parametrize("name", FORGERIES)
    def test_its_twins_trip_one_that_makes_tests_pass(
        self, verifier: RepositoryVerifier, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("verifiers.repository.verifier.refused", lambda *_: None)
        test = "tests/test_sums.py::test_total"
        truth = json.loads(TRUTH) | {
            "fail_to_pass": [test], "pass_to_pass": [], "tripwires": {test: [0, 1]}
        }  # fmt: skip
        verdict = judged(verifier, whole(FORGERIES[name] + "\nlargest = max\n"), json.dumps(truth))
        assert verdict.reason == f"tampered: a test that must fail passed, beside {test}"

    @pytest.mark.parametrize(
        "code",
        [
            # As a repository's own files might do it before: the guard is not asked.
            "import _pytest.python\n_pytest.python.Function.runtest = lambda self: None\n",
            "import _pytest.runner as r\nold = r.CallInfo.from_call.__func__\n"
            "def new(c, f, when, **k):\n"
            "    return old(c, (lambda: None) if when == 'call' else f, when, **k)\n"
            "r.CallInfo.from_call = classmethod(new)\n",
            "import _pytest.reports as r\nold = r.TestReport.__init__\n"
            "def new(self, *a, **k):\n    old(self, *a, **k)\n    self.outcome = 'passed'\n"
            "r.TestReport.__init__ = new\n",
            "import builtins\nbuiltins.AssertionError = type('A', (Exception,), {})\n"
            "import sys\nsys.settrace(lambda *a: None)\n",
            "import os\nos._exit(0)\n",
            "import atexit, gc\nfor o in gc.get_objects():\n"
            "    if type(o).__name__ == '_Telling':\n"
            "        tell = o.tell\n"
            "        o.tell = lambda kind, *e: tell(kind, *((e[0], 'passed', *e[2:]) "
            "if kind == 'case' else e))\n",
        ],
        ids=["runtest", "call", "report", "builtins", "exit", "plugin"],
    )
    def test_what_the_guard_would_refuse_is_found_out_without_it(
        self, verifier: RepositoryVerifier, code: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert (refused({"sums.py": code + SUMS}, FILES) or "").startswith("guarded: sums.py: ")
        monkeypatch.setattr("verifiers.repository.verifier.refused", lambda *_: None)
        verdict = judged(verifier, whole(code + SUMS))
        assert verdict.outcome == "rejected"
        assert verdict.reason.startswith(("tampered: ", "exit: ", "failed: "))


class TestGuard:
    @pytest.mark.parametrize(
        ("path", "text", "reason"),
        [
            ("tests/test_sums.py", "", "protected: "),
            ("conftest.py", "", "protected: "),
            ("pkg/conftest.py", "", "protected: "),
            ("unit_tests/helpers.py", "", "protected: "),
            ("pyproject.toml", "", "protected: "),
            ("sitecustomize.py", "", "protected: "),
            ("x.pth", "", "protected: "),
            (".git/config", "", "protected: "),
            ("json.py", "", "protected: json.py would stand before the module json"),
            ("src/pytest/__init__.py", "", "protected: "),
            ("../x.py", "", "bad_path: "),
            ("/tmp/x.py", "", "bad_path: "),
            ("a//b.py", "", "bad_path: "),
            ("a\\b.py", "", "bad_path: "),
            ("sums.py/x.py", "", "bad_path: "),
            ("sums.py", "import _pytest\n", "guarded: "),
            ("sums.py", "from unittest import mock\n", "guarded: "),
            ("sums.py", "import sys\nsys.modules.clear()\n", "guarded: "),
            ("sums.py", "from sys import _getframe\n", "guarded: "),
            ("sums.py", "().__class__.__base__.__subclasses__()\n", "guarded: "),
            ("sums.py", "getattr(x, 'a' + y)\n", "guarded: "),
            ("sums.py", "g = getattr\ng(x, 'a' + y)\n", "guarded: "),
            ("sums.py", "from operator import attrgetter\n", "guarded: "),
            ("sums.py", "import sys\nsys.exc_info()\n", "guarded: "),
            ("sums.py", "import os\nos.write(4, b'')\n", "guarded: "),
            ("sums.py", "from os import write as w\n", "guarded: "),
            ("sums.py", "import pickle\n", "guarded: "),
            ("sums.py", "eval('1')\n", "guarded: "),
            ("sums.py", "open(3, 'w')\n", "guarded: "),
            ("sums.py", "try:\n    f()\nexcept:\n    pass\n", "guarded: "),
            ("sums.py", "class A:\n    def __eq__(self, o):\n        return True\n", "guarded: "),
            ("sums.py", "def f(:\n", "syntax: sums.py: line 1"),
            ("sums.py", "x = 1\0", "syntax: "),
        ],
    )
    def test_what_is_refused(self, path: str, text: str, reason: str) -> None:
        assert (refused({path: text}, FILES) or "").startswith(reason)

    def test_what_a_file_had_before_it_may_keep(self) -> None:
        before = {"a.py": b"import gc\nimport inspect\n\ngc.collect()\n"}
        assert refused({"a.py": "import gc\n\ngc.collect()\nx = 1\n"}, before) is None
        assert (
            refused({"a.py": "import gc\n\nimport gc\n"}, before) == "guarded: a.py: import of gc"
        )

    def test_plain_code_is_let_through(self) -> None:
        code = (
            "import re\nfrom dataclasses import dataclass\n\n\n@dataclass\nclass P:\n    x: int\n\n"
            "    def __eq__(self, other):\n        return self.x == other.x\n\n\n"
            "def f(path):\n    with open(path) as file:\n        return getattr(file, 'name')\n"
        )
        assert refused({"sums.py": code, "src/pkg/new.py": code}, FILES) is None


class TestDiff:
    def test_a_hunk_is_found_where_its_lines_stand(self) -> None:
        (change,) = read_diff("--- a/x\n+++ b/x\n@@ -90,2 +90,2 @@ def f\n b\n-c\n+d\n")
        assert applied(change, "a\nb\nc\n") == "a\nb\nd\n"

    def test_of_several_places_the_nearest_counts(self) -> None:
        (change,) = read_diff("--- a/x\n+++ b/x\n@@ -4 +4 @@\n-a\n+b\n")
        assert applied(change, "a\n\n\na\n") == "a\n\n\nb\n"

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "no file is named"),
            ("-a\n+b\n", "belongs to no file"),
            ("--- a/x\n+++ b/x\n", "no hunk"),
            ("--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n", "removed and made"),
            ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-z\n+b\n", "hunk 1 is not found"),
            ("--- a/x\n+++ b/x\n@@ -1,0 +2 @@\n+b\n", "no line that says"),
            ("--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+b\n", "there already"),
            ("--- a/gone\n+++ b/gone\n@@ -1 +1 @@\n-a\n+b\n", "no text file"),
            ("diff --git a/x b/y\nrename from x\nrename to y\n", "rename"),
        ],
    )
    def test_what_does_not_apply_is_told(self, text: str, why: str) -> None:
        with pytest.raises(NoAnswer, match=why):
            changed(f"```diff\n{text}```", {"x": b"a\n"})

    def test_files_are_made_and_removed(self) -> None:
        text = "--- /dev/null\n+++ b/y\n@@ -0,0 +1,2 @@\n+a\n+b\n--- a/x\n+++ /dev/null\n"
        assert changed(f"```diff\n{text}```", {"x": b"a\n"}) == {"y": "a\nb\n", "x": None}

    def test_what_changes_nothing_is_no_answer(self) -> None:
        with pytest.raises(NoAnswer, match="no_change"):
            changed("```\n# file: x\na\n```", {"x": b"a\n"})

    @pytest.mark.parametrize(
        "hunks", ["@@\n a\n" * 500, "@@\n" + " a\n" * 4000 + " b\n"], ids=["many", "long"]
    )
    def test_a_place_is_not_looked_for_without_end(self, hunks: str) -> None:
        made = "--- /dev/null\n+++ b/y\n@@ -0,0 +1 @@\n" + "+a\n" * 8000
        text = f"```diff\n{made}```\n```diff\n--- a/y\n+++ b/y\n{hunks}```\n"
        with pytest.raises(NoAnswer, match=r"no_patch: (more than 400 hunks|a hunk of 4001 lines)"):
            changed(text, {"x": b"a\n"})

    @given(
        st.lists(st.sampled_from(["a", "b", "", "-x", "+y", "@@ z"]), max_size=8),
        st.lists(st.sampled_from(["a", "b", "", "-x", "+y", "c"]), min_size=1, max_size=8),
    )
    def test_what_difflib_writes_applies(self, before: list[str], after: list[str]) -> None:
        from difflib import unified_diff

        old, new = ("".join(f"{line}\n" for line in lines) for lines in (before, after))
        text = "\n".join(unified_diff(before, after, "a/x", "b/x", lineterm="", n=9))
        if not before:
            text = text.replace("--- a/x", "--- /dev/null")
        if before != after:
            (change,) = read_diff(text)
            assert applied(change, old) == new

    @given(st.text(st.sampled_from("@-+ ab/\n\\0123,"), max_size=80))
    def test_hostile_text_is_refused_in_order(self, text: str) -> None:
        try:
            for change in read_diff(text):
                applied(change, "a\nb\n")
        except NoDiff:
            pass


class TestTree:
    @settings(max_examples=10)
    @given(
        st.dictionaries(st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5}){0,2}", fullmatch=True), st.binary())
    )
    def test_it_comes_back_as_it_was(self, files: dict[str, bytes]) -> None:
        assert unpacked(packed(files)) == files

    @pytest.mark.parametrize("text", ["", "!", "QUJD", packed({"../x": b""}), packed({"/x": b""})])
    def test_a_bad_one_is_refused(self, text: str) -> None:
        with pytest.raises(BadTree):
            unpacked(text)

    def test_a_bomb_is_refused(self) -> None:
        import lzma
        from base64 import b64encode

        bomb = b64encode(lzma.compress(bytes(60 << 20), preset=0)).decode()
        with pytest.raises(BadTree, match="too large"):
            unpacked(bomb)


class TestTwins:
    @pytest.mark.parametrize(
        "test",
        [
            "assert 1 + 1 == 2", "assert 'ab'.upper() == 'AB'", "assert sorted({2, 1}) == [1, 2]",
            "assert 1 < 2", "assert not []", "assert 1 in [1]", "assert None is None",
            "x = 1", "with open(__file__):\n        assert 2 == 1 + 1",
            "assert dict(a=1) == {'a': 1}", "assert () == tuple([])", "assert -0.5 == -1 / 2",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("seed", range(3))
    def test_a_twin_fails_where_its_test_passes(self, test: str, seed: int) -> None:
        source = f"def test_a():\n    {test}\n"
        edits = list(range(edits_of(source)["test_a"]))
        new = rewritten(source, {"test_a": edits}, Random(seed))
        names: dict[str, object] = {"__file__": __file__}
        exec(new.source, names)
        for name, variant in new.variants.items():
            function = names[name]
            assert callable(function)
            if variant.edit is None:
                function()
            else:
                with pytest.raises(AssertionError):
                    function()
        assert edits

    def test_what_a_passing_run_may_not_reach_is_left_alone(self) -> None:
        source = (
            "def test_a():\n    if x:\n        assert y == 1\n"
            "    with pytest.raises(E):\n        assert z == 2\n"
            "def test_b():\n    if x:\n        return\n    assert y == 1\n"
            "def test_c():\n    assert approx(x) == 3\n"
        )
        assert edits_of(source) == {"test_a": 1, "test_b": 0, "test_c": 2}

    def test_tests_that_are_defined_twice_are_left_alone(self) -> None:
        assert edits_of("def test_a(): pass\ndef test_a(): pass\ndef test_b(): pass\n") == {
            "test_b": 1
        }

    def test_names_tell_nothing(self) -> None:
        new = rewritten(TESTS, {"test_total": [0], "TestMore::test_many": [0]}, Random(1))
        functions = [
            one for one in ast.walk(ast.parse(new.source)) if isinstance(one, ast.FunctionDef)
        ]
        lengths = {len(one.name) for one in functions if one.name in new.variants}
        assert lengths == {len("test_") + 12}
        assert len(new.variants) == 4

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
            | st.binary(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
            | st.tuples(inner, inner) | st.sets(st.integers()),
            max_leaves=6,
        ),
        st.randoms(use_true_random=False),
    )  # fmt: skip
    def test_a_changed_literal_is_another(self, value: object, rng: Random) -> None:
        assert another(value, rng) != value


def test_the_worked_truth_reads() -> None:
    assert read_truth(TRUTH).needs == ["hypothesis"]
