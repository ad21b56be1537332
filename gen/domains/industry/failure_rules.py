"""The failure rules of the AI4I 2020 predictive maintenance data set, with any thresholds.

    modes(Machine("L", 298.1, 308.6, 1551, 42.8, 0), PUBLISHED)    ->  ()

S. Matzka, Explainable Artificial Intelligence for Predictive Maintenance Applications, AI4I 2020.
With the published thresholds the rules agree with the labels PWF and OSF of all 10,000 rows, and
with HDF of all but 12 whose temperatures differ by exactly 8.6 K: there the label follows the error
of a floating-point difference, and here the number as it is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine's state: temperatures in K, speed in 1/min, torque in Nm, tool wear in min."""

    quality: str
    air_k: float
    process_k: float
    speed_rpm: int
    torque_nm: float
    wear_min: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where each rule begins to hold.

    Heat dissipation fails below both `gap_k` and `slow_rpm`, power outside `power_w`, by overstrain
    above `strain` min Nm for the machine's quality.
    """

    gap_k: float
    slow_rpm: int
    power_w: tuple[int, int]
    strain: Mapping[str, int]


PUBLISHED = Thresholds(8.6, 1380, (3500, 9000), {"L": 11_000, "M": 12_000, "H": 13_000})

HEAT, POWER, STRAIN = "heat", "power", "overstrain"


def power_w(machine: Machine) -> float:
    """Mechanical power: torque times angular speed."""
    return machine.torque_nm * machine.speed_rpm * 2 * pi / 60


def modes(machine: Machine, rules: Thresholds) -> tuple[str, ...]:
    """The failure modes that apply."""
    found = []
    # Temperatures have one decimal; their difference in floating point has an error.
    if (
        round(machine.process_k - machine.air_k, 6) < rules.gap_k
        and machine.speed_rpm < rules.slow_rpm
    ):
        found.append(HEAT)
    if not rules.power_w[0] <= power_w(machine) <= rules.power_w[1]:
        found.append(POWER)
    if round(machine.wear_min * machine.torque_nm, 6) > rules.strain[machine.quality]:
        found.append(STRAIN)
    return tuple(found)
