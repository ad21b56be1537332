"""Formulas and syllogisms: the assignments that satisfy, and the conclusions that follow.

Models().generate(rng, 1)         (A or B) and not C       ["TFF", "TTF", "FTF"]
Syllogism().generate(rng, 2)      All A are B; no B is C. Which follow?    ["2"]
"""

from itertools import product
from random import Random
from typing import Any, NamedTuple

from gen.domains.logic.base import LogicFamily
from gen.domains.worked import Draft, Members, generated

NAMES = "ABCDE"
Formula = tuple[Any, ...]
"""("var", i), ("not", f), or (operator, f, g)."""


def value(formula: Formula, row: tuple[bool, ...]) -> bool:
    """The truth of a formula under an assignment."""
    kind = formula[0]
    if kind == "var":
        return row[formula[1]]
    if kind == "not":
        return not value(formula[1], row)
    one, two = value(formula[1], row), value(formula[2], row)
    return {
        "and": one and two, "or": one or two, "xor": one != two, "implies": not one or two,
        "iff": one == two,
    }[kind]  # fmt: skip


def clauses(formula: Formula, n: int) -> tuple[list[list[int]], int]:
    """The formula as clauses (Tseitin): literals from 1, variables after n name subformulas."""
    found: list[list[int]] = []
    count = n

    def named(part: Formula) -> int:
        nonlocal count
        if part[0] == "var":
            return part[1] + 1
        if part[0] == "not":
            return -named(part[1])
        a, b = named(part[1]), named(part[2])
        count += 1
        x = count
        if part[0] == "implies":
            a = -a
        if part[0] in ("or", "implies"):
            found.extend(([-x, a, b], [x, -a], [x, -b]))
        elif part[0] == "and":
            found.extend(([x, -a, -b], [-x, a], [-x, b]))
        else:
            b = b if part[0] == "iff" else -b
            found.extend(([-x, -a, b], [-x, a, -b], [x, a, b], [x, -a, -b]))
        return x

    found.append([named(formula)])
    return found, count


def satisfying(formula: Formula, n: int) -> list[str]:
    """The satisfying assignments by branching on clauses with unit propagation (DPLL)."""
    found: list[str] = []
    whole, count = clauses(formula, n)

    def simplified(left: list[list[int]], literal: int) -> list[list[int]]:
        return [[x for x in one if x != -literal] for one in left if literal not in one]

    def search(left: list[list[int]], known: dict[int, bool]) -> None:
        while unit := next((one[0] for one in left if len(one) == 1), None):
            known = {**known, abs(unit): unit > 0}
            left = simplified(left, unit)
        if any(not one for one in left):
            return
        free = next((v for v in range(1, count + 1) if v not in known), None)
        if free is None:
            found.append("".join("T" if known[v] else "F" for v in range(1, n + 1)))
            return
        for literal in (free, -free):
            search(simplified(left, literal), {**known, free: literal > 0})

    search(whole, {})
    return sorted(found)


def in_words(formula: Formula, *, outer: bool = True) -> str:
    """The formula with brackets wherever they are needed."""
    if formula[0] == "var":
        return NAMES[formula[1]]
    if formula[0] == "not":
        return f"not {in_words(formula[1], outer=False)}"
    text = f" {formula[0]} ".join(in_words(one, outer=False) for one in formula[1:])
    return text if outer else f"({text})"


class Models(LogicFamily):
    """Satisfying assignments of a formula; the truth table against branching on clauses."""

    name = "propositions.models"
    card = generated(
        0.05, "all satisfying assignments are asked for, not their number, which could be guessed"
    )
    methods = "the truth table against clauses with unit propagation"
    lazy = ([], ["TTT", "TTF"], ["TTTF", "TTTT"], ["FTT", "TTT"])

    def draw(self, rng: Random, level: int) -> Draft:
        """Three variables and a short formula, up to five and a long one."""
        n, size = ((3, 3), (3, 5), (4, 6), (4, 9), (5, 12))[level - 1]
        operators = ("and", "or") if level == 1 else ("and", "or", "implies", "xor", "iff")
        rows = list(product((True, False), repeat=n))
        while True:
            formula = self.formula(rng, size, n, operators)
            answer = sorted(
                "".join("T" if x else "F" for x in row) for row in rows if value(formula, row)
            )
            used = {name for name in NAMES if name in in_words(formula).replace("not", "")}
            if 2 <= len(answer) <= min(8, 2**n - 2) and len(used) == n:
                break
        everything = ["".join("T" if x else "F" for x in row) for row in rows]
        names = NAMES[:n]
        example = "TF" * n
        text = (
            f"Which assignments of true and false to {', '.join(names)} make this formula true?\n"
            f"{in_words(formula)}\n(implies, xor and iff have their usual meaning; not binds "
            "closest.) Answer with a JSON list of strings of T and F in the order "
            f'{", ".join(names)}, such as "{example[:n]}"; list every assignment.'
        )
        near = [[one for one in everything if one not in answer]]
        form = Members(tuple(everything))
        near += [form.slip(answer, rng), answer[:-1]]
        return Draft(text, answer, form, satisfying(formula, n), near)

    def formula(self, rng: Random, size: int, n: int, operators: tuple[str, ...]) -> Formula:
        """A random formula with `size` places for variables."""
        if size == 1:
            leaf: Formula = ("var", rng.randrange(n))
            return ("not", leaf) if rng.random() < 0.3 else leaf
        split = rng.randint(1, size - 1)
        parts = (
            self.formula(rng, split, n, operators),
            self.formula(rng, size - split, n, operators),
        )
        whole: Formula = (rng.choice(operators), *parts)
        return ("not", whole) if rng.random() < 0.15 else whole


class Sentence(NamedTuple):
    """All, no, some or some-not: a relation of two classes."""

    kind: str
    one: int
    two: int


CLASSES: tuple[str, ...] = (
    "artists", "bakers", "climbers", "dancers", "engineers", "fishers", "gardeners", "hikers",
    "inventors", "jugglers", "knitters", "lawyers", "musicians", "nurses", "optimists", "painters",
)  # fmt: skip


def allows(premises: list[Sentence], kind: tuple[bool, ...]) -> bool:
    """Whether somebody of this kind, in or out of each class, may exist."""
    return not any(
        kind[p.one] and ((p.kind == "all" and not kind[p.two]) or (p.kind == "no" and kind[p.two]))
        for p in premises
    )


def witnesses(sentence: Sentence, kind: tuple[bool, ...]) -> bool:
    """Whether somebody of this kind makes an existential sentence true."""
    return kind[sentence.one] and kind[sentence.two] == (sentence.kind == "some")


OPPOSITE = {"all": "some not", "some not": "all", "no": "some", "some": "no"}


def satisfiable(premises: list[Sentence], n: int) -> bool:
    """Whether the premises can all be true: each existence has a kind of person left for it."""
    kinds = [kind for kind in product((True, False), repeat=n) if allows(premises, kind)]
    return all(
        any(witnesses(p, kind) for kind in kinds)
        for p in premises
        if p.kind in ("some", "some not")
    )


def follows(premises: list[Sentence], conclusion: Sentence, n: int) -> bool:
    """Whether the premises cannot be true where the conclusion is false."""
    denied = conclusion._replace(kind=OPPOSITE[conclusion.kind])
    return not satisfiable([*premises, denied], n)


def derived(premises: list[Sentence], conclusion: Sentence) -> bool:
    """The same by chaining: what must be said of a person who is in these classes and not in those.

    The sentences are Horn clauses, for which chaining is complete.
    """

    def closure(inside: set[int]) -> set[int] | None:
        while True:
            more = {p.two for p in premises if p.kind == "all" and p.one in inside} - inside
            if not more:
                break
            inside |= more
        clash = any(p.kind == "no" and p.one in inside and p.two in inside for p in premises)
        return None if clash else inside

    def excluded(inside: set[int], outside: int) -> bool:
        return closure({*inside, outside}) is None

    one, two = conclusion.one, conclusion.two
    if conclusion.kind == "all":
        reached = closure({one})
        return reached is None or two in reached
    if conclusion.kind == "no":
        return closure({one, two}) is None
    for p in premises:
        if p.kind in ("some", "some not"):
            known = closure({p.one, p.two} if p.kind == "some" else {p.one})
            if known is None or one not in known:
                continue
            if conclusion.kind == "some" and two in known:
                return True
            if conclusion.kind == "some not":
                out = p.two if p.kind == "some not" else None
                leads = out is not None and out in (closure({two}) or {out})
                if excluded(known, two) or leads:
                    return True
    return False


class Syllogism(LogicFamily):
    """Conclusions that follow from premises about classes; kinds of people against chaining."""

    name = "syllogisms.conclusions"
    card = generated(
        0.2,
        "classes may be empty, as the prompt says: 'all' does not imply 'some'",
        "of six conclusions one to three follow, so that a guess pays little",
    )
    methods = "kinds of people that may exist against chaining of the sentences"
    lazy = ([], ["1"], ["2"], ["1", "2"])

    def draw(self, rng: Random, level: int) -> Draft:
        """Three classes and two premises, up to six classes and seven premises."""
        n, n_premises = ((3, 2), (4, 3), (4, 4), (5, 5), (6, 7))[level - 1]
        names = rng.sample(CLASSES, n)
        pairs = [(a, b) for a in range(n) for b in range(n) if a != b]
        while True:
            chosen = rng.sample(pairs, n_premises)
            kinds = ["all", "all", "no", "some", "some not"]
            premises = [Sentence(rng.choice(kinds), *pair) for pair in chosen]
            if not satisfiable(premises, n):
                continue
            told = {(p.kind, p.one, p.two) for p in premises}
            told |= {(p.kind, p.two, p.one) for p in premises if p.kind in ("some", "no")}
            options = [
                Sentence(kind, *pair)
                for kind in OPPOSITE
                for pair in pairs
                if (kind, *pair) not in told and (pair[0] < pair[1] or kind in ("all", "some not"))
            ]
            good = [one for one in options if follows(premises, one, n)]
            n_good = rng.randint(1, 3)
            if len(good) >= n_good and len(options) - len(good) >= 6 - n_good:
                break
        bad = [one for one in options if one not in good]
        shown = rng.sample(good, n_good) + rng.sample(bad, 6 - n_good)
        rng.shuffle(shown)
        answer = [str(at) for at, one in enumerate(shown, start=1) if one in good]
        second = [str(at) for at, one in enumerate(shown, start=1) if derived(premises, one)]
        lines = "\n".join(f"- {self.said(one, names)}" for one in premises)
        asked = "\n".join(f"{at}. {self.said(one, names)}" for at, one in enumerate(shown, start=1))
        converted = [
            str(at)
            for at, one in enumerate(shown, start=1)
            if one in good or Sentence(one.kind, one.two, one.one) in premises
        ]
        text = (
            f"Premises (a class may be empty):\n{lines}\nWhich of these follow?\n{asked}\nAnswer "
            'with a JSON list of their numbers as strings, such as ["2", "5"]; at least one does.'
        )
        form = Members(tuple("123456"))
        return Draft(text, answer, form, second, [converted, form.slip(answer, rng)])

    def said(self, sentence: Sentence, names: list[str]) -> str:
        """The sentence in words."""
        one, two = names[sentence.one], names[sentence.two]
        return {
            "all": f"All {one} are {two}.",
            "no": f"No {one} are {two}.",
            "some": f"Some {one} are {two}.",
            "some not": f"Some {one} are not {two}.",
        }[sentence.kind]
