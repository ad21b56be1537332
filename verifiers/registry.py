"""Which verifier answers to which name.

    find_verifier("math").verify(ground_truth="5", completion="\\boxed{5}", prompt=None, params={})

Installed packages add theirs by the entry-point group `assay.verifiers` (name -> class).
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Protocol

import msgspec

from verifiers.errors import UnknownName
from verifiers.records import Verdict

BUILT_IN = {
    "math": "verifiers.math:MathVerifier",
    "math-verify": "verifiers.second_opinion:MathVerify",
    "code": "verifiers.code:CodeVerifier",
    "value": "verifiers.value:ValueVerifier",
    "forecast": "verifiers.forecast:ForecastVerifier",
    "plan": "verifiers.plan:PlanVerifier",
    "simulation": "verifiers.simulation:SimulationVerifier",
    "sql": "verifiers.sql:SqlVerifier",
    "repository": "verifiers.repository:RepositoryVerifier",
}

RUNNERS = {
    "program": "verifiers.code:ProgramVerifier",
    "strength": "verifiers.code.certify:StrengthVerifier",
}
"""What judges no answers, but what models propose; not among `verifier_names`."""


class Verifier(Protocol):
    """Judges one completion against one ground truth, without side effects."""

    name: str
    version: str

    def verify(
        self,
        *,
        ground_truth: str,
        completion: str,
        prompt: str | None,
        params: Mapping[str, Any],
    ) -> Verdict:
        """Return the verdict; raises VerifierFailed where the ground truth cannot be used."""
        ...

    def validate(self, ground_truth: str) -> None:
        """Do with the ground truth alone what judging does with it; raises VerifierFailed."""
        ...


def limit_s(name: str, params: str, wall_s: float) -> float:
    """Seconds that a verdict of the verifier called `name` may take: `wall_s`, or more by itself.

    A verifier with clocks of its own tells its limit for a task's `params`, a JSON object, by a
    method `limit_s(params)`.
    """
    own = getattr(find_verifier(name), "limit_s", None)
    if own is None:
        return wall_s
    return max(wall_s, own(msgspec.json.decode(params)) + OWN_CLOCK_GRACE_S)


OWN_CLOCK_GRACE_S = 5.0


def verifier_names() -> list[str]:
    """Names of all installed verifiers of answers, sorted."""
    return sorted({*BUILT_IN, *(entry.name for entry in entry_points(group="assay.verifiers"))})


@cache
def find_verifier(name: str) -> Verifier:
    """Load the verifier called `name`; raises UnknownName with the nearest names."""
    if (place := BUILT_IN.get(name) or RUNNERS.get(name)) is not None:
        module, _, attribute = place.partition(":")
        return getattr(import_module(module), attribute)()
    for entry in entry_points(group="assay.verifiers", name=name):
        return entry.load()()
    raise UnknownName("verifier", name, verifier_names())
