"""`narrator serve`: binds a port, serves until it is asked to stop, and lets what it has begun come to its end."""

import gc
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from pocket_narrator.errors import MissingExtraError, NarratorError
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.models.kernels.decode import Precision
from pocket_narrator.serving.service import Limits, Service

DRAIN_SECONDS = 30
SWITCH_SECONDS = 0.0005  # after which the telling thread lets the event loop have its turn; Python's own are 5 ms
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(
    run: Path, host: str, port: int, limits: Limits, precision: Precision = "fp32", key: str | None = None, name: str | None = None
) -> None:  # fmt: skip
    """Serves a run until SIGTERM or SIGINT; then nothing new is taken on, and what has begun has DRAIN_SECONDS.

    Raises NarratorError where the port cannot be had, and what `Narrator.load` raises. The run is read once: it may be
    deleted while it is served. port 0: any that is free.
    """
    try:
        import uvicorn  # noqa: F401 - a missing one is told before the model is read

        from pocket_narrator.serving.app import make_app
    except ImportError as error:
        raise MissingExtraError(error.name or "fastapi", "serve") from None
    with bind(host, port) as listening:
        narrator = Narrator.load(run, precision=precision)
        service = Service(narrator, name or run.resolve().name, limits)

        def tell_where() -> None:
            print(f"{service.name} at {address(host, listening)}/v1", file=sys.stderr, flush=True)
            if host not in LOOPBACK and key is None:
                print("warning: anyone who reaches this machine can use it; --api-key asks for a key", file=sys.stderr)

        def drain() -> None:
            service.is_draining = True

        run_app(make_app(service, key), listening, tell_where, drain, DRAIN_SECONDS)


def run_app(
    app: Any, listening: socket.socket, started: Callable[[], None], stopping: Callable[[], None], drain_seconds: int
) -> None:
    """Runs an ASGI application until SIGTERM or SIGINT, and returns; a second one does not wait for open answers.

    started: called when requests are answered. stopping: called when the signal comes. drain_seconds: how long answers
    that have begun may go on then.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            started()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            self.force_exit = self.should_exit  # the second time
            self.should_exit = True
            stopping()

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=drain_seconds, server_header=False
    )
    # What has been loaded lives as long as the server: collections that look through all of it would hold up everybody.
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    Server(config).run(sockets=[listening])


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens; NarratorError where it cannot be had."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
        )
    except (OSError, OverflowError) as error:
        raise NarratorError(
            f"port {port} of {host} cannot be used: {error}", hint="stop what uses it, or choose another with --port"
        ) from None


def address(host: str, listening: socket.socket) -> str:
    """What a browser or client is given: http, host and port."""
    return f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
