"""Judges a final answer against a mathematical ground truth.

    MathVerifier().verify(ground_truth="\\\\frac{3}{4}", completion="So it is \\\\boxed{0.75}.",
                          prompt=None, params={})
    ->  Verdict(outcome="accepted", reward=1.0, reason="equal", extracted="0.75", ...)

Three layers, cheapest first: equal text, equal plain numbers, and huggingface/Math-Verify (sympy),
which may hang or eat memory: run it in the grading pool, whose workers can be killed.
"""

import logging
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from verifiers.answers import final_answer, visible
from verifiers.errors import VerifierFailed
from verifiers.records import Verdict

# It warns that its timeouts are off; they are, for the pool holds the clock.
logging.getLogger("math_verify").setLevel(logging.ERROR)

LONGEST_ANSWER = 2_000
"""Characters; a longer answer is no answer, and would only keep the parser busy."""

TAIL = 4_000
"""Characters of a response in which a last expression is looked for where no answer is marked."""

NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?|[+-]?\.\d+")
WRAPPERS = re.compile(r"\\(?:left|right|displaystyle|,|!|;|:)|[\s$]|\\text(?:bf|rm|it)?\s*\{\s*\}")


class MathVerifier:
    """Math verification: answer extraction, then equality in three layers."""

    name = "math"
    version = "1"

    def verify(
        self,
        *,
        ground_truth: str,
        completion: str,
        prompt: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Verdict:
        """Judge a whole response; raises VerifierFailed where the ground truth does not parse."""
        if not ground_truth.strip():
            raise VerifierFailed("the ground truth is empty")
        answer = final_answer(completion)
        if answer is None:
            return self._judge_last_expression(ground_truth, visible(completion)[-TAIL:])
        if not answer.text:
            return self._verdict(False, "no_answer: empty")
        if len(answer.text) > LONGEST_ANSWER:
            return self._verdict(False, "too_long", answer.text[:100])
        if _plain(answer.text) == _plain(ground_truth):
            return self._verdict(True, "equal: text", answer.text)
        ours, theirs = _number(ground_truth), _number(answer.text)
        if ours is not None and theirs is not None:
            if ours == theirs:
                return self._verdict(True, "equal: number", answer.text)
            if ours.denominator == theirs.denominator == 1:
                return self._verdict(False, "different: number", answer.text)
        return self._compare(ground_truth, _parse(answer.text), answer.text)

    def validate(self, ground_truth: str) -> None:
        """Compare the ground truth with itself and with a plain number; raises VerifierFailed."""
        for other in (ground_truth, "1"):
            self._compare(ground_truth, _parse(other), other)

    def _judge_last_expression(self, ground_truth: str, tail: str) -> Verdict:
        found = _math_verify_parse(tail)
        if not found:
            return self._verdict(False, "no_answer")
        return self._compare(ground_truth, found, str(found[-1]))

    def _compare(self, ground_truth: str, parsed: tuple, extracted: str) -> Verdict:
        from math_verify import verify

        gold = _parse(ground_truth)
        if not gold:
            raise VerifierFailed(f"the ground truth {ground_truth[:80]!r} is no mathematics")
        if not parsed:
            return self._verdict(False, "unparsable", extracted)
        if verify(list(gold), list(parsed), timeout_seconds=None):
            return self._verdict(True, "equal: sympy", extracted)
        return self._verdict(False, "different: sympy", extracted)

    def _verdict(self, correct: bool, reason: str, extracted: str | None = None) -> Verdict:
        return Verdict(
            verifier=self.name,
            verifier_version=self.version,
            outcome="accepted" if correct else "rejected",
            reward=float(correct),
            reason=reason,
            extracted=extracted,
        )


def _plain(text: str) -> str:
    return (
        WRAPPERS.sub("", text).replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").rstrip(".")
    )


def _number(text: str) -> Fraction | None:
    plain = _plain(text).replace("\\", "")
    if len(plain) > 100 or not NUMBER.fullmatch(plain):
        return None
    try:
        return Fraction(plain.replace(",", ""))
    except ZeroDivisionError:
        return None


@lru_cache(maxsize=4096)
def _parse(text: str) -> tuple:
    """Parse one answer, boxed so that the parser takes all of it."""
    return _math_verify_parse(f"\\boxed{{{text}}}")


def _math_verify_parse(text: str) -> tuple:
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse

    return tuple(
        parse(
            text,
            extraction_config=[
                LatexExtractionConfig(boxed_match_priority=0),
                ExprExtractionConfig(),
            ],
            parsing_timeout=None,  # type: ignore[arg-type]
        )
    )
