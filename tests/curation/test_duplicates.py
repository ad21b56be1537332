"""Clusters of like problems: what is joined, what must not be, and what the store keeps of it."""

from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.duplicates import find_clusters, group_texts
from curation.duplicates.near import near_links
from curation.store import Store
from curation.texts.embedding import embedding
from verifiers.errors import BadInput
from verifiers.records import NIL, Problem

STORY = (
    "Ben has {a} apples in a basket and buys {b} more apples at the market on a sunny day in May. "
    "How many apples does he have {end}?"
)
WORDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=12).map(" ".join)


def kind(one: str, other: str, golds: tuple[str, str] = ("1", "1")) -> str:
    """How two problems are joined, "" where they are not."""
    grouping = group_texts([one, other], list(golds))
    assert grouping.kind[0] == grouping.kind[1]
    return str(grouping.kind[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 2 + 3?", "what is $2+3$"),
        ("Compute $\\dfrac{1}{2} \\cdot 3$.", "Compute \\(\\frac12\\times 3\\)"),
        ("A car costs 12,500 dollars.", "A car costs $12500.00 dollars"),
        ("Is $x \\le 3$?", "Is x ≤ 3 ?"),
        ("the number ﬁve", "The number 5"),
        ("a 9-kilometer walk", "a 9 kilometer walk"),
        ("Find $x^{2}$", "Find x^2"),
        ("Find x²", "Find $x^2$"),
        ("Janet’s ducks", "Janet's ducks"),
    ],
)
def test_the_same_text_in_another_dress_is_an_exact_duplicate(one: str, other: str):
    assert kind(one, other, ("1", "2")) == "exact"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 2 + 3?", "What is 2 + 4?"),
        ("What is 2 + 3?", "What is 2 - 3?"),
        ("What is (8 - 4) - 2?", "What is 8 - (4 - 2)?"),
        ("Find $x^{2}3$", "Find $x^{23}$"),
        ("What is 1.5?", "What is 15?"),
        (STORY.format(a=3, b=4, end="now"), STORY.format(a=3, b=5, end="now")),
        (STORY.format(a="three", b=4, end="now"), STORY.format(a="two", b=4, end="now")),
        ("", "!"),
    ],
)
def test_other_numbers_or_signs_make_another_problem(one: str, other: str):
    assert kind(one, other) == ""


def test_the_same_numbers_in_another_order_need_the_same_ground_truth():
    assert kind("What is 2 + 3?", "What is 3 + 2?", ("5", "5")) == "parametric"
    assert kind("What is 2 - 3?", "What is 3 - 2?", ("-1", "1")) == ""
    assert kind("What is 2 - 3?", "What is 3 - 2?", ("", "")) == ""


def test_nearly_the_same_words_need_the_same_ground_truth():
    one, other = STORY.format(a=3, b=4, end="now"), STORY.format(a=3, b=4, end="in the end")
    assert kind(one, other, ("7", "7")) == "near"
    assert kind(one, other, ("7", "1")) == ""


def test_a_cluster_says_of_each_member_how_it_was_joined():
    texts = [
        STORY.format(a=3, b=4, end="now"),
        STORY.format(a=3, b=4, end="now").upper(),
        STORY.format(a=4, b=3, end="now"),
        STORY.format(a=3, b=4, end="in the end"),
        "Something else.",
    ]
    grouping = group_texts(texts, ["7"] * 5)
    assert grouping.cluster.tolist() == [0, 0, 0, 0, 4]
    assert grouping.kind.tolist() == ["exact", "exact", "parametric", "near", ""]
    assert 0.8 <= grouping.similarity[3] < 1


@given(st.lists(st.sets(st.integers(0, 30), min_size=1, max_size=12), min_size=1, max_size=25))
def test_the_join_finds_exactly_the_pairs_that_are_near(sets: list[set[int]]):
    parts = [np.sort(np.array(list(one), np.uint32) * np.uint32(0x9E3779B1)) for one in sets]
    bounds = np.concatenate(([0], np.cumsum([len(part) for part in parts])))
    blocks = np.zeros(len(sets), np.uint64)
    found = near_links(np.concatenate(parts), bounds, blocks, threshold=0.8)
    expected = {}
    for (i, one), (j, other) in combinations(enumerate(map(set, parts)), 2):
        similarity = len(one & other) / len(one | other)
        if similarity >= 0.8:
            expected[i, j] = similarity
    pairs = zip(found.left.tolist(), found.right.tolist(), strict=True)
    assert dict(zip(pairs, found.similarity.tolist(), strict=True)) == pytest.approx(expected)


@given(st.lists(WORDS, min_size=1, max_size=15), st.randoms())
def test_clusters_do_not_depend_on_the_order(texts: list[str], random: Random):
    order = list(range(len(texts)))
    random.shuffle(order)
    one = group_texts(texts, ["1"] * len(texts)).cluster
    other = group_texts([texts[place] for place in order], ["1"] * len(texts)).cluster
    for i, j in combinations(range(len(texts)), 2):
        assert (one[order[i]] == one[order[j]]) == (other[i] == other[j])


def letters(number: int) -> str:
    return chr(97 + number % 26) + chr(97 + number // 26)


def test_a_rare_run_in_very_many_texts_is_no_quadratic_work():
    texts = [f"zyx wvu tsr {name} and {name}{name}" for name in map(letters, range(600))]
    grouping = group_texts(texts, ["1"] * 600)
    assert set(grouping.kind) == {""}


@pytest.mark.skipif(find_spec("wordllama") is None, reason="the extra `semantic` is not installed")
def test_embeddings_join_what_says_the_same_in_other_words():
    one = "A farmer has 12 cows and buys 30 more cows. How many cows does the farmer have now?"
    same = "A farmer owns 12 cows and then buys 30 more cows. How many cows does he have now?"
    other = "There are 12 books in each of 30 boxes. What is the number of books in total?"
    embed = embedding("wordllama")
    grouping = group_texts([one, same, other], ["42", "42", "42"], embed=embed, cosine=0.9)
    assert grouping.kind.tolist() == ["semantic", "semantic", ""]


def test_an_embedding_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(BadInput, match="wordllama or the directory"):
        embedding("nobody/knows")


def problem(prompt: str, ground_truth: str, quarantine: str | None = None) -> Problem:
    return Problem(
        domain="math",
        family="f",
        prompt=prompt,
        ground_truth=ground_truth,
        verifier="math",
        certificate="construction",
        quarantine=quarantine,
    )


def test_the_store_keeps_clusters_of_two_or_more_and_finds_them_anew(tmp_path: Path):
    one, twin, other = (
        problem("What is 2+3?", "5"),
        problem("what is 2 + 3", "5"),
        problem("?", "5"),
    )
    bad = problem("WHAT IS 2+3?", "5", quarantine="doubtful")
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        store.add("problems", [one, twin, other, bad])
        for _ in range(2):
            found = find_clusters(store, NIL)
            rows = store.rows("SELECT problem_id, cluster_id, kind, similarity FROM clusters")
            first = min(one.problem_id, twin.problem_id, key=lambda uuid: uuid.int)
            assert sorted(rows) == sorted(
                (uuid, first, "exact", 1.0) for uuid in (one.problem_id, twin.problem_id)
            )
            assert (found.n_problems, found.n_clusters, found.n_surplus) == (3, 1, 1)
        store.put("problems", [problem("What is 2+3?", "5", quarantine="doubtful")])
        assert find_clusters(store, NIL).n_clusters == 0
        assert store.rows("SELECT count(*) FROM clusters") == [(0,)]


def test_semantic_clusters_stay_until_they_are_sought_again(tmp_path: Path):
    one, other = problem("A dog.", "1"), problem("A hound.", "1")

    def alike(texts: pl.Series) -> np.ndarray:
        return np.ones((len(texts), 1), np.float32)

    def unlike(texts: pl.Series) -> np.ndarray:
        return np.eye(len(texts), dtype=np.float32)

    with Store(tmp_path / "s.duckdb").writing("test") as store:
        store.add("problems", [one, other])
        assert find_clusters(store, NIL, embed=alike).n_members == {"semantic": 2}
        assert find_clusters(store, NIL).n_members == {"semantic": 2}
        assert find_clusters(store, NIL, embed=unlike).n_clusters == 0


def test_an_empty_store_has_no_clusters(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        assert find_clusters(store, NIL).n_problems == 0
