"""The proof that a page is the same model: it is opened, and generates the same tokens as `narrator tell`, without a request."""

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from pocket_narrator.errors import InteropError
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.interop.page.browser import Browser, BrowserError, find_browser
from pocket_narrator.interop.page.bundle import HERE
from pocket_narrator.interop.page.model_file import PagePrecision
from pocket_narrator.run.loading import LoadedRun

STORIES, TOKENS = 6, 40
# Rounding differs between processors in the last bits, and now and then that decides which token is drawn.
FEWEST_EQUAL = 0.95  # of the tokens
NODE_SECONDS = 300
OLDEST_NODE = 18  # the first with all that a page needs
OPTIONS = ({}, {"top_k": 40, "top_p": 0.9}, {"temperature": 0.0}, {"repetition_penalty": 1.2, "min_p": 0.02})
REPORT = "nothing was written; please report this with the run's config.yaml"


@dataclass(frozen=True)
class Proof:
    """Where a page was opened, and what was compared there."""

    where: str | None  # None: there was nothing to open it with
    equal: int = 0  # tokens that the page chose as the run did, after the same tokens
    tokens: int = 0


@dataclass(frozen=True)
class Expected:
    """A story as `narrator tell` generates it."""

    prompt: str
    options: dict[str, Any]
    tokens: list[int]

    @property
    def asked(self) -> dict[str, Any]:
        """What a page is asked: each next token after those of the story."""
        return {"prompt": self.prompt, "options": {**self.options, "follow": self.tokens}}


def expected_stories(
    trained: LoadedRun, precision: PagePrecision, count: int = STORIES, most: int = TOKENS
) -> list[Expected]:
    """Stories of the recipe's prompts, with several options."""
    narrator = Narrator(trained.model, trained.tokenizer, trained.recipe.generation, precision)
    prompts, found = trained.recipe.generation.prompts, []
    for number in range(count):
        prompt, options = (
            prompts[number % len(prompts)],
            {**OPTIONS[number % len(OPTIONS)], "seed": number, "max_tokens": most},
        )
        tokens = [token.token for token in narrator.stream_all([prompt], 1, **options)]
        found.append(Expected(prompt, options, tokens))
    return found


def prove_page(text: str, expected: list[Expected]) -> Proof:
    """Opens a page from a file. InteropError where it asks for something, or generates other tokens."""
    with tempfile.TemporaryDirectory() as room:
        page = Path(room) / "page.html"
        page.write_text(text, encoding="utf-8", newline="\n")
        return _prove(page.as_uri(), page, expected, own=("file:", "blob:", "data:"))


def prove_folder(folder: Path, expected: list[Expected]) -> Proof:
    """The same for a website, which may ask for its own files."""
    with served(folder) as address:
        return _prove(f"{address}/index.html", folder, expected, own=(f"{address}/", "blob:", "data:"))


def _prove(address: str, path: Path, expected: list[Expected], own: tuple[str, ...]) -> Proof:
    if (program := find_browser()) is not None:
        with (
            contextlib.suppress(BrowserError),
            Browser(program) as browser,
        ):  # one that does not start here: Node is next
            found = browser.tell(address, [one.asked for one in expected])
            foreign = [asked for asked in found.requests if not asked.startswith(own)]
            return _compared(browser.version, found.stories, len(foreign), expected)
    if (node := find_node()) is not None:
        answer = tell_in_node(node, path, expected)
        return _compared(f"Node {answer['version']}", answer["stories"], answer["requests"], expected)
    return Proof(None)


def find_node() -> str | None:
    """The program, where it is new enough to run a page."""
    node = shutil.which("node")
    if node is None:
        return None
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=NODE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.match(r"v(\d+)\.", done.stdout)
    return node if version is not None and int(version[1]) >= OLDEST_NODE else None


def tell_in_node(node: str, path: Path, stories: list[Expected], seconds: float = NODE_SECONDS) -> dict[str, Any]:
    """The tokens of stories (`stories`), how many requests there were (`requests`), and Node's version. InteropError where it fails."""
    asked = json.dumps([one.asked for one in stories])
    with as_file(files(HERE) / "assets" / "check.mjs") as script:
        try:
            done = subprocess.run(
                [node, str(script), str(path)], input=asked, capture_output=True, text=True, encoding="utf-8", timeout=seconds, check=False
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise InteropError(
                f"the page has told nothing in Node for {seconds:g} seconds",
                hint="nothing was written; export it again while the machine has less to do, or a smaller model",
            ) from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InteropError(f"the page fails in Node: {last[:200]}", hint=REPORT)
    return json.loads(done.stdout)


def _compared(where: str, stories: list[list[int]], requests: int, expected: list[Expected]) -> Proof:
    if requests:
        raise InteropError(
            f"the page asks for {requests} things of others in {where}", expected="no request", hint=REPORT
        )
    pairs = [pair for one, told in zip(expected, stories, strict=True) for pair in zip(one.tokens, told, strict=False)]
    equal, tokens = sum(ours == theirs for ours, theirs in pairs), sum(len(one.tokens) for one in expected)
    if equal < FEWEST_EQUAL * tokens:
        raise InteropError(
            f"the page generates other tokens than the run: in {where} {equal} of {tokens} are the same", hint=REPORT
        )
    return Proof(where, equal, tokens)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder's files, on this machine alone."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
