"""Load on `narrator serve`: many clients at once, more requests than it can answer, and clients who leave.

python benchmarks/serving_load.py RUN [--seconds 60] [--clients 64] [--open-seconds 20] [--tokens 48] [--threads 1] [--json FILE]

Starts a server of its own on loopback and stops it. The client runs beside it on the same cores, so that figures are of both
together. Exit code 1 where a bar is missed:

- closed loop: each client asks again as soon as it is answered, streaming or not, for `seconds`: no error, and every answer
  is to the letter what the same request got alone
- open loop: requests arrive at random (Poisson) at 0.8 and at 3 times the rate that the closed loop reached: the 99th
  percentile of the time to the first token of those that are taken on, at 3 times, is at most twice that at 0.8 times; those
  that are refused know it within 50 ms (99 %); nothing else than answers and refusals
- 200 clients who leave after the first words: no story is left, no slot is taken
- memory of the server: after all this at most 5 % above what it was 10 seconds into the closed loop
"""

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from machine import describe_machine

from pocket_narrator.files.atomic import write_text

ROOT = Path(__file__).parents[1]
KINDS = 64  # different requests
LEAVERS, LEAVERS_AT_ONCE = 200, 20
PATIENCE = 60.0  # seconds for an answer
TTFT_RATIO, REFUSED_WITHIN, MEMORY_RATIO = 2.0, 0.050, 1.05
BEGINNINGS = (
    "Once upon a time",
    "One day, a little girl",
    "The old bear",
    "Tom and his dog were",
    "It was raining and",
)


@dataclass
class Tally:
    """What has come of requests."""

    answered: int = 0
    tokens: int = 0
    mixed: int = 0
    refused: list[float] = field(default_factory=list)  # seconds until the client knew
    first: list[float] = field(default_factory=list)  # seconds to the first token
    errors: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--open-seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1, help="of the server")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    machine = describe_machine()
    print(f"{machine}\nserver: {arguments.threads} threads, its defaults otherwise; the client is on the same cores\n")
    with tempfile.TemporaryFile("w+") as log:
        process, url = start(arguments.run, arguments.threads, log)
        try:
            found = asyncio.run(measure(url, process.pid, arguments))
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


def start(run: Path, threads: int, log: Any, *options: str) -> tuple["subprocess.Popen[str]", str]:
    command = [sys.executable, "-m", "pocket_narrator.cli.main", "serve", str(run), "--port", "0", "--name", "told"]
    command += options
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stderr=log, text=True)
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE and process.poll() is None:
        time.sleep(0.1)
        text = os.pread(log.fileno(), 10_000, 0).decode()
        if " at http://" in text:
            return process, text.split(" at ")[1].split()[0]
    process.kill()
    raise SystemExit("the server did not start: " + os.pread(log.fileno(), 2000, 0).decode())


def request_of(kind: int, tokens: int) -> dict[str, Any]:
    return {
        "model": "told",
        "prompt": BEGINNINGS[kind % len(BEGINNINGS)],
        "seed": kind,
        "temperature": 1.0,
        "max_tokens": tokens,
        "stream": kind % 2 == 0,
    }


async def ask(address: tuple[str, int], request: dict[str, Any], tally: Tally, expected: str | None = None) -> str:
    """One request; what comes of it is added to the tally. Returns the text."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            text = await converse(address, request, tally, began)
    except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
        tally.errors.append(repr(error))
        return ""
    if text is None:
        return ""
    tally.answered += 1
    tally.mixed += expected is not None and text != expected
    return text


async def converse(address: tuple[str, int], request: dict[str, Any], tally: Tally, began: float) -> str | None:
    """The text of an answer, over a connection of its own. Bare sockets: a client's pool that looks through all its connections
    at every request is late itself. None where there is no text."""
    body = json.dumps(request).encode()
    head = f"POST /v1/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(head.encode() + b"\r\n\r\n" + body)
        status = int((await reader.readuntil(b"\r\n\r\n")).split(None, 2)[1])
        if status == 503:
            await reader.read()
            tally.refused.append(time.perf_counter() - began)
            return None
        if status != 200:
            tally.errors.append(f"{status}: {(await reader.read()).decode()[:200]}")
            return None
        if not request["stream"]:
            return json.loads(await reader.read())["choices"][0]["text"]
        text, is_first = "", True
        async for line in reader:  # the lines between are lengths of chunks, which are whole events
            if line.startswith(b"data: {"):
                if is_first:
                    tally.first.append(time.perf_counter() - began)
                    is_first = False
                content = json.loads(line[6:])
                if "error" in content:
                    tally.errors.append(str(content["error"])[:200])
                    return None
                text += content["choices"][0]["text"]
            elif line == b"data: [DONE]\n":
                return text
        tally.errors.append("a stream ended before its end")
        return None
    finally:
        writer.close()


async def measure(url: str, pid: int, arguments: argparse.Namespace) -> dict[str, Any]:
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 0)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        requests = [request_of(kind, arguments.tokens) for kind in range(KINDS)]
        alone = Tally()
        expected = [await ask(address, request, alone) for request in requests]
        assert alone.answered == KINDS, alone.errors
        closed, memory = Tally(), []
        watching = asyncio.ensure_future(watch(pid, memory))
        began = time.perf_counter()
        await closed_loop(address, requests, expected, arguments, closed)
        rate = closed.answered / (time.perf_counter() - began)
        steady = next(kib for seconds, kib in memory if seconds >= min(10.0, arguments.seconds / 2))
        opened = {}
        for factor in (0.8, 3.0):
            tally = opened[factor] = Tally()
            await open_loop(address, requests, expected, factor * rate, arguments.open_seconds, tally)
        leavers = await leave(client, arguments.tokens)
        left = await settle(client)
        watching.cancel()
        after = resident(pid)
    return {
        "alone, s a request": statistics.median(alone.first) if alone.first else None,
        "requests a second, closed loop": rate,
        "memory, KiB": {"after 10 s": steady, "at the end": after, "most": max(kib for _, kib in memory)},
        "closed": summary(closed),
        "open": {f"{factor:g} x": summary(tally) for factor, tally in opened.items()},
        "disconnects": leavers,
        "left": left,
    }


async def closed_loop(
    address: tuple[str, int], requests: list[dict[str, Any]], expected: list[str], arguments: argparse.Namespace, tally: Tally
) -> None:  # fmt: skip
    ends = time.monotonic() + arguments.seconds

    async def one(number: int) -> None:
        pick = random.Random(number)
        while time.monotonic() < ends:
            kind = pick.randrange(KINDS)
            await ask(address, requests[kind], tally, expected[kind])

    await asyncio.gather(*(one(number) for number in range(arguments.clients)))


async def open_loop(
    address: tuple[str, int], requests: list[dict[str, Any]], expected: list[str], rate: float, seconds: float, tally: Tally
) -> None:  # fmt: skip
    pick, tasks, due = random.Random(0), [], time.monotonic()
    ends = due + seconds
    while due < ends:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        kind = pick.randrange(0, KINDS, 2)  # streams, for the time to the first token
        tasks.append(asyncio.ensure_future(ask(address, requests[kind], tally, expected[kind])))
        due += pick.expovariate(rate)
    await asyncio.gather(*tasks)


async def leave(client: httpx.AsyncClient, tokens: int) -> int:
    """Clients who close the connection after the first event of a long story; how many did."""

    async def one(number: int) -> bool:
        request = request_of(2 * number, 4000) | {"logit_bias": {"0": -100}}  # a story that goes on
        async with client.stream("POST", "/completions", json=request) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: {"):
                    return True
        return False

    left = 0
    for begin in range(0, LEAVERS, LEAVERS_AT_ONCE):
        left += sum(await asyncio.gather(*(one(begin + number) for number in range(LEAVERS_AT_ONCE))))
    return left


async def settle(client: httpx.AsyncClient) -> dict[str, float]:
    """Stories and slots in use, when nothing changes any more or after 10 seconds."""
    wanted = ("stories_open", "stories_active", "disconnects_total", "refused_total")
    found: dict[str, float] = {}
    for _ in range(100):
        lines = (await client.get(str(client.base_url).replace("/v1/", "/metrics"))).text.splitlines()
        values = dict(line.split(" ", 1) for line in lines if not line.startswith("#"))
        found = {name: float(values[f"narrator_{name}"]) for name in wanted}
        if found["stories_open"] == found["stories_active"] == 0:
            break
        await asyncio.sleep(0.1)
    return found


async def watch(pid: int, memory: list[tuple[float, int]]) -> None:
    began = time.monotonic()
    while True:
        memory.append((time.monotonic() - began, resident(pid)))
        await asyncio.sleep(1)


def resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def summary(tally: Tally) -> dict[str, Any]:
    return {
        "answered": tally.answered,
        "mixed": tally.mixed,
        "refused": len(tally.refused),
        "errors": tally.errors[:5] + [f"{len(tally.errors)} in all"] * bool(tally.errors),
        "first token, s": {"median": share(tally.first, 0.5), "99 %": share(tally.first, 0.99)},
        "refused within, s": {"median": share(tally.refused, 0.5), "99 %": share(tally.refused, 0.99)},
    }


def share(values: list[float], part: float) -> float | None:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else None


def judge(found: dict[str, Any], code: int, tracebacks: int) -> list[tuple[str, str, str, str]]:
    closed, calm, crowded = found["closed"], found["open"]["0.8 x"], found["open"]["3 x"]
    loops = {"closed loop": closed, "open loop, 0.8 x": calm, "open loop, 3 x": crowded}
    bars: list[tuple[str, str, str, bool]] = []
    for name, loop in loops.items():
        what = f"{loop['answered']:,} answers, {loop['mixed']} mixed, {loop['refused']:,} refused, errors: {loop['errors'] or 0}"
        bars.append((name, what, "no error, none mixed", not loop["errors"] and not loop["mixed"]))
    first, later = calm["first token, s"]["99 %"], crowded["first token, s"]["99 %"]
    times = f"{1000 * later:.0f} ms; {1000 * first:.0f} ms at 0.8 x"
    bars.append(
        ("99 % of first tokens at 3 x", times, f"{TTFT_RATIO:g} times that at 0.8 x", later <= TTFT_RATIO * first)
    )
    late = crowded["refused within, s"]["99 %"]
    bars.append(
        ("99 % of refusals within", f"{1000 * (late or 0):.0f} ms", "50 ms", late is not None and late < REFUSED_WITHIN)
    )
    left, memory = found["left"], found["memory, KiB"]
    what = (
        f"{found['disconnects']} left, {left['stories_open']:.0f} stories and {left['stories_active']:.0f} slots taken"
    )
    none = found["disconnects"] == LEAVERS and left["stories_open"] == left["stories_active"] == 0
    bars.append(("clients who leave", what, "none taken", none))
    growth = f"{memory['after 10 s'] / 1024:.0f} MiB after 10 s, {memory['at the end'] / 1024:.0f} at the end"
    bars.append(("memory", growth, "5 % more", memory["at the end"] <= MEMORY_RATIO * memory["after 10 s"]))
    bars.append(
        ("the server at its end", f"exit code {code}, {tracebacks} tracebacks", "0, 0", code == tracebacks == 0)
    )
    return [(name, what, limit, "met" if is_met else "MISSED") for name, what, limit, is_met in bars]


if __name__ == "__main__":
    main()
