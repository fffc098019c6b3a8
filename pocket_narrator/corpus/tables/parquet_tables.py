"""Stories out of Parquet files, in batches that stay small whatever the file packs into a row."""

from collections.abc import Iterator, Sequence
from itertools import compress
from pathlib import Path
from typing import IO, Any

from pocket_narrator.corpus.input_files.byte_source import MOST_SWELLING, SWELLING_FROM, damaged, swollen
from pocket_narrator.corpus.input_files.decompression import too_much_memory
from pocket_narrator.corpus.pairs import CONTINUATION, PROMPT, story_of_pair
from pocket_narrator.corpus.stories import Story
from pocket_narrator.corpus.tables.chosen_rows import fits, require_column
from pocket_narrator.corpus.tables.columns import (
    choose_column,
    has_pairs,
    other_names,
    parts,
    refuse_doubled_columns,
    refuse_dropped_prompt,
)
from pocket_narrator.errors import MissingExtraError
from pocket_narrator.recipe.schema import RowsConfig

BATCH_BYTES = 8 << 20  # that are in memory at once, by the mean size of a row
MOST_BATCH_BYTES = 64 << 20  # if every row were as long as the longest can be
_DICTIONARY_PAGE = 2


def parquet_stories(path: Path, column: str | None, rows: RowsConfig | None = None) -> Iterator[Story]:
    """The texts of a Parquet file, or its pairs of prompt and continuation; blank and null ones are left out.

    Raises CorpusError if the file is damaged or has no such column, MissingExtraError without pyarrow.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "data") from None
    where = str(path)
    try:
        with parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file, open(path, "rb") as raw:
            fields = {field.name: field.type for field in file.schema_arrow}
            texts = [name for name, kind in fields.items() if _is_text(kind, pyarrow)]
            if column is None and has_pairs(texts):
                wanted = [PROMPT, CONTINUATION]
            else:
                wanted = [choose_column(texts, column, where, others=other_names(fields, texts))]
                if column is None:
                    refuse_dropped_prompt(texts, wanted[0], where)
            if rows is not None:
                require_column(rows, fields, where)
            names = wanted if rows is None or rows.column in wanted else [*wanted, rows.column]
            refuse_doubled_columns(file.schema_arrow.names, names, where)
            size, given = path.stat().st_size, 0
            for group in range(file.metadata.num_row_groups):
                batch_rows = _batch_rows(file.metadata.row_group(group), names, raw, where)
                for batch in file.iter_batches(batch_rows, row_groups=[group], columns=names, use_threads=False):
                    given += batch.nbytes
                    if given > SWELLING_FROM + MOST_SWELLING * size:  # long texts that are stored once, for many rows
                        raise swollen(where)
                    yield from _stories_of(batch, wanted, rows, where)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError, MemoryError) as error:
        raise too_much_memory(where, error) or damaged(where, error) from error


def _stories_of(batch: Any, wanted: Sequence[str], rows: RowsConfig | None, where: str) -> Iterator[Story]:
    """`wanted` is the column of stories, or those of pairs."""
    columns = [_cells(batch.column(name)) for name in wanted]
    if rows is not None:
        chosen = [fits(rows, cell, where) for cell in _cells(batch.column(rows.column))]
        columns = [compress(cells, chosen) for cells in columns]
    if len(columns) == 1:
        for text in columns[0]:
            if text:
                yield from parts(text, where)
        return
    for cells in zip(*columns, strict=True):
        yield story_of_pair(dict(zip(wanted, cells, strict=True)), where)


def _cells(column: Any) -> Iterator[Any]:
    """One by one where they are large, since all of them at once would lie in memory twice."""
    return iter(column.to_pylist()) if column.nbytes < 2 * BATCH_BYTES else (cell.as_py() for cell in column)


def _is_text(kind: Any, pyarrow: Any) -> bool:
    types = pyarrow.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def _batch_rows(group: Any, names: Sequence[str], raw: IO[bytes], where: str) -> int:
    """Rows of a group that hold a few megabytes: by their mean size, and by the size of the longest that there can be.

    A dictionary holds a text once however many rows have it, so the size of the group does not tell how long these are; that
    of the dictionary does.
    """
    chunks = [group.column(index) for index in range(group.num_columns)]
    chunks = [
        chunk for chunk in chunks if chunk.path_in_schema.partition(".")[0] in names or chunk.path_in_schema in names
    ]
    unpacked = sum(chunk.total_uncompressed_size for chunk in chunks)
    packed = sum(chunk.total_compressed_size for chunk in chunks)
    if unpacked > SWELLING_FROM + MOST_SWELLING * packed:
        raise swollen(where)
    longest = max((_longest_repeated(chunk, raw) for chunk in chunks), default=0)
    by_mean = BATCH_BYTES * max(1, group.num_rows) // max(1, unpacked)
    return max(1, min(4096, by_mean, MOST_BATCH_BYTES // max(1, longest)))


def _longest_repeated(chunk: Any, raw: IO[bytes]) -> int:
    """Bytes of the longest value that many rows may share."""
    if any(encoding.startswith("DELTA_BYTE_ARRAY") for encoding in chunk.encodings):  # each may begin as the one before
        return chunk.total_uncompressed_size
    offsets = [chunk.dictionary_page_offset, chunk.data_page_offset]
    raw.seek(max(0, min(offset for offset in offsets if offset is not None)))
    kind, size = _page_header(raw.read(16))
    return size if kind == _DICTIONARY_PAGE else 0


def _page_header(head: bytes) -> tuple[int, int]:
    """Kind and uncompressed size of the page that begins so, the first fields of a struct in Thrift's compact protocol."""
    numbers, place = [], 0
    while len(numbers) < 2 and head[place : place + 1] == b"\x15":  # the next field, an integer of 32 bits
        value = shift = 0
        while True:
            place += 1
            byte = head[place] if place < len(head) else 0
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        numbers.append((value >> 1) ^ -(value & 1))
        place += 1
    return (numbers[0], max(0, numbers[1])) if len(numbers) == 2 else (-1, 0)
