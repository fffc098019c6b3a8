"""What others' code has raised, as one message: which class or function of theirs, its file and line, its own last line."""

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pocket_narrator.errors import NarratorError, PluginError

MODULE = "pocket_narrator_plugin_"  # how the name of a file's module begins, which nobody else has to see
MOST_CALLERS = 3


def import_failed(what: str, path: Path | None, error: BaseException) -> NarratorError:
    """The message for code that could not be imported. `path`: the file or folder, whose own lines are named first."""
    if isinstance(error, NarratorError):
        error.where = error.where or (None if path is None else place_of(error, path))
        return error
    return PluginError(
        f"{what} cannot be imported: {last_line(error)}",
        where=place_of(error, path),
        hint=_hint(error, path),
    )


def has_failed(what: str, error: BaseException, path: Path | None, hint: str = "mend that line") -> PluginError:
    """The message for code that raised when it was called. what: whose it is, such as `the mixer 'lstm'`."""
    frames = own_frames(error, path)
    inside = f" in {_name(frames[-1][0])}" if frames else ""
    return PluginError(f"{what} has failed{inside}: {last_line(error)}", where=place_of(error, path), hint=hint)


@contextmanager
def one_message(what: str, path: Path | None, hint: str = "mend that line") -> Iterator[None]:
    """Whatever others' code raises inside comes out as one PluginError; errors that are messages already stay what they are, and say
    from which line of that code they came."""
    try:
        yield
    except NarratorError as error:
        if error.where is None and own_frames(error, path):
            error.where = place_of(error, path)
        raise
    except Exception as error:
        raise has_failed(what, error, path, hint) from error


def last_line(error: BaseException) -> str:
    """`ModuleNotFoundError: No module named 'einops'`; of a message of ours its first line."""
    if isinstance(error, NarratorError):
        return error.what
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    if type(error).__module__.startswith(
        "torch._"
    ):  # of the compiler: advice about its own variables stands at the end
        lines = lines[:1]
    line = " ".join(lines[-1].split())
    return re.sub(rf"\b{MODULE}\w+\.", "", line)[:300]


def place_of(error: BaseException, path: Path | None) -> str | None:
    """`my_mixer.py:12 in Mine.forward`, the innermost line of the code at `path` and from where it was called there; of any code
    where none is of that; None where no line is known."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    own = own_frames(error, path)
    if own:
        (frame, line), *callers = reversed(own)
        called = [f"line {line} in {_name(frame)}" for frame, line in callers if _name(frame) != "<module>"]
        behind = "".join(f", called from {caller}" for caller in called[:MOST_CALLERS])
        inside = "" if _name(frame) == "<module>" else f" in {_name(frame)}"
        return f"{frame.f_code.co_filename}:{line}{inside}{behind}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    return str(path) if not frames else f"{frames[-1].filename}:{frames[-1].lineno}"


def own_frames(error: BaseException, path: Path | None) -> list[tuple[FrameType, int]]:
    """The frames of the code at `path` that the error came through, with their lines, the innermost last."""
    if path is None:
        return []
    walked = traceback.walk_tb(error.__traceback__)
    return [(frame, line) for frame, line in walked if Path(frame.f_code.co_filename).resolve().is_relative_to(path)]


def _name(frame: FrameType) -> str:
    """`Mine.forward`."""
    return frame.f_code.co_qualname.replace(".<locals>", "")


def _hint(error: BaseException, path: Path | None) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"install the package that has the module {error.name.partition('.')[0]}, or leave its import out"
    whole = "" if path is None or path.is_dir() else f"; `python {path}` shows the whole traceback"
    return f"mend that line{whole}"
