"""Units and currencies: which text is a unit, and what one is worth in another.

    split_unit("12\\\\sqrt{13} feet")     ->  ("12\\\\sqrt{13}", "feet")
    factor("km", "m")                   ->  1000
    factor("square feet", "feet")       ->  None, another dimension
    factor("dogs", "cats")              ->  None, other things

Dimensions and factors are pint's (https://pint.readthedocs.io), restricted to names in UNITS; what
is not there is a noun that counts things.
"""

import re
from fractions import Fraction
from functools import cache, lru_cache

UNITS = {
    # length
    **dict.fromkeys(["m", "meter", "metre"], "meter"),
    **dict.fromkeys(["km", "kilometer", "kilometre"], "kilometer"),
    **dict.fromkeys(["cm", "centimeter", "centimetre"], "centimeter"),
    **dict.fromkeys(["mm", "millimeter", "millimetre"], "millimeter"),
    **dict.fromkeys(["μm", "um", "micrometer", "micrometre", "micron"], "micrometer"),
    **dict.fromkeys(["nm", "nanometer", "nanometre"], "nanometer"),
    **dict.fromkeys(["dm", "decimeter", "decimetre"], "decimeter"),
    **dict.fromkeys(["in", "inch"], "inch"),
    **dict.fromkeys(["ft", "foot"], "foot"),
    **dict.fromkeys(["yd", "yard"], "yard"),
    **dict.fromkeys(["mi", "mile"], "mile"),
    "lightyear": "light_year", "ly": "light_year", "AU": "astronomical_unit",
    # area and volume
    **dict.fromkeys(["ha", "hectare"], "hectare"), "acre": "acre",
    **dict.fromkeys(["L", "l", "liter", "litre"], "liter"),
    **dict.fromkeys(["mL", "ml", "milliliter", "millilitre"], "milliliter"),
    **dict.fromkeys(["cL", "cl", "centiliter"], "centiliter"), "kL": "kiloliter",
    "cc": "centimeter**3",
    **dict.fromkeys(["gal", "gallon"], "gallon"), **dict.fromkeys(["qt", "quart"], "quart"),
    **dict.fromkeys(["pt", "pint"], "pint"), "cup": "cup",
    **dict.fromkeys(["tbsp", "tablespoon"], "tablespoon"),
    **dict.fromkeys(["tsp", "teaspoon"], "teaspoon"),
    # mass
    **dict.fromkeys(["kg", "kilogram", "kilo"], "kilogram"), **dict.fromkeys(["g", "gram"], "gram"),
    **dict.fromkeys(["mg", "milligram"], "milligram"), **dict.fromkeys(["μg", "ug"], "microgram"),
    "microgram": "microgram", **dict.fromkeys(["lb", "lbs", "pound"], "pound"),
    **dict.fromkeys(["oz", "ounce"], "ounce"), "tonne": "tonne", "t": "tonne", "ton": "ton",
    # time
    **dict.fromkeys(["s", "sec", "second"], "second"), **dict.fromkeys(["ms", "millisecond"],
    "millisecond"),
    **dict.fromkeys(["μs", "us", "microsecond"], "microsecond"),
    **dict.fromkeys(["ns", "nanosecond"], "nanosecond"),
    **dict.fromkeys(["min", "minute"], "minute"), **dict.fromkeys(["h", "hr", "hour"], "hour"),
    "day": "day", "d": "day", "week": "week", "wk": "week", "fortnight": "fortnight",
    "month": "month",
    **dict.fromkeys(["year", "yr"], "year"), "decade": "decade", "century": "century",
    # speed, force, energy, and so on
    "mph": "mile/hour", "kph": "kilometer/hour", "kmh": "kilometer/hour", "kmph": "kilometer/hour",
    "fps": "foot/second", "knot": "knot",
    **dict.fromkeys(["N", "newton", "Newton"], "newton"), "kN": "kilonewton",
    **dict.fromkeys(["J", "joule", "Joule"], "joule"), **dict.fromkeys(["kJ", "kilojoule"],
    "kilojoule"),
    "MJ": "megajoule", "mJ": "millijoule",
    **dict.fromkeys(["W", "watt", "Watt"], "watt"), **dict.fromkeys(["kW", "kilowatt"], "kilowatt"),
    "MW": "megawatt", "mW": "milliwatt", "kWh": "kilowatt*hour", "Wh": "watt*hour",
    "cal": "calorie", "calorie": "calorie", **dict.fromkeys(["kcal", "kilocalorie"], "kilocalorie"),
    "eV": "electron_volt", "keV": "kiloelectron_volt", "MeV": "megaelectron_volt",
    **dict.fromkeys(["Pa", "pascal", "Pascal"], "pascal"), "hPa": "hectopascal",
    **dict.fromkeys(["kPa", "kilopascal"], "kilopascal"), "MPa": "megapascal", "bar": "bar",
    "atm": "atmosphere", "mmHg": "mmHg", "psi": "psi",
    **dict.fromkeys(["V", "volt", "Volt"], "volt"), "mV": "millivolt", "kV": "kilovolt",
    **dict.fromkeys(["A", "amp", "ampere", "Ampere"], "ampere"), "mA": "milliampere",
    **dict.fromkeys(["Ω", "ohm", "Ohm"], "ohm"), "kΩ": "kiloohm", "MΩ": "megaohm",
    **dict.fromkeys(["F", "farad"], "farad"), **dict.fromkeys(["C", "coulomb", "Coulomb"],
    "coulomb"),
    "μF": "microfarad", "nF": "nanofarad", "pF": "picofarad", "μC": "microcoulomb",
    "nC": "nanocoulomb",
    **dict.fromkeys(["T", "tesla"], "tesla"), "mT": "millitesla", "Wb": "weber", "H": "henry",
    "mH": "millihenry",
    **dict.fromkeys(["Hz", "hertz", "Hertz"], "hertz"), "kHz": "kilohertz", "MHz": "megahertz",
    "GHz": "gigahertz", "rpm": "rpm",
    **dict.fromkeys(["mol", "mole"], "mole"), "mmol": "millimole", "M": "molar", "mM": "millimolar",
    **dict.fromkeys(["K", "kelvin", "Kelvin"], "kelvin"),
    **dict.fromkeys(["rad", "radian"], "radian"), **dict.fromkeys(["deg", "degree"], "degree"),
    "rev": "revolution", "revolution": "revolution",
    # data
    "bit": "bit", "byte": "byte", "B": "byte", "KB": "kilobyte", "kB": "kilobyte", "MB": "megabyte",
    "GB": "gigabyte", "TB": "terabyte",
    # money
    **dict.fromkeys(["USD", "dollar", "buck"], "dollar"), "cent": "dollar/100",
    "penny": "dollar/100",
    "pennie": "dollar/100", "nickel": "dollar/20", "dime": "dollar/10",
    **dict.fromkeys(["EUR", "euro"], "euro"), **dict.fromkeys(["GBP", "sterling"], "sterling"),
    "pence": "sterling/100", **dict.fromkeys(["JPY", "yen"], "yen"), **dict.fromkeys(["INR",
    "rupee"], "rupee"),
    **dict.fromkeys(["CNY", "yuan", "RMB"], "yuan"),
    "unit": "unit",
}  # fmt: skip
IRREGULAR = {
    "feet": "foot", "inches": "inch", "people": "person", "children": "child", "men": "man",
             "women": "woman", "mice": "mouse", "dice": "die", "pence": "pence", "hertz": "hertz",
             "lbs": "lb", "centuries": "century", "vertices": "vertex",
             "matrices": "matrix"}  # fmt: skip
MULTIPLES = {
    "dozen": 12, "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9,
    "trillion": 10**12,
}  # fmt: skip
EXTRA = (
    "dollar = [dollar]", "euro = [euro]", "sterling = [sterling]", "yen = [yen]",
    "rupee = [rupee]", "yuan = [yuan]", "unit = [thing]",
)  # fmt: skip

_NAME = r"(?:[A-Za-zμΩ]{1,20}\.?|\\(?:mu|Omega)\s?[A-Za-z]*)"
_EXPONENT = r"(?:\s?(?:\^\s?(?:\{\s?-?\d\s?\}|-?\d)|(?<=[a-z])[23](?!\d)))?"
_TERM = rf"{_NAME}{_EXPONENT}"
UNIT_TEXT = re.compile(
    rf"(?P<value>.*?(?:[\d}})\]!%]|\\pi|\d\.))(?P<gap>\s*[-~]?\s*)"
    rf"(?P<unit>{_TERM}(?:\s?(?:/|\\cdot|\*|-|\s)\s?\(?{_TERM}\)?)*)",
)
UNIT_FRACTION = re.compile(
    r"\\frac\s?\{\s*(?P<above>[A-Za-z]+)\s*\}\s?\{\s*(?P<below>[A-Za-z]+)\s*\}"
)
PART_OF = re.compile(r"\s+of\s+(?:the|a|an|all|his|her|its|their)\s+(?P<whole>[a-z]+)[a-z ]*$")
POWER_WORDS = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cu": 3, "cubed": 3}
NOT_UNITS = frozenset(
    [
        "and",
        "or",
        "in",
        "is",
        "if",
        "for",
        "when",
        "where",
        "otherwise",
        "sin",
        "cos",
        "tan",
        "ln",
        "log",
        "exp",
        "sqrt",
        "pi",
        "mod",
        "to",
        "the",
        "of",
        "x",
        "y",
        "z",
        "times",
        "plus",
        "minus",
        "over",
        "dozen",
        "hundred",
        "thousand",
        "million",
        "billion",
        "trillion",
        "percent",
        "base",
        "i",
        "e",
        "n",
        "k",
        "theta",
        "alpha",
        "beta",
        "gamma",
        "lambda",
        "phi",
        "omega",
        "rho",
        "union",
        "inf",
        "infinity",
        "infty",
        "not",
        "no",
        "all",
        "real",
        "any",
        "integer",
        "with",
        "as",
        "at",
        "so",
        "but",
        "are",
        "be",
        "otherwise",
    ]
)


def split_unit(text: str) -> tuple[str, str] | None:
    """Part plain notation into a value and its unit; None where it ends in no unit."""
    if not (text[-1:].isalpha() or text[-1:] in "}.)0123456789²³"):
        return None
    text = re.sub(r"\\mu\s?(?=[A-Za-z])", "μ", re.sub(r"\\Omega\b", "Ω", text))
    text = UNIT_FRACTION.sub(_slashed, text)
    text = PART_OF.sub(r" \g<whole>", text)
    match = UNIT_TEXT.fullmatch(text)
    if match is None or match["value"].count("{") != match["value"].count("}"):
        return None
    unit = match["unit"].strip()
    words = re.findall(r"[A-Za-zμΩ]+", unit)
    if words != ["times"] and any(
        (word if len(word) == 1 else word.lower()) in NOT_UNITS and word != "in" for word in words
    ):
        return None
    if re.search(
        r"\\(?!pi|frac|sqrt|cdot|times|dollar)[a-zA-Z]+\s*$", match["value"] + match["gap"]
    ):
        return None
    if words == ["times"] and match["gap"]:
        return match["value"], unit  # 5 times
    known = [canonical(word) for word in words]
    if all(len(word) == 1 for word in words) and len(words) == 1:
        # 5m may be five times m; 5 m is five metres.
        return (
            (match["value"], unit)
            if known[0] and match["gap"].strip(" ") == "" and match["gap"]
            else None
        )
    if any(
        len(word) <= 2 and not name and word.lower() not in POWER_WORDS
        for word, name in zip(words, known, strict=True)
    ):
        return None
    if len(words) == 1 and not known[0] and len(words[0]) < 3:
        return None
    if not match["gap"] and not all(known) and not words[0].islower():
        return None
    return match["value"].strip(), unit


def _slashed(match: re.Match[str]) -> str:
    above, below = match["above"], match["below"]
    return f" {above}/{below}" if canonical(above) and canonical(below) else match[0]


def canonical(word: str) -> str | None:
    """The pint name of a unit word, singular or plural; None for a noun."""
    word = word.rstrip(".")
    if word in UNITS:
        return UNITS[word]
    lower = word.lower()
    lower = IRREGULAR.get(lower, lower)
    if lower in UNITS and len(lower) > 2:
        return UNITS[lower]
    if lower.endswith("s") and len(lower) > 3 and lower[:-1] in UNITS:
        return UNITS[lower[:-1]]
    return None


@lru_cache(maxsize=4096)
def factor(unit: str, other: str) -> Fraction | None:
    """How many of `other` one `unit` is; None where they measure different things."""
    if _nouns(unit) == _nouns(other):
        return Fraction(1)
    one, two = _parsed(unit), _parsed(other)
    if one is None or two is None:
        return None
    from pint import DimensionalityError

    try:
        return one.to(two.units).magnitude / two.magnitude
    except DimensionalityError:
        return None


def is_currency(unit: str) -> bool:
    """Whether a unit is money."""
    words = re.findall(r"[A-Za-z]+", unit)
    return len(words) == 1 and (canonical(words[0]) or "").partition("/")[0] in (
        "dollar", "euro", "sterling", "yen", "rupee", "yuan",
    )  # fmt: skip


def is_known(unit: str) -> bool:
    """Whether every word of a unit is one of measure or money, not a noun."""
    words = [w for w in re.findall(r"[A-Za-zμΩ]+", unit) if w not in POWER_WORDS and w != "per"]
    return bool(words) and all(map(canonical, words))


def _nouns(unit: str) -> tuple[str, ...]:
    words: list[str] = [
        word.lower().rstrip(".") for word in re.findall(r"[A-Za-zμΩ]+|\^\s?\{?-?\d|/", unit)
    ]
    return tuple(_singular(IRREGULAR.get(word, word)) for word in words)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else word


@lru_cache(maxsize=4096)
def _parsed(unit: str):
    """The pint unit of a text, None where a word of it is no unit."""
    text = re.sub(r"\\mu\s?", "μ", re.sub(r"\\Omega\s?", "Ω", unit))
    text = re.sub(r"\\cdot|-(?=[a-zA-Z])", " ", text)
    pieces = re.findall(r"per\b|/|[()]|[A-Za-zμΩ]+\.?|\^\s?\{?\s?-?\d\s?\}?|(?<=[a-z])[23]", text)
    terms: list[list] = []
    below, raised, group = False, 1, False
    for piece in pieces:
        if piece in ("per", "/"):
            below = True
        elif piece in "()":
            group = piece == "("
        elif piece[0] == "^" or piece.isdigit():
            if not terms:
                return None
            terms[-1][1] *= int(re.sub(r"[^-\d]", "", piece))
        elif (power := POWER_WORDS.get(piece.lower().rstrip("."))) is not None:
            if piece.lower() in ("squared", "cubed") and terms:
                terms[-1][1] *= power
            else:
                raised = power
        else:
            name = canonical(piece)
            if name is None:
                return None
            terms.append([name, raised, below])
            raised, below = 1, below and group
    if not terms:
        return None
    registry = _registry()
    result = registry.Quantity(Fraction(1))
    for name, power, under in terms:
        result *= registry(name) ** (-power if under else power)
    return result


@cache
def _registry():
    import pint

    registry = pint.UnitRegistry(non_int_type=Fraction)  # type: ignore[arg-type]
    for line in EXTRA:
        registry.define(line)
    return registry
