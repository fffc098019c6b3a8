"""Reads the stories of one file, whatever kind it is of: text, JSON Lines, Parquet, or an archive of such files."""

import struct
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from pocket_narrator.config import Rows
from pocket_narrator.corpus.byte_source import DAMAGE, ByteSource, damaged, open_bytes
from pocket_narrator.corpus.tables import jsonl_stories, parquet_stories
from pocket_narrator.corpus.text_layouts import Layout, text_stories
from pocket_narrator.errors import CorpusError

COMPRESSED = (".gz", ".xz", ".bz2", ".zst")
JSON_LINES = (".jsonl", ".ndjson", ".json")
ARCHIVES = (".zip", ".tar", ".tgz", ".txz", ".tbz2")
STORY_FILES = (".txt", ".jsonl", ".ndjson", ".parquet", *ARCHIVES)  # .json beside them is nearly always something else

_UNPACKING = (*DAMAGE, OSError, ValueError, RuntimeError, struct.error)  # of damaged and of locked zip files


@dataclass(frozen=True)
class Reading:
    """How files are read, where they do not say it themselves."""

    layout: Layout | None = "endoftext"  # of texts; none: refused where it is not clear
    column: str | None = None  # of tables; none: text or story
    rows: Rows | None = None  # of tables; none: all


def read_stories(
    path: str | Path, layout: Layout | None = "endoftext", column: str | None = None, rows: Rows | None = None
) -> Iterator[str]:
    """Yields the stories of a file one by one, stripped, line ends as `\\n`; blank ones are left out.

    Compression and binary kinds are known by a file's first bytes, JSON Lines by the name (`.jsonl`); all else is text
    in `layout` (None: refused where it is not clear). Memory is bounded by the longest story, not by the file.
    Raises CorpusError if the file is missing, damaged, not of text, or has no story in it (unless `rows` chose none).
    """
    path = Path(path)
    found = rows is not None
    with open_bytes(path) as source:
        for story in _stories(source, path, Reading(layout, column, rows)):
            found = True
            yield story
    if not found:
        raise CorpusError(
            "the file holds no story, only blanks and delimiters",
            where=str(path),
            hint="check that the text was written in full",
        )


def is_story_file(name: str) -> bool:
    """Whether a file in a folder or archive is taken for one of stories, by its name."""
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not hidden and _kind(path.name) in STORY_FILES


def _kind(name: str) -> str:
    """The suffix of a file's name in small letters, without the one that says how it is compressed."""
    path = PurePosixPath(name.lower())
    return PurePosixPath(path.stem).suffix if path.suffix in COMPRESSED else path.suffix


def _stories(source: ByteSource, path: Path | None, how: Reading) -> Iterator[str]:
    """`path` is where `source` lies as a file of its own, if it does: some kinds are not read from front to back."""
    if source.head.startswith(b"PAR1") or source.where.lower().endswith(".parquet"):
        yield from parquet_stories(_on_its_own(source, path), how.column, how.rows)
    elif source.head.startswith(b"PK\3\4"):
        yield from _archived(_zip_members(_on_its_own(source, path)), source.where, how)
    elif source.head[257:262] == b"ustar":
        yield from _archived(_tar_members(source), source.where, how)
    elif _kind(source.where.replace("\\", "/")) in JSON_LINES:
        yield from jsonl_stories(source, how.column, how.rows)
    elif how.rows is not None:
        raise CorpusError(
            "corpus.rows chooses among the rows of a table, and this is a text",
            where=source.where,
            hint=f"leave it out, or name files that end in {', '.join(JSON_LINES)} or .parquet",
        )
    else:
        yield from text_stories(source, how.layout)


def _on_its_own(source: ByteSource, path: Path | None) -> Path:
    if path is None or source.is_packed:
        raise CorpusError("a Parquet or zip file lies inside another file", where=source.where, hint="unpack it")
    return path


def _archived(members: Iterator[tuple[str, IO[bytes]]], where: str, how: Reading) -> Iterator[str]:
    # Several files in one archive: a text without a delimiter is one document.
    how = replace(how, layout=how.layout or "documents")
    others: list[str] = []
    found = False
    try:
        for name, stream in members:
            if not is_story_file(name):
                others.append(name)
                continue
            found = True
            yield from _stories(ByteSource(stream, f"{where}/{name}", is_packed=True), None, how)
    except _UNPACKING as error:
        raise damaged(where, error) from error
    if not found:
        example = f", such as {others[0]}" if others else ""
        raise CorpusError(
            f"the archive holds no file of stories; files in it: {len(others)}{example}",
            where=where,
            expected=f"stories are in files that end in {', '.join(STORY_FILES)}",
        )


def _zip_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                with archive.open(member) as stream:
                    yield member.filename, stream


def _tar_members(source: ByteSource) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(fileobj=source, mode="r|") as archive:  # type: ignore[call-overload]
        for member in archive:
            if member.isfile() and (stream := archive.extractfile(member)) is not None:
                yield member.name, stream
    while source.read(1 << 20):  # to the end, where the checksum of what it is compressed by stands
        pass
