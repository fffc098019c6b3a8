"""`narrator demo`: reads the runs, and answers browsers until it is asked to stop."""

import contextlib
import importlib.util
import sys
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from pocket_narrator.errors import MissingExtraError
from pocket_narrator.models.decoder_program.operations import Precision
from pocket_narrator.serving.addresses import local_url, qr_code, url_for_others
from pocket_narrator.serving.gate import refuse
from pocket_narrator.serving.hosts import Hosts, is_loopback
from pocket_narrator.serving.page.storytellers import Storyteller, open_storytellers
from pocket_narrator.serving.server import bind, run_app

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


def serve_page(
    runs: Sequence[Path], host: str, port: int, precision: Precision = "fp32", more_hosts: Sequence[str] = ()
) -> None:
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
            here = listening.getsockname()[1]
            print(f"{names} at {local_url(host, here)}", file=sys.stderr, flush=True)
            if not is_loopback(host):
                _tell_others(url_for_others(host, here))

        application, close = _application(storytellers, Hosts(host, more_hosts))
        run_app(application, listening, tell_where, close, DRAIN_SECONDS)
        for storyteller in storytellers:
            storyteller.worker.stop()


def _tell_others(url: str | None) -> None:
    """What a phone needs to open the page."""
    if url is not None:
        print(f"on a phone or another machine of this network: {url}", file=sys.stderr)
        code = qr_code(url) if sys.stderr.isatty() else None
        if code is not None:
            with contextlib.suppress(UnicodeEncodeError):  # a terminal without these characters has the address
                print(code, file=sys.stderr)
    print("warning: anyone who reaches this machine can use it", file=sys.stderr, flush=True)


def _application(storytellers: Sequence[Storyteller], hosts: Hosts) -> tuple[Application, Callable[[], None]]:
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
        enable_monitoring=False,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        theme=theme(),
        css=CSS,
        head=HEAD,
    )
    mounted = around.routes[-1].app  # type: ignore[attr-defined]

    def close() -> None:
        readers.stop_all()
        mounted.stop_event.set()

    return _guarded(around, hosts), close  # type: ignore[arg-type]


def _guarded(app: Application, hosts: Hosts) -> Application:
    """The application, for requests to its own names only, and with POLICY in the head of every answer."""

    async def answer(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        has_begun = False

        async def send_with_policy(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        if scope["type"] == "http":
            why = hosts.why_not(dict(scope["headers"]))
            if why is not None:
                await refuse(send_with_policy, 403, {"error": why})
                return
        try:
            await app(scope, receive, send_with_policy)
        except Exception as error:
            if not (has_begun and _is_refusal(error)):
                raise
            await send({"type": "http.response.body", "body": b""})

    return answer


def _is_refusal(error: BaseException | None) -> bool:
    """Gradio begins the stream of a page before it looks whether it knows the page; what it then raises is an answer, not a bug."""
    from starlette.exceptions import HTTPException

    while error is not None and not isinstance(error, HTTPException):
        error = error.__cause__
    return error is not None
