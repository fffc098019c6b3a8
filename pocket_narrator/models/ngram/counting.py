"""The counts that Kneser-Ney smoothing is made of, as one sorted table an order.

A table's rows are the distinct N-grams of its order. They are sorted, so the rows that continue one row of the order
below (their first tokens) stand together. Legend: N tokens of the text, U rows of a table.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pocket_narrator.models.ngram.sorting import sort_ngrams


@dataclass
class Counted:
    """One order. The rows of order 1 are the vocabulary, whether a token occurs or not."""

    tokens: np.ndarray
    """uint16 or uint32 [U]: the last token of each."""
    counts: np.ndarray
    """int32 [U]: at the highest order, and where a story begins with it, how often it occurs; else how many different
    tokens stand before it (Chen & Goodman 1999, section 3; Heafield et al. 2013, section 3.2)."""
    shorter: np.ndarray | None = None
    """int32 [U]: the row of the order below that is the same without its first token; none at order 1."""
    first: np.ndarray | None = None
    """int32: row i of the order below is continued by the rows first[i] to first[i + 1]; none at order 1."""


def count_ngrams(
    tokens: np.ndarray,
    vocabulary_size: int,
    order: int,
    end_of_text: int,
    advance: Callable[[], object] = lambda: None,
) -> list[Counted]:
    """Counts all N-grams of order 1 to `order` of `tokens` [N + 1], uint16 or uint32, as `sort_ngrams` takes them.

    What is predicted are all tokens but the first: an end-of-text closes a story. A context begins at the earliest with
    the end-of-text before its story. `advance` is called once an order.
    """
    vocabulary = np.arange(vocabulary_size).astype(tokens.dtype)
    if order == 1:
        advance()
        return [Counted(vocabulary, np.bincount(tokens[1:], minlength=vocabulary_size).astype(np.int32))]
    found = sort_ngrams(tokens, vocabulary_size, order, end_of_text)
    before_stories = int(np.count_nonzero(tokens[:-1] < end_of_text))
    beginnings = slice(before_stories, before_stories + int(np.count_nonzero(tokens[:-1] == end_of_text)))
    advance()
    levels = [Counted(vocabulary, np.zeros(vocabulary_size, np.int32))]
    rows_N = tokens  # of the order below, by place
    for k in range(2, order + 1):
        below = levels[-1]
        reaches_N = found.lengths_N >= k
        new_N = reaches_N & (found.common_N < k)
        starts = found.starts_N[new_N]
        shorter = rows_N[starts + 1].astype(np.int32)
        first = _first_rows(rows_N[starts], len(below.tokens))
        below.counts += np.bincount(shorter, minlength=len(below.tokens)).astype(np.int32)
        last_tokens = tokens[starts + np.uint32(k - 1)]
        if k == order:
            edges = np.append(np.flatnonzero(new_N[reaches_N]), np.count_nonzero(reaches_N))
            counts = np.diff(edges).astype(np.int32)
        else:
            ranks_N = np.cumsum(new_N, dtype=np.int32) - np.int32(1)
            opening = ranks_N[beginnings][reaches_N[beginnings]]
            counts = np.bincount(opening, minlength=len(starts)).astype(np.int32)  # of the others: by the next order
            rows_N = np.zeros(len(tokens), np.int32)
            rows_N[found.starts_N] = ranks_N
        levels.append(Counted(last_tokens, counts, shorter, first))
        advance()
    return levels


def _first_rows(parents: np.ndarray, size: int) -> np.ndarray:
    """Where the rows of each parent begin, and the end; `parents` ascend."""
    return np.concatenate([[0], np.cumsum(np.bincount(parents, minlength=size))]).astype(np.int32)
