"""Judges a final answer against a mathematical ground truth.

    MathVerifier().verify(ground_truth="\\\\frac{3}{4}", completion="So it is \\\\boxed{0.75}.",
                          prompt=None, params={})
    ->  Verdict(outcome="accepted", reward=1.0, reason="equal: number", extracted="0.75", ...)

Layers, cheapest first: words, equal text, plain numbers, and huggingface/Math-Verify (sympy), which
may hang or eat memory: run it in the grading pool, whose workers can be killed.
"""

import logging
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from verifiers.answers import final_answer, unmarked
from verifiers.errors import VerifierFailed
from verifiers.records import Verdict

# It warns that its timeouts are off; they are, for the pool holds the clock.
logging.getLogger("math_verify").setLevel(logging.ERROR)

LONGEST_ANSWER = 2_000
"""Characters; a longer answer is no answer, and would only keep the parser busy."""

NUMBER = re.compile(
    r"(?P<sign>[+-]?)\s?(?:(?P<whole>\d+) )?"
    r"(?P<value>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<places>\d*))?(?:/\d+)?|\.(?P<bare>\d+))"
)
FRACTION = re.compile(r"\\[dt]?frac\s?\{(\d+)\}\s?\{(\d+)\}")
WRAPPED = re.compile(r"\\(?:text(?:bf|rm|it)?|mathrm|mathbf|mbox)\s?\{([^{}]*)\}")
UNIT = re.compile(
    r"(?<=[\d}])\s*(?:\^?\s?(?:\\circ|\{\\circ\})|°|\\degree"
    r"|(?!\s*(?:million|billion|thousand|hundred|dozen|percent|and|or|e)\b)\s+[a-z]+\.?"
    r"|\\(?:text|mbox|mathrm)\s?\{[^{}]*\}(?:\^\{?[23]\}?)?)$",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_][^\W\d_\s'’-]*(?:[\s'’-]+[^\W\d_]+)*")
CHOICE = re.compile(r"\(?([A-Z])\)?[.:]?")

_PLAIN = r"(?:\d+(?:,\d{3})*(?:\.\d*)?|\.\d+)"
_POWER = rf"(?:\^(?:\{{-?{_PLAIN}(?:/{_PLAIN})?\}}|\d))?"
_ROOT = rf"(?:(?:\\sqrt(?:\[\d+\])?(?:\{{{_PLAIN}\}}|\s?\d)|\\pi|π|e){_POWER})"
_TERM = rf"(?:(?:{_PLAIN}\s?)?{_ROOT}|\(?{_PLAIN}\)?{_POWER})"
_PART = rf"(?:\{{-?{_TERM}\}}|\s?\d)"
_LITERAL = (
    rf"(?:\\[dt]?frac{_PART}{_PART}(?:{_ROOT})?|{_TERM}/{_TERM}"
    rf"|{_PLAIN}\s?(?:\\times|\\cdot|×)\s?10{_POWER}|{_TERM})"
)
LITERAL = re.compile(rf"[+-]?\s?{_LITERAL}(?:\s?[+-]\s?(?:{_PLAIN}\s?)?{_ROOT})*")


class MathVerifier:
    """Math verification: answer extraction, then equality in layers."""

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
        _check(ground_truth)
        answer, gold_word = final_answer(completion), _word(ground_truth)
        if answer is not None and (gold_word or answer.place != "words"):
            text = answer.text
        elif gold_word:
            return self._verdict(False, "no_answer")
        else:
            found = _math_verify_parse(unmarked(completion))
            if not found:
                return self._verdict(False, "no_answer")
            text = str(found[-1])
        if not text:
            return self._verdict(False, "no_answer: empty")
        if len(text) > LONGEST_ANSWER:
            return self._verdict(False, "too_long", text[:100])
        if gold_word:
            same = _word(text) == gold_word
            return self._verdict(same, "equal: word" if same else "different: word", text)
        if _plain(text) == _plain(ground_truth):
            return self._verdict(True, "equal: text", text)
        if (gold := _number(ground_truth)) is not None:
            return self._judge_number(gold, ground_truth, text, prompt or "")
        if _restates(text, ground_truth, prompt or ""):
            return self._verdict(False, "unevaluated: it stands in the prompt", text)
        return self._compare(ground_truth, text, text)

    def validate(self, ground_truth: str) -> None:
        """Compare the ground truth with itself and with a plain number; raises VerifierFailed."""
        _check(ground_truth)
        for other in (ground_truth, "1"):
            self._compare(ground_truth, other, other)

    def _judge_number(self, gold: Fraction, ground_truth: str, text: str, prompt: str) -> Verdict:
        """Only a value answers for a number, not a calculation that somebody else must do."""
        sides = [_bare(side) for side in re.split(r"=|\\approx|≈", text)]
        for side in sides[:-1]:
            other = _number(side)
            if other is not None and other != gold:
                return self._verdict(False, "different: the sides of an equation", text)
        value = sides[0] if re.fullmatch(r"[A-Za-z]", sides[-1]) else sides[-1]
        value, percents = re.subn(r"\s?(?:\\?%|\\?\s?percent)$", "", value)
        in_percent = "%" in ground_truth or re.search(r"%|per\s?cent", prompt, re.IGNORECASE)
        theirs = _number(value)
        if theirs is not None:
            if percents and not in_percent:
                if abs(gold) >= 1:
                    return self._verdict(False, "different: per cent", text)
                theirs /= 100
            same = _same_number(gold, _places(ground_truth), theirs, value)
            return self._verdict(same, "equal: number" if same else "different: number", text)
        if percents or not LITERAL.fullmatch(value):
            return self._verdict(False, "unevaluated", text)
        return self._compare(_bare(ground_truth).rstrip("\\%"), value, text)

    def _compare(self, ground_truth: str, answer: str, extracted: str) -> Verdict:
        from math_verify import verify

        gold, parsed = _parse(ground_truth), _parse(answer)
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


def _check(ground_truth: str) -> None:
    """Raise VerifierFailed for a ground truth no answer could equal."""
    if not ground_truth.strip():
        raise VerifierFailed("the ground truth is empty")
    braces = re.sub(r"\\.", "", ground_truth)
    sound = braces.count("{") == braces.count("}") and re.search(r"\w", ground_truth)
    if not sound and all(isinstance(part, str) for part in _parse(ground_truth)):
        raise VerifierFailed(f"the ground truth {ground_truth[:80]!r} is no mathematics: mend it")


def _plain(text: str) -> str:
    """Drop what only sets type; spaces go beside operators and brackets, never between digits."""
    text = re.sub(r"\\(?:left|right)(?![a-zA-Z])|\\displaystyle|\\!|\$", "", text)
    text = re.sub(r"\\[,;: ]|~", " ", text.replace("\\$", ""))
    text = re.sub(r"\\[dt]frac", r"\\frac", text.replace("{,}", ","))
    text = re.sub(r"\s+", " ", text).strip().rstrip(".").strip()
    return re.sub(r" ?([-+*/=^(){}\[\]<>|&]) ?", r"\1", text)


def _bare(text: str) -> str:
    """The value without the unit it is given in."""
    text = text.strip().removesuffix(".").strip()
    text = re.sub(r"\s+", " ", re.sub(r"\\!|\$|\\\$", "", text).replace("{,}", ",")).strip()
    text = re.sub(r"\\(?:left|right)(?![a-zA-Z])", "", re.sub(r"\\[,;: ]", " ", text))
    if whole := WRAPPED.fullmatch(text):
        text = whole[1].strip()
    return UNIT.sub("", text).strip()


def _number(text: str) -> Fraction | None:
    """The exact value of a plain number, a fraction or a mixed number (`1 1/2` is 3/2)."""
    plain = FRACTION.sub(r" \1/\2", _bare(text)).strip().removesuffix("%").removesuffix("\\")
    plain = re.sub(r"\s+", " ", plain).strip()
    match = NUMBER.fullmatch(plain) if len(plain) <= 100 else None
    if match is None or (match["whole"] and "/" not in match["value"]):
        return None
    try:
        value = Fraction(match["value"].replace(",", "").removesuffix("."))
    except (ZeroDivisionError, ValueError):
        return None
    value += int(match["whole"] or 0)
    return -value if match["sign"] == "-" else value


def _places(text: str) -> int:
    """Decimals of a plain decimal number; 0 for an integer or a fraction."""
    return len(_bare(text).rstrip("\\%").partition(".")[2]) if "/" not in text else 0


def _same_number(gold: Fraction, places: int, answer: Fraction, text: str) -> bool:
    """Exact, or rounded: to a decimal ground truth's own places, or six digits of a fraction."""
    if gold == answer:
        return True
    if places:
        return _places(text) > places and round(answer, places) == gold
    digits = _places(text)
    long_enough = len(re.sub(r"\D", "", text).lstrip("0")) >= 6
    return gold.denominator > 1 and digits > 0 and long_enough and round(gold, digits) == answer


def _word(text: str) -> str | None:
    """The text casefolded where it is a word or a choice like (B), else None."""
    bare = re.sub(r"\s+", " ", WRAPPED.sub(r"\1", text.strip().strip("$*.\"'"))).strip(" .")
    if choice := CHOICE.fullmatch(bare):
        return choice[1].casefold()
    return bare.casefold() if WORD.fullmatch(bare) and len(bare) > 1 else None


def _restates(text: str, ground_truth: str, prompt: str) -> bool:
    bare, gold, asked = (re.sub(r"[\s$]", "", part) for part in (text, ground_truth, prompt))
    return bare != gold and bare in asked and not LITERAL.fullmatch(_bare(text))


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
