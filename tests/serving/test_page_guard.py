"""What stands before the page: its names, and streams that the library breaks off."""

import asyncio

import pytest

pytest.importorskip("gradio", reason="the page needs: make setup")

from starlette.exceptions import HTTPException

from pocket_narrator.serving.hosts import Hosts
from pocket_narrator.serving.page.server import POLICY, _guarded


def ask(inner, headers: dict[str, str]) -> list[dict]:
    """The messages of an answer to one request."""
    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    async def receive() -> dict:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    asyncio.run(_guarded(inner, Hosts("127.0.0.1"))(scope, receive, send))
    return sent


async def page(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"page"})


def test_names() -> None:
    assert ask(page, {"host": "localhost:7860"})[0]["status"] == 200
    for headers in ({"host": "evil.example"}, {"host": "localhost", "origin": "http://evil.example"}):
        start, body = ask(page, headers)
        assert start["status"] == 403
        assert body["body"] != b"page"
        assert (b"content-security-policy", POLICY.encode()) in start["headers"]


def test_a_stream_of_a_page_that_nobody_knows_ends_without_a_traceback() -> None:
    async def broken_off(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            raise HTTPException(404)
        except HTTPException as error:
            raise RuntimeError("Caught handled exception, but response already started.") from error

    assert ask(broken_off, {"host": "localhost"})[-1] == {"type": "http.response.body", "body": b""}


def test_what_is_a_bug_stays_one() -> None:
    async def bug(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(bug, {"host": "localhost"})
