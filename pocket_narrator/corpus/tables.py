"""Stories out of tables: JSON objects, one a line, and Parquet files. One column holds the text."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pocket_narrator.config import Rows
from pocket_narrator.corpus.byte_source import ByteSource, damaged
from pocket_narrator.corpus.pairs import CONTINUATION, PROMPT, story_of_pair
from pocket_narrator.corpus.stories import DELIMITER
from pocket_narrator.corpus.text_layouts import check_length, text_runs
from pocket_narrator.errors import CorpusError, MissingExtraError

USUAL_COLUMNS = ("text", "story")  # in any case; the first one that there is
COLUMN_HINT = "corpus.column=NAME names the one that holds the stories (narrator clean: column=NAME, narrator stats: --column NAME)"
BATCH_BYTES = 8 << 20  # of a Parquet file that are in memory at once, roughly

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def jsonl_stories(source: ByteSource, column: str | None, rows: Rows | None = None) -> Iterator[str]:
    """The texts of a JSON Lines file; lines that are blank and texts that are blank or null are left out. Where there is no
    text in the first line, but a prompt and a continuation, all are pairs.

    Raises CorpusError, with the number of the line, for a line that is no JSON object or lacks a column that is named.
    """
    number, pairs = 0, False
    for run, _ in text_runs(source, "\n"):
        for line in run.split("\n"):
            number += 1
            if not line or line.isspace():
                continue
            row = _parse(line, number, source.where)
            where = f"{source.where}, line {number}"
            if pairs or (column is None and {PROMPT, CONTINUATION} <= row.keys() and not _usual(row)):
                pairs = True
                if rows is None or _fits(rows, row.get(rows.column)):
                    yield story_of_pair(row, where)
                continue
            if column is None:
                texts = [name for name, cell in row.items() if cell is None or isinstance(cell, str)]
                column = choose_column(texts, None, where, others=[name for name in row if name not in texts])
            elif column not in row:
                raise _no_column(list(row), column, where)
            if rows is not None:
                _require(rows, row, where)
                if not _fits(rows, row[rows.column]):
                    continue
            text = row[column]
            if isinstance(text, str):
                yield from _parts(text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text), where)
            elif text is not None:
                raise CorpusError(f"the column '{column}' holds {text!r:.40}, not text", where=where)


def parquet_stories(path: Path, column: str | None, rows: Rows | None = None) -> Iterator[str]:
    """The texts of a Parquet file, read in batches of a few megabytes; blank and null ones are left out.

    Raises CorpusError if the file is damaged or has no such column, MissingExtraError without pyarrow.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "data") from None
    try:
        with parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            fields = {field.name: field.type for field in file.schema_arrow}
            texts = [name for name, kind in fields.items() if _is_text(kind, pyarrow)]
            name = choose_column(texts, column, str(path), others=[name for name in fields if name not in texts])
            if rows is not None:
                _require(rows, fields, str(path))
            names = [name] if rows is None or rows.column == name else [name, rows.column]
            for batch in file.iter_batches(_batch_rows(file.metadata), columns=names, use_threads=False):
                cells = batch.column(name).to_pylist()
                if rows is not None:
                    others = batch.column(rows.column).to_pylist()
                    cells = [text for text, other in zip(cells, others, strict=True) if _fits(rows, other)]
                for text in cells:
                    if text:
                        yield from _parts(text, str(path))
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise damaged(str(path), error) from error


def choose_column(texts: Sequence[str], column: str | None, where: str, others: Sequence[str] = ()) -> str:
    """The column named, or else the usual one among those of text; `others` are of other kinds, for the message."""
    if column in texts:
        assert column is not None
        return column
    usual = _usual(texts)
    if column is None and usual:
        return usual[0]
    raise _no_column(texts, column, where, others)


def _usual(names: Iterable[str]) -> list[str]:
    by_small_letters = {name.lower(): name for name in reversed(list(names))}
    return [by_small_letters[name] for name in USUAL_COLUMNS if name in by_small_letters]


def _no_column(texts: Sequence[str], column: str | None, where: str, others: Sequence[str] = ()) -> CorpusError:
    if column in others:
        what = f"the column '{column}' does not hold text"
    elif column is not None:
        what = f"there is no column '{column}'"
    else:
        what = f"there is no column '{USUAL_COLUMNS[0]}' or '{USUAL_COLUMNS[1]}'"
    found = f"the columns of text are {', '.join(texts)}" if texts else "no column holds text"
    if others:
        found += f"; others are {', '.join(others)}"
    return CorpusError(what, where=where, found=found, hint=COLUMN_HINT)


def _require(rows: Rows, columns: Iterable[str], where: str) -> None:
    if rows.column not in columns:
        raise CorpusError(
            f"there is no column '{rows.column}' to choose rows by",
            where=where,
            found=f"the columns are {', '.join(columns)}",
            hint="check corpus.rows.column",
        )


def _fits(rows: Rows, cell: object) -> bool:
    """Whether a cell holds what is looked for; one of another kind than text is looked at as JSON."""
    if cell is None:
        return False
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False, default=str)
    return re.search(rows.matches, text) is not None


def _parse(line: str, number: int, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CorpusError(
            f"line {number} is not JSON: {error}", where=where, hint="every line is one JSON object, whole"
        ) from None
    if not isinstance(row, dict):
        kind = "a list" if isinstance(row, list) else f"{line:.40}"
        raise CorpusError(
            f"line {number} is {kind}, not a JSON object",
            where=where,
            hint='every line is one JSON object such as {"text": "Once upon a time ..."}',
        )
    return row


def _parts(text: str, where: str) -> Iterable[str]:
    """The stories in a cell, as those of a text: stripped, line ends as `\\n`, parted by the delimiter if there is one."""
    check_length(len(text), where)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return filter(None, map(str.strip, text.split(DELIMITER)))


def _is_text(kind, pyarrow) -> bool:
    types = pyarrow.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def _batch_rows(metadata) -> int:
    """Rows that hold a few megabytes, by the mean size of the file's rows."""
    total = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    return max(1, min(4096, BATCH_BYTES * max(1, metadata.num_rows) // max(1, total)))
