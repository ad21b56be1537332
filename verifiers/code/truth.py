"""What a ground truth of code can be, by its kind.

    {"kind": "function", "entry_point": "f", "tests": [{"args": "([1], 3)", "expected": "(1,)"}]}
    {"kind": "stdio", "tests": [{"stdin": "1 2\\n", "stdout": "3\\n"}]}
    {"kind": "check", "entry_point": "f", "test": "def check(f):\\n    assert f(1) == 2"}
    {"kind": "asserts", "entry_point": "f", "tests": ["assert f(1) == 2"], "setup": ""}
    {"kind": "property", "entry_point": "f", "strategies": {"xs": "st.lists(st.integers())"},
     "properties": ["f(xs) == sorted(xs)"], "setup": ""}
    {"kind": "speed", "entry_point": "f", "tests": [...], "reference": "def f(xs): ...",
     "inputs": "def inputs(n, rng): return ([rng.random() for _ in range(n)],)",
     "sizes": [1000, 2000, 4000]}
    {"kind": "output", "expected": "(1, 2)"}
    {"kind": "input", "program": "def f(x): ...", "entry_point": "f", "expected": "(1, 2)"}

`read_truth` makes a Truth of the text; what it needs of the parameters is in Options.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from verifiers.code.literals import NoLiteral, read_literal
from verifiers.code.syntax import literal
from verifiers.errors import VerifierFailed
from verifiers.sandbox import wire
from verifiers.sandbox.orders import Limits

MOST_WALL_S = 3600.0

EXECUTIONS = 10
"""A verdict takes at most so many times `wall_s`, however many programs it needs."""


class Case(msgspec.Struct, frozen=True):
    """One test of a function: Python literals; `args` is a tuple."""

    args: str
    expected: str


class Exchange(msgspec.Struct, frozen=True):
    """One test of a script."""

    stdin: str
    stdout: str


class Function(msgspec.Struct, frozen=True, tag="function", tag_field="kind"):
    """Calls with expected values, equal by value and type, floats within 1e-6 relative."""

    entry_point: str
    tests: tuple[Case, ...]
    setup: str = ""


class Stdio(msgspec.Struct, frozen=True, tag="stdio", tag_field="kind"):
    """Scripts with expected outputs, compared token by token."""

    tests: tuple[Exchange, ...]


class Check(msgspec.Struct, frozen=True, tag="check", tag_field="kind"):
    """Test code that defines `check(candidate)`, as HumanEval's."""

    entry_point: str
    test: str


class Asserts(msgspec.Struct, frozen=True, tag="asserts", tag_field="kind"):
    """Statements that must not raise, as MBPP's."""

    entry_point: str
    tests: tuple[str, ...]
    setup: str = ""


class Property(msgspec.Struct, frozen=True, tag="property", tag_field="kind"):
    """Expressions that must hold for all values drawn; see sandbox/properties.py."""

    entry_point: str
    strategies: dict[str, str]
    properties: tuple[str, ...]
    setup: str = ""
    examples: int = 100


class Speed(msgspec.Struct, frozen=True, tag="speed", tag_field="kind"):
    """Tests that must pass, then CPU time against a reference; see speed.py.

    `inputs` is code that defines `inputs(n, rng)`, which gives the arguments, a tuple of plain
    data, for a problem of size n; it is called for each of `sizes`, growing.
    """

    entry_point: str
    tests: tuple[Case, ...]
    reference: str
    inputs: str
    sizes: tuple[int, ...]
    setup: str = ""


class Output(msgspec.Struct, frozen=True, tag="output", tag_field="kind"):
    """The answer is a value, a Python literal; nothing is run."""

    expected: str


class Input(msgspec.Struct, frozen=True, tag="input", tag_field="kind"):
    """The answer is a literal tuple of arguments for which the `program` gives `expected`."""

    program: str
    entry_point: str
    expected: str


Executed = Function | Stdio | Check | Asserts | Property | Speed | Input
"""What cannot be judged without running something."""

Truth = Executed | Output


class Options(msgspec.Struct, frozen=True):
    """What `params` may say: `partial` rewards the share of tests, `fresh` runs each in a process.

    `wall_s` and `cpu_s` are seconds an execution, `memory_mb` MiB of address space.
    """

    partial: bool = False
    fresh: bool = False
    wall_s: float = 5.0
    cpu_s: float = 5.0
    memory_mb: int = 1024

    def __post_init__(self) -> None:
        if not 0 < self.wall_s <= MOST_WALL_S or not 0 < self.cpu_s <= MOST_WALL_S:
            raise ValueError(f"wall_s and cpu_s must lie in (0, {MOST_WALL_S:g}]")
        if not 1 <= self.memory_mb <= 1 << 20:
            raise ValueError("memory_mb must lie in [1, 1048576]")

    @property
    def limits(self) -> Limits:
        """The limits of one execution."""
        return Limits(cpu_s=self.cpu_s, memory_mb=self.memory_mb)

    @property
    def most_s(self) -> float:
        """Seconds that a verdict may take."""
        return self.wall_s * EXECUTIONS


def read_options(params: Mapping[str, Any]) -> Options:
    """The options among `params`; raises VerifierFailed."""
    try:
        return msgspec.convert(dict(params), Options)
    except msgspec.ValidationError as error:
        raise VerifierFailed(f"params: {error}") from None


@lru_cache(maxsize=256)
def read_truth(text: str) -> Truth:
    """Check a ground truth; raises VerifierFailed with what is wrong in it."""
    try:
        truth = msgspec.json.decode(text, type=Truth)
    except msgspec.DecodeError as error:
        raise VerifierFailed(f"ground_truth: {error}") from None
    parts = truth.properties if isinstance(truth, Property) else getattr(truth, "tests", ("",))
    if not parts:
        raise VerifierFailed("ground_truth: no tests in it")
    name = getattr(truth, "entry_point", "f")
    if not name.isidentifier():
        raise VerifierFailed(f"ground_truth: entry_point {name!r:.60} is no name of a function")
    if isinstance(truth, Speed) and (
        len(truth.sizes) < 2 or sorted({*truth.sizes}) != [*truth.sizes]
    ):
        raise VerifierFailed("ground_truth: sizes must be two or more growing numbers")
    for code in _codes(truth):
        _compiled(code)
    if isinstance(truth, Function | Speed):
        for case in truth.tests:
            read_case(case)
    elif isinstance(truth, Output | Input):
        read_expected(truth.expected)
    return truth


@lru_cache(maxsize=256)
def read_expected(text: str) -> Any:
    """The value of an expected literal; raises VerifierFailed."""
    try:
        return read_literal(text)
    except NoLiteral as error:
        raise VerifierFailed(f"ground_truth: expected: {error}") from None


@lru_cache(maxsize=4096)
def read_case(case: Case) -> tuple[list[Any], Any]:
    """The arguments as trees to send, and the expected value; raises VerifierFailed."""
    try:
        args, expected = (
            literal(case.args.strip()),
            literal(case.expected.strip()),
        )
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise VerifierFailed(f"ground_truth: no literal in {case.args!r:.60}: {error}") from None
    if type(args) is not tuple:
        raise VerifierFailed(f"ground_truth: args {case.args!r:.60} is no tuple")
    try:
        wire.encode(expected)
        return [wire.encode(one) for one in args], expected
    except wire.NotData as error:
        raise VerifierFailed(f"ground_truth: {error}") from None


def size(expected: Any) -> int:
    """Bytes of the message that the expected value would be."""
    return len(wire.pack(expected))


def _codes(truth: Truth) -> list[str]:
    codes = [getattr(truth, "setup", "")]
    if isinstance(truth, Check):
        codes.append(truth.test)
    elif isinstance(truth, Asserts):
        codes += truth.tests
    elif isinstance(truth, Property):
        codes += [*truth.strategies.values(), *truth.properties]
    elif isinstance(truth, Speed):
        codes += [truth.reference, truth.inputs]
    elif isinstance(truth, Input):
        codes.append(truth.program)
    return codes


def _compiled(code: str) -> None:
    try:
        compile(code, "<ground truth>", "exec")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise VerifierFailed(f"ground_truth: {type(error).__name__}: {error}") from None
