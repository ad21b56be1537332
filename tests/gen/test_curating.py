"""`gen dedup` and `gen decontaminate`, as a user calls them."""

import csv
import json

from conftest import Gen

DUCKS = (
    "Janet's ducks lay 16 eggs per day. She eats three for breakfast every morning and bakes "
    "muffins for her friends every day with four. How many eggs are left for the market each day?"
)


def given(gen: Gen) -> None:
    rows = [
        {"prompt": DUCKS, "ground_truth": "9"},
        {"prompt": DUCKS.lower(), "ground_truth": "9"},
        {"prompt": DUCKS.replace("16", "20"), "ground_truth": "13"},
        {"prompt": "What is 2 + 3?", "ground_truth": "5"},
    ]
    (gen.directory / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with (gen.directory / "bench.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("problem",), ("Say why the sky is blue.",), (DUCKS,)])
    gen("problems", "--domain", "math", "--source", "mine.jsonl")


def test_duplicates_are_told_and_kept(gen: Gen):
    given(gen)
    told = gen("dedup").stdout
    assert told == "4 problems: 2 in 1 clusters, 1 more than there should be (exact 2)\n"
    again = json.loads(gen("dedup", "--threshold", "0.9", "--json").stdout)
    assert again["n_members"] == {"exact": 2}
    kept = json.loads(gen("sql", "SELECT kind, similarity FROM clusters", "--json").stdout)
    assert kept == [{"kind": "exact", "similarity": 1.0}] * 2


def test_contaminated_problems_are_printed_beside_what_they_matched(gen: Gen):
    given(gen)
    told = gen("decontaminate", "--against", "bench.csv").stdout.splitlines()
    assert told[0] == "4 problems: 3 in bench.csv"
    assert [line.split("\t")[3] for line in told[2:]].count("template") == 1
    assert all(line.endswith(DUCKS) for line in told[2:])
    found = json.loads(gen("decontaminate", "--against", "bench.csv", "--json").stdout)
    assert found["contaminated"] == {"bench.csv": 3}
    assert {one["row_number"] for one in found["matches"]} == {2}
    assert sorted(one["kind"] for one in found["matches"]) == ["canonical"] * 2 + ["template"]


def test_what_cannot_be_used_is_one_line_that_says_what_to_do(gen: Gen):
    assert "gen problems" in gen.fails("dedup")
    given(gen)
    assert "no such file" in gen.fails("decontaminate", "--against", "nothing.jsonl")
    assert "--against" in gen.fails("decontaminate")
    assert "wordllama or the directory" in gen.fails("dedup", "--embedding-model", "no/where")
