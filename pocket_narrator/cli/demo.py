"""`narrator demo`: a page in the browser on which trained models generate stories."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from pocket_narrator.cli.arguments.run import must_be_a_run, newest_runs
from pocket_narrator.process.allocator import keep_freed_memory


def demo(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Run directories, such as runs/NAME, or their names; two generate side by side.",
            callback=must_be_a_run,
            default_factory=newest_runs,
            show_default="the newest run",
        ),
    ],
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than your own machine's need care.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 7860,
    precision: Annotated[
        Literal["fp32", "bf16", "int8"], typer.Option(help="Of the weights, on a CPU; int8 rounds embeddings too.")
    ] = "fp32",
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A further name of this machine in addresses; can be given again.")
    ] = None,
) -> None:
    """Open a page in the browser on which trained models generate stories."""
    keep_freed_memory()
    from pocket_narrator.serving.page.server import serve_page

    serve_page(runs, host, port, precision, allow_host or ())
