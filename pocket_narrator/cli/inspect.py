"""`narrator inspect`: looks into a trained model."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from pocket_narrator.cli.arguments.run import DATA, RUN
from pocket_narrator.process.allocator import keep_freed_memory


def inspect(
    run: Annotated[Path, RUN],
    data: Annotated[Path | None, DATA] = None,
    which: Annotated[Literal["best", "last"], typer.Option(help="The checkpoint to look into.")] = "best",
) -> None:
    """Show the time constants of each layer, and routing weights and read gates where it has any."""
    keep_freed_memory()
    from pocket_narrator.errors import MissingExtraError
    from pocket_narrator.evaluation.inside.inspection import describe, inspect_run
    from pocket_narrator.evaluation.inside.plot import plot_inspection

    inspection = inspect_run(run, which, data)
    tracks = list(dict.fromkeys(memory.track for layer in inspection.layers for memory in layer.memories))
    print("\n".join(describe(inspection, tracks)))
    picture = run / "evaluation" / "inspection.png"
    try:
        plot_inspection(inspection, tracks, picture)
        print(f"\n{picture}, {picture.with_suffix('.json')}")
    except MissingExtraError as error:
        print(f"\n{picture.with_suffix('.json')}; no picture: {error}")
