"""A real server on loopback, in a process of its own."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from openai import OpenAI

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


class ServerProcess:
    """`narrator serve RUN --port 0`, or another verb, and further options; ready when made.

    python: what Python runs in place of the command, which must do the same.
    """

    def __init__(
        self,
        run: Path,
        *options: object,
        verb: str = "serve",
        python: Sequence[str] = ("-m", "pocket_narrator.cli.main"),
    ) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, *python, verb, str(run), "--port", "0", *map(str, options)]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        self._lines: queue.Queue[str] = queue.Queue()
        self.log: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()
        first = self._lines.get(timeout=PATIENCE_S)
        assert " at http://" in first, first
        self.url = first.split(" at ")[1].strip()
        self.root = self.url.removesuffix("/v1")

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self.log.append(line)
                self._lines.put(line)

    def client(self, key: str = "none") -> OpenAI:
        return OpenAI(base_url=self.url, api_key=key, max_retries=0, timeout=PATIENCE_S)

    def metric(self, name: str) -> float:
        lines = httpx.get(f"{self.root}/metrics").text.splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"narrator_{name} "))

    def wait_for(self, name: str, value: float) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.metric(name) != value:
            assert time.monotonic() < deadline, f"{name} is {self.metric(name)}, not {value}"
            time.sleep(0.005)

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE_S)


def asked(**more) -> dict:
    """A request of the tiny model."""
    return {"model": "tiny", "prompt": "the cat", "temperature": 1.0, "max_tokens": 20, **more}
