"""Tokens as a checked syntax tree.

    parse("\\\\frac12 x, 3")      ->  Listing((Product((Number(1/2), Symbol("x"))), Number(3)))
    parse("1 < x \\\\le 3")     ->  Relation((Number(1), Symbol(x), Number(3)), ("<", "<="))

The grammar, loosest first: listing, relation, set operation, sum, product, power, postfix, atom. It
reads LaTeX, ASCII and the mixtures of both that models write; whatever is left over is Unreadable.
Atoms that hold other trees are read by `brackets.py`, `calls.py` and `environments.py`.
"""

from functools import lru_cache
from typing import Any

from verifiers.math.brackets import bracket
from verifiers.math.calls import called
from verifiers.math.cursor import END, Grammar, shown
from verifiers.math.environments import environment
from verifiers.math.lexer import Token, degree, tokens
from verifiers.math.syntax import (
    SETLIKE,
    Braces,
    Bracketed,
    Call,
    Constant,
    Listing,
    Matrix,
    Number,
    Percent,
    Power,
    Product,
    Ratio,
    Relation,
    SetOperation,
    Sum,
    Symbol,
    Unreadable,
    negative,
    quotient,
)

COMPARISONS = frozenset(["<", "<=", ">", ">=", "=", "!=", "~", "in", "notin", "equiv", "to"])
SET_OPERATORS = frozenset(["union", "intersection", "minus"])


@lru_cache(maxsize=8192)
def parse(text: str, *, grouped: bool = True) -> Any:
    """The tree of an answer in plain notation; raises Unreadable."""
    parser = _Parser(tokens(text, grouped=grouped))
    node = parser.listing()
    if parser.peek() is not END:
        raise Unreadable(f"unparsable: {shown(parser.peek())}")
    return node


class _Parser(Grammar):
    def listing(self) -> Any:
        """Items parted by commas, semicolons, `or` and `and`."""
        self.deeper()
        items, connectors = [self.relation()], set()
        while self.at(",", ";", "or", "and"):
            connectors.add(self.next().value)
            while self.at(",", ";", "or", "and"):
                connectors.add(self.next().value)
            if self.peek() is END:
                raise Unreadable("unparsable: an open list")
            items.append(self.relation())
        self.depth -= 1
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
        while self.at(*COMPARISONS):
            operators.append(self.next().value)
            if operators[-1] in ("<", ">") and self.take("="):
                operators[-1] += "="
            operands.append(self.proportion())
        return Relation(tuple(operands), tuple(operators)) if operators else operands[0]

    def proportion(self) -> Any:
        parts = [self.set_operation()]
        while self.at(":") and not self.in_builder:
            self.next()
            parts.append(self.set_operation())
        return Ratio(tuple(parts)) if len(parts) > 1 else parts[0]

    def set_operation(self) -> Any:
        node = self.sum()
        while self.at(*SET_OPERATORS) or (self.at("U") and isinstance(node, SETLIKE)):
            token = self.next().value
            operator = "union" if token == "U" else token
            other = self.sum()
            if isinstance(node, SetOperation) and node.operator == operator != "minus":
                node = SetOperation(operator, (*node.parts, other))
            else:
                node = SetOperation(operator, (node, other))
        return node

    def sum(self) -> Any:
        self.deeper()
        terms = [self._signed()]
        while self.at("+", "-", "pm", "mp"):
            sign = self.next().value
            term = self._signed()
            if sign in ("pm", "mp"):
                term = Call(sign, (term,))
            terms.append(negative(term) if sign == "-" else term)
        self.depth -= 1
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
            elif self.starts_atom():
                node = self.juxtaposed(node)
            else:
                return node

    def _factor(self) -> Any:
        """After an operator, and in an exponent, a sign may come: 2 * -3."""
        if self.take("-"):
            return negative(self.power())
        self.take("+")
        return self.power()

    def juxtaposed(self, node: Any) -> Any:
        token = self.peek()
        if token.kind == "number" and isinstance(node, Number):
            return self._mixed(node)
        if (
            token.kind == "name"
            and token.value == "frac"
            and self.peek(-1).kind == "number"
            and _is_whole(node)
        ):
            start = self.position
            fraction = self.atom()
            if _is_fraction(fraction) and not self.at("^"):
                return self._suffixes(Number(node.value + fraction.value))
            self.position = start
            return _times(node, self.power())
        if isinstance(node, Braces):
            raise Unreadable("unparsable: a set times something")
        if isinstance(node, Symbol) and node.name in ("C", "P") and self.at("("):
            start = self.position
            pair = self.atom()
            if isinstance(pair, Bracketed) and len(pair.items) == 2:
                return Call("binom" if node.name == "C" else "perm", pair.items)
            self.position = start
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
        self.position += 3
        return self._suffixes(Number(whole.value + above.value.value / below.value.value))

    def power(self) -> Any:
        base = self.postfix()
        if not self.take("^"):
            return base
        if self.take("deg"):
            return self._suffixes(degree(base))
        if self.at("{") and self.peek(1).value == "deg":
            self.position += 2
            self.expect("}")
            return self._suffixes(degree(base))
        return self._suffixes(self._raised(base))

    def _raised(self, base: Any) -> Any:
        if self.at("'"):
            self.next()
            return base
        exponent = self.exponent()
        if isinstance(base, Matrix):
            if exponent == Symbol("T"):
                return Matrix(tuple(zip(*base.rows, strict=True)))
            raise Unreadable("unparsable: a power of a matrix")
        return Power(base, exponent)

    def exponent(self) -> Any:
        self.deeper()
        node = self._factor()
        self.depth -= 1
        return node

    def postfix(self) -> Any:
        return self._suffixes(self.atom())

    def _suffixes(self, node: Any) -> Any:
        while True:
            if self.at("!") and not (self.peek(1).value == "=" and self.peek(1).kind == "operator"):
                self.next()
                double = self.at("!") and not self.peek().spaced
                self.position += double
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

    def starts_atom(self) -> bool:
        token = self.peek()
        if token.kind in ("number", "symbol", "name", "begin"):
            return True
        if token.kind != "operator":
            return False
        if token.value in ("(", "{", "[", "<<", "lfloor", "lceil", "\\{"):
            return True
        return token.value == "|" and not self.bars and not self.in_builder

    def atom(self) -> Any:
        token = self.next()
        if token.kind in ("number", "symbol"):
            return self._choose(token.value)
        if token.kind == "name":
            return called(self, token.value)
        if token.kind == "begin":
            return environment(self, token.value)
        if token.kind == "operator":
            return self._bracket(token.value)
        raise Unreadable(f"unparsable: {shown(token)}")

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
        self.deeper()
        try:
            return bracket(self, opening)
        finally:
            self.depth -= 1


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


def _subscript(token: Token) -> str:
    value = token.value
    if isinstance(value, Number):
        return str(value.value)
    return str(getattr(value, "name", value))
