"""What runs in the forked process of a ground truth's properties: hypothesis against the candidate.

    serve_properties(judge_fd, candidate_fd)

The judge sends Properties, and is answered by the events of tester.py; the text of a property that
failed is its shrunk counterexample: `f(xs) == sorted(xs) fails for xs=[0, 0]`.
"""

from typing import Any

from verifiers.sandbox import wire
from verifiers.sandbox.orders import Properties
from verifiers.sandbox.proxy import Link, Lost, Remote
from verifiers.sandbox.tester import TEXT_CHARS, Judge, Scope, loaded, outcome_of


def serve_properties(judge_fd: int, candidate_fd: int) -> None:
    """Try the properties and tell the judge."""
    judge = Judge(judge_fd)
    asked = Properties(*wire.load(wire.receive(judge.fd)))
    link = Link(candidate_fd, judge.asking)
    if not loaded(judge, link):
        return
    scope = Scope(link, asked.helpers)
    for index, text in enumerate(asked.properties):
        outcome, detail = _outcome(asked, text, scope, link)
        judge.tell("result", index, outcome, detail)
        if outcome == "lost" or (outcome != "passed" and asked.stop_at_failure):
            break
    judge.tell("done", sorted(scope.borrowed))


def _outcome(asked: Properties, text: str, scope: Scope, link: Link) -> tuple[str, str]:
    failing: list[str] = []
    try:
        from hypothesis import HealthCheck, Phase, given, seed, settings
        from hypothesis import strategies as st

        scope |= {"__name__": "properties", "st": st}
        exec(compile(asked.setup, "<setup>", "exec"), scope)
        scope[asked.entry_point] = Remote(link, asked.entry_point)
        drawn = {name: eval(rule, scope) for name, rule in asked.strategies.items()}
        code = compile(text, "<property>", "eval")

        @seed(text)  # one program, one verdict; but no two properties on the same values
        @settings(
            max_examples=asked.examples,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=[*HealthCheck],  # pyright: ignore[reportArgumentType]
        )
        @given(**drawn)
        def holds(**values: Any) -> None:
            shown = ", ".join(f"{name}={value!r}" for name, value in values.items())
            fresh = scope.copy()
            fresh.update(values)
            try:
                if not eval(code, fresh):
                    raise AssertionError("it is false")
            except Exception as error:
                failing.append(f"{shown} ({error})" if type(error) is not AssertionError else shown)
                raise

        holds()
    except Lost:
        return "lost", f"after {failing[-1]}" if failing else ""
    except BaseException as error:
        outcome, detail = outcome_of(error, link)
        if failing:  # the last one tried is the smallest
            detail = f"{text} fails for {failing[-1]}"
        return outcome, detail[:TEXT_CHARS].encode(errors="replace").decode()
    return "passed", ""
