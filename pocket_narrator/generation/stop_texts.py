"""Where one of several stop texts begins in a text that comes in pieces, in time proportional to the text alone."""

from collections.abc import Sequence
from functools import lru_cache


class StopTexts:
    """Watches one story's text. However long and repetitive the stop texts are, a character is looked at about once for each
    (Knuth, Morris, Pratt 1977)."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [(stop, borders(stop)) for stop in stops]
        self._matched = [0] * len(self._stops)  # how much of each stop text the text ends with

    @property
    def begun(self) -> int:
        """How many characters at the end of the text may be the beginning of a stop text."""
        return max(self._matched, default=0)

    def push(self, text: str) -> int | None:
        """Reads on: where the earliest stop text begins, counted from the beginning of this piece (negative: before it), if one
        has been completed. Nothing may be read after that."""
        found: int | None = None
        for index, (stop, border) in enumerate(self._stops):
            matched = self._matched[index]
            for place, character in enumerate(text):
                while matched and stop[matched] != character:
                    matched = border[matched - 1]
                matched += stop[matched] == character
                if matched == len(stop):
                    begins = place + 1 - len(stop)
                    found = begins if found is None else min(found, begins)
                    break
            else:
                self._matched[index] = matched
        return found


@lru_cache(maxsize=1024)
def borders(text: str) -> tuple[int, ...]:
    """Of each beginning of a text, the length of its longest part that both begins and ends it, and is not all of it."""
    found, length = [0], 0
    for character in text[1:]:
        while length and text[length] != character:
            length = found[length - 1]
        length += text[length] == character
        found.append(length)
    return tuple(found)
