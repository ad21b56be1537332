"""Tests and trials: what a result means, and what a treatment did.

Bayes().generate(rng, 3)     two tests in a row: probability of disease in per cent    71.43
Effects().generate(rng, 4)   a trial's two arms: relative risk and its 95 % interval   JSON
SampleSize().generate(rng, 2)   patients in each arm                                   294
"""

from fractions import Fraction
from math import ceil, exp, log, sqrt
from random import Random
from statistics import NormalDist

from gen.domains.medicine.base import MedicineFamily, measured, published, wrong_ones
from gen.domains.worked import Amount, Draft, Fields

Z_95 = NormalDist().inv_cdf(0.975)


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):g}%"


class Bayes(MedicineFamily):
    """The probability of disease after one test or several."""

    name = "evidence.bayes"
    card = published(
        0.03,
        "Bayes' theorem",
        "tests in a row are taken as independent given the disease, which real ones rarely are",
    )
    methods = "odds times likelihood ratios against counting in a population"
    lazy = ("50", "90", "95", "10")

    def draw(self, rng: Random, level: int) -> Draft:
        """One test at the first two levels, two at the next two, then three."""
        n = 1 if level < 3 else 2 if level < 5 else 3
        prevalence = Fraction(rng.choice((1, 2, 5, 8, 10, 15, 20, 30)), 100 if level < 4 else 200)
        tests = [
            (
                Fraction(rng.randint(60, 99), 100),
                Fraction(rng.randint(60, 99), 100),
                rng.random() < 0.6,
            )
            for _ in range(n)
        ]
        odds = prevalence / (1 - prevalence)
        sick, well = prevalence, 1 - prevalence
        for sensitivity, specificity, positive in tests:
            ratio = sensitivity / (1 - specificity) if positive else (1 - sensitivity) / specificity
            odds *= ratio
            sick *= sensitivity if positive else 1 - sensitivity
            well *= 1 - specificity if positive else specificity
        answer = 100 * odds / (1 + odds)
        told = [self._told(i, *one) for i, one in enumerate(tests, 1)]
        independent = " The tests are independent given the disease." if n > 1 else ""
        sensitivity, specificity, positive = tests[0]
        swapped = sensitivity * prevalence if positive else (1 - sensitivity) * prevalence
        slips = [
            100 * (sensitivity if positive else specificity),
            100 - answer,
            100 * swapped,
            100 * odds,
            100 * ratio_of(tests[:-1] or [(specificity, sensitivity, positive)], prevalence),
        ]
        form = measured(2, "%", relative=0.005)
        values = [float(one) for one in slips]
        return Draft(
            f"A disease has a prevalence of {_percent(prevalence)} among patients like this one. "
            f"{' '.join(told)}{independent}\n\nHow probable is the disease now, in per cent, to "
            "two decimals?",
            float(answer),
            form,
            float(100 * sick / (sick + well)),
            wrong_ones(form, float(answer), values),
        )

    @staticmethod
    def _told(i: int, sensitivity: Fraction, specificity: Fraction, positive: bool) -> str:
        return (
            f"Test {i} has a sensitivity of {_percent(sensitivity)} and a specificity of "
            f"{_percent(specificity)}; it is {'positive' if positive else 'negative'}."
        )


def ratio_of(tests: list[tuple[Fraction, Fraction, bool]], prevalence: Fraction) -> Fraction:
    """The probability after the tests, by counting."""
    sick, well = prevalence, 1 - prevalence
    for sensitivity, specificity, positive in tests:
        sick *= sensitivity if positive else 1 - sensitivity
        well *= 1 - specificity if positive else specificity
    return sick / (sick + well)


class Effects(MedicineFamily):
    """Relative risk, odds ratio, risk difference and number needed to treat, with intervals."""

    name = "evidence.trial_effects"
    card = published(
        0.05,
        "Katz et al., Biometrics 34:469 (1978); Woolf, Ann Hum Genet 19:251 (1955)",
        "large-sample intervals: others are in use, the question says which",
    )
    methods = "from the four counts against risks and odds in fractions"
    lazy = ("0.8", "15", "0.6", "11")

    def draw(self, rng: Random, level: int) -> Draft:
        """One measure, then with its interval, at the last level three measures at once."""
        treated, control = rng.randint(80, 900), rng.randint(80, 900)
        worse = rng.uniform(0.08, 0.5)
        a = max(5, round(treated * worse * rng.uniform(0.45, 0.92)))
        c = max(a * control // treated + 3, round(control * worse))
        c = min(c, control - 5)
        noise = ""
        if level >= 3:
            noise = (
                f" {rng.randint(2, 40)} patients were screened and not randomised; the mean age "
                "was "
                f"{rng.randint(48, 71)} years."
            )
        told = (
            f"Of {treated} patients under treatment {a} had the event, of {control} under placebo "
            f"{c} had "
            f"it.{noise}"
        )
        measures = _effects(a, treated, c, control)
        again = _effects_again(a, treated, c, control)
        kinds = ("risk_ratio", "risk_difference", "nnt") if level == 1 else (*_ASKED,)
        kind = rng.choice(kinds)
        if level < 3:
            form, asked = _ASKED[kind]
            wrong = [one for name, one in measures.items() if name != kind and "_" in name]
            slips = [*wrong, -measures[kind], measures[kind] * 100]
            return Draft(
                f"{told}\n\nCalculate {asked}.",
                measures[kind],
                form,
                again[kind],
                wrong_ones(form, measures[kind], slips),
            )
        kind = rng.choice(("risk_ratio", "odds_ratio"))
        names = [kind, f"{kind}_low", f"{kind}_high"]
        if level == 5:
            names += ["risk_difference", "nnt"]
        form = Fields({name: _FORMS[name] for name in names})
        answer = {name: measures[name] for name in names}
        other = "odds_ratio" if kind == "risk_ratio" else "risk_ratio"
        slips = [
            {**answer, f"{kind}_low": measures[f"{other}_low"]},
            {**answer, kind: measures[other]},
            {**answer, f"{kind}_high": 2 * measures[kind] - measures[f"{kind}_low"]},
        ]
        extra = (
            ", risk_difference (placebo less treatment, in percentage points, two decimals), nnt "
            "(one "
            "decimal, not rounded up)"
            if level == 5
            else ""
        )
        return Draft(
            f"{told}\n\nGive the {kind.replace('_', ' ')} of treatment against placebo with its "
            "95% confidence "
            "interval (normal approximation of its logarithm) as a JSON object with the keys "
            f"{', '.join(names[:3])} (three decimals){extra}.",
            answer,
            form,
            {name: again[name] for name in names},
            wrong_ones(form, answer, slips),
        )


_RATIO = measured(3, relative=0.004)
_FORMS: dict[str, Amount] = {
    **{
        f"{kind}{end}": _RATIO
        for kind in ("risk_ratio", "odds_ratio")
        for end in ("", "_low", "_high")
    },
    "risk_difference": measured(2, "%", relative=0.004),
    "nnt": measured(1, relative=0.004),
}
_ASKED: dict[str, tuple[Amount, str]] = {
    "risk_ratio": (_RATIO, "the relative risk under treatment, to three decimals"),
    "risk_difference": (
        _FORMS["risk_difference"],
        "the absolute risk reduction in percentage points, to two decimals",
    ),
    "nnt": (_FORMS["nnt"], "the number needed to treat, to one decimal, not rounded up"),
    "odds_ratio": (_RATIO, "the odds ratio of treatment against placebo, to three decimals"),
    "risk_reduction": (
        measured(2, "%", relative=0.004),
        "the relative risk reduction in per cent, to two decimals",
    ),
}


def _effects(a: int, treated: int, c: int, control: int) -> dict[str, float]:
    """From the four counts."""
    b, d = treated - a, control - c
    risk_ratio, odds_ratio = a * control / (c * treated), a * d / (b * c)
    widths = {
        "risk_ratio": (risk_ratio, sqrt(1 / a - 1 / treated + 1 / c - 1 / control)),
        "odds_ratio": (odds_ratio, sqrt(1 / a + 1 / b + 1 / c + 1 / d)),
    }
    difference = c / control - a / treated
    found = {
        "risk_ratio": risk_ratio,
        "odds_ratio": odds_ratio,
        "risk_difference": 100 * difference,
        "risk_reduction": 100 * (1 - risk_ratio),
        "nnt": 1 / difference,
    }
    for kind, (ratio, width) in widths.items():
        found[f"{kind}_low"] = ratio * exp(-Z_95 * width)
        found[f"{kind}_high"] = ratio * exp(Z_95 * width)
    return found


def _effects_again(a: int, treated: int, c: int, control: int) -> dict[str, float]:
    """From risks and odds; the variances by the delta method."""
    risks = Fraction(a, treated), Fraction(c, control)
    odds = [risk / (1 - risk) for risk in risks]
    of_risk = sum((1 - r) / (r * n) for r, n in zip(risks, (treated, control), strict=True))
    of_odds = sum(1 / (r * (1 - r) * n) for r, n in zip(risks, (treated, control), strict=True))
    found = {
        "risk_ratio": float(risks[0] / risks[1]),
        "odds_ratio": float(odds[0] / odds[1]),
        "risk_difference": float(100 * (risks[1] - risks[0])),
        "risk_reduction": float(100 * (risks[1] - risks[0]) / risks[1]),
        "nnt": float(1 / (risks[1] - risks[0])),
    }
    for kind, variance in (("risk_ratio", of_risk), ("odds_ratio", of_odds)):
        around = NormalDist(log(found[kind]), sqrt(variance))
        found[f"{kind}_low"] = exp(around.inv_cdf(0.025))
        found[f"{kind}_high"] = exp(around.inv_cdf(0.975))
    return found


class SampleSize(MedicineFamily):
    """How many patients an arm needs to tell two proportions, or two means, apart."""

    name = "evidence.sample_size"
    card = published(
        0.02,
        "Fleiss, Statistical Methods for Rates and Proportions (1981), without continuity "
        "correction",
    )
    methods = "the formula against the power of its answer and of one patient fewer"
    lazy = (100, 200, 300, 400)

    def draw(self, rng: Random, level: int) -> Draft:
        """Two proportions; at the even levels two means; from the third on with losses."""
        power = Fraction(rng.choice((80, 85, 90) if level > 1 else (80, 90)), 100)
        alpha = Fraction(5, 100) if level < 4 else Fraction(rng.choice((1, 2, 5)), 100)
        loss = Fraction(rng.choice((5, 8, 10, 15, 20)), 100) if level >= 3 else Fraction(0)
        if level % 2:
            one = Fraction(rng.randint(15, 60), 100)
            other = one - Fraction(rng.randint(5, 12), 100)
            variance = one * (1 - one) + other * (1 - other)
            gap = one - other
            told = (
                f"An event is expected in {_percent(one)} of one arm and {_percent(other)} of the "
                "other."
            )
            how = "n = (z_alpha + z_power)^2 * (p1 (1 - p1) + p2 (1 - p2)) / (p1 - p2)^2"
        else:
            gap, sd = Fraction(rng.randint(2, 9)), Fraction(rng.randint(10, 24))
            variance = 2 * sd * sd
            told = (
                f"Two means are expected to differ by {gap} mmHg; the standard deviation is {sd} "
                "mmHg."
            )
            how = "n = 2 * (z_alpha + z_power)^2 * sd^2 / difference^2"
        n = ceil(_needed(variance, gap, alpha, power))
        if n != ceil(_needed(variance, gap, alpha, power, decimals=4)):
            return self.draw(rng, level)
        answer = ceil(n / (1 - loss))
        lost = f" {_percent(loss)} of the patients are expected to be lost." if loss else ""
        formula = (
            f" Use {how}, without continuity correction."
            if level <= 2
            else (
                " Use the normal approximation with unpooled variances, without continuity "
                "correction."
            )
        )
        one_sided = ceil(ceil(_needed(variance, gap, 2 * alpha, power)) / (1 - loss))
        form = Amount(unit="patients")
        slips = [one_sided, 2 * answer, ceil(n * (1 + loss)), n, answer + 7]
        return Draft(
            f"{told} A two-sided test at the level {_percent(alpha)} is to have a power of "
            f"{_percent(power)}."
            f"{lost}{formula}\n\nHow many patients must each arm enrol? Take the normal "
            "quantiles to four decimals or more; round up"
            f"{' before and after allowing for losses' if loss else ''}.",
            answer,
            form,
            ceil(Fraction(_smallest(variance, gap, alpha, power)) / (1 - loss)),
            wrong_ones(form, answer, slips),
        )


def _needed(
    variance: Fraction, gap: Fraction, alpha: Fraction, power: Fraction, *, decimals: int = 15
) -> float:
    """Patients, before they are rounded; from quantiles with so many decimals."""
    quantiles = (NormalDist().inv_cdf(float(one)) for one in (1 - alpha / 2, power))
    z = sum(round(one, decimals) for one in quantiles)
    return z * z * float(variance) / float(gap) ** 2


def _smallest(variance: Fraction, gap: Fraction, alpha: Fraction, power: Fraction) -> int:
    """The fewest patients whose test has the power, by bisection on the power."""
    low, high = 1, 1 << 20
    while low < high:
        middle = (low + high) // 2
        error = sqrt(float(variance) / middle)
        reached = NormalDist().cdf(float(gap) / error - NormalDist().inv_cdf(1 - float(alpha) / 2))
        low, high = (low, middle) if reached >= float(power) else (middle + 1, high)
    return low
