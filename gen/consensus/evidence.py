"""What is known of a question's answer: every answer given, by whom, and which of them agree.

    Answer(source="solution", model="cpu:a", text="12")         # a solver's
    Answer(source="program", model="cpu:a", text="15")          # what a program came to
    Answer(source="solution", model="cpu:a", text=None, truncated=True)

    Evidence(question="0b7c...", candidates=(
        Candidate(text="12", texts={"12": 3, "12.0": 1}, votes={"solution": {"cpu:a": 4}}),
        Candidate(text="15", texts={"15": 1}, votes={"program": {"cpu:a": 1}}),
    ), truncated={"solution": {"cpu:a": 1}})

An answer is kept as a count: its text in full stands in the rollout or the proposal it came from.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from verifiers.errors import BadInput

Source = Literal["solution", "program", "stated", "gold"]
Votes = Mapping[str, Mapping[str, int]]
"""How many answers, by source and then by model."""

Group = tuple[str, str]
"""A source and a model: answers that are alike in how they come about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer to a question; `text` is the final answer, None where there is none.

    `source` says how it came about: a solver's worked `solution`, the value of a `program`, what
    a proposer `stated`, or a benchmark's or a reference's `gold`. For verifiers of programs `text`
    is the whole completion. A `truncated` answer without text was cut off before it came to one.
    """

    source: Source
    model: str
    text: str | None
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Answers that the verifier calls equal; `text` stands for them all, `texts` counts each form.

    The answers of a `mixed` candidate have in common only that they disagree with a reference.
    """

    text: str
    texts: Mapping[str, int] = field(default_factory=dict)
    votes: Votes = field(default_factory=dict)
    mixed: bool = False

    def n(self, *sources: Source) -> int:
        """How many answers it has, of these sources or of all."""
        return count(self.votes, *sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All answers to a question, the most frequent candidate first.

    `question` is the id under which the solvers' rollouts are kept, `origin` says where it comes
    from, as a calibration's prior odds have it. `truncated` and `silent` count the answers that
    were cut off, and those that came to none. `gold_rate` is the probability of a gold answer to be
    right, where it is known better than the calibration has it. `others` is what else belongs to
    the certificate, such as the proposer's program.
    """

    question: str
    origin: str = "default"
    candidates: tuple[Candidate, ...] = ()
    truncated: Votes = field(default_factory=dict)
    silent: Votes = field(default_factory=dict)
    gold_rate: float | None = None
    others: Mapping[str, Any] = field(default_factory=dict)

    def n(self, *sources: Source) -> int:
        """How many answers there are, of these sources or of all, those without a text too."""
        parts = [one.votes for one in self.candidates]
        return sum(count(votes, *sources) for votes in (*parts, self.truncated, self.silent))

    def with_votes(self, index: int, group: Group, n: int) -> "Evidence":
        """The same with `n` more answers of a group for the candidate at `index`."""
        chosen = self.candidates[index]
        source, model = group
        of_source = dict(chosen.votes.get(source, {}))
        of_source[model] = of_source.get(model, 0) + n
        candidates = list(self.candidates)
        candidates[index] = replace(chosen, votes={**chosen.votes, source: of_source})
        return replace(self, candidates=tuple(candidates))


def count(votes: Votes, *sources: Source) -> int:
    """How many answers, of these sources or of all."""
    chosen = sources or tuple(votes)
    return sum(sum(votes.get(source, {}).values()) for source in chosen)


def counted(answers: Iterable[Answer]) -> dict[str, dict[str, int]]:
    """Count answers by source and model, both in alphabetical order."""
    groups = Counter((answer.source, answer.model) for answer in answers)
    votes: dict[str, dict[str, int]] = {}
    for (source, model), n in sorted(groups.items()):
        votes.setdefault(source, {})[model] = n
    return votes


def groups_of(votes: Votes) -> dict[Group, int]:
    """The same counts, flat."""
    return {
        (source, model): n for source, models in votes.items() for model, n in models.items() if n
    }


class _Stored(msgspec.Struct, kw_only=True):
    question: str
    origin: str = "default"
    candidates: list[Candidate] = []
    truncated: dict[str, dict[str, int]] = {}
    silent: dict[str, dict[str, int]] = {}
    gold_rate: float | None = None


OWN_KEYS = (*_Stored.__struct_fields__, "confidence")


def to_json(evidence: Evidence, confidence: Mapping[str, Any]) -> str:
    """The JSON object of `Problem.evidence`; `confidence` says how it was weighed."""
    stored = _Stored(
        question=evidence.question,
        origin=evidence.origin,
        candidates=list(evidence.candidates),
        truncated={source: dict(models) for source, models in evidence.truncated.items()},
        silent={source: dict(models) for source, models in evidence.silent.items()},
        gold_rate=evidence.gold_rate,
    )
    others = {key: value for key, value in evidence.others.items() if key not in OWN_KEYS}
    everything = {**others, **msgspec.to_builtins(stored), "confidence": dict(confidence)}
    return msgspec.json.encode(everything).decode()


def from_json(text: str) -> Evidence | None:
    """Read stored evidence again; None where a certificate of another kind holds none."""
    try:
        values = msgspec.json.decode(text, type=dict[str, Any])
        if "question" not in values or "candidates" not in values:
            return None
        stored = msgspec.convert(values, _Stored)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadInput(f"stored evidence {text[:80]!r} cannot be read: {error}") from None
    return Evidence(
        question=stored.question,
        origin=stored.origin,
        candidates=tuple(stored.candidates),
        truncated=stored.truncated,
        silent=stored.silent,
        gold_rate=stored.gold_rate,
        others={key: value for key, value in values.items() if key not in OWN_KEYS},
    )
