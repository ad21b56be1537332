"""Process control: a controller in a loop with first-order plants that react after a dead time.

    {"kind": "plant", "plants": [{"gain": 2, "time_constant_s": 10, "dead_time_s": 2}],
     "dt_s": 0.5, "steps": 120, "limits": [0, 10], "setpoint": 5, "noise": 0.02, "best": [31.5]}
    def step(measurement, setpoint, dt): ...     # -> the actuator's setting

With x the plant's output and u the setting after the limits: T dx/dt = -x + K (u(t - L) + d), where
the disturbance d acts from the step `disturbed_at` on; solved exactly for a setting that is held
for dt. The measurement is x with Gaussian noise. The cost is the integral of t |setpoint - x|
(ITAE), t counted from the last change. Each plant's ratio is `best` over the cost.
"""

from collections.abc import Sequence
from math import exp
from random import Random
from statistics import fmean

import msgspec

from verifiers.plan.shape import Shaped
from verifiers.simulation.episode import MOST_STEPS, Episode, Replay, Worth


class Plant(msgspec.Struct, frozen=True):
    """Gain K, time constant T and dead time L of a plant, and the disturbance d of its input."""

    gain: float
    time_constant_s: float
    dead_time_s: float
    disturbance: float = 0.0


class Control(Shaped, frozen=True, tag="plant", tag_field="kind"):
    """The same controller on every plant, from rest; its state is forgotten between plants."""

    plants: tuple[Plant, ...]
    best: tuple[float, ...]
    dt_s: float
    steps: int
    limits: tuple[float, float]
    setpoint: float
    noise: float = 0.0
    disturbed_at: int = 0
    seed: int = 0
    entry_point: str = "step"

    def __post_init__(self) -> None:
        self.check_shape()
        if not self.plants or len(self.best) != len(self.plants) or min(self.best) <= 0:
            raise ValueError("there must be a plant, and a best cost above 0 for each")
        if not 1 <= self.steps * len(self.plants) <= MOST_STEPS or self.dt_s <= 0:
            raise ValueError(f"there must be 1 to {MOST_STEPS} steps, of some time")
        for plant in self.plants:
            if plant.time_constant_s <= 0 or not 0 <= plant.dead_time_s <= self.dt_s * self.steps:
                raise ValueError("time constants must be above 0, dead times within the run")
        if self.limits[0] >= self.limits[1] or self.noise < 0:
            raise ValueError("the limits must be apart, and noise not negative")

    @property
    def n_episodes(self) -> int:
        """A plant is an episode."""
        return len(self.plants)

    def play(self, index: int) -> Episode:
        """Close the loop around one plant; gives the ratio."""
        cost = yield from self.costs(index)
        return min(1.0, self.best[index] / cost) if cost else 1.0

    def costs(self, index: int) -> Episode:
        """The same, giving the ITAE."""
        plant, rng = self.plants[index], Random(f"{self.seed}:{index}")
        kept = exp(-self.dt_s / plant.time_constant_s)
        low, high = self.limits
        on_the_way = [0.0] * (round(plant.dead_time_s / self.dt_s) + 1)
        output = cost = 0.0
        for step in range(self.steps):
            measured = output + rng.gauss(0, self.noise)
            setting = yield [measured, self.setpoint, self.dt_s]
            on_the_way.append(max(low, min(high, setting)))
            on_the_way.pop(0)
            disturbed = step >= self.disturbed_at > 0
            driven = on_the_way[0] + (plant.disturbance if disturbed else 0.0)
            output = kept * output + (1 - kept) * plant.gain * driven
            since = step + 1 - (self.disturbed_at if disturbed else 0)
            cost += since * self.dt_s * abs(self.setpoint - output) * self.dt_s
        return cost

    def replays(self, index: int, actions: Sequence[float]) -> list[Replay]:
        """None: a controller may keep a state."""
        return []

    def worth(self, scores: Sequence[float]) -> Worth:
        """The mean ratio, on the stated curve."""
        mean = fmean(scores)
        return Worth(self.reward(mean), self.accepts(mean), mean)
