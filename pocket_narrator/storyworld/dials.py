"""What can be set about the world: how much is decoration, how many words it has, how far pay-offs are from their set-ups."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.limits import MOST_PARAGRAPHS

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Dials:
    """The world's settings; a story is a function of seed, index and these.

    Attributes:
        decoration: The probability with which details are told that nothing depends on, from 0 to 1.
        lexicon: The share of the names, kinds, things, places and words for details that there are, above 0 and to 1.
        dependency: How many paragraphs more lie between what a story sets up and what comes of it, from 0.
        held_out_plots: Plots that are not told; the others are equally likely.

    Raises:
        CorpusError: One of them is out of its range.
    """

    decoration: float = 1.0
    lexicon: float = 1.0
    dependency: int = 0
    held_out_plots: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, fits, expected in (
            ("decoration", isinstance(self.decoration, (int, float)) and 0 <= self.decoration <= 1, "from 0 to 1"),
            ("lexicon", isinstance(self.lexicon, (int, float)) and 0 < self.lexicon <= 1, "above 0, and at most 1"),
            ("held_out_plots", isinstance(self.held_out_plots, tuple), "a tuple of names of plots"),
            (
                "dependency",
                isinstance(self.dependency, int) and 0 <= self.dependency <= MOST_PARAGRAPHS,
                f"a whole number from 0 to {MOST_PARAGRAPHS:,}",
            ),
        ):
            if not fits:
                raise CorpusError(
                    f"{name} is {getattr(self, name)}", expected=expected, hint=f"give a {name} in this range"
                )

    def words(self, options: Sequence[Item]) -> Sequence[Item]:
        """Those of the options that the lexicon has: the first of them, and at least two."""
        return options if self.lexicon == 1 else options[: max(2, math.ceil(self.lexicon * len(options)))]


DEFAULT = Dials()
