"""Families of another package: instances, tables of the user's, notes; and what faults are told."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from gen.family import Card, Family
from gen.origins import origin
from gen.recipes import read_recipe
from gen.run import recipe_problems
from verifiers.errors import BadInput

MODULE = '''
from gen.family import Card, Family


class Lookup(Family):
    """The value of a key in a table of the user's."""

    name, domain, levels = "tables.lookup", "tables", (1,)
    takes = "a CSV file of key,value"
    card = Card(licence="CC0-1.0", source="the user's", chance_level=0.0)

    def generate(self, rng, level):
        rows = [line.split(",") for line in self.data.read_text().split()]
        key, value = rng.choice(rows)
        return self.problem(level, f"What is the value of {key}?", value)


class Sum(Family):
    """A sum, by the largest term: made twice, with its argument."""

    domain, levels = "tables", (1,)
    card = Card(licence="CC0-1.0", source="generated", chance_level=0.1)

    def __init__(self, most):
        self.name, self.most = f"sums.to_{most}", most

    def generate(self, rng, level):
        a, b = rng.randint(1, self.most), rng.randint(1, self.most)
        return self.problem(level, f"What is {a} + {b}?", a + b, second=b + a)


FAMILIES = (Lookup, Sum(50), Sum(5000))
'''


@pytest.fixture
def tables(tmp_path: Path, monkeypatch) -> Path:
    """An installed package, as pip leaves one; its module's directory."""
    site = tmp_path / "site"
    metadata = site / "tables-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: tables\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[assay.families]\ntables = tables_of:FAMILIES\n")
    (site / "tables_of.py").write_text(MODULE)
    paths = [str(site), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    return site


def test_a_table_of_the_user_s_is_read_and_its_hash_kept(gen, tables: Path, tmp_path: Path):
    (tmp_path / "ours.csv").write_text("a,11\nb,12\nc,13\n")
    plain = gen("problems", "--domain", "tables", "-n", 4)
    assert plain.stderr == (
        "gen: left out of tables: tables.lookup (give it a CSV file of key,value: --data PATH)\n"
    )
    made = gen("problems", "--domain", "tables", "--data", "ours.csv", "-n", 3)
    assert made.stdout == "3 problems of domain tables: 3 new in assay.duckdb\n"
    asked = "SELECT DISTINCT lineage->'$.data' AS data FROM problems WHERE family = 'tables.lookup'"
    (row,) = json.loads(gen("sql", asked, "--json").stdout)
    digest = sha256((tmp_path / "ours.csv").read_bytes()).hexdigest()
    assert json.loads(row["data"]) == {"name": "ours.csv", "sha256": digest}
    assert "no such file" in gen.fails(
        "problems", "--domain", "tables", "--data", "theirs.csv", "-n", 3
    )


def test_families_that_are_instances_are_checked_in_another_process_too(gen, tables: Path):
    (tables / "notes.md").write_text("What sums are for.")
    checked = gen("domains", "--check", "tables", "--examples", 1, "--json", status=0)
    reports = json.loads(checked.stdout)
    assert [(row["family"], row["findings"]) for row in reports] == [
        ("sums.to_50", []),
        ("sums.to_5000", []),
    ]
    gen("card", "tables")
    assert "What sums are for." in (gen.directory / "data_cards/tables.md").read_text()


def test_what_is_no_family_is_told_with_its_package(gen, tables: Path):
    (tables / "tables_of.py").write_text("FAMILIES = (7,)")
    told = gen.fails("domains", status=1)
    assert "the families of 'tables' cannot be loaded (TypeError: 7 is no Family)" in told


def test_domains_states_formats_and_survives_a_verifier_that_cannot_be_imported(gen, tables: Path):
    (tables / "tables_of.py").write_text(
        MODULE.replace("FAMILIES = (Lookup, Sum(50), Sum(5000))", "FAMILIES = Lookup")
        + "Lookup.verifier = 'gone'\n"
    )
    with (tables / "tables-1.dist-info/entry_points.txt").open("a") as entry_points:
        entry_points.write("[assay.verifiers]\ngone = no_such_module:Gone\n")
    listed = json.loads(gen("domains", "--json").stdout)
    (lookup,) = [row for row in listed if row["domain"] == "tables"]
    assert (lookup["verifier_version"], lookup["truth_format"]) == (None, None)
    assert lookup["error_rates_note"] == "not installed"
    formats = {row["verifier"]: row["truth_format"] for row in listed}
    assert '{"kind": "number"' in formats["value"]


class Table(Family):
    """Takes any table."""

    name, domain, levels, takes = "any.table", "test", (1,), "any table"
    card = Card(licence="CC0-1.0", source="the user's", chance_level=0.0)

    def generate(self, rng, level):
        raise NotImplementedError


def test_a_directory_s_hash_is_that_of_its_files_and_their_names(tmp_path: Path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one/a.txt").write_text("1")
    (tmp_path / "two").mkdir()
    (tmp_path / "two/b.txt").write_text("1")
    first, second = (origin(Table().reading(tmp_path / name))["data"] for name in ("one", "two"))
    assert (first["name"], second["name"]) == ("one", "two")
    assert first["sha256"] != second["sha256"]
    with pytest.raises(BadInput, match="no such file or directory"):
        origin(Table().reading(tmp_path / "three"))
    assert origin(Table()) == {}


def test_a_recipe_takes_a_family_s_file_without_a_domain(tmp_path: Path):
    family = tmp_path / "sum.yaml"
    family.write_text(
        "name: sums.two\ndomain: school\ntitle: Sums\nlevels: [1]\ncard: {licence: CC0-1.0}\n"
        "parameters: {a: {range: [100, 999]}, b: {range: [100, 999]}}\nformula: a + b\n"
        'answer: {rel: 0}\ntemplates: ["What is {a} + {b}?"]\n'
    )
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "name: r\nmodel: cpu:smollm2-135m\nselect: {budget_problems: 5}\n"
        f"problems: {{family: {family}, n: 3}}\n"
    )
    problems = [*recipe_problems(read_recipe(recipe), None)]  # type: ignore[arg-type]
    assert [(one.domain, one.family) for one in problems] == [("school", "sums.two")] * 3
    recipe.write_text(recipe.read_text().replace(f"family: {family}", "family: sums.two"))
    with pytest.raises(BadInput, match=r"name a domain, or a YAML file .* `\$\.problems\.domain`"):
        read_recipe(recipe)
