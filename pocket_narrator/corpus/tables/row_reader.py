"""The stories in rows that come one by one: of JSON and CSV."""

from collections.abc import Iterable, Mapping
from typing import Any

from pocket_narrator.corpus.pairs import PROMPT, story_of_pair
from pocket_narrator.corpus.stories import Story
from pocket_narrator.corpus.tables.chosen_rows import fits, require_column
from pocket_narrator.corpus.tables.columns import (
    choose_column,
    has_pairs,
    no_column,
    other_names,
    parts,
    refuse_dropped_prompt,
)
from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.schema import RowsConfig


class RowReader:
    """The stories in the rows of one table, which are given one by one."""

    def __init__(self, column: str | None, rows: RowsConfig | None) -> None:
        self._named = column
        self._column = column
        self._rows = rows
        self._are_pairs = False
        self._is_plain = False  # all rows so far are a text, or null, and no other cell matters

    def stories(self, row: Mapping[str, Any], where: str) -> Iterable[Story]:
        """Those of one row. Where there is no text in the first row, but a prompt and a continuation, all are pairs.

        Raises CorpusError for a row that lacks the column, or has another prompt that would be dropped.
        """
        if (
            self._is_plain
            and isinstance(text := row.get(self._column or ""), str)
            and (self._named or PROMPT not in row)
        ):
            return parts(text, where)
        if self._are_pairs or (self._named is None and has_pairs(row.keys())):
            self._are_pairs = True
            return [story_of_pair(row, where)] if self._takes(row, where) else ()
        column = self._column
        if column is None:
            texts = [name for name, cell in row.items() if cell is None or isinstance(cell, str)]
            column = choose_column(texts, None, where, others=other_names(row, texts))
            self._column, self._is_plain = column, self._rows is None
        elif column not in row:
            raise no_column(list(row), column, where)
        if self._named is None and row.get(PROMPT):
            refuse_dropped_prompt(row.keys(), column, where)
        if self._rows is not None:
            require_column(self._rows, row.keys(), where)
            if not fits(self._rows, row[self._rows.column], where):
                return ()
        text = row[column]
        if isinstance(text, str):
            return parts(text, where)
        if text is not None:
            raise CorpusError(f"the column '{column}' holds {repr(text)[:40]}, not text", where=where)
        return ()

    def _takes(self, row: Mapping[str, Any], where: str) -> bool:
        return self._rows is None or fits(self._rows, row.get(self._rows.column), where)
