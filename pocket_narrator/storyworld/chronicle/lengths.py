"""How many chapters the chronicles of a corpus have, where not all have as many."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MixedLengths:
    """Chronicles 0 to `below` - 1 have `fewest` to `most` chapters, all others `most`.

    Lengths are drawn with a probability of about 1 / chapters^2, so that as much text is in chronicles of 4 to 8 chapters as in those
    of 16 to 32: in a short one there are few people to keep apart, and what a reader has to remember is learned there first.
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
        first, end = 1 / self.fewest, 1 / (self.most + 1)
        return min(self.most, int(1 / (first - drawn * (first - end))))
