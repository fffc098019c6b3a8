"""Twins: a chronicle told again with one decision changed, and all others kept as far as they fit."""

import zlib
from collections import defaultdict, deque
from collections.abc import Sequence

from pocket_narrator.storyworld.chooser import Chooser, Decision, Weights


class TwinChooser(Chooser):
    """Replays `trace`, but for decision `step`, where it takes `option`.

    Decisions are found again by chapter and site, so that one that is new or missing does not shift the others. Where a recorded
    option is not to be had because it is the new one and taken, the old one is taken: the two change places. Where neither is,
    what is taken is a function of the site alone.
    """

    __slots__ = ("_chapter", "_new", "_old", "_recorded", "_step")

    def __init__(self, trace: Sequence[Decision], step: int, option: str) -> None:
        super().__init__(0, 0)
        self._step, self._old, self._new = step, trace[step][1], option
        self._recorded: dict[tuple[int, str], deque[tuple[int, str]]] = defaultdict(deque)
        self._chapter = chapter = 0
        for index, (site, taken, _) in enumerate(trace):
            chapter += site == "chapter"
            self._recorded[chapter, site].append((index, taken))

    def choose(self, site: str, options: Sequence[str], weights: Weights | None = None) -> int:
        """The position of the recorded option, of the new one, or of what takes its place."""
        if len(options) == 1:
            return 0
        self._chapter += site == "chapter"
        recorded = self._recorded[self._chapter, site]
        index, wanted = recorded.popleft() if recorded else (-1, "")
        if index == self._step:
            wanted = self._new
        elif wanted == self._new and wanted not in options:
            wanted = self._old
        if wanted in options:
            position = list(options).index(wanted)
        else:
            position = zlib.crc32(f"{self._chapter} {site}".encode()) % len(options)
        probability = 1.0 / len(options) if weights is None else weights.probabilities[position]
        self.trace.append((site, options[position], probability))
        return position
