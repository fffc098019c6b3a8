"""What every request passes before anything reads it: its size, its key, its number; and what is logged when it is done."""

import asyncio
import hmac
import json
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from pocket_narrator.serving.hosts import Hosts
from pocket_narrator.serving.metrics import Metrics
from pocket_narrator.serving.openai.replies import encoded, problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

BODY_SECONDS = 30.0  # in which a body has to arrive
MOST_THROWN_AWAY = 100_000_000  # bytes of a body that is too long
TELLING = ("/v1/completions", "/v1/chat/completions")
OPEN = ("/health", "/live")  # without a key, for what looks after the process
FULL = problem("all places are taken; try again in a moment", "overloaded_error", "overloaded")
RETRY_SECONDS = 1  # after which one who was refused should ask again
PATHS = (*TELLING, "/v1/models", "/health", "/live", "/metrics", "/")


class Gate:
    """An ASGI application around another one."""

    def __init__(
        self,
        inner: Application,
        metrics: Metrics,
        body_limit: int,
        key: str | None,
        is_full: Callable[[], bool],
        hosts: Hosts | None = None,
    ) -> None:
        """body_limit: bytes. key: what `Authorization: Bearer` has to say for all but OPEN; none: nothing is asked. is_full:
        whether stories would be refused anyway; then it is done here, where it costs least. hosts: see `Hosts`."""
        self._hosts = hosts
        self._inner = inner
        self._is_full = is_full
        self._metrics = metrics
        self._body_limit = body_limit
        self._key = key

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        began = time.monotonic()
        notes: dict[str, Any] = {"id": uuid.uuid4().hex}
        scope["narrator"] = notes
        status = 499  # what is logged where nobody has waited for an answer

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", notes["id"].encode())]
            await send(message)

        try:
            await self._pass(scope, receive, sending)
        finally:
            seconds = time.monotonic() - began
            path = scope["path"] if scope["path"] in PATHS else "other"
            self._metrics.requests[path, status] += 1
            self._metrics.request.observe(seconds)
            line = {
                "time": round(time.time(), 3),
                "method": scope["method"],
                "path": scope["path"][:200],
                "status": status,
            }
            line |= {"seconds": round(seconds, 4), "client": (scope.get("client") or [None])[0], **notes}
            print(json.dumps(line), file=sys.stderr, flush=True)

    async def _pass(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if self._hosts is not None and (why := self._hosts.why_not(headers)):
            await refuse(send, 403, problem(why, "invalid_request_error", "forbidden_host"))
            return
        if self._key is not None and scope["path"] not in OPEN:
            given = headers.get(b"authorization", b"")
            if not hmac.compare_digest(given, b"Bearer " + self._key.encode()):
                message = "a valid API key is needed: Authorization: Bearer KEY"
                await refuse(send, 401, problem(message, "authentication_error", "invalid_api_key"))
                return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await self._read_body(headers, receive)
        except TimeoutError:
            await refuse(send, 408, problem("the request's body did not arrive in time", "invalid_request_error"))
            return
        except ConnectionError:
            return
        if body is None:
            what = f"the request's body is too long; at most {self._body_limit:,} bytes are read"
            await refuse(send, 413, problem(what, "invalid_request_error", "body_too_long"))
            return
        if scope["path"] in TELLING and self._is_full():
            self._metrics.refused += 1
            await answer(send, 503, FULL, (b"retry-after", str(RETRY_SECONDS).encode()))
            return
        is_read = False

        async def replay() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        # Whoever asks for the head only gets what GET would give; the server leaves the body out.
        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        await self._inner(inner, replay, send)

    async def _read_body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
        """None where it is too long; ConnectionError where the client has gone. Most of a body that is too long is read and
        thrown away, since many clients read no answer before they have sent everything."""
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:20]) > MOST_THROWN_AWAY:
            return None
        body, size, more = bytearray(), 0, True
        while more and size <= MOST_THROWN_AWAY:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError
            size += len(message.get("body", b""))
            if size <= self._body_limit:
                body += message.get("body", b"")
            more = message.get("more_body", False)
        return bytes(body) if size <= self._body_limit else None


async def refuse(send: Send, status: int, content: dict[str, Any]) -> None:
    """An answer before the body was read, whose rest would be taken for a request."""
    await answer(send, status, content, (b"connection", b"close"))


async def answer(send: Send, status: int, content: dict[str, Any], header: tuple[bytes, bytes]) -> None:
    body = encoded(content)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), header]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
