"""Reads the stories of one file, whatever kind it is of: text, JSON, CSV, Parquet, or an archive of such files."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from pocket_narrator.corpus.input_files.byte_source import DAMAGE, ByteSource, damaged, open_bytes
from pocket_narrator.corpus.input_files.foreign_formats import refuse_document, refuse_foreign
from pocket_narrator.corpus.input_files.kinds import JSON, SECOND_CHOICE, SEPARATED, STORY_FILES, LeftOut, kind_of, rank
from pocket_narrator.corpus.input_files.tar_members import tar_members
from pocket_narrator.corpus.input_files.zip_members import names_in_zip, zip_members
from pocket_narrator.corpus.stories import Story
from pocket_narrator.corpus.tables.csv_tables import csv_stories
from pocket_narrator.corpus.tables.json_tables import array_stories, is_array, jsonl_stories
from pocket_narrator.corpus.tables.parquet_tables import parquet_stories
from pocket_narrator.corpus.text.layouts import Layout, text_stories
from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.schema import RowsConfig
from pocket_narrator.terminal.notes import say_once

Members = Iterator[tuple[str, IO[bytes] | io.RawIOBase]]

_UNPACKING = (*DAMAGE, OSError, ValueError, RuntimeError, struct.error)  # of damaged and of locked zip files


@dataclass(frozen=True)
class Reading:
    """How files are read, where they do not say it themselves."""

    layout: Layout | None = "endoftext"  # of texts; none: refused where it is not clear
    column: str | None = None  # of tables; none: text or story
    rows: RowsConfig | None = None  # of tables; none: all
    delimiter: str | None = None  # of texts, in place of a layout


def read_stories(
    path: str | Path,
    layout: Layout | None = "endoftext",
    column: str | None = None,
    rows: RowsConfig | None = None,
    delimiter: str | None = None,
    source: int = 0,
) -> Iterator[Story]:
    """Yields the stories of a file one by one, stripped, line ends as `\\n`; blank ones are left out.

    Compression and binary kinds are known by a file's first bytes, JSON (`.jsonl`, `.json`) and CSV (`.csv`, `.tsv`) by the
    name; all else is text in `layout` (None: refused where it is not clear), or parted by `delimiter`. Memory is bounded
    by the longest story, not by the file. `source` is what the stories carry. Raises CorpusError if the file is missing, damaged, not of text, changes while it
    is read, or has no story in it (unless `rows` chose none).
    """
    path = Path(path)
    found = rows is not None
    with open_bytes(path) as opened:
        stories = _stories(opened, path, Reading(layout, column, rows, delimiter))
        for index, (text, _, _, prompt_length) in enumerate(stories):
            found = True
            yield Story(text, f"{path}#{index}", source, prompt_length)
    if not found:
        raise CorpusError(
            "the file holds no story, only blanks and delimiters",
            where=str(path),
            hint="check that the text was written in full",
        )


def _stories(source: ByteSource, path: Path | None, how: Reading) -> Iterator[Story]:
    """`path` is where `source` lies as a file of its own, if it does: some kinds are not read from front to back."""
    kind = kind_of(source.where.replace("\\", "/"))
    if source.head.startswith(b"PAR1") or kind == ".parquet":
        yield from parquet_stories(_on_its_own(source, path), how.column, how.rows)
    elif source.head.startswith(b"PK\3\4"):
        yield from _zipped(_on_its_own(source, path), how)
    elif source.head[257:262] == b"ustar":
        yield from _archived(tar_members(source), path, source.where, how)
    elif kind == ".json" and is_array(source.head):
        yield from array_stories(source, how.column, how.rows)
    elif kind in JSON:
        yield from jsonl_stories(source, how.column, how.rows)
    elif kind in SEPARATED:
        yield from csv_stories(source, how.column, how.rows)
    else:
        refuse_foreign(source.head, source.where)
        if how.rows is not None:
            raise CorpusError(
                "corpus.rows chooses among the rows of a table, and this is a text",
                where=source.where,
                hint=f"leave it out, or name files that end in {', '.join((*JSON, *SEPARATED))} or .parquet",
            )
        yield from map(Story, text_stories(source, how.layout, delimiter=how.delimiter))


def _on_its_own(source: ByteSource, path: Path | None) -> Path:
    if path is None or source.is_packed:
        raise CorpusError("a Parquet or zip file lies inside another file", where=source.where, hint="unpack it")
    return path


def _zipped(path: Path, how: Reading) -> Iterator[Story]:
    try:
        refuse_document(names_in_zip(path), str(path))
    except _UNPACKING as error:
        raise damaged(str(path), error) from error
    yield from _archived(zip_members(path), path, str(path), how)


def _archived(members: Members, path: Path | None, where: str, how: Reading) -> Iterator[Story]:
    """The stories of all files of the best rank that there is in the archive, in its order."""
    # Several files in one archive: a text without a delimiter is one document.
    how = replace(how, layout=how.layout or "documents")
    best: int | None = None
    taken, others = 0, LeftOut()
    try:
        for name, stream in members:
            its_rank = rank(name)
            if best is None and its_rank == SECOND_CHOICE and path is not None:
                best = _best_rank(path)
            if its_rank is None or its_rank != (best or 0):
                others.add(name)
                continue
            taken += 1
            yield from _stories(ByteSource(stream, f"{where}/{name}", is_packed=True), None, how)  # type: ignore[arg-type]
    except _UNPACKING as error:
        raise damaged(where, error) from error
    if not taken:
        raise CorpusError(
            f"the archive holds no file of stories; files in it: {others}",
            where=where,
            expected=f"stories are in files that end in {', '.join(STORY_FILES)}",
            hint="unpack it, and name the files",
        )
    if others.total:
        say_once(f"{where}: {taken:,} files of stories; left out: {others}")


def _best_rank(path: Path) -> int:
    """Whether an archive's files of stories are such by their names, or only tables that might be: without unpacking any."""
    with open_bytes(path) as source:
        is_zip = source.head.startswith(b"PK\3\4")
        names = names_in_zip(path) if is_zip else (name for name, _ in tar_members(source))
        return min((found for found in map(rank, names) if found is not None), default=0)
