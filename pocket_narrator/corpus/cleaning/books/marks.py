"""Marks that the print or its transcription left in a book's text: pages, illustrations, footnotes, emphasis, notes."""

import re
from itertools import pairwise
from statistics import median

_BRACKETED = re.compile(
    r"\[\s*\*?\s*(?:Illustrations?|Frontispiece|Decoration|Picture|Map|Sidenote|Footnote|Endnote|Blank Page"
    r"|(?:Transcriber|Redactor|Preparer|Editor|Producer|Proofreader)['\u2019]?s?['\u2019]? notes?)\b"
    r"(?:[^\[\]]|\[[^\[\]]{0,200}\]){0,6000}\]",
    re.IGNORECASE,
)
# {12}, {pg 12}, [Pg 12], [p. xii], [Page 12]; [12], [3a] and (*1) refer to notes.
_INLINE = re.compile(
    r"\{\s*(?:(?:pg|page|p)\b\.?\s*)?(?:[ivxlc]+|\d+)?\s*\}|\[\s*(?:pg|page|p)\b\.?\s*(?:[ivxlc]+|\d+)\s*\]"
    r"|\[\s*\d{1,4}[a-z]?\s*\]|\[[*\u2020]+\]|\(\*\d+\)|\{(?:Endnote|Footnote) \d+\}",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"(?<![A-Za-z0-9])_+(?=\S)|(?<=\S)_+(?![A-Za-z0-9])|(?<![\w=])=(?=\w)|(?<=\w)=(?![\w=])")
_EMPHASIS_IN_WORD = re.compile(
    r"(?<![A-Za-z0-9_])_([^\W_]{1,30})_(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])_([^\W_]{1,30}\.?)_(?!_)"
)
_INDEX = re.compile(r"(?<=[A-Za-z0-9)])_\{(\w{1,3})\}")  # H_{2}O
_PAGE_LINE = re.compile(
    r"^[ \t]*(?:[-\u2014~]+ ?\d{1,4} ?[-\u2014~]+|(?:Page|Pg\.?|p\.) ?(?:\d{1,4}|[ivxlc]+))[ \t]*$", re.I | re.M
)
_NUMBER_LINE = re.compile(r"^[ \t]*(\d{1,4})[ \t]*$", re.MULTILINE)
_NOTES_HEADING = re.compile(
    r"^[ \t]*\W*(?:(?:Transcriber|Redactor|Preparer|Producer)['\u2019]?s?['\u2019]? notes?\b.{0,12}$"
    r"|Typographical errors corrected by)",
    re.IGNORECASE | re.MULTILINE,
)
_BLANK = re.compile(r"\n[ \t]*\n\s*")
_AT_AN_END = 0.04  # of the text: where notes about the transcription stand


def strip_marks(text: str) -> str:
    """The text without them. What stands in brackets within the story itself stays."""
    text = _BRACKETED.sub("", text)
    text = _without_notes(text)
    text = _PAGE_LINE.sub("", text)
    text = _without_page_numbers(text)
    text = _INDEX.sub(r"\1", text)
    text = _INLINE.sub("", text)
    text = _EMPHASIS_IN_WORD.sub(r"\1\2", text)
    return _EMPHASIS.sub("", text)


def _without_notes(text: str) -> str:
    """Transcribers' notes under a heading: those at the end with all that follows, one at the beginning with its paragraph."""
    for match in _NOTES_HEADING.finditer(text):
        if match.start() > (1 - _AT_AN_END) * len(text):
            return text[: match.start()].rstrip()
    first = _NOTES_HEADING.search(text, 0, int(_AT_AN_END * len(text)) + 400)
    if first is None:
        return text
    heading_end = _BLANK.search(text, first.end())
    # A heading with its note in one paragraph, or alone with the note in the next.
    is_alone = heading_end is not None and heading_end.start() - first.end() < 3
    note_end = _BLANK.search(text, heading_end.end()) if is_alone and heading_end else heading_end
    before, after = text[: first.start()].rstrip(), text[note_end.end() :] if note_end else ""
    return f"{before}\n\n{after}" if before else after


def _without_page_numbers(text: str) -> str:
    """Numbers on lines of their own, if they are pages: many, rising by little, a page's length apart.

    Chapters may have such numbers, too, but are longer, or fewer.
    """
    found = list(_NUMBER_LINE.finditer(text))
    if len(found) < 15:
        return text
    numbers = [int(match.group(1)) for match in found]
    steps = [after - before for before, after in pairwise(numbers)]
    rising = sum(1 <= step <= 3 for step in steps) / len(steps)
    apart = median(after.start() - before.end() for before, after in pairwise(found))
    return _NUMBER_LINE.sub("", text) if rising > 0.8 and apart < 4_000 and numbers[-1] > 40 else text
