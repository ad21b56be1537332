"""Model backends: one small interface over vLLM in process and OpenAI-compatible servers."""

from gen.backends.base import (
    Backend,
    BackendOptions,
    Completion,
    Message,
    ModelName,
    Request,
    Sampling,
    open_backend,
)

__all__ = [
    "Backend",
    "BackendOptions",
    "Completion",
    "Message",
    "ModelName",
    "Request",
    "Sampling",
    "open_backend",
]
