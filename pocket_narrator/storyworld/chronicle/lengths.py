"""How many chapters the chronicles of a corpus have, where not all have as many."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MixedLengths:
    """Chronicles 0 to `below` - 1 have `fewest` to `most` chapters, all others `most`.

    Lengths are drawn with a probability in proportion to 1 / (chapters (chapters + 1)), so that about as much text is in chronicles
    of 4 to 7 chapters as in those of 16 to 31: in a short one there are few people to keep apart, and what a reader has to remember is
    learned there first. Hardly one has `most`: of 3 to 48 chapters one in 736, though a quarter of the text is in those of 24 and more.
    """

    fewest: int
    most: int
    below: int

    def of(self, seed: int, index: int) -> int:
        """The chapters of a chronicle: a pure function of these, on every platform."""
        if index >= self.below:
            return self.most
        # A stream of its own: what a chronicle tells is decided by its index, seed and length alone.
        drawn = random.Random(f"chapters {seed} {index}").random()
        return min(self.most, int(1 / (1 / self.fewest - drawn * self._span)))

    def chapters_of(self, chronicles: int) -> float:
        """How many chapters the first so many chronicles are expected to have together."""
        mixed = min(chronicles, self.below)
        mean = sum(1 / (chapters + 1) for chapters in range(self.fewest, self.most + 1)) / self._span
        return mixed * mean + (chronicles - mixed) * self.most

    @property
    def _span(self) -> float:
        return 1 / self.fewest - 1 / (self.most + 1)
