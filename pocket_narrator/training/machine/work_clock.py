"""The time that a training has worked: the wall clock, but for the times at which the process stood still.

A process stands still where it is stopped (Ctrl-Z, `docker pause`), or its machine is (a suspended laptop, a paused virtual
machine): the clock of the operating system may go on meanwhile, and says nothing of it. What shows it is a stretch of work, such
as a step, that took many times as long as such stretches usually do.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from statistics import median

STANDSTILL = 5.0  # times as long as usual
LEAST_S = 1.0  # no stretch shorter than this is taken for a standstill: other programs hold steps of milliseconds up
REMEMBERED = 20  # stretches of a kind: few, so that a machine that has become slower is soon the usual one


class WorkClock:
    """Adds up stretches of work, each of a kind whose stretches take about the same time."""

    def __init__(self, seconds: float = 0.0, now: Callable[[], float] = time.monotonic) -> None:
        """seconds: of work that was done before."""
        self.seconds = seconds
        self._now = now
        self._began = now()
        self._usual: defaultdict[object, deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    def start(self) -> None:
        """The next stretch begins now; what lies between the last one and now is none."""
        self._began = self._now()

    def so_far(self) -> float:
        """Seconds of work, and of the stretch that has not ended, which counts for no more than a slow one of any kind."""
        running = self._now() - self._began
        slowest = max((median(took) for took in self._usual.values()), default=running)
        return self.seconds + min(running, max(LEAST_S, STANDSTILL * slowest))

    def end_stretch(self, kind: object) -> tuple[float, float]:
        """The stretch since the last one has ended: the seconds of it that count, and those that are left out because
        nothing was done in them. The first of a kind counts in full: there is nothing to compare it with."""
        now = self._now()
        took, self._began = now - self._began, now
        before = self._usual[kind]
        usual = median(before) if before else took
        before.append(took)
        counted = usual if took > max(LEAST_S, STANDSTILL * usual) else took
        self.seconds += counted
        return counted, took - counted
