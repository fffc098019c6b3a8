"""What one connection may cost: how many there are, and how long each may do nothing."""

import asyncio
import os
import sys
import time
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from pocket_narrator.serving.connection_limits import ConnectionLimits
from pocket_narrator.serving.openai.replies import encoded, problem

SPARE_DESCRIPTORS = (
    24  # kept for everything that is no connection, and for those that are accepted before they are counted
)
LEAST_CONNECTIONS = 4
LEAST_PROGRESS = 32 * 1024  # bytes that a slow reader has to take off in `write_seconds`
COMPLAIN_EVERY_S = 60.0


FULL = encoded(problem("too many connections are open; try again in a moment", "overloaded_error", "overloaded"))
FULL_ANSWER = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nconnection: close\r\nretry-after: 1\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(FULL), FULL)
)


def limited(limits: ConnectionLimits) -> type[H11Protocol]:
    """uvicorn's connection, which has no limits of its own on those that send no request or read no answer."""

    class LimitedConnection(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            self._header_timer: asyncio.TimerHandle | None = None
            self._write_timer: asyncio.TimerHandle | None = None
            self._idle_since = time.monotonic()
            if len(self.connections) >= limits.connections and not self._make_room():
                self.transport = transport
                transport.write(FULL_ANSWER)
                transport.close()
                return
            super().connection_made(transport)
            transport.set_write_buffer_limits(high=0)  # whatever cannot be sent at once is waited for
            self._expect_request()

        @property
        def is_idle(self) -> bool:
            """Whether no request is being answered."""
            return self.cycle is None or self.cycle.response_complete

        def abort(self) -> None:
            """Ends the connection, whatever has not been sent."""
            self.transport.abort()

        def _make_room(self) -> bool:
            idle = [one for one in self.connections if isinstance(one, LimitedConnection) and one.is_idle]
            if not idle:
                return False
            longest = min(idle, key=lambda one: one._idle_since)
            self.connections.discard(longest)
            longest.abort()
            return True

        def _expect_request(self) -> None:
            if self._header_timer is None:
                self._header_timer = self.loop.call_later(limits.header_seconds, self.abort)

        def _unset(self, name: str) -> None:
            timer = getattr(self, name)
            if timer is not None:
                timer.cancel()
                setattr(self, name, None)

        def data_received(self, data: bytes) -> None:
            if self.flow is None:  # refused
                return
            super().data_received(data)
            if not self.is_idle:
                self._unset("_header_timer")
            elif not self.transport.is_closing() and self.timeout_keep_alive_task is None:
                self._expect_request()

        def on_response_complete(self) -> None:
            self._idle_since = time.monotonic()
            super().on_response_complete()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._watch_reader(None)

        def resume_writing(self) -> None:
            super().resume_writing()
            self._unset("_write_timer")

        def _watch_reader(self, before: int | None) -> None:
            waiting = self.transport.get_write_buffer_size()
            if before is not None and waiting > before - LEAST_PROGRESS:
                self.abort()
                return
            self._unset("_write_timer")
            self._write_timer = self.loop.call_later(limits.write_seconds, self._watch_reader, waiting)

        def connection_lost(self, exc: Exception | None) -> None:
            self._unset("_header_timer")
            self._unset("_write_timer")
            if self.flow is not None:
                super().connection_lost(exc)
                self._unset_keepalive_if_required()

    return LimitedConnection


def most_connections(wanted: int) -> int:
    """As many as this process has descriptors for, at most `wanted`; its soft limit is raised as far as it may be."""
    if sys.platform == "win32":
        return wanted
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _open_descriptors() + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < needed:
        raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
        except (ValueError, OSError):  # the system's own limit is lower
            pass
        return min(wanted, max(LEAST_CONNECTIONS, soft - _open_descriptors() - SPARE_DESCRIPTORS))
    return wanted


def _open_descriptors() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return len(os.listdir(folder))
        except OSError:
            continue
    return SPARE_DESCRIPTORS


class Complaints:
    """The event loop's own errors: one line a minute where connections cannot be accepted, instead of a traceback for each."""

    def __init__(self) -> None:
        self._last = -COMPLAIN_EVERY_S

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), OSError) or "accept" not in context.get("message", ""):
            loop.default_exception_handler(context)
        elif time.monotonic() - self._last >= COMPLAIN_EVERY_S:
            self._last = time.monotonic()
            print(f"warning: a connection cannot be accepted: {context['exception']}", file=sys.stderr, flush=True)
