"""Stories out of a run of UTF-8 bytes: parted by a delimiter, by blank lines, or one a line."""

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Literal

from pocket_narrator.corpus.input_files.byte_source import ByteSource
from pocket_narrator.corpus.stories import DELIMITER, START_MARKERS
from pocket_narrator.corpus.text.runs import CHUNK_BYTES, check_growing, text_runs
from pocket_narrator.corpus.text.separators import (
    ANYWHERE,
    GLANCE,
    MOST_BROKEN_LINES,
    find_marker,
    find_separator,
    separating_line,
    share_of_broken_lines,
    sure_separator,
)
from pocket_narrator.errors import CorpusError
from pocket_narrator.terminal.notes import say_once

Layout = Literal["endoftext", "lines", "documents", "blank-lines", "two-blank-lines"]
_BLANK_LINES = {"blank-lines": 1, "two-blank-lines": 2}  # that end a story, or more


def text_stories(
    source: ByteSource, layout: Layout | None, chunk_bytes: int = CHUNK_BYTES, delimiter: str | None = None
) -> Iterator[str]:
    """The stories of a text in order, stripped, line ends as `\\n`; blank ones are left out.

    `delimiter` ends a story in place of a layout: a line that holds nothing else, or, in angle or square brackets, wherever it
    stands. `<|endoftext|>` ends one in every layout. With layout None, several lines of text without one are refused.
    Memory is bounded by the longest story, not by the text. Byte order marks are dropped, a marker that begins a story
    (`<|startoftext|>`) is taken off, and a last story without a delimiter is kept. Raises CorpusError for what is binary,
    not UTF-8, or too long without an end, and for what is evidently parted in another way.
    """
    if delimiter is not None and ANYWHERE.fullmatch(delimiter):
        parts = _parted(source, delimiter, chunk_bytes)
    elif delimiter is not None:
        parts = _parted_by_line(source, delimiter, chunk_bytes)
    elif layout == "lines":
        parts = _lines(source, chunk_bytes)
    elif layout in _BLANK_LINES:
        parts = _parted_by_blanks(source, _BLANK_LINES[layout], chunk_bytes)
    else:
        parts = _ended(source, layout, chunk_bytes)
    for stories in parts:
        yield from stories
        del stories  # before the next ones are made


def _ended(source: ByteSource, layout: Layout | None, chunk_bytes: int) -> Iterator[Iterable[str]]:
    was_looked_at = False

    def undivided(text: str) -> None:
        if not was_looked_at:
            _look_at_undivided(text, layout, source.where)

    for run, is_ended in text_runs(source, DELIMITER, chunk_bytes, undivided):
        if not was_looked_at and is_ended:
            _look_at_divided(run, source.where)
        elif not was_looked_at:
            undivided(run)
        was_looked_at = True
        yield _stories_in(run, source.where)


def _look_at_undivided(text: str, layout: Layout | None, where: str) -> None:
    """A text that holds no delimiter."""
    if "\n" not in text.strip():
        return
    if layout is None:
        raise CorpusError(f"the text holds no line {DELIMITER}: where does a story end?", where=where, **_asked(text))
    if sure := sure_separator(text):
        raise CorpusError(
            f"the text holds no line {DELIMITER}, and is parted in another way",
            where=where,
            found=sure.found,
            hint=f"put a line {DELIMITER} in its place; or, in a recipe: {sure.hint}" if sure.count else sure.hint,
        )
    if layout == "endoftext" and (line := separating_line(text)):
        say_once(f"{where}: {line.found}; all of it is taken as one story")


def _look_at_divided(text: str, where: str) -> None:
    """The beginning of a text that holds delimiters."""
    if (marker := find_marker(text[:GLANCE])) and marker.count > text[:GLANCE].count(DELIMITER) + 1:
        say_once(f"{where}: {marker.found}, and stays in the stories, which end at {DELIMITER}")


def _asked(text: str) -> dict[str, str]:
    """What to say of a text whose stories may end anywhere."""
    separator = find_separator(text)
    found = {"found": separator.found} if separator else {}
    if separator and separator.is_sure:
        return {**found, "hint": separator.hint}
    ways = [separator.hint] if separator else []
    if (separator is None or separator.leaves_lines) and share_of_broken_lines(text) <= MOST_BROKEN_LINES:
        ways.append("corpus.layout=lines if every line is a story")
    if not (separator and separator.is_book):
        ways.append("corpus.layout=documents if the whole file is one story")
    ways.append(f"or put a line {DELIMITER} after each story")
    return {**found, "hint": "; ".join(ways)}


def _lines(source: ByteSource, chunk_bytes: int) -> Iterator[Iterable[str]]:
    was_looked_at = False
    for run, _ in text_runs(source, "\n", chunk_bytes):
        if not was_looked_at:
            was_looked_at = True
            _look_at_lines(run, source.where)
        yield _stories_in(run.replace(DELIMITER, "\n"), source.where, "\n")


def _look_at_lines(text: str, where: str) -> None:
    """The first lines of a text of which each should be a story."""
    if separator := sure_separator(text) or separating_line(text):
        raise CorpusError(
            "not every line of the text is a story", where=where, found=separator.found, hint=separator.hint
        )
    if (share := share_of_broken_lines(text)) > MOST_BROKEN_LINES:
        say_once(
            f"{where}: every line is taken for a story, and {share:.0%} of the first ones begin with a small letter, in the "
            "middle of a sentence"
        )


def _parted(source: ByteSource, delimiter: str, chunk_bytes: int) -> Iterator[Iterable[str]]:
    was_found = False
    for run, is_ended in text_runs(source, delimiter, chunk_bytes):
        was_found |= is_ended
        if not was_found:
            _require_one_line(run, delimiter, source.where)
        yield _stories_in(run.replace(DELIMITER, delimiter), source.where, delimiter)


def _parted_by_line(source: ByteSource, delimiter: str, chunk_bytes: int) -> Iterator[Iterable[str]]:
    was_found, story = False, _Growing(source.where, f"line '{delimiter}'")
    for run, _ in text_runs(source, "\n", chunk_bytes):
        stories = []
        for line in run.split("\n"):
            if line.strip() == delimiter:
                was_found = True
                stories += story.end()
            else:
                story.add(line)
        yield stories
    if not was_found:
        _require_one_line(story.text(), delimiter, source.where)
    yield story.end()


def _require_one_line(text: str, delimiter: str, where: str) -> None:
    if "\n" in text.strip():
        asked = _asked(text)
        raise CorpusError(f"the text holds no '{delimiter}', which corpus.delimiter names", where=where, **asked)


def _parted_by_blanks(source: ByteSource, fewest: int, chunk_bytes: int) -> Iterator[Iterable[str]]:
    blank, story = 0, _Growing(source.where, f"{fewest} blank line{'s' if fewest > 1 else ''}")
    was_looked_at = False
    for run, _ in text_runs(source, "\n", chunk_bytes):
        if not was_looked_at and (sure := sure_separator(run)):
            raise CorpusError(
                "the text is parted in another way than by blank lines",
                where=source.where,
                found=sure.found,
                hint=sure.hint,
            )
        was_looked_at = True
        stories = []
        for line in run.split("\n"):
            if not line or line.isspace():
                blank += 1
            else:
                if blank >= fewest:
                    stories += story.end()
                blank = 0
            story.add(line)
        yield stories
    yield story.end()


class _Growing:
    """A story of which some lines have been read."""

    def __init__(self, where: str, end: str) -> None:
        self._where = where
        self._end = end
        self._lines: list[str] = []
        self._length = 0

    def add(self, line: str) -> None:
        self._lines.append(line)
        self._length += len(line) + 9  # with its end, and its place in the list
        check_growing(self._length, self._end, self._where)

    def text(self) -> str:
        return "\n".join(self._lines)

    def end(self) -> Iterable[str]:
        """The stories in it; the next one begins."""
        stories = _stories_in(self.text(), self._where)
        self._lines, self._length = [], 0
        return stories


def _stories_in(text: str, where: str, delimiter: str = DELIMITER) -> Iterable[str]:
    stories = list(filter(None, map(str.strip, text.split(delimiter))))
    may_be_marked = any(map(str.startswith, stories, repeat(("<", "["))))
    return _without_start(stories, where) if may_be_marked else stories


def _without_start(stories: Iterable[str], where: str) -> Iterator[str]:
    """Other programs' marker of where a text begins (that of gpt-2-simple, say) is no part of a story."""
    for story in stories:
        for marker in START_MARKERS:
            if story.startswith(marker):
                say_once(f"{where}: {marker} before a story is left out")
                story = story[len(marker) :].lstrip()
        if story:
            yield story
