"""Where the final answer stands in a model's whole response.

    final_answer("<think>7?</think> So \\boxed{\\frac{1}{2}}.")  ->  Answer("\\frac{1}{2}", "box")
    final_answer("2 + 3 = 5. The answer is 5.")                 ->  Answer("5", "phrase")
    final_answer("<think>it must be \\boxed{5}")                ->  None

Only what a reader is shown counts: text inside <think> never does, closed or not.
"""

import re
from dataclasses import dataclass
from typing import Literal

THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
TAG = re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)
PHRASE = re.compile(
    r"(?:final\s+answer|answer)\s*(?:is|:|=)\s*:?\s*(?:\*\*)?\s*(.+?)\s*(?:\*\*)?\s*(?:\.\s|\.?$|\n)",
    re.IGNORECASE | re.MULTILINE,
)
BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer's text, and where it was found."""

    text: str
    place: Literal["box", "tag", "phrase"]


def visible(response: str) -> str:
    """The response without its thinking; what precedes a lone `</think>` was thinking too."""
    shown = THINKING.sub(" ", response)
    return re.split(r"</think>", shown, flags=re.IGNORECASE)[-1]


def final_answer(response: str) -> Answer | None:
    """Find the last box, else the last <answer>, else the last "the answer is", else None."""
    text = visible(response)
    if (boxed := _last_box(text)) is not None:
        return Answer(boxed, "box")
    if tagged := TAG.findall(text):
        return Answer(tagged[-1].strip(), "tag")
    if phrases := PHRASE.findall(text):
        return Answer(phrases[-1].strip().strip("*").rstrip(".").strip(), "phrase")
    return None


def _last_box(text: str) -> str | None:
    found = None
    for match in BOX.finditer(text):
        depth = 1
        for end in range(match.end(), len(text)):
            depth += (text[end] == "{") - (text[end] == "}")
            if depth == 0:
                found = text[match.end() : end].strip()
                break
    return found
