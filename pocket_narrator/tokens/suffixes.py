"""The suffix array of a text of tokens: finds any stretch of tokens in it, however long.

The array lists the places of the text in the order of what follows them (Manber & Myers 1990). Places that begin with
the same tokens stand together, so that a stretch is found by two binary searches, and counted by their difference.
Legend: N tokens of the text, Q queries.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

LONGEST_MATCH = 4096  # tokens: longer stretches count as this long, so that a copied book takes no hours
MOST_TOKENS = 2**31 - 2


class Matches(NamedTuple):
    """What was found of each query."""

    lengths_Q: np.ndarray
    """int64: leading tokens of the query that occur somewhere in the text as one stretch."""
    low_Q: np.ndarray
    """int64: the rows `low` to `high` of the array are the places where that stretch begins."""
    high_Q: np.ndarray


class SuffixArray:
    """A text and its places in sorted order; both may be memory-mapped."""

    def __init__(self, tokens: np.ndarray, places: np.ndarray, end_of_text: int, vocabulary_size: int) -> None:
        """tokens: [N], stories that begin with `end_of_text`; places: uint32 [N], as `sort_suffixes` gives them."""
        self.tokens = tokens
        self.places = places
        self.end_of_text = end_of_text
        self.vocabulary_size = vocabulary_size
        counts = np.bincount(tokens, minlength=vocabulary_size)
        self._bounds = np.concatenate([[0], np.cumsum(counts)])

    def match(self, tokens: np.ndarray, starts_Q: np.ndarray, stops_Q: np.ndarray) -> Matches:
        """The longest beginning of each `tokens[start : stop]` that occurs in the text (LONGEST_MATCH tokens at most).

        A query that has nothing in common with the text, or is empty, has length 0 and an empty range.
        """
        lengths, low, high = (np.zeros(len(starts_Q), np.int64) for _ in range(3))
        active = np.flatnonzero(starts_Q < stops_Q)
        first = tokens[starts_Q[active]].astype(np.int64)
        known = first < len(self._bounds) - 1
        active, first = active[known], first[known]
        low[active], high[active] = self._bounds[first], self._bounds[first + 1]
        active = active[low[active] < high[active]]
        lengths[active] = 1
        for depth in range(1, LONGEST_MATCH):
            active = active[starts_Q[active] + depth < stops_Q[active]]
            if not len(active):
                break
            wanted = tokens[starts_Q[active] + depth].astype(np.int64)
            begin, end = self.narrow(low[active], high[active], depth, wanted)
            found = begin < end
            active = active[found]
            low[active], high[active], lengths[active] = begin[found], end[found], depth + 1
        return Matches(lengths, low, high)

    def part(self, end: int) -> "SuffixArray":
        """That of the first `end` tokens, which must be whole stories; places keep their order."""
        return SuffixArray(self.tokens[:end], self.places[self.places < end], self.end_of_text, self.vocabulary_size)

    def narrow(
        self, low_Q: np.ndarray, high_Q: np.ndarray, depth: int | np.ndarray, wanted_Q: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Those of the rows low to high, all alike in `depth` tokens, whose next token is the one wanted."""
        begin = self._search(low_Q, high_Q, depth, wanted_Q)
        return begin, self._search(begin, high_Q, depth, wanted_Q + 1)

    def next_tokens(self, rows: np.ndarray, depth: int | np.ndarray) -> np.ndarray:
        """int64: the token `depth` after the place of each row; end-of-text where the text ends there, -1 past it."""
        at = self.places[rows].astype(np.int64) + depth
        end = len(self.tokens)
        found = self.tokens[np.minimum(at, end - 1)].astype(np.int64)
        return np.where(at < end, found, np.where(at == end, self.end_of_text, -1))

    def _search(
        self, low_Q: np.ndarray, high_Q: np.ndarray, depth: int | np.ndarray, wanted_Q: np.ndarray
    ) -> np.ndarray:
        """The first of the rows whose next token is not below the one wanted."""
        low, high = low_Q.copy(), high_Q.copy()
        depth = np.broadcast_to(depth, low.shape)
        while len(still := np.flatnonzero(low < high)):
            middle = (low[still] + high[still]) // 2
            is_below = self.next_tokens(middle, depth[still]) < wanted_Q[still]
            low[still] = np.where(is_below, middle + 1, low[still])
            high[still] = np.where(is_below, high[still], middle)
        return low


def sort_suffixes(
    tokens: np.ndarray, end_of_text: int, vocabulary_size: int, advance: Callable[[int], object] = lambda places: None
) -> np.ndarray:
    """The suffix array of `tokens` [N]: uint32 [N]. Behind its last token the text has one more end-of-text.

    Prefix doubling in O(N log N) (Larsson & Sadakane 2007): places are sorted by their first tokens, as many as 63 bits
    hold, then by twice as many, and so on, each time only those that are still alike. Takes about 50 bytes a token.
    `advance` is told how many more places are where they belong.
    """
    assert len(tokens) <= MOST_TOKENS
    count = len(tokens) + 1
    places, ranks, depth = _sort_by_first_tokens(np.append(tokens, tokens.dtype.type(end_of_text)), vocabulary_size)
    open_rows = _rows_of_ties(ranks[places], np.arange(count))
    advance(count - len(open_rows))
    while len(open_rows):
        at = places[open_rows].astype(np.int64)
        after = at + depth
        behind = np.where(after < count, ranks[np.minimum(after, count - 1)].astype(np.int64) + 1, 0)
        keys = ranks[at].astype(np.int64) << 32 | behind
        order = np.argsort(keys)
        at, keys = at[order], keys[order]
        places[open_rows] = at
        is_new = np.append(True, keys[1:] != keys[:-1])
        ranks[at] = np.maximum.accumulate(np.where(is_new, open_rows, 0))
        still = _rows_of_ties(ranks[at], open_rows)
        advance(len(open_rows) - len(still))
        open_rows, depth = still, 2 * depth
    return places[places != count - 1]


def _sort_by_first_tokens(tokens: np.ndarray, vocabulary_size: int) -> tuple[np.ndarray, np.ndarray, int]:
    """(places in order, the rank of each place: the first row of those like it, how many tokens were looked at)."""
    count, bits = len(tokens), int(vocabulary_size).bit_length()
    depth = 63 // bits
    padded = np.zeros(count + depth, np.int64)  # 0 behind the end, and tokens from 1
    padded[:count] = tokens
    padded[:count] += 1
    keys = np.zeros(count, np.int64)
    for offset in range(depth):
        keys <<= bits
        keys |= padded[offset : offset + count]
    del padded
    places = np.argsort(keys).astype(np.uint32)
    keys = keys[places]
    is_new = np.append(True, keys[1:] != keys[:-1])
    ranks = np.empty(count, np.uint32)
    ranks[places] = np.maximum.accumulate(np.where(is_new, np.arange(count), 0))
    return places, ranks, depth


def _rows_of_ties(ranks_in_order: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows that share their rank with a neighbour."""
    same = ranks_in_order[1:] == ranks_in_order[:-1]
    return rows[np.append(same, False) | np.append(False, same)]
