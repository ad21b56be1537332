"""Reliability: systems of parts, availability, and spares.

System().generate(rng, 2)         two of three pumps, then a valve       0.9409
Availability().generate(rng, 1)   MTBF 400 h, MTTR 8 h                   {"availability": 0.98}
Spares().generate(rng, 1)         0.3 failures a month, 95 % covered     2
"""

from collections.abc import Callable, Sequence
from itertools import product
from math import ceil, comb, exp, factorial, log
from random import Random

from gen.domains.industry.worked import MACHINES, IndustryFamily, listed, one_of
from gen.domains.worked import Amount, Draft, Fields, generated

Works = Callable[[Sequence[bool]], bool]


class System(IndustryFamily):
    """Reliability of a system of independent parts; by formula and by adding up all states."""

    name = "reliability.system"
    card = generated(0.0, "parts are independent and either work or do not")
    methods = "products and binomial sums against adding up all states of the parts"
    lazy = (0.9, 0.95, 0.99)

    def draw(self, rng: Random, level: int) -> Draft:
        """Series; parallel; k of n; blocks in series; a bridge."""
        if level == 5:
            return self._bridge(rng)
        blocks, lines = [], []
        for number in range(level if level < 3 else level - 1):
            drawn = rng.choice(("parallel", "k of n", "one"))
            kind = {1: "series", 2: "parallel"}.get(level, drawn)
            if level >= 3 and number == 0:
                kind = "k of n"
            letter = "ABCDE"[number]
            if kind == "k of n":
                n = rng.randint(3, 5 if level > 3 else 4)
                k = rng.randint(2, n - 1)
                p = rng.randint(80, 98) / 100
                blocks.append((k, [p] * n))
                lines.append(
                    f"stage {letter}: {n} equal units of reliability {p}, of which at "
                    f"least {k} must work"
                )
            elif kind == "one":
                p = rng.randint(900, 995) / 1000
                blocks.append((1, [p]))
                lines.append(f"stage {letter}: one unit of reliability {p}")
            elif kind == "parallel":
                parts = [rng.randint(70, 97) / 100 for _ in range(rng.randint(2, 3))]
                blocks.append((1, parts))
                shown = ", ".join(map(str, parts))
                lines.append(
                    f"stage {letter}: units of reliability {shown}, of which one must work"
                )
            else:
                parts = [rng.randint(85, 99) / 100 for _ in range(rng.randint(3, 4))]
                blocks += [(1, [p]) for p in parts]
                lines += [
                    f"stage {name}: one unit of reliability {p}"
                    for name, p in zip("ABCDE", parts, strict=False)
                ]
        formula = 1.0
        for k, parts in blocks:
            formula *= _at_least(k, parts)
        sizes = [len(parts) for _, parts in blocks]
        starts = [sum(sizes[:place]) for place in range(len(sizes))]

        def works(state: Sequence[bool]) -> bool:
            return all(
                sum(state[start : start + len(parts)]) >= k
                for start, (k, parts) in zip(starts, blocks, strict=True)
            )

        flat = [p for _, parts in blocks for p in parts]
        series = 1.0
        for p in flat:
            series *= p
        no_binomial = 1.0
        for k, parts in blocks:
            no_binomial *= parts[0] ** k if k > 1 else _at_least(k, parts)
        prompt = (
            f"A {one_of(rng, MACHINES)} works only if all its stages do:\n\n{listed(lines)}\n\nAll "
            "units fail independently. What is the reliability of the whole, as a number with four "
            "decimals?"
        )
        return Draft(
            prompt,
            formula,
            Amount(absolute=1e-4),
            by_states(flat, works),
            _apart(formula, [series, no_binomial, 1 - formula, _at_least(1, flat)]),
        )

    def _bridge(self, rng: Random) -> Draft:
        p = [rng.randint(80, 97) / 100 for _ in range(5)]

        def works(state: Sequence[bool]) -> bool:
            a, b, c, d, e = state
            return (a and d) or (b and e) or (a and c and e) or (b and c and d)

        # Conditioned on the unit in the middle.
        a, b, c, d, e = p
        up = _at_least(1, [a, b]) * _at_least(1, [d, e])
        down = 1 - (1 - a * d) * (1 - b * e)
        value = c * up + (1 - c) * down
        prompt = (
            "A cooling circuit works if water can pass from the inlet to the outlet. Five pumps "
            f"join these points, in either direction: A inlet-left ({a}), B inlet-right ({b}), C "
            f"left-right ({c}), D left-outlet ({d}), E right-outlet ({e}); in brackets the "
            "reliability of each. They fail independently. What is the reliability of the circuit, "
            "as a number with four decimals?"
        )
        near = _apart(value, [up, down, 1 - (1 - a * d) * (1 - b * e) * (1 - a * c * e)])
        return Draft(prompt, value, Amount(absolute=1e-4), by_states(p, works), near)


def by_states(parts: Sequence[float], works: Works) -> float:
    """The reliability as the sum of the probabilities of all states that work."""
    total = 0.0
    for state in product((True, False), repeat=len(parts)):
        if works(state):
            weight = 1.0
            for up, p in zip(state, parts, strict=True):
                weight *= p if up else 1 - p
            total += weight
    return total


def _at_least(k: int, parts: Sequence[float]) -> float:
    """The probability that at least k work; of equal parts where k is above 1."""
    if k == 1:
        none = 1.0
        for p in parts:
            none *= 1 - p
        return 1 - none
    p, n = parts[0], len(parts)
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


def _apart(value: float, near: Sequence[float], slack: float = 3e-4) -> list[float]:
    return [round(one, 4) for one in near if abs(one - value) > slack]


class Availability(IndustryFamily):
    """MTBF, MTTR and availability; by the formulas and by a log of events or long-run balance."""

    name = "reliability.availability"
    card = generated(0.0, "exponential times: failure and repair rates are constant")
    methods = "closed forms against the steady state of the Markov chain, or sums over the log"
    lazy = (0.99, {"mtbf": 100, "mttr": 10, "availability": 0.91})

    def draw(self, rng: Random, level: int) -> Draft:
        """From MTBF and MTTR; from a log; in series; a spare in parallel; with one repairer."""
        if level == 2:
            return self._log(rng)
        n = 1 if level == 1 else 2 if level >= 4 else rng.randint(2, 3)
        up = [rng.randint(20, 150) * 10 for _ in range(n)]
        down = [rng.randint(2, 60) for _ in range(n)]
        if level == 5:
            up, down = [up[0]] * n, [down[0]] * n
        each = [a / (a + b) for a, b in zip(up, down, strict=True)]
        wording = {
            1: "The line stands while it is repaired.",
            3: "The line runs only while all its machines do; they fail and are repaired "
            "independently, and go on ageing while another stands.",
            4: "The line runs while at least one of its machines does; they fail and are repaired "
            "independently.",
            5: "The line runs while at least one of its two machines does; both run whenever they "
            "can. There is one repairer, who repairs one machine at a time.",
        }[level]
        lines = [
            f"machine {number}: MTBF {a} h, MTTR {b} h"
            for number, (a, b) in enumerate(zip(up, down, strict=True), 1)
        ]
        product_of = 1.0
        for one in each:
            product_of *= one
        together = 1.0
        for one in each:
            together *= 1 - one
        if level == 5:
            rho = down[0] / up[0]
            value = 1 - 2 * rho**2 / (1 + 2 * rho + 2 * rho**2)
        else:
            value = 1 - together if level == 4 else product_of
        second = steady_state(up, down, together=level >= 4, repairers=1 if level == 5 else n)
        near = [1 - together, product_of, 1 - value, min(each), 1 - up[0] / (up[0] + down[0])]
        near += [1 - b / a for a, b in zip(up, down, strict=True)]
        prompt = (
            f"A production line of {one_of(rng, MACHINES)}s has\n\n{listed(lines)}\n\nMTBF is the "
            f"mean time in operation between failures, all times are exponential. {wording} What "
            "is its long-run availability, as a number with five decimals?"
        )
        near = [round(one, 5) for one in near if abs(one - value) > 1e-4]
        return Draft(prompt, value, Amount(absolute=1.5e-5), second, near)

    def _log(self, rng: Random) -> Draft:
        n = rng.randint(3, 6)
        runs = [rng.randint(20, 400) for _ in range(n)]
        repairs = [rng.randint(1, 24) for _ in range(n)]
        now, lines = 0, []
        for run, repair in zip(runs, repairs, strict=True):
            lines.append(f"failed at hour {now + run}, running again at hour {now + run + repair}")
            now += run + repair
        answer = {
            "mtbf": sum(runs) / n,
            "mttr": sum(repairs) / n,
            "availability": sum(runs) / now,
        }
        failures = [sum(runs[: k + 1]) + sum(repairs[:k]) for k in range(n)]
        backs = [failure + repair for failure, repair in zip(failures, repairs, strict=True)]
        stood = sum(back - failure for failure, back in zip(failures, backs, strict=True))
        second = {
            "mtbf": (backs[-1] - stood) / n,
            "mttr": stood / n,
            "availability": 1 - stood / backs[-1],
        }
        forms = {
            "mtbf": Amount(absolute=0.06),
            "mttr": Amount(absolute=0.06),
            "availability": Amount(absolute=6e-4),
        }
        near = [
            answer | {"mtbf": now / n},
            answer | {"mtbf": sum(runs) / max(1, n - 1), "mttr": sum(repairs) / max(1, n - 1)},
            answer | {"availability": 1 - sum(repairs) / sum(runs)},
        ]
        prompt = (
            f"A {one_of(rng, MACHINES)} was started at hour 0. Its log:\n\n{listed(lines)}\n\nTake "
            "the log up to its last hour. What are the mean operating time between failures, the "
            'mean time to repair and the availability? Answer as JSON: {"mtbf": hours with one '
            'decimal, "mttr": hours with one decimal, "availability": with three decimals}.'
        )
        form = Fields(forms)
        return Draft(prompt, answer, form, second, near)


def steady_state(
    up: Sequence[float], down: Sequence[float], *, together: bool, repairers: int
) -> float:
    """Long-run availability from the balance equations of the Markov chain of the machines.

    With one repairer for equal machines the state counts those that stand, so it is the chain of
    births and deaths; else every machine has a chain of its own and states are products.
    """
    import numpy as np

    states = list(product((True, False), repeat=len(up)))
    if repairers == 1 and len(up) == 2:
        rates = np.zeros((3, 3))
        for standing in range(3):
            if standing < 2:
                rates[standing, standing + 1] = (2 - standing) / up[0]
            if standing > 0:
                rates[standing, standing - 1] = 1 / down[0]
        good = [0, 1]
    else:
        rates = np.zeros((len(states), len(states)))
        for i, state in enumerate(states):
            for machine, running in enumerate(state):
                other = (*state[:machine], not running, *state[machine + 1 :])
                rates[i, states.index(other)] = 1 / (up if running else down)[machine]
        good = [i for i, state in enumerate(states) if (any if together else all)(state)]
    balance = (rates - np.diag(rates.sum(axis=1))).T
    balance[-1] = 1
    shares = np.linalg.solve(balance, [0] * (len(rates) - 1) + [1])
    return float(sum(shares[i] for i in good))


class Spares(IndustryFamily):
    """Spare parts that are enough with a stated probability; by a sum and by scipy's quantile."""

    name = "reliability.spares"
    levels = (1, 2)
    card = generated(0.25, "the answer is a small number: 2 or 3 in a quarter of the problems")
    methods = "a Poisson sum against scipy's quantile"
    lazy = (2, 3, 4, 5)

    def draw(self, rng: Random, level: int) -> Draft:
        """One machine; several."""
        from scipy.stats import poisson

        machines = 1 if level == 1 else rng.randint(3, 12)
        mean_life, hours = rng.randint(20, 200) * 10, rng.randint(2, 30) * 100
        cover = rng.choice((0.9, 0.95, 0.99))
        mean = machines * hours / mean_life
        spares, total = 0, exp(-mean)
        while mean < 30 and total < cover:
            spares += 1
            total += exp(-mean) * mean**spares / factorial(spares)
        if not 0.15 < mean < 30 or abs(total - cover) < 1e-4:
            return self.draw(rng, level)
        run = f"{machines} identical machines run" if machines > 1 else "A machine runs"
        prompt = (
            f"{run} for {hours} h without a delivery of spares. Each machine has one seal, whose "
            f"life is exponential with a mean of {mean_life} h; a failed seal is replaced at once "
            "while there are spares. How many spares are needed at the least, so that they are "
            f"enough with a probability of at least {cover}? Answer with a whole number."
        )
        near = [spares + 1, max(0, spares - 1), ceil(mean)]
        return Draft(prompt, spares, Amount(), int(poisson.ppf(cover, mean)), near)


class Wear(IndustryFamily):
    """Lives by Weibull's distribution; by closed forms and by bisection or integration."""

    name = "reliability.wear"
    levels = (1, 2)
    card = generated(0.0)
    methods = "closed forms against bisection, or Simpson's rule over the hazard"
    lazy = (0.5, 0.9, 1000)

    def draw(self, rng: Random, level: int) -> Draft:
        """The age of a stated risk; the survival of one that has run already."""
        shape, scale = rng.randint(12, 35) / 10, rng.randint(50, 400) * 10
        life = (
            f"The life of a bearing in hours has a Weibull distribution of shape {shape} and scale "
            f"{scale}."
        )
        if level == 1:
            risk = rng.choice((1, 2, 5, 10))
            target = 1 - risk / 100
            value = scale * (-log(target)) ** (1 / shape)
            low, high = 0.0, 10.0 * scale
            for _ in range(80):
                middle = (low + high) / 2
                survives = exp(-((middle / scale) ** shape)) > target
                low, high = (middle, high) if survives else (low, middle)
            near = [scale * (-log(1 - target)) ** (1 / shape), scale * -log(target)]
            prompt = (
                f"{life} At which age have {risk} % of the bearings failed? Answer in hours, with "
                "one decimal."
            )
            return Draft(prompt, value, Amount(relative=0.002), low, near)
        age, more = rng.randint(2, 15) * scale // 20, rng.randint(2, 10) * scale // 20
        value = exp((age / scale) ** shape - ((age + more) / scale) ** shape)
        near = [exp(-((more / scale) ** shape)), exp(-(((age + more) / scale) ** shape)), 1 - value]
        prompt = (
            f"{life} One has run for {age} h without a failure. With which probability does it run "
            f"for {more} h more? Answer with four decimals."
        )
        second = _survival_by_hazard(shape, scale, age, age + more)
        return Draft(prompt, value, Amount(absolute=2e-4), second, _apart(value, near))


def _survival_by_hazard(shape: float, scale: float, start: float, end: float) -> float:
    """Survival from one age to another, by Simpson's rule over the hazard."""
    n = 400
    width = (end - start) / n
    hazard = [shape / scale * ((start + i * width) / scale) ** (shape - 1) for i in range(n + 1)]
    total = hazard[0] + hazard[-1] + 4 * sum(hazard[1:-1:2]) + 2 * sum(hazard[2:-1:2])
    return exp(-total * width / 3)
