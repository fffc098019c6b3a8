"""`narrator report`: one self-contained page about a run."""

from pathlib import Path
from typing import Annotated

import typer

from pocket_narrator.allocator import keep_freed_memory
from pocket_narrator.cli.run_argument import DATA, must_be_a_run


def report(
    run: Annotated[
        Path, typer.Argument(help="A run directory that `narrator evaluate` has measured.", callback=must_be_a_run)
    ],
    data: Annotated[Path | None, DATA] = None,
) -> None:
    """Write report.html into a run: figures with intervals, stories side by side, surprise, memory, curves."""
    keep_freed_memory()
    from pocket_narrator.evaluation.report.run_page import write_run_page

    print(write_run_page(run, data))
