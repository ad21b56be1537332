"""Batches of an OpenAI-compatible server: cheap, within a day, and never paid for twice.

    options = BackendOptions(batch=Path("assay.duckdb.batches"))
    with BatchBackend(ModelName.parse("https://HOST/v1#NAME"), options=options) as backend:
        for completion in backend.sample(requests, seed=0): ...

Samples are uploaded as a file of JSON lines, run as a batch, asked for now and then, and fetched.
A run that was killed takes up the batches that batch_log.py knows. What failed in a batch is asked
for again in the next one.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import httpx
import msgspec

from gen.backends.base import (
    PAUSE_S,
    BackendOptions,
    Completion,
    ModelName,
    Requests,
    calls_of,
)
from gen.backends.batch_log import BatchLog, Entry
from gen.backends.chat_reply import (
    PROMPT_REFUSED,
    MalformedReply,
    PromptRefused,
    decode,
    read_body,
    refusal,
)
from gen.backends.chat_request import (
    Call,
    chat_body,
    check_chance,
    check_needs,
    refused_option,
)
from gen.backends.patience import Patience, what_happened
from gen.errors import BackendFailed
from verifiers.records import content_id

MOST_CALLS = 50_000
MOST_BYTES = 100 << 20
"""OpenAI's own bounds for a batch are 50,000 requests and 200 MB."""
ROUNDS = 5
"""In how many batches a sample may fail before it is given up as an error."""
TIMEOUT_S = 300.0
END: Any = object()
T = TypeVar("T")


class _File(msgspec.Struct):
    id: str


class _Batch(msgspec.Struct):
    id: str
    status: str
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: Any = None
    metadata: dict[str, str] | None = None


class _Batches(msgspec.Struct):
    data: list[_Batch]


class _Response(msgspec.Struct):
    status_code: int
    body: msgspec.Raw = msgspec.Raw(b"{}")


class _Result(msgspec.Struct):
    custom_id: str
    response: _Response | None = None
    error: Any = None


@dataclass(slots=True)
class _Sample:
    """A sample to be had, a line of a batch; `n_left` counts the batches it may still fail in."""

    call: Call
    custom_id: str
    body: dict[str, Any]
    n_left: int = ROUNDS


class BatchBackend:
    """A model behind a server's batch API."""

    def __init__(
        self,
        model: ModelName,
        *,
        options: BackendOptions,
        first_wait_s: float = 0.5,
        poll_s: float = 15.0,
    ) -> None:
        """Keep track of batches in `options.batch`; ask for each every `poll_s` seconds."""
        assert options.batch is not None
        self._model, self._poll_s = model, poll_s
        self._log = BatchLog(options.batch, f"{model.url}#{model.name}")
        self._patience = Patience(model.url, attempts=10, first_wait_s=first_wait_s)
        self._left_out: set[str] = set()
        key = os.environ.get("OPENAI_API_KEY")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(headers=headers, timeout=TIMEOUT_S)

    def sample(self, requests: Requests, *, seed: int) -> Iterator[Completion]:
        """Yield completions batch by batch; a sample that fails again and again ends in "error"."""
        known = self._log.entries()
        home = {custom_id: entry for entry in known for custom_id in entry.custom_ids}
        wanted: set[str] = set()
        samples = self._samples(requests, seed)
        waiting: dict[str, _Sample] = {}
        ended = False
        while not ended or waiting:
            while not ended and len(waiting) < MOST_CALLS:
                sample = next(samples, END)
                if sample is END:
                    ended = True
                elif sample is not None:
                    waiting[sample.custom_id] = sample
                elif waiting:
                    break  # whoever waits for these answers may have more to ask then
                else:
                    time.sleep(PAUSE_S)
            entry = next((home[one] for one in waiting if one in home), None)
            if entry is not None:  # from a run that was killed
                wanted.add(entry.digest)
                home = {one: other for one, other in home.items() if other is not entry}
            elif waiting:
                entry = self._new_entry(waiting)
            else:
                continue
            yield from self._outcomes(entry, waiting)
        for entry in known:
            if entry.digest not in wanted:
                self._log.remove(entry)

    def close(self) -> None:
        """Close the connection; batches under way go on at the server."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _samples(self, requests: Requests, seed: int) -> Iterator[_Sample | None]:
        for call in calls_of(requests):
            if call is None:
                yield None
                continue
            body = chat_body(self._model.name, call, seed)
            place = content_id(call[0].key, call[1], msgspec.json.encode(body).decode())
            yield _Sample(call, str(place), body)

    def _new_entry(self, waiting: dict[str, _Sample]) -> Entry:
        lines: list[bytes] = []
        custom_ids: list[str] = []
        n_bytes = 0
        for custom_id, sample in waiting.items():
            body = {name: part for name, part in sample.body.items() if name not in self._left_out}
            line = {
                "custom_id": custom_id,
                "method": "POST",
                "url": "/v1/chat/completions",
                "body": body,
            }
            lines.append(msgspec.json.encode(line))
            custom_ids.append(custom_id)
            n_bytes += len(lines[-1])
            if n_bytes > MOST_BYTES or len(lines) == MOST_CALLS:
                break
        round_ = min(sample.n_left for sample in waiting.values())
        digest = content_id(self._model.url, round_, time.time_ns(), *custom_ids).hex
        entry = Entry(
            digest=digest, url=f"{self._model.url}#{self._model.name}", custom_ids=custom_ids
        )
        self._log.write(entry)
        self._create(entry, b"\n".join(lines))
        return entry

    def _create(self, entry: Entry, content: bytes) -> None:
        file = self._ask(
            "POST", "/files", _File, data={"purpose": "batch"}, files={"file": ("b.jsonl", content)}
        )
        asked = {
            "input_file_id": file.id,
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "metadata": {"assay": entry.digest},
        }
        entry.batch_id = self._ask("POST", "/batches", _Batch, json=asked).id
        self._log.write(entry)
        self._patience.tell(
            f"has batch {entry.batch_id} of {len(entry.custom_ids)} samples",
            detail="; it is asked for until it is done, and taken up again after an interruption",
        )

    def _outcomes(self, entry: Entry, waiting: dict[str, _Sample]) -> Iterator[Completion]:
        """Wait for a batch; yield what it answers of `waiting`, leave there what it does not."""
        batch = self._over(entry)
        if batch is None:
            self._log.remove(entry)
            return
        for file_id in (batch.output_file_id, batch.error_file_id):
            for line in self._content(file_id).splitlines() if file_id else ():
                result = decode(line, _Result)
                if (sample := waiting.get(result.custom_id)) is not None:
                    completion = self._completion(sample, result)
                    if completion is not None:
                        del waiting[result.custom_id]
                        yield completion
        for custom_id in entry.custom_ids:
            if (sample := waiting.get(custom_id)) is not None:
                sample.n_left -= 1
                if not sample.n_left:
                    del waiting[custom_id]
                    yield refusal(0, "", sample.call[0].key, sample.call[1]).completion

    def _over(self, entry: Entry) -> _Batch | None:
        """The batch at its end; None where the server has never had it, or has it no more."""
        if entry.batch_id is None:
            made = self._ask("GET", "/batches?limit=100", _Batches).data
            ours = [one for one in made if (one.metadata or {}).get("assay") == entry.digest]
            if not ours:
                return None
            entry.batch_id = ours[0].id
            self._log.write(entry)
        while True:
            batch = self._ask("GET", f"/batches/{entry.batch_id}", _Batch)
            if batch.status in ("completed", "expired"):
                return batch
            if batch.status in ("failed", "cancelled"):
                self._log.remove(entry)
                why = " ".join(str(batch.errors or "").split())[:200]
                raise BackendFailed(
                    f"{self._model.url} batch {batch.id} {batch.status} {why}; "
                    "run the command again for a new one"
                )
            time.sleep(self._poll_s)

    def _completion(self, sample: _Sample, result: _Result) -> Completion | None:
        """What a line of a batch says; None where the sample is to be asked for again."""
        request, sample_index = sample.call
        response = result.response
        if response is None:
            self._patience.tell("leaves samples of a batch undone", detail="; asking again")
            return None
        content = bytes(response.body)
        check_needs(self._model.url, sample.body, status=response.status_code, content=content)
        if response.status_code in PROMPT_REFUSED:
            text = content.decode(errors="replace")
            refused: PromptRefused = refusal(response.status_code, text, request.key, sample_index)
            if (option := refused_option(refused, sample.body)) is not None:
                self._left_out.add(option)
                self._patience.tell(f"refuses {option}", detail=f", going on without: {refused}")
                return None
            self._patience.tell("refuses a prompt", detail=f": {refused}")
            return refused.completion
        try:
            if response.status_code == 200:
                completion = read_body(content, request.key, sample_index)
                return check_chance(self._model.url, sample.call, completion)
        except MalformedReply:
            pass
        self._patience.tell(
            f"answers {response.status_code} to samples of a batch", detail="; asking again"
        )
        return None

    def _content(self, file_id: str) -> bytes:
        return self._patiently(lambda: self._send("GET", f"/files/{file_id}/content").content)

    def _ask(self, method: str, path: str, kind: type[T], **what: Any) -> T:
        return self._patiently(lambda: decode(self._send(method, path, **what).content, kind))

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        reply = self._client.request(method, f"{self._model.url}{path}", **what)
        reply.raise_for_status()
        return reply

    def _patiently(self, ask: Callable[[], T]) -> T:
        try:
            return self._patience.blocking(ask)
        except (httpx.HTTPError, MalformedReply) as error:
            raise BackendFailed(
                f"{self._model.url} {what_happened(error)}; see that it has /files and /batches "
                "and run the command again, batches under way are taken up"
            ) from error
