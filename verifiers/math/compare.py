"""Whether an answer says what the ground truth says, by the type of the ground truth.

compare(read("[1, 3)"), read("1 \\\\le x < 3"))            ->  Finding(True, "sets of reals")
compare(read("\\\\{1, 2\\\\}"), read("x = 2 or x = 1"))      ->  Finding(True, "normal form")
compare(read("y = 2x + 1"), read("4x - 2y + 2 = 0"))     ->  Finding(True, "normal form")
compare(read("5\\\\text{ km}"), read("5000 m"))            ->  Finding(True, "exact")
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verifiers.math import families, functions, symbolic, units
from verifiers.math.equations import same_equation
from verifiers.math.expressions import Finding, same_expression
from verifiers.math.moments import same_moment
from verifiers.math.normal import exact
from verifiers.math.sets import EVERYTHING, NoRealSet, equal_sets, real_set, variable_of
from verifiers.math.syntax import (
    INFINITY,
    Based,
    Braces,
    Bracketed,
    Builder,
    Call,
    Constant,
    Family,
    Listing,
    Matrix,
    Moment,
    NamedSet,
    Number,
    Percent,
    Piecewise,
    Power,
    Product,
    Quantity,
    Ratio,
    Relation,
    SetOperation,
    Sum,
    Symbol,
    Text,
    Unreadable,
    integer,
    negative,
    quotient,
    replaced,
    symbols,
    walk,
)
from verifiers.math.words import same_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the prompt says of the form of the answer."""

    percent: bool = False
    rounded: bool = False
    clock: bool = False
    unit: str = ""
    base: int = 0
    point: bool = False
    ordered: bool = False
    subscript: bool = False


SETLIKE = Bracketed | Braces | SetOperation | NamedSet | Builder
_SEVERAL = (
    Listing,
    Braces,
    Bracketed,
    Relation,
    SetOperation,
    Builder,
    NamedSet,
    Family,
    Sum,
    Text,
)
DIFFERENT = Finding(False, "form")


def compare(gold: Any, answer: Any, asked: Asked = Asked()) -> Finding:
    """Compare two trees; raises Unreadable where one of them cannot be judged."""
    if gold == answer:
        return Finding(True, "normal form")
    gold, answer = _signs_expanded(gold), _signs_expanded(answer)
    points = _is_point_relation(gold) and _is_point_relation(answer)
    if points and gold.operands[0] == answer.operands[0]:
        gold, answer = gold.operands[1], answer.operands[1]
    if (named := _assignments(gold)) and (theirs := _assignments(answer)):
        if named.keys() != theirs.keys():
            return Finding(False, "form", "other variables")
        return _all([compare(value, theirs[name], asked) for name, value in named.items()])
    if isinstance(answer, Family) and not families.has_family(gold):
        value = gold.operands[-1] if isinstance(gold, Relation) else gold
        return (
            DIFFERENT if isinstance(gold, Text | Moment) else families.same_families(value, answer)
        )
    answer = _unlabelled(gold, answer)
    if isinstance(gold, Relation) and not isinstance(answer, Relation):
        gold = _asserted(gold) or _unlabelled(answer, gold)
    if isinstance(answer, Listing) and not isinstance(gold, _SEVERAL):
        # One value written in two ways is one answer.
        findings = [_attempt(gold, item, asked) for item in answer.items]
        exact_ones = [one for one in findings if one.equal]
        others = [item for item, one in zip(answer.items, findings, strict=True) if not one.equal]
        if exact_ones and all(_attempt(item, gold, Asked(rounded=True)).equal for item in others):
            return _all(exact_ones)
        return DIFFERENT
    for kind, rule in _RULES:
        if isinstance(gold, kind):
            return rule(gold, answer, asked)
    return _expression(gold, answer, asked)


# Expressions, numbers and what is written with a sign or a unit.


def _expression(gold: Any, answer: Any, asked: Asked) -> Finding:
    if isinstance(answer, Quantity):
        return _unit_added(gold, answer, asked)
    if isinstance(answer, Percent) and not isinstance(gold, Percent):
        return _percent_added(gold, answer, asked)
    if isinstance(answer, Call) and answer.name == "degree":
        plain = compare(gold, answer.arguments[0], asked)
        return plain if plain.equal else same_expression(gold, answer, rounded=asked.rounded)
    if isinstance(answer, Based):
        value = exact(gold)
        if (
            asked.base == answer.base
            and value is not None
            and _in_base(str(value), answer.base) == answer.value
        ):
            return Finding(True, "exact")  # the ground truth leaves out the base that is asked for
        return Finding(answer.base == 10 and value == answer.value, "exact")
    if isinstance(answer, Braces) and len(answer.items) == 1:
        return DIFFERENT
    if isinstance(answer, Matrix | Bracketed) and (vector := _vector(gold)) is not None:
        return _matrix(vector, answer, asked)
    if isinstance(answer, Piecewise):
        return functions.same_function(gold, answer)
    if isinstance(answer, Ratio):
        return same_expression(gold, answer)
    if isinstance(answer, _NO_EXPRESSION):
        return DIFFERENT
    if _infinite(answer) or _infinite(gold):
        return Finding(_infinite(gold) == _infinite(answer) != 0, "form")
    if symbols(gold) | symbols(answer) == {"j"} and _imaginary(gold) != _imaginary(answer):
        gold, answer = (replaced(node, _engineers_i) for node in (gold, answer))
    finding = same_expression(gold, answer, rounded=asked.rounded)
    if not finding.equal and "C" in symbols(gold):
        return functions.same_up_to_constants(gold, answer)
    return finding


def _imaginary(node: Any) -> bool:
    return any(one == Constant("i") for one in walk(node))


def _engineers_i(node: Any) -> Any:
    return Constant("i") if node == Symbol("j") else None


_NO_EXPRESSION = (
    Listing, Braces, Bracketed, Relation, SetOperation, NamedSet, Builder, Text, Matrix, Moment,
    Family,
)  # fmt: skip


def _infinite(node: Any) -> int:
    """1 or -1 for an infinity; raises Unreadable for what is computed with one."""
    if node == Constant("oo"):
        return 1
    if node == negative(Constant("oo")):
        return -1
    if any(one == Constant("oo") for one in walk(node)):
        raise Unreadable("undefined: a calculation with infinity")
    return 0


def _unit_added(gold: Any, answer: Quantity, asked: Asked) -> Finding:
    """The ground truth states no unit: it is the one that the prompt names, else the answer's"
    " own."""
    if asked.unit and (ratio := units.factor(answer.unit, asked.unit)) is not None:
        value = Product((answer.value, Number(ratio)))
        return compare(
            gold, answer.value if ratio == 1 else Number(exact(value) or Fraction(0)), asked
        )
    finding = compare(gold, answer.value, asked)
    return finding._replace(note=finding.note or f"unit {answer.unit} not in the ground truth")


def _percent_added(gold: Any, answer: Percent, asked: Asked) -> Finding:
    if asked.percent:
        return compare(gold, answer.value, asked)
    if isinstance(gold, Number) and gold.value.denominator == 1 and gold.value not in (0, 1):
        return Finding(False, "form", "a per cent sign that the ground truth does not have")
    return same_expression(gold, answer)


def _percent(gold: Percent, answer: Any, asked: Asked) -> Finding:
    if isinstance(answer, Percent):
        return compare(gold.value, answer.value, asked)
    if isinstance(answer, _NO_EXPRESSION):
        return DIFFERENT
    if isinstance(answer, Quantity):
        return DIFFERENT
    if asked.percent and (finding := compare(gold.value, answer, asked)).equal:
        return finding
    value = exact(gold)
    if value is not None and isinstance(answer, Number):
        # The places of 12.5 % are those of 0.125.
        places = (
            gold.value.places + 2 if isinstance(gold.value, Number) and gold.value.places else None
        )
        return same_expression(Number(value, places), answer, rounded=asked.rounded)
    return same_expression(gold, answer)


def _degrees(gold: Call, answer: Any, asked: Asked) -> Finding:
    if gold.name != "degree":
        return _expression(gold, answer, asked)
    if isinstance(answer, Call) and answer.name == "degree":
        return compare(gold.arguments[0], answer.arguments[0], asked)
    if isinstance(answer, Quantity):
        if units.canonical(answer.unit) != "radian":
            return DIFFERENT
        return same_expression(gold, answer.value)
    elif isinstance(answer, _NO_EXPRESSION):
        return DIFFERENT
    plain = compare(gold.arguments[0], answer, asked)
    return plain if plain.equal else same_expression(gold, answer)


def _quantity(gold: Quantity, answer: Any, asked: Asked) -> Finding:
    if isinstance(answer, Call) and answer.name == "degree" and gold.unit.startswith("°"):
        answer = answer.arguments[0]
    if not isinstance(answer, Quantity):
        if isinstance(answer, Based | Moment) or (
            isinstance(answer, Percent) and not isinstance(gold.value, Percent)
        ):
            return DIFFERENT
        finding = compare(gold.value, answer, asked)
        return finding._replace(note=finding.note or f"unit {gold.unit} not in the answer")
    if gold.unit.startswith("°") or answer.unit.startswith("°"):
        return _temperature(gold, answer, asked)
    ratio = units.factor(answer.unit, gold.unit)
    if gold.unit == "sterling" and units.canonical(answer.unit) == "pound":
        ratio = Fraction(1)
    if ratio is None and (" per " in gold.unit) != (" per " in answer.unit):
        ours, theirs = (one.unit.partition(" per ")[0] for one in (gold, answer))
        ratio = units.factor(theirs, ours) if units.is_currency(ours) else None
    if ratio is None:
        if not units.is_known(gold.unit) and not units.is_known(answer.unit):
            return _counted(gold, answer, asked)
        return Finding(False, "units", f"{answer.unit} for {gold.unit}")
    value = answer.value if ratio == 1 else Product((answer.value, Number(ratio)))
    if ratio != 1 and (known := exact(value)) is not None:
        value = Number(known)
    return compare(gold.value, value, asked)


def _counted(gold: Quantity, answer: Quantity, asked: Asked) -> Finding:
    """Nouns: `14 triangles` for `14 right triangles`, but no cats for dogs."""
    one, other = set(gold.unit.casefold().split()), set(answer.unit.casefold().split())
    if one <= other or other <= one:
        return compare(gold.value, answer.value, asked)
    return Finding(False, "units", f"{answer.unit} for {gold.unit}")


def _temperature(gold: Quantity, answer: Quantity, asked: Asked) -> Finding:
    if gold.unit == answer.unit:
        return compare(gold.value, answer.value, asked)
    one, other = _kelvin(gold), _kelvin(answer)
    if one is None or other is None:
        return Finding(False, "units", f"{answer.unit} for {gold.unit}")
    return same_expression(one, other)


def _kelvin(quantity: Quantity) -> Any:
    if quantity.unit == "°C":
        return Sum((quantity.value, Number(Fraction(27315, 100))))
    if quantity.unit == "°F":
        celsius = Product((Sum((quantity.value, integer(-32))), Number(Fraction(5, 9))))
        return Sum((celsius, Number(Fraction(27315, 100))))
    return quantity.value if units.canonical(quantity.unit) == "kelvin" else None


def _ratio(gold: Ratio, answer: Any, asked: Asked) -> Finding:
    if isinstance(answer, Ratio) and len(answer.parts) == len(gold.parts):
        first, theirs = gold.parts[0], answer.parts[0]
        for part, other in zip(gold.parts[1:], answer.parts[1:], strict=True):
            finding = same_expression(Product((first, other)), Product((part, theirs)))
            if not finding.equal:
                return finding
        return Finding(True, "exact")
    if isinstance(answer, _NO_EXPRESSION) or len(gold.parts) != 2:
        return DIFFERENT
    return same_expression(gold, answer)


def _based(gold: Based, answer: Any, asked: Asked) -> Finding:
    if isinstance(answer, Based):
        if gold.base != answer.base:
            return Finding(False, "form", "in another base")
        return Finding(gold.value == answer.value, "exact")
    if asked.subscript:
        return Finding(False, "form", "without the base that is asked for")
    if isinstance(answer, Number) and answer.places is None and answer.value.denominator == 1:
        # The base is stated by the problem; the digits are the answer.
        digits = str(answer.value)
        return Finding(digits.isdigit() and _in_base(digits, gold.base) == gold.value, "exact")
    return DIFFERENT


def _in_base(digits: str, base: int) -> int | None:
    try:
        return int(digits, base)
    except ValueError:
        return None


def _moment(gold: Moment, answer: Any, asked: Asked) -> Finding:
    if isinstance(answer, Moment):
        return Finding(same_moment(gold, answer), "dates and times")
    if gold.half and gold.second is not None and isinstance(answer, Quantity) and not asked.clock:
        return _quantity(Quantity(Number(Fraction(gold.second, 60)), "minutes"), answer, asked)
    if isinstance(answer, Ratio) and not asked.clock and gold.half and gold.second is not None:
        hours, minutes = divmod(gold.second // 60, 60)
        return _ratio(Ratio((integer(hours), integer(minutes))), answer, asked)
    return DIFFERENT


def _text(gold: Text, answer: Any, asked: Asked) -> Finding:
    if isinstance(answer, Listing) and all(isinstance(item, Symbol) for item in answer.items):
        letters = {str(item.name).casefold() for item in answer.items}
        return Finding(
            gold.words.isalpha() and set(gold.words) == letters and len(gold.words) == len(letters),
            "choice",
        )
    if isinstance(answer, Product) and all(isinstance(factor, Symbol) for factor in answer.factors):
        answer = Text("".join(str(factor.name) for factor in answer.factors).casefold())  # C G G
    return Finding(isinstance(answer, Text) and same_words(gold.words, answer.words), "words")


# Several values.


def _items(node: Any) -> list[Any] | None:
    """The values of a set or list, whatever names they are given; None where it is neither."""
    if isinstance(node, SetOperation) and node.operator == "union":
        parts = [_items(part) for part in node.parts]
        return None if None in parts else [item for part in parts for item in part or ()]
    if not isinstance(node, Listing | Braces):
        return None
    found = []
    for item in node.items:
        inner = _value_of(item)
        more = _items(inner) if isinstance(inner, Braces) and isinstance(item, Relation) else None
        found += more or [inner]
    return found


def _is_point_relation(node: Any) -> bool:
    """(x, y) = (1, 2)"""
    return (
        isinstance(node, Relation)
        and node.operators == ("=",)
        and all(isinstance(one, Bracketed) for one in node.operands)
        and len(node.operands[0].items) == len(node.operands[1].items)
    )


def _value_of(item: Any) -> Any:
    """`x = 2`, `x_1 = 2` and `x \\in \\{2\\}` name the value 2."""
    if isinstance(item, Relation) and item.operators in (("=",), ("~",), ("in",)):
        if isinstance(item.operands[0], Symbol) or _is_label(item.operands[0]):
            return item.operands[1]
        if isinstance(item.operands[0], Bracketed) and isinstance(item.operands[1], Bracketed):
            return item.operands[1]
    return item


def _assignments(node: Any) -> dict[str, Any] | None:
    """`x = 1, y = 2` as a mapping, where each name comes once and there are at least two."""
    if _is_point_relation(node) and all(isinstance(one, Symbol) for one in node.operands[0].items):
        names = [one.name for one in node.operands[0].items]
        return dict(zip(names, node.operands[1].items, strict=False))
    items = node.items if isinstance(node, Listing | Braces) else ()
    found: dict[str, Any] = {}
    for item in items:
        if not (isinstance(item, Relation) and item.operators == ("=",)):
            return None
        name, value = item.operands
        if not isinstance(name, Symbol) or name.name in found:
            return None
        found[name.name] = value
    stems = {name.partition("_")[0] for name in found}
    return found if len(found) > 1 and len(stems) == len(found) else None


def _several(gold: Any, answer: Any, asked: Asked) -> Finding:
    named, theirs_named = _assignments(gold), _assignments(answer)
    if theirs_named:
        if not isinstance(gold, Listing):
            return DIFFERENT  # values of several variables are no set
        pairs = zip(gold.items, [value for _, value in sorted(theirs_named.items())], strict=False)
        equal = [_attempt(one, other, asked) for one, other in pairs]
        return _all(equal) if len(gold.items) == len(theirs_named) else DIFFERENT
    if named and isinstance(answer, Bracketed):
        return _tuple(
            Bracketed("(", ")", tuple(v for _, v in sorted(named.items()))), answer, asked
        )
    if families.has_family(gold) or families.has_family(answer):
        return families.same_families(gold, answer)
    ours, theirs = _items(gold), _items(answer)
    if theirs is None and isinstance(gold, Listing) and isinstance(answer, Bracketed):
        return DIFFERENT
    if ours is not None and theirs is None and isinstance(gold, Braces) and len(ours) == 1:
        if isinstance(answer, _NO_EXPRESSION):
            return _sets(gold, answer, asked)
        return compare(ours[0], _value_of(answer), asked)
    if ours is None or theirs is None:
        return _sets(gold, answer, asked)
    once = isinstance(gold, Braces) or isinstance(answer, Braces)
    if asked.ordered and isinstance(gold, Listing) and isinstance(answer, Listing):
        if len(ours) != len(theirs):
            return DIFFERENT
        return _all([_attempt(one, other, asked) for one, other in zip(ours, theirs, strict=True)])
    return _matched(ours, theirs, asked, once=once)


def _matched(ours: list[Any], theirs: list[Any], asked: Asked, *, once: bool) -> Finding:
    """Each item of one side has its equal on the other; `once` forgets repetitions."""
    left, layers, notes = list(theirs), set(), set()
    for item in ours:
        for n, other in enumerate(left):
            finding = _attempt(item, other, asked)
            if finding.equal:
                layers.add(finding.layer)
                notes.add(finding.note)
                del left[n]
                break
        else:
            if not (once and any(_attempt(item, other, asked).equal for other in theirs)):
                return Finding(False, "items", f"{len(ours)} values, {len(theirs)} in the answer")
    for item in left:
        if not (once and any(_attempt(other, item, asked).equal for other in ours)):
            return Finding(False, "items", f"{len(ours)} values, {len(theirs)} in the answer")
    return Finding(True, _hardest(layers), "; ".join(sorted(filter(None, notes))))


def _attempt(gold: Any, answer: Any, asked: Asked) -> Finding:
    try:
        return compare(gold, answer, asked)
    except Unreadable as error:
        return Finding(False, "form", str(error))


def _all(findings: list[Finding]) -> Finding:
    for finding in findings:
        if not finding.equal:
            return finding
    notes = "; ".join(sorted({one.note for one in findings} - {""}))
    return Finding(True, _hardest({one.layer for one in findings}), notes)


LAYERS = ("normal form", "exact", "words", "dates and times", "rounded", "sets of reals", "numeric",
          "numeric and sympy", "sympy")  # fmt: skip


def _hardest(layers: set[str]) -> str:
    return max(
        layers, key=lambda layer: LAYERS.index(layer) if layer in LAYERS else -1, default="exact"
    )


def _tuple(gold: Bracketed, answer: Any, asked: Asked) -> Finding:
    if families.has_family(answer) or isinstance(answer, Family):
        return families.same_families(gold, answer)
    if isinstance(answer, Matrix):
        flat = Matrix((tuple(cell for row in answer.rows for cell in row),))
        return _matrix(
            Matrix((gold.items,)),
            flat if 1 in (len(answer.rows), len(answer.rows[0])) else answer,
            asked,
        )
    if named := _assignments(answer):
        answer = Bracketed("(", ")", tuple(value for _, value in sorted(named.items())))
    elif isinstance(answer, Sum) and (vector := _vector(answer)) is not None:
        return _matrix(Matrix((gold.items,)), vector, asked)
    elif isinstance(answer, Relation | SetOperation | Builder | NamedSet | Braces):
        if (
            asked.point
            and (gold.opening, gold.closing) == ("(", ")")
            and INFINITY not in walk(gold)
        ):
            return DIFFERENT
        return _sets(gold, answer, asked)
    elif isinstance(answer, Listing) and (gold.opening, gold.closing) == ("(", ")"):
        if any(isinstance(item, Bracketed | Relation) for item in answer.items):
            return DIFFERENT
        answer = Bracketed("(", ")", answer.items)
    if not isinstance(answer, Bracketed) or len(answer.items) != len(gold.items):
        return DIFFERENT
    if not _brackets_agree(gold, answer):
        return Finding(False, "form", "other brackets")
    pairs = zip(gold.items, answer.items, strict=True)
    finding = _all([_attempt(one, other, asked) for one, other in pairs])
    if not finding.equal and families.parametric(gold) and families.parametric(answer):
        return families.same_families(gold, answer)
    return finding


def _brackets_agree(gold: Bracketed, answer: Bracketed) -> bool:
    """Two items may be an interval, whose ends matter; more or fewer are a tuple in any"
    " brackets."""
    if (gold.opening, gold.closing) == (answer.opening, answer.closing):
        return True
    reversed_open = {("]", "["): ("(", ")"), ("[", "["): ("[", ")"), ("]", "]"): ("(", "]")}
    ours = reversed_open.get((gold.opening, gold.closing), (gold.opening, gold.closing))
    theirs = reversed_open.get((answer.opening, answer.closing), (answer.opening, answer.closing))
    if ours == theirs:
        return True
    return (len(gold.items) != 2 or "<<" in (gold.opening, answer.opening)) and (
        ours in _TUPLE_BRACKETS and theirs in _TUPLE_BRACKETS
    )


_TUPLE_BRACKETS = (("(", ")"), ("[", "]"), ("<<", ">>"))


def _sets(gold: Any, answer: Any, asked: Asked) -> Finding:
    """Sets of real numbers, however they are written."""
    restricted = [
        variable_of(node) for node in (gold, answer) if isinstance(node, Relation | SetOperation)
    ]
    if len(restricted) == 2 and None not in restricted and restricted[0] != restricted[1]:
        return Finding(False, "form", "other variables")
    try:
        left, right = real_set(gold, symbolic.solutions), real_set(answer, symbolic.solutions)
    except NoRealSet:
        return _other_sets(gold, answer, asked)
    return Finding(equal_sets(left, right), "sets of reals")


def _other_sets(gold: Any, answer: Any, asked: Asked) -> Finding:
    if isinstance(gold, Relation) and isinstance(answer, Relation):
        return same_equation(gold, answer)
    if isinstance(gold, SetOperation) and isinstance(answer, SetOperation):
        if gold.operator == answer.operator and gold.operator != "minus":
            return _matched(list(gold.parts), list(answer.parts), asked, once=True)
        if len(gold.parts) == len(answer.parts) and gold.operator == answer.operator:
            pairs = zip(gold.parts, answer.parts, strict=True)
            return _all([compare(one, other, asked) for one, other in pairs])
    if isinstance(gold, Builder) and isinstance(answer, Builder):
        return _all(
            [
                compare(gold.element, answer.element, asked),
                compare(gold.condition, answer.condition, asked),
            ]
        )
    return DIFFERENT


def _named_set(gold: NamedSet, answer: Any, asked: Asked) -> Finding:
    if isinstance(answer, Text):
        phrases = {"empty": ("empty",), "R": ("all reals",)}.get(gold.name, ())
        return Finding(answer.words in phrases, "words")
    if isinstance(answer, NamedSet):
        return Finding(gold.name == answer.name, "form")
    if gold.name == "R" and isinstance(answer, Relation):
        return Finding(answer.operands[-1] == gold and answer.operators == ("in",), "form")
    return _sets(gold, answer, asked)


# Equations, functions, matrices.


def _relation(gold: Relation, answer: Any, asked: Asked) -> Finding:
    if set(gold.operators) <= {"=", "~"}:
        if isinstance(answer, Relation) and set(answer.operators) <= {"=", "~"}:
            return _equations(gold, answer, asked)
        if _names_value(gold) and not isinstance(answer, Relation):
            return compare(gold.operands[-1], answer, asked)
        if isinstance(answer, SETLIKE) and len(gold.operators) == 1:
            return _sets(gold, answer, asked)
        return DIFFERENT
    if isinstance(answer, Text) and answer.words == "all reals":
        return _attempt(NamedSet("R"), answer, asked)
    if isinstance(answer, Listing | SETLIKE | Relation):
        return _sets(gold, answer, asked)
    return DIFFERENT


def _names_value(node: Relation) -> bool:
    return (
        isinstance(node.operands[0], Symbol)
        or _is_label(node.operands[0])
        or len(node.operators) > 1
    )


def _equations(gold: Relation, answer: Relation, asked: Asked) -> Finding:
    ours, theirs = gold.operands[0], answer.operands[0]
    if isinstance(ours, Symbol) and isinstance(theirs, Symbol) and ours != theirs:
        return same_equation(gold, answer)
    single = len(gold.operators) == len(answer.operators) == 1
    if ours == theirs or (single and _is_label(ours) and _is_label(theirs)):
        finding = _attempt(gold.operands[-1], answer.operands[-1], asked)
        if finding.equal or len(symbols(gold)) < 2:
            return finding
        renamed = functions.same_up_to_constants(gold.operands[-1], answer.operands[-1])
        if renamed.equal:
            return renamed
    return same_equation(gold, answer)


def _is_label(node: Any) -> bool:
    """f(x), AB, or A_1: a name, as the left side of what it is equal to."""
    if isinstance(node, Symbol):
        return True
    if (
        isinstance(node, Product)
        and 2 <= len(node.factors) <= 4
        and isinstance(node.factors[0], Symbol)
    ):
        name, *rest = node.factors
        if isinstance(rest[0], Bracketed) or name.name.rstrip("'") in _FUNCTION_NAMES:
            return True
        return all(
            isinstance(one, Symbol | Constant) and one.name.isupper() for one in node.factors
        )
    if isinstance(node, Call) and node.name in ("abs", "det", "max", "min"):
        return all(isinstance(argument, Symbol | Product) for argument in node.arguments)
    return (
        isinstance(node, Power) and isinstance(node.base, Symbol) and node.exponent == integer(-1)
    ) or (
        isinstance(node, Product)
        and isinstance(node.factors[0], Power)
        and _is_label(node.factors[0])
    )


_FUNCTION_NAMES = frozenset(
    [
        "f",
        "g",
        "h",
        "p",
        "q",
        "r",
        "u",
        "v",
        "F",
        "G",
        "H",
        "P",
        "Q",
        "R",
        "S",
        "V",
        "A",
        "L",
        "T",
        "C",
        "N",
        "y",
        "a",
        "s",
    ]
)


def _unlabelled(other: Any, node: Any) -> Any:
    """Take `x = 5` for 5 where the other side is no relation itself, and V(1, 2) for (1, 2)."""
    if isinstance(node, Product) and isinstance(other, Bracketed) and len(node.factors) == 2:
        name, point = node.factors
        if isinstance(name, Symbol) and name.name.isupper() and isinstance(point, Bracketed):
            return point
    if not isinstance(node, Relation) or isinstance(other, Relation):
        return node
    if node.operators == ("in",) and not isinstance(other, Relation):
        return node.operands[1] if symbols(node.operands[0]) else node
    if not set(node.operators) <= {"=", "~"}:
        return node
    if _is_point_relation(node):
        return node.operands[-1]
    first = 1 if _is_label(node.operands[0]) and not _mentions(node) else 0
    if not first and len(node.operands) > 2 and not any(map(symbols, node.operands[1:])):
        first = 1  # m + n = 4 + 9 = 13
    sides = list(node.operands[first:])
    operators = node.operators[first:]
    if first == 0 and len(sides) == 2 and _is_label(sides[1]) and not symbols(sides[0]):
        return sides[0]  # 5 = x
    if (
        (
            first == 0
            and any(symbols(side) for side in sides)
            and not isinstance(other, Number | Percent)
        )
        and len(sides) == 2
        and not symbols(other)
    ):
        return node
    value = sides[0]
    for operator, side in zip(operators, sides[1:], strict=True):
        if operator == "=":
            if not _same_value(value, side):
                raise Unreadable("different: the sides of an equation")
            value = side
        elif not _attempt(side, value, Asked(rounded=True)).equal:
            raise Unreadable("different: the sides of an approximation")
    return value


def _same_value(one: Any, other: Any) -> bool:
    if isinstance(one, Based) or isinstance(other, Based):
        return exact(one) is not None and exact(one) == exact(other)
    return _attempt(one, other, Asked()).equal or _attempt(other, one, Asked()).equal


def _asserted(gold: Relation) -> Any:
    """m/n = 7/12: the one side of a ground truth that is a value."""
    if gold.operators != ("=",):
        return None
    free, value = gold.operands
    names = isinstance(free, Product) and all(
        isinstance(one, Symbol) or (isinstance(one, Power) and isinstance(one.base, Symbol))
        for one in free.factors
    )
    quotient_of_names = names and any(isinstance(one, Power) for one in free.factors)
    return value if quotient_of_names and not symbols(value) else None


def _mentions(node: Relation) -> bool:
    """Whether the name on the left occurs on the right: x = 2x - 5 is no value of x."""
    names = symbols(node.operands[0])
    single = isinstance(node.operands[0], Symbol)
    return single and any(names & symbols(operand) for operand in node.operands[1:])


def _matrix(gold: Matrix, answer: Any, asked: Asked) -> Finding:
    theirs = answer
    if isinstance(answer, Bracketed) and all(isinstance(item, Bracketed) for item in answer.items):
        rows = tuple(item.items for item in answer.items if isinstance(item, Bracketed))
        theirs = Matrix(rows) if len({len(row) for row in rows}) == 1 else None
    elif isinstance(answer, Bracketed):
        theirs = Matrix((answer.items,))
        if len(gold.rows[0]) == 1:
            theirs = Matrix(tuple((item,) for item in answer.items))
    elif isinstance(answer, Symbol) and answer.name in ("I", f"I_{len(gold.rows)}"):
        size = range(len(gold.rows))
        theirs = Matrix(tuple(tuple(integer(int(m == n)) for m in size) for n in size))
    elif not isinstance(answer, Matrix):
        theirs = _vector(answer)
        if theirs is not None and len(gold.rows[0]) == 1 and len(theirs.rows) == 1:
            theirs = Matrix(tuple((item,) for item in theirs.rows[0]))
    if theirs is None:
        return DIFFERENT
    if len(gold.rows) != len(theirs.rows) or len(gold.rows[0]) != len(theirs.rows[0]):
        return Finding(False, "form", "of another shape")
    pairs = [
        (one, other)
        for row, their_row in zip(gold.rows, theirs.rows, strict=True)
        for one, other in zip(row, their_row, strict=True)
    ]
    return _all([_attempt(one, other, asked) for one, other in pairs])


def _vector(node: Any) -> Matrix | None:
    """What matrix arithmetic makes of a node, and a i + b j + c k as a row; None where it is"
    " neither."""
    if isinstance(node, Matrix):
        return node
    if isinstance(node, Product):
        parts = [
            _vector(factor) if isinstance(factor, Matrix | Product | Sum) else None
            for factor in node.factors
        ]
        matrices = [part for part in parts if part is not None]
        if len(matrices) == 1:
            scalars = tuple(f for f, part in zip(node.factors, parts, strict=True) if part is None)
            return Matrix(
                tuple(tuple(Product((*scalars, cell)) for cell in row) for row in matrices[0].rows)
            )
    if isinstance(node, Sum) and any(isinstance(one, Matrix) for one in walk(node)):
        parts = [_vector(term) for term in node.terms]
        if None in parts or len({(len(p.rows), len(p.rows[0])) for p in parts if p}) != 1:
            return None
        rows = zip(*(part.rows for part in parts if part), strict=True)
        return Matrix(tuple(tuple(Sum(cells) for cells in zip(*row, strict=True)) for row in rows))
    names = {name for name in symbols(node) if name.startswith("unit:")}
    if not names:
        return None
    size = 3 if "unit:k" in names else 2
    cells = []
    for axis in "ijk"[:size]:
        at = {f"unit:{other}": integer(int(other == axis)) for other in "ijk"}
        cells.append(replaced(node, lambda one, at=at: at.get(getattr(one, "name", ""))))
    return Matrix((tuple(cells),))


def _matrix_product(gold: Product, answer: Any, asked: Asked) -> Finding:
    if (matrix := _vector(gold)) is not None:
        return _matrix(matrix, answer, asked)
    return _expression(gold, answer, asked)


def _piecewise(gold: Piecewise, answer: Any, asked: Asked) -> Finding:
    if isinstance(answer, Relation) and _is_label(answer.operands[0]):
        answer = answer.operands[-1]
    if isinstance(answer, _NO_EXPRESSION):
        return DIFFERENT
    return functions.same_function(gold, answer)


def _family(gold: Family, answer: Any, asked: Asked) -> Finding:
    return families.same_families(gold, answer)


def _sum(gold: Sum, answer: Any, asked: Asked) -> Finding:
    if families.looks_periodic(gold) and not isinstance(answer, Relation):
        finding = (
            _attempt(gold, answer, asked)
            if symbols(gold) == ()
            else families.same_families(gold, answer)
        )
        return finding
    if (vector := _vector(gold)) is not None:
        return _matrix(vector, answer, asked)
    return _expression(gold, answer, asked)


def _signs_expanded(node: Any) -> Any:
    """Plus or minus becomes both values: in lists two items, alone a set."""
    if isinstance(node, Listing | Braces):
        items = tuple(choice for item in node.items for choice in _choices(item))
        return type(node)(items) if items != node.items else node
    if isinstance(node, Family | Piecewise | Text | Moment | Matrix):
        return node if not isinstance(node, Family) else _family_choices(node)
    found = _choices(node)
    return Listing(tuple(found)) if len(found) > 1 else found[0]


def _family_choices(node: Family) -> Any:
    found = [Family(choice, node.parameters) for choice in _choices(node.value)]
    return Listing(tuple(found)) if len(found) > 1 else found[0]


def _choices(node: Any) -> list[Any]:
    if not any(isinstance(one, Call) and one.name in ("pm", "mp") for one in walk(node)):
        return [node]
    above = replaced(node, _sign({"pm": 1, "mp": -1}))
    below = replaced(node, _sign({"pm": -1, "mp": 1}))
    return [above, below]


def _sign(meaning: dict[str, int]) -> Any:
    def change(node: Any) -> Any:
        if isinstance(node, Call) and node.name in meaning:
            inner = replaced(node.arguments[0], change)
            return inner if meaning[node.name] > 0 else negative(inner)
        return None

    return change


_RULES: tuple[tuple[Any, Any], ...] = (
    (Text, _text),
    (Moment, _moment),
    (Family, _family),
    (Quantity, _quantity),
    (Percent, _percent),
    (Ratio, _ratio),
    (Based, _based),
    (Listing | Braces, _several),
    (Bracketed, _tuple),
    (SetOperation | Builder, _sets),
    (NamedSet, _named_set),
    (Relation, _relation),
    (Matrix, _matrix),
    (Piecewise, _piecewise),
    (Call, _degrees),
    (Sum, _sum),
    (Product, _matrix_product),
)

__all__ = ["EVERYTHING", "Asked", "compare", "quotient"]
