"""A place in the tokens of an answer, and the rules that may be tried there.

    cursor = Cursor(tokens("2 + x"))
    cursor.take("+"), cursor.next(), cursor.take("+"), cursor.peek()
    ->  False, number 2, True, symbol x

`parser.py` fills in the rules; brackets, calls and environments use them for what they hold.
"""

from abc import ABC, abstractmethod
from typing import Any

from verifiers.math.lexer import Token
from verifiers.math.syntax import Unreadable

DEEPEST = 40
"""Brackets within brackets; no answer needs more."""

END = Token("end of text", None, True)


class Cursor:
    """The next token, and what is open around it.

    `bars` counts open absolute values, where a further bar closes; `in_builder` says that a bar or
    colon parts the element of a set from its condition.
    """

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self.position = 0
        self.depth = 0
        self.bars = 0
        self.in_builder = False

    def peek(self, ahead: int = 0) -> Token:
        """The next token, or one so many further on; END after the last."""
        place = self.position + ahead
        return self._tokens[place] if place < len(self._tokens) else END

    def at(self, *operators: str) -> bool:
        """Whether one of the operators is next."""
        token = self.peek()
        return token.kind == "operator" and token.value in operators

    def take(self, *operators: str) -> bool:
        """Go past one of the operators, where one is next."""
        if self.at(*operators):
            self.position += 1
            return True
        return False

    def next(self) -> Token:
        """Go past a token, whatever it is."""
        token = self.peek()
        self.position += 1
        return token

    def expect(self, *operators: str) -> str:
        """Go past one of the operators; raises Unreadable where none is next."""
        token = self.next()
        if token.kind != "operator" or token.value not in operators:
            raise Unreadable(f"unparsable: {shown(token)} in place of {operators[0]}")
        return token.value

    def put(self, token: Token) -> None:
        """Have another token in place of the next one."""
        before, after = self._tokens[: self.position], self._tokens[self.position + 1 :]
        self._tokens = [*before, token, *after]

    def deeper(self) -> None:
        """Enter a rule that may hold itself; raises Unreadable where that goes on too long."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable("nested_too_deeply")


class Grammar(Cursor, ABC):
    """The rules of the parser that those of other files call; each returns a tree."""

    @abstractmethod
    def listing(self) -> Any:
        """The loosest rule: items, or a single one."""

    @abstractmethod
    def relation(self) -> Any:
        """One item: no comma outside brackets."""

    @abstractmethod
    def sum(self) -> Any:
        """An expression."""

    @abstractmethod
    def juxtaposed(self, node: Any) -> Any:
        """A node, times what stands next to it without a sign."""

    @abstractmethod
    def power(self) -> Any:
        """A factor with its exponent."""

    @abstractmethod
    def exponent(self) -> Any:
        """What comes after ^."""

    @abstractmethod
    def postfix(self) -> Any:
        """An atom with what is written after it, such as ! or %."""

    @abstractmethod
    def atom(self) -> Any:
        """The tightest rule: a number, a variable, brackets, a call."""

    @abstractmethod
    def starts_atom(self) -> bool:
        """Whether an atom may begin here."""


def shown(token: Token) -> str:
    """A token as the reason of a refusal names it."""
    return str(getattr(token.value, "name", token.value))[:40]
