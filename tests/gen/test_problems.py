"""Making and importing problems, through the command line and `make_problems`."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.catalog import find_families
from gen.errors import GroundTruthDisagrees, TooFewProblems
from gen.family import Card, Family
from gen.imports import import_problems
from gen.problems import make_problems
from verifiers.errors import BadInput
from verifiers.records import Problem


class Coin(Family):
    """Two problems a level exist, whatever the seed."""

    name, domain, levels = "coin", "test", (1, 2)
    card = Card(licence="Apache-2.0", source="generated", chance_level=0.0)

    def generate(self, rng: Random, level: int) -> Problem:
        n = rng.randrange(2)
        return self.problem(level, f"What is {n} + {level}?", n + level, second=level + n)


class Wrong(Coin):
    """Its second method contradicts the first."""

    name = "wrong"

    def generate(self, rng: Random, level: int) -> Problem:
        return self.problem(level, "What is 1 + 1?", 2, second=3)


def test_a_domains_families_are_found_without_loading_the_other_domains():
    code = (
        "import sys; from gen.catalog import find_families; "
        "assert len(find_families('logic')) >= 8; "
        "assert not {'gen.domains.math', 'gen.domains.law'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_exhausted_family_gives_all_it_has_and_says_so():
    made = make_problems([Coin()], n=100, seed=0)
    assert len({next(made).prompt for _ in range(4)}) == 4
    with pytest.raises(TooFewProblems, match="only 4 distinct problems of the 100"):
        next(made)


def test_a_contradicted_ground_truth_never_leaves_its_family():
    with pytest.raises(GroundTruthDisagrees, match="'wrong' contradicts itself"):
        next(make_problems([Wrong()], n=1, seed=0))


def test_a_level_nobody_has_is_bad_input():
    with pytest.raises(BadInput, match=r"\[1, 2\]"):
        next(make_problems([Coin()], n=1, seed=0, levels=[9]))


@settings(max_examples=5)
@given(seed=st.integers(-(2**63), 2**63 - 1), n=st.integers(1, 200))
def test_exactly_n_distinct_problems_and_the_same_again(seed: int, n: int):
    families = find_families("math")
    made = list(make_problems(families, n=n, seed=seed))
    assert len({problem.problem_id for problem in made}) == n
    assert made == list(make_problems(families, n=n, seed=seed))


def test_what_a_family_makes_does_not_depend_on_its_neighbours():
    families = find_families("math")
    together = [
        one for one in make_problems(families, n=400, seed=3) if one.family == families[0].name
    ]
    alone = list(make_problems(families[:1], n=len(together), seed=3))
    assert together == alone


def test_gen_problems_makes_exactly_n_and_repeats_itself(gen, tmp_path: Path):
    first = gen("problems", "--domain", "math", "-n", 300, "--json")
    assert json.loads(first.stdout)["new"] == 300
    again = gen("problems", "--domain", "math", "-n", 300, "--json")
    assert json.loads(again.stdout) == {"problems": 300, "new": 0, "store": "assay.duckdb"}
    gen("problems", "--domain", "math", "-n", 300, "--store", "other.duckdb")
    everything = "SELECT * EXCLUDE (run_id) FROM problems ORDER BY problem_id"
    assert (
        gen("sql", everything, "--json").stdout
        == gen("sql", everything, "--json", "--store", "other.duckdb").stdout
    )
    counted = gen("sql", "SELECT count(DISTINCT family), count(DISTINCT prompt) FROM problems")
    n_families, n_prompts = map(int, counted.stdout.splitlines()[1].split("\t"))
    assert n_families >= 25
    assert n_prompts == 300


def test_dry_run_stores_nothing(gen, tmp_path: Path):
    gen("problems", "--domain", "math", "-n", 10, "--dry-run")
    assert list(tmp_path.iterdir()) == []


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_files_are_imported_by_guess_and_by_mapping(tmp_path: Path):
    gsm8k = write(
        tmp_path / "gsm8k.jsonl", {"question": "How many?", "answer": "2 + 2 = 4\n#### 4"}
    )
    (problem,) = import_problems(str(gsm8k), domain="math", fields={})
    assert (problem.prompt, problem.ground_truth) == ("How many?", "4")
    assert (problem.family, problem.certificate, problem.level) == ("gsm8k", "imported", 0)
    math = write(tmp_path / "m.jsonl", {"q": "Why?", "gold": "x", "level": "Level 5"})
    fields = {"prompt": "q", "ground_truth": "gold"}
    (problem,) = import_problems(str(math), domain="math", fields=fields, family="hard")
    assert (problem.prompt, problem.level, problem.family) == ("Why?", 5, "hard")
    assert json.loads(problem.lineage) == {"row": 1}


def test_levels_choose_rows_of_a_file(tmp_path: Path):
    rows = [{"prompt": f"p{n}", "answer": "1", "level": f"Level {n}"} for n in range(1, 6)]
    source = write(tmp_path / "m.jsonl", *rows)
    found = import_problems(str(source), domain="math", fields={}, levels=[2, 5])
    assert [problem.level for problem in found] == [2, 5]


def test_a_malformed_row_is_named_by_its_line(gen, tmp_path: Path):
    good = {"prompt": "p", "answer": "1"}
    write(tmp_path / "a.jsonl", good, good, {"prompt": "no answer"})
    assert "a.jsonl: line 3: no text for 'ground_truth'" in gen.fails(
        "problems", "--domain", "math", "--source", "a.jsonl"
    )
    (tmp_path / "b.jsonl").write_text(json.dumps(good) + "\n{\n")
    assert "b.jsonl: line 2: not JSON" in gen.fails(
        "problems", "--domain", "math", "--source", "b.jsonl"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--domain", "mth", "-n", "1"], "did you mean math"),
        (["--domain", "math", "-n", "1", "--family", "arithmetic.som"], "did you mean arithmetic."),
        (["--domain", "math", "-n", "1", "--level", "77"], "no such level"),
        (["--domain", "math"], "-n 1000"),
        (["--domain", "math", "-n", "0"], "0 is not in the range"),
        (["--domain", "math", "--source", "nope.jsonl"], "no such file"),
        (["--domain", "math", "--source", "nope.csv"], "no such file"),
        (["--domain", "meth", "--source", "nope.jsonl"], "did you mean math"),
        (["--domain", "math", "--source", "x.jsonl", "--field", "prompt"], "is no mapping"),
        (["--domain", "math", "--source", "x.jsonl", "--field", "promt=q"], "did you mean prompt"),
        (["--domain", "math", "-n", "1", "--seed", "9" * 30], "is not in the range"),
        (["--domain", "math", "-n", "1", "--store", "no/such/place.duckdb"], "--store"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(gen, tmp_path: Path, arguments, expected):
    assert expected in gen.fails("problems", *arguments)
    assert not (tmp_path / "assay.duckdb").exists()
