"""`narrator report`: one self-contained page about a run."""

from pathlib import Path
from typing import Annotated

from pocket_narrator.cli.arguments.run import DATA, RUN
from pocket_narrator.process.allocator import keep_freed_memory


def report(
    run: Annotated[Path, RUN],
    data: Annotated[Path | None, DATA] = None,
) -> None:
    """Write report.html into an evaluated run: values with intervals, generated stories, surprise, memory, curves."""
    keep_freed_memory()
    from pocket_narrator.evaluation.report.run_page import write_run_page

    print(write_run_page(run, data))
