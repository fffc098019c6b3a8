"""Intervals by resampling stories (Efron 1979): how far a figure would move on other stories of the same kind.

Percentiles of a bootstrap are too narrow for few stories, twice: drawing n of n leaves out a part of 1/n of the variance,
and the variance itself is only guessed. Both are mended by reading the interval off further out, at the percentiles where
a normal distribution has sqrt(n / (n - 1)) times Student's t of n - 1 degrees (the expanded percentile interval,
Hesterberg 2015). Unlike a wider interval around the figure, it stays within the range of a share and goes through `exp`.

No resampling goes beyond what was seen, so from very few stories it holds the truth far too seldom (2: 36 to 56 % of the
times, 5: 81 to 93, 8: 89 to 96, by benchmarks/interval_coverage.py), and where all stories have one value it has no width
at all. There is no interval then: None.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from pocket_narrator.evaluation.statistics.student_t import quantile

RESAMPLES = 2_000
LEVEL = 0.95
FEWEST = 8  # stories, or prompts, that an interval takes
Interval = tuple[float, float]
_DRAWS_AT_ONCE = 2**22  # indices in memory at once: 32 MiB


def resampled_sums(columns_SK: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Sums over S stories drawn with replacement, the same ones for every column: float64 [resamples, K]."""
    stories = len(columns_SK)
    random = np.random.default_rng(seed)
    sums = np.empty((resamples, columns_SK.shape[1]))
    rows = max(1, _DRAWS_AT_ONCE // stories)
    for first in range(0, resamples, rows):
        last = min(first + rows, resamples)
        drawn = random.integers(0, stories, size=(last - first, stories))
        drawn += np.arange(last - first)[:, None] * stories
        times = np.bincount(drawn.ravel(), minlength=(last - first) * stories).reshape(-1, stories)
        sums[first:last] = times @ columns_SK
    return sums


def bootstrap_ratios(
    numerators_S: np.ndarray,
    denominators_SR: np.ndarray,
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> list[Interval | None]:
    """The interval of each of the R ratios sum(numerators) / sum(denominators[:, r]) over S stories.

    Stories are drawn with replacement, the same ones for every ratio.
    """
    if len(numerators_S) < FEWEST:
        return [None] * denominators_SR.shape[1]
    columns = np.column_stack([numerators_S, denominators_SR]).astype(np.float64)
    sums = resampled_sums(columns, resamples, seed)
    return [interval_of(ratios_R, len(columns), level) for ratios_R in (sums[:, :1] / sums[:, 1:]).T]


def interval_of(resampled_R: np.ndarray, units: int, level: float = LEVEL) -> Interval | None:
    """From a figure's values on the resampled stories, of which there are `units` (stories, or prompts); NaN is left out."""
    if units < FEWEST:
        return None
    low, high = np.nanquantile(resampled_R, interval_levels(units, level))
    return (float(low), float(high)) if low < high else None


def map_interval(function: Callable[[float], float], interval: Interval | None) -> Interval | None:
    """The interval of a growing function of the figure."""
    return None if interval is None else (function(interval[0]), function(interval[1]))


def spell_interval(interval: Interval | None, units: int, digits: int = 4, sign: str = "", of: str = "stories") -> str:
    """`0.2449 to 0.2501`, or why there is none."""
    if interval is not None:
        return " to ".join(f"{bound:{sign}.{digits}f}" for bound in interval)
    return f"none: < {FEWEST} {of}" if units < FEWEST else "none: all alike"


def interval_levels(units: int, level: float = LEVEL) -> tuple[float, float]:
    """Where in the bootstrap of so many independent units, at least two, the interval begins and ends."""
    return expanded_levels(units - 1, math.sqrt(units / (units - 1)), level)


@lru_cache
def expanded_levels(degrees: float, widening: float = 1.0, level: float = LEVEL) -> tuple[float, float]:
    """The same of a bootstrap whose deviations are too small by the factor `widening`, their size guessed from so many
    degrees of freedom."""
    tail = NormalDist().cdf(-widening * quantile((1 + level) / 2, degrees))
    return tail, 1 - tail
