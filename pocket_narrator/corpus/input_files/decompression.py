"""gzip, xz, bzip2 and Zstandard as streams, in bounded memory whatever a file asks for."""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import IO, Protocol

from pocket_narrator.errors import CorpusError, MissingExtraError

MOST_MEMORY = 192 << 20  # that unpacking one file may take; xz -9 takes 65 MiB
READ_BYTES = 1 << 18

_TOO_MUCH_MEMORY = ("Memory usage limit", "too much memory")  # in what liblzma and libzstd say


class _Decoder(Protocol):
    """One member of a compressed file, as `bz2` and `lzma` have it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib's own reading of gzip: it goes through a header of any length without keeping it, and tests the checksum."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class _Decompressing(io.RawIOBase):
    """The members of a compressed file one after the other; zeros between and after them are padding."""

    def __init__(self, stream: IO[bytes], new: Callable[[], _Decoder]) -> None:
        super().__init__()
        self._stream = stream
        self._new = new
        self._decoder = new()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, and at least one before the end. Raises what the decoder raises, and EOFError."""
        given = b""
        while True:
            if self._decoder.eof:
                given = self._beginning_of_next()
                if not given:
                    return b""
                self._decoder = self._new()
            elif self._decoder.needs_input:
                given = self._stream.read(READ_BYTES)
            is_over = not given and self._decoder.needs_input
            chunk = self._decoder.decompress(given, size)
            given = b""
            if chunk:
                return chunk
            if is_over and not self._decoder.eof:
                raise EOFError("it ends before the end that its format has")

    def _beginning_of_next(self) -> bytes:
        rest = self._decoder.unused_data.lstrip(b"\0")
        while not rest and (more := self._stream.read(READ_BYTES)):
            rest = more.lstrip(b"\0")
        return rest


def decompressed(stream: IO[bytes], magic: bytes) -> IO[bytes] | None:
    """The uncompressed bytes of `stream`, which begins with `magic`; None if it is not compressed."""
    if magic.startswith(b"\x1f\x8b"):
        return _Decompressing(stream, _Gzip)  # type: ignore[return-value]
    if magic.startswith(b"\xfd7zXZ\0"):
        new = lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MOST_MEMORY)  # noqa: E731
        return _Decompressing(stream, new)  # type: ignore[return-value]
    if magic.startswith(b"BZh") and magic[4:10] == b"1AY&SY":
        return _Decompressing(stream, bz2.BZ2Decompressor)  # type: ignore[return-value]
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        try:
            import pyarrow
        except ImportError:
            raise MissingExtraError("pyarrow", "data") from None
        return pyarrow.CompressedInputStream(stream, "zstd")  # windows of over 128 MiB are refused by libzstd itself
    return None


def too_much_memory(where: str, error: Exception) -> CorpusError | None:
    """The message for a file that asks for more memory than it is given; None for any other error."""
    if not isinstance(error, MemoryError) and not any(words in str(error) for words in _TOO_MUCH_MEMORY):
        return None
    return CorpusError(
        "the file takes too much memory to unpack",
        where=where,
        expected=f"a compressed file that needs at most {MOST_MEMORY >> 20} MiB",
        hint="unpack it by hand and pack it again with the usual settings, if you trust it",
    )
