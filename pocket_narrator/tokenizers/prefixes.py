"""The tokens of a vocabulary by the bytes that they begin with."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence, Set

import numpy as np


class TokenPrefixes:
    """Looks up with which tokens a text, given as bytes, can begin."""

    def __init__(self, bytes_of_id: Sequence[bytes], left_out: Set[int]) -> None:
        """Tokens of `left_out`, and those without any byte, are never found."""
        ordered = sorted((raw, token) for token, raw in enumerate(bytes_of_id) if raw and token not in left_out)
        self._bytes = [raw for raw, _ in ordered]
        self._ids = np.array([token for _, token in ordered], np.int64)
        self._bytes_of_id = bytes_of_id
        self.longest = max(map(len, self._bytes), default=0)  # in bytes

    def bytes_of(self, token: int) -> bytes:
        """The bytes that one id stands for."""
        return self._bytes_of_id[token]

    def going_on_from(self, text: bytes) -> np.ndarray:
        """The tokens that begin with all of `text` and have more."""
        first = bisect_right(self._bytes, text)
        last = bisect_right(self._bytes, text, lo=first, key=lambda raw: raw[: len(text)])
        return self._ids[first:last]

    def within(self, text: bytes) -> np.ndarray:
        """The tokens that `text` begins with, shortest first."""
        found = []
        for length in range(1, min(len(text), self.longest) + 1):
            first = bisect_left(self._bytes, text[:length])
            last = bisect_right(self._bytes, text[:length], lo=first)
            found.append(self._ids[first:last])
        return np.concatenate(found) if found else self._ids[:0]
