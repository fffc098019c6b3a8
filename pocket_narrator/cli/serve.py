"""`narrator serve`: an OpenAI-compatible API over a trained model."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from pocket_narrator.allocator import keep_freed_memory
from pocket_narrator.cli.run_argument import RUN


def serve(
    run: Annotated[Path, RUN],
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than your own machine's need care.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8000,
    name: Annotated[str | None, typer.Option(help="What the model is called; the run's name by default.")] = None,
    precision: Annotated[Literal["fp32", "bf16", "int8"], typer.Option(help="Of the weights, on a CPU.")] = "fp32",
    slots: Annotated[int, typer.Option(min=1, max=1024, help="Stories that are generated at once.")] = 64,
    queue: Annotated[int, typer.Option(min=0, max=100_000, help="Stories that may wait for a slot.")] = 0,
    deadline: Annotated[float, typer.Option(min=0.1, help="Seconds that a request may take.")] = 120.0,
    max_tokens: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Maximum number of new tokens of a story.")
    ] = 4096,
    max_body: Annotated[int, typer.Option(min=1000, help="The most bytes of a request.")] = 1_000_000,
    api_key: Annotated[
        str | None, typer.Option(help="Ask for this key; NARRATOR_API_KEY in the environment does the same.")
    ] = None,
) -> None:
    """Serve a trained model to programs that speak OpenAI's API."""
    keep_freed_memory()
    from pocket_narrator.serving.server import serve as serve_run
    from pocket_narrator.serving.service import Limits

    key = api_key or os.environ.get("NARRATOR_API_KEY") or None
    limits = Limits(slots, queue, deadline, max_tokens, max_body)
    serve_run(run, host, port, limits, precision, key, name)
