"""The words around the numbers: ways to ask, names, things, counts.

ask(rng, "3 + 4")                "Work out 3 + 4."
count(1, "box")                  "1 box"
count(4, "box")                  "4 boxes"
"""

from collections.abc import Sequence
from random import Random

COMPUTE = (
    "What is {}?",
    "Compute {}.",
    "Calculate {}.",
    "Work out {}.",
    "Evaluate {}.",
    "Find the value of {}.",
    "What is the value of {}?",
    "Determine {}.",
)
SOLVE = (
    "Solve {} for $x$.",
    "Find $x$ if {}.",
    "What value of $x$ satisfies {}?",
    "If {}, what is $x$?",
    "Find the value of $x$ for which {}.",
    "Determine the number $x$ such that {}.",
)
PROBABILITY = (
    "What is the probability that {}? Give a fraction in lowest terms.",
    "Find, as a fraction in lowest terms, the probability that {}.",
    "What is the probability, as a reduced fraction, that {}?",
    "Compute the probability that {}, and write it as a fraction in lowest terms.",
)
LOWEST_TERMS = (
    "{} Give your answer as an integer or a fraction in lowest terms.",
    "{} Write the answer as an integer or a reduced fraction.",
    "{} Answer with an integer or a fraction in lowest terms.",
)

NAMES = (
    "Amara", "Ben", "Chiara", "Diego", "Elif", "Farid", "Grace", "Hiro", "Ines", "Jonas",
    "Kofi", "Lena", "Mateo", "Nadia", "Omar", "Priya", "Quinn", "Rosa", "Samir", "Tara",
    "Umar", "Vera", "Wei", "Yusuf", "Zoe",
)  # fmt: skip
FOODS = (
    "apple", "pear", "peach", "orange", "cookie", "muffin", "sandwich", "bagel", "carrot",
    "tomato", "mango", "lemon",
)  # fmt: skip
GOODS = (
    "notebook", "pen", "book", "brush", "candle", "mug", "scarf", "poster", "toy", "box",
    "lamp", "cushion", "ticket", "watch", "puzzle",
)  # fmt: skip
COLOURS = ("red", "blue", "green", "yellow", "white", "black")
IRREGULAR = {"child": "children", "person": "people", "tomato": "tomatoes", "man": "men",
             "woman": "women", "die": "dice", "scarf": "scarves"}  # fmt: skip
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def ask(rng: Random, question: str, phrasings: Sequence[str] = COMPUTE) -> str:
    """Put `question` into one of `phrasings`, each of which has one `{}`."""
    return rng.choice(phrasings).replace("{}", question)


def plural(noun: str) -> str:
    """The plural of a noun."""
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def count(n: int, noun: str) -> str:
    """A number of things; the last word of `noun` takes the plural."""
    return f"{n} {noun if n == 1 else plural(noun)}"


def in_words(n: int) -> str:
    """A number up to ten in words, a greater one in figures."""
    return WORDS[n] if 0 <= n < len(WORDS) else str(n)


def times(n: int) -> str:
    """once, twice, 3 times."""
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def in_lowest_terms(rng: Random, question: str) -> str:
    """Add to a question that its answer is to be an integer or a reduced fraction."""
    return ask(rng, question, LOWEST_TERMS)


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 4th, ... 11th, ... 21st."""
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
