"""The judge of the kinds whose tests are code: `check`, `asserts` and `property`.

    judge_proxied(truth, code, options, sandbox, helpers=None)   ->  Judged(n_passed=3, ...)

The test code runs in a third process, in a cell of its own, and reaches the candidate by call only
(sandbox/tester.py). What it says is believed: the candidate can send it nothing but plain data.
"""

import time
from typing import Any

from verifiers.code.calls import SYNTAX
from verifiers.code.judging import Judged, ended_badly, passed, raised, shuffled, too_slow
from verifiers.code.truth import Asserts, Check, Options, Property
from verifiers.errors import VerifierFailed
from verifiers.sandbox import wire
from verifiers.sandbox.orders import Limits, Properties, Tests
from verifiers.sandbox.sandbox import Sandbox, cell_for

Proxied = Check | Asserts | Property

LEAST_MEMORY_MB = 512
"""What test code may take, however little the candidate may."""


def judge_proxied(
    truth: Proxied, code: str, options: Options, sandbox: Sandbox, *, helpers: str | None
) -> Judged:
    """Run the tests against the candidate; with `partial` or `fresh`, each in processes of its own.

    Raises VerifierFailed where they fail by themselves. `helpers` is the code that the prompt
    shows, for tests that use what it defines.
    """
    n_tests = 1 if isinstance(truth, Check) else len(_texts(truth))
    order = shuffled(n_tests, code, repr(truth))
    if n_tests == 1 or not (options.fresh or options.partial):
        return _judged(_execute(truth, code, order, options, sandbox, helpers), order, options)
    parts = []
    deadline = time.monotonic() + options.most_s
    for index in order:
        part = _execute(truth, code, [index], options, sandbox, helpers)
        parts.append(_judged(part, [index], options))
        if not parts[-1].all_passed and not options.partial:
            break
        if time.monotonic() > deadline:
            break
    n_passed = sum(part.n_passed for part in parts)
    reasons = [part.reason for part in parts if not part.all_passed]
    if not reasons and n_passed == n_tests:
        reasons = [passed(n_tests).reason]
    return Judged(
        n_passed=n_passed, n_tests=n_tests, details=parts[-1].details,
        reason=reasons[0] if reasons else too_slow(options),
    )  # fmt: skip


class _Run:
    """What was heard of one execution."""

    def __init__(self) -> None:
        self.events: list[list[Any]] = []
        self.trouble: str | None = None
        self.loading_s = 0.0

    def heard(self, name: str) -> bool:
        return any(event[0] == name for event in self.events)


def _execute(
    truth: Proxied, code: str, order: list[int], options: Options, sandbox: Sandbox,
    helpers: str | None,
) -> _Run:  # fmt: skip
    run, started = _Run(), time.monotonic()
    limits = Limits(cpu_s=options.cpu_s + 1, memory_mb=max(LEAST_MEMORY_MB, options.memory_mb))
    role = "properties" if isinstance(truth, Property) else "tests"
    with sandbox.run(
        "module", options.limits, wall_s=options.wall_s, cell=cell_for(code)
    ) as candidate:
        try:
            candidate.send([code, "", True])
        except (wire.Closed, wire.NotData, wire.TooLong, TimeoutError) as error:
            run.trouble = f"no_data: the program cannot be sent: {error}"
            return run
        fds = (candidate.channel.fileno(),)
        with sandbox.run(role, limits, wall_s=options.wall_s, cell=role, fds=fds) as tester:
            candidate.channel.close()
            try:
                tester.send_bytes(wire.dump(_message(truth, order, options, helpers)))
                while not run.heard("done") and not run.heard("load_failed"):
                    run.events.append(tester.receive())
                    if run.heard("loaded") and not run.loading_s:
                        run.loading_s = time.monotonic() - started
            except TimeoutError:
                run.trouble = too_slow(options)
            except wire.Closed:
                exceeded = tester.ended.exceeded if tester.ended is not None else None
                run.trouble = exceeded or "tests: their process ended"
        if run.trouble is None and _lost(run):
            run.trouble = ended_badly(candidate.end(), options)
    return run


def _lost(run: _Run) -> bool:
    return any(
        "lost" in event[1:3] for event in run.events if event[0] in ("load_failed", "result")
    )


def _judged(run: _Run, order: list[int], options: Options) -> Judged:
    # A program that took its time to load has left too little for the tests to begin.
    blameless = not run.heard("asking") and run.loading_s < options.wall_s / 2
    if run.trouble and run.heard("loaded") and blameless:
        raise VerifierFailed(f"ground_truth: its test code does not end ({run.trouble})")
    results = [event[1:] for event in run.events if event[0] == "result"]
    n_passed = sum(outcome == "passed" for _, outcome, _ in results)
    borrowed = next((event[1] for event in run.events if event[0] == "done"), [])
    details = {"from_candidate": borrowed} if borrowed else {}
    for index, outcome, text in results:
        if outcome == "broken":
            raise VerifierFailed(f"ground_truth: its test code fails by itself: {text}")
        if outcome not in ("passed", "lost"):
            reason = _reason(outcome, text)
            return Judged(
                n_passed=n_passed, n_tests=len(order), details=details,
                reason=f"{reason} (test {order[index] + 1} of {len(order)})",
            )  # fmt: skip
    if run.trouble is not None:
        return Judged(n_passed=n_passed, n_tests=len(order), reason=run.trouble)
    failed = next((event for event in run.events if event[0] == "load_failed"), None)
    if failed is not None:
        kind, text = str(failed[1]), str(failed[2])
        reason = f"syntax: {kind}: {text}" if kind in SYNTAX else raised(kind, text)
        return Judged(n_passed=0, n_tests=len(order), reason=reason)
    if n_passed != len(order):
        raise VerifierFailed("the test process told of fewer tests than it was given")
    done = passed(len(order))
    return Judged(n_passed=n_passed, n_tests=len(order), reason=done.reason, details=details)


def _reason(outcome: str, text: str) -> str:
    if outcome == "raised":
        kind, _, message = text.partition(": ")
        return raised(kind, message)
    return f"{'no_data' if outcome == 'no_data' else 'failed'}: {text}"


def _message(
    truth: Proxied, order: list[int], options: Options, helpers: str | None
) -> Tests | Properties:
    setup = "" if isinstance(truth, Check) else truth.setup
    texts = [_texts(truth)[index] for index in order]
    stop = not options.partial
    if isinstance(truth, Property):
        return Properties(
            truth.entry_point, setup, helpers, truth.strategies, texts, truth.examples, stop
        )
    return Tests(truth.entry_point, setup, helpers, texts, isinstance(truth, Check), stop)


def _texts(truth: Proxied) -> tuple[str, ...]:
    if isinstance(truth, Check):
        return (truth.test,)
    return truth.properties if isinstance(truth, Property) else truth.tests
