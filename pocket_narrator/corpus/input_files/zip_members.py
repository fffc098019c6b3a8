"""The files in a zip archive."""

import os
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pocket_narrator.corpus.input_files.byte_source import MOST_SWELLING, SWELLING_FROM, swollen
from pocket_narrator.errors import CorpusError

MOST_DIRECTORY_BYTES = 32 << 20  # of the list of files at the end, which is read whole: some 300,000 files
_LOCKED = 1  # bit of a member's flags


def zip_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and bytes of every file. Raises zipfile.BadZipFile for damage, CorpusError for what is not taken."""
    _refuse_large_directory(path)
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sum(member.compress_size for member in members) > os.path.getsize(path):
            raise CorpusError(
                "files in the archive lie over one another",
                where=str(path),
                hint="it is damaged, or made to do harm: pack it again, or leave it",
            )
        for member in members:
            if member.filename.endswith("/"):
                continue
            where = f"{path}/{member.filename}"
            if member.flag_bits & _LOCKED:
                raise CorpusError("the file is locked with a password", where=where, hint="unpack the archive first")
            if member.file_size > SWELLING_FROM + MOST_SWELLING * member.compress_size:
                raise swollen(where)
            with archive.open(member) as stream:
                yield member.filename, stream


def names_in_zip(path: Path) -> list[str]:
    """The names of all files."""
    _refuse_large_directory(path)
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def _refuse_large_directory(path: Path) -> None:
    with open(path, "rb") as stream:
        stream.seek(-min(os.path.getsize(path), (1 << 16) + 22), os.SEEK_END)
        tail = stream.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) < end + 22:
        return  # `zipfile` says what it is
    size = struct.unpack_from("<L", tail, end + 12)[0]
    large = tail.rfind(b"PK\6\6", 0, end)
    if size == 0xFFFFFFFF and 0 <= large <= end - 56:
        size = struct.unpack_from("<Q", tail, large + 40)[0]
    if size > MOST_DIRECTORY_BYTES:
        raise CorpusError(
            f"the archive's list of files is {size >> 20:,} MiB long",
            where=str(path),
            expected=f"at most {MOST_DIRECTORY_BYTES >> 20} MiB",
            hint="unpack it, and name the folder",
        )
