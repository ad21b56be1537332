"""What a reasoning model thinks and what it answers, in every form that models write them."""

import pytest

from gen.backends.thinking import count_inside, opens_thinking, share_of_tokens, split

NOT_OPENED = [
    ("It is 5.", (None, "It is 5.")),
    ("<think>2 and 3</think>\n\nIt is 5.", ("2 and 3", "It is 5.")),
    ("\n<think>\n2 and 3\n</think>\nIt is 5.", ("2 and 3", "It is 5.")),
    ("<think>2 and 3, that", ("2 and 3, that", "")),
    ("<think></think>It is 5.", ("", "It is 5.")),
    ("2 and 3</think>It is 5.", ("2 and 3", "It is 5.")),
    ("Well. <think>2 and 3</think>It is 5.", ("2 and 3", "Well. It is 5.")),
    ("<think>a</think>b <think>c</think>d", ("a", "b <think>c</think>d")),
    ("Write </think> to end <think>", ("Write", "to end <think>")),
    ("", (None, "")),
]
OPENED = [
    ("2 and 3</think>It is 5.", ("2 and 3", "It is 5.")),
    ("2 and 3, that", ("2 and 3, that", "")),
    ("<think>2 and 3</think>It is 5.", ("2 and 3", "It is 5.")),
    ("it says <think> there</think>It is 5.", ("it says <think> there", "It is 5.")),
    ("", ("", "")),
]


@pytest.mark.parametrize(("text", "apart"), NOT_OPENED)
def test_a_thought_is_taken_out_of_the_text(text, apart):
    assert split(text) == apart


@pytest.mark.parametrize(("text", "apart"), OPENED)
def test_a_text_may_begin_inside_a_thought(text, apart):
    assert split(text, opened=True) == apart


def test_a_prompt_opens_a_thought_only_at_its_very_end():
    assert opens_thinking("<|assistant|>\n<think>\n")
    assert not opens_thinking("<|assistant|>\n<think>\n\n</think>\n\n")
    assert not opens_thinking("What does <think> mean?<|assistant|>\n")
    assert not opens_thinking("2 + 3?")


@pytest.mark.parametrize(
    ("token_ids", "opened", "n"),
    [
        ([1, 7, 7, 7, 2, 9], False, 3),
        ([7, 7, 7, 2, 9], True, 3),
        ([7, 7, 7, 2, 9], False, 3),
        ([1, 7, 7], False, 2),
        ([7, 7], True, 2),
        ([5, 1, 7, 2, 9], False, 1),
        ([7, 7, 9], False, None),
    ],
)
def test_the_tokens_of_a_thought_are_counted_without_its_marks(token_ids, opened, n):
    assert count_inside(token_ids, start=[1], end=[2], opened=opened) == n


def test_marks_of_several_tokens_are_found():
    assert count_inside([3, 1, 2, 7, 7, 1, 4, 9], start=[1, 2], end=[1, 4], opened=False) == 2


def test_without_a_count_the_share_of_characters_stands_for_it():
    assert share_of_tokens(None, "It is 5.", n_tokens=10) == 0
    assert share_of_tokens("x" * 90, "y" * 10, n_tokens=50) == 45
