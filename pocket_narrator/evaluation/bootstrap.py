"""Intervals by resampling stories (Efron 1979): how far a figure would move on other stories of the same kind."""

import numpy as np

RESAMPLES = 2_000
LEVEL = 0.95
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
) -> np.ndarray:
    """Percentile intervals [R, 2] of the ratios sum(numerators) / sum(denominators[:, r]) over S stories.

    Stories are drawn with replacement, the same ones for every ratio. The interval of a single story has no width.
    """
    columns = np.column_stack([numerators_S, denominators_SR]).astype(np.float64)
    sums = resampled_sums(columns, resamples, seed)
    tail = (1 - level) / 2
    return np.quantile(sums[:, :1] / sums[:, 1:], [tail, 1 - tail], axis=0).T
