"""Plain notation as tokens.

    tokens("2\\\\sin(x) \\\\le 0.50")
    ->  number 2, name sin, ( , symbol x, ), operator <=, number 0.50 (two places)

A run of letters is a known name, a product of at most three one-letter variables, or a word.
"""

import re
from fractions import Fraction
from typing import Any, NamedTuple

from verifiers.math.syntax import (
    Based,
    Call,
    Constant,
    NamedSet,
    Number,
    Product,
    Symbol,
    Unreadable,
)

MOST_DIGITS = 1_000
"""Digits of one number."""


class Token(NamedTuple):
    """`kind` is number, symbol, name, operator or word; `spaced` says that a space comes before."""

    kind: str
    value: Any
    spaced: bool


FUNCTIONS = {
    "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc",
    "cosec": "csc", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arccot": "acot",
    "arcsec": "asec", "arccsc": "acsc", "asin": "asin", "acos": "acos", "atan": "atan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "coth": "coth", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh",
    "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "tg": "tan", "ctg": "cot",
    "arctg": "atan", "arcctg": "acot", "sh": "sinh", "ch": "cosh", "th": "tanh",
    "ln": "ln", "log": "log", "lg": "lg", "exp": "exp", "sqrt": "sqrt", "cbrt": "cbrt",
    "abs": "abs", "Abs": "abs", "floor": "floor", "ceil": "ceil", "ceiling": "ceil",
    "factorial": "factorial", "binom": "binom", "binomial": "binom", "dbinom": "binom",
    "tbinom": "binom", "comb": "binom", "nCr": "binom", "nPr": "perm", "gcd": "gcd", "lcm": "lcm",
    "max": "max", "min": "min", "frac": "frac", "root": "root", "det": "det", "sgn": "sgn",
    "sign": "sgn", "Re": "re", "Im": "im", "operatorname": "operatorname", "overline": "overline",
    "bar": "overline", "dot": "dot", "arg": "arg", "sum": "sum", "int": "int", "lim": "lim",
    "prod": "prod", "iint": "int", "oint": "int", "cis": "cis", "Gamma": "gamma", "zeta": "zeta",
    "bmod": "mod",
}  # fmt: skip
CONSTANTS = {
    "pi": Constant("pi"), "Pi": Constant("pi"), "infty": Constant("oo"), "infinity": Constant("oo"),
    "Infinity": Constant("oo"), "inf": Constant("oo"), "oo": Constant("oo"), "e": Constant("e"),
    "i": Constant("i"), "imath": Constant("i"), "emptyset": NamedSet("empty"),
    "varnothing": NamedSet("empty"), "Reals": NamedSet("R"), "Integers": NamedSet("Z"),
    "reals": NamedSet("R"), "uniti": Symbol("unit:i"), "unitj": Symbol("unit:j"),
    "unitk": Symbol("unit:k"),
}  # fmt: skip
GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "vartheta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "rho",
        "sigma",
        "tau",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
        "Delta",
        "Gamma",
        "Omega",
        "Sigma",
        "Phi",
        "Lambda",
        "Theta",
        "Psi",
        "ell",
    ]
)
OPERATORS = {
    "\\le": "<=", "\\leq": "<=", "\\leqslant": "<=", "\\ge": ">=", "\\geq": ">=",
    "\\geqslant": ">=", "\\lt": "<", "\\gt": ">", "\\ne": "!=", "\\neq": "!=", "<=": "<=",
    "=<": "<=", ">=": ">=", "!=": "!=", "==": "=", "\\approx": "~", "\\simeq": "~", "\\cong": "~",
    "\\sim": "~", "\\doteq": "~", "\\equiv": "equiv", "\\in": "in", "\\notin": "notin",
    "\\cup": "union", "\\bigcup": "union", "\\bigcap": "intersection", "\\cap": "intersection",
    "\\setminus": "minus", "\\backslash": "minus",
    "\\smallsetminus": "minus", "\\pm": "pm", "\\mp": "mp", "+-": "pm", "+/-": "pm",
    "\\times": "*", "\\cdot": "*", "\\ast": "*", "\\div": "/", "\\over": "over", "**": "^",
    "\\lor": "or", "\\vee": "or", "\\land": "and", "\\wedge": "and", "\\mid": "|", "\\vert": "|",
    "\\lvert": "|", "\\rvert": "|", "\\|": "||", "\\{": "\\{", "\\}": "\\}", "\\lbrace": "\\{",
    "\\rbrace": "\\}", "\\lbrack": "[", "\\rbrack": "]", "\\langle": "<<", "\\rangle": ">>",
    "\\lfloor": "lfloor", "\\rfloor": "rfloor", "\\lceil": "lceil", "\\rceil": "rceil",
    "\\ldots": "...", "\\dots": "...", "\\cdots": "...", "...": "...", "\\colon": ":",
    "\\choose": "choose", "\\to": "to", "\\rightarrow": "to", "->": "to", "\\Rightarrow": "to",
    "\\implies": "to", "\\prime": "'", "\\%": "%", "\\circ": "deg", "\\degree": "deg",
    "\\degrees": "deg", "\\dollar": "dollar", "\\\\": "\\\\", "\\&": "and", "\\cr": "\\\\",
    "\\bmod": "mod", "\\mod": "mod", "\\lparen": "(", "\\rparen": ")", "\\#": "#", "\\_": "_",
    "\\newline": "\\\\", "\\^": "^",
}  # fmt: skip
CONNECTORS = {
    "or": "or", "and": "and", "in": "in", "if": "if", "when": "if", "for": "if",
    "otherwise": "else",
    "else": "else", "union": "union", "U": "U", "mod": "mod", "to": "words_to", "where": "if",
    "intersect": "intersection", "OR": "or", "AND": "and", "Or": "or", "And": "and",
}  # fmt: skip

_BASED = r"(?:\d[0-9A-Z]*|[A-Z]+\d[0-9A-Z]*|[A-F]+(?=\s?_\s?\{?16))"
LEXEME = re.compile(
    rf"""
      (?P<repeating>(?P<lead>\d*\.(?P<fixed>\d*))\s?(?:\\(?:overline|bar|dot)\s?\{{(?P<cycle>\d+)\}}
        (?:(?P<inner>\d*)\\dot\s?\{{(?P<last>\d)\}})?|\((?P<round>\d+)\)(?![\d(])
        |(?<=\d)(?P<more>\.\.\.|\s?\\(?:l|c)?dots)(?![a-zA-Z])))
    | (?P<based>\(?(?<![A-Za-z\\.])(?P<digits>{_BASED})\)?\s?_\s?(?:\{{\s?(?P<base>\d{{1,2}})\s?\}}
        |(?P<single>\d{{1,2}}(?!\d))))
    | (?P<prefixed>0[xX][0-9A-Fa-f]+\b|0[bB][01]+\b|0[oO][0-7]+\b)
    | (?P<number>(?:\d{{1,3}}(?:(?:,\d{{3}})+|(?:[ '_]\d{{3}})+)(?![\d/])(?:\.\d+)?
        |\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+(?![\d.]*[A-Za-z]))?)
    | (?P<environment>\\(?P<edge>begin|end)\s?\{{(?P<kind>[a-zA-Z]+)\*?\}}(?:\s?\{{[lcr|. ]*\}})?)
    | (?P<blackboard>\\mathbb\{{(?P<set>[RZQNC])\}}
        (?P<part>\s?\^\s?\{{?\s?\+\s?\}}?|\s?_\s?\{{?\s?(?:\+|>\s?0|\\geq?\s?0|\\gt\s?0|>=\s?0)\s?\}}?)?)
    | (?P<command>\\[a-zA-Z]+|\\.)
    | (?P<letters>[A-Za-z]+)
    | (?P<operator>\*\*|<=|>=|=<|!=|==|\+/-|\+-|->|\.\.\.|&&|\|\|
        |[-+*/^_=<>()\[\]{{}}|,;:!%'&\\~?#"@.])
    | (?P<greek>\u03bc)
    """,
    re.VERBOSE,
)
BEFORE, AFTER = re.compile(r"[(\[{]\s?-?\Z"), re.compile(r"\s?[)\]\\]")
"""Around a comma that parts two numbers: (12,102)."""
CYCLE = re.compile(r"(?P<start>\d*?)(?P<cycle>\d{1,6}?)(?P=cycle)+")
UNGROUPED = re.compile(r"\d+(?:\.\d+)?|\.\d+")


def tokens(text: str, *, grouped: bool = True) -> list[Token]:
    """Split plain notation; raises Unreadable at what no formula holds.

    `grouped` reads 1,234 as one number; without it the comma parts two.
    """
    found: list[Token] = []
    position, end = 0, len(text)
    while position < end:
        if text[position] == " ":
            position += 1
            continue
        spaced = position > 0 and text[position - 1] == " "
        match = LEXEME.match(text, position)
        if match is None:
            raise Unreadable("unparsable: character " + repr(text[position]))
        kind = match.lastgroup
        if match["repeating"] is not None:
            found.append(Token("number", _repeating(match), spaced))
        elif match["number"] is not None:
            in_pair = (
                "," in match[0]
                and BEFORE.search(text, 0, position)
                and AFTER.match(text, match.end())
            )
            if (in_pair or not grouped) and re.search(r"[, ]", match[0]):
                match = UNGROUPED.match(text, position)
                assert match is not None
            found.append(Token("number", _number(match[0]), spaced))
        elif match["letters"] is not None:
            operand = (
                bool(found) and found[-1].kind == "operator" and found[-1].value in _ARITHMETIC
            )
            found += _letters(match[0], spaced, operand=operand)
        elif match["operator"] is not None:
            found.append(Token("operator", OPERATORS.get(match[0], match[0]), spaced))
        elif match["command"] is not None:
            found += _command(match[0], spaced)
        elif match["based"] is not None:
            found.append(_based(match, spaced))
        elif match["prefixed"] is not None:
            found.append(
                Token("number", Based(Fraction(int(match[0], 0)), _PREFIXES[match[0][1]]), spaced)
            )
        elif match["environment"] is not None:
            found.append(Token(match["edge"], match["kind"], spaced))
        elif match["blackboard"] is not None:
            closed = "=" in (match["part"] or "") or "ge" in (match["part"] or "")
            part = "" if not match["part"] else "0+" if closed else "+"
            found.append(Token("symbol", NamedSet(match["set"] + part), spaced))
        elif match["greek"] is not None:
            found.append(Token("symbol", Symbol("mu"), spaced))
        else:
            raise Unreadable(f"unparsable: {kind}")
        position = match.end()
    return found


_PREFIXES = {"x": 16, "X": 16, "b": 2, "B": 2, "o": 8, "O": 8}


def _number(text: str) -> Number:
    if len(text) > MOST_DIGITS:
        raise Unreadable("too_large: a number of too many digits")
    mantissa, _, exponent = re.sub(r"[, '_]", "", text).partition("e" if "e" in text else "E")
    if exponent and abs(int(exponent)) > MOST_DIGITS:
        raise Unreadable("too_large: a number of too many digits")
    value = Fraction(mantissa)
    places = len(mantissa.partition(".")[2]) if "." in mantissa else None
    if exponent:
        value *= Fraction(10) ** int(exponent)
        places = max(0, (places or 0) - int(exponent))
    return Number(value, places)


def _repeating(match: re.Match[str]) -> Any:
    """0.1\\overline{6}, 0.\\dot{1}2\\dot{3}, 0.1(6) and 0.1666..., whose cycle must be seen."""
    fixed, lead = match["fixed"], match["lead"]
    if match["more"]:
        seen = CYCLE.fullmatch(fixed)
        if seen is None:
            return Number(Fraction(lead), len(fixed))
        fixed, cycle = seen["start"], seen["cycle"]
        lead = lead[: lead.index(".") + 1] + fixed
    else:
        cycle = match["round"] or match["cycle"] + (match["inner"] or "") + (match["last"] or "")
        if match["round"] and fixed and not lead.startswith(("0", ".")):
            return Product((Number(Fraction(lead), len(fixed)), Number(Fraction(int(cycle)))))
    value = Fraction(lead + "0") + Fraction(int(cycle), 10 ** len(fixed) * (10 ** len(cycle) - 1))
    return Number(value)


def _based(match: re.Match[str], spaced: bool) -> Token:
    digits, base = match["digits"], int(match["base"] or match["single"])
    if match[0].startswith("(") != (")" in match[0]):
        raise Unreadable("unparsable: base")
    try:
        return Token("number", Based(Fraction(int(digits, base)), base), spaced)
    except ValueError:
        raise Unreadable(f"unparsable: {digits} in base {base}") from None


def _command(text: str, spaced: bool) -> list[Token]:
    if text in OPERATORS:
        return [Token("operator", OPERATORS[text], spaced)]
    name = text[1:]
    if name in FUNCTIONS:
        return [Token("name", FUNCTIONS[name], spaced)]
    if name in CONSTANTS:
        return [Token("symbol", CONSTANTS[name], spaced)]
    if name in GREEK:
        return [Token("symbol", Symbol(name.removeprefix("var")), spaced)]
    if name in ("angle", "triangle", "measuredangle", "parallel", "perp"):
        return [Token("word", name, spaced)]
    raise Unreadable(f"unparsable: {text}")


def _letters(run: str, spaced: bool, *, operand: bool) -> list[Token]:
    if run in CONNECTORS:
        return [Token("operator", CONNECTORS[run], spaced)]
    if run in FUNCTIONS:
        return [Token("name", FUNCTIONS[run], spaced)]
    if len(run) > 1 and run in CONSTANTS:
        return [Token("symbol", CONSTANTS[run], spaced)]
    if run in GREEK:
        return [Token("symbol", Symbol(run.removeprefix("var")), spaced)]
    for length in (6, 4, 3, 2):
        rest = run[length:]
        if run[:length] in _OPENING_FUNCTIONS and 0 < len(rest) <= 2:
            return [Token("name", FUNCTIONS[run[:length]], spaced), *_variables(rest, False)]
    if run.endswith("pi") and len(run) <= 4:
        return [*_variables(run[:-2], spaced), Token("symbol", CONSTANTS["pi"], False)]
    if run.startswith("pi") and len(run) <= 4:
        return [Token("symbol", CONSTANTS["pi"], spaced), *_variables(run[2:], False)]
    if len(run) <= 3 and (run.lower() not in _SHORT_WORDS or (operand and len(run) == 2)):
        return _variables(run, spaced)
    return [Token("word", run, spaced)]


def _variables(run: str, spaced: bool) -> list[Token]:
    return [
        Token("symbol", CONSTANTS.get(letter, Symbol(letter)), spaced and n == 0)
        for n, letter in enumerate(run)
    ]


_OPENING_FUNCTIONS = {
    "sin",
    "cos",
    "tan",
    "cot",
    "sec",
    "csc",
    "ln",
    "log",
    "exp",
    "sqrt",
    "arctan",
}
_ARITHMETIC = frozenset("+-*/^=(")
_SHORT_WORDS = frozenset(
    [
        "is",
        "no",
        "not",
        "yes",
        "all",
        "any",
        "one",
        "two",
        "six",
        "ten",
        "the",
        "of",
        "at",
        "by",
        "an",
        "as",
        "on",
        "it",
        "are",
        "was",
        "has",
        "per",
        "nan",
        "max",
        "min",
        "men",
        "day",
        "cat",
        "dog",
        "odd",
    ]
)


def degree(node: Any) -> Call:
    """So many degrees of arc."""
    return Call("degree", (node,))
