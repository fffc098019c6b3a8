"""The bytes of a text file, uncompressed on the way, with what a message about them needs."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pocket_narrator.errors import CorpusError, MissingExtraError

HEAD_BYTES = 4096
EXPANSION = 3  # bytes of text in a byte of a compressed file, roughly: for progress bars

DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)  # what unpacking raises


class ByteSource(io.RawIOBase):
    """A stream of uncompressed bytes that knows its name and its first bytes.

    gzip, xz, bzip2 and Zstandard are known by their first bytes, whatever the file is called.
    """

    def __init__(self, stream: IO[bytes], where: str, *, is_packed: bool = False) -> None:
        """`is_packed`: it lies in an archive. Raises CorpusError if there is nothing in it, or if it is damaged."""
        super().__init__()
        self.where = where
        self.is_packed = is_packed  # in an archive, or compressed
        self._unread = b""
        buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore
        with self._clear_messages():
            magic = buffered.peek(HEAD_BYTES)
        if not magic:
            raise CorpusError("the file is empty", where=where, hint="check that the download or copy was completed")
        self._stream = self._decompressing(buffered, magic)
        self.head = b""
        while len(self.head) < HEAD_BYTES and (more := self.read(HEAD_BYTES - len(self.head))):
            self.head += more
        self._unread = self.head  # handed out once more, since not every stream can go back
        if not self.head:
            raise CorpusError("the file holds nothing, once uncompressed", where=where)

    def _decompressing(self, stream: IO[bytes], magic: bytes) -> IO[bytes]:
        was_packed, self.is_packed = self.is_packed, True
        if magic.startswith(b"\x1f\x8b"):
            return gzip.GzipFile(fileobj=stream)  # type: ignore[return-value]
        if magic.startswith(b"\xfd7zXZ\0"):
            return lzma.LZMAFile(stream)  # type: ignore[return-value]
        if magic.startswith(b"BZh") and magic[4:10] == b"1AY&SY":
            return bz2.BZ2File(stream)  # type: ignore[return-value]
        if magic.startswith(b"\x28\xb5\x2f\xfd"):
            try:
                import pyarrow
            except ImportError:
                raise MissingExtraError("pyarrow", "data") from None
            return pyarrow.CompressedInputStream(stream, "zstd")
        self.is_packed = was_packed
        return stream

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, and at least one before the end. Raises CorpusError where the file is damaged."""
        if self._unread:
            chunk, self._unread = self._unread[:size], self._unread[size:]
            return chunk
        with self._clear_messages():
            return self._stream.read(size)

    @contextmanager
    def _clear_messages(self) -> Iterator[None]:
        try:
            yield
        except DAMAGE as error:
            raise damaged(self.where, error) from error
        except OSError as error:
            if error.errno is None:  # of a decompressor
                raise damaged(self.where, error) from error
            raise CorpusError(f"the file cannot be read: {error.strerror}", where=self.where) from error

    def readinto(self, buffer) -> int:
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


@contextmanager
def open_bytes(path: str | Path) -> Iterator[ByteSource]:
    """Opens a file; raises CorpusError if it is missing, a folder, empty or not to be read."""
    if os.path.isdir(path):
        raise CorpusError("a folder is no story file", where=str(path), hint="name a file in it")
    try:
        stream = open(path, "rb")  # noqa: SIM115, closed below
    except FileNotFoundError:
        raise CorpusError(
            "there is no such file", where=str(path), hint="check the path; it is relative to " + os.getcwd()
        ) from None
    except OSError as error:
        raise CorpusError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
    with stream:
        yield ByteSource(stream, str(path))


def damaged(where: str, error: Exception) -> CorpusError:
    """For a compressed file or archive that ends too early or does not fit its checksums."""
    return CorpusError(
        f"the file is damaged or cut off: {error}", where=where, hint="download or copy it again, or pack it again"
    )
