"""The files of a cleaning: written beside, and put in place together when all of them are whole."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from pocket_narrator.files.atomic import fsync_directory
from pocket_narrator.files.file_lock import LOCK, one_at_a_time
from pocket_narrator.files.temporary_files import clean_up, held, temporary_name

MANIFEST = "manifest.json"
NAMES = (  # everything that a cleaning may write
    "clean.txt",
    "rejected.txt",
    "validation.txt",
    "validation-rejected.txt",
    "chapters.jsonl",
    "half.txt",
    "quarter.txt",
    "eighth.txt",
    MANIFEST,
)


class HashedFile:
    """A file that is being written, with its SHA-256, size and number of stories."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stories = 0
        self.bytes = 0
        self._hash = hashlib.sha256()
        self._stream = open(path, "wb")  # noqa: SIM115, closed by `close`

    def write(self, raw: bytes, stories: int) -> None:
        self._stream.write(raw)
        self._hash.update(raw)
        self.bytes += len(raw)
        self.stories += stories

    def close(self) -> None:
        """Makes it durable."""
        if not self._stream.closed:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()

    def abandon(self) -> None:
        """Closes it, whole or not."""
        with suppress(OSError):  # on a full disk what is buffered cannot be written; the file is closed all the same
            self._stream.close()

    def summary(self) -> dict[str, Any]:
        return {"stories": self.stories, "bytes": self.bytes, "sha256": self._hash.hexdigest()}


class PutAside:
    """Numbers that wait in a file until they are needed, so that memory does not grow with them."""

    def __init__(self, path: Path, dtype: type[np.unsignedinteger]) -> None:
        self._path = path
        self._dtype = dtype
        self._stream = open(path, "wb")  # noqa: SIM115, closed by `take` or `abandon`

    def extend(self, numbers: Sequence[int]) -> None:
        self._stream.write(np.array(numbers, self._dtype).tobytes())

    def take(self) -> np.ndarray:
        """All of them; no more come."""
        self._stream.close()
        return np.fromfile(self._path, self._dtype)

    def abandon(self) -> None:
        with suppress(OSError):
            self._stream.close()


class Output:
    """Files that will stand in one folder."""

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary
        self.files: dict[str, HashedFile] = {}
        self.put_aside: list[PutAside] = []  # these go when all is done

    def open(self, name: str) -> HashedFile:
        self.files[name] = HashedFile(self.temporary / name)
        return self.files[name]

    def open_aside(self, name: str, dtype: type[np.unsignedinteger]) -> PutAside:
        self.put_aside.append(PutAside(self.temporary / name, dtype))
        return self.put_aside[-1]


@contextmanager
def output_folder(folder: Path) -> Iterator[Output]:
    """Files opened inside take the place of those in `folder` on a clean exit, the manifest last.

    On an exception all stays as it was; a folder that was made for it goes again. A folder is whole if it has a manifest.
    Two cleanings into one folder take turns. What a killed one left is removed.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        with one_at_a_time(folder / LOCK, "cleans into this folder"):
            yield from _output(folder)
    finally:
        for path in made:
            with suppress(OSError):  # it is not empty: all went well
                path.rmdir()


def _output(folder: Path) -> Iterator[Output]:
    clean_up(folder)
    temporary = temporary_name(folder / "cleaning")
    temporary.mkdir()
    output = Output(temporary)
    try:
        with held(temporary):
            yield output
            for file in output.files.values():
                file.close()
            (folder / MANIFEST).unlink(missing_ok=True)
            for name in sorted(output.files, key=lambda name: name == MANIFEST):
                os.replace(temporary / name, folder / name)
            for name in set(NAMES) - set(output.files):
                (folder / name).unlink(missing_ok=True)  # of an earlier cleaning
            fsync_directory(folder)
    finally:
        for file in (*output.files.values(), *output.put_aside):
            file.abandon()
        shutil.rmtree(temporary, ignore_errors=True)
