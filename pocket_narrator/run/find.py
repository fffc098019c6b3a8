"""Runs found by name: those in the folder `runs/`, and which one is meant. Nothing heavy is imported."""

import difflib
from pathlib import Path

from pocket_narrator.errors import RunError
from pocket_narrator.terminal.messages import command, shell_words

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


def find_run(given: Path, or_else: str = "") -> Path:
    """A run by its folder, or by its name in `runs/`. RunError, naming those that there are, where it is neither; `or_else`
    is what the command takes besides."""
    if (given / CONFIG).is_file():
        return given
    inside = RUNS / given
    if (inside / CONFIG).is_file() and not given.exists() and not given.is_absolute():
        return inside
    raise _no_run(given, or_else)


def _no_run(given: Path, or_else: str) -> RunError:
    name = str(given)
    what = "this is no run directory" if given.is_dir() else "there is no such run directory"
    if given.is_file():
        what = "this is a file, and not a run directory"
    elif or_else and not given.exists():
        what = "there is no such run directory or story file"
    runs = found_runs()
    if given.is_dir() and (RUNS / given / CONFIG).is_file():
        return RunError(what, where=name, hint=f"did you mean {shell_words([RUNS / given])}?")
    inside = [path for above in (given, RUNS / given) for path in above.parents if (path / CONFIG).is_file()]
    if inside:
        return RunError(what, where=name, hint=f"give the folder of the run: {shell_words([inside[0]])}")
    if not runs:
        return RunError(what, where=name, hint=f"there are no runs in {RUNS}/; {FIRST}")
    if not given.exists() and len(name.split()) > 1:  # a prompt or a passage, rather than a run
        first = shell_words([runs[0]])
        return RunError(what, where=name, hint=f"the run comes first, such as {first}, and a text after it")
    if name.startswith("hf:") or (
        name.count("/") == 1 and not name.startswith(f"{RUNS}/") and not given.parent.exists()
    ):
        imported = command("import", name.removeprefix("hf:"))
        return RunError(what, where=name, hint=f"a model of the Hugging Face hub is made a run first:\n    {imported}")
    other = f"give {or_else or 'the path of a run, before all other words'}"
    return RunError(what, where=name, hint=f"{_nearest(given, runs)}; or {other}")


def _nearest(given: Path, runs: list[Path]) -> str:
    names = [run.name for run in runs]
    near = difflib.get_close_matches(given.name, names, n=3, cutoff=0.55)
    near += [name for name in names if given.name and given.name in name and name not in near]
    if near:
        meant = ", ".join(shell_words([RUNS / name]) for name in near[:3])
        return f"did you mean {meant}?{_more(names, near[:3])}"
    return f"there {'are' if len(names) > 1 else 'is'} {_names(names)} in {RUNS}/"


def _more(names: list[str], near: list[str]) -> str:
    others = [name for name in names if name not in near]
    return f" There are also {_names(others)} in {RUNS}/" if others else ""


def _names(names: list[str]) -> str:
    more = len(names) - MOST_LISTED
    return ", ".join(shell_words([name]) for name in names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
