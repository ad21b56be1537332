"""Motion and energy, and radioactive decay: closed forms against simulation.

Motion().generate(rng, 1)    a car brakes from 25 m/s at 5 m/s^2: distance?        62.5
Decay().generate(rng, 1)     half-life 8 d, 40 mg: left after 20 d?                7.07
"""

from math import cos, exp, log, radians, sin, sqrt, tan
from random import Random

from gen.domains.science.base import THREE_FIGURES, ScienceFamily, shown, significant, within
from gen.domains.worked import Draft, Fields, generated

G = 9.81


class Motion(ScienceFamily):
    """Distances, speeds and heights; formulas of kinematics and energy against each other."""

    name = "mechanics.motion"
    card = generated(0.03, "g = 9.81 m/s^2 is stated; no air resistance")
    methods = "kinematics against energy, or against stepping through time"
    lazy = (9.81, 10, 20, 50)

    def draw(self, rng: Random, level: int) -> Draft:
        """Braking; reaction time; a throw from a height; friction on a slope; a spring."""
        return getattr(self, f"level_{level}")(rng)

    def level_1(self, rng: Random) -> Draft:
        """A braking distance."""
        v, a = rng.randint(8, 60), significant(rng.uniform(1.5, 9), 2)
        answer, again = v * v / (2 * a), v * (v / a) / 2
        text = (
            f"A car brakes from {v} m/s to rest at a constant {shown(a)} m/s^2. How far does it "
            "go, in m?"
        )
        near = [v * v / a, v / a, v * v * a / 2]
        return Draft(f"{text} {THREE_FIGURES}", answer, within("m"), again, near)

    def level_2(self, rng: Random) -> Draft:
        """A stopping distance, with a reaction time and kilometres for each hour."""
        kmh, wait, a = (
            rng.randint(30, 180),
            significant(rng.uniform(0.4, 2), 2),
            significant(rng.uniform(2, 9), 2),
        )
        v = kmh / 3.6
        answer = v * wait + v * v / (2 * a)
        text = (
            f"A driver at {kmh} km/h needs {shown(wait)} s to react and then brakes at a constant "
            f"{shown(a)} m/s^2. How far does the car go in all, in m?"
        )
        near = [kmh * wait + kmh**2 / (2 * a), v * v / (2 * a), v * wait + v * v / a]
        return Draft(f"{text} {THREE_FIGURES}", answer, within("m"), braked(v, wait, a), near)

    def level_3(self, rng: Random) -> Draft:
        """Range and landing speed of a throw from a height."""
        v, angle, h = rng.randint(5, 45), rng.randint(10, 75), rng.randint(2, 80)
        up, along = v * sin(radians(angle)), v * cos(radians(angle))
        t = (up + sqrt(up * up + 2 * G * h)) / G
        text = (
            f"A ball is thrown from a height of {h} m above level ground at {v} m/s, {angle} "
            "degrees "
            f"above the horizontal (g = {G} m/s^2, no air resistance). How far away, horizontally, "
            "does it land, in m, and at what speed, in m/s? Answer with JSON: "
            '{"distance": ..., "speed": ...}, with at least three significant figures.'
        )
        form = Fields({"distance": within("m"), "speed": within("m/s")})
        slope = tan(radians(angle))
        curve = G / (2 * along * along)
        second = {
            "distance": (slope + sqrt(slope * slope + 4 * curve * h)) / (2 * curve),
            "speed": sqrt(v * v + 2 * G * h),
        }
        answer = {"distance": along * t, "speed": sqrt(along**2 + (up - G * t) ** 2)}
        flat = v * v * sin(2 * radians(angle)) / G
        near = [{**answer, "distance": flat}, {**answer, "speed": v}]
        near.append({**answer, "speed": abs(up - G * t)})
        return Draft(text, answer, form, second, near)

    def level_4(self, rng: Random) -> Draft:
        """A block slides down a slope and then along the ground, with friction."""
        length, angle = rng.randint(2, 40), rng.randint(20, 60)
        mu, floor = significant(rng.uniform(0.05, 0.3), 2), significant(rng.uniform(0.1, 0.6), 2)
        mass = rng.randint(1, 30)
        a = G * (sin(radians(angle)) - mu * cos(radians(angle)))
        v2 = 2 * a * length
        answer = v2 / (2 * floor * G)
        energy = mass * G * length * sin(radians(angle))
        lost = mu * mass * G * cos(radians(angle)) * length
        text = (
            f"A block of {mass} kg slides from rest {length} m down a slope of {angle} degrees "
            f"(friction coefficient {shown(mu)}), then without loss onto level ground (friction "
            f"coefficient {shown(floor)}); g = {G} m/s^2. How far does it slide on the ground, in "
            "m?"
        )
        near = [energy / (floor * mass * G), (energy - mu * mass * G * length) / (floor * mass * G)]
        near = [one for one in near if one > 0]
        near.append(sqrt(v2))
        second = (energy - lost) / (floor * mass * G)
        return Draft(f"{text} {THREE_FIGURES}", answer, within("m"), second, near)

    def level_5(self, rng: Random) -> Draft:
        """A spring throws a block up a rough slope: how far along it?"""
        k, x = 50 * rng.randint(4, 60), significant(rng.uniform(0.05, 0.5), 2)
        mass, angle, mu = (
            significant(rng.uniform(0.1, 4), 2),
            rng.randint(10, 50),
            significant(rng.uniform(0.05, 0.6), 2),
        )
        height = rng.randint(0, 4)
        speed_cut = rng.randint(5, 40)
        stored = k * x * x / 2 * (1 - speed_cut / 100)
        hold = mass * G * (sin(radians(angle)) + mu * cos(radians(angle)))
        answer = stored / hold
        v = sqrt(2 * stored / mass)
        again = v * v / (2 * hold / mass)
        text = (
            f"A spring of {k} N/m, pressed by {shown(x)} m, throws a block of {shown(mass)} kg; "
            f"{speed_cut}% of its energy is lost at the release. The block then slides up a slope "
            "of "
            f"{angle} degrees whose friction coefficient is {shown(mu)} (g = {G} m/s^2); the slope "
            f"begins {height} m above the floor. How far along the slope does the block come, in m?"
        )
        near = [
            k * x * x / 2 / hold,
            stored / (mass * G * sin(radians(angle))),
            answer * sin(radians(angle)),
        ]
        return Draft(f"{text} {THREE_FIGURES}", answer, within("m"), again, near)


def braked(v: float, wait: float, a: float, n: int = 4000) -> float:
    """A stopping distance, summed over small steps of time."""
    travelled, step = v * wait, v / a / n
    for at in range(n):
        travelled += step * (v - a * step * (at + 0.5))
    return travelled


class Decay(ScienceFamily):
    """Radioactive decay, its dates and chains; exponentials against integration in steps."""

    name = "nuclear.decay"
    card = generated(0.03, "half-lives are drawn, not those of real nuclides")
    methods = "exponentials (Bateman for chains) against powers of two or Runge-Kutta steps"
    lazy = (0, 1, 10, 50)

    def draw(self, rng: Random, level: int) -> Draft:
        """What is left; an age; two nuclides; a chain; when a daughter is at its most."""
        half = significant(rng.uniform(0.5, 90))
        unit = rng.choice(("s", "h", "d"))
        start = significant(rng.uniform(2, 900))
        time = significant(half * rng.uniform(0.3, 5))
        rate = log(2) / half
        if level == 1:
            text = (
                f"A nuclide has a half-life of {shown(half)} {unit}. Of {shown(start)} mg, how "
                f"many mg are left after {shown(time)} {unit}?"
            )
            answer, again = start * 2 ** (-time / half), start * exp(-rate * time)
            near = [
                start * exp(-time / half),
                start - answer,
                start * max(0.01, 1 - time / half / 2),
            ]
            return Draft(f"{text} {THREE_FIGURES}", answer, within("mg"), again, near)
        if level == 2:
            left = significant(start * rng.uniform(0.03, 0.9))
            text = (
                f"A nuclide has a half-life of {shown(half)} {unit}. Its activity has fallen from "
                f"{shown(start)} Bq to {shown(left)} Bq. How many {unit} have passed?"
            )
            answer = half * log(start / left) / log(2)
            again = time_to_fall(start, left, half)
            near = [half * log(start / left), (1 - left / start) * 2 * half, start / left * half]
            return Draft(f"{text} {THREE_FIGURES}", answer, within(unit), again, near)
        other = significant(half * rng.choice((rng.uniform(0.1, 0.6), rng.uniform(1.7, 8))))
        second_rate = log(2) / other
        if level == 3:
            more = significant(rng.uniform(2, 900))
            text = (
                f"A sample holds {shown(start)} Bq of a nuclide with a half-life of {shown(half)} "
                f"{unit} and {shown(more)} Bq of another one with {shown(other)} {unit}; neither "
                f"decays into the other. What is its activity after {shown(time)} {unit}, in Bq?"
            )
            answer = start * 2 ** (-time / half) + more * 2 ** (-time / other)
            again = start * exp(-rate * time) + more * exp(-second_rate * time)
            near = [
                (start + more) * 2 ** (-2 * time / (half + other)),
                (start + more) * exp(-rate * time),
            ]
            return Draft(f"{text} {THREE_FIGURES}", answer, within("Bq"), again, near)
        chain = (
            f"A nuclide with a half-life of {shown(half)} {unit} decays into one with a half-life "
            f"of {shown(other)} {unit}, which decays into a stable one. "
        )
        peak = log(second_rate / rate) / (second_rate - rate)
        if level == 4:
            time = significant(peak * rng.uniform(0.4, 2.5))
            answer = (
                start * rate / (second_rate - rate) * (exp(-rate * time) - exp(-second_rate * time))
            )
            text = (
                f"{chain}A sample holds {shown(start)} mmol of the first alone at the beginning. "
                f"How many mmol of the second does it hold after {shown(time)} {unit}?"
            )
            near = [start * (1 - 2 ** (-time / half)), start * 2 ** (-time / half)]
            again = chained(start, rate, second_rate, time)[1]
            return Draft(f"{text} {THREE_FIGURES}", answer, within("mmol"), again, near)
        text = (
            f"{chain}A sample holds {shown(start)} mmol of the first alone at the beginning. After "
            f"how many {unit} is there most of the second, and how many mmol of it? Answer with "
            'JSON: {"time": ..., "amount": ...}, with at least three significant figures.'
        )
        most = start * rate / (second_rate - rate) * (exp(-rate * peak) - exp(-second_rate * peak))
        low, high = 0.0, 10 * max(half, other)
        for _ in range(30):
            middle = (low + high) / 2
            first, second = chained(start, rate, second_rate, middle, n=300)
            low, high = (middle, high) if rate * first > second_rate * second else (low, middle)
        form = Fields({"time": within(unit), "amount": within("mmol")})
        answer = {"time": peak, "amount": most}
        again = {"time": low, "amount": chained(start, rate, second_rate, low)[1]}
        near = [
            {**answer, "time": half},
            {**answer, "amount": start / 2},
            {"time": other, "amount": most},
        ]
        return Draft(text, answer, form, again, near)


def time_to_fall(start: float, left: float, half: float) -> float:
    """By whole half-lives, and bisection within the last one."""
    whole = 0
    while start / 2 >= left:
        start, whole = start / 2, whole + 1
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if start * 0.5**middle > left else (low, middle)
    return half * (whole + low)


def chained(
    start: float, rate: float, second_rate: float, time: float, n: int = 1000
) -> tuple[float, float]:
    """Parent and daughter after a time, by Runge-Kutta steps."""

    def slope(parent: float, daughter: float) -> tuple[float, float]:
        return -rate * parent, rate * parent - second_rate * daughter

    parent, daughter, h = start, 0.0, time / n
    for _ in range(n):
        a = slope(parent, daughter)
        b = slope(parent + h / 2 * a[0], daughter + h / 2 * a[1])
        c = slope(parent + h / 2 * b[0], daughter + h / 2 * b[1])
        d = slope(parent + h * c[0], daughter + h * c[1])
        parent += h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0])
        daughter += h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
    return parent, daughter
