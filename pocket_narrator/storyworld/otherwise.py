"""A story told again with one decision taken otherwise, and all others kept as far as they fit."""

from bisect import bisect_left
from collections.abc import Sequence

from pocket_narrator.storyworld.chooser import Chooser, Decision, Weights

_CHAPTER = "chapter"  # the site that begins each chapter of a chronicle: there the two go together again
_NEAR = 3  # decisions of the trace that a site which comes again and again may pass over to be found


class OtherwiseChooser(Chooser):
    """Takes the decisions of a trace again, but at one step another option. `kept[j]` says which decision of the trace
    decision j is, None where it had to be drawn."""

    __slots__ = ("_next", "_places", "_step", "_taken", "_trace", "kept")

    def __init__(self, trace: Sequence[Decision], step: int, seed: int) -> None:
        """seed: of the other option, and of what has to be drawn."""
        super().__init__(seed, step)
        self._trace, self._step, self._next = trace, step, 0
        self._taken: str | None = None  # the other option
        self._places: dict[str, list[int]] = {}  # of each site in the trace
        for at, decision in enumerate(trace):
            self._places.setdefault(decision[0], []).append(at)
        self.kept: list[int | None] = []

    def choose(self, site: str, options: Sequence[str], weights: Weights | None = None) -> int:
        """The position of the recorded option, of another one at the step, or of one that is drawn."""
        if len(options) == 1:
            return 0
        at = self._find(site)
        if at is not None:
            self._next = at + 1
        wanted = "" if at is None else self._trace[at][1]
        if wanted not in options and wanted == self._taken and _CHAPTER in self._places:
            wanted = self._trace[self._step][1]  # in a long chronicle another may take its place: they change places
        if wanted not in options:
            self.kept.append(None)
            return super().choose(site, options, weights)
        position = list(options).index(wanted)
        if at == self._step:  # any other option, all of them as likely
            position = (position + 1 + int(self._draw() * (len(options) - 1))) % len(options)
            self._taken = options[position]
        self.kept.append(at)
        probability = 1.0 / len(options) if weights is None else weights.probabilities[position]
        self.trace.append((site, options[position], probability))
        return position

    def _find(self, site: str) -> int | None:
        places = self._places.get(site, [])
        ahead = bisect_left(places, self._next)
        if ahead == len(places):
            return None
        is_clear = len(places) == 1 or site == _CHAPTER or places[ahead] <= self._next + _NEAR
        return places[ahead] if is_clear else None
