"""The run that a verb is given: one that is not there is refused before anything heavy is imported."""

from pathlib import Path

import typer


def must_be_a_run(given: Path | list[Path]) -> Path | list[Path]:
    """Typer's callback for an argument of one run or several; RunError where a folder holds none."""
    from pocket_narrator.training.run_identity import require_run

    for path in [given] if isinstance(given, Path) else given:
        require_run(path)
    return given


def must_be_a_run_or_folder(given: list[Path]) -> list[Path]:
    """The same where a published model that was measured, a folder without a recipe, is welcome too."""
    must_be_a_run([path for path in given if not path.is_dir()])
    return given


DATA = typer.Option("--data", help="Where the run's text lies now: its file or folder, or prepared data.")
RUN = typer.Argument(help="A run directory, such as runs/NAME.", callback=must_be_a_run)
