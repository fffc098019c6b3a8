"""Interpolated modified Kneser-Ney smoothing: from counts to probabilities that sum to one.

Chen & Goodman (1999), "An empirical study of smoothing techniques for language modeling", section 3.4: at every order

    p(w | h) = max(c(h w) - D(c(h w)), 0) / c(h) + g(h) p(w | h without its first token)

with a discount D for the counts 1, 2, and 3 and above, and g(h) the share that they have freed. Below order 1 stands the
uniform distribution over the vocabulary, so that no token is impossible.
"""

from dataclasses import replace

import numpy as np

from pocket_narrator.models.ngram.counting import Counted
from pocket_narrator.models.ngram.tables import Table

FALLBACK = (0.5, 1.0, 1.5)  # where the counts of counts give no discounts; lmplz --discount_fallback takes the same


def smooth(levels: list[Counted], vocabulary_size: int) -> tuple[list[Table], np.ndarray]:
    """The tables of orders 1 and on, and the discounts [orders, 3]."""
    discounts = np.array([find_discounts(level.counts) for level in levels])
    total = int(levels[0].counts.sum())
    freed = _discount_of(levels[0].counts, discounts[0])
    lower = (levels[0].counts - freed) / total + freed.sum() / total / vocabulary_size
    tables = [Table(levels[0].tokens, lower.astype(np.float32))]
    for level, discount in zip(levels[1:], discounts[1:], strict=True):
        below = tables[-1]
        first, shorter = level.first, level.shorter
        assert first is not None
        assert shorter is not None
        children = np.diff(first)
        freed = _discount_of(level.counts, discount)
        totals = _sums(level.counts, first)
        backoffs = np.where(children > 0, _sums(freed, first) / np.maximum(totals, 1), 1.0)
        lower = (level.counts - freed) / np.repeat(totals, children) + np.repeat(backoffs, children) * lower[shorter]
        tables[-1] = replace(below, backoffs=backoffs.astype(np.float32), first=first)
        tables.append(Table(level.tokens, lower.astype(np.float32), shorter=shorter))
    return tables, discounts


def find_discounts(counts: np.ndarray) -> tuple[float, float, float]:
    """The discounts of the counts 1, 2, and 3 and above (their equation 17), from how many rows have the counts 1 to 4.

    FALLBACK where there is no row of one of these counts or a discount comes out as nothing, or as more than its count:
    small or artificial texts, and small vocabularies.
    """
    one, two, three, four = (int(n) for n in np.bincount(np.minimum(counts, 5), minlength=6)[1:5])
    if not (one and two and three and four):
        return FALLBACK
    y = one / (one + 2 * two)
    found = (1 - 2 * y * two / one, 2 - 3 * y * three / two, 3 - 4 * y * four / three)
    if any(not 0 < discount <= count for count, discount in enumerate(found, start=1)):
        return FALLBACK
    return found


def _discount_of(counts: np.ndarray, discount: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], discount])[np.minimum(counts, 3)]


def _sums(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Of the values of each parent, 0 where it has none."""
    sums = np.zeros(len(first) - 1, values.dtype)
    parents = np.flatnonzero(np.diff(first))
    sums[parents] = np.add.reduceat(values, first[parents])
    return sums
