"""The one source of chance: every random decision of StoryWorld goes through `Chooser.choose`."""

import math
import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

# One random decision: where it was taken, what came out, and how probable that was.
# A plain tuple, because a story takes seventy of them.
Decision = tuple[str, str, float]


class Weights:
    """Relative weights of the options of one site, prepared once so that choosing is a bisection."""

    __slots__ = ("cumulative", "probabilities")

    def __init__(self, relative: Iterable[float]) -> None:
        relative = list(relative)
        total = math.fsum(relative)
        assert min(relative) > 0, "every option must be possible"
        self.probabilities = [weight / total for weight in relative]
        self.cumulative = list(accumulate(self.probabilities))
        self.cumulative[-1] = 1.0  # rounding must not leave a gap above the last option


class Chooser:
    """A random stream that is a function of (seed, index) alone, and the trace of what it decided."""

    __slots__ = ("_draw", "trace")

    def __init__(self, seed: int, index: int) -> None:
        # Mersenne Twister seeded by an integer gives the same `random()` on every platform and version.
        self._draw = random.Random((seed << 64) + index).random
        self.trace: list[Decision] = []

    def choose(self, site: str, options: Sequence[str], weights: Weights | None = None) -> int:
        """Decides between `options` (equally likely without `weights`) and returns the position of the choice.

        An only option is no decision and leaves no trace.
        """
        count = len(options)
        if count == 1:
            return 0
        if weights is None:
            position = int(self._draw() * count)
            self.trace.append((site, options[position], 1.0 / count))
        else:
            position = bisect_right(weights.cumulative, self._draw())
            self.trace.append((site, options[position], weights.probabilities[position]))
        return position


class ReplayChooser(Chooser):
    """Takes the decisions of a trace again, in order, instead of drawing them."""

    __slots__ = ("_left",)

    def __init__(self, trace: Iterable[Decision]) -> None:
        super().__init__(0, 0)
        self._left = iter(trace)

    def choose(self, site: str, options: Sequence[str], weights: Weights | None = None) -> int:
        """The position of the recorded option; the site must be the recorded one."""
        if len(options) == 1:
            return 0
        recorded_site, option, _ = next(self._left)
        assert recorded_site == site, f"the trace was at {recorded_site}, the story is at {site}"
        position = list(options).index(option)
        probability = 1.0 / len(options) if weights is None else weights.probabilities[position]
        self.trace.append((site, option, probability))
        return position
