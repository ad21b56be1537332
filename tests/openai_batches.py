"""The files and batches of the fake OpenAI server, as the real API has them.

    POST /v1/files      multipart: purpose=batch, file=...     ->  {"id": "file-1", ...}
    POST /v1/batches    {"input_file_id": "file-1", "endpoint": "/v1/chat/completions", ...}
    GET  /v1/batches                                           ->  {"data": [...]}
    GET  /v1/batches/ID                                        ->  {"status": "completed", ...}
    GET  /v1/files/ID/content                                  ->  JSONL, in no promised order

A batch is validated, under way and completed, a step each time that it is asked for. Its lines meet
the server's faults: what is no answer goes to the error file.
"""

import json
import threading
from email.parser import BytesParser
from email.policy import HTTP
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openai_server import OpenAIServer

STEPS = ("validating", "in_progress", "finalizing", "completed")


class Batches:
    """What was uploaded and what became of it; `n_lines` counts the lines that were paid for."""

    def __init__(self, owner: "OpenAIServer") -> None:
        self.n_lines = 0
        self.n_created = 0
        self.expire_after: int | None = None
        self._owner = owner
        self._files: dict[str, bytes] = {}
        self._batches: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def post(self, path: str, kind: str, body: bytes) -> tuple[int, dict[str, Any]]:
        with self._lock:
            if path == "/v1/files":
                parts = _multipart(kind, body)
                if parts.get("purpose") != b"batch":
                    return 400, {"error": {"message": "purpose must be batch"}}
                return 200, self._keep(parts["file"])
            if path == "/v1/batches":
                return self._create(json.loads(body))
            if path.endswith("/cancel"):
                batch = self._batches[path.split("/")[3]]
                batch["status"] = "cancelled"
                return 200, batch
        return 404, {"error": {"message": "Not Found"}}

    def get(self, path: str) -> tuple[int, bytes]:
        with self._lock:
            _, _, what, name, *rest = (*path.partition("?")[0].split("/"), "")
            if what == "batches" and not name:
                listed = list(self._batches.values())
                return 200, json.dumps({"object": "list", "data": listed}).encode()
            rest = rest[:-1]
            if what == "files" and name in self._files and rest == ["content"]:
                return 200, self._files[name]
            if what == "batches" and name in self._batches:
                return 200, json.dumps(self._step(self._batches[name])).encode()
        return 404, json.dumps({"error": {"message": f"No such object: {name}"}}).encode()

    def _keep(self, content: bytes) -> dict[str, Any]:
        name = f"file-{len(self._files)}"
        self._files[name] = content
        return {"id": name, "object": "file", "bytes": len(content), "purpose": "batch"}

    def _create(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if asked["endpoint"] != "/v1/chat/completions" or asked["completion_window"] != "24h":
            return 400, {"error": {"message": "unsupported endpoint or window"}}
        lines = self._files[asked["input_file_id"]].splitlines()
        self.n_lines += len(lines)
        self.n_created += 1
        batch = {
            "id": f"batch_{len(self._batches)}",
            "object": "batch",
            "endpoint": asked["endpoint"],
            "input_file_id": asked["input_file_id"],
            "status": STEPS[0],
            "output_file_id": None,
            "error_file_id": None,
            "errors": None,
            "metadata": asked.get("metadata"),
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
        }
        self._batches[batch["id"]] = batch
        return 200, batch

    def _step(self, batch: dict[str, Any]) -> dict[str, Any]:
        if batch["status"] not in STEPS[:-1]:
            return batch
        batch["status"] = STEPS[STEPS.index(batch["status"]) + 1]
        if batch["status"] == "completed":
            self._answer(batch)
        return batch

    def _answer(self, batch: dict[str, Any]) -> None:
        lines = self._files[batch["input_file_id"]].splitlines()
        Random(batch["id"]).shuffle(lines)
        done, failed = [], []
        for number, line in enumerate(lines):
            if self.expire_after is not None and number >= self.expire_after:
                batch["status"] = "expired"
                error = {"code": "batch_expired", "message": "not done within 24h"}
                failed.append(_result(json.loads(line), None, error))
                continue
            asked = json.loads(line)
            fault = self._owner.begin(asked["body"])
            status, body = self._owner.reply_to(asked["body"])
            self._owner.end()
            if fault:
                status, body = 500, {"error": {"message": "Internal server error"}}
            response = {"status_code": status, "request_id": f"req-{number}", "body": body}
            (done if status == 200 else failed).append(_result(asked, response, None))
        for name, results in (("output_file_id", done), ("error_file_id", failed)):
            if results:
                batch[name] = self._keep(b"\n".join(results))["id"]
        batch["request_counts"] |= {"completed": len(done), "failed": len(failed)}


def _result(asked: dict[str, Any], response: Any, error: Any) -> bytes:
    custom_id = asked["custom_id"]
    result = {"id": f"r-{custom_id}", "custom_id": custom_id, "response": response, "error": error}
    return json.dumps(result).encode()


def _multipart(kind: str, body: bytes) -> dict[str, bytes]:
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + kind.encode() + b"\n\n" + body
    )
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
        for part in message.iter_parts()
    }
