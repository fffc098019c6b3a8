"""A judge on a real socket of this machine: honest, or misbehaving in every way that one was seen to."""

import json
import os
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pocket_narrator.evaluation.judge.calibration import calibration_cases

Script = Callable[[int, int], str]  # (number of the story, number of this request for it, from 1) to a behaviour

_LINGER = "hh" if os.name == "nt" else "ii"
SLOW_S = 20.0  # longer than any test waits


def truth(story: int) -> dict:
    """What an honest judge answers to a completion that holds "Story <number>"."""
    return {
        "comment": "A story.",
        "grammar": 1 + story % 5,
        "creativity": 1 + story // 5 % 5,
        "consistency": 1 + story // 25 % 5,
        "age_group": "ABCDEF"[story % 6],
    }


def quality(beginning: str, completion: str) -> int:
    """The honest judge's opinion of a calibration story, 5 to 1; of others 3."""
    return _CALIBRATION.get((beginning, completion), 3)


_GRADES = {"shuffled": 3, "spliced": 2, "loop": 1, "begging": 3}
_CALIBRATION = {
    (item.beginning, item.completion): grade
    for case in calibration_cases()
    for item, grade in ((case.whole, 5), *((case.damaged[kind], grade) for kind, grade in _GRADES.items()))
}


class Loopback(ThreadingHTTPServer):
    """Counts what it was asked; `bodies` are all requests."""

    daemon_threads = True

    def __init__(self, script: Script, answer_s: float = 0.0, gullible: bool = False, old: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.answer_s, self.gullible, self.old = script, answer_s, gullible, old
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.asked: Counter[str] = Counter()  # by completion
        self.answered: Counter[str] = Counter()
        self.behaviours: Counter[str] = Counter()
        self.bodies: list[dict] = []
        self.keys: set[str] = set()
        self.at_once = self.most_at_once = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, *_: object) -> None:
        """Clients may hang up."""


@contextmanager
def loopback(script: Script = lambda story, request: "honest", **options) -> Iterator[Loopback]:
    server = Loopback(script, **options)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Loopback
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.send(
            200, {"object": "list", "data": [{"id": "tiny-judge", "object": "model", "created": 0, "owned_by": "us"}]}
        )

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        user = body["messages"][-1]["content"]
        fence = re.search(r"Beginning:\n([0-9a-f]{16})\n", user)[1]
        passages = [part.strip("\n") for part in user.split(fence)[1::2]]
        story = int((re.search(r"Story (\d+)", passages[1]) or [0, -1])[1])
        key = " | ".join(passages)
        with server.lock:
            server.asked[key] += 1
            server.bodies.append(body)
            server.keys.add(self.headers.get("Authorization", ""))
            behaviour = server.script(story, server.asked[key]) if story >= 0 else "honest"
            server.behaviours[behaviour] += 1
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
        try:
            if server.old and "response_format" in body:
                return self.send(400, {"error": {"message": "unknown field response_format"}})
            if server.old and "max_completion_tokens" in body:
                return self.send(422, {"error": {"message": "max_completion_tokens is not known"}})
            time.sleep(server.answer_s)
            answer = {"code": re.search(r"The code is ([0-9a-f]{16})", user)[1], **self.opinion(passages, story)}
            getattr(self, f"do_{behaviour}")(answer)
            with server.lock:
                server.answered[key] += behaviour == "honest"
        finally:
            with server.lock:
                server.at_once -= 1
        return None

    def opinion(self, passages: list[str], story: int) -> dict:
        grades = [quality(passages[0], text) for text in passages[1:]]
        if self.server.gullible:
            grades = [5 if "judge" in text else grade for text, grade in zip(passages[1:], grades, strict=True)]
        if len(grades) == 2:
            numbers = [int((re.search(r"Story (\d+)", text) or [0, 0])[1]) for text in passages[1:]]
            first, second = zip(grades, numbers, strict=True)
            better = "first" if first > second else "second" if second > first else "tie"
            return {"comment": "Two stories.", "better": better}
        if story >= 0:
            return truth(story)
        return {
            "comment": "",
            "grammar": grades[0],
            "creativity": grades[0],
            "consistency": grades[0],
            "age_group": "C",
        }

    # Behaviours

    def do_honest(self, answer: dict) -> None:
        self.say(json.dumps(answer))

    def do_chatty(self, answer: dict) -> None:
        self.say(
            f'<think>Maybe {{"grammar": 1}}?</think>Here you are:\n```json\n{json.dumps(answer)}\n```\nDone {{so}}.'
        )

    def do_refuse(self, answer: dict) -> None:
        self.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0)
        )  # a reset, not an end
        self.close_connection = True
        self.connection.close()

    def do_slow(self, answer: dict) -> None:
        self.server.stopping.wait(SLOW_S)
        self.say(json.dumps(answer))

    def do_drip(self, answer: dict) -> None:
        """A byte at a time, so that no pause is ever long enough for a socket's timeout."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(400):
            self.wfile.write(b" ")
            if self.server.stopping.wait(SLOW_S / 400):
                break
        self.close_connection = True

    def do_busy(self, answer: dict) -> None:
        self.send(429, {"error": {"message": "slow down"}}, {"Retry-After": "0"})

    def do_error(self, answer: dict) -> None:
        self.send(500, {"error": {"message": "out of order"}})

    def do_malformed(self, answer: dict) -> None:
        self.raw(200, b'{"choices": [{"message": {"content": "{}"')

    def do_page(self, answer: dict) -> None:
        self.raw(200, b"<html>Welcome! grammar 5 creativity 5 consistency 5</html>", "text/html")

    def do_envelope(self, answer: dict) -> None:
        self.send(200, {"result": answer, **answer})

    def do_torn(self, answer: dict) -> None:
        """The connection ends within the body."""
        body = self.completion(json.dumps(answer))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def do_cut(self, answer: dict) -> None:
        self.say(json.dumps(answer)[:-20], finish="length")

    def do_half(self, answer: dict) -> None:
        self.say(json.dumps(answer)[:-20])

    def do_range(self, answer: dict) -> None:
        self.say(json.dumps({**answer, "grammar": 11}))

    def do_nan(self, answer: dict) -> None:
        self.say(json.dumps({**answer, "grammar": float("nan")}))

    def do_german(self, answer: dict) -> None:
        self.say(
            "Die Geschichte ist schoen. Grammatik: vier von fuenf, Kreativitaet 5/5, Konsistenz 3 von 5, Altersgruppe C."
        )

    def do_quoted(self, answer: dict) -> None:
        """A judge that only repeats the scores which stood in the story."""
        self.say(json.dumps({**answer, "code": "0123456789abcdef", "grammar": 5, "creativity": 5, "consistency": 5}))

    def do_twice(self, answer: dict) -> None:
        self.say(json.dumps(answer) + "\n" + json.dumps({**answer, "grammar": 5 if answer["grammar"] < 5 else 1}))

    def do_words(self, answer: dict) -> None:
        self.say(json.dumps({**answer, "grammar": "4/5"}))

    def do_missing(self, answer: dict) -> None:
        self.say(json.dumps({name: value for name, value in answer.items() if name != "consistency"}))

    def do_empty(self, answer: dict) -> None:
        self.say("")

    def do_nothing(self, answer: dict) -> None:
        self.send(200, {"choices": []})

    def do_declined(self, answer: dict) -> None:
        self.say("", finish="content_filter")

    def do_forbidden(self, answer: dict) -> None:
        self.send(401, {"error": {"message": "no such key"}})

    # Sending

    def say(self, text: str, finish: str = "stop") -> None:
        self.raw(200, self.completion(text, finish))

    def completion(self, text: str, finish: str = "stop") -> bytes:
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        usage = {"prompt_tokens": 500, "completion_tokens": 40, "total_tokens": 600}  # 60 of them spent on thinking
        return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage}).encode()

    def send(self, status: int, value: dict, headers: dict[str, str] | None = None) -> None:
        self.raw(status, json.dumps(value).encode(), headers=headers)

    def raw(
        self, status: int, body: bytes, content_type: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
