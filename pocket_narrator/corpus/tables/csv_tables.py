"""Stories out of CSV and TSV: the first row names the columns, one of which holds the text."""

import csv
from collections.abc import Iterator
from itertools import chain

from pocket_narrator.corpus.input_files.byte_source import ByteSource
from pocket_narrator.corpus.pairs import CONTINUATION, PROMPT
from pocket_narrator.corpus.stories import Story
from pocket_narrator.corpus.tables.columns import choose_column, has_pairs, named, refuse_doubled_columns
from pocket_narrator.corpus.tables.row_reader import RowReader
from pocket_narrator.corpus.text.runs import text_runs
from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.schema import RowsConfig

SEPARATORS = ",;\t"  # some spreadsheets write semicolons
LONGEST_ROW = 32 << 20  # characters
MOST_LINES = 1_000_000  # of a row

_QUOTES = 'a cell that holds a line end or the separator is put in quotation marks, and those inside it are doubled: "'
_ASKED = f'{_QUOTES}He said ""no""."'


def csv_stories(source: ByteSource, column: str | None, rows: RowsConfig | None = None) -> Iterator[Story]:
    """The texts of a CSV file, or of a TSV file if its name says so; rows and texts that are blank are left out.

    Raises CorpusError, with the line where it begins, for a row that does not fit the head: a text would be cut there.
    """
    lines = _Lines(source)
    csv.field_size_limit(LONGEST_ROW)
    reader, head, rows_reader = csv.reader(lines, lines.dialect(), strict=True), None, RowReader(column, rows)
    while True:
        where = f"{source.where}, line {lines.begin_row()}"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise CorpusError(f"the row cannot be read: {error}", where=where, hint=_ASKED) from None
        if cells is None:
            return
        if not any(cells):
            continue
        if head is None:
            head = [name.strip() for name in cells]
            _check_head(head, column, rows, where)
        elif len(cells) != len(head):
            raise CorpusError(
                f"the row has {len(cells)} cells, and the head {len(head)}",
                where=where,
                found=f"the head is {named(head)}",
                hint=_ASKED,
            )
        else:
            yield from rows_reader.stories(dict(zip(head, cells, strict=True)), where)


def _check_head(head: list[str], column: str | None, rows: RowsConfig | None, where: str) -> None:
    used = [PROMPT, CONTINUATION]
    if not has_pairs(head) or column is not None:
        used = [choose_column(head, column, where)]
    refuse_doubled_columns(head, used if rows is None else [*used, rows.column], where)


class _Lines:
    """The lines of a text with their ends, counted; too many for one row are refused."""

    def __init__(self, source: ByteSource) -> None:
        self._where = source.where
        self._lines = self._read(source)
        first = next(self._lines, "")
        self._lines = chain([first], self._lines)
        self._separator = "\t" if ".tsv" in source.where.lower() else max(SEPARATORS, key=first.count)
        self._number = self._begin = self._length = 0

    def dialect(self) -> type[csv.Dialect]:
        return type("Dialect", (csv.excel,), {"delimiter": self._separator})

    def begin_row(self) -> int:
        """The number of the next line, which begins a row."""
        self._begin, self._length = self._number, 0
        return self._number + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._number += 1
        self._length += len(line)
        if self._length > LONGEST_ROW or self._number - self._begin > MOST_LINES:
            raise CorpusError(
                f"one row has over {self._number - self._begin - 1:,} lines, {self._length >> 20} MiB",
                where=f"{self._where}, line {self._begin + 1}",
                hint="a quotation mark is opened there, and never closed",
            )
        return line

    @staticmethod
    def _read(source: ByteSource) -> Iterator[str]:
        for run, is_ended in text_runs(source, "\n"):
            *lines, last = run.split("\n")
            yield from (f"{line}\n" for line in lines)
            yield f"{last}\n" if is_ended else last
