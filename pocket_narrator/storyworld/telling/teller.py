"""The teller of one story: the world, the cast, the source of chance, and the text so far."""

from pocket_narrator.storyworld.chooser import Chooser
from pocket_narrator.storyworld.telling.casting import Cast
from pocket_narrator.storyworld.telling.template import capitalized
from pocket_narrator.storyworld.world import World


class Teller:
    """What templates and steps work on."""

    __slots__ = ("cast", "choose", "last_openers", "paragraphs", "plot", "sentences", "world")

    def __init__(self, plot: str, roles: dict[str, tuple[str, tuple[str, ...]]], chooser: Chooser) -> None:
        self.plot = plot
        self.choose = chooser.choose
        self.world = World()
        self.cast = Cast(self, roles)
        self.paragraphs: list[str] = []
        self.sentences: list[str] = []
        self.last_openers: frozenset[str] = frozenset()

    def say(self, text: str) -> None:
        """Adds one or more whole sentences; empty text adds nothing."""
        if text:
            self.sentences.append(text if text[0].isupper() else capitalized(text))

    def end_paragraph(self) -> None:
        """Begins a new paragraph."""
        if self.sentences:
            self.paragraphs.append(" ".join(self.sentences))
            self.sentences = []

    def text(self) -> str:
        """The story: paragraphs separated by one newline."""
        self.end_paragraph()
        return "\n".join(self.paragraphs)
