"""What tables of every kind have in common: which column holds the stories, which rows are taken, which are pairs."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pocket_narrator.corpus.pairs import CONTINUATION, PROMPT, story_of_pair
from pocket_narrator.corpus.stories import DELIMITER, Story
from pocket_narrator.corpus.text.runs import BYTE_ORDER_MARK, check_length
from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.schema import RowsConfig

USUAL_COLUMNS = ("text", "story")  # in any case; the first one that there is
COLUMN_HINT = "corpus.column=NAME names the one that holds the stories"
MOST_NAMES = 20  # of columns, in a message

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


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
            return parts(text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text), where)
        if self._are_pairs or (self._named is None and has_pairs(row.keys())):
            self._are_pairs = True
            return [story_of_pair(row, where)] if self._takes(row) else ()
        column = self._column
        if column is None:
            texts = [name for name, cell in row.items() if cell is None or isinstance(cell, str)]
            column = choose_column(texts, None, where, others=other_names(row, texts))
            self._column, self._is_plain = column, self._rows is None
        elif column not in row:
            raise _no_column(list(row), column, where)
        if self._named is None and row.get(PROMPT):
            refuse_dropped_prompt(row.keys(), column, where)
        if self._rows is not None:
            require_column(self._rows, row.keys(), where)
            if not fits(self._rows, row[self._rows.column]):
                return ()
        text = row[column]
        if isinstance(text, str):
            return parts(text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text), where)
        if text is not None:
            raise CorpusError(f"the column '{column}' holds {repr(text)[:40]}, not text", where=where)
        return ()

    def _takes(self, row: Mapping[str, Any]) -> bool:
        return self._rows is None or fits(self._rows, row.get(self._rows.column))


def has_pairs(names: Iterable[str]) -> bool:
    """Whether a table of these columns is one of prompts and continuations."""
    return {PROMPT, CONTINUATION} <= set(names) and not _usual(names)


def refuse_dropped_prompt(names: Iterable[str], column: str, where: str) -> None:
    """Raises CorpusError if a table has prompts beside the column of stories, and nobody has said what they are for."""
    if PROMPT in names and column != PROMPT:
        raise CorpusError(
            f"the table has a column '{PROMPT}' beside '{column}', and it is not clear what it is for",
            where=where,
            hint=f"corpus.column={column} takes that column alone; for pairs, of which the prompt is given and what follows is learned, name the columns "
            f"{PROMPT} and {CONTINUATION}",
        )


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
    found = f"the columns of text are {named(texts)}" if texts else "no column holds text"
    if others:
        found += f"; others are {named(others)}"
    hint = COLUMN_HINT
    if column is None and PROMPT in texts:
        hint += f"; pairs have the columns {PROMPT} and {CONTINUATION}"
    return CorpusError(what, where=where, found=found, hint=hint)


def other_names(names: Iterable[str], texts: Sequence[str]) -> list[str]:
    """Those that are not among `texts`."""
    of_text = set(texts)
    return [name for name in names if name not in of_text]


def named(columns: Sequence[str]) -> str:
    """The names of columns, as many as a message bears."""
    more = f" and {len(columns) - MOST_NAMES} more" if len(columns) > MOST_NAMES else ""
    return ", ".join(f"{name:.60}" for name in columns[:MOST_NAMES]) + more


def require_column(rows: RowsConfig, columns: Iterable[str], where: str) -> None:
    """Raises CorpusError unless the column is there that rows are chosen by."""
    if rows.column not in columns:
        raise CorpusError(
            f"there is no column '{rows.column}' to choose rows by",
            where=where,
            found=f"the columns are {named(list(columns))}",
            hint="check corpus.rows.column",
        )


def fits(rows: RowsConfig, cell: object) -> bool:
    """Whether a cell holds what is looked for; one of another kind than text is looked at as JSON."""
    if cell is None:
        return False
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False, default=str)
    return re.search(rows.matches, text) is not None


def parts(text: str, where: str) -> Iterator[Story]:
    """The stories in a cell, as those of a text: stripped, line ends as `\\n`, parted by the delimiter if there is one."""
    check_length(len(text), where)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if BYTE_ORDER_MARK in text:
        text = text.replace(BYTE_ORDER_MARK, "")
    return map(Story, filter(None, map(str.strip, text.split(DELIMITER))))
