"""The teller of one story: the world, the cast, the source of chance, and the text, written from left to right."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pocket_narrator.storyworld.chooser import Chooser, Weights
from pocket_narrator.storyworld.telling.casting import Cast
from pocket_narrator.storyworld.world import World


class Slot(NamedTuple):
    """A stretch of the text, `text[begin:end]`, that tells a form (`he`, `the`, `name`, ...) of a role."""

    begin: int
    end: int
    role: str
    form: str


class Teller:
    """What templates and steps work on. Text is written piece by piece, so that the place of everything in it is known:
    `decided_at[k]` is how many characters were written when decision k of the trace was taken."""

    __slots__ = (
        "_capital",
        "_choose",
        "_pieces",
        "_separator",
        "cast",
        "decided_at",
        "in_paragraph",
        "last_openers",
        "length",
        "plot",
        "slots",
        "world",
    )

    def __init__(self, plot: str, roles: dict[str, tuple[str, tuple[str, ...]]], chooser: Chooser) -> None:
        self.plot = plot
        self._choose = chooser.choose
        self.decided_at = [0] * len(chooser.trace)  # such as which plot it is
        self.world = World()
        self.cast = Cast(self, roles)
        self.length = 0  # characters written
        self.slots: list[Slot] = []
        self.in_paragraph = False  # a sentence of this paragraph is written
        self.last_openers: frozenset[str] = frozenset()
        self._pieces: list[str] = []
        self._separator = ""  # comes before the next text
        self._capital = False  # the next text begins with a capital letter

    def choose(self, site: str, options: Sequence[str], weights: Weights | None = None) -> int:
        """The position of one of the options, decided by the story's chooser."""
        if len(options) > 1:
            self.decided_at.append(self.length + len(self._separator))
        return self._choose(site, options, weights)

    def begin_sentence(self) -> None:
        """What is written next is one or more whole sentences."""
        self._separator = " " if self.in_paragraph else "\n" if self.length else ""
        self._capital = True

    def end_sentence(self) -> None:
        """Closes what `begin_sentence` opened, where nothing may have been written."""
        self._separator = ""
        self._capital = False

    def write(self, text: str) -> None:
        """Adds text; empty text adds nothing, not even a separator."""
        if not text:
            return
        if self._separator:
            separator, self._separator = self._separator, ""
            self.add(separator)
        self.in_paragraph = True
        if self._capital:
            if text[0] == '"':  # a quote is stepped over
                text = '"' + text[1:2].upper() + text[2:]
                self._capital = len(text) == 1
            else:
                text = text[0].upper() + text[1:]
                self._capital = False
        self.add(text)

    def add(self, piece: str) -> None:
        """Puts a piece at the end of the text, as it is."""
        self._pieces.append(piece)
        self.length += len(piece)

    def write_form(self, role: str, form: str, text: str) -> None:
        """Adds a form of a role."""
        begin = self.length + len(self._separator)
        self.write(text)
        self.slots.append(Slot(begin, self.length, role, form))

    def write_capitalized(self, part: Callable[["Teller"], None]) -> None:
        """Adds a part of a template, its first letter in upper case."""
        before, self._capital = self._capital, True
        part(self)
        if self._capital:  # it told nothing that has letters
            self._capital = before

    def end_paragraph(self) -> None:
        """The next sentence begins a new paragraph."""
        self.in_paragraph = False

    def text(self) -> str:
        """What is written so far: paragraphs separated by one newline."""
        return "".join(self._pieces)
