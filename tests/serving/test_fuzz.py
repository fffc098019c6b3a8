"""Requests of random fields and random bytes: never an answer of 500, never a server that has gone."""

import json
import math
import random
import socket

import httpx
import pytest

from tests.evaluation.tiny_run import make_run
from tests.serving.server_process import ServerProcess

VALUES: list[object] = [
    None, True, -1, 0, 1, 2, 1.5, 2**63, -(2**70), 1e308, math.nan, "x", "", "\ud800", [], [1], ["a"], {}, {"a": 1}, {"3": 1}, [[1]], [None],
    "a" * 1000,
]  # fmt: skip
FIELDS = [
    "model",
    "prompt",
    "max_tokens",
    "temperature",
    "top_p",
    "n",
    "stream",
    "stop",
    "seed",
    "logit_bias",
    "logprobs",
    "echo",
    "best_of",
    "suffix",
    "stream_options",
    "top_k",
    "min_p",
    "typical",
    "mirostat",
    "repetition_penalty",
    "no_repeat_ngram",
    "messages",
    "max_completion_tokens",
    "top_logprobs",
    "presence_penalty",
    "user",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("fuzzed")
        patch.chdir(folder)
        server = ServerProcess(folder / make_run(), "--slots", 8, "--queue", 60)
    yield server
    assert server.stop() == 0


def test_random_fields(server):
    pick, statuses = random.Random(1), set()
    with httpx.Client(timeout=30) as client:
        for _ in range(300):
            is_chat = pick.random() < 0.4
            body: dict[str, object] = {"model": "tiny", "max_tokens": 3}
            body |= {"messages": [{"role": "user", "content": "the"}]} if is_chat else {"prompt": "the"}
            for _ in range(pick.randint(1, 2)):
                body[pick.choice(FIELDS)] = pick.choice(VALUES)
            path = "/chat/completions" if is_chat else "/completions"
            headers = {"content-type": "application/json"}
            answer = client.post(server.url + path, content=json.dumps(body), headers=headers)
            statuses.add(answer.status_code)
            assert answer.status_code in (200, 400, 404), (body, answer.text)
            assert answer.status_code == 200 or set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert {200, 400} <= statuses
    assert server.metric("stories_open") == 0


def test_random_bytes(server):
    pick = random.Random(2)
    body = b'{"model":"tiny","prompt":"a","stream":1}'
    whole = (
        b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
    )
    for _ in range(100):
        raw = bytearray(whole % (len(body), body))
        for _ in range(pick.randint(0, 6)):
            raw[pick.randrange(len(raw))] = pick.randrange(256)
        with socket.create_connection(("127.0.0.1", int(server.root.rsplit(":", 1)[1]))) as connection:
            connection.sendall(raw[: pick.randint(1, len(raw))])
    assert httpx.get(f"{server.root}/health").json() == {"status": "ok"}
    server.wait_for("stories_open", 0)
    assert not any("Traceback" in line for line in server.log)
