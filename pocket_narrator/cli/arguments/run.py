"""The run that a command is given, by default the newest; what is not there is refused before anything heavy is imported."""

from pathlib import Path

import typer

from pocket_narrator.errors import RunError
from pocket_narrator.run.find import FIRST, find_run, found_runs, newest_step
from pocket_narrator.terminal.messages import command, say


def newest_run() -> Path:
    """The run that is meant where none is named; says which. RunError where there is none."""
    trained = [run for run in found_runs() if newest_step(run) is not None]
    if not trained:
        raise RunError("which run? None is named, and there is none in runs/", hint=FIRST)
    others = "" if len(trained) == 1 else f", the newest of {len(trained)}; {command('runs')} lists them"
    say(f"run: {trained[0]}{others}")
    return trained[0]


def newest_runs() -> list[Path]:
    """The same as a list, for commands that take several."""
    return [newest_run()]


def must_be_a_run(given: Path | list[Path]) -> Path | list[Path]:
    """Typer's callback for an argument of one run or several: the folders. RunError where one holds no run."""
    return find_run(given) if isinstance(given, Path) else [find_run(path) for path in given]


def must_be_a_run_or_folder(given: list[Path]) -> list[Path]:
    """The same where a published model that was evaluated, a folder without a recipe, is welcome too."""
    return [evaluated(path) for path in given]


def evaluated(given: Path, or_else: str = "") -> Path:
    """A run, or the folder of a published model that was evaluated. RunError, as `find_run` raises it, for anything else."""
    return given if (given / "evaluation").is_dir() else find_run(given, or_else)


DATA = typer.Option("--data", help="Where the run's text is now: its file or folder, or prepared data.")
RUN = typer.Argument(
    help="A run directory, such as runs/NAME, or its name.",
    callback=must_be_a_run,
    default_factory=newest_run,
    show_default="the newest run",
)
