"""The files in a tar archive, from front to back. Nothing that the archive says makes this hold more than a block.

Python's `tarfile` reads a header of names of any length whole, and keeps every member that it has passed.
"""

import io
import tarfile
from collections.abc import Iterator

from pocket_narrator.corpus.input_files.byte_source import ByteSource
from pocket_narrator.errors import CorpusError

BLOCK = tarfile.BLOCKSIZE
LONGEST_HEADER = 1 << 20  # bytes of a header that holds long names
_WITHOUT_DATA = (tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE)


class _Member(io.RawIOBase):
    """The bytes of one file."""

    def __init__(self, source: ByteSource, size: int) -> None:
        super().__init__()
        self._source = source
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        chunk = self._source.read(min(len(buffer), self.left)) if self.left else b""
        if self.left and not chunk:
            raise tarfile.ReadError("it ends inside a file")
        self.left -= len(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)


def tar_members(source: ByteSource) -> Iterator[tuple[str, io.RawIOBase]]:
    """Name and bytes of every regular file. Raises tarfile.TarError for damage, CorpusError for what is not taken."""
    long_name, long_size = None, None
    while (block := _exactly(source, BLOCK)) != bytes(BLOCK):
        kind, size = block[156:157], _number(block[124:136])
        if int(block[148:156].strip(b" \0") or b"-1", 8) != sum(block[:148]) + sum(block[156:]) + 8 * ord(" "):
            raise tarfile.ReadError("the checksum of a header is wrong")
        if kind in b"xgLK":
            header = _header(source, size)
            if kind == b"x":
                long_name, long_size = _extended(header, source.where, long_name)
            elif kind == b"L":
                long_name = header.partition(b"\0")[0].decode(errors="replace")
            continue
        name, size = long_name or _name(block), size if long_size is None else long_size
        long_name, long_size = None, None
        if kind == tarfile.GNUTYPE_SPARSE:
            raise _sparse(source.where)
        if kind in _WITHOUT_DATA:
            continue
        member = _Member(source, size)
        if kind in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE) and not name.endswith("/"):
            yield name, member
        _skip(source, member.left + -size % BLOCK)
    while source.read(1 << 20):  # to the end, where the checksum of what it is compressed by stands
        pass


def _exactly(source: ByteSource, size: int) -> bytes:
    found = b""
    while len(found) < size:
        chunk = source.read(size - len(found))
        if not chunk:
            raise tarfile.ReadError("it ends before the two empty blocks at the end")
        found += chunk
    return found


def _skip(source: ByteSource, size: int) -> None:
    while size:
        size -= len(_exactly(source, min(size, 1 << 20)))


def _header(source: ByteSource, size: int) -> bytes:
    if size > LONGEST_HEADER:
        raise CorpusError(
            f"a header of the archive is {size:,} bytes long",
            where=source.where,
            expected=f"names and dates, in at most {LONGEST_HEADER:,} bytes",
            hint="it is damaged, or made to do harm: pack it again, or leave it",
        )
    return _exactly(source, size + -size % BLOCK)[:size]


def _number(field: bytes) -> int:
    """Octal digits, or, with the highest bit set, the number itself."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    return _not_negative(field.strip(b" \0") or b"0", 8)


def _not_negative(digits: bytes, base: int) -> int:
    if not digits.isdigit() or len(digits) > 20:
        raise tarfile.ReadError(f"{digits[:20]!r} is no size")
    return int(digits, base)


def _name(block: bytes) -> str:
    name = block[:100].partition(b"\0")[0]
    prefix = block[345:500].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    return (prefix + b"/" + name if prefix else name).decode(errors="replace")


def _extended(header: bytes, where: str, long_name: str | None) -> tuple[str | None, int | None]:
    """Name and size in a header of records `LENGTH KEY=VALUE`."""
    size = None
    while header.strip(b"\0"):
        digits = header.partition(b" ")[0]
        length = _not_negative(digits, 10)
        key, equals, value = header[len(digits) + 1 : length - 1].partition(b"=")
        if not equals or header[length - 1 : length] != b"\n":
            raise tarfile.ReadError("a header of names is no list of records")
        if key == b"path":
            long_name = value.decode(errors="replace")
        elif key == b"size":
            size = _not_negative(value, 10)
        elif key.startswith(b"GNU.sparse"):
            raise _sparse(where)
        header = header[length:]
    return long_name, size


def _sparse(where: str) -> CorpusError:
    return CorpusError(
        "the archive holds a file with holes (a sparse file)", where=where, hint="pack it again, without --sparse"
    )
