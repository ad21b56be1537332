"""How proposed programs are run: as tasks of the grading pool.

(verdict,) = run(judge, [execution("def answer(): return 2 + 3")])
verdict.extracted    ->  "5"
"""

from collections.abc import Callable, Sequence

import msgspec

from verifiers.code.strength import fenced
from verifiers.errors import VerifierFailed
from verifiers.pool import GradingTask
from verifiers.records import Verdict

Judge = Callable[[Sequence[GradingTask]], list[Verdict]]
"""Gives one verdict for each task, in order."""

RUN_PARAMS = '{"wall_s": 5.0, "cpu_s": 5.0}'
"""What one run of a proposed program may take."""


def execution(
    program: str, entry_point: str = "answer", args: str = "()", *, form: str = "text"
) -> GradingTask:
    """The task of running a program, twice; its verdict's `extracted` is the value."""
    truth = {"entry_point": entry_point, "args": args, "runs": 2, "as": form}
    return GradingTask(
        verifier="program",
        ground_truth=msgspec.json.encode(truth).decode(),
        completion=fenced(program),
        params=RUN_PARAMS,
    )


def run(judge: Judge, tasks: Sequence[GradingTask]) -> list[Verdict]:
    """The tasks' verdicts; raises VerifierFailed where the machine cannot shut programs in."""
    verdicts = judge(tasks)
    for verdict in verdicts:
        if verdict.outcome == "undecided" and verdict.reason.startswith("not_isolated"):
            raise VerifierFailed(verdict.reason)
    return verdicts
