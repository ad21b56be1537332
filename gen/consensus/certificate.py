"""The certificate of a question: its ground truth, how sure it is, and everything behind it.

certify(question, answers, judge=judge, min_confidence=0.9)
->  Certified(ground_truth="12", certificate="consensus", confidence=0.62, evidence='{...}',
              quarantine="low_confidence: 0.62 (4 of 8 solutions say 12, 3 say 15)")
undecided(evidence, n_max=16, min_confidence=0.9)     # how many solutions more to ask for
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gen.consensus.agreement import Judge, agree
from gen.consensus.confidence import Calibration, load_calibration, weigh
from gen.consensus.evidence import Answer, Candidate, Evidence, count, groups_of, to_json
from gen.proposing.base import Question
from verifiers.records import CertificateKind

FIRST = 4
"""Solutions asked for before anything is known."""

SHOWN = 40
"""Characters of an answer that a reason quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """The fields of a Problem that tell its ground truth and how it is known."""

    ground_truth: str
    certificate: CertificateKind
    confidence: float
    evidence: str
    quarantine: str | None


def certify(
    question: Question,
    answers: Iterable[Answer],
    *,
    judge: Judge,
    min_confidence: float,
    calibration: Calibration | None = None,
    origin: str = "default",
) -> Certified:
    """Certify a question by the answers to it, its claims and the ground truth it may have.

    A question with a ground truth keeps it, with the confidence that the answers leave it; one
    without gets the most probable answer. Either is quarantined below `min_confidence`. `origin`
    is where the question comes from: "proposed" for one of a model's making.
    """
    return certify_evidence(
        agree(question, answers, judge=judge, origin=origin),
        ground_truth=question.ground_truth,
        certificate=question.certificate,
        min_confidence=min_confidence,
        calibration=calibration,
    )


def certify_evidence(
    evidence: Evidence,
    *,
    ground_truth: str | None,
    certificate: CertificateKind,
    min_confidence: float,
    calibration: Calibration | None = None,
) -> Certified:
    """The same for answers that have been put together before."""
    calibration = calibration or load_calibration()
    posterior = weigh(evidence, calibration)
    chosen = posterior.best(evidence) if ground_truth is None else _gold(evidence)
    confidence = 0.0 if chosen is None else posterior.probabilities[chosen]
    if ground_truth is None:
        ground_truth = "" if chosen is None else evidence.candidates[chosen].text
    reason = None
    if chosen is None:
        reason = f"no_answer: {_told(evidence)}"
    elif confidence < min_confidence:
        reason = f"low_confidence: {confidence:.2f} ({_told(evidence)})"
    return Certified(
        ground_truth=ground_truth,
        certificate=certificate,
        confidence=confidence,
        evidence=to_json(evidence, posterior.numbers(calibration)),
        quarantine=reason,
    )


def undecided(
    evidence: Evidence,
    *,
    n_max: int,
    min_confidence: float,
    calibration: Calibration | None = None,
    model: str | None = None,
) -> int:
    """How many solutions more to ask for; 0 where it is settled, or cannot be any more.

    First FIRST are asked for; then the fewest with which some candidate would reach
    `min_confidence` if all of them said the same, until there are `n_max`. `model` is the one that
    will be asked, where it is not the one with most solutions so far.
    """
    n_left = n_max - evidence.n("solution")
    if n_left <= 0:
        return 0
    if evidence.n("solution") == 0:
        return min(FIRST, n_left)
    calibration = calibration or load_calibration()

    def confidence(more: int, index: int) -> float:
        grown = evidence.with_votes(index, group, more)
        return weigh(grown, calibration).probabilities[index]

    group = ("solution", model or _busiest(evidence))
    gold = _gold(evidence)
    able = [i for i, one in enumerate(evidence.candidates) if not one.mixed]
    if not able:
        return min(FIRST, n_left)  # nobody has answered: the question may only be long
    leading = gold if gold is not None else max(able, key=lambda index: confidence(0, index))
    if confidence(0, leading) >= min_confidence:
        return 0
    hopeful = able if gold is None else [gold]
    if all(confidence(n_left, index) < min_confidence for index in hopeful):
        return 0
    return next(
        n
        for n in range(1, n_left + 1)
        if any(confidence(n, index) >= min_confidence for index in hopeful)
    )


def _gold(evidence: Evidence) -> int | None:
    """The candidate that the question's own ground truth belongs to."""
    for index, one in enumerate(evidence.candidates):
        if one.n("gold"):
            return index
    return None


def _busiest(evidence: Evidence) -> str:
    models: dict[str, int] = {}
    everything = [*(one.votes for one in evidence.candidates), evidence.truncated, evidence.silent]
    for votes in everything:
        for (source, model), n in groups_of(votes).items():
            if source == "solution":
                models[model] = models.get(model, 0) + n
    return max(sorted(models), key=lambda model: models[model])


def _told(evidence: Evidence) -> str:
    """Who says what, in words: `4 of 8 solutions say 12, 3 say 15, program says 12`."""
    n = evidence.n("solution")
    parts = []
    for one in evidence.candidates[:4]:
        if k := one.n("solution"):
            verb = "fail" if one.mixed else "pass"
            verb = verb if k > 1 else {"fail": "fails", "pass": "passes"}[verb]
            parts.append(f"{k} {_say(k)} {_shown(one)}" if one.texts else f"{k} {verb}")
    if parts:
        parts[0] = parts[0].replace(" ", f" of {n} solutions ", 1)
    elif n:
        parts.append(f"none of {n} solutions gives an answer")
    if cut := count(evidence.truncated, "solution"):
        parts.append(f"{cut} cut off")
    for source in ("program", "stated", "gold"):
        for one in evidence.candidates:
            if one.texts and (k := one.n(source)):
                subject = source if source != "stated" else "the proposer"
                subject = subject if k == 1 else f"{k} {subject}s"
                parts.append(f"{subject} {_say(k)} {_shown(one)}")
    return ", ".join(parts) or "no answers"


def _say(n: int) -> str:
    return "says" if n == 1 else "say"


def _shown(one: Candidate) -> str:
    text = " ".join(one.text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
