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
    ("18", "The answer is 18 dollars."),
    ("18", "The answer is approximately 18."),
    ("18", "The answer is therefore 18"),
    ("18", "The answer is 18!"),
    ("18", "Final Answer: The final answer is $18$. I hope it is correct."),
    ("18", "The answer is obtained by adding 9 and 9, so 18."),
    ("18", "To find the answer: we add 9 and 9. This gives 18."),
    ("18", "Is the answer = 17? No. The answer is 18."),
    ("18", "**Final Answer:**\n\\[\nx = 18\n\\]"),
    ("5\\sqrt{2}", "The answer is $5\\sqrt{2}$ units."),
    ("3", "\\boxed{\\text{3 apples}}"),
    ("30", "\\boxed{30°}"),
    ("30^\\circ", "\\boxed{30°}"),
    ("30", "\\boxed{30^\\circ}"),
    ("3/2", "\\boxed{1 1/2}"),
    ("\\frac{5}{2}", "\\boxed{2\\frac{1}{2}}"),
    ("even", "\\boxed{\\text{Even}}"),
    ("even", "The answer is even."),
    ("B", "\\boxed{\\text{(B)}}"),
    ("18", "\\boxed{x = 18}"),
    ("18", "\\boxed{\\sqrt{324}}"),
    ("1024", "\\boxed{2^{10}}"),
    ("18", "\\boxed{18\\text{ cm}^2}"),
    ("0.03", "\\boxed{3\\%}"),
    ("25\\%", "\\boxed{25\\%}"),
    ("0.33", "\\boxed{0.333}"),
    ("\\frac{1}{3}", "\\boxed{0.\\overline{3}}"),
    ("120", "\\boxed{5!}"),
    ("10", "\\boxed{\\binom{5}{2}}"),
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
    ("18", "The answer is not 18."),
    ("18", "The answer is about 17, not 18."),
    ("17", "Is the answer = 17? No."),
    ("18", "The answer is 18 million."),
    ("1", "The answer is 1 or 2."),
    ("50", "\\boxed{5 0}"),
    ("11/2", "\\boxed{1 1/2}"),
    ("1234", "\\boxed{1, 234}"),
    ("even", "\\boxed{neve}"),
    ("\\text{even}", "\\boxed{odd}"),
    ("B", "\\boxed{C}"),
    ("56088", "\\boxed{123 \\times 456}"),
    ("56088", "123 * 456"),
    ("18", "\\boxed{9 + 9}"),
    ("5050", "\\boxed{\\sum_{k=1}^{100} k}"),
    ("\\frac{1}{3}", "\\boxed{\\int_0^1 x^2 dx}"),
    ("3", "\\boxed{\\gcd(12,9)}"),
    ("\\frac{1}{3}", "\\boxed{0.333333}"),
    ("3", "\\boxed{3\\%}"),
    ("3", "\\boxed{300\\%}"),
    ("3", "\\boxed{2=3}"),
    ("7", "\\boxed{8 = 7}"),
    ("0.0000001", "\\boxed{0.0000002}"),
    ("0.75", "\\boxed{0.8}"),
    ("18", "answer: a" + " " * 60_000 + "b"),
    ("18", "<answer>" * 50_000),
    ("18", "\\boxed{" * 20_000),
]


@pytest.mark.parametrize(("ground_truth", "completion"), EQUAL)
def test_right_answers_are_accepted(ground_truth: str, completion: str):
    verdict = MathVerifier().verify(ground_truth=ground_truth, completion=completion)
    assert (verdict.outcome, verdict.reward) == ("accepted", 1.0), verdict


@pytest.mark.parametrize(("ground_truth", "completion"), DIFFERENT)
def test_wrong_answers_are_rejected(ground_truth: str, completion: str):
    verdict = MathVerifier().verify(ground_truth=ground_truth, completion=completion)
    assert (verdict.outcome, verdict.reward) == ("rejected", 0.0), verdict


@pytest.mark.parametrize("ground_truth", ["", "  ", "\\frac{", "%%%"])
def test_a_ground_truth_without_content_is_the_verifiers_failure(ground_truth: str):
    with pytest.raises(VerifierFailed):
        MathVerifier().verify(ground_truth=ground_truth, completion="\\boxed{1}")


def test_percent_is_read_as_the_prompt_asks_for_it():
    judge = MathVerifier().verify
    prompt = "How many per cent are left?"
    assert judge(ground_truth="25", completion="\\boxed{25\\%}", prompt=prompt).correct
    assert not judge(ground_truth="3", completion="\\boxed{300\\%}", prompt=prompt).correct


def test_restating_the_question_is_no_answer():
    judge = MathVerifier().verify
    verdict = judge(
        ground_truth="x^2 + 2x + 1", completion="\\boxed{(x+1)^2}", prompt="Expand $(x + 1)^2$."
    )
    assert (verdict.correct, verdict.reason.split(":")[0]) == (False, "unevaluated")


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
