"""Chromium without a window, driven through a pair of pipes (the Chrome DevTools Protocol with --remote-debugging-pipe): nothing has to
be installed for it."""

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import Any, Self

from pocket_narrator.errors import InteropError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
FLAGS = (
    *("--headless", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic", "--disable-dev-shm-usage"),
)
PATIENCE_S = 180.0  # for one answer
GRACE_S = 5.0  # to end by itself
# It reads from 3 and writes to 4, whatever numbers the pipes have here.
_BEGIN = """import os, sys
read, write = (os.dup(int(number)) for number in sys.argv[1:3])
read, write = os.dup(read), os.dup(write)
os.dup2(read, 3)
os.dup2(write, 4)
os.execv(sys.argv[3], sys.argv[3:])"""


class BrowserError(Exception):
    """The browser could not be started, or has gone."""


class AnswerError(BrowserError):
    """The browser could not do what it was asked for."""


@dataclass(frozen=True)
class OpenedPage:
    """What a page has done."""

    stories: list[list[int]]  # tokens
    requests: list[str]  # addresses


def find_browser() -> str | None:
    """The program, on a system where it can be driven through pipes."""
    return None if os.name == "nt" else next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A Chromium of its own, with an empty profile, until the context ends."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._requests: list[str] = []
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._number = 0
        self._sending = threading.Lock()  # what happens meanwhile is answered from another thread
        self._throttle = 1.0
        self.version = ""

    def __enter__(self) -> Self:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        # As root it has no sandbox.
        alone = ["--no-sandbox"] if os.geteuid() == 0 else []
        flags = [*FLAGS, *alone, f"--user-data-dir={self._profile.name}", "about:blank"]
        command = [sys.executable, "-I", "-S", "-c", _BEGIN, str(to_read), str(to_write), self._program, *flags]
        self._process = subprocess.Popen(
            command, pass_fds=(to_read, to_write), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self.version = self._ask("Browser.getVersion")["product"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            os.close(self._to)
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._profile.cleanup()

    def tell(self, address: str, stories: list[dict[str, Any]]) -> OpenedPage:
        """Opens a page and lets it generate. InteropError where it fails."""
        session = self.open(address)
        told = [
            self.evaluate(
                session,
                f"pocketNarrator({json.dumps(one['prompt'])}, {json.dumps(one['options'])}).then(one => one.tokens)",
            )
            for one in stories
        ]
        return OpenedPage(told, list(self._requests))

    def open(self, address: str, throttle: float = 1.0) -> str:
        """A tab with a page in it; its requests, and those of its workers, are written down from here on. throttle: how many times the
        processor is slowed down for it."""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._requests.clear()
        self._throttle = throttle
        self._watch(session)
        self._ask("Page.enable", session)
        if failed := self._ask("Page.navigate", session, url=address).get("errorText"):
            raise BrowserError(f"the page does not open: {failed}")  # a browser in a sandbox may not see the file
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(AnswerError):  # the page may just be taking the place of the empty one
                if self.evaluate(session, "typeof pocketNarrator") == "function":
                    return session
            time.sleep(0.05)
        raise BrowserError("the page does not open")

    def evaluate(self, session: str, expression: str) -> Any:
        """The value of an expression in a page, or of the promise that it is."""
        found = self._ask("Runtime.evaluate", session, expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            why = str(found["exceptionDetails"].get("exception", {}).get("description"))
            raise InteropError(
                f"the page fails in {self.version}: {why.splitlines()[0][:200]}",
                hint="nothing was written; please report this",
            )
        return found["result"].get("value")

    def _watch(self, session: str) -> None:
        self._send("Network.enable", session)
        if self._throttle != 1.0:
            self._send("Emulation.setCPUThrottlingRate", session, rate=self._throttle)
        self._send("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
        self._send("Runtime.runIfWaitingForDebugger", session)

    def _ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = self._send(method, session, **parameters)
        while True:
            try:
                answer = self._answers.get(timeout=PATIENCE_S)
            except queue.Empty:
                raise BrowserError(f"no answer to {method}") from None
            if answer is None:
                raise BrowserError("the browser has gone")
            if answer.get("id") == number:
                if "error" in answer:
                    raise AnswerError(f"{method}: {answer['error'].get('message')}")
                return answer["result"]

    def _send(self, method: str, session: str | None = None, **parameters: Any) -> int:
        with self._sending:
            self._number += 1
            message = {
                "id": self._number,
                "method": method,
                "params": parameters,
                **({"sessionId": session} if session else {}),
            }
            try:
                left = json.dumps(message).encode() + b"\0"
                while left:
                    left = left[os.write(self._to, left) :]
            except OSError as error:
                raise BrowserError(f"the browser has gone: {error}") from None
            return self._number

    def _read(self) -> None:
        """Answers, and what happens meanwhile, until the pipe is closed."""
        with open(self._from, "rb", buffering=0) as stream:
            held = b""
            while part := stream.read(1 << 16):
                *messages, held = (held + part).split(b"\0")
                for message in map(json.loads, messages):
                    self._notice(message)
        self._answers.put(None)

    def _notice(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Network.requestWillBeSent":
            self._requests.append(message["params"]["request"]["url"])
        elif message.get("method") == "Target.attachedToTarget":
            with contextlib.suppress(BrowserError):
                self._watch(message["params"]["sessionId"])
        elif "id" in message:
            self._answers.put(message)
