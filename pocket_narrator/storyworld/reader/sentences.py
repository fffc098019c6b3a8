"""Where the sentences of a text begin and end."""

from __future__ import annotations

import re
from bisect import bisect_right

# `"Why?" she asked.` is one sentence, and so is `Mr. Brown laughed.`
_END = re.compile(r'(?<!\bMr)(?<!\bMrs)[.!?]+"?(?=\s+["A-Z])|\s*\n+|\Z')
_WORD = re.compile(r"\S+")


class Sentences:
    """The sentences of a text as (begin, end) in characters, and which of them a character is in."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: list[tuple[int, int]] = []
        begin = 0
        for match in _END.finditer(text):
            end = match.end() if text[match.start() : match.end()].strip() else match.start()
            while begin < end and text[begin].isspace():
                begin += 1
            if begin < end:
                self.spans.append((begin, end))
                begin = end
        self._begins = [begin for begin, _ in self.spans]

    def __len__(self) -> int:
        return len(self.spans)

    def at(self, position: int) -> int:
        """The number of the sentence that a character is in; white space belongs to the sentence after it."""
        number = max(bisect_right(self._begins, position) - 1, 0)
        if number + 1 < len(self.spans) and position >= self.spans[number][1]:
            number += 1
        return number

    def words_between(self, begin: int, end: int) -> int:
        """How many words begin in a stretch of the text."""
        return sum(1 for _ in _WORD.finditer(self.text, begin, max(begin, end)))
