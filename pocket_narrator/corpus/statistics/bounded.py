"""Counters whose memory does not grow with the corpus."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


class BoundedCounter:
    """Counts keys and forgets the rarest when there are too many (Manku & Motwani 2002, by size instead of time).

    As long as `missing` is 0 all counts are exact. Afterwards a count is too small by at most `missing`, and a key that
    occurs more often than that is surely there.
    """

    def __init__(self, most_keys: int) -> None:
        self.counts: Counter[str] = Counter()
        self.missing = 0
        self._most_keys = most_keys

    def add(self, counts: Mapping[str, int]) -> None:
        """Adds the counts; the result depends on the order in which portions are added only once keys are forgotten."""
        self.counts.update(counts)
        if len(self.counts) > self._most_keys:
            limit = sorted(self.counts.values(), reverse=True)[self._most_keys // 2]
            self.missing += limit
            self.counts = Counter({key: count for key, count in self.counts.items() if count > limit})

    def most_common(self, number: int) -> list[tuple[str, int]]:
        """The most frequent keys; ties in alphabetical order."""
        return heapq.nsmallest(number, self.counts.items(), key=lambda item: (-item[1], item[0]))


@dataclass(frozen=True)
class Spread:
    """How a figure of stories is spread. From 1,000 on it is known to three digits."""

    mean: float
    smallest: int
    largest: int
    quantiles: dict[str, int]  # 5 %, 25 %, 50 %, 75 %, 95 %
    histogram: list[tuple[int, int, int]]  # from, to (not included), stories; the last one holds everything above


QUANTILES = {"5 %": 0.05, "25 %": 0.25, "50 %": 0.5, "75 %": 0.75, "95 %": 0.95}
BINS = 40


def rounded(value: int) -> int:
    """Three digits, so that there are at most 900 different values a power of ten."""
    if value < 1000:
        return value
    unit = 10 ** (len(str(value)) - 3)
    return value // unit * unit


def spread_of(counts: Mapping[int, int]) -> Spread:
    """The spread of values given as value: how many stories have it."""
    values = sorted(counts.items())
    stories = sum(counts.values())
    quantiles = {name: _quantile(values, share * (stories - 1)) for name, share in QUANTILES.items()}
    top = _quantile(values, 0.995 * (stories - 1))
    width = max(1, -(-(top + 1) // BINS))
    bins: Counter[int] = Counter()
    for value, count in values:
        bins[min(value // width, BINS)] += count
    last = max(bins)
    histogram = [(place * width, (place + 1) * width, bins[place]) for place in range(last + 1)]
    mean = sum(value * count for value, count in values) / stories
    return Spread(mean, values[0][0], values[-1][0], quantiles, histogram)


def _quantile(values: Iterable[tuple[int, int]], place: float) -> int:
    """The value of the story at `place` among the stories in order (the nearest rank below)."""
    seen = 0
    found = 0
    for value, count in values:
        found = value
        seen += count
        if seen > place:
            break
    return found
