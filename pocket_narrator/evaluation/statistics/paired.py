"""Is one model better than another, by how much, and how sure are we? On the same stories, pair by pair.

A figure of a model is a ratio of sums over stories (bits over bytes; values over their count). Stories that are hard for
one model are hard for the other, so differences are resampled, not figures. Where each model was trained with several
seeds, seeds are drawn first and stories then: the interval is about models of this kind, not about these files.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pocket_narrator.evaluation.statistics.bootstrap import FEWEST, LEVEL, Interval, interval_of, resampled_sums
from pocket_narrator.evaluation.statistics.student_t import quantile, two_sided_p

RESAMPLES_OF_PAIRS = 4_000
_DRAWS_AT_ONCE = 2**21  # numbers in memory at once: 16 MiB


@dataclass(frozen=True)
class Scores:
    """One model's sums: K seeds, S stories. A figure of seed k is sum(numerators[k]) / sum(denominators)."""

    numerators_KS: np.ndarray
    denominators_S: np.ndarray

    @property
    def figures_K(self) -> np.ndarray:
        return self.numerators_KS.sum(1) / self.denominators_S.sum()


@dataclass(frozen=True)
class Difference:
    """`value` is ours minus theirs. Legend: p: two-sided; `seeds`: whether interval and p hold for other seeds too."""

    value: float
    interval: Interval | None  # none for too few stories, or where every one differs by the same
    relative: float | None  # of theirs; none where that is 0
    p: float
    p_stories: float  # for these very models, over stories only
    effect_size: float | None  # mean over deviation of the stories' differences (Cohen's d of pairs)
    lower_share: float  # of the stories on which ours is lower; ties count half
    seeds: bool
    stories: int


def compare(ours: Scores, theirs: Scores, *, resamples: int = RESAMPLES_OF_PAIRS, seed: int = 0) -> Difference:
    """Both have the same stories with the same denominators."""
    assert np.array_equal(ours.denominators_S, theirs.denominators_S)
    counts_S = ours.denominators_S.astype(np.float64)
    stories = len(counts_S)
    value = float(ours.figures_K.mean() - theirs.figures_K.mean())
    difference_S = ours.numerators_KS.mean(0) - theirs.numerators_KS.mean(0)
    single_S = difference_S / counts_S
    spread = float(single_S.std(ddof=1)) if stories > 1 else 0.0
    seeds = min(len(ours.numerators_KS), len(theirs.numerators_KS)) > 1
    p_stories = permutation_p(difference_S, seed=seed)
    interval, p = None, p_stories
    if stories >= FEWEST:
        draws_R2K = [_figures_of_draws(scores, resamples, seed) for scores in (ours, theirs)]
        if seeds:
            interval, p = _with_seeds(value, ours, theirs, draws_R2K, np.random.default_rng([seed, 1]))
        else:
            low_high = _quantiles(draws_R2K[0].mean(1) - draws_R2K[1].mean(1))
            interval = _stretched(value, low_high, stories - 1, math.sqrt(stories / (stories - 1)))
        interval = interval if interval[0] < interval[1] else None
    return Difference(
        value=value,
        interval=interval,
        relative=value / float(theirs.figures_K.mean()) if theirs.figures_K.mean() else None,
        p=p,
        p_stories=p_stories,
        effect_size=float(single_S.mean()) / spread if spread > 0 else None,
        lower_share=float((single_S < 0).mean() + 0.5 * (single_S == 0).mean()),
        seeds=seeds,
        stories=stories,
    )


def figure_interval(scores: Scores, *, resamples: int = RESAMPLES_OF_PAIRS, seed: int = 0) -> Interval | None:
    """Of the mean figure over seeds, by drawing stories; none for too few."""
    if len(scores.denominators_S) < FEWEST:
        return None
    return interval_of(_figures_of_draws(scores, resamples, seed).mean(1), len(scores.denominators_S))


def permutation_p(difference_S: np.ndarray, *, permutations: int = 10_000, seed: int = 0) -> float:
    """Two-sided p of the sum of paired differences, if each could as well have had the other sign (Fisher 1935).

    All signs where there are few enough of them; else a sample, in which the observed one is counted, so p is never 0.
    """
    difference_S = difference_S[difference_S != 0]  # a tie says nothing, whatever its sign
    stories = len(difference_S)
    if stories == 0:
        return 1.0
    observed = abs(difference_S.sum()) * (1 - 1e-12)
    if 2**stories <= permutations:
        bits = np.arange(2**stories)[:, None] >> np.arange(stories) & 1
        return float((np.abs((1 - 2 * bits) @ difference_S) >= observed).mean())
    random = np.random.default_rng(seed)
    as_far, rows = 0, max(1, _DRAWS_AT_ONCE // stories)
    for first in range(0, permutations, rows):
        signs = random.integers(0, 2, size=(min(rows, permutations - first), stories), dtype=np.int8) * 2.0 - 1
        as_far += int((np.abs(signs @ difference_S) >= observed).sum())
    return (as_far + 1) / (permutations + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted so that any one of all of them is below 5 % by chance in at most 5 % of the cases (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    adjusted, largest = np.empty(len(p_values)), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted.tolist()


def _figures_of_draws(scores: Scores, resamples: int, seed: int) -> np.ndarray:
    """[R, K]: each seed's figure on `resamples` drawings of as many stories; the same ones for the same `seed`."""
    columns = np.column_stack([scores.numerators_KS.T, scores.denominators_S]).astype(np.float64)
    sums = resampled_sums(columns, resamples, seed)
    return sums[:, :-1] / sums[:, -1:]


def _with_seeds(
    value: float, ours: Scores, theirs: Scores, draws: list[np.ndarray], random: np.random.Generator
) -> tuple[tuple[float, float], float]:
    """The interval and p over seeds and stories.

    A bootstrap of K seeds is too narrow by sqrt((K - 1) / K), and by as much again as few degrees of freedom ask for:
    deviations of seeds are widened by the former, the interval by Student's t with Satterthwaite's degrees over the
    normal's quantile. Without it, three seeds would hold the truth in about 80 % instead of 95 %.
    """
    figures = []
    for scores, draws_RK in zip((ours, theirs), draws, strict=True):
        K = len(scores.numerators_KS)
        widened_RK = draws_RK.mean(1, keepdims=True) * (1 - math.sqrt(K / (K - 1))) + draws_RK * math.sqrt(K / (K - 1))
        drawn_RK = random.integers(0, K, size=draws_RK.shape)
        figures.append(np.take_along_axis(widened_RK, drawn_RK, 1).mean(1))
    low, high = _quantiles(figures[0] - figures[1])
    by_stories = float((draws[0].mean(1) - draws[1].mean(1)).var(ddof=1))
    parts = [(by_stories, len(ours.denominators_S) - 1)]
    for scores in (ours, theirs):
        K = len(scores.numerators_KS)
        parts.append((float(scores.figures_K.var(ddof=1)) / K, K - 1))
    total = sum(variance for variance, _ in parts)
    if total == 0:
        return (low, high), float(value == 0)
    degrees = total**2 / sum(variance**2 / freedom for variance, freedom in parts)
    return _stretched(value, (low, high), degrees), two_sided_p(value / math.sqrt(total), degrees)


def _stretched(
    value: float, low_high: tuple[float, float], degrees: float, widening: float = 1.0
) -> tuple[float, float]:
    """As much wider as Student's t is than the normal: percentiles of a bootstrap are too narrow for few units. Around the
    difference, not further out in the bootstrap as for single figures: of three seeds it never draws a fourth."""
    low, high = low_high
    stretch = widening * quantile((1 + LEVEL) / 2, degrees) / quantile((1 + LEVEL) / 2, 1e9)
    return value + (low - value) * stretch, value + (high - value) * stretch


def _quantiles(values_R: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values_R, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
