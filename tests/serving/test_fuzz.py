"""Requests of random fields and random bytes: never an answer of 500, never a server that has gone."""

import contextlib
import json
import math
import random
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

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
    "max_tokens",
    "temperature",
    "top_p",
    "n",
    "stream",
    "stop",
    "seed",
    "logit_bias",
    "logprobs",
    "stream_options",
    "top_k",
    "min_p",
    "typical",
    "mirostat",
    "repetition_penalty",
    "no_repeat_ngram",
    "presence_penalty",
    "user",
    "misspelt",
]
TEXT = ["prompt", "echo", "best_of", "suffix"]
CHAT = ["messages", "max_completion_tokens", "top_logprobs", "tools", "response_format"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("fuzzed")
        patch.chdir(folder)
        server = ServerProcess(folder / make_run(), "--slots", 8, "--queue", 60, "--max-tokens", 30)
    yield server
    assert server.stop() == 0


def test_random_fields(server):
    pick, requests = random.Random(1), []
    for _ in range(300):
        is_chat = pick.random() < 0.4
        body: dict[str, object] = {"model": "tiny", "max_tokens": 3}
        body |= {"messages": [{"role": "user", "content": "the"}]} if is_chat else {"prompt": "the"}
        fields = [*FIELDS, *(CHAT if is_chat else TEXT)]
        for _ in range(pick.randint(1, 2)):
            body[pick.choice(fields)] = pick.choice(VALUES)
        requests.append(("/chat/completions" if is_chat else "/completions", body))

    def ask(path: str, body: dict[str, object]) -> int:
        headers = {"content-type": "application/json"}
        answer = client.post(server.url + path, content=json.dumps(body), headers=headers)
        assert answer.status_code in (200, 400, 404), (body, answer.text)
        assert answer.status_code == 200 or set(answer.json()["error"]) == {"message", "type", "param", "code"}
        return answer.status_code

    with httpx.Client(timeout=30) as client, ThreadPoolExecutor(8) as several:  # a story in a stream has its pauses
        statuses = set(several.map(ask, *zip(*requests, strict=True)))
    assert {200, 400} <= statuses
    assert server.metric("stories_open") == 0


def send_random_bytes(server: ServerProcess, pick: random.Random) -> bytes:
    """A request with some bytes changed, and often cut short; what is answered before the connection ends."""
    body = b'{"model":"tiny","prompt":"a","max_tokens":3,"stream":%d}' % pick.randint(0, 1)
    whole = b"POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
    raw, answer = bytearray(whole % (len(body), body)), b""
    for _ in range(pick.randint(0, 6)):
        raw[pick.randrange(len(raw))] = pick.randrange(256)
    with socket.create_connection(("127.0.0.1", int(server.root.rsplit(":", 1)[1])), timeout=30) as connection:
        connection.sendall(raw[: pick.randint(1, len(raw))] if pick.random() < 0.5 else raw)
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(65536):
                answer += part
    return answer


def still_serves(server: ServerProcess) -> None:
    assert httpx.get(f"{server.root}/health").json() == {"status": "ok"}
    answer = httpx.post(f"{server.url}/completions", json={"model": "tiny", "prompt": "the", "max_tokens": 3})
    assert answer.status_code == 200
    server.wait_for("stories_open", 0)
    assert not any("Traceback" in line for line in server.log)


def test_random_bytes(server):
    pick = random.Random(2)
    for _ in range(100):
        assert not send_random_bytes(server, pick).startswith(b"HTTP/1.1 5")
    still_serves(server)


@pytest.mark.slow
def test_2000_requests(server, capsys):
    """1,200 from the server's own description, half of them against it; and 800 of random bytes."""
    schemathesis = pytest.importorskip("schemathesis", reason="pip install schemathesis")
    import requests
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis import GenerationMode

    schema = schemathesis.openapi.from_url(f"{server.root}/openapi.json")
    statuses: Counter[str] = Counter()
    often = settings(
        max_examples=300, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    session = requests.Session()

    def send(case) -> None:
        if isinstance(case.body, dict) and statuses.total() % 2:
            case.body["model"] = "tiny"
        try:
            answer = case.call(session=session, timeout=60)
        except requests.exceptions.InvalidHeader:  # nothing that can be sent
            statuses["not sent"] += 1
            return
        statuses[str(answer.status_code)] += 1
        assert answer.status_code < 500, (case.body, answer.text)
        assert b'"server_error"' not in answer.content, case.body

    for path in ("/v1/completions", "/v1/chat/completions"):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            often(given(schema[path]["POST"].as_strategy(generation_mode=mode))(send))()
    for number in range(2000 - statuses.total()):
        line = send_random_bytes(server, random.Random(number)).split(b"\r\n")[0].decode("latin-1")
        statuses[line.removeprefix("HTTP/1.1 ") or "nothing"] += 1
        assert not line.startswith("HTTP/1.1 5")
    still_serves(server)
    with capsys.disabled():
        print(f"\n2,000 fuzzed requests: {dict(statuses.most_common())}")
    assert statuses["200"] > 50
    assert statuses["400"] > 50
