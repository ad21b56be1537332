r"""Labelled pairs made from answer keys: equal rewritings and near misses, certain by construction.

    made = pairs([(r"\frac{3}{4}", None)], seed="0", per_answer=1)
    made.pairs[0]  ->  Pair(ground_truth=r"\frac{3}{4}", completion="... \boxed{0.75}.",
                            correct=True, kind="rewrite:decimal", type="fraction", form="box")
    made.skipped   ->  Counter of the reasons why nothing was made

`equal_forms` and `near_misses` propose texts; here each is read back by `answer_keys.read` and kept
only where it is proved equal (50 digits at eight places) or proved different. Where the problem is
known, a form that it asks for (factored, a decimal, interval notation) is not changed, and what
stands in the problem is not given back to it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from hypothesis import strategies as st

from benchmarks.answer_keys import Answer, Unreadable, read, same
from benchmarks.equal_forms import CHANGES_FORM, equal_forms
from benchmarks.near_misses import near_misses as wrong_texts

Key = tuple[str, str | None]
"""An answer and, where it is known, the problem that it answers."""

ASKS_FOR_FORM = re.compile(
    r"factor|expand|simpl|\bform\b|lowest|reduced|rationali[sz]|radical|mixed|decimal|per ?cent"
    r"|notation|in terms of|polynomial|express|common fraction|denominator|nearest|\bround",
    re.IGNORECASE,
)
ASKS_FOR_ORDER = re.compile(r"\border|increasing|decreasing|sequence|ascending|descending|next")
SYMPYS_OWN = {"latex", "ascii", "caret", "unicode", "permuted terms", "permuted factors"}
"""Kinds that sympy may have multiplied out: it turns 15(3x + 2) into 45x + 30 unasked."""

WITH_STRUCTURE = {
    "expression", "equation", "radical", "constant", "complex", "power", "interval", "union",
}  # fmt: skip

FORMS = {
    "box": "Putting the pieces together, we get \\boxed{%s}.",
    "display box": "Working through it step by step gives\n\\[\n\\boxed{%s}\n\\]",
    "phrase": "I worked backwards and checked the result. The answer is %s.",
    "final answer": "All conditions hold.\n\nFinal Answer: The final answer is %s. I hope it is "
    "correct.",
    "bold": "Let us conclude.\n\n**Answer:** %s",
    "bold box": "So the result is **$\\boxed{%s}$**",
    "tag": "<think>\nLet me see.\n</think>\n<answer>%s</answer>",
    "tag with math": "<think>\nEasy.\n</think>\nHere it is.\n<answer>%s</answer>",
    "hashes": "Carrying out the steps above gives the result.\n#### %s",
    "last line": "Doing the remaining algebra, we arrive at\n\n%s",
}
IN_MATH_ALREADY = {"box", "display box", "bold box", "tag"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A completion with the label it was made for; `kind` begins with `rewrite:` or `miss:`."""

    ground_truth: str
    completion: str
    correct: bool
    kind: str
    type: str
    form: str = ""
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """Pairs, and how many answers or texts were left out for which reason."""

    pairs: list[Pair]
    skipped: Counter[str]


def pairs(keys: Iterable[Key], *, seed: str, per_answer: int = 2) -> Made:
    """Up to `per_answer` rewritings and as many near misses of each distinct answer."""
    keys = list({answer: (answer, prompt) for answer, prompt in keys}.values())
    made = Made([], Counter())
    for answer, prompt in keys:
        rng = Random(f"{seed}:{answer}")
        gold = _readable(answer)
        if gold is None:
            made.skipped["answer not readable"] += 1
            continue
        neighbours = [rng.choice(keys)[0] for _ in range(20)]
        texts = {
            True: list(right_texts(gold, prompt)),
            False: [*wrong_texts(gold, rng), *_neighbours(gold, neighbours)],
        }
        for correct, proposed in texts.items():
            chosen = _proved(gold, _spread(proposed, rng), correct, made.skipped)
            for _, (kind, text) in zip(range(per_answer), chosen, strict=False):
                form = rng.choice(_forms(gold, text))
                made.pairs.append(_pair(gold, kind, text, correct, form, prompt))
    return made


def right_texts(gold: Answer, prompt: str | None) -> Iterator[tuple[str, str]]:
    """Propose rewritings that the problem does not forbid."""
    asks = bool(prompt and ASKS_FOR_FORM.search(prompt))
    ordered = bool(prompt and ASKS_FOR_ORDER.search(prompt))
    for kind, text in equal_forms(gold, prompt):
        if (asks and kind in CHANGES_FORM) or (ordered and kind == "reordered"):
            continue
        if asks and "(" in gold.text and gold.kind == "expression" and kind in SYMPYS_OWN:
            continue
        if prompt and gold.kind in WITH_STRUCTURE and _compact(text) in _compact(prompt):
            continue
        if _compact(text) != _compact(gold.text) or kind.startswith("text"):
            yield kind, text


def rewritings(answers: Sequence[str]) -> st.SearchStrategy[Pair]:
    """Completions that give one of `answers` in another form."""
    return _drawn(tuple(answers), True)


def near_misses(answers: Sequence[str]) -> st.SearchStrategy[Pair]:
    """Completions that give a near miss of one of `answers`."""
    return _drawn(tuple(answers), False)


@lru_cache(maxsize=100_000)
def proved_texts(answer: str, correct: bool) -> tuple[tuple[str, str], ...]:
    """All (kind, text) of an answer that are proved, in a fixed order; none if it is unreadable."""
    gold = _readable(answer)
    if gold is None:
        return ()
    proposed = right_texts(gold, None) if correct else wrong_texts(gold, Random(answer))
    return tuple(_proved(gold, list(proposed), correct, Counter()))


@st.composite
def _drawn(draw: st.DrawFn, answers: tuple[str, ...], correct: bool) -> Pair:
    answer = draw(st.sampled_from(answers).filter(lambda one: bool(proved_texts(one, correct))))
    kind, text = draw(st.sampled_from(proved_texts(answer, correct)))
    gold = read(answer)
    return _pair(gold, kind, text, correct, draw(st.sampled_from(_forms(gold, text))), None)


def _readable(answer: str) -> Answer | None:
    """The answer, where it is read and is sure to equal itself."""
    try:
        gold = read(answer)
        return gold if same(gold, gold) else None
    except (Unreadable, TypeError, ValueError, ZeroDivisionError, NotImplementedError):
        return None


def _proved(
    gold: Answer, proposed: list[tuple[str, str]], correct: bool, skipped: Counter[str]
) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for kind, text in proposed:
        if text in seen:
            continue
        seen.add(text)
        try:
            verdict = same(gold, read(text))
        except (Unreadable, TypeError, ValueError, ZeroDivisionError, NotImplementedError):
            verdict = None
        if verdict is correct:
            yield kind, text
        else:
            skipped["rewriting not proved" if correct else "near miss not proved"] += 1


def _spread(proposed: list[tuple[str, str]], rng: Random) -> list[tuple[str, str]]:
    """In an order that gives every kind the same chance, however many texts it has."""
    by_kind: dict[str, list[str]] = {}
    for kind, text in proposed:
        by_kind.setdefault(kind, []).append(text)
    kinds = list(by_kind)
    rng.shuffle(kinds)
    firsts = [(kind, by_kind[kind].pop(rng.randrange(len(by_kind[kind])))) for kind in kinds]
    return firsts + [(kind, text) for kind in kinds for text in by_kind[kind]]


def _neighbours(gold: Answer, answers: list[str]) -> Iterator[tuple[str, str]]:
    for answer in answers:
        other = _readable(answer)
        if other is not None and other.kind == gold.kind:
            yield "neighbour's answer", answer
            return


def _forms(gold: Answer, text: str) -> list[str]:
    if gold.kind == "integer":
        return list(FORMS)
    forms = [form for form in FORMS if form != "hashes"]
    if gold.sense == "text" or "\\begin" in text:
        forms = [form for form in forms if form != "last line"]
    return forms


def _pair(gold: Answer, kind: str, text: str, correct: bool, form: str, prompt: str | None) -> Pair:
    if form not in IN_MATH_ALREADY and re.search(r"\\(?!\$)|[_^{]", text):
        text = f"${text}$"
    return Pair(
        ground_truth=gold.text,
        completion=FORMS[form] % text,
        correct=correct,
        kind=f"{'rewrite' if correct else 'miss'}:{kind}",
        type=gold.kind,
        form=form,
        prompt=prompt,
    )


def _compact(text: str) -> str:
    return re.sub(r"\\left|\\right|\\[,;! ]|[\s{}$]", "", text)
