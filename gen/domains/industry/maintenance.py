"""Which failure mode? Published rules with thresholds of the problem's own.

FailureMode().generate(rng, 1)    3 machines against stated rules    {"1": ["heat"], "2": [], ...}
"""

from random import Random

from gen.domains.industry.failure_rules import (
    HEAT,
    POWER,
    PUBLISHED,
    STRAIN,
    Machine,
    Thresholds,
    modes,
    power_w,
)
from gen.domains.industry.worked import IndustryFamily
from gen.domains.worked import Draft, Fields, Members, generated

ALL = (HEAT, POWER, STRAIN)


class FailureMode(IndustryFamily):
    """Failure modes of machines by the AI4I 2020 rules, with thresholds that are not the published.

    Every threshold has been moved, so who remembers the published ones errs.
    """

    name = "maintenance.failure_mode"
    card = generated(
        0.08,
        "the rules are those of a published synthetic data set (AI4I 2020), restated with other "
        "thresholds; values close to a threshold are avoided",
        source="generated; rules after S. Matzka, AI4I 2020",
    )
    methods = "each rule in physical units against the same in integers"

    def draw(self, rng: Random, level: int) -> Draft:
        """2 to 8 machines, from level 3 on in mixed units."""
        rules = self._rules(rng)
        n = (2, 3, 4, 6, 8)[level - 1]
        while True:
            machines = [self._machine(rng, rules) for _ in range(n)]
            found = [modes(machine, rules) for machine in machines]
            if any(found) and not all(found):
                break
        mixed = level >= 3
        lines = [
            f"{number}: {self._shown(machine, rng, mixed=mixed)}"
            for number, machine in enumerate(machines, 1)
        ]
        strain = ", ".join(f"{limit} for quality {name}" for name, limit in rules.strain.items())
        prompt = (
            "A milling shop applies these rules of its own:\n"
            f"- {HEAT}: the process is less than {rules.gap_k} K warmer than the air and the "
            f"speed is below {rules.slow_rpm} rpm\n"
            f"- {POWER}: the mechanical power, torque times angular speed in rad/s, is below "
            f"{rules.power_w[0]} W or above {rules.power_w[1]} W\n"
            f"- {STRAIN}: tool wear in minutes times torque in Nm is above a limit: {strain}\n\n"
            "Machines:\n" + "\n".join(lines) + "\n\nWhich failures does each machine have? Answer "
            f'as JSON with the numbers as keys and lists of "{HEAT}", "{POWER}" and "{STRAIN}" as '
            'values, empty where there is none: {"1": [...], ...}.'
        )
        answer = {str(k): [*one] for k, one in enumerate(found, 1)}
        second = {str(k): _in_integers(one, rules) for k, one in enumerate(machines, 1)}
        near = [
            {str(k): [*modes(one, PUBLISHED)] for k, one in enumerate(machines, 1)},
            {str(k): _careless(one, rules) for k, one in enumerate(machines, 1)},
            {str(k): [*one[:1]] for k, one in enumerate(found, 1)},
        ]
        form = Fields({key: Members(ALL) for key in answer})
        return Draft(prompt, answer, form, second, near)

    def trivial(self) -> dict[str, str]:
        """No failure at all, for each number of machines."""
        none = (f'"{k}": []' for k in range(1, 9))
        return {"never any": "{" + ", ".join(none) + "}"}

    @staticmethod
    def _rules(rng: Random) -> Thresholds:
        return Thresholds(
            gap_k=rng.choice((7.4, 7.8, 8.2, 9.1, 9.5, 9.9)),
            slow_rpm=rng.choice((1290, 1320, 1350, 1420, 1450, 1480)),
            power_w=(rng.randint(29, 46) * 100, rng.randint(74, 98) * 100),
            strain={
                quality: 100 * limit
                for quality, limit in zip("LMH", sorted(rng.sample(range(70, 140), 3)), strict=True)
            },
        )

    @staticmethod
    def _machine(rng: Random, rules: Thresholds) -> Machine:
        """A machine whose every rule is clear: nothing within two per cent of a threshold."""
        while True:
            air = rng.randint(2953, 3045) / 10
            machine = Machine(
                quality=rng.choice("LMH"),
                air_k=air,
                process_k=round(air + rng.randint(60, 120) / 10, 1),
                speed_rpm=rng.randint(1180, 2300),
                torque_nm=rng.randint(120, 700) / 10,
                wear_min=rng.randint(5, 250),
            )
            held = [
                ((machine.process_k - air), rules.gap_k),
                (machine.speed_rpm, rules.slow_rpm),
                (power_w(machine), rules.power_w[0]),
                (power_w(machine), rules.power_w[1]),
                (machine.wear_min * machine.torque_nm, rules.strain[machine.quality]),
            ]
            if all(abs(value / limit - 1) > 0.02 for value, limit in held):
                return machine

    @staticmethod
    def _shown(machine: Machine, rng: Random, *, mixed: bool) -> str:
        air, process = f"air {machine.air_k} K", f"process {machine.process_k} K"
        if mixed and rng.random() < 0.5:
            air = f"air {machine.air_k - 273.15:.2f} °C"
        wear = f"tool wear {machine.wear_min} min"
        if mixed and rng.random() < 0.5:
            wear = f"tool wear {machine.wear_min // 60} h {machine.wear_min % 60} min"
        return (
            f"quality {machine.quality}, {air}, {process}, {machine.speed_rpm} rpm, "
            f"{machine.torque_nm} Nm, {wear}"
        )


def _in_integers(machine: Machine, rules: Thresholds) -> list[str]:
    """The rules again, in tenths, and with pi between two fractions."""
    tenths = round(10 * machine.torque_nm)
    gap = round(10 * machine.process_k) - round(10 * machine.air_k)
    found = []
    if gap < round(10 * rules.gap_k) and machine.speed_rpm < rules.slow_rpm:
        found.append(HEAT)
    turning = tenths * machine.speed_rpm
    low, high = rules.power_w
    if turning * 355 < 113 * 300 * low or turning * 103993 > 33102 * 300 * high:
        found.append(POWER)
    if machine.wear_min * tenths > 10 * rules.strain[machine.quality]:
        found.append(STRAIN)
    return found


def _careless(machine: Machine, rules: Thresholds) -> list[str]:
    """Heat by either of its two conditions, and the limit of another quality."""
    found = []
    if machine.process_k - machine.air_k < rules.gap_k or machine.speed_rpm < rules.slow_rpm:
        found.append(HEAT)
    if POWER in modes(machine, rules):
        found.append(POWER)
    if machine.wear_min * machine.torque_nm > rules.strain["L"]:
        found.append(STRAIN)
    return found
