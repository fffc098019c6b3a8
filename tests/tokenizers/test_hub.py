"""A tokenizer of a hub repository, from a small server on this machine that speaks the hub's file protocol."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import pocket_narrator
from pocket_narrator.tokenizers import train_bpe

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CODE = """
import json, sys
from pocket_narrator.recipe.schema import TokenizerConfig
from pocket_narrator.errors import NarratorError
from pocket_narrator.tokenizers.choose import open_pretrained
try:
    opened = open_pretrained(TokenizerConfig(kind="hub", repository=sys.argv[1], revision=sys.argv[2]))
    print(opened.tokenizer.fingerprint)
except NarratorError as error:
    print(error)
    sys.exit(2)
"""


class Hub(BaseHTTPRequestHandler):
    """`/owner/name/resolve/revision/file`, and `/api/models/owner/name/revision/revision`; of some names only trouble comes."""

    files: dict[str, bytes] = {}  # noqa: RUF012, one server a test

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, with_body: bool) -> None:
        path = self.path.split("?")[0]
        is_listing = path.startswith("/api/models/")
        owner, name, _, revision, *file = path.removeprefix("/api/models" if is_listing else "")[1:].split("/", 4)
        files = {} if name == "none" else self.files
        error = None
        if name == "gated":
            error = (403, "GatedRepo")
        elif f"{owner}/{name}" not in {"stories/small", "stories/none"}:
            error = (404, "RepoNotFound")
        elif revision not in ("main", COMMIT):
            error = (404, "RevisionNotFound")
        elif not is_listing and file[0] not in files:
            error = (404, "EntryNotFound")
        listing = {"id": f"{owner}/{name}", "sha": COMMIT, "siblings": [{"rfilename": name} for name in files]}
        raw = b"" if error else json.dumps(listing).encode() if is_listing else files[file[0]]
        self.send_response(error[0] if error else 200)
        if error:
            self.send_header("X-Error-Code", error[1])
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(raw).hexdigest()}"')
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if with_body:
            self.wfile.write(raw)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def hub(tmp_path):
    """A function that opens a repository in a process of its own: (repository, revision, environment) -> (code, text)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def ask(repository: str, revision: str = "main", **environment: str) -> tuple[int, str]:
        given = {
            **os.environ,
            "PYTHONPATH": str(Path(pocket_narrator.__file__).parents[1]),
            "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
            "HF_HOME": str(tmp_path / "cache"),
            "HF_HUB_DISABLE_XET": "1",
            **environment,
        }
        given.pop("HTTP_PROXY", None)
        given.pop("http_proxy", None)
        done = subprocess.run(
            [sys.executable, "-c", CODE, repository, revision],
            capture_output=True,
            text=True,
            env=given,
            encoding="utf-8",
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout

    yield ask
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_tokenizer_is_downloaded_once_and_kept(hub):
    tokenizer = train_bpe(["once upon a time there was a hub"] * 3, 270)
    Hub.files = {"tokenizer.json": tokenizer.to_text().encode()}
    for without_network in ({"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}):
        code, text = hub("stories/small", **without_network)
        assert code == 2
        assert "not in the cache" in text
    assert hub("stories/small") == (0, tokenizer.fingerprint + "\n")
    assert hub("stories/small", HF_HUB_OFFLINE="1") == (0, tokenizer.fingerprint + "\n")
    assert hub("stories/small", HF_ENDPOINT="http://127.0.0.1:9") == (0, tokenizer.fingerprint + "\n")


@pytest.mark.parametrize(
    ("repository", "revision", "words"),
    [
        ("stories/absent", "main", "no such repository"),
        ("stories/small", "v9", "no such revision"),
        ("stories/gated", "main", "accept the terms"),
        ("stories/none", "main", "holds no tokenizer"),
        ("no//id", "main", "no such repository"),
    ],
)
def test_what_the_hub_refuses_is_explained(hub, repository, revision, words):
    Hub.files = {"tokenizer.json": json.dumps({}).encode()}
    code, text = hub(repository, revision)
    assert code == 2
    assert words in text
    assert repository in text


def test_a_repository_with_something_else_in_it(hub):
    Hub.files = {"tokenizer.json": b'{"a": 1}'}
    code, text = hub("stories/small")
    assert code == 2
    assert "half a tokenizer" in text
