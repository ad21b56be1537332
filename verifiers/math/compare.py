"""Whether an answer says what the ground truth says, by the type of the ground truth.

    compare(read("[1, 3)"), read("1 \\\\le x < 3"))            ->  Finding(True, "sets of reals")
    compare(read("\\\\{1, 2\\\\}"), read("x = 2 or x = 1"))      ->  Finding(True, "normal form")
    compare(read("y = 2x + 1"), read("4x - 2y + 2 = 0"))     ->  Finding(True, "normal form")
    compare(read("5\\\\text{ km}"), read("5000 m"))            ->  Finding(True, "normal form")

Each type has its rule (`_RULES`). A rule that has parts to compare is handed `again`, which leads
back here, so that the rules know nothing of each other's types.
"""

from fractions import Fraction
from typing import Any

from verifiers.math.asked import NOTHING_ASKED, Asked
from verifiers.math.bases import base_added, same_digits
from verifiers.math.expressions import same_expression
from verifiers.math.families import has_family, looks_periodic, same_families
from verifiers.math.findings import DIFFERENT, Again, Finding, all_equal
from verifiers.math.functions import same_function, same_up_to_constants
from verifiers.math.labels import asserted, assignments, is_label, is_point_relation, unlabelled
from verifiers.math.lists import same_values
from verifiers.math.matrices import as_matrix, same_matrix
from verifiers.math.moments import same_moment
from verifiers.math.points import same_point
from verifiers.math.quantities import (
    percent_added,
    same_angle,
    same_percentage,
    same_quantity,
    unit_added,
)
from verifiers.math.relations import same_relation
from verifiers.math.signs import signs_expanded
from verifiers.math.solution_sets import same_named_set, same_set
from verifiers.math.syntax import (
    NO_EXPRESSION,
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
    replaced,
    symbols,
    walk,
)
from verifiers.math.words import same_words

_SEVERAL = (
    Listing, Braces, Bracketed, Relation, SetOperation, Builder, NamedSet, Family, Sum, Text,
)  # fmt: skip
"""Ground truths that a list of answers may be compared with as a whole."""


def compare(gold: Any, answer: Any, asked: Asked = NOTHING_ASKED) -> Finding:
    """Compare two trees; raises Unreadable where one of them cannot be judged."""
    if gold == answer:
        return Finding(True, "normal form")
    again = Again(compare, asked)
    gold, answer = signs_expanded(gold), signs_expanded(answer)
    points = is_point_relation(gold) and is_point_relation(answer)
    if points and gold.operands[0] == answer.operands[0]:
        gold, answer = gold.operands[1], answer.operands[1]
    if (named := assignments(gold)) and (theirs := assignments(answer)):
        if named.keys() != theirs.keys():
            return Finding(False, "form", "other variables")
        return all_equal([again(value, theirs[name]) for name, value in named.items()])
    if isinstance(answer, Family) and not has_family(gold):
        value = gold.operands[-1] if isinstance(gold, Relation) else gold
        return DIFFERENT if isinstance(gold, Text | Moment) else same_families(value, answer)
    answer = unlabelled(gold, answer, again)
    if isinstance(gold, Relation) and not isinstance(answer, Relation):
        gold = asserted(gold) or unlabelled(answer, gold, again)
    if isinstance(answer, Listing) and not isinstance(gold, _SEVERAL):
        return _one_of(gold, answer, again)
    for kind, rule in _RULES:
        if isinstance(gold, kind):
            return rule(gold, answer, again)
    return _expression(gold, answer, again)


def _one_of(gold: Any, answer: Listing, again: Again) -> Finding:
    """One value written in two ways is one answer."""
    findings = [again.attempt(gold, item) for item in answer.items]
    exact_ones = [one for one in findings if one.equal]
    others = [item for item, one in zip(answer.items, findings, strict=True) if not one.equal]
    roughly = again.asking(Asked(rounded=True))
    if exact_ones and all(roughly.attempt(item, gold).equal for item in others):
        return all_equal(exact_ones)
    return DIFFERENT


def _expression(gold: Any, answer: Any, again: Again) -> Finding:
    if isinstance(answer, Quantity):
        return unit_added(gold, answer, again)
    if isinstance(answer, Percent) and not isinstance(gold, Percent):
        return percent_added(gold, answer, again)
    if isinstance(answer, Call) and answer.name == "degree":
        plain = again(gold, answer.arguments[0])
        return plain if plain.equal else same_expression(gold, answer, rounded=again.asked.rounded)
    if isinstance(answer, Based):
        return base_added(gold, answer, again)
    if isinstance(answer, Braces) and len(answer.items) == 1:
        return DIFFERENT
    if isinstance(answer, Matrix | Bracketed) and (matrix := as_matrix(gold)) is not None:
        return same_matrix(matrix, answer, again)
    if isinstance(answer, Piecewise):
        return same_function(gold, answer)
    if isinstance(answer, Ratio):
        return same_expression(gold, answer)
    if isinstance(answer, NO_EXPRESSION):
        return DIFFERENT
    if _infinite(answer) or _infinite(gold):
        return Finding(_infinite(gold) == _infinite(answer) != 0, "form")
    if symbols(gold) | symbols(answer) == {"j"} and _imaginary(gold) != _imaginary(answer):
        gold, answer = (replaced(node, _engineers_i) for node in (gold, answer))
    finding = same_expression(gold, answer, rounded=again.asked.rounded)
    if not finding.equal and "C" in symbols(gold):
        return same_up_to_constants(gold, answer)
    return finding


def _imaginary(node: Any) -> bool:
    return any(one == Constant("i") for one in walk(node))


def _engineers_i(node: Any) -> Any:
    return Constant("i") if node == Symbol("j") else None


def _infinite(node: Any) -> int:
    """1 or -1 for an infinity; raises Unreadable for what is computed with one."""
    if node == Constant("oo"):
        return 1
    if node == negative(Constant("oo")):
        return -1
    if any(one == Constant("oo") for one in walk(node)):
        raise Unreadable("undefined: a calculation with infinity")
    return 0


def _call(gold: Call, answer: Any, again: Again) -> Finding:
    if gold.name == "degree":
        return same_angle(gold, answer, again)
    return _expression(gold, answer, again)


def _sum(gold: Sum, answer: Any, again: Again) -> Finding:
    if looks_periodic(gold) and not isinstance(answer, Relation):
        return same_families(gold, answer)
    if (matrix := as_matrix(gold)) is not None:
        return same_matrix(matrix, answer, again)
    return _expression(gold, answer, again)


def _product(gold: Product, answer: Any, again: Again) -> Finding:
    if (matrix := as_matrix(gold)) is not None:
        return same_matrix(matrix, answer, again)
    return _expression(gold, answer, again)


def _ratio(gold: Ratio, answer: Any, again: Again) -> Finding:
    if isinstance(answer, Ratio) and len(answer.parts) == len(gold.parts):
        first, theirs = gold.parts[0], answer.parts[0]
        for part, other in zip(gold.parts[1:], answer.parts[1:], strict=True):
            finding = same_expression(Product((first, other)), Product((part, theirs)))
            if not finding.equal:
                return finding
        return Finding(True, "exact")
    if isinstance(answer, NO_EXPRESSION) or len(gold.parts) != 2:
        return DIFFERENT
    return same_expression(gold, answer)


def _moment(gold: Moment, answer: Any, again: Again) -> Finding:
    if isinstance(answer, Moment):
        return Finding(same_moment(gold, answer), "dates and times")
    if again.asked.clock or not gold.half or gold.second is None:
        return DIFFERENT
    # 3:45 may be a duration, or a ratio.
    if isinstance(answer, Quantity):
        return same_quantity(Quantity(Number(Fraction(gold.second, 60)), "minutes"), answer, again)
    if isinstance(answer, Ratio):
        hours, minutes = divmod(gold.second // 60, 60)
        return _ratio(Ratio((integer(hours), integer(minutes))), answer, again)
    return DIFFERENT


def _text(gold: Text, answer: Any, again: Again) -> Finding:
    if isinstance(answer, Listing) and all(isinstance(item, Symbol) for item in answer.items):
        letters = {str(item.name).casefold() for item in answer.items}
        return Finding(
            gold.words.isalpha() and set(gold.words) == letters and len(gold.words) == len(letters),
            "choice",
        )
    if isinstance(answer, Product) and all(isinstance(factor, Symbol) for factor in answer.factors):
        answer = Text("".join(str(factor.name) for factor in answer.factors).casefold())  # C G G
    return Finding(isinstance(answer, Text) and same_words(gold.words, answer.words), "words")


def _family(gold: Family, answer: Any, again: Again) -> Finding:
    return same_families(gold, answer)


def _piecewise(gold: Piecewise, answer: Any, again: Again) -> Finding:
    if isinstance(answer, Relation) and is_label(answer.operands[0]):
        answer = answer.operands[-1]
    if isinstance(answer, NO_EXPRESSION):
        return DIFFERENT
    return same_function(gold, answer)


_RULES: tuple[tuple[Any, Any], ...] = (
    (Text, _text),
    (Moment, _moment),
    (Family, _family),
    (Quantity, same_quantity),
    (Percent, same_percentage),
    (Ratio, _ratio),
    (Based, same_digits),
    (Listing | Braces, same_values),
    (Bracketed, same_point),
    (SetOperation | Builder, same_set),
    (NamedSet, same_named_set),
    (Relation, same_relation),
    (Matrix, same_matrix),
    (Piecewise, _piecewise),
    (Call, _call),
    (Sum, _sum),
    (Product, _product),
)
