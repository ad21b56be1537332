"""Steps on a text of lower-case words, and last steps that make a number or another text of it."""

import re
from collections import Counter
from collections.abc import Callable
from itertools import groupby
from random import Random
from string import ascii_lowercase

from gen.domains.code.steps import Step

WORDS = (
    "aha", "banana", "bee", "civic", "deed", "eel", "fig", "goose", "hello", "igloo", "jazz",
    "kiwi", "level", "moon", "noon", "oboe", "pepper", "queue", "river", "sees", "tattoo", "unit",
    "vivid", "wow", "xylem", "yes", "zoo", "a", "on", "letter", "mississippi", "bookkeeper",
)  # fmt: skip


def backwards(rng: Random) -> Step:
    """The words, or each word, backwards."""
    if rng.random() < 0.5:
        return Step(
            "Put the words in the opposite order.",
            "text = ' '.join(text.split(' ')[::-1])",
            lambda text: " ".join(reversed(text.split(" "))),
        )
    return Step(
        "Write each word backwards; the words keep their order.",
        "text = ' '.join(word[::-1] for word in text.split(' '))",
        lambda text: " ".join(" ".join(reversed(text.split(" ")))[::-1].split(" ")),
    )


def shifted(rng: Random) -> Step:
    """Each letter some places on in the alphabet."""
    k = rng.choice((1, 2, 3, 5, 13, 25))
    return Step(
        f"Replace each letter by the one {k} place{'s' * (k > 1)} after it in the alphabet, "
        "where a follows z; spaces stay.",
        f"text = ''.join(c if c == ' ' else chr((ord(c) - 97 + {k}) % 26 + 97) for c in text)",
        lambda text: text.translate(
            str.maketrans(ascii_lowercase, ascii_lowercase[k:] + ascii_lowercase[:k])
        ),
    )


def without(rng: Random) -> Step:
    """Without some letters."""
    letters = rng.choice(("aeiou", "aeo", "lmnst", "eit", "bdpo"))
    listed = ", ".join(letters)
    return Step(
        f"Remove the letters {listed} wherever they stand (spaces stay).",
        f"text = ''.join(c for c in text if c not in '{letters}')",
        lambda text: re.sub(f"[{letters}]", "", text),
    )


def doubled(rng: Random) -> Step:
    """Vowels or consonants written twice."""
    vowels = rng.random() < 0.5
    what = "vowel (a, e, i, o, u)" if vowels else "letter that is no vowel (a, e, i, o, u)"
    test = "c in 'aeiou'" if vowels else "c != ' ' and c not in 'aeiou'"
    pattern = "([aeiou])" if vowels else "([b-df-hj-np-tv-z])"
    return Step(
        f"Write each {what} twice.",
        f"text = ''.join(c + c if {test} else c for c in text)",
        lambda text: re.sub(pattern, r"\1\1", text),
    )


def squeezed(rng: Random) -> Step:
    """Without a letter that repeats its neighbour."""
    return Step(
        "Where the same character stands several times in a row, keep one of them.",
        "kept = ''\nfor c in text:\n    if not kept or c != kept[-1]:\n"
        "        kept += c\ntext = kept",
        lambda text: "".join(c for c, _ in groupby(text)),
    )


def long_words(rng: Random) -> Step:
    """Words of a certain length."""
    k, longer = rng.randint(2, 5), rng.random() < 0.6
    word, sign = ("more", ">") if longer else ("fewer", "<")
    return Step(
        f"Keep only the words of {word} than {k} letters, with one space between them.",
        f"text = ' '.join(word for word in text.split(' ') if len(word) {sign} {k})",
        lambda text: " ".join(
            filter(lambda word: len(word) > k if longer else len(word) < k, text.split(" "))
        ),
    )


def sorted_words(rng: Random) -> Step:
    """Words by length or by last letter."""
    if rng.random() < 0.5:
        return Step(
            "Sort the words by length, shortest first, and those of one length alphabetically.",
            "text = ' '.join(sorted(text.split(' '), key=lambda word: (len(word), word)))",
            lambda text: " ".join(sorted(sorted(text.split(" ")), key=len)),
        )
    return Step(
        "Sort the words by their text read backwards, alphabetically.",
        "text = ' '.join(sorted(text.split(' '), key=lambda word: word[::-1]))",
        lambda text: " ".join(one[::-1] for one in sorted(w[::-1] for w in text.split(" "))),
    )


def every_word(rng: Random) -> Step:
    """Capitals in some words."""
    k = rng.randint(2, 3)
    which = "second" if k == 2 else "third"
    return Step(
        f"Write every {which} word in capitals, beginning with the first.",
        f"text = ' '.join(word.upper() if i % {k} == 0 else word "
        "for i, word in enumerate(text.split(' ')))",
        lambda text: _on_words(
            text, lambda words: [w if i % k else w.upper() for i, w in enumerate(words)]
        ),
    )


def turned(rng: Random) -> Step:
    """The first letters of each word moved to its end."""
    k = rng.randint(1, 2)
    what = "letter" if k == 1 else "two letters"
    return Step(
        f"Move the first {what} of each word to the word's end (a word of {k} or fewer stays).",
        f"text = ' '.join(word[{k}:] + word[:{k}] for word in text.split(' '))",
        lambda text: _on_words(text, lambda words: [(w + w[:k])[min(k, len(w)) :] for w in words]),
    )


def capitals(rng: Random) -> Step:
    """Each word's last letter a capital."""
    last = rng.random() < 0.5
    which = "last" if last else "first"
    made = "word[:-1] + word[-1:].upper()" if last else "word[:1].upper() + word[1:]"
    pattern = r"\w\b" if last else r"\b\w"
    return Step(
        f"Write each word's {which} letter as a capital.",
        f"text = ' '.join({made} for word in text.split(' '))",
        lambda text: re.sub(pattern, lambda found: found[0].upper(), text),
    )


LOWER_STEPS = (backwards, shifted, without, doubled, squeezed, long_words, sorted_words, turned)
"""Steps that leave lower-case words, and so may stand anywhere."""


def counted(rng: Random) -> Step:
    """How many words or letters of a kind."""
    letters = rng.choice(("aeiou", "st", "lmn", "eo"))
    return Step(
        f"Give how many of its characters are among {', '.join(letters)}.",
        f"text = sum(1 for c in text if c in '{letters}')",
        lambda text: sum(map(text.count, letters)),
    )


def most_common(rng: Random) -> Step:
    """The most frequent letter."""
    return Step(
        "Give the letter that occurs most often, the alphabetically first of them where "
        "several do (an "
        "empty text where there is no letter).",
        "text = text.replace(' ', '')\n"
        "text = min(text, key=lambda c: (-text.count(c), c)) if text else ''",
        lambda text: min(((-n, c) for c, n in Counter(text).items() if c != " "), default=(0, ""))[
            1
        ],
    )


def run_lengths(rng: Random) -> Step:
    """Run-length encoding."""
    return Step(
        "Remove the spaces, and then replace each stretch of one letter by the letter and the "
        "stretch's length: aaab becomes a3b1.",
        "text = text.replace(' ', '')\ncoded, i = '', 0\nfor j in range(len(text) + 1):\n"
        "    if j == len(text) or text[j] != text[i]:\n"
        "        coded += f'{text[i]}{j - i}' if j > i else ''\n        i = j\ntext = coded",
        lambda text: "".join(
            f"{c}{len(list(group))}" for c, group in groupby(text.replace(" ", ""))
        ),
    )


def longest_word(rng: Random) -> Step:
    """The longest word."""
    return Step(
        "Give the longest word, the one that stands first where several are as long.",
        "longest = ''\nfor word in text.split(' '):\n    if len(word) > len(longest):\n"
        "        longest = word\ntext = longest",
        lambda text: max(text.split(" "), key=len),
    )


LAST = (counted, most_common, run_lengths, longest_word, every_word, capitals)


def draw_text(rng: Random) -> str:
    """One to six words with a space between them."""
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 6)))


def _on_words(text: str, change: Callable[[list[str]], list[str]]) -> str:
    return " ".join(change(text.split(" ")))
