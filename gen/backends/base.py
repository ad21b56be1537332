"""The one small interface that every model backend has.

with open_backend("cpu:smollm2-135m") as backend:
    for completion in backend.sample(requests, Sampling(max_tokens=128), seed=0):
        completion.problem_id, completion.sample_index, completion.text
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self
from uuid import UUID

import msgspec

from gen.errors import BackendFailed
from verifiers.errors import BadInput
from verifiers.records import FinishReason, content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How completions are drawn; part of a rollout's identity. `max_tokens` is per completion."""

    temperature: float = 0.7
    top_p: float = 1.0
    max_tokens: int = 512

    def canonical(self) -> str:
        """The same settings as the same JSON text, always."""
        return msgspec.json.encode(self, order="deterministic").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a chat."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A prompt to complete once for each of `sample_indexes`."""

    problem_id: UUID
    messages: tuple[Message, ...]
    sample_indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One sampled answer, with its counts in tokens of the model's own tokenizer."""

    problem_id: UUID
    sample_index: int
    text: str
    finish_reason: FinishReason
    n_prompt_tokens: int
    n_tokens: int


def sample_seed(seed: int, problem_id: UUID, sample_index: int) -> int:
    """The seed of one sample, in [0, 2^31): every server takes it, and a resumed run repeats it."""
    return content_id(seed, problem_id, sample_index).int >> 97


class Backend(Protocol):
    """A model ready to be sampled."""

    def sample(
        self, requests: Iterable[Request], sampling: Sampling, *, seed: int
    ) -> Iterator[Completion]:
        """Yield completions as they finish, in any order, drawing on `requests` as room appears.

        One sampling at a time; closing the iterator gives up what is still under way. `requests` is
        drawn in the caller's thread. Raises BackendFailed where the model is lost; what was yielded
        before stays good.
        """
        ...

    def close(self) -> None:
        """Give back the model's memory and processes; may be called twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelName:
    """`vllm:NAME_OR_DIR`, `cpu:NAME_OR_DIR` or `http://HOST/v1#NAME`, taken apart."""

    kind: str
    name: str
    url: str = ""

    @classmethod
    def parse(cls, text: str) -> "ModelName":
        """Read a model's name; raises BadInput with the three forms."""
        kind, _, rest = text.partition(":")
        if kind in ("vllm", "cpu") and rest:
            return cls(kind=kind, name=rest)
        url, _, name = text.partition("#")
        if kind in ("http", "https") and rest.startswith("//") and name:
            return cls(kind="http", name=name, url=url.rstrip("/"))
        raise BadInput(
            f"{text!r} names no model: use vllm:NAME_OR_DIR, cpu:NAME_OR_DIR or http://HOST/v1#NAME"
        )

    @property
    def policy(self) -> str:
        """The name under which its rollouts are kept: a server's address is not part of it."""
        return self.name if self.kind == "http" else f"{self.kind}:{self.name}"


def open_backend(text: str) -> Backend:
    """Load the model called `text`, or reach its server.

    Raises BadInput for a name of no known form, BackendFailed where the model cannot be had.
    """
    model = ModelName.parse(text)
    try:
        if model.kind == "http":
            from gen.backends.http import HttpBackend

            return HttpBackend(model)
        from gen.backends.vllm import VllmBackend

        return VllmBackend(model)
    except ImportError as error:
        raise BackendFailed(
            f"{text}: {error.name or error} is not installed; install assay[cpu] or assay[vllm]"
        ) from error
