"""Says a problem again: in other spaces, numbers, words or names, or in another order.

    renumbered("Janet sells 16 eggs.", rng)   "Janet sells 73 eggs."
    reworded("Find the total number.", rng)   "Determine the overall count."
    renamed("Then Janet sells eggs.", rng)    "Then Olga sells eggs."
    reordered("A. B. How many?", rng)         "B. A. How many?"

Sums of these are what a careless author, or a model asked to "make a similar problem", does.
"""

import re
from random import Random

SYNONYMS = {
    "find": ("determine", "work out"), "determine": ("find", "work out"),
    "compute": ("calculate", "evaluate"), "calculate": ("compute", "work out"),
    "evaluate": ("compute", "calculate"), "total": ("overall",), "buys": ("purchases", "gets"),
    "buy": ("purchase", "get"), "bought": ("purchased", "got"), "sells": ("offers", "trades"),
    "sold": ("traded", "disposed of"), "sell": ("trade",), "makes": ("produces", "creates"),
    "make": ("produce", "create"), "made": ("produced", "created"), "has": ("owns", "holds"),
    "had": ("owned", "held"), "gives": ("hands", "passes"), "gave": ("handed", "passed"),
    "gets": ("receives", "obtains"), "needs": ("requires",), "need": ("require",),
    "wants": ("would like", "wishes"), "spends": ("pays", "lays out"), "spent": ("paid", "used"),
    "costs": ("is priced at", "goes for"), "cost": ("price",), "price": ("cost",),
    "money": ("cash",), "friends": ("pals", "buddies"), "friend": ("pal", "buddy"),
    "children": ("kids",), "kids": ("children",), "mother": ("mom",), "father": ("dad",),
    "store": ("shop",), "shop": ("store",), "house": ("home",), "big": ("large",),
    "large": ("big",), "small": ("little",), "every": ("each",), "each": ("every",),
    "altogether": ("in total", "in all"), "now": ("at present",), "then": ("afterwards",),
    "after": ("following",), "begins": ("starts",), "starts": ("begins",), "also": ("too",),
    "walks": ("strolls",), "runs": ("jogs",), "eats": ("consumes",), "ate": ("consumed",),
    "earns": ("makes", "is paid"), "earn": ("make",), "works": ("labours",),
    "travels": ("journeys",), "smallest": ("least",), "largest": ("greatest",),
    "greatest": ("largest",), "least": ("smallest",), "value": ("size",), "number": ("count",),
    "positive": ("strictly positive",), "suppose": ("assume",), "let": ("take",),
    "given": ("provided",), "such": ("so",), "remaining": ("left over",), "left": ("remaining",),
    "day": ("date",), "week": ("seven-day week",), "how many": ("what number of",),
    "how much": ("what amount of",), "what is": ("state",), "what are": ("give",),
    "if": ("when",), "express": ("write", "give"), "enter": ("write",), "simplify": ("reduce",),
    "possible": ("feasible",), "integers": ("whole numbers",), "real": ("real-valued",),
    "there are": ("we have",), "than": ("compared with",), "only": ("just",), "per": ("for each",),
    "people": ("persons",), "car": ("vehicle",), "students": ("pupils",), "class": ("course",),
    "school": ("academy",), "away": ("off",), "distance": ("way",), "area": ("surface area",),
    "length": ("extent",), "average": ("mean",), "same": ("identical",), "different": ("distinct",),
    "distinct": ("different",), "contains": ("holds",), "shown": ("pictured",), "point": ("spot",),
    "drives": ("motors",), "takes": ("needs",), "bag": ("sack",), "box": ("carton",),
}  # fmt: skip

NAMES = (
    "Olga", "Pavel", "Ingrid", "Kenji", "Salma", "Tomasz", "Bianca", "Rahul", "Mei", "Anton",
    "Leila", "Henrik", "Zara", "Piotr", "Noor", "Silvia", "Emeka", "Yuki", "Ravi", "Dalia",
)  # fmt: skip

_WORDS = re.compile(
    r"\b(" + "|".join(sorted(map(re.escape, SYNONYMS), key=len, reverse=True)) + r")\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[a-z,] )([A-Z][a-z]{2,})\b")
_FORMULA = re.compile(r"(\$[^$]*\$|\\\[.*?\\\]|\[asy\].*?\[/asy\])", re.DOTALL)


def reformatted(text: str, rng: Random) -> str:
    """The same problem with other spaces and capitals, and with or without its dollars."""
    text = re.sub(r"\s+", lambda _: rng.choice((" ", "  ", "\n")), text)
    return rng.choice((text.upper() if "\\" not in text else text, text.replace("$", "")))


def renumbered(text: str, rng: Random) -> str:
    """Every number replaced by another of as many digits."""

    def another(found: re.Match[str]) -> str:
        digits = found[0]
        low = 10 ** (len(digits) - 1)
        choices = [n for n in (rng.randrange(low, 10 * low) for _ in range(4)) if str(n) != digits]
        return str(choices[0]) if choices else digits

    return re.sub(r"\d+", another, text)


def reworded(text: str, rng: Random, *, share: float = 0.8) -> str:
    """Words replaced by synonyms, `share` of those that have one, outside of formulas."""

    def another(found: re.Match[str]) -> str:
        if rng.random() > share:
            return found[0]
        word = rng.choice(SYNONYMS[found[0].lower()])
        return word.capitalize() if found[0][0].isupper() else word

    return _outside_formulas(text, lambda part: _WORDS.sub(another, part))


def renamed(text: str, rng: Random) -> str:
    """Every name replaced, wherever it stands, by one and the same other name."""
    names = sorted(set(_NAME.findall(_FORMULA.sub(" ", text))))
    fresh = dict(zip(names, rng.sample(NAMES, min(len(names), len(NAMES))), strict=False))
    if not fresh:
        return text
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, fresh)) + r")\b")
    return pattern.sub(lambda found: fresh[found[0]], text)


def reordered(text: str, rng: Random) -> str:
    """The sentences before the last, which asks, in another order."""
    if "[asy]" in text:
        return text
    sentences = re.split(r"(?<=[a-z$)][.?!]) +", text)
    told, asked = sentences[:-1], sentences[-1]
    if len(told) < 2:
        return text
    shuffled = told[:]
    while shuffled == told:
        rng.shuffle(shuffled)
        if len(set(told)) == 1:
            break
    return " ".join((*shuffled, asked))


def rewritten(text: str, rng: Random) -> str:
    """All of it but the numbers: other words, other names, another order."""
    return reordered(renamed(reworded(text, rng), rng), rng)


def _outside_formulas(text: str, act) -> str:
    parts = _FORMULA.split(text)
    return "".join(part if place % 2 else act(part) for place, part in enumerate(parts))
