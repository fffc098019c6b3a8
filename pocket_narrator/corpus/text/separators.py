"""What seems to part the stories of a text, where `<|endoftext|>` does not: for messages. Nothing is parted by a guess."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from pocket_narrator.corpus.stories import DELIMITER, START_MARKERS
from pocket_narrator.terminal.messages import shell_words

SAMPLE = 1 << 20  # characters of a text that are looked at
GLANCE = 1 << 16  # first, where most likely there is nothing
MOST_BROKEN_LINES = 0.3  # of the lines of a text that has a story a line
LONGEST_LINE = 40  # characters of a line that may be a separator
LONGEST_RULE = 200  # characters of one without letters
FEWEST_LINES = 3  # that are alike, until they look like one; of lines with letters in them, FEWEST_WORDS
FEWEST_WORDS = 8

ANYWHERE = re.compile(r"<[^<>\s]+>|\[[^\[\]\s]+\]|\f")  # delimiters that end a story wherever they stand

_MARKER = re.compile(r"[<\[][/|]?[A-Za-z_]{1,30}\|?[>\]]")
_NAMES = frozenset(
    [
        "s",
        "eos",
        "bos",
        "sep",
        "eot",
        "eod",
        "eotid",
        "end",
        "start",
        "begin",
        "story",
        "endoftext",
        "startoftext",
        "beginoftext",
        "endofstory",
        "startofstory",
        "beginofstory",
        "endofsequence",
        "endofdocument",
        "endstory",
        "startstory",
        "imend",
        "imstart",
    ]
)
_NO_RULE = frozenset("'\".,!?()\u2018\u2019\u201c\u201d\u2026")  # characters of speech, not of a line that parts
_SENTENCE_ENDS = (*"'\".,!?:;\u2019\u201d\u2026",)
_LAST_WORDS = frozenset(("the end", "end", "fin", "finis"))
_HEADING = re.compile(
    r"^[ \t]*((?:chapter|part|book|story|tale|kapitel|chapitre)\s+(?:\d+|[ivxlc]+|one|two|three|four|five)\b.{0,60})$",
    re.IGNORECASE | re.MULTILINE,
)
_BLANK = re.compile(r"\n[ \t]*\n")
_TWO_BLANK = re.compile(r"\n[ \t]*\n[ \t]*\n")
_TABLE_HEAD = re.compile(r"[^,;\t\n]{1,60}([,;\t])[^\n]{1,2000}")


class Separator(NamedTuple):
    """Something that stands all over a text."""

    found: str  # of a message
    hint: str
    is_sure: bool = False  # no story holds it
    count: int = 0
    leaves_lines: bool = False  # that each might still be a story
    is_book: bool = False  # the hint says already what to do with one


def find_separator(text: str) -> Separator | None:
    """What most likely parts the stories of `text`, of which a megabyte is looked at."""
    text = text[:SAMPLE]
    return (
        _table(text)
        or find_marker(text)
        or _rule(text)
        or _form_feed(text)
        or _heading(text)
        or _repeated(text)
        or _blank_lines(text)
    )


def sure_separator(text: str) -> Separator | None:
    """The same, where it can be nothing else. Quick where there is none: only a little of the text is looked at."""
    return _at_a_glance(text, lambda sample: _table(sample) or find_marker(sample))


def separating_line(text: str) -> Separator | None:
    """A line without letters that stands all over `text`; lines of stories are none. Quick where there is none."""
    return _at_a_glance(text, _rule)


def _at_a_glance(text: str, find: Callable[[str], Separator | None]) -> Separator | None:
    return find(text[:SAMPLE]) if find(text[:GLANCE]) else None


def find_marker(text: str) -> Separator | None:
    """A marker that other programs put at the end or the beginning of a text; `<|endoftext|>` is not meant."""
    if "<" not in text and "[" not in text:
        return None
    text = text[:SAMPLE]
    counts = Counter(
        marker
        for marker in _MARKER.findall(text)
        if marker != DELIMITER and re.sub("[^a-z]", "", marker.lower()) in _NAMES
    )
    if not counts:
        return None
    # Of `<s>...</s>`, the one that ends.
    marker, count = max(counts.items(), key=lambda item: (item[0] not in START_MARKERS, item[1]))
    lines = sum(line.strip() == marker for line in text.split("\n"))
    kind = "the line" if lines == count else "the marker"
    return _of(marker, f"{kind} '{marker}' stands {_times(count)} in the text", is_sure=True, count=count)


def share_of_broken_lines(text: str) -> float:
    """Of the first lines of `text`, how many begin with a small letter, as those of a text do that is wrapped."""
    lines = [line for line in text[:GLANCE].split("\n") if line.strip()]
    return sum(line.lstrip()[0].islower() for line in lines) / len(lines) if len(lines) >= FEWEST_WORDS else 0.0


def delimiter_option(delimiter: str) -> str:
    """How to name a delimiter on the command line, for a shell."""
    return shell_words(["corpus.delimiter=" + (r"\f" if delimiter == "\f" else delimiter)])


def _of(delimiter: str, found: str, is_sure: bool = False, count: int = 0) -> Separator:
    return Separator(found, f"{delimiter_option(delimiter)} if it parts the stories", is_sure, count)


def _times(count: int) -> str:
    return f"{count:,} times" if count != 1 else "once"


def _rule(text: str) -> Separator | None:
    lines = map(str.strip, text.split("\n"))
    counts = Counter(line for line in lines if 0 < len(line) <= LONGEST_RULE and _is_rule(line))
    if not counts:
        return None
    line, count = counts.most_common(1)[0]
    if count < (FEWEST_LINES if len(line) > 2 else FEWEST_WORDS):
        return None
    return _of(line, f"the line '{line}' stands {_times(count)} in the text")


def _is_rule(line: str) -> bool:
    """Whether it has neither letters nor what speech is written with: `***`, `-----`."""
    return not line[0].isalnum() and not any(sign.isalnum() or sign in _NO_RULE for sign in line)


def _form_feed(text: str) -> Separator | None:
    count = text.count("\f")
    return _of("\f", f"a form feed (\\f) stands {_times(count)} in the text") if count else None


def _heading(text: str) -> Separator | None:
    headings = _HEADING.findall(text)
    if len(headings) < 2:
        return None
    return Separator(
        f"headings such as '{headings[0].strip()}', {len(headings)} of them",
        "corpus.layout=documents if all of it is one book; to make each chapter a story, put a line "
        f"{DELIMITER} before each heading",
        is_book=True,
    )


def _repeated(text: str) -> Separator | None:
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    short = Counter(
        line
        for line in lines
        if len(line) <= LONGEST_LINE and (not line.endswith(_SENTENCE_ENDS) or line.lower().rstrip(".!") in _LAST_WORDS)
    )
    if not short:
        return None
    line, count = short.most_common(1)[0]
    if count < max(FEWEST_WORDS, 0.02 * len(lines)):
        return None
    return _of(line, f"the line '{line}' stands {_times(count)} in the text")._replace(leaves_lines=True)


def _blank_lines(text: str) -> Separator | None:
    two = len(_TWO_BLANK.findall(text.strip()))
    if two:
        return Separator(
            f"two or more blank lines stand together {_times(two)} in the text",
            "corpus.layout=two-blank-lines if they part the stories, corpus.layout=blank-lines if every blank line does",
        )
    one = len(_BLANK.findall(text.strip()))
    if one:
        return Separator(
            f"blank lines stand {_times(one)} in the text",
            "corpus.layout=blank-lines if they part the stories, and not only their paragraphs",
            leaves_lines=True,
        )
    return None


def _table(text: str) -> Separator | None:
    """A table that its name does not say."""
    first = text.lstrip().partition("\n")[0].strip()
    if first.startswith('{"') and first.endswith("}"):
        try:
            if isinstance(json.loads(first), dict):
                return Separator("lines of JSON", "name the file .jsonl", True)
        except (ValueError, RecursionError):
            pass
    if (head := _TABLE_HEAD.fullmatch(first)) and len(first) < 2000:
        names = [name.strip(' "').lower() for name in first.split(head[1])]
        if {"text", "story"} & set(names) and len(set(names)) == len(names):
            return Separator(f"a table with the columns {', '.join(names[:8])}", "name the file .csv or .tsv", True)
    return None
