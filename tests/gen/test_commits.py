"""Tasks from a history: a small repository whose commits each have their own reason, or none."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from gen.domains.code import commits, issues
from gen.domains.code.commits import Commits, Fix
from gen.domains.code.history import History
from verifiers.errors import BadInput
from verifiers.repository.tree import unpacked
from verifiers.repository.truth import read_truth

SUMS = "def total(xs):\n    return sum(xs[1:])\n"

TESTS = "from sums import total\n\n\ndef test_none():\n    assert total([]) == 0\n"

MENDED = SUMS.replace("xs[1:]", "xs")

MORE = TESTS + "\n\ndef test_total():\n    assert total([1, 2]) == 3\n"

FLAKY = """\
from sums import mean


def test_mean(request):
    assert mean([2, 4]) == 3
    assert int(request.node.name[-1:].replace("n", "0"), 16) % 2 == 0
"""

STEPS: list[tuple[str, dict[str, str | None]]] = [
    ("Start", {"sums.py": SUMS, "tests/test_sums.py": TESTS}),
    (
        "The first number counts in a total\n\nSee https://example.org/1, abc1234def.\n\n"
        "```diff\n-    return sum(xs[1:])\n```\nSigned-off-by: A B <a@example.org>\n",
        {"sums.py": MENDED, "tests/test_sums.py": MORE},
    ),
    ("A page on totals", {"docs/sums.md": "# Sums\n"}),
    (
        "Totals are written in another way",
        {
            "sums.py": MENDED.replace("xs", "numbers"),
            "tests/test_sums.py": MORE + "\n\ndef test_one():\n    assert total([1]) == 1\n",
        },
    ),
    (
        "Means, with a test that is not always of one mind",
        {
            "sums.py": MENDED + "\n\ndef mean(xs):\n    return sum(xs) / len(xs)\n",
            "tests/test_mean.py": FLAKY,
        },
    ),
    (
        "A test that fails in any case",
        {
            "sums.py": MENDED,
            "tests/test_mean.py": None,
            "tests/test_odd.py": "def test_odd():\n    assert 1 == 2\n",
        },
    ),
    (
        "Sums are called amounts",
        {
            "sums.py": None,
            "amounts.py": MENDED,
            "tests/test_odd.py": None,
            "tests/test_sums.py": None,
            "tests/test_amounts.py": MORE.replace("sums", "amounts"),
        },
    ),
    (
        "More",
        {"amounts.py": MENDED + "\n", "tests/test_amounts.py": TESTS.replace("sums", "amounts")},
    ),
    (
        "A package is needed that nobody has",
        {"amounts.py": "import no_such_package\n", "tests/test_amounts.py": "import amounts\n"},
    ),
]


def committed(folder: Path, steps: list[tuple[str, dict[str, str | None]]]) -> Path:
    """A repository with a commit for each step; the same at any time."""
    when = {"GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z"}
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]

    def git(*arguments: str) -> None:
        command = ["git", *who, *arguments]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, env=os.environ | when)

    folder.mkdir()
    git("init", "-q")
    for message, files in steps:
        for path, text in files.items():
            if text is None:
                (folder / path).unlink()
            else:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
        git("add", "-A")
        git("commit", "-q", "--allow-empty", "-m", message)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CACHE", str(cache))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return committed(tmp_path_factory.mktemp("work") / "sums", STEPS)


def test_each_commit_becomes_a_task_or_has_its_reason(repository: Path) -> None:
    before = sorted(path for path in repository.rglob("*") if path.is_file())
    found = Commits(repository)
    made = {commit.message.splitlines()[0]: task for commit, task in found}
    assert {*made} == {"The first number counts in a total", "Sums are called amounts"}
    assert found.reasons == Counter(
        no_tests=1, passes_before=1, flaky=1, fails_after=1, no_message=1, not_collected=1
    )
    assert sorted(path for path in repository.rglob("*") if path.is_file()) == before

    truth = made["The first number counts in a total"].truth
    assert truth.fail_to_pass == ["tests/test_sums.py::test_total"]
    assert truth.pass_to_pass == ["tests/test_sums.py::test_none"]
    assert {*unpacked(truth.tree)} == {"sums.py", "tests/test_sums.py"}


def test_a_problem_holds_what_is_needed_and_gives_nothing_away(repository: Path) -> None:
    problem = Fix().reading(repository).generate(Random(0), 1)
    again = Fix().reading(repository).generate(Random(0), 1)
    assert problem == again
    assert problem.level == 1
    for told in ("https://", "abc1234def", "Signed-off-by", "return sum(xs)\n", "test_total"):
        assert told not in problem.prompt
    assert b"def total(xs):\n    return sum(xs)\n" not in {
        *unpacked(read_truth(problem.ground_truth).tree).values()
    }


def test_right_is_accepted_and_wrong_and_lazy_are_not(repository: Path) -> None:
    family = Fix().reading(repository)
    problem = family.generate(Random(0), 1)
    for response in family.right(problem):
        verdict = family.verify(problem, response)
        assert verdict.outcome == "accepted", verdict.reason
    wrong = [family.wrong(problem, Random(seed)) for seed in range(2)]
    for response in [*wrong, *family.trivial().values()]:
        assert response is not None
        assert family.verify(problem, response).outcome == "rejected"


def test_what_was_found_is_found_again_without_running(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_tasks = len([*Commits(repository)])

    def not_again(*_: object) -> None:
        raise AssertionError("it was made again")

    monkeypatch.setattr(commits, "make_task", not_again)
    assert len([*Commits(repository)]) == n_tasks == 2


def test_a_history_without_a_task_says_why(tmp_path: Path) -> None:
    path = committed(tmp_path / "other", [STEPS[0], STEPS[2]])
    with pytest.raises(Exception, match=r"becomes a task \(1 no_tests\)"):
        Fix().reading(path).generate(Random(0), 1)


def test_what_is_no_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no git repository with a history"):
        History(tmp_path)


def test_it_says_what_it_needs() -> None:
    assert Fix().missing() == "give it a git repository: --data PATH"


class TestIssues:
    def test_prose_stays(self) -> None:
        text = "Sums of nothing are 0\n\n- a list stays\n- and so does 1234567"
        assert issues.issue_text(text) == text

    def test_what_gives_the_change_away_goes(self) -> None:
        message = (
            "Mend the sums of nothing (#12)\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n"
            "@@ -1 +1 @@\n-old\n+new\n~~~\ncode\n~~~\nsee 1a2b3c4d and http://x.org/y .\n"
            "This reverts commit 1a2b3c4d5e.\nCo-authored-by: A <a@b.c>\n"
        )
        assert issues.issue_text(message) == "Mend the sums of nothing\n\nsee  and  ."

    def test_next_to_nothing_is_nothing(self) -> None:
        assert issues.issue_text("wip\n\nSigned-off-by: A B <a@b.c>\n") is None

    def test_heads_that_tests_name_are_told(self) -> None:
        before = "def f(x): ...\nclass A:\n    def g(self): ...\n"
        after = (
            "def f(x, *, y=0) -> int: ...\nclass A:\n    def g(self): ...\n    def h(self): ...\n"
        )
        assert issues.interface(before, after, ["f(1)", "A().h()", "g"]) == [
            "def f(x, *, y=0) -> int", "def A.h(self)"
        ]  # fmt: skip


def test_the_evidence_names_the_commit(repository: Path) -> None:
    problem = Fix().reading(repository).generate(Random(1), 1)
    evidence = json.loads(problem.evidence)
    assert len(evidence["commit"]) == 40
    assert evidence["lines"] <= commits.LEVELS[0]
