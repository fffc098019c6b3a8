"""How stories are printed: wrapped between words on a terminal; into a pipe or a file as they are."""

import shutil
import sys
from collections.abc import Iterator

from pocket_narrator.terminal.visible_text import visible

WIDTH = 78  # columns at most


class StoryPrinter:
    """Prints stories that come in pieces of any length; on a terminal a word is printed when it is whole."""

    def __init__(self) -> None:
        self._width = _columns() if sys.stdout.isatty() else None
        self._column = 0
        self._blanks = self._word = ""  # what is not printed yet

    def write(self, piece: str) -> None:
        """Goes on with a story."""
        shown = piece if self._width is None else "".join(self._wrap(visible(piece), self._width))
        print(shown, end="", flush=True)

    def end(self) -> None:
        """Ends a story and its line."""
        self.write("\n")

    def rule(self) -> None:
        """Parts two stories."""
        print("-" * _columns(), flush=True)

    def _wrap(self, piece: str, width: int) -> Iterator[str]:
        for character in piece:
            if character not in " \t\n":
                self._word += character
                continue
            if self._word:
                yield self._take_word(width)
            self._blanks += character
            if character == "\n":
                self._column, self._blanks = 0, ""
                yield character

    def _take_word(self, width: int) -> str:
        blanks, word = self._blanks, self._word
        self._blanks = self._word = ""
        if self._column and self._column + len(blanks + word) > width:
            self._column = len(word)
            return "\n" + word
        self._column += len(blanks + word)
        return blanks + word


def _columns() -> int:
    return min(shutil.get_terminal_size().columns, WIDTH)
