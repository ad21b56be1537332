"""An OpenAI-compatible server that needs no model: real HTTP, real protocol, invented answers.

    with OpenAIServer(faults=Faults(too_many=0.2)) as server:
        open_backend(f"{server.url}#adder")          # server.url is http://127.0.0.1:PORT/v1

    python tests/openai_server.py --port 0           # prints its address; lives until it is killed

The answer to a prompt is the sum of the integers in it, right as often as the prompt's own seeded
luck has it, sometimes absent. It depends on (model, messages, seed) alone. Files and batches are in
openai_batches.py.
"""

import argparse
import json
import re
import threading
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, Self

import proposer
from openai_batches import Batches


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong, each as a share of the requests in [0, 1]; together at most 1."""

    too_many: float = 0.0
    server_error: float = 0.0
    hang: float = 0.0
    disconnect: float = 0.0
    cut_short: float = 0.0
    garbage: float = 0.0
    slow: float = 0.0

    def draw(self, random: Random) -> str | None:
        chance = random.random()
        for name, share in asdict(self).items():
            if chance < share:
                return name
            chance -= share
        return None


class OpenAIServer:
    """The server, on a free loopback port unless told otherwise; `counts` says what it has met.

    `counts` has "requests" (chat completions asked for), "completed", one entry a fault's name,
    and "peak" (the most requests it has held at once). `seeds` lists every seed asked for, and
    `arrivals` when. A body that has one of the keys that it `refuses` is answered with 400.
    Where it is asked for log-probabilities, each token's is `log_chance`; None tells none.
    `thinks` stands before every answer: in the text, or in the message's `reasoning_field`.
    """

    def __init__(
        self,
        *,
        models: tuple[str, ...] = ("adder",),
        port: int = 0,
        delay_s: float = 0.0,
        faults: Faults | None = None,
        retry_after: str | None = None,
        hang_s: float = 30.0,
        slow_s: float = 1.0,
        max_model_len: int = 4096,
        api_key: str | None = None,
        refuses: tuple[str, ...] = (),
        log_chance: float | None = None,
        thinks: str = "",
        reasoning_field: str = "",
    ) -> None:
        self.models = models
        self.delay_s = delay_s
        self.faults = faults or Faults()
        self.retry_after = retry_after
        self.hang_s = hang_s
        self.max_model_len = max_model_len
        self.slow_s = slow_s
        self.api_key = api_key
        self.refuses = refuses
        self.log_chance = log_chance
        self.thinks = thinks
        self.reasoning_field = reasoning_field
        self.counts: Counter[str] = Counter()
        self.seeds: list[int | None] = []
        self.arrivals: list[float] = []
        self.bodies: deque[dict[str, Any]] = deque(maxlen=100)
        self.batches = Batches(self)
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._held = 0
        self._server = _Listener(("127.0.0.1", port), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.daemon = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def begin(self, call: dict[str, Any]) -> str | None:
        """Note a request and draw the fault that it shall meet."""
        with self.lock:
            self.counts["requests"] += 1
            self.seeds.append(call.get("seed"))
            self.arrivals.append(time.monotonic())
            self.bodies.append(call)
            self._held += 1
            self.counts["peak"] = max(self.counts["peak"], self._held)
            fault = self.faults.draw(Random(f"fault:{self.counts['requests']}"))
            if fault:
                self.counts[fault] += 1
            return fault

    def end(self) -> None:
        with self.lock:
            self._held -= 1

    def reply_to(self, call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The status and body that a chat completion is answered with where nothing goes wrong."""
        if call["model"] not in self.models:
            return _error(404, f"The model `{call['model']}` does not exist.")
        for key in self.refuses:
            if key in call:
                return _error(400, f"Unrecognized request argument supplied: {key}")
        n_prompt = sum(len(_tokens(message["content"])) + 4 for message in call["messages"])
        if n_prompt > self.max_model_len:
            return _error(400, f"maximum context length is {self.max_model_len} tokens")
        answer = complete(call["model"], call["messages"], call.get("seed"))
        thought = self.thinks if self.reasoning_field else ""
        tokens = _tokens(thought + (answer if thought else self.thinks + answer))
        kept = "".join(tokens[: call.get("max_tokens", len(tokens))])
        message = {"role": "assistant", "content": kept[len(thought) :]}
        usage = {"prompt_tokens": n_prompt, "completion_tokens": len(_tokens(kept))}
        if thought:
            message[self.reasoning_field] = kept[: len(thought)]
            n_thought = len(_tokens(kept[: len(thought)]))
            usage["completion_tokens_details"] = {"reasoning_tokens": n_thought}
        log_chances: dict[str, Any] = {}
        if call.get("logprobs") and self.log_chance is not None:
            told = [{"token": one, "logprob": self.log_chance} for one in _tokens(kept)]
            log_chances = {"logprobs": {"content": told, "refusal": None}}
        with self.lock:
            self.counts["completed"] += 1
        return 200, {
            "id": f"chatcmpl-{self.counts['requests']}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": call["model"],
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "finish_reason": "stop" if kept == "".join(tokens) else "length",
                    **log_chances,
                }
            ],
            "usage": usage | {"total_tokens": n_prompt + usage["completion_tokens"]},
        }


def complete(model: str, messages: list[dict[str, str]], seed: int | None) -> str:
    """Answer the last message: the same three arguments give the same text."""
    prompt = messages[-1]["content"]
    if proposer.MARK in prompt:
        return proposer.write(messages, seed)
    numbers = [int(number) for number in re.findall(r"-?\d+", prompt)]
    luck = min(1.0, max(0.0, Random(f"{model}:{prompt}").uniform(-0.2, 1.2)))
    random = Random(f"{model}:{json.dumps(messages)}:{seed}")
    opening = random.choice(["Let us add them.", "First I look at the numbers.", "To begin with,"])
    steps = " ".join(f"I have {number}." for number in numbers)
    fate = random.random()
    if not numbers or (fate >= luck and random.random() < 0.3):
        return f"{opening} {steps} I am not sure how to go on."
    answer = sum(numbers) if fate < luck else sum(numbers) + random.choice([-10, -2, -1, 1, 2, 10])
    return f"{opening} {steps} So the answer is \\boxed{{{answer}}}."


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024
    owner: OpenAIServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in two writes; Nagle's algorithm would hold the second for 40 ms.
    disable_nagle_algorithm = True
    server: _Listener

    def do_GET(self) -> None:
        owner = self.server.owner
        if not self._authorised():
            return
        if self.path == "/v1/models":
            models = [
                {"id": name, "object": "model", "max_model_len": owner.max_model_len}
                for name in owner.models
            ]
            self._reply(200, {"object": "list", "data": models})
        elif self.path.startswith(("/v1/files", "/v1/batches")):
            self._send(*owner.batches.get(self.path), "application/json")
        elif self.path == "/health":
            self._reply(200, {})
        elif self.path == "/stats":
            self._reply(200, dict(owner.counts))
        else:
            self._refuse(404, "Not Found")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._authorised():
            return
        if self.path.startswith(("/v1/files", "/v1/batches")):
            kind = self.headers["Content-Type"]
            self._reply(*self.server.owner.batches.post(self.path, kind, body))
            return
        if self.path != "/v1/chat/completions":
            self._refuse(404, "Not Found")
            return
        call = json.loads(body)
        fault = self.server.owner.begin(call)
        try:
            self._answer(call, fault)
        finally:
            self.server.owner.end()

    def _answer(self, call: dict[str, Any], fault: str | None) -> None:
        owner = self.server.owner
        time.sleep(owner.delay_s)
        if fault == "hang":
            owner.stopping.wait(owner.hang_s)
        if fault in ("hang", "disconnect") or owner.stopping.is_set():
            self.close_connection = True
        elif fault == "too_many":
            self._refuse(429, "Rate limit reached", retry_after=owner.retry_after)
        elif fault == "server_error":
            self._refuse(500, "Internal server error")
        elif fault == "garbage":
            self._send(200, b'{"choices": [{"mess', "application/json")
        else:
            status, body = owner.reply_to(call)
            if fault == "slow":
                self._drip(status, json.dumps(body).encode())
            elif fault == "cut_short":
                self._send(status, json.dumps(body).encode()[:40], "application/json", claim=4000)
                self.close_connection = True
            else:
                self._reply(status, body)

    def _drip(self, status: int, body: bytes) -> None:
        """Send a body a few bytes at a time, over `slow_s` seconds."""
        self._send(status, b"", "application/json", claim=len(body))
        for start in range(0, len(body), len(body) // 9):
            self.server.owner.stopping.wait(self.server.owner.slow_s / 10)
            self.wfile.write(body[start : start + len(body) // 9])

    def _authorised(self) -> bool:
        key = self.server.owner.api_key
        if key is None or self.headers.get("Authorization") == f"Bearer {key}":
            return True
        self._refuse(401, "Incorrect API key provided")
        return False

    def _refuse(self, status: int, message: str, *, retry_after: str | None = None) -> None:
        self._reply(*_error(status, message), retry_after=retry_after)

    def _reply(self, status: int, body: Any, *, retry_after: str | None = None) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", retry_after=retry_after)

    def _send(
        self,
        status: int,
        body: bytes,
        kind: str,
        *,
        claim: int | None = None,
        retry_after: str | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(claim or len(body)))
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: stdout carries the address alone."""


def _error(status: int, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"error": {"message": message, "type": "error", "param": None, "code": status}}


def _tokens(text: str) -> list[str]:
    return re.findall(r"\s*\w+|\s*\W", text)


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake OpenAI-compatible server.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--model", action="append", help="a model to offer, may be repeated")
    parser.add_argument("--delay-s", type=float, default=0.0, help="waited before every answer")
    parser.add_argument("--hang-s", type=float, default=30.0, help="how long a hang lasts")
    parser.add_argument("--slow-s", type=float, default=1.0, help="how long a slow reply takes")
    parser.add_argument("--retry-after", help="what a 429 carries, in seconds")
    for fault in fields(Faults):
        name = fault.name.replace("_", "-")
        parser.add_argument(f"--{name}", type=float, default=0.0, help="share of requests, 0 to 1")
    options = parser.parse_args()
    server = OpenAIServer(
        models=tuple(options.model or ("adder",)),
        port=options.port,
        delay_s=options.delay_s,
        hang_s=options.hang_s,
        slow_s=options.slow_s,
        retry_after=options.retry_after,
        faults=Faults(**{fault.name: getattr(options, fault.name) for fault in fields(Faults)}),
    )
    with server:
        print(server.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
