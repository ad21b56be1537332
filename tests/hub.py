"""A small Hugging Face Hub over HTTP: it takes new datasets and commits, as the real one does.

with Hub() as hub:
    subprocess.run([...], env={"HF_ENDPOINT": hub.address, "HF_TOKEN": "hf_good"})
hub.files["me/first"]["data/train-00000-of-00001.parquet"]   # the bytes that were pushed
"""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlparse

TOKEN = "hf_good"


class Hub:
    """Answers the calls that creating a dataset and uploading a folder make."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.uploaded: dict[str, bytes] = {}
        self.broken = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Hub":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, object]:
        parts = [unquote(part) for part in urlparse(path).path.strip("/").split("/")]
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        if parts[:2] == ["api", "datasets"]:
            return self._dataset("/".join(parts[2:4]), method, parts[4:], body)
        if path.endswith("/info/lfs/objects/batch"):
            return 200, self._batch(json.loads(body))
        if parts[0] == "lfs" and method == "PUT":
            self.uploaded[parts[1]] = body
            return 200, {}
        return 404, {"error": f"nothing at {method} {path}"}

    def _create(self, asked: dict) -> tuple[int, object]:
        name = f"{asked.get('organization') or 'me'}/{asked['name']}"
        known = name in self.files
        if not known:
            self.files[name] = {".gitattributes": b""}
            self.private[name] = bool(asked.get("private") or asked.get("visibility") == "private")
        return (409 if known else 200), {"url": f"{self.address}/datasets/{name}", "name": name}

    def _dataset(self, name: str, method: str, rest: list[str], body: bytes) -> tuple[int, object]:
        if name not in self.files:
            return 404, {"error": "Repository not found"}
        if rest[:1] == ["preupload"]:
            files = json.loads(body)["files"]
            modes = {
                one["path"]: "lfs" if one["path"].endswith(".parquet") else "regular"
                for one in files
            }
            return 200, {
                "files": [
                    {"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": None}
                    for path, mode in modes.items()
                ]
            }
        if rest[:1] == ["commit"]:
            return self._commit(name, [json.loads(line) for line in body.splitlines() if line])
        if rest[:1] == ["tree"]:
            return 200, [
                {"type": "file", "path": path, "size": len(data), "oid": "0" * 40}
                for path, data in self.files[name].items()
            ]
        return 200, {
            "id": name,
            "sha": "0" * 40,
            "private": self.private[name],
            "siblings": [{"rfilename": path} for path in self.files[name]],
            "tags": [],
            "downloads": 0,
            "likes": 0,
        }

    def _batch(self, asked: dict) -> dict:
        upload = {"href": f"{self.address}/lfs/"}
        return {
            "transfer": "basic",
            "objects": [
                {
                    "oid": one["oid"],
                    "size": one["size"],
                    "actions": {"upload": {"href": upload["href"] + one["oid"], "header": {}}},
                }
                for one in asked["objects"]
            ],
        }

    def _commit(self, name: str, lines: list[dict]) -> tuple[int, object]:
        if self.broken:
            return 500, {"error": "the Hub is being mended"}
        files = dict(self.files[name])
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.uploaded[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        self.files[name] = files
        url = f"{self.address}/datasets/{name}/commit/{'1' * 40}"
        return 200, {"success": True, "commitUrl": url, "commitOid": "1" * 40, "hookOutput": ""}


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = self._chunks()
            status, answer = 401, {"error": "Invalid username or password."}
            if (
                self.path.startswith("/lfs/")
                or self.headers.get("Authorization") == f"Bearer {TOKEN}"
            ):
                status, answer = hub.answer(self.command, self.path, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _chunks(self) -> bytes:
            data = b""
            while size := int(self.rfile.readline(), 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data

        do_GET = do_POST = do_PUT = do_HEAD = _serve

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler
