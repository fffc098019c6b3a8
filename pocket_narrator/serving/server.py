"""`narrator serve`: binds a port, serves until it is asked to stop, and lets what it has begun come to its end."""

import asyncio
import gc
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from pocket_narrator.errors import MissingExtraError, NarratorError
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.models.decoder_program.operations import Precision
from pocket_narrator.serving.addresses import local_url, url_for_others
from pocket_narrator.serving.connection_limits import ConnectionLimits
from pocket_narrator.serving.hosts import Hosts, is_loopback
from pocket_narrator.serving.service import Limits, Service

DRAIN_SECONDS = 30
SWITCH_SECONDS = 0.0005  # after which the telling thread lets the event loop have its turn; Python's own are 5 ms
BACKLOG = 1024  # connections that the system holds until they are accepted
ACCEPTED_AT_ONCE = 8  # before the connections that they are too many for have been ended


@dataclass(frozen=True)
class Access:
    """Who may ask."""

    key: str | None = None  # what `Authorization: Bearer` has to say
    hosts: Sequence[str] = ()  # names of this machine that it does not know itself
    origins: Sequence[str] = ()  # of pages that may read the answers (CORS)


def serve(
    run: Path, host: str, port: int, limits: Limits, precision: Precision = "fp32", access: Access | None = None,
    name: str | None = None, connections: int = ConnectionLimits.connections,
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
    access = access or Access()
    with bind(host, port) as listening:
        narrator = Narrator.load(run, precision=precision)
        service = Service(narrator, name or run.resolve().name, limits)

        def tell_where() -> None:
            here = listening.getsockname()[1]
            print(f"{service.name} at {local_url(host, here)}/v1", file=sys.stderr, flush=True)
            if (others := url_for_others(host, here)) is not None:
                print(f"from other machines: {others}/v1", file=sys.stderr)
            if not is_loopback(host) and access.key is None:
                print("warning: anyone who reaches this machine can use it; --api-key asks for a key", file=sys.stderr)

        def drain() -> None:
            service.is_draining = True

        app = make_app(service, access.key, Hosts(host, access.hosts, access.origins), access.origins)
        run_app(app, listening, tell_where, drain, DRAIN_SECONDS, connections)


def run_app(
    app: Any, listening: socket.socket, started: Callable[[], None], stopping: Callable[[], None], drain_seconds: int,
    connections: int = ConnectionLimits.connections,
) -> None:  # fmt: skip
    """Runs an ASGI application until SIGTERM or SIGINT, and returns; a second one does not wait for open answers.

    started: called when requests are answered. stopping: called when the signal comes. drain_seconds: how long answers
    that have begun may go on then. connections: open at once, or fewer where the system has no room for them.
    """
    import uvicorn

    from pocket_narrator.serving.connections import Complaints, limited, most_connections

    limits = ConnectionLimits(most_connections(connections))

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            asyncio.get_running_loop().set_exception_handler(Complaints())
            await super().startup(sockets)
            listening.listen(BACKLOG)  # asyncio has shortened it to what it accepts at once
            started()
            if limits.connections < connections:
                found = f"descriptors (ulimit -n) are enough for {limits.connections} connections only"
                print(f"warning: {found}", file=sys.stderr, flush=True)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            self.force_exit = self.should_exit  # the second time
            self.should_exit = True
            stopping()

    config = uvicorn.Config(
        app,
        http=limited(limits),
        ws="none",
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=drain_seconds,
        timeout_keep_alive=limits.idle_seconds,  # type: ignore[arg-type]
        h11_max_incomplete_event_size=limits.header_bytes,
        backlog=ACCEPTED_AT_ONCE,
        server_header=False,
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
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG
        )
    except (OSError, OverflowError) as error:
        raise NarratorError(
            f"port {port} of {host} cannot be used: {error}", hint="stop what uses it, or choose another with --port"
        ) from None
