"""What others' code has raised, as one message: its own last line, and where."""

import re
import traceback
from pathlib import Path

from pocket_narrator.errors import NarratorError, PluginError

MODULE = "pocket_narrator_plugin_"  # how the name of a file's module begins, which nobody else has to see


def import_failed(what: str, path: Path | None, error: BaseException) -> NarratorError:
    """The message for code that could not be imported. `path`: the file or folder, whose own lines are named first."""
    if isinstance(error, NarratorError):
        error.where = error.where or (None if path is None else str(path))
        return error
    return PluginError(
        f"{what} cannot be imported: {last_line(error)}",
        where=place_of(error, path),
        hint=_hint(error),
    )


def last_line(error: BaseException) -> str:
    """`ModuleNotFoundError: No module named 'einops'`."""
    line = " ".join("".join(traceback.format_exception_only(error)).strip().splitlines()[-1].split())
    return re.sub(rf"\b{MODULE}\w+\.", "", line)[:300]


def place_of(error: BaseException, path: Path | None) -> str | None:
    """`my_mixer.py:12`, the innermost line of the code at `path`, or of any code; None where no line is known."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    inside = [frame for frame in frames if path is not None and Path(frame.filename).is_relative_to(path)]
    frame = next(reversed(inside or frames), None)
    return str(path) if frame is None else f"{frame.filename}:{frame.lineno}"


def _hint(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"install the package that has the module {error.name.partition('.')[0]}, or leave its import out"
    return "mend that line; `python FILE` shows the whole traceback"
