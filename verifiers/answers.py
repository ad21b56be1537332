"""Where the final answer stands in a model's whole response.

    final_answer("<think>7?</think> So \\boxed{\\frac{1}{2}}.")  ->  Answer("\\frac{1}{2}", "box")
    final_answer("2 + 3 = 5. The answer is 5 cents.")           ->  Answer("5", "phrase")
    final_answer("The answer is even.")                         ->  Answer("even", "words")
    final_answer("<think>it must be \\boxed{5}")                ->  None

Only what a reader is shown counts: text inside <think> never does, closed or not. Every step takes
time linear in the response, whatever a model repeats.
"""

import re
from dataclasses import dataclass
from typing import Literal

TAIL = 4_000
"""Characters of a response in which a last expression is looked for where no answer is marked."""

THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
OPENING, CLOSING = (re.compile(tag, re.IGNORECASE) for tag in ("<answer>", "</answer>"))
BOX = re.compile(r"\\(?:boxed|fbox)\b")
BRACE = re.compile(r"(?P<box>\\{1,2}(?:boxed|fbox)\s{0,20}\{)|\\.|[{}]", re.DOTALL)

CUE = re.compile(r"\banswer[\s*]{0,5}(?:is\b|:|=)[\s*_:]{0,20}", re.IGNORECASE)
SENTENCE = re.compile(r"(?:\$\$|\\\[)[^$\]]{0,500}|.{0,500}?(?=[.!?;*]+(?:\s|$)|\n|\Z)")
HEDGE = re.compile(
    r"(?:(?:approximately|about|roughly|exactly|therefore|thus|then|hence|simply|just|equal to)"
    r"[\s:,]{1,3}){0,3}",
    re.IGNORECASE,
)
MATHEMATICAL = re.compile(r"[-+$\\(\[{|]*\s*(?:\d|\.\d|\\?[a-z](?![a-z])(?!\s+[a-z]{2})|\\)", re.I)
REST = re.compile(
    r",?\s\(?(?!(?:and|or|times|plus|minus|over|divided|squared|cubed|factorial|to|percent|per"
    r"|dozen|hundred|thousand|million|billion)\b)[a-z]{2,}\b.*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer's text, and where it was found; "words" is a phrase that opens with no formula."""

    text: str
    place: Literal["box", "tag", "phrase", "words"]


def visible(response: str) -> str:
    """The response without its thinking; what precedes a lone `</think>` was thinking too."""
    shown = THINKING.sub(" ", response)
    return re.split(r"</think>", shown, flags=re.IGNORECASE)[-1]


def final_answer(response: str) -> Answer | None:
    """Find the last box, else the last <answer>, else the last "the answer is", else None."""
    text = visible(response)
    if (boxed := _last_box(text)) is not None:
        return Answer(boxed, "box")
    if (tagged := _last_tag(text)) is not None:
        return Answer(tagged, "tag")
    announced = [text[start:end] for start, end, denied in _phrases(text) if not denied]
    return _announced(announced[-1]) if announced else None


def unmarked(response: str) -> str:
    """The end of the response without what it asks or denies: a last expression may stand there.

    Empty where a box was opened and never closed: the answer was cut off.
    """
    text = visible(response)
    kept, position = [], 0
    for start, end, denied in _phrases(text):
        if denied:
            kept.append(text[position:start])
            position = end
    tail = re.sub(r"[ \t]+", " ", "".join(kept) + text[position:])[-TAIL:]
    # The parser prefers what follows the word "answer"; here that was found to announce nothing.
    return "" if BOX.search(tail) else re.sub("answer", "it", tail, flags=re.IGNORECASE)


def _last_box(text: str) -> str | None:
    """Match all braces in one pass; of the closed boxes the one that opens last counts."""
    opened: list[int | None] = []
    found: tuple[int, int] | None = None
    for token in BRACE.finditer(text):
        if token["box"]:
            opened.append(token.end())
        elif token[0] == "{":
            opened.append(None)
        elif token[0] == "}" and opened:
            start = opened.pop()
            if start is not None and (found is None or start > found[0]):
                found = start, token.start()
    return None if found is None else text[found[0] : found[1]].strip()


def _last_tag(text: str) -> str | None:
    end = max((match.start() for match in CLOSING.finditer(text)), default=None)
    if end is None:
        return None
    start = max((match.end() for match in OPENING.finditer(text, 0, end)), default=None)
    return None if start is None else text[start:end].strip()


def _phrases(text: str) -> list[tuple[int, int, bool]]:
    """Start and end of what follows each cue, and whether it is only asked or denied."""
    phrases = []
    for cue in CUE.finditer(text):
        sentence = SENTENCE.match(text, cue.end())
        end = sentence.end() if sentence else cue.end()
        words = text[cue.end() : end]
        denied = text[end : end + 1] == "?" or re.match(r"not\b|never\b", words, re.IGNORECASE)
        phrases.append((cue.end(), end, bool(denied)))
    return phrases


def _announced(phrase: str) -> Answer:
    phrase = HEDGE.sub("", phrase, count=1).strip().strip("*").strip()
    if not MATHEMATICAL.match(phrase):
        return Answer(phrase, "words")
    # What follows the formula is a unit or more prose, unless it is a word that changes the value.
    formula = REST.sub("", phrase, count=1)
    if formula.count("{") != formula.count("}") or (formula.count("$") % 2 and "$" in phrase[1:]):
        formula = phrase
    for opening, closing in (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$")):
        inner = formula[len(opening) :].removesuffix(closing)
        if formula.startswith(opening) and opening not in inner:
            formula = inner
    return Answer(formula.strip().rstrip(".,").strip(), "phrase")
