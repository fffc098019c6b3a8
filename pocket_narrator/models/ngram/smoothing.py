"""Interpolated modified Kneser-Ney smoothing: from counts to probabilities that sum to one.

Chen & Goodman (1999), "An empirical study of smoothing techniques for language modeling", section 3.4: at every order

    p(w | h) = max(c(h w) - D(c(h w)), 0) / c(h) + g(h) p(w | h without its first token)

with a discount D for the counts 1, 2, and 3 and above, and g(h) the share that they have freed. Below order 1 stands the
uniform distribution over the vocabulary, so that no token is impossible.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pocket_narrator.models.ngram.counting import Counted
from pocket_narrator.models.ngram.tables import NGramTable

BLOCK = 2**18  # rows
FALLBACK = (0.5, 1.0, 1.5)  # where the counts of counts give no discounts; lmplz --discount_fallback takes the same


def smooth(levels: list[Counted], vocabulary_size: int) -> tuple[list[NGramTable], np.ndarray]:
    """The tables of orders 1 and on, and the discounts [orders, 3]."""
    discounts = np.array([find_discounts(level.counts) for level in levels])
    total = int(levels[0].counts.sum())
    freed = _discount_of(levels[0].counts, discounts[0])
    lower = (levels[0].counts - freed) / total + freed.sum() / total / vocabulary_size
    tables = [NGramTable(levels[0].tokens, lower.astype(np.float32))]
    for level, discount in zip(levels[1:], discounts[1:], strict=True):
        first, shorter = level.first, level.shorter
        assert first is not None
        assert shorter is not None
        probabilities = np.empty(len(level.tokens))
        backoffs = np.ones(len(tables[-1].tokens), np.float32)
        for parents in _blocks(first):
            rows = slice(int(first[parents.start]), int(first[parents.stop]))
            edges = first[parents.start : parents.stop + 1] - first[parents.start]
            probabilities[rows], backoffs[parents] = _interpolate(
                level.counts[rows], edges, discount, lower[shorter[rows]]
            )
        tables[-1] = replace(tables[-1], backoffs=backoffs, first=first)
        tables.append(NGramTable(level.tokens, probabilities.astype(np.float32), shorter=shorter))
        lower = probabilities
    return tables, discounts


def _blocks(first: np.ndarray) -> Iterator[slice]:
    """Runs of parents with about BLOCK children together: what is worked on at once stays small."""
    cuts = np.searchsorted(first, np.arange(BLOCK, first[-1], BLOCK))
    edges = np.unique(np.concatenate([[0], cuts, [len(first) - 1]]))
    return (slice(int(begin), int(end)) for begin, end in itertools.pairwise(edges))


def _interpolate(
    counts: np.ndarray, first: np.ndarray, discount: np.ndarray, lower: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(probabilities of rows, back-offs of their parents); `lower`: the rows' probabilities by the order below."""
    children = np.diff(first)
    freed = _discount_of(counts, discount)
    totals = np.maximum(_sums(counts, first), 1)
    backoffs = np.where(children > 0, _sums(freed, first) / totals, 1.0)
    return (counts - freed) / np.repeat(totals, children) + np.repeat(backoffs, children) * lower, backoffs


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
    sums = np.zeros(len(first) - 1, np.float64 if values.dtype.kind == "f" else np.int64)
    parents = np.flatnonzero(np.diff(first))
    sums[parents] = np.add.reduceat(values, first[parents], dtype=sums.dtype)
    return sums
