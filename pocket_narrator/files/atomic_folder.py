"""Folders that are either the old ones or the new ones, never half of each."""

import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from pocket_narrator.files.atomic import fsync_directory
from pocket_narrator.files.temporary_files import clean_up, held, sweep, temporary_name


@contextmanager
def atomic_folder(target: Path, keeps: Callable[[Path], bool] = lambda found: False) -> Iterator[Path]:
    """Gives a temporary folder beside `target`; on a clean exit it is fsynced and renamed to `target`.

    The files in it must be fsynced by who writes them. An existing `target` steps aside for the moment between two
    renames; if the process dies right then, the next writer brings it back. One that `keeps` is for is left, and the new
    one goes: somebody may be reading it. On an exception everything is as it was.
    """
    sweep(target.parent)
    temporary = temporary_name(target)
    aside = temporary.with_name(temporary.name.replace(".tmp-", ".old-"))
    try:
        with ExitStack() as writing:
            os.mkdir(temporary)
            writing.enter_context(held(temporary))
            yield temporary
            fsync_directory(temporary)
            _exchange(temporary, target, aside, keeps)
    except BaseException:
        if aside.exists() and not target.exists():
            rename_folder(aside, target)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    fsync_directory(target.parent)
    shutil.rmtree(aside, ignore_errors=True)


def _exchange(new: Path, target: Path, aside: Path, keeps: Callable[[Path], bool]) -> None:
    """Renames `new` to `target`, and what stands there to `aside`; again if another command has put one there meanwhile."""
    while True:
        if target.exists():
            if keeps(target):
                return
            with suppress(FileNotFoundError):  # the other command has moved it just now
                shutil.rmtree(aside, ignore_errors=True)
                rename_folder(target, aside)
        try:
            rename_folder(new, target)
            return
        except OSError:
            if not target.is_dir():
                raise


@contextmanager
def atomic_files(folder: Path, names: Collection[str], last: str) -> Iterator[Path]:
    """Gives a temporary folder inside `folder`, in which other files may stand; on a clean exit its files of these `names` take
    the place of those in `folder`, and such as it has not go.

    The one named `last` vouches for the others: it goes before any of them, and comes after them. The files must be fsynced by
    who writes them, and `folder` has one writer at a time. On an exception everything is as it was.
    """
    clean_up(folder)
    temporary = temporary_name(folder / last)
    try:
        os.mkdir(temporary)
        with held(temporary):
            yield temporary
            (folder / last).unlink(missing_ok=True)
            for name in sorted(names, key=lambda name: name == last):
                if (temporary / name).exists():
                    os.replace(temporary / name, folder / name)
                else:
                    (folder / name).unlink(missing_ok=True)
            fsync_directory(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_folder(target: Path) -> None:
    """Removes `target`, which is gone at once and as a whole even if the process dies halfway."""
    temporary = temporary_name(target)
    rename_folder(target, temporary)
    shutil.rmtree(temporary, ignore_errors=True)


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
