"""What a job of proposing is to do, and what came of it.

Job(mode=mode, n=100, model="http://127.0.0.1:8000/v1#qwen", solvers=("cpu:smollm2-135m",),
    asking=Sampling(temperature=1.0, max_tokens=1024), solving=Sampling(max_tokens=512),
    most_solutions=8, min_confidence=0.9, seed=0)
"""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from gen.backends import ModelName, Sampling
from gen.proposing.base import Mode
from verifiers.records import content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`n` problems of a mode; `solvers` take turns, at most `most_solutions` to a question."""

    mode: Mode
    n: int
    model: str
    solvers: tuple[str, ...]
    asking: Sampling
    solving: Sampling
    template: str | None = None
    most_solutions: int = 8
    min_confidence: float = 0.9
    min_kill_rate: float = 0.8
    calibration: Path | None = None
    seed: int = 0
    give_up_after: int = 500

    @property
    def policy(self) -> str:
        """The name under which the proposals are kept."""
        return ModelName.parse(self.model).policy

    @property
    def job_id(self) -> UUID:
        """The same for every run that continues the job, whatever bounds it has."""
        return job_id(self.mode.name, self.mode.domain, self.policy, self.asking, self.seed)


def job_id(mode: str, domain: str, policy: str, asking: Sampling, seed: int) -> UUID:
    """Identifies the job of a policy that proposes in a mode; its bounds are not part of it."""
    return content_id("job", mode, domain, policy, asking.canonical(), seed)


@dataclass(slots=True)
class Made:
    """What a run did; `outcomes` counts this job's proposals by what became of them, in all runs.

    `short_because` says why there are fewer than were asked for, and is empty where there are not.
    """

    n_accepted: int = 0
    n_asked: int = 0
    n_solutions: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    short_because: str = ""
    seconds: float = 0.0
    loading_s: float = 0.0
