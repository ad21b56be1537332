"""What a forecast's ground truth holds: the outcomes, and how well a reference foresaw them.

{"kind": "probability", "rule": "brier", "outcomes": [0, 1, ...], "reference": [0.2, 0.7, ...]}
{"kind": "normal", "outcomes": [1.3, ...], "reference": [[0.0, 1.1], ...], "scale": "reference"}
{"kind": "quantiles", "levels": [0.1, 0.5, 0.9], "outcomes": [...], "reference": [[1, 3, 6], ...]}
{"kind": "survival", "at": 365, "times": [...], "events": [0, 1, ...], "reference": [0.4, ...]}
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

import msgspec

from verifiers.errors import VerifierFailed
from verifiers.forecast import scores
from verifiers.forecast.reading import LARGEST, Form, Malformed, read_forecasts

FEWEST_CASES = 20
"""An overconfident forecast beats a good reference half the time on one case, rarely on twenty."""

Amount = Annotated[float, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=LARGEST)]
Bit = Literal[0, 1]


class _Truth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every kind has: a `bar` for the skill, and names for the cases if they have any."""

    bar: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0
    cases: list[str] | None = None
    reference: list[Any]

    def form(self) -> Form:
        """What one forecast looks like."""
        raise NotImplementedError

    def case_scores(self, forecasts: Sequence[Any]) -> list[float]:
        """Score each forecast, scaled or weighted as the ground truth says."""
        raise NotImplementedError

    def lengths(self) -> dict[str, int]:
        """How many cases each of the lists has."""
        named = {name: getattr(self, name, None) for name in (*PER_CASE, "cases")}
        return {name: len(value) for name, value in named.items() if isinstance(value, list)}


PER_CASE = ("reference", "outcomes", "scale", "times", "events", "weights")


class Probability(_Truth, frozen=True, kw_only=True, tag_field="kind", tag="probability"):
    """Whether each case will happen."""

    outcomes: list[Bit]
    rule: Literal["brier", "log"] = "brier"
    floor: Annotated[float, msgspec.Meta(gt=0, lt=0.5)] = 0.001

    def form(self) -> Form:
        """A number in [0, 1]."""
        return "probability"

    def case_scores(self, forecasts: Sequence[float]) -> list[float]:
        """Brier or log scores."""
        pairs = zip(forecasts, self.outcomes, strict=True)
        if self.rule == "brier":
            return [scores.brier(p, outcome) for p, outcome in pairs]
        return [scores.log_loss(p, outcome, self.floor) for p, outcome in pairs]


class _Amounts(_Truth, frozen=True, kw_only=True):
    """Outcomes that are numbers, each weighed by one over its `scale`."""

    outcomes: list[Amount]
    scale: list[Positive] | Literal["reference"] | None = None

    def widths(self) -> list[float]:
        """How wide the reference's forecasts are."""
        raise NotImplementedError

    def scaled(self, unscaled: list[float]) -> list[float]:
        """Divide by what the ground truth says."""
        if self.scale is None:
            return unscaled
        scale = self.widths() if self.scale == "reference" else self.scale
        return [score / width for score, width in zip(unscaled, scale, strict=True)]


class Normal(_Amounts, frozen=True, kw_only=True, tag_field="kind", tag="normal"):
    """How much it will be, as mean and standard deviation."""

    def form(self) -> Form:
        """A mean and a standard deviation."""
        return "normal"

    def widths(self) -> list[float]:
        """Standard deviations."""
        return [sd for _, sd in self.reference]

    def case_scores(self, forecasts: Sequence[Sequence[float]]) -> list[float]:
        """Continuous ranked probability scores."""
        pairs = zip(forecasts, self.outcomes, strict=True)
        return self.scaled([scores.crps_normal(mean, sd, x) for (mean, sd), x in pairs])


class Quantiles(_Amounts, frozen=True, kw_only=True, tag_field="kind", tag="quantiles"):
    """How much it will be, as quantiles at stated levels."""

    levels: list[Annotated[float, msgspec.Meta(gt=0, lt=1)]]

    def form(self) -> Form:
        """As many ascending numbers as there are levels."""
        return len(self.levels)

    def widths(self) -> list[float]:
        """From the lowest quantile to the highest."""
        return [quantiles[-1] - quantiles[0] for quantiles in self.reference]

    def case_scores(self, forecasts: Sequence[Sequence[float]]) -> list[float]:
        """Quantile losses."""
        pairs = zip(forecasts, self.outcomes, strict=True)
        return self.scaled([scores.pinball(one, self.levels, x) for one, x in pairs])


class Survival(_Truth, frozen=True, kw_only=True, tag_field="kind", tag="survival"):
    """Whether each case has its event by a time, where observation may end before it does."""

    at: Positive
    times: list[Annotated[float, msgspec.Meta(ge=0, le=LARGEST)]]
    events: list[Bit]
    weights: list[Annotated[float, msgspec.Meta(ge=0, le=LARGEST)]] | None = None

    def form(self) -> Form:
        """A number in [0, 1]."""
        return "probability"

    def case_scores(self, forecasts: Sequence[float]) -> list[float]:
        """Brier scores, each weighed by one over the chance that it could be seen."""
        weights = self.weights or scores.censoring_weights(self.times, self.events, self.at)
        cases = zip(forecasts, self.times, weights, strict=True)
        return [weight * scores.brier(p, int(time <= self.at)) for p, time, weight in cases]


Truth = Probability | Normal | Quantiles | Survival


def read_truth(ground_truth: str) -> Truth:
    """Read and check a ground truth; raises VerifierFailed with what is wrong with it."""
    try:
        truth = msgspec.json.decode(ground_truth, type=Truth)
    except msgspec.MsgspecError as error:
        raise VerifierFailed(f"no ground truth of a forecast: {error}") from error
    lengths = truth.lengths()
    n = lengths["reference"]
    if set(lengths.values()) != {n}:
        raise VerifierFailed(f"the ground truth's lists differ in length: {lengths}")
    if n < FEWEST_CASES:
        raise VerifierFailed(f"{n} cases are too few to tell skill: {FEWEST_CASES} at least")
    if isinstance(truth, Quantiles) and not all(a < b for a, b in pairwise(truth.levels)):
        raise VerifierFailed(f"the levels {truth.levels} do not ascend")
    try:
        read_forecasts(truth.reference, truth.form(), n)
    except Malformed as error:
        raise VerifierFailed(f"the reference is no forecast: {error}") from error
    if (
        isinstance(truth, (Normal, Quantiles))
        and truth.scale == "reference"
        and not min(truth.widths()) > 0
    ):
        raise VerifierFailed("the reference has no width to scale by")
    return truth
