"""Files and their SHA-256: taken while they are written, while they are read, or of one that lies there."""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from pocket_narrator.files.plain_file import open_plain


@dataclass(frozen=True)
class FileRecord:
    """What was written under one name."""

    n_bytes: int
    sha256: str


class HashedFile:
    """A new file that is being written. As a context manager it is closed on a clean exit, and abandoned on an exception."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self.path = path
        self._hash = hashlib.sha256()
        self._n_bytes = 0
        self._stream = open(path, "wb")  # noqa: SIM115, closed by `close` or `abandon`

    def write(self, data: bytes | bytearray | memoryview, /) -> None:
        self._hash.update(data)
        self._n_bytes += len(data)
        self._stream.write(data)

    def record(self) -> FileRecord:
        """Of what has been written so far."""
        return FileRecord(self._n_bytes, self._hash.hexdigest())

    def close(self) -> None:
        """Brings it to the disk. Raises OSError."""
        if not self._stream.closed:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()

    def abandon(self) -> None:
        """Closes it, whole or not."""
        with suppress(OSError):  # on a full disk what is buffered cannot be written; the file is closed all the same
            self._stream.close()

    def __enter__(self) -> "HashedFile":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self.close()
        finally:
            self.abandon()


def write_file(path: Path, data: bytes | bytearray) -> FileRecord:
    """Writes a new file, and returns once it is on the disk. Raises OSError."""
    with HashedFile(path) as file:
        file.write(data)
    return file.record()


class HashedReader:
    """Bytes of a file, hashed as they are read unless nobody wants to know."""

    def __init__(self, stream: IO[bytes], verify: bool) -> None:
        self._stream = stream
        self._hash = hashlib.sha256() if verify else None

    def readinto(self, buffer: memoryview, /) -> int:
        count = self._stream.readinto(buffer)  # type: ignore[attr-defined]
        if self._hash is not None:
            self._hash.update(buffer[:count])
        return count

    def read(self, limit: int) -> bytes:
        """Everything that is left, at most `limit` bytes."""
        data = self._stream.read(limit)
        if self._hash is not None:
            self._hash.update(data)
        return data

    def skip_to_end(self) -> None:
        """Reads what is left for its hash alone."""
        buffer = memoryview(bytearray(2**20))
        while self.readinto(buffer):
            pass

    def check(self, sha256: str) -> None:
        """Raises ValueError if what was read is not what was saved."""
        if self._hash is not None and self._hash.hexdigest() != sha256:
            raise ValueError("is not what was saved: its SHA-256 differs from the manifest's")


def sha256_of(path: str | Path) -> str:
    """Of all bytes of a file. Raises as `open_plain` does."""
    with open_plain(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
