"""Connections that do nothing, and too many of them."""

import asyncio
import contextlib
import socket
import sys

import httpx
import pytest

from pocket_narrator.serving.connection_limits import ConnectionLimits
from pocket_narrator.serving.server import BACKLOG, bind
from tests.evaluation.tiny_run import make_run
from tests.serving.server_process import ServerProcess

uvicorn = pytest.importorskip("uvicorn", reason="make setup")

from pocket_narrator.serving.connections import Complaints, limited, most_connections  # noqa: E402

SHORT = ConnectionLimits(connections=3, header_seconds=0.05, idle_seconds=0.05, write_seconds=0.05, header_bytes=2000)
PATIENT = ConnectionLimits(connections=3)
HEAD = b"GET / HTTP/1.1\r\nhost: localhost\r\n"


class Application:
    """Answers at once; with /endless as long as somebody is there."""

    def __init__(self) -> None:
        self.has_left = asyncio.Event()

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await send({"type": f"{(await receive())['type']}.complete"})
            await send({"type": f"{(await receive())['type']}.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/endless":
            await receive()
            sending = asyncio.ensure_future(self.send_on(send))
            while (await receive())["type"] != "http.disconnect":
                pass
            sending.cancel()
            self.has_left.set()
        else:
            await send({"type": "http.response.body", "body": b"ok"})

    async def send_on(self, send) -> None:
        while True:
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def serving(limits: ConnectionLimits):
    application = Application()
    with bind("127.0.0.1", 0) as listening:
        config = uvicorn.Config(
            application, http=limited(limits), ws="none", log_level="critical", timeout_graceful_shutdown=1,
            timeout_keep_alive=limits.idle_seconds, h11_max_incomplete_event_size=limits.header_bytes,
        )  # fmt: skip
        server = uvicorn.Server(config)
        task = asyncio.ensure_future(server._serve([listening]))
        while not server.started:
            await asyncio.sleep(0)
        yield application, listening.getsockname()[1], server
        server.should_exit = True
        await task


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """What comes before the server ends the connection; the test's own time-out is the only clock."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while part := await reader.read(65536):
            found += part
    return found


def run(check) -> None:
    asyncio.run(asyncio.wait_for(check, 30))


@pytest.mark.parametrize("sent", [b"", b"GET /", HEAD, HEAD + b"\r\n" + HEAD])
def test_half_a_header_does_not_live_for_ever(sent: bytes) -> None:
    async def check() -> None:
        async with serving(SHORT) as (_, port, server):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            assert (await until_closed(reader)).count(b"200 OK") == sent.count(b"\r\n\r\n")
            writer.close()
            assert not server.server_state.connections

    run(check())


def test_headers_without_end_are_refused() -> None:
    async def check() -> None:
        async with serving(PATIENT) as (_, port, _server):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HEAD + b"x: " + b"y" * 200_000)
            assert (await until_closed(reader)).split(b"\r\n")[0] in (b"HTTP/1.1 400 Bad Request", b"")
            writer.close()

    run(check())


def test_who_reads_nothing_is_cut() -> None:
    async def check() -> None:
        async with serving(SHORT) as (application, port, server):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", port))
            connection.sendall(b"GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n")
            await application.has_left.wait()
            assert not server.server_state.connections
            connection.close()

    run(check())


def test_who_reads_slowly_is_served() -> None:
    async def check() -> None:
        limits = ConnectionLimits(write_seconds=0.05)
        async with serving(limits) as (application, port, _server):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
            writer.write(b"GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert len(await reader.readexactly(30_000_000)) == 30_000_000
            assert not application.has_left.is_set()
            writer.close()
            await application.has_left.wait()

    run(check())


def test_the_one_that_was_idle_longest_makes_room() -> None:
    async def check() -> None:
        async with serving(PATIENT) as (_, port, _server):
            open_ones = []
            for _ in range(3):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(HEAD + b"\r\n")
                assert await reader.readuntil(b"ok")
                open_ones.append((reader, writer))
            last, more = await asyncio.open_connection("127.0.0.1", port)
            more.write(HEAD + b"\r\n")
            assert await last.readuntil(b"ok")
            assert await until_closed(open_ones[0][0]) in (b"", b"\r\n0\r\n\r\n")
            open_ones[1][1].write(HEAD + b"\r\n")
            assert b"200 OK" in await open_ones[1][0].readuntil(b"200 OK")
            for _, writer in [*open_ones, (last, more)]:
                writer.close()

    run(check())


def test_where_nobody_is_idle_the_newcomer_is_refused() -> None:
    async def check() -> None:
        async with serving(PATIENT) as (_, port, _server):
            busy = []
            for _ in range(3):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n")
                await reader.readexactly(1000)
                busy.append(writer)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            answer = await until_closed(reader)
            assert answer.startswith(b"HTTP/1.1 503")
            assert b'"code":"overloaded"' in answer
            assert b"retry-after: 1" in answer
            for one in [*busy, writer]:
                one.close()

    run(check())


def test_errors_of_accepting_are_one_line(capsys) -> None:
    loop, complaints = asyncio.new_event_loop(), Complaints()
    for _ in range(1000):
        complaints(
            loop, {"message": "socket.accept() out of system resource", "exception": OSError(24, "Too many open files")}
        )
    assert capsys.readouterr().err.count("\n") == 1
    loop.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_few_descriptors_and_many_idle_connections(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    limit = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\nfrom pocket_narrator.cli.main import main\nmain()"
    server = ServerProcess(tmp_path / make_run(), python=("-c", limit))
    port = int(server.root.rsplit(":", 1)[1])
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(120)]
    for connection in idle[::2]:
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"GET / HT")
    for _ in range(3):
        body = {"model": "tiny", "prompt": "the", "max_tokens": 3}
        assert httpx.post(f"{server.url}/completions", json=body).status_code == 200
    for connection in idle:
        connection.close()
    assert httpx.get(f"{server.root}/health").status_code == 200
    assert server.stop() == 0
    assert not any("Traceback" in line for line in server.log)
    assert len(server.log) < 20
    assert any("descriptors" in line for line in server.log)


def test_as_many_connections_as_there_are_descriptors() -> None:
    assert most_connections(5) == 5
    assert 0 < most_connections(10**9) <= 10**9
    assert BACKLOG >= 1000
