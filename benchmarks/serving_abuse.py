"""Abuse of `narrator serve` beside innocent clients: nothing that one client sends may reach another's story.

python benchmarks/serving_abuse.py RUN [--requests 20000] [--innocents 32] [--tokens 48] [--threads 1] [--json FILE]

Starts a server of its own on loopback and stops it. 32 innocent clients ask for streams again and again, and compare each
with what the same request got alone. Beside them, first as many ordinary requests as abusive ones (the load that the rest is
compared with), then: fuzzed requests, 8 at once (every sampling option at its extremes and beyond them, random fields, bodies that are
dear to read, random bytes), 200 connections that send half a request, and 200 clients who leave. Exit code 1 where a bar is missed:

- every answer to an innocent client is to the letter what it got alone, and there is no error
- the 99th percentile of their time to the first token beside abuse: at most twice that beside ordinary requests
- no answer of 500 or above but 503, and none missing where a whole request was sent
- /live: the 99th percentile at most twice that beside ordinary requests, or 50 ms
- idle connections are closed, and no story is left; no traceback; exit code 0
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from machine import describe_machine
from serving_load import LEAVERS, Tally, ask, leave, request_of, settle, share, start

from pocket_narrator.files.atomic import write_text
from pocket_narrator.recipe.sampling import BOUNDS

ABUSERS, IDLE, LIVE_EVERY_S = 8, 200, 0.1
FIRST_RATIO, LIVE_WITHIN = 2.0, 0.050
HALVES = (b"", b"GET /v1", b"POST /v1/completions HTTP/1.1\r\nhost: localhost\r\n", b"\x16\x03\x01")
STRANGE: list[Any] = [
    None,
    True,
    -1,
    0,
    1,
    1.5,
    2**63,
    -(2**70),
    1e308,
    float("nan"),
    "x",
    "\ud800",
    [],
    {},
    [[1]],
    "a" * 1000,
]
FIELDS = ["model", "prompt", "messages", "max_tokens", "n", "stream", "stop", "seed", "logit_bias", "logprobs", "echo", "best_of", "user", "misspelt"]  # fmt: skip
OPTIONS = [name for name in BOUNDS if name not in ("max_tokens", "seed", "logprobs", "mirostat_rate")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--innocents", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1, help="of the server")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    machine = describe_machine()
    print(f"{machine}\nserver: {arguments.threads} threads; the clients are on the same cores\n")
    with tempfile.TemporaryFile("w+") as log:
        process, url = start(arguments.run, arguments.threads, log, "--slots", "128", "--queue", "512")
        try:
            found = asyncio.run(measure(url, arguments))
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
        log.seek(0)
        tracebacks = sum("Traceback" in line for line in log)
    bars = judge(found, code, tracebacks)
    print("\n".join(["| bar | found | limit | |", "|---|---|---|---|", *(f"| {' | '.join(bar)} |" for bar in bars)]))
    if arguments.json:
        write_text(arguments.json, json.dumps({"machine": machine, "found": found}, indent=2) + "\n")
    sys.exit(any(bar[-1] != "met" for bar in bars))


async def measure(url: str, arguments: argparse.Namespace) -> dict[str, Any]:
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 0)
    requests = [request_of(2 * kind, arguments.tokens) for kind in range(arguments.innocents)]  # streams
    alone = Tally()
    expected = [await ask(address, request, alone) for request in requests]
    assert alone.answered == len(requests), alone.errors
    answers: Counter[str] = Counter()

    async def beside(work: Callable[[], Awaitable[object]]) -> tuple[Tally, list[float]]:
        """Innocent clients, and /live, while something goes on."""
        tally, live, ended = Tally(), [], asyncio.Event()

        async def innocent(number: int) -> None:
            while not ended.is_set():
                await ask(address, requests[number], tally, expected[number])

        async def look() -> None:
            while not ended.is_set():
                began = time.perf_counter()
                await converse_raw(address, b"GET /live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                live.append(time.perf_counter() - began)
                await asyncio.sleep(LIVE_EVERY_S)

        clients = [asyncio.ensure_future(innocent(number)) for number in range(len(requests))]
        clients.append(asyncio.ensure_future(look()))
        await work()
        ended.set()
        await asyncio.gather(*clients)
        return tally, live

    async def ordinary() -> None:
        tally, coming = Tally(), iter(range(arguments.requests))

        async def one() -> None:
            for number in coming:
                await ask(address, request_of(1 + 2 * (number % 32), 3), tally)

        await asyncio.gather(*(one() for _ in range(ABUSERS)))
        assert not tally.errors, tally.errors[:3]

    idle_closed = 0

    async def abuse() -> None:
        nonlocal idle_closed
        coming = iter(range(arguments.requests))

        async def one() -> None:
            for number in coming:
                whole, raw = abusive(random.Random(number))
                answer = await converse_raw(address, raw)
                answers[answer.split(b" ", 2)[1].decode("latin-1") if answer.startswith(b"HTTP/1.1 ") else "none" if whole else "none, broken"] += 1  # fmt: skip
                answers["server_error in a stream"] += b'"server_error"' in answer

        async def idle(number: int) -> int:
            answer = await converse_raw(address, HALVES[number % len(HALVES)], end=False)
            return 1 if answer is not None else 0

        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            waiting = [asyncio.ensure_future(idle(number)) for number in range(IDLE)]
            leaving = asyncio.ensure_future(leave(client, arguments.tokens))
            await asyncio.gather(*(one() for _ in range(ABUSERS)))
            answers["left"] = await leaving
            idle_closed = sum(await asyncio.gather(*waiting))

    calm, calm_live = await beside(ordinary)
    abused, abused_live = await beside(abuse)
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        left = await settle(client)
    return {
        "answers": dict(answers),
        "idle connections closed": idle_closed,
        "innocents": {"beside ordinary requests": figures(calm), "beside abuse": figures(abused)},
        "live, 99 %": {"beside ordinary requests": share(calm_live, 0.99), "beside abuse": share(abused_live, 0.99)},
        "left": left,
    }


async def converse_raw(address: tuple[str, int], raw: bytes, end: bool = True) -> bytes:
    """What comes back until the server closes; `end`: the client says that it sends no more where its request is broken."""
    reader, writer = await asyncio.open_connection(*address)
    answer = b""
    try:
        writer.write(raw)
        if end and b"connection: close" not in raw:
            writer.write_eof()
        async with asyncio.timeout(60):
            while part := await reader.read(65536):
                answer += part
    except (ConnectionError, TimeoutError):
        pass
    finally:
        writer.close()
    return answer


def abusive(pick: random.Random) -> tuple[bool, bytes]:
    """A request, and whether it is whole."""
    body: dict[str, Any] = {"model": "told", "prompt": "Once upon a time", "max_tokens": pick.choice([1, 3, 20]), "stream": pick.random() < 0.5}  # fmt: skip
    kind, is_chat = pick.random(), False
    if kind < 0.45:
        for name in pick.sample(OPTIONS, pick.randint(1, 3)):
            bounds = BOUNDS[name]
            lowest = bounds.at_least if bounds.at_least is not None else 1e-300
            beyond = [bounds.at_most * 2, 1e-38, -1, 0, 1e300]
            body[name] = pick.choice([lowest, bounds.at_most] if pick.random() < 0.8 else beyond)
        if pick.random() < 0.2:
            body["logit_bias"] = {
                str(pick.randrange(200)): pick.choice([100, -100]) for _ in range(pick.choice([1, 100]))
            }
        if pick.random() < 0.1:
            body["stop"] = ["a" * 999 + "b"] * 64
    elif kind < 0.8:
        for _ in range(pick.randint(1, 3)):
            body[pick.choice(FIELDS)] = pick.choice(STRANGE)
        is_chat = pick.random() < 0.3
    elif kind < 0.83:
        name, value = pick.choice(DEAR)
        body[name] = value
        is_chat = name == "messages"
    if is_chat:
        body.pop("prompt", None)
        body.setdefault("messages", [{"role": "user", "content": "Once"}])
    content = json.dumps(body).encode()
    path = "chat/completions" if is_chat else "completions"
    head = f"POST /v1/{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    raw = bytearray(head.encode() + content)
    if kind < 0.9:
        return True, bytes(raw)
    for _ in range(pick.randint(1, 6)):
        raw[pick.randrange(len(raw))] = pick.randrange(256)
    return False, bytes(raw[: pick.randint(1, len(raw))]) + b"\r\n" * 2


DEAR: list[tuple[str, Any]] = [
    ("messages", [{"role": "user", "content": "a" * 900_000}]),
    ("messages", [{"role": "user", "content": "\U0001f642 " * 70_000}]),
    ("messages", [{"role": "user", "content": [1] * 90_000}]),
    ("prompt", [1] * 90_000),
    ("prompt", [1] * 90_000 + ["a"]),
    ("prompt", [[]] * 5_000),
    ("prompt", "word " * 150_000),
    ("logit_bias", {str(n): -100 for n in range(50_000)}),
    ("logit_bias", {str(n): "x" for n in range(50_000)}),
    ("metadata", {str(n): 1 for n in range(50_000)}),
]


def figures(tally: Tally) -> dict[str, Any]:
    first = {"median": share(tally.first, 0.5), "99 %": share(tally.first, 0.99)}
    return {
        "answered": tally.answered,
        "other text": tally.mixed,
        "refused": len(tally.refused),
        "errors": tally.errors[:5] + [f"{len(tally.errors)} in all"] * bool(tally.errors),
        "first token, s": first,
    }


def judge(found: dict[str, Any], code: int, tracebacks: int) -> list[tuple[str, str, str, str]]:
    calm, abused = found["innocents"].values()
    answers = found["answers"]
    bars: list[tuple[str, str, str, bool]] = []
    what = f"{abused['answered']:,} answers, {abused['other text']} other, {abused['refused']} refused, errors: {abused['errors'] or 0}"
    bars.append(("innocent streams", what, "none disturbed", not (abused["other text"] or abused["errors"] or abused["refused"])))  # fmt: skip
    before, beside = calm["first token, s"]["99 %"], abused["first token, s"]["99 %"]
    times = f"{1000 * beside:.0f} ms; {1000 * before:.0f} ms beside ordinary requests"
    bars.append(("99 % of their first tokens", times, f"{FIRST_RATIO:g} times", beside <= FIRST_RATIO * before))
    bad = {
        status: n for status, n in answers.items() if n and (status == "none" or (status[0] == "5" and status != "503"))
    }
    bad |= {"server_error": answers["server_error in a stream"]} if answers["server_error in a stream"] else {}
    shown = ", ".join(f"{status}: {count:,}" for status, count in sorted(answers.items()) if count)
    bars.append(("answers to abuse", shown, "no 500, none missing", not bad))
    live = found["live, 99 %"]
    before, beside = live["beside ordinary requests"], live["beside abuse"]
    times = f"{1000 * beside:.0f} ms; {1000 * before:.0f} ms beside ordinary requests"
    bars.append(
        ("99 % of /live", times, f"{FIRST_RATIO:g} times, or 50 ms", beside <= max(LIVE_WITHIN, FIRST_RATIO * before))
    )
    left = found["left"]
    what = f"{found['idle connections closed']} of {IDLE} idle closed, {answers['left']} of {LEAVERS} left, {left['stories_open']:.0f} stories open"
    is_clean = found["idle connections closed"] == IDLE and answers["left"] == LEAVERS and not left["stories_open"]
    bars.append(("idle and leaving clients", what, "all; none", is_clean))
    bars.append(
        ("the server at its end", f"exit code {code}, {tracebacks} tracebacks", "0, 0", code == tracebacks == 0)
    )
    return [(name, what, limit, "met" if is_met else "MISSED") for name, what, limit, is_met in bars]


if __name__ == "__main__":
    main()
