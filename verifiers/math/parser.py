"""Tokens as a checked syntax tree.

    parse("\\\\frac12 x, 3")      ->  Listing((Product((Number(1/2), Symbol("x"))), Number(3)))
    parse("1 < x \\\\le 3")     ->  Relation((Number(1), Symbol(x), Number(3)), ("<", "<="))

The grammar, loosest first: listing, relation, set operation, sum, product, power, postfix, atom. It
reads LaTeX, ASCII and the mixtures of both that models write; whatever is left over is Unreadable.
"""

from fractions import Fraction
from functools import lru_cache
from typing import Any

from verifiers.math.lexer import Token, degree, tokens
from verifiers.math.syntax import (
    MINUS_ONE,
    Based,
    Braces,
    Bracketed,
    Builder,
    Call,
    Constant,
    Listing,
    Matrix,
    NamedSet,
    Number,
    Percent,
    Piecewise,
    Power,
    Product,
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
)

DEEPEST = 40
"""Brackets within brackets; no answer needs more."""

COMPARISONS = frozenset(["<", "<=", ">", ">=", "=", "!=", "~", "in", "notin", "equiv", "to"])
SET_OPERATORS = frozenset(["union", "intersection", "minus"])
CLOSING = {"(": ")", "[": "]", "<<": ">>", "]": "["}
BRACKETED_FUNCTIONS = {"lfloor": ("rfloor", "floor"), "lceil": ("rceil", "ceil")}
MATRICES = ("pmatrix", "bmatrix", "matrix", "vmatrix", "Bmatrix", "Vmatrix", "smallmatrix", "array")
CASES = ("cases", "dcases", "rcases")
HALF = Number(Fraction(1, 2))
END = Token("end of text", None, True)


@lru_cache(maxsize=8192)
def parse(text: str, *, grouped: bool = True) -> Any:
    """The tree of an answer in plain notation; raises Unreadable."""
    parser = _Parser(tokens(text, grouped=grouped))
    node = parser.listing()
    if parser.peek() is not END:
        raise Unreadable(f"unparsable: {_shown(parser.peek())}")
    return node


def _shown(token: Token) -> str:
    return str(getattr(token.value, "name", token.value))[:40]


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._position = 0
        self._depth = 0
        self._bars = 0

    def peek(self, ahead: int = 0) -> Token:
        place = self._position + ahead
        return self._tokens[place] if place < len(self._tokens) else END

    def at(self, *operators: str) -> bool:
        token = self.peek()
        return token.kind == "operator" and token.value in operators

    def take(self, *operators: str) -> bool:
        if self.at(*operators):
            self._position += 1
            return True
        return False

    def next(self) -> Token:
        token = self.peek()
        self._position += 1
        return token

    def expect(self, *operators: str) -> str:
        token = self.next()
        if token.kind != "operator" or token.value not in operators:
            raise Unreadable(f"unparsable: {_shown(token)} in place of {operators[0]}")
        return token.value

    # Loosest first.

    def listing(self) -> Any:
        """Items parted by commas, semicolons, `or` and `and`."""
        self._deeper()
        items, connectors = [self.relation()], set()
        while self.at(",", ";", "or", "and"):
            connectors.add(self.next().value)
            while self.at(",", ";", "or", "and"):
                connectors.add(self.next().value)
            if self.peek() is END:
                raise Unreadable("unparsable: an open list")
            items.append(self.relation())
        self._depth -= 1
        if len(items) == 1:
            return items[0]
        if all(_is_inequality(item) for item in items):
            if "or" in connectors:
                return SetOperation("union", tuple(items))
            if "and" in connectors:
                return SetOperation("intersection", tuple(items))
        return Listing(tuple(items))

    def relation(self) -> Any:
        operands, operators = [self.proportion()], []
        if self.at("pm", "mp") and not operands:
            raise Unreadable("unparsable: sign")
        while self.at(*COMPARISONS):
            operators.append(self.next().value)
            if operators[-1] in ("<", ">") and self.take("="):
                operators[-1] += "="
            operands.append(self.proportion())
        return Relation(tuple(operands), tuple(operators)) if operators else operands[0]

    def proportion(self) -> Any:
        parts = [self.set_operation()]
        while self.at(":") and not self._builder_colon():
            self.next()
            parts.append(self.set_operation())
        return Ratio(tuple(parts)) if len(parts) > 1 else parts[0]

    def _builder_colon(self) -> bool:
        return self._in_builder

    _in_builder = False

    def set_operation(self) -> Any:
        node = self.sum()
        while self.at(*SET_OPERATORS) or (self.at("U") and isinstance(node, _SETLIKE)):
            token = self.next().value
            operator = "union" if token == "U" else token
            other = self.sum()
            if isinstance(node, SetOperation) and node.operator == operator != "minus":
                node = SetOperation(operator, (*node.parts, other))
            else:
                node = SetOperation(operator, (node, other))
        return node

    def sum(self) -> Any:
        self._deeper()
        terms = [self._signed()]
        while self.at("+", "-", "pm", "mp"):
            sign = self.next().value
            term = self._signed()
            if sign in ("pm", "mp"):
                term = Call(sign, (term,))
            terms.append(negative(term) if sign == "-" else term)
        self._depth -= 1
        return Sum(tuple(terms)) if len(terms) > 1 else terms[0]

    def _signed(self) -> Any:
        if self.take("+"):
            return self._signed_once()
        if self.take("-"):
            return negative(self._signed_once())
        if self.at("pm", "mp"):
            return Call(self.next().value, (self._signed_once(),))
        return self.product()

    def _signed_once(self) -> Any:
        if self.at("+", "-"):
            raise Unreadable("unparsable: two signs in a row")
        return self.product()

    def product(self) -> Any:
        node = self.power()
        while True:
            if self.take("*"):
                node = _times(node, self._factor())
            elif self.take("/"):
                node = quotient(node, self._factor())
            elif self.take("over"):
                return quotient(node, self.product())
            elif self.take("mod"):
                node = Call("mod", (node, self._factor()))
            elif self._starts_atom():
                node = self._juxtaposed(node)
            else:
                return node

    def _factor(self) -> Any:
        """After an operator a sign may come: 2 * -3."""
        if self.take("-"):
            return negative(self.power())
        self.take("+")
        return self.power()

    def _juxtaposed(self, node: Any) -> Any:
        token = self.peek()
        if token.kind == "number" and isinstance(node, Number):
            return self._mixed(node)
        if (
            token.kind == "name"
            and token.value == "frac"
            and self.peek(-1).kind == "number"
            and _is_whole(node)
        ):
            start = self._position
            fraction = self.atom()
            if _is_fraction(fraction) and not self.at("^"):
                return self._suffixes(Number(node.value + fraction.value))
            self._position = start
            return _times(node, self.power())
        if isinstance(node, Braces):
            raise Unreadable("unparsable: a set times something")
        if isinstance(node, Symbol) and node.name in ("C", "P") and self.at("("):
            start = self._position
            pair = self.atom()
            if isinstance(pair, Bracketed) and len(pair.items) == 2:
                return Call("binom" if node.name == "C" else "perm", pair.items)
            self._position = start
        return _times(node, self.power())

    def _mixed(self, whole: Number) -> Any:
        """`1 1/2`; two numbers side by side mean nothing else."""
        above, slash, below = self.peek(), self.peek(1), self.peek(2)
        sound = (
            above.spaced
            and _is_whole(whole)
            and slash == Token("operator", "/", slash.spaced)
            and below.kind == "number"
            and _is_whole(above.value)
            and _is_whole(below.value)
            and above.value.value < below.value.value
        )
        if not sound:
            raise Unreadable("unparsable: two numbers side by side")
        self._position += 3
        return self._suffixes(Number(whole.value + above.value.value / below.value.value))

    def power(self) -> Any:
        base = self.postfix()
        if not self.take("^"):
            return base
        if self.take("deg"):
            return self._tail(degree(base))
        if self.at("{") and self.peek(1).value == "deg":
            self._position += 2
            self.expect("}")
            return self._tail(degree(base))
        return self._tail(self._raised(base))

    def _tail(self, node: Any) -> Any:
        """A factorial or percent sign after an exponent, and a further exponent in ASCII."""
        node = self._suffixes(node)
        return node

    def _raised(self, base: Any) -> Any:
        if self.at("'"):
            self.next()
            return base
        exponent = self._exponent()
        if isinstance(base, Matrix):
            if exponent == Symbol("T"):
                return Matrix(tuple(zip(*base.rows, strict=True)))
            raise Unreadable("unparsable: a power of a matrix")
        return Power(base, exponent)

    def _exponent(self) -> Any:
        self._deeper()
        if self.take("-"):
            node = negative(self.power())
        elif self.take("+"):
            node = self.power()
        else:
            node = self.power()
        self._depth -= 1
        return node

    def postfix(self) -> Any:
        return self._suffixes(self.atom())

    def _suffixes(self, node: Any) -> Any:
        while True:
            if self.at("!") and not (self.peek(1).value == "=" and self.peek(1).kind == "operator"):
                self.next()
                double = self.at("!") and not self.peek().spaced
                self._position += double
                node = Call("factorial2" if double else "factorial", (node,))
            elif self.take("%"):
                node = Percent(node)
            elif self.take("deg"):
                node = degree(node)
            elif self.at("'") and isinstance(node, Symbol):
                self.next()
                node = Symbol(node.name + "'")
            elif self.at("_"):
                node = self._subscripted(node)
            else:
                return node

    def _subscripted(self, node: Any) -> Any:
        self.expect("_")
        if not isinstance(node, Symbol | Constant):
            raise Unreadable("unparsable: a subscript")
        if self.take("{"):
            parts = []
            while not self.take("}"):
                token = self.next()
                if token is END:
                    raise Unreadable("unparsable: a subscript without end")
                parts.append(_subscript(token))
            return Symbol(f"{node.name}_{''.join(parts)}")
        return Symbol(f"{node.name}_{_subscript(self.next())}")

    # Atoms.

    def _starts_atom(self) -> bool:
        token = self.peek()
        if token.kind in ("number", "symbol", "name", "begin"):
            return True
        if token.kind != "operator":
            return False
        if token.value in ("(", "{", "[", "<<", "lfloor", "lceil", "\\{"):
            return True
        return token.value == "|" and not self._bars and not self._in_builder

    def atom(self) -> Any:
        token = self.next()
        if token.kind in ("number", "symbol"):
            return self._choose(token.value)
        if token.kind == "name":
            return self._call(token.value)
        if token.kind == "begin":
            return self._environment(token.value)
        if token.kind == "operator":
            return self._bracket(token.value)
        raise Unreadable(f"unparsable: {_shown(token)}")

    def _choose(self, node: Any) -> Any:
        """`10C3` is the binomial coefficient."""
        ahead = self.peek(1)
        if (
            isinstance(node, Number)
            and self.peek()
            in (Token("symbol", Symbol("C"), False), Token("symbol", Symbol("P"), False))
            and ahead.kind == "number"
            and not ahead.spaced
        ):
            name = "binom" if self.next().value.name == "C" else "perm"
            return Call(name, (node, self.next().value))
        return node

    def _bracket(self, opening: str) -> Any:
        self._deeper()
        try:
            return self._inside(opening)
        finally:
            self._depth -= 1

    def _inside(self, opening: str) -> Any:
        if opening == "{":
            return self._group()
        if opening == "\\{":
            return self._braces()
        if opening == "|":
            self._bars, outer = 1, self._bars
            node = self.sum()
            self.expect("|")
            self._bars = outer
            return Call("abs", (node,))
        if opening in BRACKETED_FUNCTIONS:
            closing, name = BRACKETED_FUNCTIONS[opening]
            node = self._alone(self.sum)
            self.expect(closing)
            return Call(name, (node,))
        if opening in CLOSING:
            node = self._alone(self.listing)
            closing = self.expect(")", "]", ">>", "[")
            return _bracketed(opening, node, closing)
        raise Unreadable(f"unparsable: {opening}")

    def _alone(self, rule: Any) -> Any:
        """Inside brackets a bar opens again, whatever is open around them."""
        bars, builder = self._bars, self._in_builder
        self._bars, self._in_builder = 0, False
        node = rule()
        self._bars, self._in_builder = bars, builder
        return node

    def _group(self) -> Any:
        if self.take("}"):
            raise Unreadable("unparsable: an empty group")
        node = self._alone(self.listing)
        if self.take("choose"):
            node = Call("binom", (node, self.listing()))
        self.expect("}")
        return Braces(node.items) if isinstance(node, Listing) else node

    def _braces(self) -> Any:
        if self.take("\\}"):
            return NamedSet("empty")
        bars, self._bars = self._bars, 0
        outer, self._in_builder = self._in_builder, True
        element = self.relation()
        if self.take("|", ":"):
            self._in_builder = False
            node = Builder(element, self.listing())
        else:
            items = [element]
            while self.take(",", ";"):
                items.append(self.relation())
            node = Braces(tuple(items))
        self.expect("\\}")
        self._bars, self._in_builder = bars, outer
        return node

    def _call(self, name: str) -> Any:
        if name == "frac":
            return self._fraction()
        if name in ("sqrt", "cbrt", "root"):
            return self._root(name)
        if name in ("overline", "dot"):
            return self._overlined()
        if name in ("binom", "perm", "gcd", "lcm", "max", "min"):
            return self._many(name)
        if name in ("log", "lg"):
            return self._logarithm(name)
        if name in ("sum", "int", "lim", "prod", "det", "operatorname", "arg"):
            raise Unreadable(f"unevaluated: {name}")
        exponent = self._exponent() if self.take("^") else None
        if exponent == MINUS_ONE and "a" + name in _INVERSES:
            name, exponent = "a" + name, None
        node = Call(name, (self._argument(),))
        return node if exponent is None else Power(node, exponent)

    def _fraction(self) -> Any:
        if self.at("("):  # frac(1)(2) or frac(1, 2)
            node = self.atom()
            if isinstance(node, Bracketed) and len(node.items) == 2:
                return quotient(*node.items)
            return quotient(node, self._digit())
        numerator = self._digit(above=True)
        return quotient(numerator, self._digit())

    def _digit(self, *, above: bool = False) -> Any:
        """One argument of \\frac: a group, or (as TeX has it) one digit or letter."""
        token = self.peek()
        if token.kind == "number" and isinstance(token.value, Number):
            text = str(token.value.value)
            if above and token.value.places is None and text.isdigit() and len(text) > 1:
                # \\frac712 is meant as 7/12
                rest = Token("number", integer(int(text[1:])), False)
                self._tokens = [
                    *self._tokens[: self._position],
                    rest,
                    *self._tokens[self._position + 1 :],
                ]
                return integer(int(text[0]))
        if self.take("-"):
            return negative(self.atom())
        return self.atom()

    def _root(self, name: str) -> Any:
        index: Any = integer(3) if name == "cbrt" else integer(2)
        if name == "root":
            index = self.atom()
            if self.peek().kind == "word" and self.peek().value == "of":
                self.next()
        elif self.take("["):
            index = self.sum()
            self.expect("]")
        exponent = self._exponent() if self.take("^") else None
        radicand = self.postfix() if self.peek().kind == "name" else self.atom()
        if isinstance(radicand, Bracketed) and len(radicand.items) == 1:
            radicand = radicand.items[0]
        node = Call("root", (radicand, index))
        return node if exponent is None else Power(node, exponent)

    def _overlined(self) -> Any:
        node = self.atom()
        if isinstance(node, Product | Symbol):
            return Symbol("overline:" + "".join(_letters_of(node)))
        raise Unreadable("unparsable: overline")

    def _many(self, name: str) -> Any:
        if name in ("binom", "perm") and not self.at("("):
            return Call(name, (self._digit(), self._digit()))
        node = self.atom()
        if not isinstance(node, Bracketed | Braces) or len(node.items) < 2:
            raise Unreadable(f"unparsable: {name}")
        return Call(name, node.items)

    def _logarithm(self, name: str) -> Any:
        base: Any = integer(10) if name == "lg" else None
        exponent = None
        for _ in range(2):
            if self.take("_"):
                base = self.atom()
            elif self.take("^"):
                exponent = self._exponent()
        argument = self._argument()
        if isinstance(argument, Bracketed) and len(argument.items) == 2 and base is None:
            argument, base = argument.items  # log(8, 2)
        node = Call("log", (argument,) if base is None else (argument, base))
        return node if exponent is None else Power(node, exponent)

    def _argument(self) -> Any:
        """What a function is applied to: brackets, or the factors up to an operator."""
        if self.at("(", "[") or (self.at("{") and not self._tokens_only_group()):
            return self.postfix() if not self.at("{") else self.atom()
        if self.take("-"):
            return negative(self._argument())
        self._deeper()
        node = self.power()
        while self._starts_atom() and (
            self.peek().kind in ("number", "symbol")
            or (isinstance(node, Number) and self.peek().value in ("sqrt", "frac"))
        ):
            node = self._juxtaposed(node)
        if self.at("/") and self.peek(1).kind == "number" and node == Constant("pi"):
            self.next()  # sin pi/6 is meant as it is said
            node = quotient(node, self.atom())
        self._depth -= 1
        return node

    def _tokens_only_group(self) -> bool:
        return False

    def _environment(self, kind: str) -> Any:
        if kind in CASES:
            rows = self._rows(kind)
            if rows and all(len(row) == 1 and isinstance(row[0], Relation) for row in rows):
                return Listing(tuple(row[0] for row in rows))  # a system, not a function
            return Piecewise(tuple(_case(row) for row in rows))
        if kind not in MATRICES:
            raise Unreadable(f"unparsable: {kind}")
        rows = [tuple(row) for row in self._rows(kind)]
        if not rows or len({len(row) for row in rows}) != 1:
            raise Unreadable("unparsable: a ragged matrix")
        matrix = Matrix(tuple(rows))
        return Call("det", (_determinant(matrix.rows),)) if kind == "vmatrix" else matrix

    def _rows(self, kind: str) -> list[list[Any]]:
        rows: list[list[Any]] = [[]]
        self._deeper()
        bars, self._bars = self._bars, 0
        while True:
            token = self.peek()
            if token is END:
                raise Unreadable("unparsable: an environment without end")
            if token.kind == "end":
                self.next()
                break
            if self.take("\\\\"):
                if self.at("["):  # extra space between rows
                    while not self.take("]"):
                        self.next()
                rows.append([])
            elif self.take("&"):
                continue
            else:
                rows[-1].append(self._cell(kind))
        self._depth -= 1
        self._bars = bars
        return [row for row in rows if row]

    def _cell(self, kind: str) -> Any:
        if kind in CASES and self.take("else"):
            # `otherwise (x > 10)` says when that is
            return self._condition() if self.at("(") else None
        if kind in CASES and (self.at("if") or self.peek(-1).value == "&"):
            return self._condition()
        node = self.relation()
        self.take(",")
        if isinstance(node, Listing) and kind in CASES:
            raise Unreadable("unparsable: a case")
        return node

    def _condition(self) -> Any:
        """A relation, or words such as `n is even`."""
        self.take("if")
        start = self._position
        while not (self.at("&", "\\\\") or self.peek().kind == "end" or self.peek() is END):
            if self.peek().kind == "word":
                break
            self._position += 1
        if self.peek().kind != "word":
            self._position = start
            return self.listing()
        self._position, words = start, []
        while not (self.at("&", "\\\\") or self.peek().kind == "end" or self.peek() is END):
            words.append(_shown(self.next()))
        return Text(" ".join(word for word in words if word not in ("is", "i", "s", ",")))

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unreadable("nested_too_deeply")


_INVERSES = frozenset(["asin", "acos", "atan", "acot", "asec", "acsc", "asinh", "acosh", "atanh"])
_SETLIKE = Bracketed | Braces | SetOperation | NamedSet | Builder


def _determinant(rows: tuple[tuple[Any, ...], ...]) -> Any:
    """Expanded along the first row."""
    if len(rows) != len(rows[0]) or len(rows) > 4:
        raise Unreadable("unparsable: a determinant")
    if len(rows) == 1:
        return rows[0][0]
    terms = []
    others = list(rows)
    for n, entry in enumerate(others.pop(0)):
        minor = tuple((*row[:n], *row[n + 1 :]) for row in others)
        term = Product((entry, _determinant(minor)))
        terms.append(negative(term) if n % 2 else term)
    return Sum(tuple(terms))


def _times(left: Any, right: Any) -> Any:
    if isinstance(left, Product):
        return Product((*left.factors, right))
    return Product((left, right))


def _is_whole(node: Any) -> bool:
    return isinstance(node, Number) and node.places is None and node.value.denominator == 1


def _is_fraction(node: Any) -> bool:
    return isinstance(node, Number) and node.value > 0 and node.value.denominator > 1


def _is_inequality(node: Any) -> bool:
    if isinstance(node, SetOperation):
        return all(map(_is_inequality, node.parts))
    return isinstance(node, Relation) and not {"=", "~"} & set(node.operators)


def _bracketed(opening: str, node: Any, closing: str) -> Any:
    items = node.items if isinstance(node, Listing) else (node,)
    if len(items) == 1 and closing == CLOSING[opening] and opening in "([":
        return (
            items[0]
            if not isinstance(items[0], Bracketed) or opening == "("
            else Bracketed(opening, closing, items)
        )
    return Bracketed(opening, closing, items)


def _subscript(token: Token) -> str:
    value = token.value
    if isinstance(value, Number):
        return str(value.value)
    return str(getattr(value, "name", value))


def _letters_of(node: Any) -> list[str]:
    if isinstance(node, Symbol):
        return [node.name]
    if isinstance(node, Product) and all(isinstance(one, Symbol) for one in node.factors):
        return [one.name for one in node.factors if isinstance(one, Symbol)]
    raise Unreadable("unparsable: overline")


def _case(row: list[Any]) -> tuple[Any, Any]:
    if len(row) > 2 or (row and row[0] is None):
        raise Unreadable("unparsable: a case")
    return row[0], row[1] if len(row) == 2 else None


__all__ = ["Based", "parse"]
