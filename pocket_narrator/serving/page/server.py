"""`narrator demo`: reads the runs, and answers browsers until it is asked to stop."""

import importlib.util
import sys
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from pocket_narrator.errors import MissingExtraError
from pocket_narrator.models.kernels.decode import Precision
from pocket_narrator.serving.page.storytellers import Storyteller, open_storytellers
from pocket_narrator.serving.server import LOOPBACK, address, bind, run_app

DRAIN_SECONDS = 1  # open pages hold a connection for as long as they live
# The browser is told to fetch nothing from anywhere else, whatever a library would like to.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'"
)

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


def serve_page(runs: Sequence[Path], host: str, port: int, precision: Precision = "fp32") -> None:
    """Serves the page until SIGTERM or SIGINT; stories that are being told end then.

    Raises NarratorError where the port cannot be had, and what `open_storytellers` raises, before anything is served. Each
    run is read once. port 0: any that is free.
    """
    if importlib.util.find_spec("gradio") is None:
        raise MissingExtraError("gradio", "demo")
    with bind(host, port) as listening:
        storytellers = open_storytellers(runs, precision)
        for storyteller in storytellers:
            storyteller.worker.start()

        def tell_where() -> None:
            names = ", ".join(one.name for one in storytellers)
            print(f"{names} at {address(host, listening)}", file=sys.stderr, flush=True)
            if host not in LOOPBACK:
                print("warning: anyone who reaches this machine can use it", file=sys.stderr)

        application, close = _application(storytellers)
        run_app(application, listening, tell_where, close, DRAIN_SECONDS)
        for storyteller in storytellers:
            storyteller.worker.stop()


def _application(storytellers: Sequence[Storyteller]) -> tuple[Application, Callable[[], None]]:
    """And what ends the stories and connections of all open pages."""
    import gradio as gr
    from fastapi import FastAPI

    from pocket_narrator.serving.page.page import build_page
    from pocket_narrator.serving.page.readers import Readers
    from pocket_narrator.serving.page.style import CSS, HEAD, theme

    readers = Readers(storytellers)
    around = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gr.mount_gradio_app(
        around,
        build_page(readers),
        "/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,  # nobody has anything to send us
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        theme=theme(),
        css=CSS,
        head=HEAD,
    )
    mounted = around.routes[-1].app  # type: ignore[attr-defined]

    def close() -> None:
        readers.stop_all()
        mounted.stop_event.set()

    return _with_policy(around), close  # type: ignore[arg-type]


def _with_policy(app: Application) -> Application:
    """The application with POLICY in the head of every answer."""

    async def answer(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await app(scope, receive, send_with_policy)

    return answer
