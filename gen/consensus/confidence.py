"""How probable each candidate is to be right: a calibrated model of the evidence.

    posterior = weigh(evidence, load_calibration())
    posterior.probabilities   ->  (0.93, 0.03)      # one a candidate, in their order
    posterior.none            ->  0.04              # that no answer given is right

A group of answers is what one model gave in one way (solutions, programs, ...). Given that
candidate c is right, a group of n answers, k of them c and the others in wrong clusters of sizes
n_1, n_2, ..., has the probability

    P(group | c) = B(a + k, b + n - k) / B(a, b)  *  Q(n_1, n_2, ...; h)
    Q(n_1, ..., n_m; h) = h^m prod_j (n_j - 1)! / (h (h + 1) ... (h + sum_j n_j - 1))

The first factor is the beta-binomial: a model's chance of being right differs from question to
question, so its samples are not independent. The second is Ewens' sampling formula (W. J. Ewens,
The sampling theory of selectively neutral alleles, 1972; the Chinese restaurant process): wrong
answers come in clusters too, for samples of one model share their mistakes, the more the smaller h
is. Wrong answers of different groups can be the same too: with probability q, but with none above
a / b, so that a weak solver's agreement does not speak against what it agrees with. A wrong
candidate costs q for each group that gave it but one.

Most questions scatter wrong answers: h = b + t and q = `coinciding`. Some mislead everybody to the
same mistake: h = b and q = COINCIDING_MISLED. So the product of all Q and q is a mixture of both,
a share `misled` of it the second: that bounds what unanimity can prove, however many samples there
are. As h is never less than b, one answer more for a candidate does not speak against it.

That no answer given is right is the hypothesis k = 0 everywhere, with prior odds of its own where
there is no gold answer.
Answers that were cut off or came to nothing are not wrong: where their share in a group is u, a
becomes a * exp(-d u), for the question is hard. All is normalised over the candidates and none, and
multiplied by a ceiling, for what no agreement can rule out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, lgamma, log, log1p
from pathlib import Path
from typing import Any

import msgspec

from gen.consensus.evidence import Evidence, Group, groups_of
from verifiers.errors import BadInput

MODEL = "urns-1"
"""The model's name and version, kept with every certificate."""

SHIPPED = "calibration.json"

COINCIDING_MISLED = 0.8
"""q where a question misleads."""


class Skill(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a group answers: `right` is a, `wrong` is b, `spread` is t in the formula above.

    The hit rate of a single answer is right / (right + wrong).
    """

    right: float
    wrong: float
    spread: float

    @property
    def hit_rate(self) -> float:
        """The probability that one answer is right."""
        return self.right / (self.right + self.wrong)


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The model's parameters; `sources` has a skill for each source, `models` those of known ones.

    `silence` is d in the formula, `none_odds` the prior odds that no answer given is right, by the
    origin of the question ("default" for those not listed). `fitted_on` says in words what the
    numbers come from.
    """

    model: str
    name: str
    fitted_on: str
    sources: Mapping[str, Skill]
    coinciding: float
    misled: float
    silence: float
    none_odds: Mapping[str, float]
    ceiling: float
    models: Mapping[str, Mapping[str, Skill]] = {}

    def skill(self, group: Group) -> Skill:
        """The skill of a group: its model's own where it is known, else its source's."""
        source, model = group
        return self.models.get(model, {}).get(source) or self.sources[source]


def load_calibration(path: Path | None = None) -> Calibration:
    """The calibration in a file, or the one shipped; raises BadInput where it cannot be read."""
    return _read(path.read_text(), str(path)) if path else _shipped()


@cache
def _shipped() -> Calibration:
    return _read((files("gen.consensus") / SHIPPED).read_text(), SHIPPED)


def _read(text: str, name: str) -> Calibration:
    try:
        calibration = msgspec.json.decode(text, type=Calibration)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadInput(
            f"{name} is no calibration: {error}; make one with `gen calibrate`"
        ) from None
    if calibration.model != MODEL:
        raise BadInput(
            f"{name} was fitted for the confidence model {calibration.model!r}, this is {MODEL!r}: "
            "make it again with `gen calibrate`"
        )
    missing = {"solution", "program", "stated", "gold"} - set(calibration.sources)
    if missing or "default" not in calibration.none_odds:
        raise BadInput(f"{name} lacks {', '.join(sorted(missing)) or 'none_odds.default'}")
    return calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """The probability of each candidate, in the evidence's order, and that none is right.

    They do not sum to 1 but to the calibration's ceiling. `log_likelihoods` are what they were
    made from, the last one that of none.
    """

    probabilities: tuple[float, ...]
    none: float
    log_likelihoods: tuple[float, ...]

    def best(self, evidence: Evidence) -> int | None:
        """The most probable candidate that can be a ground truth; None where there is none."""
        able = [i for i, one in enumerate(evidence.candidates) if not one.mixed]
        return max(able, key=lambda i: self.probabilities[i], default=None)

    def numbers(self, calibration: Calibration) -> dict[str, Any]:
        """What a certificate keeps of it."""
        return {
            "model": MODEL,
            "calibration": calibration.name,
            "log_likelihoods": [round(one, 4) for one in self.log_likelihoods],
            "probabilities": [round(one, 4) for one in self.probabilities],
            "none": round(self.none, 4),
            "ceiling": calibration.ceiling,
        }


def weigh(evidence: Evidence, calibration: Calibration) -> Posterior:
    """Weigh all answers."""
    return weigh_tally(tally(evidence), calibration)


@dataclass(frozen=True, slots=True)
class Tally:
    """Evidence as the model sees it: a number a group and candidate.

    `groups` has, for each group, how many of its answers were no answers and, by candidate, how
    many were that one; `mixed` are the candidates whose clusters are not known.
    """

    n_candidates: int
    groups: tuple[tuple[Group, int, dict[int, int]], ...]
    mixed: frozenset[int]
    gold_rate: float | None
    origin: str


def tally(evidence: Evidence) -> Tally:
    """Count the answers of each group."""
    sizes: dict[Group, dict[int, int]] = {}
    for index, one in enumerate(evidence.candidates):
        for group, n in groups_of(one.votes).items():
            sizes.setdefault(group, {})[index] = n
    unanswered: dict[Group, int] = {}
    for lost in (evidence.truncated, evidence.silent):
        for group, n in groups_of(lost).items():
            unanswered[group] = unanswered.get(group, 0) + n
    return Tally(
        n_candidates=len(evidence.candidates),
        groups=tuple((group, unanswered.get(group, 0), sizes[group]) for group in sorted(sizes)),
        mixed=frozenset(i for i, one in enumerate(evidence.candidates) if one.mixed),
        gold_rate=evidence.gold_rate,
        origin=evidence.origin,
    )


def weigh_tally(counts: Tally, calibration: Calibration) -> Posterior:
    """The same of evidence that has been counted."""
    likelihoods = log_likelihoods(counts, calibration)
    # A gold answer's hit rate already says how often it is not among the right ones.
    if not any(source == "gold" for (source, _), _, _ in counts.groups):
        none_odds = calibration.none_odds.get(counts.origin, calibration.none_odds["default"])
        likelihoods[-1] += log(none_odds)
    highest = max(likelihoods)
    weights = [exp(one - highest) for one in likelihoods]
    total = sum(weights)
    shares = [calibration.ceiling * one / total for one in weights]
    return Posterior(
        probabilities=tuple(shares[:-1]), none=shares[-1], log_likelihoods=tuple(likelihoods)
    )


def log_likelihoods(counts: Tally, calibration: Calibration) -> list[float]:
    """Of all answers, if each candidate is right, and last if none is."""
    skills = [_skill(group, unanswered, sizes, counts.gold_rate, calibration)
              for group, unanswered, sizes in counts.groups]  # fmt: skip
    found = [0.0] * (counts.n_candidates + 1)
    scattered = _coincidences(counts, skills, calibration.coinciding)
    together = _coincidences(counts, skills, COINCIDING_MISLED)
    for skill, (_, _, sizes) in zip(skills, counts.groups, strict=True):
        n, wide = sum(sizes.values()), skill.wrong + skill.spread
        # Of a mixed candidate the clusters are not known: any are allowed, and cost nothing.
        known = {index: k for index, k in sizes.items() if index not in counts.mixed}
        for index in (*sizes, counts.n_candidates):
            k = sizes.get(index, 0)
            hits = _log_beta(skill.right + k, skill.wrong + n - k)
            hits -= _log_beta(skill.right, skill.wrong)
            wrong = [size for other, size in known.items() if other != index]
            parts = hits, _log_ewens(wrong, wide), _log_ewens(wrong, skill.wrong)
            for target, part in zip((found, scattered, together), parts, strict=True):
                target[index] += part
                if not k:  # the same for all that this group did not give
                    for other in range(counts.n_candidates):
                        target[other] += 0.0 if other in sizes else part
    misled = log(calibration.misled), log(1 - calibration.misled)
    return [
        hits + _log_sum(misled[0] + one, misled[1] + other)
        for hits, one, other in zip(found, together, scattered, strict=True)
    ]


def _coincidences(counts: Tally, skills: list[Skill], coinciding: float) -> list[float]:
    """What wrong candidates cost for being found in several groups, if each is right, and none."""
    factors: list[list[float]] = [[] for _ in range(counts.n_candidates)]
    for skill, (_, _, sizes) in zip(skills, counts.groups, strict=True):
        for index in sizes:
            factors[index].append(log(min(coinciding, skill.right / skill.wrong)))
    costs = [
        0.0 if index in counts.mixed else sum(one) - max(one) for index, one in enumerate(factors)
    ]
    return [*(sum(costs) - cost for cost in costs), sum(costs)]


def _skill(
    group: Group,
    unanswered: int,
    sizes: dict[int, int],
    gold_rate: float | None,
    calibration: Calibration,
) -> Skill:
    """The skill of a group, less where many of its answers came to nothing."""
    skill = calibration.skill(group)
    if group[0] == "gold" and gold_rate is not None:
        rate = min(max(gold_rate, 0.001), 0.999)
        return Skill(right=rate, wrong=1 - rate, spread=skill.spread)
    share = unanswered / (unanswered + sum(sizes.values()))
    lessened = skill.right * exp(-calibration.silence * share)
    return Skill(right=lessened, wrong=skill.wrong, spread=skill.spread)


def _log_beta(x: float, y: float) -> float:
    return lgamma(x) + lgamma(y) - lgamma(x + y)


def _log_ewens(sizes: list[int], concentration: float) -> float:
    """Ewens' sampling formula: the log-probability of a partition into clusters of these sizes."""
    if not sizes:
        return 0.0
    known = lgamma(concentration) - lgamma(concentration + sum(sizes))
    return known + len(sizes) * log(concentration) + sum(map(lgamma, sizes))


def _log_sum(x: float, y: float) -> float:
    """log(exp(x) + exp(y))."""
    return max(x, y) + log1p(exp(-abs(x - y)))
