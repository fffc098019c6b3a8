"""`narrator serve`: an OpenAI-compatible API over a trained model."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from pocket_narrator.cli.arguments.run import RUN
from pocket_narrator.errors import NarratorError
from pocket_narrator.process.allocator import keep_freed_memory


def serve(
    run: Annotated[Path, RUN],
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than your own machine's need care.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8000,
    name: Annotated[str | None, typer.Option(help="What the model is called; the run's name by default.")] = None,
    precision: Annotated[
        Literal["fp32", "bf16", "int8"], typer.Option(help="Of the weights, on a CPU; int8 rounds embeddings too.")
    ] = "fp32",
    slots: Annotated[int, typer.Option(min=1, max=1024, help="Stories that are generated at once.")] = 64,
    queue: Annotated[int, typer.Option(min=0, max=100_000, help="Stories that may wait for a slot.")] = 0,
    deadline: Annotated[float, typer.Option(min=0.1, help="Seconds that a request may take.")] = 120.0,
    max_tokens: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Maximum number of new tokens of a story.")
    ] = 4096,
    max_body: Annotated[int, typer.Option(min=1000, help="The most bytes of a request.")] = 1_000_000,
    max_connections: Annotated[int, typer.Option(min=4, help="Connections that are open at once.")] = 1000,
    api_key: Annotated[
        str | None, typer.Option(help="Ask for this key; NARRATOR_API_KEY in the environment does the same.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A further name of this machine in addresses; can be given again.")
    ] = None,
    cors: Annotated[
        list[str] | None,
        typer.Option(help="Pages of this origin may read answers, such as http://localhost:3000; can be given again."),
    ] = None,
) -> None:
    """Serve a trained model to programs that speak OpenAI's API."""
    keep_freed_memory()
    key = _checked_key(api_key)
    origins = _checked_origins(cors or [])
    from pocket_narrator.serving.server import Access
    from pocket_narrator.serving.server import serve as serve_run
    from pocket_narrator.serving.service import Limits

    limits = Limits(slots, queue, deadline, max_tokens, max_body)
    serve_run(run, host, port, limits, precision, Access(key, allow_host or (), origins), name, max_connections)


def _checked_key(given: str | None) -> str | None:
    """An empty one is a shell variable that was never set: serving without a key is not what was meant."""
    where = "--api-key" if given is not None else "NARRATOR_API_KEY"
    key = given if given is not None else os.environ.get("NARRATOR_API_KEY")
    if key is None or (key and key.isascii() and key.isprintable() and " " not in key):
        return key
    raise NarratorError(
        f"{where} is empty" if not key else f"{where} cannot be sent in a header",
        expected="printable ASCII without blanks",
        hint="leave it out to serve without a key" if given is not None else "unset it to serve without a key",
    )


def _checked_origins(origins: list[str]) -> list[str]:
    for origin in origins:
        if origin != "*" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/\s?#@]+|null", origin):
            raise NarratorError(
                f"--cors {origin!r} is no origin",
                expected="scheme, name and port, such as http://localhost:3000, or '*'",
            )
    return origins
