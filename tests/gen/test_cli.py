"""What every command has in common: light help, one-line errors, readable and machine output."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from verifiers.sandbox.levels import LEVELS, RLIMITS

HEAVY = ("torch", "transformers", "vllm", "trl", "ray", "sympy", "duckdb", "pyarrow", "polars")


@pytest.mark.parametrize("arguments", [["--help"], ["problems", "--help"], ["train", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]):
    code = (
        "import sys\nfrom gen.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('loaded', [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "loaded []"


def test_a_wrong_command_or_option_is_one_line(gen):
    assert "did you mean problems" in gen.fails("problem")
    assert "No such option" in gen.fails("problems", "--domian", "math")
    assert "names no model" in gen.fails("solutions", "--model", "gpt")


@pytest.mark.parametrize(
    "arguments",
    [
        ("sql", "SELECT 1"),
        ("verify",),
        ("score",),
        ("select", "--name", "s", "--budget-problems", 5),
        ("export", "s", "--out", "out"),
        ("solutions", "--model", "cpu:smollm2-135m"),
    ],
)
def test_a_store_that_is_not_there_is_said_and_not_made(gen, tmp_path: Path, arguments):
    assert "there is no store at assay.duckdb" in gen.fails(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_domains_lists_every_family(gen):
    listed = json.loads(gen("domains", "--json").stdout)
    assert {row["domain"] for row in listed} >= {"math"}
    assert len({row["family"] for row in listed if row["domain"] == "math"}) >= 25
    assert all(row["levels"] == [1, 2, 3, 4, 5] for row in listed if row["domain"] == "math")


def test_domains_states_how_often_each_verifier_errs_or_that_nobody_measured_it(gen):
    for row in json.loads(gen("domains", "--json").stdout):
        assert row["verifier_version"]
        assert row["error_rates"] or "not measured for version" in row["error_rates_note"]
        for rate in row["error_rates"]:
            assert 0 <= rate["false_accept_rate"] <= 1
            assert 0 <= rate["false_reject_rate"] <= 1
    families, rates = gen("domains").stdout.split("\n\n")
    assert families.startswith("domain\tfamily\tlevels")
    assert rates.startswith("domain\tverifier\tversion\tmeasured_on\tfalse_accepts_of_wrong")
    assert "\nmath\tmath\t" in rates
    assert "\ncode\tcode\t1\t" in rates
    assert "\n\tmath-verify\t" in rates  # no family uses it: it judges what comes from elsewhere


def test_sql_prints_rows_for_people_and_for_machines(gen):
    gen("problems", "--domain", "math", "-n", 20)
    query = "SELECT sum(level > 0)::HUGEINT AS n, NULL AS nothing, 0.5 AS half FROM problems"
    assert gen("sql", query).stdout == "n\tnothing\thalf\n20\t\t0.5\n"
    assert json.loads(gen("sql", query, "--json").stdout) == [
        {"n": 20, "nothing": None, "half": 0.5}
    ]
    assert "Did you mean" in gen.fails("sql", "SELECT * FROM problem")
    assert "read-only" in gen.fails("sql", "DELETE FROM problems")


def test_sql_keeps_columns_of_one_name_apart_and_writes_no_file(gen, tmp_path: Path):
    gen("problems", "--domain", "math", "-n", 5)
    twice = "SELECT 1 AS a, 2 AS a, 'nan'::DOUBLE AS b"
    assert gen("sql", twice).stdout.splitlines()[1] == "1\t2\tnan"
    assert json.loads(gen("sql", twice, "--json").stdout) == [{"a": 1, "a_1": 2, "b": None}]
    gen.fails("sql", f"COPY problems TO '{tmp_path}/stolen.csv'")
    assert not (tmp_path / "stolen.csv").exists()


def test_a_run_stands_behind_every_row(gen):
    gen("problems", "--domain", "math", "-n", 20, "--seed", 7)
    orphans = "SELECT count(*) AS n FROM problems ANTI JOIN runs USING (run_id)"
    assert json.loads(gen("sql", orphans, "--json").stdout) == [{"n": 0}]
    (run,) = json.loads(
        gen("sql", "SELECT command, seed, ended_at IS NOT NULL AS ended FROM runs", "--json").stdout
    )
    assert run == {"command": "problems", "seed": 7, "ended": True}


def test_doctor_finds_a_foreign_package_that_took_our_name(gen, tmp_path: Path):
    (tmp_path / "verifiers").mkdir()
    (tmp_path / "verifiers/__init__.py").write_text("stolen = True\n")
    code = "import sys; sys.path.insert(0, '.'); from gen.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "domains"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "another package answers to the name `verifiers`" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_says_what_is_installed(gen):
    found = {row["check"]: row["state"] for row in json.loads(gen("doctor", "--json").stdout)}
    assert found["verifiers"] == found["curation"] == "fine"
    levels = {check for check in found if check.startswith("isolation ")}
    assert levels == {f"isolation {level}" for level in LEVELS}
    assert found[f"isolation {RLIMITS}"] == "fine"


def test_an_isolation_that_does_not_exist_is_refused(gen):
    complaint = gen.fails("grade", "in.jsonl", "--out", "out.jsonl", "--isolation", "none")
    assert "'none' is not one of 'namespaces+seccomp'" in complaint


RECIPE = """
name: r
model: cpu:smollm2-135m
problems: {domain: math, n: 10}
select: {budget_problems: 5}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("n: 10", "n: ten", r"Expected `int`.*\$\.problems\.n"),
        ("n: 10", "m: 10", r"unknown field `m`.*\$\.problems"),
        ("cpu:smollm2-135m", "smollm2", "names no model"),
        ("budget_problems: 5", "group_size: 4", "give one budget"),
        ("name: r", "name: a/b", r"\$\.name"),
        ("name: r", "name: [", "recipe.yaml"),
        ("name: r", "name: r\nexport: {format: trll}", "did you mean trl"),
        ("name: r", "name: r\nsolutions: {temperature: -1}", r"\$\.solutions\.temperature"),
        ("name: r", "name: r\nsolutions: {template: math-2}", "did you mean math-1"),
        ("name: r", "name: r\ntrain: {group_size: 3, batch_size: 4}", "does not divide"),
        ("name: r", "name: r\ntrain: {loss: ppo}", "loss is 'ppo': give one of"),
        ("cpu:smollm2-135m", "http://127.0.0.1:1/v1#m\ntrain: {}", "cannot be trained"),
        ("domain: math", "domain: mth", "did you mean math"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused_before_any_work(gen, tmp_path, old, new, expected):
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace(old, new))
    complaint = gen.fails("run", "recipe.yaml")
    assert re.search(expected, complaint), complaint
    assert not (tmp_path / "out").exists()


def test_a_recipe_that_is_not_there_is_said(gen):
    assert "no such file" in gen.fails("run", "nope.yaml")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_to_a_full_disk_is_one_line(gen, tmp_path: Path):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            gen.command("domains"),
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_a_store_on_a_full_disk_is_one_line_and_keeps_what_was_committed(gen, tmp_path: Path):
    """A 3 MB file system of its own, in a mount namespace of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        f"mount -t tmpfs -o size=3m none {disk} || exit 77\n"
        f'"$@" --store {disk}/s.duckdb -n 200 >/dev/null || exit 78\n'
        f'"$@" --store {disk}/s.duckdb -n 60000 --family arithmetic.sum --level 5\n'
        "status=$?\n"
        f"cp {disk}/s.duckdb {tmp_path}/kept.duckdb\n"
        "exit $status"
    )
    command = ["unshare", "-rm", "sh", "-c", script, "sh"]
    done = subprocess.run(
        [*command, *gen.command("problems", "--domain", "math")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"HOME": str(tmp_path)},
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("no mount namespace here")
    assert done.returncode == 1, done.stderr
    assert re.fullmatch(r"gen: no room left .*\n", done.stderr), done.stderr
    kept = json.loads(
        gen("sql", "SELECT count(*) AS n FROM problems", "--json", "--store", "kept.duckdb").stdout
    )
    assert kept[0]["n"] >= 200
