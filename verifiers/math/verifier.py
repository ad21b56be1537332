"""The math verifier: the final answer of a response against a mathematical ground truth.

    MathVerifier().verify(ground_truth="\\\\frac{3}{4}", completion="So it is \\\\boxed{0.75}.")
    ->  Verdict(outcome="accepted", reward=1.0, reason="equal: exact", extracted="0.75",
                details='{"layer":"exact"}', ...)

The answer is extracted (`verifiers/answers.py`), read into a checked syntax tree (`reader.py`) and
compared in layers (`compare.py`); the reason says which layer decided. What is doubtful about a
verdict stands behind it, and in its details as `doubt`.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Any

import msgspec

from verifiers.answers import Answer, final_answer, last_expression
from verifiers.errors import VerifierFailed
from verifiers.math.asked import asked
from verifiers.math.compare import compare
from verifiers.math.expressions import unevaluated
from verifiers.math.findings import Finding
from verifiers.math.notation import plain
from verifiers.math.parser import parse
from verifiers.math.reader import read
from verifiers.math.symbolic import begin
from verifiers.math.syntax import (
    Braces,
    Bracketed,
    Listing,
    NamedSet,
    Number,
    Percent,
    Piecewise,
    Quantity,
    Symbol,
    Text,
    Unreadable,
    walk,
)
from verifiers.math.words import choices, chosen
from verifiers.records import Verdict

CONVERSION_ASKED = re.compile(
    r"convert|rewrite|as an? (?:\w+ )?(?:decimal|fraction|percent|percentage|mixed)|simplif"
    r"|reduc|lowest terms"
    r"|simplest|scientific notation|standard form|in terms of|how many",
    re.IGNORECASE,
)
COUNT_ASKED = re.compile(r"how many (dozen|hundred|thousand|million)", re.IGNORECASE)
CHOICE = re.compile(r"\(?[A-J]\)?[.:]?")
EUROPEAN = re.compile(r"(?P<sign>-?)(?P<whole>\d{1,3}(?:\.\d{3})+|\d+),(?P<places>\d+)")
DOUBTFUL = re.compile("too long|less than 1e-9|no values to compare")
"""Notes that put a rejection in doubt; every note on an acceptance does."""
WILD = re.compile(r"[\s.*?_+\\-]*")


class MathVerifier:
    """Math verification: answer extraction, then equality in layers."""

    name = "math"
    version = "2"

    def verify(
        self,
        *,
        ground_truth: str,
        completion: str,
        prompt: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Verdict:
        """Judge a whole response; raises VerifierFailed for a ground truth of no use."""
        begin()
        judge = _Judge(ground_truth, prompt or "")
        answer = final_answer(completion)
        if answer is None or (answer.place == "words" and not judge.in_words):
            answer = last_expression(completion) or answer
        if answer is None or not any(text.strip() for text in answer.readings):
            return self._verdict(Finding(False, "extraction"), "no_answer", None)
        finding, reason, text = judge.judged(answer)
        return self._verdict(finding, reason, text)

    def validate(self, ground_truth: str) -> None:
        """Compare the ground truth with itself and with a number; raises VerifierFailed."""
        judge = _Judge(ground_truth, "")
        for text in (ground_truth, "1"):
            judge.judged(Answer((text,), "box"))

    def _verdict(self, finding: Finding, reason: str, extracted: str | None) -> Verdict:
        details = {"layer": finding.layer}
        if finding.note and (finding.equal or DOUBTFUL.search(finding.note)):
            details["doubt"] = finding.note
        return Verdict(
            verifier=self.name,
            verifier_version=self.version,
            outcome="accepted" if finding.equal else "rejected",
            reward=float(finding.equal),
            reason=reason,
            extracted=extracted,
            details=msgspec.json.encode(details).decode(),
        )


class _Judge:
    """A ground truth, ready to be compared with answers."""

    def __init__(self, ground_truth: str, prompt: str) -> None:
        self._text = ground_truth
        self._plain, self._gold, self._unread = _gold(ground_truth)
        self._prompt = prompt
        approximate = self._plain.startswith(("\\approx", "~", "approx", "about"))
        self._asked = asked(prompt, rounded=approximate)
        self._choice = chosen(ground_truth) if _is_choice(self._plain, ground_truth) else None

    @property
    def in_words(self) -> bool:
        """Whether an answer in words may be right."""
        return self._choice is not None or not isinstance(self._gold, Number)

    def judged(self, answer: Answer) -> tuple[Finding, str, str]:
        """The finding, its reason and the text that was judged; raises VerifierFailed."""
        last = Finding(False, "form"), "unparsable", answer.readings[0][:200]
        for text in answer.readings:
            try:
                finding = self._finding(text)
            except Unreadable as error:
                if self._unread == "" and (fault := _fault(self._gold)):
                    raise VerifierFailed(f"the ground truth {self._text[:80]!r}: {fault}") from None
                last = Finding(False, "form"), str(error), text[:200]
                continue
            reason = f"{'equal' if finding.equal else 'different'}: {finding.layer}"
            reason = f"{reason}; {finding.note}" if finding.note else reason
            last = finding, reason, text[:200]
            if finding.equal or not isinstance(self._gold, Text):
                return last
        return last

    def _finding(self, text: str) -> Finding:
        shown = plain(text)
        if not shown or WILD.fullmatch(shown):
            raise Unreadable("no_answer: empty")
        if shown == self._plain:
            return Finding(True, "text")
        if self._choice and (finding := self._by_letter(text)) is not None:
            return finding
        if self._unread:
            raise VerifierFailed(
                f"the ground truth {self._text[:80]!r} cannot be read: {self._unread}"
            )
        if self._choice is None and (content := self._letter_content(text)) is not None:
            return compare(self._gold, content, self._asked)
        node = self._read(text, shown)
        if _in_words(node) and not _in_words(self._gold) and not isinstance(self._gold, NamedSet):
            raise Unreadable("unparsable: words")
        if self._restates(shown, node):
            raise Unreadable("unevaluated: it stands in the prompt")
        if unevaluated(self._gold, node, _numbers_given(self._prompt)):
            raise Unreadable("unevaluated: a calculation is left to the reader")
        return compare(self._gold, node, self._asked)

    def _read(self, text: str, shown: str) -> Any:
        """The answer's tree; commas are read as the ground truth needs them."""
        several = isinstance(self._gold, Listing | Bracketed | Braces)
        if several and re.search(r"\d,\d{3}", shown):
            node = read(text, grouped=False)
            if len(getattr(node, "items", ())) == len(self._gold.items):
                return node
        if counted := COUNT_ASKED.search(self._prompt):  # 7 dozen answers "how many dozen"
            text = re.sub(rf"(?<=\d)\s*{counted[1]}s?\b", "", text, flags=re.IGNORECASE)
        single = isinstance(self._gold, Number | Percent | Quantity)
        if single and (european := EUROPEAN.fullmatch(shown)) is not None:
            whole, places = european["whole"], european["places"]
            if "." in whole or len(places) != 3:
                return parse(f"{european['sign']}{whole.replace('.', '')}.{places}")
        return read(text)

    def _by_letter(self, text: str) -> Finding | None:
        """A lettered ground truth: by letter, or by the content that it has in the prompt."""
        assert self._choice is not None
        letter, content = self._choice
        offered = choices(self._prompt)
        content = content or offered.get(letter, "")
        found = chosen(text)
        if found is not None and (len(found[0]) == 1):
            theirs, said = found
            if theirs != letter:
                return Finding(False, "choice")
            if said and content and not self._same_content(content, said):
                return Finding(False, "choice", "the letter is right, what stands beside it is not")
            return Finding(True, "choice")
        if content and self._same_content(content, text):
            return Finding(True, "choice")
        if content or isinstance(self._gold, Symbol | Text):
            raise Unreadable("different: choice")
        return None

    def _same_content(self, content: str, said: str) -> bool:
        try:
            if plain(content) == plain(said):
                return True
            return compare(read(content), read(said), self._asked).equal
        except Unreadable:
            return False

    def _letter_content(self, text: str) -> Any:
        """The content of the choice that the answer names, where that is the ground truth."""
        offered = choices(self._prompt)
        found = chosen(text) if offered else None
        if (
            found is None
            or found[0] not in offered
            or (found[1] and not CHOICE.match(text.strip()))
        ):
            return None
        if isinstance(self._gold, Symbol):
            return None
        if found[1] and not self._same_content(offered[found[0]], found[1]):
            raise Unreadable("different: the letter and what stands beside it")
        return read(offered[found[0]])

    def _restates(self, shown: str, node: Any) -> bool:
        """Whether the answer is a part of the question that was to be worked out."""
        if not self._prompt or isinstance(node, Text | Symbol) or isinstance(self._gold, Text):
            return False
        given = isinstance(node, Number | Quantity | Percent)
        if given and not (
            CONVERSION_ASKED.search(self._prompt) and type(node) is not type(self._gold)
        ):
            reduced = isinstance(node, Number) and (node.places is not None or _reduced(shown))
            if reduced or not isinstance(node, Number):
                return False
        prompt = _squeezed(self._prompt)
        theirs = _squeezed(shown)
        return (
            len(theirs) > 2
            and _stands_in(theirs, prompt)
            and not _stands_in(_squeezed(self._plain), prompt)
        )


def _reduced(shown: str) -> bool:
    """Whether a number needs no more work: whole, or a fraction in lowest terms."""
    numbers = [int(digits) for digits in re.findall(r"\d+", shown.replace(",", ""))]
    if len(numbers) != 2:
        return len(numbers) < 2
    return gcd(*numbers) == 1


@lru_cache(maxsize=1024)
def _squeezed(text: str) -> str:
    text = re.sub(r"(?<![\\A-Za-z])[A-Za-z]{2,}(?![A-Za-z])", "|", text)
    return re.sub(
        r"[\s$]|\\(?:left|right|displaystyle|,|!|;|text|mathrm|quad)|[{}]",
        "",
        text.replace("dfrac", "frac").replace("tfrac", "frac"),
    )


def _stands_in(part: str, whole: str) -> bool:
    """Whether it occurs, and not as a piece of a longer number or name."""
    start = whole.find(part)
    while start >= 0:
        before, after = whole[start - 1 : start], whole[start + len(part) : start + len(part) + 1]
        begins = not before or not (before + part[:1]).isalnum()
        if begins and not (after and (part[-1] + after).isdigit()):
            return True
        start = whole.find(part, start + 1)
    return False


def _in_words(node: Any) -> bool:
    """Whether there are words in it, other than as the condition of a case."""
    return not isinstance(node, Piecewise) and any(isinstance(one, Text) for one in walk(node))


def _is_choice(shown: str, ground_truth: str) -> bool:
    if CHOICE.fullmatch(shown):
        return True
    found = chosen(ground_truth)
    return found is not None and bool(found[1]) and bool(re.match(r"\(?[A-J][).:]", shown))


@lru_cache(maxsize=4096)
def _gold(ground_truth: str) -> tuple[str, Any, str]:
    """Plain text and tree of a ground truth, and why it has no tree; raises VerifierFailed."""
    try:
        shown = plain(ground_truth)
    except Unreadable as error:
        raise VerifierFailed(f"the ground truth {ground_truth[:80]!r}: {error}") from None
    if not re.search(r"\w|\\infty|\\emptyset|\\varnothing|\\\{", shown):
        raise VerifierFailed(f"the ground truth {ground_truth[:80]!r} is empty: mend it")
    braces = re.sub(r"\\.", "", ground_truth)
    if braces.count("{") != braces.count("}"):
        raise VerifierFailed(
            f"the ground truth {ground_truth[:80]!r} has unmatched braces: mend it"
        )
    try:
        return shown, read(ground_truth), ""
    except Unreadable as error:
        return shown, None, str(error)


@lru_cache(maxsize=4096)
def _fault(gold: Any) -> str:
    """Why nothing can be compared with this ground truth; empty where something can."""
    try:
        compare(gold, Number(Fraction(1, 7)))
    except Unreadable as error:
        return str(error) if str(error).startswith(("too_large", "undefined")) else ""
    return ""


@lru_cache(maxsize=1024)
def _numbers_given(prompt: str) -> frozenset[Fraction]:
    numbers = re.findall(r"\d[\d,]*(?:\.\d+)?", prompt) if len(prompt) < 20_000 else []
    short = (number.replace(",", "") for number in numbers if len(number) < 100)
    return frozenset({Fraction(1), *map(Fraction, short)}) if numbers else frozenset()
