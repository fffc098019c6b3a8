"""The run that a command is given: found by its name, by default the newest; what is not there is refused before anything
heavy is imported."""

import difflib
from pathlib import Path

import typer

from pocket_narrator.errors import RunError
from pocket_narrator.terminal.messages import command, say

RUNS = Path("runs")
CONFIG = "config.yaml"  # with it a folder is a run
MOST_LISTED = 8
FIRST = f"train one first:\n    {command('train', 'storyworld-quick')}"


def found_runs() -> list[Path]:
    """The runs in the folder `runs/`, the one that was trained last first."""
    folders = [path.parent for path in RUNS.glob(f"*/{CONFIG}")] if RUNS.is_dir() else []
    return sorted(folders, key=lambda run: (-last_change(run), run.name))


def last_change(run: Path) -> float:
    """When a checkpoint was saved, or else when the run was made; seconds since 1970."""
    saved = run / "checkpoints"
    return max(path.stat().st_mtime for path in (run / CONFIG, saved) if path.exists())


def newest_step(run: Path) -> int | None:
    """Of the last checkpoint by its name; None where nothing is saved."""
    steps = [path.name.removeprefix("step-") for path in run.glob("checkpoints/step-*")]
    return max((int(step) for step in steps if step.isdecimal()), default=None)


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


def find_run(given: Path, or_else: str = "") -> Path:
    """A run by its folder, or by its name in `runs/`. RunError, naming those that there are, where it is neither; `or_else`
    is what the command takes besides."""
    if (given / CONFIG).is_file():
        return given
    inside = RUNS / given
    if (inside / CONFIG).is_file() and not given.exists() and not given.is_absolute():
        return inside
    raise _no_run(given, or_else)


def must_be_a_run(given: Path | list[Path]) -> Path | list[Path]:
    """Typer's callback for an argument of one run or several: the folders. RunError where one holds no run."""
    return find_run(given) if isinstance(given, Path) else [find_run(path) for path in given]


def must_be_a_run_or_folder(given: list[Path]) -> list[Path]:
    """The same where a published model that was evaluated, a folder without a recipe, is welcome too."""
    return [path if path.is_dir() else find_run(path) for path in given]


def _no_run(given: Path, or_else: str) -> RunError:
    name = str(given)
    what = "this is no run directory" if given.is_dir() else "there is no such run directory"
    if given.is_file():
        what = "this is a file, and not a run directory"
    elif or_else and not given.exists():
        what = "there is no such run directory or story file"
    runs = found_runs()
    if given.is_dir() and (RUNS / given / CONFIG).is_file():
        return RunError(what, where=name, hint=f"did you mean {RUNS / given}?")
    inside = [path for above in (given, RUNS / given) for path in above.parents if (path / CONFIG).is_file()]
    if inside:
        return RunError(what, where=name, hint=f"give the folder of the run: {inside[0]}")
    if not runs:
        return RunError(what, where=name, hint=f"there are no runs in {RUNS}/; {FIRST}")
    if any(character.isspace() for character in name):  # a prompt or a passage, rather than a run
        return RunError(what, where=name, hint=f"the run comes first, such as {runs[0]}; then the text")
    if name.startswith("hf:") or (
        name.count("/") == 1 and not name.startswith(f"{RUNS}/") and not given.parent.exists()
    ):
        imported = command("import", name.removeprefix("hf:"))
        return RunError(what, where=name, hint=f"a model of the Hugging Face hub is made a run first:\n    {imported}")
    nearest = _nearest(given, runs)
    other = f"give {or_else or 'the path of a run, before all other words'}"
    return RunError(what, where=name, hint=f"{nearest} Or {other}" if "?" in nearest else f"{nearest}; or {other}")


def _nearest(given: Path, runs: list[Path]) -> str:
    names = [run.name for run in runs]
    near = difflib.get_close_matches(given.name, names, n=3, cutoff=0.55)
    near += [name for name in names if given.name and given.name in name and name not in near]
    if near:
        return f"did you mean {', '.join(str(RUNS / name) for name in near[:3])}?{_more(names, near[:3])}"
    return f"there are {_names(names)} in {RUNS}/" if len(names) > 1 else f"there is {names[0]} in {RUNS}/"


def _more(names: list[str], near: list[str]) -> str:
    others = [name for name in names if name not in near]
    return f" There are also {_names(others)} in {RUNS}/" if others else ""


def _names(names: list[str]) -> str:
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


DATA = typer.Option("--data", help="Where the run's text is now: its file or folder, or prepared data.")
RUN = typer.Argument(
    help="A run directory, such as runs/NAME, or its name.",
    callback=must_be_a_run,
    default_factory=newest_run,
    show_default="the newest run",
)
