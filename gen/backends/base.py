"""The one small interface that every model backend has.

request = Request(key=problem.problem_id, messages=(Message(role="user", content="2 + 3?"),),
                  sample_indexes=(0, 1), sampling=Sampling(max_tokens=128))
with open_backend("cpu:smollm2-135m") as backend:
    for completion in backend.sample([request], seed=0):
        completion.key, completion.sample_index, completion.text
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol, Self
from uuid import UUID

import msgspec

from gen.errors import BackendFailed
from verifiers.errors import BadInput
from verifiers.records import FinishReason, content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How completions are drawn; part of a rollout's identity.

    `max_tokens` is per completion, thinking included; `thinking_tokens` is the most of them that a
    reasoning model may think. `schema` is a JSON schema that the completion must follow, where the
    server can be held to one.
    """

    temperature: float = 0.7
    top_p: float = 1.0
    max_tokens: int = 512
    thinking_tokens: int | None = None
    schema: str | None = None

    def canonical(self) -> str:
        """The same settings as the same JSON text, always; what is not set is left out."""
        return _canonical(self)


@lru_cache(maxsize=64)
def _canonical(sampling: Sampling) -> str:
    given = {name: value for name, value in asdict(sampling).items() if value is not None}
    return msgspec.json.encode(given).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a chat."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A prompt to complete once for each of `sample_indexes`; `key` says whose it is.

    Where the last message is the assistant's, the completion goes on with it. `log_chance` asks for
    the completions' own.
    """

    key: UUID
    messages: tuple[Message, ...]
    sample_indexes: tuple[int, ...]
    sampling: Sampling
    log_chance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One sampled answer, with its counts in tokens of the model's own tokenizer.

    `text` is the answer, `thinking` what a reasoning model thought before it; `n_tokens` counts
    both, `n_thinking_tokens` the thought alone. `log_chance` is the sum of the natural logarithms
    of its tokens' chances at a temperature of 1, None where it was not asked for.
    """

    key: UUID
    sample_index: int
    text: str
    thinking: str | None = None
    finish_reason: FinishReason
    n_prompt_tokens: int
    n_tokens: int
    n_thinking_tokens: int = 0
    log_chance: float | None = None


def split_opening(messages: tuple[Message, ...]) -> tuple[tuple[Message, ...], str]:
    """The messages to answer, and what the answer is to begin with: a last message of the model's.

    "" where it begins anew.
    """
    if messages[-1].role != "assistant":
        return messages, ""
    return messages[:-1], messages[-1].content


def sample_seed(seed: int, key: UUID, sample_index: int) -> int:
    """The seed of one sample, in [0, 2^31): every server takes it, and a resumed run repeats it."""
    return content_id(seed, key, sample_index).int >> 97


Requests = Iterable[Request | None]

PAUSE_S = 0.02
"""Seconds after which a source of requests that had none is asked again."""


def calls_of(requests: Requests) -> Iterator[tuple[Request, int] | None]:
    """Each request once for each of its samples; None where there is nothing just now."""
    for request in requests:
        if request is None:
            yield None
        else:
            for sample_index in request.sample_indexes:
                yield request, sample_index


class Backend(Protocol):
    """A model ready to be sampled."""

    def sample(self, requests: Requests, *, seed: int) -> Iterator[Completion]:
        """Yield completions as they finish, in any order, drawing on `requests` as room appears.

        `requests` may yield None, "nothing to ask just now": it is drawn on again within PAUSE_S,
        whether or not something is under way, until it ends. One sampling at a time; closing the
        iterator gives up what is still under way. `requests` is drawn in the caller's thread.
        Raises BackendFailed where the model is lost, or a server will not go on with an answer or
        tell a log-chance; what was yielded before stays good.
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
    @lru_cache(maxsize=64)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOptions:
    """How a model is reached; nothing here changes what it says, or under which name it is kept.

    The rates bind servers; `batch` is the directory in which a server's batches are kept track of,
    None where it is asked directly. `tensor_parallel` and `data_parallel` are numbers of GPUs for
    `vllm:`, chosen by the model's size unless given.
    """

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    batch: Path | None = None
    tensor_parallel: int | None = None
    data_parallel: int | None = None


DEFAULT_OPTIONS = BackendOptions()


def open_backend(text: str, options: BackendOptions = DEFAULT_OPTIONS) -> Backend:
    """Load the model called `text`, or reach its server.

    Raises BadInput for a name of no known form, BackendFailed where the model cannot be had.
    """
    model = ModelName.parse(text)
    try:
        if model.kind == "http" and options.batch is not None:
            from gen.backends.batch import BatchBackend

            return BatchBackend(model, options=options)
        if model.kind == "http":
            from gen.backends.http import HttpBackend

            return HttpBackend(model, options=options)
        from gen.backends.vllm import VllmBackend

        if model.kind == "cpu":
            return VllmBackend(model)
        from gen.backends.embedded import resolve_weights
        from gen.backends.parallel import share_out, visible_gpus
        from gen.backends.vllm_engine import prepare_environment

        prepare_environment(on_cpu=False)  # before anything imports torch
        tensor, copies = share_out(visible_gpus(), resolve_weights(model.name), options)
        if copies == 1:
            return VllmBackend(model, tensor_parallel=tensor)
        from gen.backends.served import ServedBackend  # one engine has one copy

        return ServedBackend(text, options)
    except ImportError as error:
        raise BackendFailed(
            f"{text}: {error.name or error} is not installed; install assay[cpu] or assay[vllm]"
        ) from error
