"""The bytes of a text file, uncompressed on the way, with what a message about them needs."""

import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pocket_narrator.corpus.input_files.decompression import decompressed, too_much_memory
from pocket_narrator.errors import CorpusError

HEAD_BYTES = 4096
EXPANSION = 3  # bytes of text in a byte of a compressed file, roughly: for progress bars
MOST_SWELLING = 400  # times that text grows on unpacking, beyond the first SWELLING_FROM bytes; gzip's most is 1032
SWELLING_FROM = 64 << 20

DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)  # what unpacking raises

_SPECIAL = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class ByteSource(io.RawIOBase):
    """A stream of uncompressed bytes that knows its name and its first bytes.

    gzip, xz, bzip2 and Zstandard are known by their first bytes, whatever the file is called.
    """

    def __init__(self, stream: IO[bytes], where: str, *, is_packed: bool = False) -> None:
        """`is_packed`: it lies in an archive. Raises CorpusError if there is nothing in it, or if it is damaged."""
        super().__init__()
        self.where = where
        self._unread = b""
        self._given = 0  # bytes so far
        buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore
        counted = CountedReader(buffered)
        with self._clear_messages():
            magic = buffered.peek(HEAD_BYTES)
            if not magic:
                raise CorpusError(
                    "the file is empty", where=where, hint="check that the download or copy was completed"
                )
            unpacked = decompressed(counted, magic)  # type: ignore[arg-type]
        self.is_packed = is_packed or unpacked is not None  # in an archive, or compressed
        self._packed = None if unpacked is None else counted
        self._stream: IO[bytes] = unpacked or buffered
        self.head = b""
        while len(self.head) < HEAD_BYTES and (more := self.read(HEAD_BYTES - len(self.head))):
            self.head += more
        self._unread = self.head  # handed out once more, since not every stream can go back
        if not self.head:
            raise CorpusError("the file holds nothing, once uncompressed", where=where)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, and at least one before the end. Raises CorpusError where the file is damaged."""
        if self._unread:
            chunk, self._unread = self._unread[:size], self._unread[size:]
            if self._unread or len(chunk) == size:
                return chunk
            return chunk + self.read(size - len(chunk) if size > 0 else size)
        with self._clear_messages():
            chunk = self._stream.read(size)
            self._given += len(chunk)
            if self._packed and self._given > SWELLING_FROM + MOST_SWELLING * self._packed.count:
                raise swollen(self.where)
            return chunk

    @contextmanager
    def _clear_messages(self) -> Iterator[None]:
        try:
            yield
        except (*DAMAGE, MemoryError) as error:
            raise too_much_memory(self.where, error) or damaged(self.where, error) from error
        except OSError as error:
            if error.errno is None:  # of a decompressor
                raise too_much_memory(self.where, error) or damaged(self.where, error) from error
            raise CorpusError(f"the file cannot be read: {error.strerror}", where=self.where) from error

    def readinto(self, buffer) -> int:
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


@contextmanager
def open_bytes(path: str | Path) -> Iterator[ByteSource]:
    """Opens a file; raises CorpusError if it is missing, a folder or a pipe, empty, not to be read, or changed meanwhile."""
    require_file(path)
    try:
        stream = open(path, "rb")  # noqa: SIM115, closed below
    except OSError as error:
        raise CorpusError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
    with stream:
        before = os.fstat(stream.fileno())
        yield ByteSource(stream, str(path))
        after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise CorpusError(
            "the file changed while it was read", where=str(path), hint="wait until it is written, then start again"
        )


def require_file(path: str | Path, hint: str | None = None) -> None:
    """Raises CorpusError unless there is a regular file: opening a pipe would wait for ever. `hint`: where it is named."""
    hint = hint or f"check the path; it is relative to {os.getcwd()}"
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        raise CorpusError("there is no such file", where=str(path), hint=hint) from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CorpusError(f"the file cannot be read: {reason}", where=f"{path!s:.200}", hint=hint) from None
    if stat.S_ISDIR(mode):
        raise CorpusError("a folder is no story file", where=str(path), hint="name a file in it")
    if not stat.S_ISREG(mode):
        raise CorpusError(
            f"{_SPECIAL.get(stat.S_IFMT(mode), 'this')} is no story file: a corpus is read several times",
            where=str(path),
            hint="write its text to a file first",
        )


def damaged(where: str, error: Exception) -> CorpusError:
    """For a compressed file or archive that ends too early or does not fit its checksums."""
    return CorpusError(
        f"the file is damaged or cut off: {error}", where=where, hint="download or copy it again, or pack it again"
    )


def swollen(where: str) -> CorpusError:
    """For a file that is made to fill the disk or the day of whoever unpacks it."""
    return CorpusError(
        f"unpacked, the file is over {MOST_SWELLING} times as large",
        where=where,
        expected="text, which grows some three to ten times",
        hint="it repeats itself, or is made to do harm: unpack it by hand and look at it",
    )


class CountedReader(io.RawIOBase):
    """Counts the bytes that are read."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._inner = stream
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        chunk = self._inner.read(size)
        self.count += len(chunk)
        return chunk
