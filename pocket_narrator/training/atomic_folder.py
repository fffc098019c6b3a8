"""Folders that are either the old ones or the new ones, never half of each.

A folder has one writer at a time (the run's lock sees to it), so whatever temporary the writer finds when it starts was
left by a process that died.
"""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pocket_narrator.atomic import fsync_directory, temporary_name

_LEFTOVER = re.compile(r"\.(?P<name>.+)\.(?P<kind>tmp|old)-\d+-[0-9a-f]{8}")


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Gives a temporary folder beside `target`; on a clean exit it is fsynced and renamed to `target`.

    The files in it must be fsynced by who writes them. An existing `target` steps aside for the moment between two
    renames; if the process dies right then, `clean_up` brings it back. On an exception everything is as it was.
    """
    temporary = temporary_name(target)
    aside = temporary.with_name(temporary.name.replace(".tmp-", ".old-"))
    try:
        os.mkdir(temporary)
        yield temporary
        fsync_directory(temporary)
        _exchange(temporary, target, aside)
    except BaseException:
        if aside.exists() and not target.exists():
            rename_folder(aside, target)
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    fsync_directory(target.parent)
    shutil.rmtree(aside, ignore_errors=True)


def _exchange(new: Path, target: Path, aside: Path) -> None:
    """Renames `new` to `target`, and what stands there to `aside`; again if another command has put one there meanwhile."""
    while True:
        if target.exists():
            with suppress(FileNotFoundError):  # the other command has moved it just now
                shutil.rmtree(aside, ignore_errors=True)
                rename_folder(target, aside)
        try:
            rename_folder(new, target)
            return
        except OSError:
            if not target.is_dir():
                raise


def remove_folder(target: Path) -> None:
    """Removes `target`, which is gone at once and as a whole even if the process dies halfway."""
    temporary = temporary_name(target)
    rename_folder(target, temporary)
    shutil.rmtree(temporary, ignore_errors=True)


def clean_up(folder: Path) -> None:
    """Removes what dead writers left in `folder`, and brings back what one of them had set aside. Writers only."""
    for path in sorted(folder.iterdir()):
        match = _LEFTOVER.fullmatch(path.name)
        if match is None:
            continue
        target = folder / match["name"]
        if match["kind"] == "old" and not target.exists():
            rename_folder(path, target)
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def is_leftover(path: Path) -> bool:
    """Whether the name is that of something temporary."""
    return _LEFTOVER.fullmatch(path.name) is not None


def set_aside_name(path: Path) -> str | None:
    """The name that a folder had before its writer set it aside and died, or None for any other path."""
    match = _LEFTOVER.fullmatch(path.name)
    return match["name"] if match and match["kind"] == "old" else None


def rename_folder(source: Path, target: Path) -> None:
    """Renames; on Windows, where a virus scanner may hold a file for a moment, with patience."""
    for wait_s in (0.05, 0.1, 0.2, 0.4, 0.8):
        try:
            os.rename(source, target)
            return
        except PermissionError:
            if os.name != "nt":
                raise
            time.sleep(wait_s)
    os.rename(source, target)
