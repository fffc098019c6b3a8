"""Texts that are set in lines of one width, as metrics read them: a paragraph a line.

`sentences`, `paragraphs` and `names` take a line's end for a paragraph's. In a text that was wrapped it is none, where
the next word did not fit into the width. Which texts are wrapped is told by their line ends alone; all others are left
as they are, character for character. (Cleaning knows that it has a book, whose paragraphs stand between blank lines.)
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pocket_narrator.corpus.cleaning.books.layout import blocks_of, joined
from pocket_narrator.evaluation.metrics.text import OPENING_MARKS, Sample, ends_whole

LEAST_WIDTH = 40  # characters: Bringhurst (1992) has 45 to 75 for prose, 40 to 50 in columns; lists are narrower
FEWEST_BREAKS = 2  # inside sentences: one line says nothing of a width

_VISIBLE = re.compile(r"\S")


def unwrapped(text: str) -> str:
    """A paragraph a line where the text is hard-wrapped, else the text itself.

    A line is full at a width if it is no longer, and with the next line's first word would be. A text is wrapped if lines
    begin in lower case, as no paragraph does, and there is one width at which most lines before them are full; and so are
    most lines without a stop that are no longer than that, which those of verse, lists and headings are not. Then lines
    are joined where one is full or the next begins in lower case. Blank lines and indents stay paragraph ends.
    """
    blocks = blocks_of(text.replace("\r\n", "\n").replace("\r", "\n"))
    width = _width([pair for block in blocks for pair in pairwise(block)])
    return text if width is None else "\n\n".join(_joined_at(block, width) for block in blocks)


def unwrapped_story(story: Sample) -> Sample:
    """The story with all its texts unwrapped. What a text's layout is, only the whole can tell, so beginning and
    continuation are unwrapped together and cut again where they were; with the reference where nothing is told yet."""
    beginning, text = _unwrapped_parts(story.beginning, story.text)
    if story.reference is None:
        return replace(story, beginning=beginning, text=text)
    before, reference = _unwrapped_parts(story.beginning, story.reference)
    return replace(story, beginning=beginning if story.text else before, text=text, reference=reference)


def same_place(text: str, place: int, other: str) -> int:
    """The place in `other`, which is the same text but for blanks and line ends, after the last visible character
    before `place` in `text`; the very place if nothing differs."""
    if text == other:
        return place
    visible = sum(1 for _ in _VISIBLE.finditer(text, 0, place))
    return next((match.end() for i, match in enumerate(_VISIBLE.finditer(other), 1) if i == visible), 0)


def _unwrapped_parts(before: str, after: str) -> tuple[str, str]:
    whole = before + after
    view = unwrapped(whole)
    cut = same_place(whole, len(before), view)
    return view[:cut], view[cut:]


def _width(breaks: Sequence[tuple[str, str]]) -> int | None:
    """The width of a text with these pairs of neighbouring lines, if it is wrapped; the one that accounts for most."""
    going_on = [pair for pair in breaks if _begins_small(pair[1])]
    if len(going_on) < FEWEST_BREAKS:
        return None
    unstopped = [pair for pair in breaks if not ends_whole(pair[0])]
    widths = {len(line) for line, _ in breaks if len(line) >= LEAST_WIDTH}
    # By what is surely inside a sentence; of equal ones by what may be, then by all.
    counts = {width: [_full(pairs, width) for pairs in (going_on, unstopped, breaks)] for width in sorted(widths)}
    width = max(counts, key=counts.__getitem__, default=0)
    explained = counts[width][0] if counts else 0
    fitting = [pair for pair in unstopped if len(pair[0]) <= width]
    is_prose = 2 * _full(fitting, width) > len(fitting)
    return width if explained >= FEWEST_BREAKS and 2 * explained > len(going_on) and is_prose else None


def _full(breaks: Sequence[tuple[str, str]], width: int) -> int:
    return sum(_is_full(line, after, width) for line, after in breaks)


def _is_full(line: str, after: str, width: int) -> bool:
    """Whether the line fits, and with the next word would not."""
    return len(line) <= width < len(line) + 1 + len(after.split(maxsplit=1)[0])


def _begins_small(line: str) -> bool:
    return line.lstrip(OPENING_MARKS + " ")[:1].islower()


def _joined_at(block: Sequence[str], width: int) -> str:
    paragraphs: list[list[str]] = [[block[0]]]
    for line, after in pairwise(block):
        if _is_full(line, after, width) or _begins_small(after):
            paragraphs[-1].append(after)
        else:
            paragraphs.append([after])
    return "\n".join(map(joined, paragraphs))
