"""Which rows of a table are taken: by a regular expression over another column, in bounded time."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from pocket_narrator.corpus.tables.columns import named
from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.schema import RowsConfig

MOST_SECONDS = 0.25  # of the processor's, for a cell of up to a million characters: some expressions take longer than anybody lives


def require_column(rows: RowsConfig, columns: Iterable[str], where: str) -> None:
    """Raises CorpusError unless the column is there that rows are chosen by."""
    if rows.column not in columns:
        raise CorpusError(
            f"there is no column '{rows.column}' to choose rows by",
            where=where,
            found=f"the columns are {named(list(columns))}",
            hint="check corpus.rows.column",
        )


def fits(rows: RowsConfig, cell: object, where: str) -> bool:
    """Whether a cell holds what is looked for; one of another kind than text is looked at as JSON. Raises CorpusError where
    the expression takes too long."""
    if cell is None:
        return False
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False, default=str)
    seconds = MOST_SECONDS * (1 + len(text) // 1_000_000)  # a book is not read as soon as a name
    try:
        return _compiled(rows.matches).search(text, timeout=seconds) is not None
    except TimeoutError:
        raise CorpusError(
            f"corpus.rows.matches takes over {seconds} s on one cell, and may take for ever",
            where=where,
            found=f"{rows.matches:.60} on {text[:40]!r}",
            hint="write it so that there is one way to match a text only: a+ instead of (a+)+",
        ) from None


@lru_cache
def _compiled(pattern: str) -> Any:
    """By the package `regex`, which reads what Python's `re` does, and can be given a time."""
    import regex

    return regex.compile(pattern)
