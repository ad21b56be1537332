"""Electric circuits: networks of resistors, currents in them, charging capacitors.

    Resistors().generate(rng, 1)    R1 = 3 ohm from A to B, R2 = 6 ohm from A to B    2
    Charging().generate(rng, 1)     R = 10 kohm, C = 47 uF: voltage after 0.5 s

Networks are lists of edges. The resistance between two of their nodes is found by removing the
others one by one (star to mesh), and again by determinants of the conductance matrix.
"""

from fractions import Fraction
from math import exp, log
from random import Random
from typing import NamedTuple

from gen.domains.science.base import THREE_FIGURES, ScienceFamily, shown, significant, within
from gen.domains.science.chemistry import determinant
from gen.domains.science.units import reduced
from gen.domains.worked import Amount, Draft, Fields, generated

NODES = "ABCDEFGH"
TO_A_THOUSANDTH = Amount(relative=0.002, unit="ohm")


class Resistor(NamedTuple):
    """A resistor of so many ohms between two nodes."""

    start: str
    end: str
    ohms: int


def by_elimination(network: list[Resistor], start: str, end: str) -> Fraction:
    """The resistance between two nodes, the other nodes removed by star-mesh transforms."""
    conductance: dict[frozenset[str], Fraction] = {}
    for one in network:
        pair = frozenset((one.start, one.end))
        conductance[pair] = conductance.get(pair, Fraction(0)) + Fraction(1, one.ohms)
    for node in sorted({one for pair in conductance for one in pair} - {start, end}):
        star = {pair: g for pair, g in conductance.items() if node in pair}
        for pair in star:
            del conductance[pair]
        total = sum(star.values())
        tips = [(next(iter(pair - {node})), g) for pair, g in star.items()]
        for at, (one, first) in enumerate(tips):
            for two, second in tips[:at]:
                pair = frozenset((one, two))
                conductance[pair] = conductance.get(pair, Fraction(0)) + first * second / total
    return 1 / conductance[frozenset((start, end))]


def by_determinants(network: list[Resistor], start: str, end: str) -> Fraction:
    """The same: Kirchhoff's quotient of two principal minors of the conductance matrix."""
    nodes = sorted({node for one in network for node in one[:2]})
    matrix = laplacian(network, nodes)

    def minor(removed: set[str]) -> Fraction:
        kept = [at for at, node in enumerate(nodes) if node not in removed]
        return determinant([[matrix[i][j] for j in kept] for i in kept])

    return minor({start, end}) / minor({start})


def laplacian(network: list[Resistor], nodes: list[str]) -> list[list[Fraction]]:
    """The conductance matrix of Kirchhoff's current law."""
    matrix = [[Fraction(0)] * len(nodes) for _ in nodes]
    for one in network:
        i, j, g = nodes.index(one.start), nodes.index(one.end), Fraction(1, one.ohms)
        matrix[i][i] += g
        matrix[j][j] += g
        matrix[i][j] -= g
        matrix[j][i] -= g
    return matrix


def potentials(
    network: list[Resistor], source: str, ground: str, volts: int
) -> dict[str, Fraction]:
    """The potential of every node with a battery from `ground` to `source`."""
    nodes = sorted({node for one in network for node in one[:2]})
    rows = laplacian(network, nodes)
    for at, node in enumerate(nodes):
        fixed = {source: Fraction(volts), ground: Fraction(0)}.get(node)
        if fixed is not None:
            rows[at] = [Fraction(i == at) for i in range(len(nodes))]
        rows[at] = [*rows[at], fixed or Fraction(0)]
    return {node: row[-1] for node, row in zip(nodes, reduced(rows), strict=True)}


def drawn_network(rng: Random, level: int) -> list[Resistor]:
    """A network from A to B, all of whose resistors carry a current in general."""
    ohms = [rng.choice((2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 18, 20, 24, 30)) for _ in range(12)]
    shapes = {
        1: (("AB", "AB"), ("AC", "CB"), ("AB", "AB", "AB"), ("AC", "CB", "AB")),
        2: (("AC", "CB", "CB"), ("AC", "CB", "AB", "AB"), ("AC", "AC", "CB", "CB")),
        3: (
            ("AC", "CD", "DB", "CB"), ("AC", "CD", "CD", "DB", "AB"),
            ("AC", "CB", "AD", "DB", "AB"),
        ),
        4: (("AC", "AD", "CD", "CB", "DB"), ("AC", "AD", "CD", "CB", "DB", "AB")),
        5: (
            ("AC", "AD", "CD", "CE", "DE", "EB", "DB"),
            ("AC", "AD", "AE", "CD", "DE", "CB", "DB", "EB"),
            ("AC", "CD", "DB", "AE", "EF", "FB", "CE", "DF"),
        ),
    }[level]  # fmt: skip
    shape = rng.choice(shapes)
    return [Resistor(ends[0], ends[1], r) for ends, r in zip(shape, ohms, strict=False)]


def told(rng: Random, network: list[Resistor]) -> str:
    """The network in words, in random order."""
    lines = network[:]
    rng.shuffle(lines)
    return ", ".join(
        f"R{at} = {one.ohms} ohm between {one.start} and {one.end}"
        for at, one in enumerate(lines, start=1)
    )


class Resistors(ScienceFamily):
    """The resistance between two nodes; star-mesh elimination against determinants, exactly."""

    name = "circuits.resistors"
    card = generated(0.06, "fractions are welcome; decimals within 0.2 % are accepted")
    methods = "star-mesh elimination against Kirchhoff's determinants, both exact"
    lazy = (6, 10, 12, 20)

    def draw(self, rng: Random, level: int) -> Draft:
        """Two or three resistors; mixed; nested; bridges; meshes of up to eight."""
        network = drawn_network(rng, level)
        text = (
            f"Resistors: {told(rng, network)}. What is the resistance between A and B, in ohm? "
            "Give "
            "a fraction, or a decimal with four significant figures."
        )
        answer = by_elimination(network, "A", "B")
        second = by_determinants(network, "A", "B")
        series = Fraction(sum(one.ohms for one in network))
        parallel = 1 / sum((Fraction(1, one.ohms) for one in network), Fraction(0))
        near = [series, parallel] if level < 4 else [series, without_bridge(network)]
        return Draft(text, answer, TO_A_THOUSANDTH, second, near)


def without_bridge(network: list[Resistor]) -> Fraction:
    """The resistance for one who forgets the resistor that makes it no series-parallel network."""
    return by_elimination([one for one in network if {one.start, one.end} != {"C", "D"}], "A", "B")


class Currents(ScienceFamily):
    """Current and power in a network; nodal analysis against conservation of power."""

    name = "circuits.currents"
    card = generated(0.01)
    methods = "nodal potentials against equivalent resistance and conservation of power"
    lazy = ({"current": 1, "power": 1}, {"current": 1, "power": 12})

    def draw(self, rng: Random, level: int) -> Draft:
        """The same networks, with a battery from A to B."""
        network, volts = drawn_network(rng, level), rng.randint(3, 48)
        level_of = potentials(network, "A", "B", volts)
        flows = [(level_of[one.start] - level_of[one.end]) / one.ohms for one in network]
        total = sum(
            (flow for one, flow in zip(network, flows, strict=True) if one.start == "A"),
            Fraction(0),
        )
        at = max(range(len(network)), key=lambda i: (abs(flows[i]), i))
        asked = network[at]
        heat = flows[at] ** 2 * asked.ohms
        others = sum(
            (
                flow**2 * one.ohms
                for i, (one, flow) in enumerate(zip(network, flows, strict=True))
                if i != at
            ),
            Fraction(0),
        )
        whole = volts**2 / by_elimination(network, "A", "B")
        ends = f"{asked.start} and {asked.end}"
        twin = sum({one.start, one.end} == {asked.start, asked.end} for one in network) > 1
        named = f"the {asked.ohms} ohm resistor between {ends}"
        if twin and sum(one == asked for one in network) > 1:
            return self.draw(rng, level)
        text = (
            f"Resistors: {told(rng, network)}. A battery of {volts} V is connected to A and B. "
            "What "
            f"current does it deliver, in A, and what power does {named} take up, in W? Answer "
            "with "
            'JSON: {"current": ..., "power": ...}, with at least four significant figures.'
        )
        form = Fields({"current": within("A", 0.005), "power": within("W", 0.005)})
        answer = {"current": total, "power": heat}
        second = {"current": volts / by_determinants(network, "A", "B"), "power": whole - others}
        near = [
            {"current": total, "power": whole},
            {"current": total, "power": Fraction(volts**2, asked.ohms)},
            {"current": Fraction(volts, sum(one.ohms for one in network)), "power": heat},
        ]
        return Draft(text, answer, form, second, near)


class Charging(ScienceFamily):
    """A capacitor charged or discharged through a resistor; formula against small steps."""

    name = "circuits.charging"
    card = generated(0.05)
    methods = "exponential against integration in small steps (Runge-Kutta)"
    lazy = (0, 1, 5)

    def draw(self, rng: Random, level: int) -> Draft:
        """Charging; discharging; a time; from a voltage; through a divider."""
        kilo_ohms, micro = significant(rng.uniform(1, 90), 2), significant(rng.uniform(1, 470), 2)
        volts = rng.randint(5, 60)
        tau = kilo_ohms * micro / 1000
        seconds = significant(tau * rng.uniform(0.3, 2.5))
        parts = f"a resistor of {shown(kilo_ohms)} kohm and a capacitor of {shown(micro)} uF"
        share = exp(-seconds / tau)
        if level == 1:
            text = (
                f"An empty capacitor is charged by {volts} V through {parts} in series. What is "
                f"the voltage of the capacitor after {shown(seconds)} s, in V?"
            )
            answer, near = volts * (1 - share), [volts * share, volts * seconds / tau]
            return self.voltage(text, answer, stepped(0.0, volts, tau, seconds), near)
        if level == 2:
            text = (
                f"A capacitor at {volts} V is discharged; the circuit is {parts}. What is its "
                f"voltage after {shown(seconds)} s, in V?"
            )
            near = [volts * (1 - share), volts / 2]
            return self.voltage(text, volts * share, stepped(volts, 0.0, tau, seconds), near)
        start, goal = rng.randint(-10, volts - 2), rng.uniform(0.2, 0.9)
        if level == 3:
            reached = significant(volts * goal)
            text = (
                f"An empty capacitor is charged by {volts} V through {parts} in series. After how "
                f"many seconds is it at {shown(reached)} V?"
            )
            answer = -tau * log(1 - reached / volts)
            near = [-tau * log(reached / volts), tau * reached / volts, tau]
            low = stepped_until(0.0, volts, tau, reached)
            return Draft(f"{text} {THREE_FIGURES}", answer, within("s"), low, near)
        if level == 4:
            text = (
                f"A capacitor at {start} V is connected to {volts} V through {parts} in series. "
                f"What is its voltage after {shown(seconds)} s, in V?"
            )
            answer = volts + (start - volts) * share
            near = [volts * (1 - share), start + volts * (1 - share), start * share]
            return self.voltage(text, answer, stepped(start, volts, tau, seconds), near)
        load = significant(rng.uniform(1, 90), 2)
        text = (
            f"An empty capacitor is charged by {volts} V through {parts} in series; a load of "
            f"{shown(load)} kohm lies in parallel to the capacitor. What is the voltage of the "
            f"capacitor after {shown(seconds)} s, in V?"
        )
        thevenin = volts * load / (kilo_ohms + load)
        fast = tau * load / (kilo_ohms + load)
        answer = thevenin * (1 - exp(-seconds / fast))
        near = [volts * (1 - share), thevenin * (1 - share), volts * (1 - exp(-seconds / fast))]
        again = leaking(volts, kilo_ohms, load, micro, seconds)
        return self.voltage(text, answer, again, near)

    def voltage(self, text: str, answer: float, second: float, near: list[float]) -> Draft:
        """A voltage, to a hundredth of a volt or one in a hundred."""
        form = Amount(absolute=0.01, relative=0.01, unit="V")
        return Draft(f"{text} {THREE_FIGURES}", answer, form, second, near)


def stepped(start: float, goal: float, tau: float, seconds: float, n: int = 400) -> float:
    """The voltage by Runge-Kutta steps of dv/dt = (goal - v) / tau."""
    v, h = start, seconds / n
    for _ in range(n):
        one = (goal - v) / tau
        two = (goal - v - h / 2 * one) / tau
        three = (goal - v - h / 2 * two) / tau
        four = (goal - v - h * three) / tau
        v += h / 6 * (one + 2 * two + 2 * three + four)
    return v


def stepped_until(start: float, goal: float, tau: float, reached: float) -> float:
    """When the stepped voltage passes a value, by bisection."""
    low, high = 0.0, 20 * tau
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if stepped(start, goal, tau, middle) < reached else (low, middle)
    return low


def leaking(volts: float, kilo_ohms: float, load: float, micro: float, seconds: float) -> float:
    """The voltage beside a load, from the two currents at the node, in Runge-Kutta steps."""

    def slope(v: float) -> float:
        return ((volts - v) / kilo_ohms - v / load) * 1000 / micro

    v, n = 0.0, 2000
    h = seconds / n
    for _ in range(n):
        one = slope(v)
        two = slope(v + h / 2 * one)
        three = slope(v + h / 2 * two)
        v += h / 6 * (one + 2 * two + 2 * three + slope(v + h * three))
    return v
