"""What the proof asks of a policy, whichever model it is.

    policy = load(Path("results/warm.pt"), settings.policy, Machine())
    policy.sample(["What is 2 + 3?"], n=8, generator=generator)[0]
    ->  8 of Completion(ids=[4, 81, 22, 83, 1], text="\\\\boxed{5}", ended=True)
    policy.chances(["What is 2 + 3?"], ["\\\\boxed{5}"])      ->  tensor([0.93])

`chances` is exact: the probability that the policy answers with just this text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch

Ids = list[int]

POLICIES = ("small", "smollm2-135m")


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a policy computes. `graphs`: whether a GPU replays whole steps as CUDA graphs."""

    device: str = "cpu"
    graphs: bool = True

    @property
    def name(self) -> str:
        """What the maker calls the device."""
        return torch.cuda.get_device_name(self.device) if self.device != "cpu" else "CPU"


@dataclass(frozen=True, slots=True)
class Completion:
    """A sampled answer; `ids` include the end token where it `ended`, and are what it costs."""

    ids: Ids
    text: str
    ended: bool


class Policy(Protocol):
    """A model that answers, and can be made likelier to."""

    @property
    def n_parameters(self) -> int: ...

    def asked(self, prompt: str) -> Ids:
        """The tokens after which the answer begins."""
        ...

    def answer(self, text: str) -> Ids:
        """The tokens of an answer, its end among them."""
        ...

    def sample(
        self, prompts: Sequence[str], *, n: int, generator: torch.Generator, greedy: bool = False
    ) -> list[list[Completion]]:
        """`n` completions of each prompt at temperature 1, or the likeliest token at each place."""
        ...

    def chances(self, prompts: Sequence[str], answers: Sequence[str]) -> torch.Tensor:
        """How likely the policy is to give each prompt just this answer, and to end there."""
        ...

    def certainties(self, prompts: Sequence[str], opening: str) -> torch.Tensor:
        """Log chance of the likeliest token after each prompt and the opening of an answer."""
        ...

    def optimizer(self, rate: float, *, weight_decay: float) -> torch.optim.Optimizer:
        """One whose steps change this policy."""
        ...

    def backward(
        self,
        asked: Sequence[Ids],
        answers: Sequence[Sequence[Ids]],
        weights: Sequence[Sequence[float]],
        *,
        divisor: int,
    ) -> None:
        """Give the parameters the gradient of -sum(weight * log chance of the answer) / divisor.

        `asked` are prompts; each has equally many answers and weights.
        """
        ...

    def save(self, path: Path) -> None:
        """Write all that `load` needs, whole or not at all."""
        ...


def load(path: Path, policy: str, machine: Machine) -> Policy:
    """The policy that `save` wrote."""
    if policy == "small":
        from benchmarks.selection.small import Small

        return Small.load(path)
    from benchmarks.selection.instruct import Instruct

    return Instruct.load(path, machine)
