"""Places to write to, tried before the work whose results are to go there.

What decides is a file that is really made, without a name where the system can, and is gone at once: permissions alone say nothing
of a file system that is read-only, of /proc, or of a quota.
"""

import errno
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pocket_narrator.errors import NarratorError, reason_of
from pocket_narrator.files.temporary_files import temporary_name


def require_place_for_file(path: str | Path) -> None:
    """NarratorError unless a file can be written under this name, after folders above it that are not there yet are made.
    A file that is there may be replaced."""
    if os.path.basename(path) in ("", ".", "..") or os.path.isdir(path):
        found = "a folder" if path not in ("", Path()) else "an empty name, or the folder itself"
        raise NarratorError("this is to be a file", where=str(path), found=found, hint="name a file in it")
    _try(path, stat.S_ISREG, "something that is no plain file")


def require_place_for_folder(path: str | Path) -> None:
    """NarratorError unless files can be written into a folder of this name, which need not be there."""
    if str(path) == "":
        raise NarratorError("the name of the folder is empty", hint="name a folder; . is the current one")
    _try(path, stat.S_ISDIR, "a file where a folder is to be")


def _try(path: str | Path, is_right: Callable[[int], bool], otherwise: str) -> None:
    try:
        if os.path.exists(path) and not is_right(os.stat(path).st_mode):
            raise NarratorError(
                "nothing can be written here", where=str(path), found=otherwise, hint="give another name"
            )
        folder, missing = _nearest_folder(Path(path))
        if folder != Path(path):
            missing.append(temporary_name(Path(path)).name)
        for name in missing:
            with suppress(FileNotFoundError):
                os.lstat(folder / name)  # which refuses what is no name on this disk
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        raise NarratorError(
            f"nothing can be written here: {reason_of(error)}",
            where=str(path),
            hint="choose a place that you may write to, with space left on its disk",
        ) from None


def _nearest_folder(path: Path) -> tuple[Path, list[str]]:
    """The folder itself where it is there, else the next above it, and the names below that are not there. Raises OSError where
    something else stands in the way."""
    missing: list[str] = []
    while True:
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            if path == path.parent:
                raise
            missing.append(path.name)
        else:
            if stat.S_ISDIR(mode):
                return path, missing
            if missing:
                raise NotADirectoryError(errno.ENOTDIR, f"{path} is a file")
        path = path.parent
