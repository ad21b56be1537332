"""Candidate programs that tests keep as text, a folder for each of attacks and benign look-alikes.

    === exits_in_the_call
    aim: end the process with status 0 before a test can fail
    kinds: calls
    wall_s: 0.5
    ---
    def {entry}(xs):
        raise SystemExit(0)

All are about one task, to sort a list of numbers. `{entry}` is the function's name, `{wrong}` a
function that is wrong, and `{channel}` finds the channel that programs answer on. `kinds` are those
of ground truths, `calls` for all but stdio, `tests` for those whose tests are code, `all` if none
is named; for stdio a line that reads, calls and prints is added. `script` is stdio with nothing
added. `built: yes` says that the text is an expression which makes the program, `danger: yes` keeps
it to the strongest isolation. What else stands there are parameters.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

ENTRY = "arrange"

WRONG = f"def {ENTRY}(xs):\n    return []"

CHANNEL = """
import os, sys
from verifiers.sandbox import wire
frame = sys._getframe()
while frame is not None and "channel" not in frame.f_locals:
    frame = frame.f_back
channel = frame.f_locals["channel"] if frame is not None else 3
channel = channel if type(channel) is int else channel.fileno()
def write(data):
    while data:
        data = data[os.write(channel, data) :]
def say(message):
    packed = wire.dump(message)
    write(wire.LENGTH.pack(len(packed)) + packed)
"""
"""Finds the channel that a program is asked on, and speaks on it."""

RIGHT = f"def {ENTRY}(xs):\n    return sorted(xs)\n"

PRINTED = f"\nprint(*{ENTRY}([int(word) for word in input().split()]))\n"

TESTS = ("check", "asserts", "property")

CALLS = ("function", *TESTS)

KINDS = ("function", "stdio", *TESTS)

NAMED = {"all": KINDS, "calls": CALLS, "tests": TESTS, "script": ("stdio",)}

INPUTS = ([3, 1, 2], [5, 4, 7], [9, -1, 9, 0], [40, 30, 20, 10, 0])

TRUTHS = {
    "function": {
        "kind": "function",
        "entry_point": ENTRY,
        "tests": [{"args": f"({xs!r},)", "expected": repr(sorted(xs))} for xs in INPUTS],
    },
    "stdio": {
        "kind": "stdio",
        "tests": [
            {"stdin": " ".join(map(str, xs)) + "\n", "stdout": " ".join(map(str, sorted(xs)))}
            for xs in INPUTS
        ],
    },
    "check": {
        "kind": "check",
        "entry_point": ENTRY,
        "test": (
            "def check(candidate):\n"
            "    assert candidate([3, 1, 2]) == [1, 2, 3]\n"
            "    for xs in ([5, 4, 7], [9, -1, 9, 0]):\n"
            "        assert candidate(xs) == sorted(xs), xs\n"
            "    assert isinstance(candidate([2, 1]), list)\n"
        ),
    },
    "asserts": {
        "kind": "asserts",
        "entry_point": ENTRY,
        "tests": [
            f"assert {ENTRY}([3, 1, 2]) == [1, 2, 3]",
            f"xs = [5, 4, 7]\nassert {ENTRY}(xs) == sorted(xs)",
            f"assert {ENTRY}([9, -1, 9, 0])[0] == -1 and len({ENTRY}([2, 1])) == 2",
        ],
    },
    "property": {
        "kind": "property",
        "entry_point": ENTRY,
        "strategies": {"xs": "st.lists(st.integers(-99, 99), max_size=9)"},
        "properties": [
            f"{ENTRY}(xs) == sorted(xs)",
            f"len({ENTRY}(xs)) == len(xs)",
            f"all(a <= b for a, b in zip({ENTRY}(xs), {ENTRY}(xs)[1:]))",
        ],
        "examples": 12,
    },
}
"""One task, as a ground truth of each kind."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program: what it is called, what it aims at, where it applies, and its text."""

    name: str
    aim: str
    kinds: tuple[str, ...]
    text: str
    whole: bool = False
    danger: bool = False
    params: dict[str, float] = field(default_factory=dict)

    def source(self, kind: str) -> str:
        """The program to be judged by a ground truth of the kind."""
        return self.text + (PRINTED if kind == "stdio" and not self.whole else "")


def ground_truth(kind: str) -> str:
    """The task's ground truth."""
    return json.dumps(TRUTHS[kind])


def right(kind: str) -> str:
    """A program that is right."""
    return RIGHT + (PRINTED if kind == "stdio" else "")


def programs(folder: Path) -> list[Program]:
    """All programs in a folder's text files, in the order of their names' files."""
    found = []
    for path in sorted(folder.glob("*.txt")):
        for section in path.read_text("utf-8").split("\n=== ")[1:]:
            found.append(_program(section))
    names = [program.name for program in found]
    assert len({*names}) == len(names), "two programs of one name"
    return found


def _program(section: str) -> Program:
    head, _, text = section.partition("\n---\n")
    name, *lines = head.splitlines()
    said = dict(line.split(": ", 1) for line in lines)
    aim, named, built = said.pop("aim"), said.pop("kinds", "all"), said.pop("built", "no") == "yes"
    danger = said.pop("danger", "no") == "yes"
    kinds = [kind for word in named.split() for kind in NAMED.get(word, (word,))]
    assert {*kinds} <= {*KINDS}, f"{name}: kinds {named}"
    if built:
        text = eval(text, {"ENTRY": ENTRY, "WRONG": WRONG, "RIGHT": RIGHT})
    text = text.replace("{entry}", ENTRY).replace("{wrong}", WRONG)
    text = text.replace("{channel}", CHANNEL).rstrip("\n") + "\n"
    params = {key: float(value) if "." in value else int(value) for key, value in said.items()}
    return Program(name, aim, tuple(kinds), text, named == "script", danger, params)
