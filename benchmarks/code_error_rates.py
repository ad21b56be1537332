"""False accepts and false rejects of the code verifier, on programs known to be right or wrong.

    python benchmarks/code_error_rates.py --human-eval humaneval.jsonl --mbpp mbpp.jsonl
    python benchmarks/code_error_rates.py ... --write      # what `gen domains` then states

Right are the reference solutions and the benign look-alikes of the tests; wrong are the
references broken so that every function returns None, and the attack programs. Whether tests find
every wrong program is another matter: `benchmarks/test_strength.py`.
"""

import argparse
import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from curation.tabular import read_rows
from verifiers import error_rates
from verifiers.error_rates import ErrorRate
from verifiers.pool import GradingPool, GradingTask
from verifiers.registry import find_verifier

TESTS = Path(__file__).parent.parent / "tests"

VERIFIER = "code"


class Pair(NamedTuple):
    """A program and whether it is right."""

    name: str
    task: GradingTask
    right: bool


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--human-eval", type=Path)
    parser.add_argument("--mbpp", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="store what `gen domains` states")
    options = parser.parse_args()
    sets: dict[str, list[Pair]] = {"attacks and look-alikes": list(programs())}
    if options.human_eval:
        sets["HumanEval"] = list(human_eval(options.human_eval))
    if options.mbpp:
        sets["MBPP"] = list(mbpp(options.mbpp))
    rates = []
    with GradingPool(workers=options.workers) as pool:
        for name, pairs in sets.items():
            verdicts = pool.grade([pair.task for pair in pairs])
            outcomes = [verdict.outcome for verdict in verdicts]
            for pair, outcome in zip(pairs, outcomes, strict=True):
                if outcome != ("accepted" if pair.right else "rejected"):
                    print(f"{name}: {pair.name} is {outcome}", file=sys.stderr)
            rates.append(rate(name, pairs, outcomes))
            print(json.dumps({field: getattr(rates[-1], field) for field in rates[-1].__slots__}))
    if options.write:
        error_rates.store(rates, Path(error_rates.__file__).with_name(error_rates.FILE))


def rate(name: str, pairs: list[Pair], outcomes: list[str]) -> ErrorRate:
    judged = list(zip(pairs, outcomes, strict=True))
    return ErrorRate(
        verifier=VERIFIER,
        version=find_verifier(VERIFIER).version,
        pairs=name,
        n_right=sum(pair.right for pair in pairs),
        n_wrong=sum(not pair.right for pair in pairs),
        false_accepts=sum(outcome == "accepted" and not pair.right for pair, outcome in judged),
        false_rejects=sum(outcome == "rejected" and pair.right for pair, outcome in judged),
        undecided=outcomes.count("undecided"),
    )


def programs() -> Iterator[Pair]:
    """The tests' programs, in each kind that they apply to."""
    sys.path.insert(0, str(TESTS))
    from programs import ground_truth
    from programs import programs as read

    for folder, right in (("attacks", False), ("benign", True)):
        for program in read(TESTS / "verifiers" / folder):
            for kind in program.kinds:
                task = task_of(ground_truth(kind), program.source(kind), None, **program.params)
                yield Pair(f"{program.name} ({kind})", task, right)


def human_eval(path: Path) -> Iterator[Pair]:
    for _, row in read_rows(path):
        truth = {"kind": "check", "entry_point": row["entry_point"], "test": row["test"]}
        reference = row["prompt"] + row["canonical_solution"]
        yield from both(row["task_id"], truth, reference, row["prompt"])


def mbpp(path: Path) -> Iterator[Pair]:
    for _, row in read_rows(path):
        truth = {
            "kind": "asserts",
            "entry_point": called(row["code"], row["test_list"]),
            "tests": row["test_list"],
            "setup": row["test_setup_code"],
        }
        yield from both(f"MBPP/{row['task_id']}", truth, row["code"], row["text"])


def both(name: str, truth: dict[str, Any], reference: str, prompt: str) -> Iterator[Pair]:
    text = json.dumps(truth)
    yield Pair(name, task_of(text, reference, prompt), True)
    yield Pair(f"{name}, broken", task_of(text, broken(reference), prompt), False)


def broken(reference: str) -> str:
    """The reference with every function returning None."""
    tree = ast.parse(reference)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Return(ast.Constant(None))]
    return ast.unparse(ast.fix_missing_locations(tree))


def called(reference: str, tests: list[str]) -> str:
    """The function of the reference that the tests call."""
    named = {
        node.id for node in ast.walk(ast.parse("\n".join(tests))) if isinstance(node, ast.Name)
    }
    defined = [node.name for node in ast.parse(reference).body if isinstance(node, ast.FunctionDef)]
    return next((name for name in defined if name in named), "missing")


def task_of(truth: str, program: str, prompt: str | None, **params: float) -> GradingTask:
    return GradingTask(
        verifier=VERIFIER,
        ground_truth=truth,
        completion=program,
        prompt=prompt,
        params=json.dumps(params),
    )


if __name__ == "__main__":
    main()
