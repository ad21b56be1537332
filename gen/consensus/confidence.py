"""How probable each candidate is to be right: a calibrated model of the evidence.

    posterior = weigh(evidence, load_calibration())
    posterior.probabilities   ->  (0.93, 0.03)      # one a candidate, in their order
    posterior.none            ->  0.04              # that no answer given is right

A group of answers is what one model gave in one way (solutions, programs, ...). Given that
candidate c is right, a group of n answers, k of them c, others in wrong clusters of sizes n_1,
n_2, ..., has the probability

    P(group | c) = B(a + k, b + n - k) / B(a, b)  *  Q(n_1, n_2, ...; b + t)
    Q(n_1, ..., n_m; h) = h^m prod_j (n_j - 1)! / (h (h + 1) ... (h + sum_j n_j - 1))

The first factor is the beta-binomial: a model's chance of being right differs from question to
question, so its samples are not independent. The second is Ewens' sampling formula (W. J. Ewens,
The sampling theory of selectively neutral alleles, 1972; the Chinese restaurant process): wrong
answers come in clusters too, for samples of one model share their mistakes, and the fewer the
smaller h is. As h is more than b, one answer more for a candidate never speaks against it. Wrong
answers of different groups rarely coincide, unless the question itself misleads: a wrong candidate
found in m groups costs

    prod_{i=1}^{m-1} i / (i + T)

the probability that m draws from a Dirichlet process of concentration T are all the same (Blackwell
and MacQueen, 1973, up to what distinct ones cost). That none is right is the hypothesis k = 0
everywhere, with prior odds of its own. Answers that were cut off or came to nothing are not wrong:
where their share in a group is u, a becomes a * exp(-d u), for the question is hard. All is
normalised over the candidates and none, and multiplied by a ceiling below 1, for what no agreement
can rule out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, lgamma, log
from pathlib import Path
from typing import Any

import msgspec

from gen.consensus.evidence import Evidence, Group, groups_of
from verifiers.errors import BadInput

MODEL = "urns-1"
"""The model's name and version, kept with every certificate."""

SHIPPED = "calibration.json"


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

    `coincidence` is T in the formula, `silence` is d, `none_odds` the prior odds that no answer
    given is right, by the origin of the question ("default" for those not listed). `fitted_on`
    says in words what the numbers come from.
    """

    model: str
    name: str
    fitted_on: str
    sources: Mapping[str, Skill]
    coincidence: float
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


def weigh(evidence: Evidence, calibration: Calibration, *, origin: str = "default") -> Posterior:
    """Weigh all answers; `origin` chooses the prior odds that none of them is right."""
    likelihoods = log_likelihoods(evidence, calibration)
    none_odds = calibration.none_odds.get(origin, calibration.none_odds["default"])
    likelihoods[-1] += log(none_odds)
    highest = max(likelihoods)
    weights = [exp(one - highest) for one in likelihoods]
    shares = [calibration.ceiling * one / sum(weights) for one in weights]
    return Posterior(
        probabilities=tuple(shares[:-1]), none=shares[-1], log_likelihoods=tuple(likelihoods)
    )


def log_likelihoods(evidence: Evidence, calibration: Calibration) -> list[float]:
    """Of all answers, if each candidate is right, and last if none is."""
    candidates = evidence.candidates
    votes = [groups_of(one.votes) for one in candidates]
    totals: dict[Group, int] = {}
    for of_candidate in votes:
        for group, n in of_candidate.items():
            totals[group] = totals.get(group, 0) + n
    unanswered: dict[Group, int] = {}
    for lost in (evidence.truncated, evidence.silent):
        for group, n in groups_of(lost).items():
            unanswered[group] = unanswered.get(group, 0) + n
    # What a wrong candidate costs for being found in several groups.
    shared = [
        0.0 if one.mixed else _coincidence(len(of_candidate), calibration.coincidence)
        for one, of_candidate in zip(candidates, votes, strict=True)
    ]
    found = [sum(shared) - cost for cost in shared] + [sum(shared)]
    for group in sorted(totals):
        skill, n = _skill(group, evidence, calibration), totals[group]
        share = unanswered.get(group, 0) / (n + unanswered.get(group, 0))
        right = skill.right * exp(-calibration.silence * share)
        sizes = [of_candidate.get(group, 0) for of_candidate in votes]
        # In a mixed candidate the clusters are not known: any are allowed, and cost nothing.
        clusters = [0 if one.mixed else k for one, k in zip(candidates, sizes, strict=True)]
        concentration = skill.wrong + skill.spread
        for index in range(len(found)):
            k = sizes[index] if index < len(sizes) else 0
            wrong = [size for j, size in enumerate(clusters) if size and j != index]
            found[index] += _log_beta(right + k, skill.wrong + n - k) - _log_beta(
                right, skill.wrong
            )
            found[index] += _log_ewens(wrong, concentration)
    return found


def _skill(group: Group, evidence: Evidence, calibration: Calibration) -> Skill:
    skill = calibration.skill(group)
    if group[0] != "gold" or evidence.gold_rate is None:
        return skill
    rate = min(max(evidence.gold_rate, 0.001), 0.999)
    return Skill(right=rate, wrong=1 - rate, spread=skill.spread)


def _coincidence(n_groups: int, concentration: float) -> float:
    return sum(log(i / (i + concentration)) for i in range(1, n_groups))


def _log_beta(x: float, y: float) -> float:
    return lgamma(x) + lgamma(y) - lgamma(x + y)


def _log_ewens(sizes: list[int], concentration: float) -> float:
    """Ewens' sampling formula: the log-probability of a partition into clusters of these sizes."""
    if not sizes:
        return 0.0
    known = lgamma(concentration) - lgamma(concentration + sum(sizes))
    return known + len(sizes) * log(concentration) + sum(lgamma(size) for size in sizes)
