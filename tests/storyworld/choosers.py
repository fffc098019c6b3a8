"""What a story might have decided: each decision with all its options."""

from typing import NamedTuple

from pocket_narrator.storyworld.chooser import Chooser


class Decided(NamedTuple):
    site: str
    options: tuple[str, ...]
    probabilities: list[float]
    chosen: str


class RecordingChooser(Chooser):
    """Notes what every option of every decision was worth, not only what came out."""

    __slots__ = ("decisions",)

    def __init__(self, seed, index):
        super().__init__(seed, index)
        self.decisions: list[Decided] = []

    def choose(self, site, options, weights=None):
        position = super().choose(site, options, weights)
        if len(options) > 1:
            probabilities = weights.probabilities if weights else [1 / len(options)] * len(options)
            self.decisions.append(Decided(site, tuple(options), probabilities, options[position]))
        return position
