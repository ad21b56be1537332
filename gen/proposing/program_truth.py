"""Ground truths of proposed programs, all found by running them in the grading pool.

    program_question(ProgramDraft(entry_point="clip", reference="def clip(...): ...", ...), ...)
    ->  Question(ground_truth='{"kind": "function", "tests": [...]}', certificate="execution",
                 evidence={"reference": "...", "kill_rate": 0.94, ...}, needs_solvers=True)
    triple_question(TripleDraft(task="deduction", ...), ...)
    ->  Question(ground_truth='{"kind": "output", "expected": "[1, 2]"}', needs_solvers=False)

A programming problem's tests are what its reference gives on its inputs. Whether the reference does
what the prompt says, only solvers can tell; that the tests notice faults, its mutants do. A triple
is about the program itself, so that running it settles the matter.
"""

from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec

from gen.proposing.base import ProgramDraft, Question, TripleDraft, Unusable
from gen.proposing.running import Judge, execution, run
from verifiers.code.literals import arguments_text, literal_of, read_arguments
from verifiers.code.strength import fenced
from verifiers.pool import GradingTask
from verifiers.sandbox import wire

LEAST_TESTS = 3

PROPOSED_CONFIDENCE = 0.6
"""Before a solver was asked: prompt and reference have one author, and nobody has agreed yet."""

TRIPLE_CONFIDENCE = 0.99
"""A triple asks what a given program does, and the program was run, twice, in fresh processes: no
words stand between the question and its ground truth. What is left is for another version of
Python, or an order of sets, that gives something else. An induction's hint in words may be wrong;
the examples and tests, which are asked for, are not."""

MOST_SHOWN_EXAMPLES = 5

Test = tuple[str, str]
"""Arguments and value of a call, as literals."""


def program_question(
    draft: ProgramDraft, judge: Judge, *, seed: int, min_kill_rate: float
) -> Question | Unusable:
    """Make tests of the inputs, and hold them against the reference's mutants."""
    tests, failure = _tests(draft.reference, draft.entry_point, draft.inputs, judge)
    if len(tests) < LEAST_TESTS:
        return Unusable(f"failed: {len(tests)} inputs with a value: {failure}"[:300])
    if len({value for _, value in tests}) < 2:
        return Unusable("invalid: the same value for all inputs")
    params = {"min_kill_rate": min_kill_rate, "seed": seed}
    task = GradingTask(
        verifier="strength",
        ground_truth=_function(draft.entry_point, tests),
        completion=fenced(draft.reference),
        params=_json(params),
    )
    (verdict,) = run(judge, [task])
    if verdict.outcome != "accepted" or verdict.extracted is None:
        weak = verdict.reason.startswith("weak_tests: ")
        reason = verdict.reason.removeprefix("weak_tests: ")
        return Unusable(f"invalid: weak tests: {reason}" if weak else f"failed: {reason}")
    evidence = {"reference": draft.reference, **msgspec.json.decode(verdict.details)}
    if len(tests) < len({*draft.inputs}):
        evidence["inputs_dropped"] = len({*draft.inputs}) - len(tests)
    return Question(
        prompt=draft.prompt,
        verifier="code",
        level=draft.level,
        ground_truth=verdict.extracted,
        certificate="execution",
        confidence=PROPOSED_CONFIDENCE,
        evidence=evidence,
    )


def triple_question(draft: TripleDraft, judge: Judge, *, seed: int) -> Question | Unusable:
    """Run the program on the inputs, and ask for what the task says."""
    tests, failure = _tests(draft.program, draft.entry_point, draft.inputs, judge)
    if failure:
        return Unusable(f"failed: {failure}"[:300])
    if len({value for _, value in tests}) < 2:
        return Unusable("invalid: the same value for all inputs")
    if all(value in (args, _only(args)) for args, value in tests):
        return Unusable("invalid: the values are the inputs")
    evidence: dict[str, Any] = {
        "task": draft.task,
        "program": draft.program,
        "entry_point": draft.entry_point,
        "inputs": list(draft.inputs),
        "message": draft.message,
    }
    prompt, ground_truth = PUT[draft.task](draft, tests, seed)
    return Question(
        prompt=prompt,
        verifier="code",
        level=draft.level,
        ground_truth=ground_truth,
        certificate="execution",
        confidence=TRIPLE_CONFIDENCE,
        evidence=evidence,
        needs_solvers=False,
    )


def _tests(
    program: str, entry_point: str, inputs: Sequence[str], judge: Judge
) -> tuple[list[Test], str]:
    """The distinct inputs with their values, and why the first that has none has none."""
    distinct = [*dict.fromkeys(map(arguments_text, inputs))]
    tasks = [execution(program, entry_point, args, form="literal") for args in distinct]
    tests, failure = [], ""
    for args, verdict in zip(distinct, run(judge, tasks), strict=True):
        if verdict.outcome == "accepted" and verdict.extracted is not None:
            tests.append((args, verdict.extracted))
        else:
            failure = failure or f"program: {verdict.reason} on {args[:80]}"
    return tests, failure


def _only(args: str) -> str:
    """The literal of a single argument; of several, nothing's."""
    values = read_arguments(args)
    return literal_of(wire.encode(values[0])) if len(values) == 1 else ""


DEDUCTION = """\
Here is a Python program:

```python
{program}
```

What does {call} return? Give the value as a Python literal."""

ABDUCTION = """\
Here is a Python program:

```python
{program}
```

Find arguments for which {name} returns

{expected}

There may be several; any will do. Give them as a Python tuple of literals, such as (1, 'a') for \
two arguments or ([1, 2],) for a single one."""

INDUCTION = """\
Write a Python function {name} that gives these values, and the right ones for other arguments too:

{examples}{hint}

It is tested with arguments that are not shown here."""


def _deduction(draft: TripleDraft, tests: Sequence[Test], seed: int) -> tuple[str, str]:
    args, expected = next(one for one in tests if one[1] not in (one[0], _only(one[0])))
    prompt = DEDUCTION.format(program=draft.program, call=_call(draft, args))
    return prompt, _json({"kind": "output", "expected": expected})


def _abduction(draft: TripleDraft, tests: Sequence[Test], seed: int) -> tuple[str, str]:
    _, expected = next(one for one in tests if one[1] not in (one[0], _only(one[0])))
    prompt = ABDUCTION.format(program=draft.program, name=draft.entry_point, expected=expected)
    truth = {
        "kind": "input",
        "program": draft.program,
        "entry_point": draft.entry_point,
        "expected": expected,
    }
    return prompt, _json(truth)


def _induction(draft: TripleDraft, tests: Sequence[Test], seed: int) -> tuple[str, str]:
    """Some of the tests are shown, drawn by the seed; all of them are judged by."""
    n_shown = min(MOST_SHOWN_EXAMPLES, len(tests) // 2)
    drawn = Random(f"{seed}:{draft.program}").sample(range(len(tests)), n_shown)
    shown = [tests[place] for place in sorted(drawn)]
    examples = "\n".join(f"{_call(draft, args)} == {value}" for args, value in shown)
    hint = f"\n\nHint: {draft.message}" if draft.message else ""
    prompt = INDUCTION.format(name=draft.entry_point, examples=examples, hint=hint)
    return prompt, _function(draft.entry_point, tests)


PUT = {"deduction": _deduction, "abduction": _abduction, "induction": _induction}
"""Task -> how it is put: the prompt and the ground truth."""


def _call(draft: TripleDraft, args: str) -> str:
    inner = args[1:-1].removesuffix(",")
    return f"{draft.entry_point}({inner})"


def _function(entry_point: str, tests: Sequence[Test]) -> str:
    cases = [{"args": args, "expected": value} for args, value in tests]
    return _json({"kind": "function", "entry_point": entry_point, "tests": cases, "setup": ""})


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
