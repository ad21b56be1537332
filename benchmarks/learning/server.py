"""An OpenAI-compatible server over `transformers`, for machines that have no vLLM.

    $ python -m benchmarks.learning.server out/learning/models
    http://127.0.0.1:41233/v1

Serves each model in the directory under its path there, loaded when it is first asked for; the
last one stays. What waits for the same model and sampling is sampled as one batch. Seeds in
requests are ignored: a batch has one stream of random numbers.
"""

import json
import sys
import threading
import time
import traceback
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

AT_ONCE = 512
"""Completions in one batch."""

LINGER_S = 0.05
"""A batch begins when nobody came for so long: clients come back one after the other."""

SEED = 0


@dataclass(slots=True)
class Asked:
    """A request that waits; `reply` is set before `done`."""

    body: dict[str, Any]
    done: threading.Event = field(default_factory=threading.Event)
    reply: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> tuple[Any, ...]:
        """What the requests of one batch have in common."""
        body = self.body
        sampling = (body.get("temperature", 1.0), body.get("top_p", 1.0), body["max_tokens"])
        return (body["model"], *sampling)


class Sampler:
    """One thread that samples batches of what waits."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._waiting: deque[Asked] = deque()
        self._changed = threading.Condition()
        self._loaded: tuple[str, Any, Any] = ("", None, None)
        threading.Thread(target=self._work, daemon=True).start()

    def names(self) -> list[str]:
        """The paths below the root that hold whole models."""
        return sorted(
            str(one.parent.relative_to(self._root)) for one in self._root.glob("*/config.json")
        )

    def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        """Wait for one completion."""
        asked = Asked(body)
        with self._changed:
            self._waiting.append(asked)
            self._changed.notify()
        asked.done.wait()
        return asked.reply

    def _work(self) -> None:
        torch.manual_seed(SEED)
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
            n_seen = 0
            while n_seen < len(self._waiting) < AT_ONCE:
                n_seen = len(self._waiting)
                time.sleep(LINGER_S)
            with self._changed:
                first = self._waiting[0]
                batch = [one for one in self._waiting if one.kind == first.kind][:AT_ONCE]
                for one in batch:
                    self._waiting.remove(one)
            try:
                replies = self._sample(batch)
            except Exception as error:  # told to each who waits: a batch has one fate
                traceback.print_exc()
                replies = [{"error": f"{type(error).__name__}: {error}"}] * len(batch)
            for one, reply in zip(batch, replies, strict=True):
                one.reply = reply
                one.done.set()

    @torch.inference_mode()
    def _sample(self, batch: list[Asked]) -> list[dict[str, Any]]:
        name, temperature, top_p, max_tokens = batch[0].kind
        model, tokenizer = self._load(name)
        texts = [
            tokenizer.apply_chat_template(
                one.body["messages"], tokenize=False, add_generation_prompt=True
            )
            for one in batch
        ]
        inputs = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        chosen = {"temperature": temperature, "top_p": top_p, "top_k": 0} if temperature else {}
        produced = model.generate(
            **inputs.to(model.device),
            do_sample=temperature > 0,
            max_new_tokens=max_tokens,
            pad_token_id=tokenizer.pad_token_id,
            **chosen,
        )[:, inputs["input_ids"].shape[1] :].tolist()
        end = tokenizer.eos_token_id
        lengths = inputs["attention_mask"].sum(1).tolist()
        replies = []
        for row, n_prompt in zip(produced, lengths, strict=True):
            ended = end in row
            said = row[: row.index(end)] if ended else row
            text = tokenizer.decode(said, skip_special_tokens=True)
            n_tokens = len(said) + ended
            replies.append(
                {
                    "object": "chat.completion",
                    "model": name,
                    "choices": [
                        {
                            "index": 0,
                            "message": {"role": "assistant", "content": text},
                            "finish_reason": "stop" if ended else "length",
                        }
                    ],
                    "usage": {
                        "prompt_tokens": n_prompt,
                        "completion_tokens": n_tokens,
                        "total_tokens": n_prompt + n_tokens,
                    },
                }
            )
        return replies

    def _load(self, name: str) -> tuple[Any, Any]:
        if self._loaded[0] != name:
            self._loaded = ("", None, None)  # room for the next
            directory = self._root / name
            tokenizer = AutoTokenizer.from_pretrained(directory, padding_side="left")
            tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
            device = "cuda" if torch.cuda.is_available() else "cpu"
            # Few CPUs multiply bfloat16 as fast as float32.
            dtype = torch.bfloat16 if device == "cuda" else torch.float32
            model: Any = AutoModelForCausalLM.from_pretrained(directory, dtype=dtype)
            self._loaded = (name, model.to(device).eval(), tokenizer)
        return self._loaded[1:]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sampler: Sampler

    def do_GET(self) -> None:
        models = [{"id": name, "object": "model"} for name in self.sampler.names()]
        self._answer(200, {"object": "list", "data": models})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = self.sampler.complete(body)
        self._answer(500 if "error" in reply else 200, reply)

    def log_message(self, format: str, *args: Any) -> None:
        """Tell errors alone."""
        if "200" not in args:
            print(format % args, file=sys.stderr, flush=True)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


def main() -> None:
    set_verbosity_error()
    disable_progress_bar()
    handler = type("Handler", (Handler,), {"sampler": Sampler(Path(sys.argv[1]))})
    server = Server(("127.0.0.1", 0), handler)
    print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
