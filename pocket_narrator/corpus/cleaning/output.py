"""The files of a cleaning: written beside, and put in place together when all of them are whole."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pocket_narrator.atomic import fsync_directory

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
_UNFINISHED = ".cleaning.tmp-"


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


class Output:
    """Files that will stand in one folder."""

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary
        self.files: dict[str, HashedFile] = {}

    def open(self, name: str) -> HashedFile:
        self.files[name] = HashedFile(self.temporary / name)
        return self.files[name]


@contextmanager
def output_folder(folder: Path) -> Iterator[Output]:
    """Files opened inside take the place of those in `folder` on a clean exit, the manifest last.

    On an exception all stays as it was; a folder that was made for it goes again. A folder is whole if it has a manifest. What a killed cleaning left is removed.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    temporary = folder / f"{_UNFINISHED}{os.getpid()}-{uuid.uuid4().hex[:8]}"
    temporary.mkdir()
    output = Output(temporary)
    try:
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
        for file in output.files.values():
            file.abandon()
        shutil.rmtree(temporary, ignore_errors=True)
        for path in made:
            with suppress(OSError):  # it is not empty: all went well
                path.rmdir()
