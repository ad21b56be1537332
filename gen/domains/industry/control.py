"""Process control as code: a controller that is run on plants that differ from the nominal one.

    Control().generate(rng, 1)      def step(measurement, setpoint, dt): ...

The reference is the PID controller, with the derivative of the measurement and a clamped integral,
that Nelder and Mead's search finds best on the held-out plants themselves.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import msgspec

from gen.domains.worked import generated
from gen.family import Family, Lazy
from verifiers.records import Problem
from verifiers.simulation.episode import followed, played
from verifiers.simulation.plant import Control, Plant

BAR = 0.7
DT_S = 1.0

Gains = tuple[float, float, float]

PID = """
total, last = 0.0, None
def step(measurement, setpoint, dt):
    global total, last
    error = setpoint - measurement
    moved = 0.0 if last is None else (measurement - last) / dt
    last = measurement
    setting = {p} * error + total + {i} * error * dt - {d} * moved
    if {low} < setting < {high} or (setting - {low}) * error < 0:
        total += {i} * error * dt
    return setting
"""


@dataclass(slots=True)
class Pid:
    """The controller of the text above."""

    gains: Gains
    limits: tuple[float, float]
    total: float = 0.0
    last: float | None = None

    def __call__(self, measurement: float, setpoint: float, dt: float) -> float:
        """The actuator's setting."""
        p, i, d = self.gains
        low, high = self.limits
        error = setpoint - measurement
        moved = 0.0 if self.last is None else (measurement - self.last) / dt
        self.last = measurement
        setting = p * error + self.total + i * error * dt - d * moved
        if low < setting < high or (setting - low) * error < 0:
            self.total += i * error * dt
        return setting


class Controller(Family):
    """Controllers for first-order plants with dead time, run on plants that differ."""

    name = "control.pid"
    domain = "industry"
    levels = (1, 2, 3)
    verifier = "simulation"
    certificate = "execution"
    card = generated(
        0.0,
        "the reference is tuned on the held-out plants; 70 % of its efficiency is accepted",
        "first-order plants with dead time alone: no drift, no sticking valve",
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """More dead time and more difference from level to level; from 2 on with a disturbance."""
        nominal = Plant(
            gain=rng.randint(5, 40) / 10,
            time_constant_s=float(rng.randint(6, 16)),
            dead_time_s=float(rng.randint(1, 2) + 2 * (level - 1)),
        )
        spread = (0.1, 0.2, 0.3)[level - 1]
        setpoint = float(rng.randint(2, 9) * 10)
        high = round(setpoint / nominal.gain * rng.uniform(1.8, 2.6), 1)
        plants = [
            Plant(
                gain=round(nominal.gain * rng.uniform(1 - spread, 1 + spread), 3),
                time_constant_s=round(
                    nominal.time_constant_s * rng.uniform(1 - spread, 1 + spread), 2
                ),
                dead_time_s=round(nominal.dead_time_s * rng.uniform(1 - spread, 1 + spread)),
                disturbance=round(rng.choice((-0.2, 0.2)) * high, 2) if level > 1 else 0.0,
            )
            for _ in range(level + 1)
        ]
        bare = Control(
            plants=tuple(plants),
            best=(1.0,) * len(plants),
            dt_s=DT_S,
            steps=60 if level == 1 else 100,
            limits=(0.0, high),
            setpoint=setpoint,
            noise=round(0.002 * setpoint * level, 3),
            disturbed_at=50 if level > 1 else 0,
            seed=rng.randrange(10**9),
            bar=BAR,
        )
        gains = tuned(bare, nominal)
        best = [cost_of(bare, index, gains) for index in range(len(plants))]
        control = msgspec.structs.replace(bare, best=tuple(best))
        made = self.problem(
            level, _prompt(nominal, bare, spread), msgspec.json.encode(control).decode()
        )
        return replace(made, evidence=json.dumps({"gains": gains}))

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The reference as a program."""
        control = msgspec.json.decode(problem.ground_truth, type=Control)
        p, i, d = msgspec.json.decode(problem.evidence)["gains"]
        low, high = control.limits
        program = f"```python{PID.format(p=p, i=i, d=d, low=low, high=high)}```"
        return program, f"<think>\n```python\nx\n```\n</think>\nTuned by simulation:\n{program}"

    def wrong(self, problem: Problem, rng: Random) -> str:
        """The setting that would hold the nominal plant, or the proportional part alone."""
        control = msgspec.json.decode(problem.ground_truth, type=Control)
        p, *_ = msgspec.json.decode(problem.evidence)["gains"]
        slips: list[tuple[str, Callable[..., float]]] = [
            (f"return {p} * (setpoint - measurement)", Pid((p, 0.0, 0.0), control.limits)),
            ("return setpoint - measurement", Pid((1.0, 0.0, 0.0), control.limits)),
        ]
        for body, policy in slips:
            scores = [played(control, k, policy)[0] for k in range(control.n_episodes)]
            if not control.worth(scores).accepted:
                return _program(body)
        return _program("return 0")

    def trivial(self) -> dict[str, Lazy]:
        """Off, on and off, and the error itself."""
        return {
            "off": _program("return 0"),
            "on and off": _program("return 1e9 if measurement < setpoint else 0"),
            "the error": _program("return setpoint - measurement"),
            "the setpoint": _program("return setpoint"),
        }


def cost_of(control: Control, index: int, gains: Gains) -> float:
    """The ITAE of a PID controller on one plant."""
    cost, _ = followed(control.costs(index), Pid(gains, control.limits))
    return cost


def tuned(control: Control, nominal: Plant) -> Gains:
    """The gains that Nelder and Mead's search comes to from those of internal model control."""
    from scipy.optimize import minimize

    time, dead = nominal.time_constant_s, nominal.dead_time_s
    p = (time + dead / 2) / (nominal.gain * (0.8 * dead + dead / 2))
    start = [p, p / (time + dead / 2), p * time * dead / (2 * time + dead)]

    def total(gains: list[float]) -> float:
        if min(gains) < 0:
            return 1e12
        rounded = _rounded(gains)
        return sum(cost_of(control, index, rounded) for index in range(len(control.plants)))

    found = minimize(
        total, start, method="Nelder-Mead", options={"maxfev": 40, "xatol": 1e-3, "fatol": 1e-3}
    )
    return _rounded([max(0.0, gain) for gain in found.x])


def _rounded(gains: list[float]) -> Gains:
    p, i, d = (float(f"{gain:.4g}") for gain in gains)
    return p, i, d


def _prompt(nominal: Plant, control: Control, spread: float) -> str:
    disturbed = (
        f" From second {control.disturbed_at * DT_S:g} on an unknown constant is added to the "
        "setting."
        if control.disturbed_at
        else ""
    )
    return (
        "Write a Python function step(measurement, setpoint, dt) that controls a heater and "
        "returns its setting. The plant is of first order with a dead time: "
        f"T dx/dt = -x + K u(t - L), with nominally K = {nominal.gain:g}, "
        f"T = {nominal.time_constant_s:g} s and L = {nominal.dead_time_s:g} s. It is run on "
        f"several unseen plants whose K, T and L are each within {spread:.0%} of these, L then "
        f"rounded to whole seconds.{disturbed} step is called every dt = {DT_S:g} s, for "
        f"{control.steps} steps from rest at x = 0, with the setpoint {control.setpoint:g}. "
        f"Settings are limited to [0, {control.limits[1]:g}]; the measurement is x with Gaussian "
        f"noise of standard deviation {control.noise:g}. State "
        "may be kept in global variables; each plant has a fresh process. The score is the "
        "integral of time since the last change times |setpoint - x|, next to that of a PID "
        "controller tuned on these plants; 70 % of its efficiency is enough."
    )


def _program(body: str) -> str:
    return f"```python\ndef step(measurement, setpoint, dt):\n    {body}\n```"
