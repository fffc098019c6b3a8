"""A Hugging Face hub on the loopback interface: one dataset, the hub's own file protocol, and the faults of real networks."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

DATASET = "owner/stories"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server has, how it fails, and what it was asked."""

    files: dict[str, bytes]
    cut_after: dict[str, list[int]] = field(default_factory=dict)  # for each answer in turn: bytes, then it hangs up
    stated_sizes: dict[str, int] = field(default_factory=dict)  # where the listing is wrong
    damaged: set[str] = field(default_factory=set)  # sent with one bit flipped
    lost: set[str] = field(default_factory=set)  # listed, but not there
    failing: bool = False  # answers 503 to everything
    endpoint: str = ""
    gets: list[tuple[str, str | None]] = field(default_factory=list)  # files that were asked for, and which range

    def etag(self, name: str) -> str:
        return hashlib.sha256(self.files[name]).hexdigest()

    def size(self, name: str) -> int:
        return self.stated_sizes.get(name, len(self.files[name]))


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    """Runs the hub in a thread, on a free port."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        revision = "|".join(("main", COMMIT))
        if self.hub.failing:
            self._fail(503, None)
        elif re.fullmatch(rf"/api/datasets/{DATASET}/revision/({revision})", path):
            self._json({"id": DATASET, "sha": COMMIT, "siblings": [{"rfilename": name} for name in self.hub.files]})
        elif re.fullmatch(rf"/api/datasets/{DATASET}/tree/({revision})", path):
            self._json([self._entry(name) for name in self.hub.files])
        elif found := re.fullmatch(rf"/datasets/{DATASET}/resolve/(?:{revision})/(.+)", path):
            self._file(found[1])
        elif path.startswith((f"/api/datasets/{DATASET}/", f"/datasets/{DATASET}/")):
            self._fail(404, "RevisionNotFound")
        else:
            self._fail(404, "RepoNotFound")

    def _entry(self, name: str) -> dict[str, object]:
        large = {"oid": self.hub.etag(name), "size": self.hub.size(name), "pointerSize": 134}
        return {"type": "file", "path": name, "size": self.hub.size(name), "oid": "0" * 40, "lfs": large}

    def _file(self, name: str) -> None:
        if name not in self.hub.files or name in self.hub.lost:
            self._fail(404, "EntryNotFound")
            return
        raw = self.hub.files[name]
        wanted = self.headers.get("Range")
        begin = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0
        if begin > 0 and begin >= len(raw):
            self._fail(416, None)
            return
        self.send_response(206 if wanted else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Linked-Size", str(self.hub.size(name)))
        self.send_header("X-Linked-Etag", f'"{self.hub.etag(name)}"')
        self.send_header("ETag", f'"{self.hub.etag(name)}"')
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(raw) - begin))
        if wanted:
            self.send_header("Content-Range", f"bytes {begin}-{len(raw) - 1}/{len(raw)}")
        self.end_headers()
        if self.command == "HEAD":
            return
        self.hub.gets.append((name, wanted))
        if name in self.hub.damaged:
            raw = bytes([raw[0] ^ 1]) + raw[1:]
        cuts = self.hub.cut_after.get(name, [])
        if cuts:
            self.wfile.write(raw[begin : begin + cuts.pop(0)])
            self.wfile.flush()
            self.close_connection = True  # with less than was announced
        else:
            self.wfile.write(raw[begin:])

    def _json(self, value: object) -> None:
        raw = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _fail(self, status: int, code: str | None) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", code)
        self.send_header("Content-Length", "0")
        self.end_headers()
