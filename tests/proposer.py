"""What a model of invented luck writes: problems, some refused, malformed, wrong or doubled.

    write(messages, seed)   ->  '{"problem": "A shop has 41 pears and 7 plums. ...", ...}'
    with FakeBackend(Random(3)) as backend: ...       # the fake server's answers, in any order

The answers to a question that is no ask for a problem are those of openai_server.complete.
"""

import json
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Self

from gen.backends.base import PAUSE_S, Completion, Request, Requests, calls_of, sample_seed
from gen.errors import BackendFailed

MARK = "Answer with one JSON object"
"""Stands in every ask for a problem, and nowhere else."""


def write(messages: list[dict[str, str]], seed: int | None) -> str:
    """A new problem, as the ask wants it; the same arguments give the same text."""
    random = Random(f"{json.dumps(messages)}:{seed}")
    fate = random.random()
    if fate < 0.06:
        return "I'm sorry, but I cannot help with that."
    if fate < 0.12:
        return '{"problem": "How many'
    a, b = random.randrange(10, 1000), random.randrange(10, 1000)
    if fate < 0.2:  # these come up again and again
        a, b = random.choice([(12, 13), (40, 50)])
    body = f"return {a} + {b}"
    if 0.2 <= fate < 0.26:
        body = f"return {a} + {b} + 1"
    elif 0.26 <= fate < 0.32:
        body = "return 1 // 0"
    problem = f"A shop has {a} pears and {b} plums. How many pieces of fruit does it have?"
    answer = str(a + b) if fate < 0.2 or fate >= 0.38 else str(a + b - 1)
    return json.dumps(
        {"problem": problem, "program": f"def answer():\n    {body}\n", "answer": answer}
    )


class FakeBackend:
    """Answers at once what is asked, at most `held` at a time, in an order of `shuffle`'s making.

    With `fails_after`, it is lost when it has given so many completions.
    """

    def __init__(
        self,
        shuffle: Random | None = None,
        *,
        held: int = 64,
        fails_after: int | None = None,
        answer: Callable[[list[dict[str, str]], int], str] | None = None,
    ) -> None:
        self.shuffle, self.held, self.fails_after = shuffle, held, fails_after
        self.answer = answer or _answer
        self.n_given = self.n_tokens = self.peak = 0

    def sample(self, requests: Requests, *, seed: int) -> Iterator[Completion]:
        waiting: list[tuple[Request, int]] = []
        calls = calls_of(requests)
        drained = False
        while waiting or not drained:
            paused = False
            while not drained and not paused and len(waiting) < self.held:
                call = next(calls, False)
                drained, paused = call is False, call is None
                if call:
                    waiting.append(call)
            self.peak = max(self.peak, len(waiting))
            if not waiting:
                if paused:
                    time.sleep(PAUSE_S / 10)
                continue
            place = self.shuffle.randrange(len(waiting)) if self.shuffle else 0
            request, sample_index = waiting.pop(place)
            if self.n_given == self.fails_after:
                raise BackendFailed("the server is lost")
            self.n_given += 1
            yield self._complete(request, sample_index, seed)

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...

    def _complete(self, request: Request, sample_index: int, seed: int) -> Completion:
        chat: list[dict[str, Any]] = [
            {"role": message.role, "content": message.content} for message in request.messages
        ]
        text = self.answer(chat, sample_seed(seed, request.key, sample_index))
        words = text.split(" ")
        kept = words[: request.sampling.max_tokens]
        self.n_tokens += len(kept)
        return Completion(
            key=request.key,
            sample_index=sample_index,
            text=" ".join(kept),
            finish_reason="stop" if kept == words else "length",
            n_prompt_tokens=len(chat[-1]["content"].split()),
            n_tokens=len(kept),
        )


def _answer(messages: list[dict[str, str]], seed: int) -> str:
    from openai_server import complete

    return complete("adder", messages, seed)
