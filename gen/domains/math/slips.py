"""Near misses: a correct answer as it looks after one slip.

    slip("47", rng)            "48", "-47", "37" or "57" (a carry forgotten), "74"
    slip("\\frac{3}{4}", rng)  "\\frac{4}{3}", "-\\frac{3}{4}", "\\frac{3}{5}" and the like
    slip("(2, 5)", rng)        "(5, 2)", "(3, 5)" and the like

The answers are exact values in the notation of `gen.domains.math.notation`; each slip changes the
value, not only the text.
"""

import re
from collections.abc import Iterator
from random import Random

INTEGER = re.compile(r"-?\d+")
FRACTION = re.compile(r"(-?)\\frac\{(\d+)\}\{(\d+)\}")
PAIR = re.compile(r"\((.*)\)")
SET = re.compile(r"\\\{(.*)\\\}")
MATRIX = re.compile(r"(\\begin\{pmatrix\})(.*)(\\end\{pmatrix\})", re.DOTALL)
ENCLOSED = ("(", "[", "\\{", "\\begin")


def slip(answer: str, rng: Random, *, signed: bool = True) -> str:
    """Draw a slip that can happen to `answer`, and where in it; the result is another value.

    Where nothing is `signed` in the question, nobody puts a sign before the answer by mistake.
    """
    kinds = [made for kind in SLIPS if (made := [text for text in kind(answer) if text != answer])]
    if (signed or not kinds) and (made := list(_added_sign(answer))):
        kinds.append(made)
    return rng.choice(rng.choice(kinds))


def _off_by_one(answer: str) -> Iterator[str]:
    for match in re.finditer(r"\d+", answer):
        width, value = len(match[0]), int(match[0])
        for near in (value + 1, value - 1) if value >= 3 else (value + 1,):
            yield f"{answer[: match.start()]}{near:0{width}}{answer[match.end() :]}"


def _lost_sign(answer: str) -> Iterator[str]:
    for match in re.finditer(r"(?<=[^,&]) - ", answer):
        yield f"{answer[: match.start()]} + {answer[match.end() :]}"
    leading = r"(?:^|(?<=[{(])|(?<=, ))- "
    for match in re.finditer(rf"{leading}|(?<![^,&] )-(?! |\\infty)", answer):
        yield answer[: match.start()] + answer[match.end() :]


def _added_sign(answer: str) -> Iterator[str]:
    if "-" not in answer and answer != "0" and not answer.startswith(ENCLOSED):
        yield f"-{answer}"


def _forgotten_carry(answer: str) -> Iterator[str]:
    if INTEGER.fullmatch(answer) and abs(int(answer)) >= 10:
        yield from (str(int(answer) - 10), str(int(answer) + 10))


def _swapped_digits(answer: str) -> Iterator[str]:
    if INTEGER.fullmatch(answer):
        for at in range(len(answer) - 1):
            if answer[at] not in ("-", answer[at + 1]) and answer[at + 1] != "0":
                yield f"{answer[:at]}{answer[at + 1]}{answer[at]}{answer[at + 2 :]}"


def _upside_down(answer: str) -> Iterator[str]:
    if match := FRACTION.fullmatch(answer):
        yield f"{match[1]}\\frac{{{match[3]}}}{{{match[2]}}}"


def _swapped_places(answer: str) -> Iterator[str]:
    if (match := PAIR.fullmatch(answer)) and "\\infty" not in answer:
        parts = match[1].split(", ")
        for at in range(len(parts) - 1):
            swapped = [*parts[:at], parts[at + 1], parts[at], *parts[at + 2 :]]
            yield f"({', '.join(swapped)})"


def _forgotten_element(answer: str) -> Iterator[str]:
    if match := SET.fullmatch(answer):
        parts = match[1].split(", ")
        if len(parts) > 1:
            yield from (f"\\{{{', '.join(parts[:at] + parts[at + 1 :])}\\}}" for at in (0, 1))


def _wrong_end(answer: str) -> Iterator[str]:
    """An interval's end that belongs to it is left out, or the other way round."""
    if "\\infty" in answer or "[" in answer or "]" in answer:
        yield re.sub(r"\[", "(", answer)
        yield re.sub(r"\]", ")", answer)
        yield re.sub(r"(?<!\\infty)\)", "]", answer)


def _transposed(answer: str) -> Iterator[str]:
    if match := MATRIX.fullmatch(answer):
        rows = [row.split(" & ") for row in match[2].split(" \\\\ ")]
        columns = [" & ".join(column) for column in zip(*rows, strict=True)]
        if len(rows) > 1 and len(columns) > 1:
            yield match[1] + " \\\\ ".join(columns) + match[3]


SLIPS = (
    _off_by_one,
    _lost_sign,
    _forgotten_carry,
    _swapped_digits,
    _upside_down,
    _swapped_places,
    _forgotten_element,
    _wrong_end,
    _transposed,
)
