"""Which answers are the same, as the verifier sees it.

    agree(question, [Answer(source="solution", model="a", text="0.5"), ...], judge=judge)
    ->  Evidence(candidates=(Candidate(text="1/2", texts={"1/2": 1, "0.5": 1}, ...),
                             Candidate(text="3", ...)))

Two answers are one where each, taken for the ground truth, accepts the other. Texts are put into a
canonical order, most frequent first, and each joins the first candidate whose own text it equals:
so the order of the answers changes nothing, and what stands for a candidate is equal to all of it.
Equal texts are never judged, and of different ones only pairs with a candidate's own text.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from gen.consensus.evidence import Answer, Candidate, Evidence, counted
from gen.proposing.base import Question
from verifiers.answers import MATHEMATICAL, final_answer, last_expression
from verifiers.pool import GradingTask
from verifiers.records import Verdict

Judge = Callable[[Sequence[GradingTask]], list[Verdict]]
"""Verdicts in the tasks' order: `lambda tasks: pool.submit_many(tasks).result()`."""

COMPARING = {"math": "\\boxed{{{}}}", "math-verify": "\\boxed{{{}}}"}
"""Verifiers whose ground truths are answers of the same kind, and how an answer is put to them."""

LONGEST = 500
"""Characters: what is longer is no final answer."""

PROSE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
DELIMITED = re.compile(
    r"\\\(\s*(?P<a>[^$]+?)\s*\\\)|\$\s*(?P<b>[^$]+?)\s*\$|\\\[\s*(?P<c>[^$]+?)\s*\\\]"
)

MOST_WORDS = 6
"""What has more, and no formula in it, is a sentence and no answer."""


def read_solution(
    completion: str, *, model: str, verifier: str, truncated: bool = False, program: bool = False
) -> Answer:
    """A solver's completion as an answer: its final answer, or all of it where it is judged whole.

    `completion` of a `program` is the value that it came to, which is taken as it is.
    """
    if program:
        return Answer(source="program", model=model, text=_short(completion), truncated=truncated)
    text = completion if verifier not in COMPARING else _final_text(completion, truncated)
    return Answer(source="solution", model=model, text=text, truncated=truncated)


def agree(
    question: Question, answers: Iterable[Answer], *, judge: Judge, origin: str = "default"
) -> Evidence:
    """Put the answers to a question together with its claims and its ground truth, if it has one.

    Where ground truths are no answers (programs are judged by tests), solvers only agree or not
    with the ground truth that there is.
    """
    everything = [*answers, *_claims(question)]
    comparing = question.ground_truth is None or question.verifier in COMPARING
    if comparing:
        if question.ground_truth is not None:
            everything.append(Answer(source="gold", model="", text=question.ground_truth))
        candidates, placed = _compared(question, everything, judge)
    else:
        candidates, placed = _accepted(question, everything, judge)
    lost = [one for one in everything if one.text not in placed]
    executed = question.ground_truth is not None and question.confidence > 0
    return Evidence(
        question=str(question.question_id),
        origin=origin,
        candidates=tuple(candidates),
        truncated=counted(one for one in lost if one.truncated),
        silent=counted(one for one in lost if not one.truncated),
        gold_rate=question.confidence if executed else None,
        others=question.evidence,
    )


def right_candidates(question: Question, evidence: Evidence, *, judge: Judge) -> frozenset[int]:
    """Which candidates the question's ground truth accepts."""
    assert question.ground_truth is not None
    texts = [one.text for one in evidence.candidates]
    verdicts = judge([_task(question, question.ground_truth, text) for text in texts])
    return frozenset(index for index, verdict in enumerate(verdicts) if verdict.correct)


def _claims(question: Question) -> list[Answer]:
    return [
        Answer(
            source="program" if claim.source == "program" else "stated",
            model="proposer",
            text=_short(claim.text),
        )
        for claim in question.claims
    ]


def _compared(
    question: Question, answers: list[Answer], judge: Judge
) -> tuple[list[Candidate], set[str | None]]:
    """Candidates by mutual equality, and the texts placed: those that can be a ground truth."""
    texts = Counter(one.text for one in answers if one.text is not None)
    ordered = sorted(texts, key=lambda text: (-texts[text], len(text), text))
    alone = [_task(question, text, None) for text in ordered]
    usable = [one.correct for one in judge(alone)] if ordered else []
    remaining = [text for text, good in zip(ordered, usable, strict=True) if good]
    placed: set[str | None] = {*remaining}
    candidates = []
    while remaining:
        first, rest = remaining[0], remaining[1:]
        tasks = [_task(question, *pair) for one in rest for pair in ((first, one), (one, first))]
        same = [one.correct is True for one in judge(tasks)] if tasks else []
        members = {first, *(one for i, one in enumerate(rest) if all(same[2 * i : 2 * i + 2]))}
        candidates.append(
            Candidate(
                text=first,
                texts={one: texts[one] for one in ordered if one in members},
                votes=counted(one for one in answers if one.text in members),
            )
        )
        remaining = [one for one in rest if one not in members]
    return sorted(candidates, key=lambda one: (-one.n(), len(one.text), one.text)), placed


def _accepted(
    question: Question, answers: list[Answer], judge: Judge
) -> tuple[list[Candidate], set[str | None]]:
    """The ground truth with what it accepts, what it rejects, and the texts so placed."""
    assert question.ground_truth is not None
    given = [one for one in answers if one.text is not None]
    texts = sorted({one.text for one in given if one.text is not None})
    verdicts = judge([_task(question, question.ground_truth, text) for text in texts])
    outcome = dict(zip(texts, (one.correct for one in verdicts), strict=True))
    accepted = [one for one in given if outcome[one.text or ""] is True]
    rejected = [one for one in given if outcome[one.text or ""] is False]
    gold = Answer(source="gold", model="", text=question.ground_truth)
    found = [Candidate(text="accepted", votes=counted([gold, *accepted]))]
    if rejected:
        found.append(Candidate(text="rejected", votes=counted(rejected), mixed=True))
    return found, {text for text, correct in outcome.items() if correct is not None}


def _task(question: Question, ground_truth: str, answer: str | None) -> GradingTask:
    """An answer to judge against a ground truth; None tries the ground truth alone."""
    form = COMPARING.get(question.verifier, "{}")
    return GradingTask(
        verifier=question.verifier,
        ground_truth=ground_truth,
        completion=None if answer is None else form.format(answer),
        prompt=question.prompt,
        params=question.params,
    )


def _final_text(completion: str, truncated: bool) -> str | None:
    """The final answer without prose around it; None where there is none, or it was cut off."""
    found = final_answer(completion)
    if found is None or found.place == "words":
        if truncated:
            return None
        found = last_expression(completion) or found
    if found is None:
        return None
    readings = [text for text in found.readings if text.strip()]
    formulas = [text for text in readings if MATHEMATICAL.match(text)]
    bare = [text for text in formulas if not PROSE.search(text)]
    named = [text for text in readings if len(text.split()) <= MOST_WORDS]
    text = next(iter((*bare, *formulas, *named)), "")
    inner = DELIMITED.fullmatch(text.strip())
    return _short(next(part for part in inner.groups() if part) if inner else text)


def _short(text: str | None) -> str | None:
    text = (text or "").strip()
    return text if 0 < len(text) <= LONGEST else None
