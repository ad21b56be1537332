"""From a draft to a question that can be asked: what is run for it, and what is known then.

    draft = AnswerDraft(prompt="What is 2 + 3?", program="def answer(): return 2 + 3", answer="5")
    establish(draft, verifier="math", judge=judge, seed=0)
    ->  Question(prompt="What is 2 + 3?", verifier="math", needs_solvers=True,
                 claims=(Claim(source="program", text="5"), Claim(source="stated", text="5")))
    establish(replace(draft, program="def answer(): return 2 / 0", answer=None), ...)
    ->  Unusable("failed: program: raised: ZeroDivisionError: division by zero")

`judge` gives a verdict for each task, as `list(pool.grade(tasks))` does: all programs run in the
grading pool, none in this process. What becomes of programming problems: program_truth.py.
"""

from typing import Any

from gen.proposing.base import AnswerDraft, Claim, Draft, ProgramDraft, Question, Unusable
from gen.proposing.program_truth import program_question, triple_question
from gen.proposing.rules import fault, gives_away
from gen.proposing.running import Judge, execution, run


def establish(
    draft: Draft, *, verifier: str, judge: Judge, seed: int = 0, min_kill_rate: float = 0.8
) -> Question | Unusable:
    """Run what a draft brings along; the question, or why it is none.

    `verifier` is the domain's; tests of programs must kill `min_kill_rate` of the reference's
    mutants, which `seed` draws. Raises VerifierFailed where nothing can be run here.
    """
    if (found := fault(draft)) is not None:
        return Unusable(f"invalid: {found}")
    if isinstance(draft, AnswerDraft):
        return _answer(draft, verifier, judge)
    if isinstance(draft, ProgramDraft):
        return program_question(draft, judge, seed=seed, min_kill_rate=min_kill_rate)
    return triple_question(draft, judge, seed=seed)


def _answer(draft: AnswerDraft, verifier: str, judge: Judge) -> Question | Unusable:
    evidence: dict[str, Any] = {}
    claims: list[Claim] = []
    if draft.program is not None:
        (verdict,) = run(judge, [execution(draft.program)])
        evidence = {"program": draft.program, "program_outcome": verdict.reason}
        if verdict.extracted is not None:
            evidence["program_value"] = verdict.extracted
            claims.append(Claim(source="program", text=verdict.extracted))
    if draft.answer is not None:
        evidence["stated"] = draft.answer
        claims.append(Claim(source="stated", text=draft.answer))
    if not claims:
        return Unusable(f"failed: program: {evidence['program_outcome']}")
    if any(gives_away(draft.prompt, claim.text) for claim in claims):
        return Unusable("invalid: gives its answer away")
    return Question(
        prompt=draft.prompt,
        verifier=verifier,
        level=draft.level,
        claims=tuple(claims),
        evidence=evidence,
    )
