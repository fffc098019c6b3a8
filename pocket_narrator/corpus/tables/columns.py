"""What tables of every kind have in common: which column holds the stories, which are pairs, and what a cell gives."""

from collections.abc import Iterable, Iterator, Sequence

from pocket_narrator.corpus.pairs import CONTINUATION, PROMPT
from pocket_narrator.corpus.stories import DELIMITER, Story
from pocket_narrator.corpus.text.runs import BYTE_ORDER_MARK, check_length
from pocket_narrator.errors import CorpusError

USUAL_COLUMNS = ("text", "story")  # in any case; the first one that there is
COLUMN_HINT = "corpus.column=NAME names the one that holds the stories"
MOST_NAMES = 20  # of columns, in a message


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
    raise no_column(texts, column, where, others)


def _usual(names: Iterable[str]) -> list[str]:
    by_small_letters = {name.lower(): name for name in reversed(list(names))}
    return [by_small_letters[name] for name in USUAL_COLUMNS if name in by_small_letters]


def no_column(texts: Sequence[str], column: str | None, where: str, others: Sequence[str] = ()) -> CorpusError:
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


def refuse_doubled_columns(names: Sequence[str], used: Iterable[str], where: str) -> None:
    """Raises CorpusError if one of the columns that are used has a name that others have, too: which one is meant?"""
    for name in used:
        places = [place for place, other in enumerate(names, 1) if other == name]
        if len(places) > 1:
            listed = f"{', '.join(map(str, places[:-1]))} and {places[-1]}"
            raise CorpusError(
                f"{len(places)} columns are named '{name:.60}', and all but one would be left out",
                where=where,
                found=f"columns {listed} of {len(names)}",
                hint="give each of them a name of its own",
            )


def other_names(names: Iterable[str], texts: Sequence[str]) -> list[str]:
    """Those that are not among `texts`."""
    of_text = set(texts)
    return [name for name in names if name not in of_text]


def named(columns: Sequence[str]) -> str:
    """The names of columns, as many as a message bears."""
    more = f" and {len(columns) - MOST_NAMES} more" if len(columns) > MOST_NAMES else ""
    return ", ".join(f"{name:.60}" for name in columns[:MOST_NAMES]) + more


def parts(text: str, where: str) -> Iterator[Story]:
    """The stories in a cell, as those of a text: stripped, line ends as `\\n`, parted by the delimiter if there is one."""
    check_length(len(text), where)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if BYTE_ORDER_MARK in text:
        text = text.replace(BYTE_ORDER_MARK, "")
    return map(Story, filter(None, map(str.strip, text.split(DELIMITER))))
