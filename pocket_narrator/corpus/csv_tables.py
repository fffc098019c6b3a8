"""Stories out of CSV and TSV: the first row names the columns, one of which holds the text."""

import csv
from collections.abc import Iterator

from pocket_narrator.config import Rows
from pocket_narrator.corpus.byte_source import ByteSource
from pocket_narrator.corpus.tables import RowReader, choose_column, has_pairs, named
from pocket_narrator.corpus.text_runs import text_runs
from pocket_narrator.errors import CorpusError

SEPARATORS = ",;\t"  # some spreadsheets write semicolons
LONGEST_ROW = 32 << 20  # characters

_QUOTES = 'a cell that holds a line end or the separator is put in quotation marks, and those inside it are doubled: "'
_ASKED = f'{_QUOTES}He said ""no""."'


def csv_stories(source: ByteSource, column: str | None, rows: Rows | None = None) -> Iterator[str]:
    """The texts of a CSV file, or of a TSV file if its name says so; rows and texts that are blank are left out.

    Raises CorpusError, with the line where it begins, for a row that does not fit the head: a text would be cut there.
    """
    lines = _Lines(source)
    csv.field_size_limit(LONGEST_ROW)
    reader, head, rows_reader = csv.reader(lines, lines.dialect(), strict=True), None, RowReader(column, rows)
    while True:
        begin = lines.number + 1
        where = f"{source.where}, line {begin}"
        lines.length = 0
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
            _check_head(head, column, where)
        elif len(cells) != len(head):
            raise CorpusError(
                f"the row has {len(cells)} cells, and the head {len(head)}",
                where=where,
                found=f"the head is {named(head)}",
                hint=_ASKED,
            )
        else:
            yield from rows_reader.stories(dict(zip(head, cells, strict=True)), where)


def _check_head(head: list[str], column: str | None, where: str) -> None:
    if not has_pairs(head) or column is not None:
        choose_column(head, column, where)


class _Lines:
    """The lines of a text with their ends, counted; too many for one row are refused."""

    def __init__(self, source: ByteSource) -> None:
        self._where = source.where
        self._lines = self._read(source)
        self._first = next(self._lines, "")
        self.number = 0  # of the line that was given last
        self.length = 0  # of all that were given since this was set to zero
        self._separator = max(SEPARATORS, key=self._first.count)
        if ".tsv" in source.where.lower():
            self._separator = "\t"

    def dialect(self) -> type[csv.Dialect]:
        return type("Dialect", (csv.excel,), {"delimiter": self._separator})

    def __iter__(self) -> Iterator[str]:
        yield from self._counted(self._first)
        for line in self._lines:
            yield from self._counted(line)

    def _counted(self, line: str) -> Iterator[str]:
        self.number += 1
        self.length += len(line)
        if self.length > LONGEST_ROW:
            raise CorpusError(
                f"one row is over {LONGEST_ROW >> 20} MiB long",
                where=f"{self._where}, up to line {self.number}",
                hint="a quotation mark is opened before, and never closed",
            )
        yield line

    @staticmethod
    def _read(source: ByteSource) -> Iterator[str]:
        for run, is_ended in text_runs(source, "\n"):
            *lines, last = run.split("\n")
            yield from (f"{line}\n" for line in lines)
            yield f"{last}\n" if is_ended else last
