"""Files that are either the old ones or the new ones, never half of each."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from pocket_narrator.files.temporary_files import held, swept, temporary_name


def fsync_directory(folder: Path) -> None:
    """Makes a rename inside `folder` durable; a no-op where folders cannot be opened (Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """Gives an empty temporary file beside `target`, for writers that open a path by themselves; on a clean exit, when it has to
    be closed, it is fsynced and renamed over `target`.

    On an exception the temporary file is removed and `target` is left as it was; an OSError names `target`. What killed
    processes have left in that folder goes.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(target)
    try:
        with swept(target.parent), ExitStack() as writing:
            temporary.touch(exist_ok=False)
            writing.enter_context(held(temporary))
            yield temporary
            with open(temporary, "rb+") as stream:  # Windows wants one that may be written
                os.fsync(stream.fileno())
            os.replace(temporary, target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, str(temporary)):
            error.filename = str(target)  # which a message can name
        raise
    fsync_directory(target.parent)


@contextmanager
def atomic_writer(target: str | Path, binary: bool = False) -> Iterator[IO]:
    """The same as an open file: bytes, or UTF-8 with plain line ends. What is no character, such as of a file name in another
    encoding, is written as an escape."""
    with (
        atomic_path(target) as temporary,
        open(temporary, "wb")
        if binary
        else open(temporary, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream,
    ):
        yield stream


def write_text(target: str | Path, text: str) -> None:
    """Writes `text` as UTF-8, atomically."""
    with atomic_writer(target) as stream:
        stream.write(text)
