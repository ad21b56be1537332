"""Law families agree with what stands outside: official examples and tables."""

import csv
import json
import re
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from gen.conformance import check_family, second_method_share
from gen.domains.law import FAMILIES
from gen.domains.law.brackets import Statute, real_statute
from gen.domains.law.calendar import Court, federal_holidays
from gen.domains.law.citations import editions, possible
from gen.domains.law.decisions import KNOWN_BEFORE, Decisions
from gen.domains.law.diversity import LIMIT, Party, Suit, qualifying, struck_out
from gen.domains.law.intestacy import Person, Shares, by_generation, by_stirpes
from gen.domains.law.money import stretches, walk
from gen.domains.law.other_taxes import ChildCredit
from gen.domains.law.recidivism import Rearrest, rows_file
from gen.domains.law.sentencing import cell
from gen.problems import make_problems
from verifiers.errors import BadInput

SHARED = Path(__file__).parents[3] / "shared/data/law"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not here")
RULES = [family for family in FAMILIES if family.verifier == "value"]


def table(path: Path, n: int = 1500, **more: str) -> Path:
    """A table in the format of the Supreme Court Database, drawn from a seed."""
    rng = Random("cases")
    rows = []
    for at in range(n):
        won = rng.random() < 0.64
        row = {
            "term": str(1950 + at * 60 // n),
            "partyWinning": f"{int(won)}.0",
            "caseName": "A v. B",
        }
        row |= {name: str(float(rng.randint(1, 6))) for name in KNOWN_BEFORE}
        row |= {name: value.format(int(won)) for name, value in more.items()}
        rows.append(row)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_every_rule_is_worked_out_twice_and_some_twelve_subjects_are_covered():
    assert all(second_method_share(family(), examples=1) == 1 for family in RULES)
    assert len({family.name for family in FAMILIES}) == len(FAMILIES) >= 14


def test_the_child_credit_of_a_real_year_is_that_year_s():
    for level in (1, 2, 3, 5):
        for seed in range(60):
            prompt = ChildCredit().generate(Random(f"{level}:{seed}"), level).prompt
            if year := re.match(r"In (\d{4})", prompt):
                assert year[1] != "2021"
                assert ("17 or older the credit is $500" in prompt) == (level >= 3)
                assert level == 1 or (int(year[1]) >= 2018) == (level >= 3)


def test_prompts_of_level_1_are_short():
    for problem in make_problems([family() for family in RULES], n=120, seed=5):
        if problem.level == 1:
            assert len(problem.prompt) < 3000


def test_a_tax_is_paid_slice_by_slice():
    statute = real_statute(2024, "single")
    assert statute.tax(20_000) == pytest.approx(1160 + 0.12 * 8400)
    assert statute.tax(0) == 0
    assert statute.flat(20_000) == pytest.approx(2400)


@needs_shared
def test_taxes_are_the_base_amounts_that_the_code_prints():
    lines = (SHARED / "legalbench_train_ccby.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines if '"sara_numeric"' in line]
    text = rows[0]["row"]["statute"]
    married = text[text.index("Married individuals filing joint") : text.index("(b) Heads")]
    first = re.search(r"([\d.]+)% of taxable income if .*? not over \$([\d,]+)", married)
    later = re.findall(r"\$([\d,.]+), plus ([\d.]+)% of the excess over \$([\d,]+)", married)
    assert first
    assert len(later) == 4
    rates = [float(first[1]), *(float(rate) for _, rate, _ in later)]
    tops = [int(start.replace(",", "")) for *_, start in later]
    statute = Statute("", tuple(rate / 100 for rate in rates), tuple(tops), 0, 0)
    for base, _, start in later:
        assert statute.tax(int(start.replace(",", ""))) == pytest.approx(
            float(base.replace(",", ""))
        )


@needs_shared
def test_yearly_parameters_are_those_of_the_source():
    with (SHARED / "us_tax_parameters.csv").open() as file:
        rows = list(csv.DictReader(file))
    found = {
        (row["param"], int(row["year"])): float(row["value"])
        for row in rows
        if row["mars"] == "single" and row["param"].startswith(("II_brk", "STD"))
    }
    for year in range(2013, 2025):
        statute = real_statute(year, "single")
        assert statute.deduction == found["STD", year]
        assert list(statute.tops) == [found[f"II_brk{i}", year] for i in range(1, 7)]


def test_deadlines_are_those_of_the_committee_notes_to_rule_6():
    court = Court()
    saturday = date(2007, 9, 1)  # Monday, September 3, is Labor Day
    assert court.deadline(saturday - timedelta(30), 30) == date(2007, 9, 4)
    assert court.deadline(saturday + timedelta(21), -21) == date(2007, 8, 31)
    # 2005: the period ends on a Saturday, Monday is a holiday, three days follow after Tuesday.
    assert court.deadline(saturday - timedelta(30), 30, added=3) == date(2007, 9, 7)
    # 2005: it ends on a Friday; Saturday, Sunday and Monday are the days added.
    assert court.deadline(date(2024, 3, 1), 7, added=3) == date(2024, 3, 11)


def test_a_closed_court_moves_a_deadline_on():
    day = date(2024, 3, 8)
    assert Court().deadline(date(2024, 3, 1), 7) == day
    assert Court(frozenset((day,))).deadline(date(2024, 3, 1), 7) == date(2024, 3, 11)


@needs_shared
def test_holidays_are_those_of_another_table():
    with (SHARED / "us_federal_holidays_1990_2040.csv").open() as file:
        known = {date.fromisoformat(row["date"]) for row in csv.DictReader(file)}
    ours = {day for year in range(1996, 2041) for day in federal_holidays(year)}
    assert ours == {day for day in known if day.year >= 1996}


@needs_shared
def test_the_sentencing_table_is_the_commissions():
    with (SHARED / "ussc_sentencing_table.csv").open() as file:
        for row in csv.DictReader(file):
            level = int(row.pop("offenseLevel"))
            assert {name: cell(level, name) for name in row} == row


@needs_shared
def test_diversity_agrees_with_all_examples_of_legalbench():
    lines = (SHARED / "legalbench_train_ccby.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines if '"task": "diversity_' in line]
    assert len(rows) == 36
    for row in rows:
        text = row["row"]["text"]
        homes = dict(re.findall(r"(\w+) is from ([A-Z]\w+(?: [A-Z]\w+)*)\.", text))
        parties = {name: Party(name, frozenset((state,)), "") for name, state in homes.items()}
        claims = {}
        suing = r"(\w+)(?: and (\w+) both)? sues? (\w+)(?: and (\w+) each)? for ([^.]*)\."
        for one, two, three, four, what in re.findall(suing, text):
            amounts = [int(n.replace(",", "")) for n in re.findall(r"\$([\d,]+)", what)]
            for plaintiff in filter(None, (one, two)):
                for defendant in filter(None, (three, four)):
                    claims[plaintiff, defendant] = [("", amount) for amount in amounts]
        plaintiffs = [parties[name] for name in {a for a, _ in claims}]
        defendants = [parties[name] for name in {b for _, b in claims}]
        suit = Suit(plaintiffs, defendants, claims)
        found = qualifying(suit, LIMIT)
        assert sorted(found) == struck_out(suit, LIMIT)
        # Complete diversity, and the amount met by each pair: every pair qualifies.
        assert (len(found) == len(claims)) == (row["row"]["answer"] == "Yes"), text


def test_a_reporter_has_a_life():
    by_name = {one.short: one for one in editions()}
    assert possible(by_name["F.2d"], 1950)
    assert not possible(by_name["F.2d"], 2005)
    assert not any(one.short.endswith("LEXIS") and one.start < 1800 for one in editions())


def test_no_citation_asks_for_the_life_of_a_series_that_the_table_does_not_part_from_others():
    parted = {one.short for one in editions() if one.siblings and one.parted}
    assert {"F.2d", "P.3d", "N.E.2d", "Cal. 2d"} <= parted
    # In the table all of Utah, Washington and California begin with their first series.
    assert not parted & {"Utah 2d", "Wash. 2d", "Wash. App. 2d", "Cal. 5th", "F. Supp. 2d"}


def test_heirs_take_by_line_or_by_generation():
    tree = [
        Person("Ada", True),
        Person("Bea", False, [Person("Cy", True)]),
        Person("Dot", False, [Person("Eli", True), Person("Fay", True)]),
    ]
    third = {"Ada": 1, "Cy": 1, "Eli": 0.5, "Fay": 0.5}
    assert {k: float(3 * v) for k, v in by_stirpes(tree, 1).items()} == third
    pooled = by_generation(tree, 1)
    assert {float(pooled[name]) for name in ("Cy", "Eli", "Fay")} == {float(pooled["Cy"])}
    assert sum(pooled.values()) == 1


def test_the_whole_estate_is_divided():
    for seed in range(60):
        problem = Shares().generate(Random(f"estate:{seed}"), 5)
        shares = json.loads(problem.ground_truth)["fields"].values()
        assert sum(one["value"] for one in shares) == pytest.approx(1)


def test_interest_by_the_day_is_interest_by_the_stretch():
    from fractions import Fraction

    start, end = date(2015, 2, 28), date(2020, 3, 3)
    paid = {date(2016, 2, 29): 2000, date(2018, 2, 28): 500}
    changes = {date(2017, 1, 1): Fraction(7, 100)}
    by_day = walk(10_000, Fraction(4, 100), start, end, True, paid, changes)
    by_stretch = stretches(10_000, Fraction(4, 100), start, end, True, paid, changes)
    assert by_day == pytest.approx([float(one) for one in by_stretch])


def test_decisions_need_the_users_table(tmp_path):
    assert "--data" in (Decisions().missing() or "")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadInput, match="lacks"):
        Decisions().reading(tmp_path / "other.csv").generate(Random("1"), 1)


def test_decisions_of_a_table_conform_and_show_no_name_and_no_term(tmp_path):
    family = Decisions().reading(table(tmp_path / "cases.csv"))
    assert check_family(family, examples=2) == []
    prompt = family.generate(Random("1"), 3).prompt
    assert "A v. B" not in prompt
    assert not re.search(r"\b(19|20)\d\d\b(?! cases)", prompt.split("Cases of later terms")[1])


def test_a_column_coded_from_the_decision_is_caught(tmp_path):
    class Leaky(Decisions):
        """Decisions, with the disposition among what is shown."""

        shown = (*KNOWN_BEFORE, "caseDisposition")

    family = Leaky().reading(table(tmp_path / "cases.csv", caseDisposition="{}.0"))
    found = [one for one in check_family(family, examples=1) if "column" in one.rule]
    assert len(found) == 1
    assert "caseDisposition" in found[0].example


@needs_shared
def test_no_column_of_the_real_cases_tells_the_outcome_but_a_later_one_does():
    from gen.columns import column_aucs
    from gen.domains.law.decisions import read_court

    path = SHARED / "scdb_2020_case_centred.csv"
    court = read_court(path, (*KNOWN_BEFORE, "caseDisposition"))
    aucs = column_aucs(court.columns, court.won)
    assert aucs.pop("caseDisposition") > 0.95
    assert max(aucs.values()) < 0.6


@pytest.mark.skipif(rows_file() is None, reason="lifelines is not installed")
def test_rearrests_never_show_race():
    family = Rearrest()
    columns, _ = family.columns_and_outcome() or ({}, [])
    assert "race" not in columns
    assert "MUST NOT" in family.card.pitfalls[0]
