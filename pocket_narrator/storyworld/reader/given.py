"""A text that is read, and what is often asked about it."""

from __future__ import annotations

import re

from pocket_narrator.storyworld.dials import DEFAULT, Dials
from pocket_narrator.storyworld.reader.lookahead import last_word

LONGEST_BEGINNING = 120  # characters of a wording, up to its first decision


class GivenText:
    """A text that is read, and what is often asked about it.

    `is_whole`: it is read as a whole story and as nothing else, so that whatever is decided is told in it.
    """

    __slots__ = ("_last", "_tails", "dials", "is_whole", "lower", "text", "words")

    def __init__(self, text: str, is_whole: bool, dials: Dials = DEFAULT) -> None:
        self.text = text
        self.dials = dials
        self.is_whole = is_whole
        self.lower = text.lower()
        words = re.findall(r"[a-z]+", self.lower)
        self.words = frozenset(words)
        # What it may end in the middle of: a word, or several of them.
        begins = [] if is_whole else [match.start() for match in re.finditer(r"\S+", self.lower[-LONGEST_BEGINNING:])]
        self._tails = tuple(self.lower[-LONGEST_BEGINNING:][begin:] for begin in begins)
        self._last = "" if is_whole or not words else words[-1]

    def may_tell(self, option: str) -> bool:
        """Whether it has the last word of an option, or could go on with it where it ends."""
        word = last_word(option)
        if word in self.words or self.is_whole:
            return word in self.words
        return bool(self._last and word.startswith(self._last)) or option.lower().startswith(self._tails)

    def has(self, words: str) -> bool:
        """Whether it has several words in a row, or could go on with them where it ends."""
        return words in self.lower or words.startswith(self._tails)
