"""A growing multiset of 64-bit numbers: eight bytes each, in a few sorted arrays."""

from dataclasses import dataclass, field

import numpy as np

LARGEST_MERGE = 1 << 22  # numbers; larger arrays are left alone, so that merging needs little memory beside the index


@dataclass
class KeyIndex:
    """Sorted arrays, each at least twice as long as the next: adding merges, asking searches each."""

    _arrays: list[np.ndarray] = field(default_factory=list)

    def add(self, numbers: np.ndarray) -> None:
        fresh = np.sort(numbers.astype(np.uint64, copy=False), axis=None)
        if not len(fresh):
            return
        arrays = self._arrays
        while arrays and len(arrays[-1]) < 2 * len(fresh) and len(arrays[-1]) + len(fresh) <= LARGEST_MERGE:
            fresh = np.concatenate([arrays.pop(), fresh])
            fresh.sort()  # in place
        arrays.append(fresh)

    def contains(self, numbers: np.ndarray) -> np.ndarray:
        """[n] bool."""
        found = np.zeros(len(numbers), bool)
        for array in self._arrays:
            at = np.searchsorted(array, numbers)
            found |= array[np.minimum(at, len(array) - 1)] == numbers
        return found

    def between(self, low: np.ndarray, high: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
        """All numbers in [low[i], high[i]], as (i, number) pairs; of each array at most the `most` smallest for an i."""
        queries, numbers = [], []
        for array in self._arrays:
            first = np.searchsorted(array, low, "left")
            counts = np.minimum(np.searchsorted(array, high, "right") - first, most)
            hit = np.flatnonzero(counts)
            if not len(hit):
                continue
            counts = counts[hit]
            within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            queries.append(np.repeat(hit, counts))
            numbers.append(array[np.repeat(first[hit], counts) + within])
        if not queries:
            return np.zeros(0, np.int64), np.zeros(0, np.uint64)
        return np.concatenate(queries), np.concatenate(numbers)

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in self._arrays)
