"""The JSON that a response ends in."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifiers.json_answers import MISSING, final_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)  # fmt: skip
answers = st.one_of(
    st.lists(values, max_size=4), st.dictionaries(st.text(max_size=5), values, max_size=4)
)


@given(answers, st.sampled_from(["So: {}", "```json\n{}\n```", "[a] and \\[x\\] give\n{} ."]))
def test_what_is_written_is_found(value, around):
    assert final_json(around.replace("{}", json.dumps(value))) == value


@pytest.mark.parametrize(
    "text",
    ["", "I cannot tell.", "<think>[1, 2]</think> None.", "[1, 2", "{1: 2}", "[NaN]", "[Infinity]",
     '{"a": 1, "a": 2}', "```json\nnothing\n```"],
)  # fmt: skip
def test_what_is_no_json_is_missing(text):
    assert final_json(text) is MISSING


def test_the_last_value_counts_and_its_parts_do_not():
    assert final_json('First {"a": 1}, no: {"a": [2, {"b": 3}]}') == {"a": [2, {"b": 3}]}


def test_the_end_of_another_languages_block_begins_none():
    code = "```python\nprint(1)\n```"
    assert final_json(f'{code}\nSo:\n```json\n{{"a": 1}}\n```\nas in [1].') == {"a": 1}
    assert final_json(f'```JSON \n{{"a": 1}}\n```\n{code}') == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "[[1," * 50_000,
        '{"a":' * 40_000,
        "[1 " * 60_000,
        "```" + " " * 150_000,
        "```json" + "\t" * 150_000,
    ],
)
def test_a_text_of_brackets_or_spaces_is_read_in_no_time(text):
    started = time.process_time()
    assert final_json(text) is MISSING
    assert time.process_time() - started < 2
