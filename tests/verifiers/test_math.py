"""Answers by type; the pairs are written from the mathematics, not from what the verifier says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifiers.errors import VerifierFailed
from verifiers.math import MathVerifier

EQUAL = [
    ("18", "\\boxed{18}"),
    ("18", "So she makes \\boxed{18.00} dollars."),
    ("18", "first \\boxed{17}, no: \\boxed{18}"),
    ("1234", "\\boxed{1,234}"),
    ("\\frac{3}{4}", "\\boxed{\\dfrac{3}{4}}"),
    ("\\frac{3}{4}", "\\boxed{0.75}"),
    ("\\frac{3}{4}", "\\boxed{6/8}"),
    ("\\sqrt{12}", "\\boxed{2\\sqrt{3}}"),
    ("x^2 + 2x + 1", "\\boxed{(x+1)^2}"),
    ("\\{1, 2\\}", "\\boxed{\\{2, 1\\}}"),
    ("(1, 2)", "\\boxed{(1,2)}"),
    (
        "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
        "\\boxed{\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}}",
    ),
    ("7", "The answer is 7."),
    ("7", "The final answer is: **7**"),
    ("7", "<answer>7</answer>"),
    ("7", "<think>perhaps \\boxed{8}</think> It is \\boxed{7}"),
    ("7", "no opening tag, \\boxed{8}</think> It is \\boxed{7}"),
    ("7", "3 + 4 = 7"),
    ("\\text{Tuesday}", "\\boxed{\\text{Tuesday}}"),
]

DIFFERENT = [
    ("18", "\\boxed{19}"),
    ("18", "\\boxed{18} is wrong, it is \\boxed{20}"),
    ("18", "\\boxed{}"),
    ("18", ""),
    ("18", "I do not know."),
    ("18", "<think>\\boxed{18}</think>"),
    ("18", "<think>\\boxed{18}"),
    ("18", "\\boxed{-18}"),
    ("\\frac{3}{4}", "\\boxed{\\frac{4}{3}}"),
    ("x^2 + 2x + 1", "\\boxed{(x+2)^2}"),
    ("x + 1", "\\boxed{y + 1}"),
    ("\\{1, 2\\}", "\\boxed{\\{1, 3\\}}"),
    ("(1, 2)", "\\boxed{(2, 1)}"),
    ("7", "<answer>8</answer>"),
    ("\\sqrt{12}", "\\boxed{3\\sqrt{2}}"),
]


@pytest.mark.parametrize(("ground_truth", "completion"), EQUAL)
def test_right_answers_are_accepted(ground_truth: str, completion: str):
    verdict = MathVerifier().verify(ground_truth=ground_truth, completion=completion)
    assert (verdict.outcome, verdict.reward) == ("accepted", 1.0), verdict


@pytest.mark.parametrize(("ground_truth", "completion"), DIFFERENT)
def test_wrong_answers_are_rejected(ground_truth: str, completion: str):
    verdict = MathVerifier().verify(ground_truth=ground_truth, completion=completion)
    assert (verdict.outcome, verdict.reward) == ("rejected", 0.0), verdict


@pytest.mark.parametrize("ground_truth", ["", "  "])
def test_a_ground_truth_without_content_is_the_verifiers_failure(ground_truth: str):
    with pytest.raises(VerifierFailed):
        MathVerifier().verify(ground_truth=ground_truth, completion="\\boxed{1}")


@given(a=st.fractions(max_denominator=99), b=st.fractions(max_denominator=99))
def test_fractions_are_equal_exactly_when_they_are(a, b):
    verdict = MathVerifier().verify(
        ground_truth=f"\\frac{{{a.numerator}}}{{{a.denominator}}}", completion=f"\\boxed{{{b}}}"
    )
    assert verdict.correct == (a == b)


@given(a=st.integers(), b=st.integers())
def test_integers_are_equal_exactly_when_they_are(a: int, b: int):
    verdict = MathVerifier().verify(ground_truth=str(a), completion=f"It is \\boxed{{{b:,}}}.")
    assert verdict.correct == (a == b)


@given(text=st.text(max_size=300))
def test_no_text_without_the_answer_is_accepted(text: str):
    """987654321987 is too rare to be there by chance."""
    verdict = MathVerifier().verify(ground_truth="987654321987", completion=text)
    assert verdict.correct is False
