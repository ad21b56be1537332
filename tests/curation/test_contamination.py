"""Problems that stand in a benchmark: what is found of real ones, and what is let be."""

import json
from importlib.util import find_spec
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest

from curation.contamination import find_contamination, match_texts, read_benchmark
from curation.store import Store
from curation.texts.embedding import embedding
from gen.catalog import installed_families
from verifiers.errors import BadInput
from verifiers.records import NIL, Problem

MATH = Path(__file__).parents[3] / "shared/data/math"

needs_data = pytest.mark.skipif(not MATH.is_dir(), reason="the benchmarks are not there")

DUCKS = (
    "Janet's ducks lay 16 eggs per day. She eats three for breakfast every morning and bakes "
    "muffins for her friends every day with four. She sells the remainder at the farmers' market "
    "daily for $2 per fresh duck egg. How much does Janet make every day at the farmers' market?"
)
ELSE = "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts in all?"


def kinds(text: str, row: str = DUCKS) -> list[str]:
    """How a text among others is matched with a row among others."""
    pairs = match_texts([ELSE, text], ["Say why the sky is blue.", row]).pairs
    assert pairs.filter((pl.col("text") != 1) | (pl.col("row") != 1)).is_empty()
    return pairs["kind"].to_list()


def test_a_verbatim_copy_is_found_whatever_its_dress():
    assert kinds(DUCKS) == ["canonical"]
    assert kinds(DUCKS.upper().replace(" ", "  ").replace("$2", "2")) == ["canonical"]
    assert kinds("What is $\\dfrac12+x$?", "what is \\frac{1}{2} + x") == ["canonical"]


def test_other_numbers_and_names_do_not_hide_a_problem():
    other = DUCKS.replace("16", "23").replace("three", "five").replace("$2", "$7")
    assert kinds(other) == ["template"]
    assert kinds("Every day Omar's ducks lay 12 eggs. Then " + other) == ["ngram"]


def test_other_words_and_another_order_do_not_hide_a_problem():
    sentences = DUCKS.replace("bakes", "makes").replace("remainder", "rest").split(". ")
    reordered = ". ".join((sentences[1], sentences[0], *sentences[2:]))
    assert kinds(reordered)[0] in ("ngram", "semantic")


def test_a_problem_of_the_same_kind_is_not_contaminated():
    assert kinds("Janet's hens lay 16 eggs per day. How many eggs do they lay in 3 days?") == []
    assert kinds("Compute $3 + 4$.", "Compute $5 + 9$.") == []
    assert kinds("Compute $3 + 4$.", "Compute $3 + 4$") == ["canonical"]


def test_what_a_family_shares_with_a_benchmark_by_nature_is_told_and_let_through():
    row = "What is the remainder when 129 is divided by 11?"
    pool = [f"What is the remainder when {n} is divided by 7?" for n in range(100, 110)]
    pool.append("What is the remainder when 129 is divided by 11?")
    made = match_texts(pool, [row], families=np.zeros(len(pool), np.int64))
    assert made.pairs["text"].to_list() == [10]
    assert made.shared.rows() == [(0, 0, 10)]
    assert match_texts(pool, [row]).pairs["text"].to_list() == list(range(11))


def test_a_benchmark_of_many_instances_of_one_template_still_finds_it_in_other_words():
    rows = [DUCKS.replace("16", str(number)) for number in range(20, 50)]
    sentences = DUCKS.split(". ")
    other = ". ".join((sentences[1], sentences[0], *sentences[2:])).replace("daily", "each day")
    assert not match_texts([other], rows).pairs.is_empty()


def test_chunks_do_not_change_what_is_found(monkeypatch: pytest.MonkeyPatch):
    pool = [DUCKS, ELSE, DUCKS.replace("16", "20"), ELSE, DUCKS.upper()]
    whole = match_texts(pool, [DUCKS]).pairs
    monkeypatch.setattr("curation.contamination.matching.CHUNK", 2)
    assert match_texts(pool, [DUCKS]).pairs.equals(whole)
    assert match_texts([], [DUCKS]).pairs.is_empty()


@needs_data
@pytest.mark.parametrize("name", ["math500", "aime24", "gsm8k_test"])
def test_planted_benchmarks_are_found_verbatim_and_renumbered(name: str):
    rows = [json.loads(line)["problem"] for line in (MATH / f"{name}.jsonl").open()]
    rng = Random(0)
    other = ["".join(_another(letter, rng) for letter in row) for row in rows]
    pairs = match_texts([*rows, *other], rows).pairs
    own = pairs.filter(pl.col("text") % len(rows) == pl.col("row"))["text"].to_numpy()
    assert np.sum(own < len(rows)) == len(rows)
    assert np.sum(own >= len(rows)) >= 0.97 * len(rows)


def _another(letter: str, rng: Random) -> str:
    return rng.choice("23456789") if letter in "23456789" else letter


@needs_data
def test_generated_families_are_not_swept_away():
    rng = Random(0)
    families = [family for family in installed_families() if family.domain == "math"]
    problems = [
        family.generate(rng, level)
        for family in families
        for level in family.levels
        for _ in "1234"
    ]
    groups = np.array([hash(one.family) % 2**31 for one in problems])
    rows = [
        json.loads(line)["problem"]
        for name in ("math500", "gsm8k_test")
        for line in (MATH / f"{name}.jsonl").open()
    ]
    found = match_texts([one.prompt for one in problems], rows, families=groups).pairs
    assert found["text"].n_unique() < 0.05 * len(problems)


@pytest.mark.skipif(find_spec("wordllama") is None, reason="the extra `semantic` is not installed")
def test_embeddings_find_what_words_do_not_show():
    row = "A shop sells 3 red pens for 12 dollars. What is the price of a single pen?"
    other = "The store is selling 3 red pens for 12 dollars. What does one pen cost?"
    found = match_texts([other, ELSE], [row], embed=embedding("wordllama")).pairs
    assert found.select("text", "row", "kind").rows() == [(0, 0, "semantic")]


def problem(prompt: str, **fields) -> Problem:
    return Problem(
        domain="math",
        family="f",
        prompt=prompt,
        ground_truth="1",
        verifier="math",
        certificate="construction",
        **fields,
    )


def write(path: Path, *texts: str) -> Path:
    path.write_text("".join(json.dumps({"question": text}) + "\n" for text in texts))
    return path


def test_the_store_keeps_each_problem_beside_what_it_matched(tmp_path: Path):
    first = write(tmp_path / "first.jsonl", "Say why the sky is blue.", DUCKS)
    second = write(tmp_path / "second.jsonl", ELSE)
    copy, other = problem(DUCKS.lower()), problem(DUCKS.replace("16", "20"))
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        store.add("problems", [copy, other, problem(DUCKS, quarantine="bad"), problem("Free.")])
        for _ in range(2):
            found = find_contamination(store, [first], NIL)
            assert found.n_problems == 3
            assert found.n_contaminated == {"first.jsonl": 2}
        assert find_contamination(store, [second], NIL).n_contaminated == {"second.jsonl": 0}
        rows = store.rows(
            "SELECT problem_id, benchmark, row_number, kind, similarity, benchmark_text "
            "FROM contaminations ORDER BY kind"
        )
        assert rows == [
            (copy.problem_id, "first.jsonl", 2, "canonical", 1.0, DUCKS),
            (other.problem_id, "first.jsonl", 2, "template", 1.0, DUCKS),
        ]


def test_benchmarks_are_read_from_chats_and_said_to_be_bad(tmp_path: Path):
    chat = [{"role": "system", "content": "Hi"}, {"role": "user", "content": "What is 2 + 3?"}]
    (tmp_path / "chat.jsonl").write_text(json.dumps({"prompt": chat}) + "\n")
    assert read_benchmark(tmp_path / "chat.jsonl").texts == ["What is 2 + 3?"]
    (tmp_path / "bad.jsonl").write_text('{"problem": "p"}\n{"answer": "1"}\n')
    with pytest.raises(BadInput, match="row 2 has no problem text"):
        read_benchmark(tmp_path / "bad.jsonl")
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(BadInput, match="no rows"):
        read_benchmark(tmp_path / "empty.jsonl")


def test_a_dataset_of_the_hub_is_read_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A local directory stands for the Hub, as `datasets` allows."""
    write(tmp_path / "test.jsonl", DUCKS)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    assert read_benchmark(f"hf:{tmp_path}@test").texts == [DUCKS]
    with pytest.raises(BadInput, match="cannot be read"):
        read_benchmark(f"hf:{tmp_path}@validation")


def test_two_benchmarks_need_two_names(tmp_path: Path):
    (tmp_path / "d").mkdir()
    one, other = write(tmp_path / "b.jsonl", DUCKS), write(tmp_path / "d/b.jsonl", ELSE)
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        with pytest.raises(BadInput, match=r"two benchmarks are called b\.jsonl"):
            find_contamination(store, [one, other], NIL)
        with pytest.raises(BadInput, match="--against"):
            find_contamination(store, [], NIL)
