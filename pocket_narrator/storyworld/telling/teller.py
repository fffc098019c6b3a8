"""The teller of one story: the world, the cast, the source of chance, and the text, written from left to right."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from pocket_narrator.storyworld.chooser import Chooser, Weights
from pocket_narrator.storyworld.dials import DEFAULT, Dials
from pocket_narrator.storyworld.telling.casting import Cast
from pocket_narrator.storyworld.telling.people import People
from pocket_narrator.storyworld.world import World


class Slot(NamedTuple):
    """A stretch of the text, `text[begin:end]`, that tells a form (`he`, `the`, `name`, ...) of a role."""

    begin: int
    end: int
    role: str
    form: str


@cache
def _weights(probability: float) -> Weights:
    return Weights((probability, 1 - probability))


class Teller:
    """What templates and steps work on. Text is written piece by piece, so that the place of everything in it is known:
    `decided_at[k]` is how many characters were written when decision k of the trace was taken."""

    __slots__ = (
        "_capital",
        "_choose",
        "_pieces",
        "_read",
        "_separator",
        "cast",
        "decided_at",
        "dials",
        "in_paragraph",
        "last_openers",
        "length",
        "people",
        "plot",
        "slots",
        "world",
    )

    def __init__(
        self, plot: str, roles: dict[str, tuple[str, tuple[str, ...]]], chooser: Chooser, dials: Dials = DEFAULT
    ) -> None:
        self.plot = plot
        self.dials = dials
        self._choose = chooser.choose
        self.decided_at = [0] * len(chooser.trace)  # such as which plot it is
        self.world = World()
        self.cast = Cast(self, roles)
        self.length = 0  # characters written
        self.slots: list[Slot] = []
        self.in_paragraph = False  # a sentence of this paragraph is written
        self.last_openers: frozenset[str] = frozenset()
        self._pieces: list[str] = []
        self.people = People()
        self._read = 0  # how many pieces it has seen
        self._separator = ""  # comes before the next text
        self._capital = False  # the next text begins with a capital letter

    def choose(self, site: str, options: Sequence[str], weights: Weights | None = None) -> int:
        """The position of one of the options, decided by the story's chooser."""
        if len(options) > 1:
            self.decided_at.append(self.length + len(self._separator))
        return self._choose(site, options, weights)

    def pick(self, site: str, words: Sequence[str]) -> str:
        """One of the words that the lexicon has of these."""
        words = self.dials.words(words)
        return words[self.choose(site, words)]

    def happens(self, site: str, probability: float) -> bool:
        """Decides whether something is told that is told with this probability."""
        if probability in (0, 1):
            return probability == 1
        return self.choose(site, ("yes", "no"), _weights(probability)) == 0

    def aside(self, part: Callable[["Teller"], None]) -> str:
        """The text of a part of a template that is not written yet, decided here."""
        place, first = self.length + len(self._separator), len(self.decided_at)
        kept = self._pieces, self._separator, self._capital, self.length, self.in_paragraph
        self._pieces, self._separator, self._capital = [], "", False
        part(self)
        text = "".join(self._pieces)
        self._pieces, self._separator, self._capital, self.length, self.in_paragraph = kept
        self.decided_at[first:] = [place] * (len(self.decided_at) - first)
        return text

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
        gender = self.cast[role].get("gender")
        if gender is None:
            self.write(text)
        else:
            self.catch_up()
            self.write(text)
            self._read = len(self._pieces)
            self.people.tell(role, gender)
        self.slots.append(Slot(begin, self.length, role, form))

    def told_by_name(self, openers: frozenset[str]) -> frozenset[str]:
        """Beginnings of a sentence with a pronoun that would tell one of the names in `openers`, as it is in doubt."""
        self.catch_up()
        return frozenset(
            f"{form}:{role}"
            for role, forms in self.cast.items()
            if f":{role}" in openers and "gender" in forms
            for form in ("he", "his")
            if self.people.means(form, forms["gender"]) != role
        )

    def catch_up(self) -> None:
        """Lets `people` know of all that is written."""
        self.people.read("".join(self._pieces[self._read :]))
        self._read = len(self._pieces)

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
