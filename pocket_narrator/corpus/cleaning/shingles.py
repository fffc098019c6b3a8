"""What a story's duplicates are known by: a hash of its words, and a MinHash signature of its runs of five words.

MinHash (Broder 1997): under a random order of all shingles, two stories have the same first shingle with a probability
that is the Jaccard similarity of their sets of shingles. Of each of `PERMUTATIONS` first shingles a byte is kept, so
that the share of equal bytes estimates the similarity (b-bit MinHash, Li & Koenig 2010). Rows of them are hashed to the
keys of bands: similar stories share a band's key with high probability, others hardly ever (Leskovec, Rajaraman &
Ullman, Mining of Massive Datasets, chapter 3).

All of it is a pure function of each story; it is only computed for many stories at once, one pass of numpy for each
permutation, because that is fast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import chain

import numpy as np

SHINGLE_WORDS = 5
PERMUTATIONS = 128  # at most; those that fill no band are left out
FOUND = 0.98  # share of the pairs at the threshold that must share a band
_MOST_WORDS_KNOWN = 1 << 20  # hashes of words that are kept, so that memory stays bounded

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so multiplying loses nothing
_MIX = np.uint64(0xD6E8FEB86659FD93)
_U64 = np.uint64


@dataclass(frozen=True)
class Bands:
    """How signatures are cut: `bands` x `rows` permutations, found from the threshold."""

    bands: int
    rows: int

    @classmethod
    def for_threshold(cls, similarity: float) -> "Bands":
        """The most rows a band, so the fewest false candidates, that still find 98% of the pairs at the threshold."""
        for rows in range(PERMUTATIONS, 1, -1):
            bands = PERMUTATIONS // rows
            if 1 - (1 - similarity**rows) ** bands >= FOUND:
                return cls(bands, rows)
        return cls(PERMUTATIONS, 1)

    @property
    def permutations(self) -> int:
        return self.bands * self.rows


@dataclass(frozen=True)
class Prints:
    """The fingerprints of a run of stories, one row each."""

    exact: np.ndarray  # [stories] uint64, a hash of all words in order
    signatures: np.ndarray  # [stories, permutations] uint8
    keys: np.ndarray  # [stories, bands] uint32

    def __len__(self) -> int:
        return len(self.exact)


def fingerprint(stories: Sequence[list[bytes]], bands: Bands | None) -> Prints:
    """Fingerprints of stories, given as their words; without `bands` only the exact ones.

    What differs in case, blanks and punctuation only is equal here.
    """
    exact = np.array([_hash(b" ".join(words)) for words in stories], np.uint64)
    if bands is None or not stories:
        bands = bands or Bands(0, 0)
        shape = (len(stories), bands.permutations)
        return Prints(exact, np.zeros(shape, np.uint8), np.zeros((len(stories), bands.bands), np.uint32))
    shingles, starts = _shingles(stories)
    smallest = _smallest(shingles, starts, bands.permutations)
    return Prints(exact, smallest.astype(np.uint8).T.copy(), _band_keys(smallest, bands))


def similarities(signature: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Estimated Jaccard similarities of a story to others, from signatures [permutations] and [n, permutations].

    Different shingles have the same byte once in 256 times, which is taken out.
    """
    equal = (others == signature).mean(axis=1)
    return (equal - 1 / 256) / (1 - 1 / 256)


def _hash(text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


class _WordHashes(dict):
    """The hash of every word seen so far, 32 bits."""

    def __missing__(self, word: bytes) -> int:
        self[word] = value = _hash(word) & 0xFFFFFFFF
        return value


_word_hashes = _WordHashes()


def _shingles(stories: Sequence[list[bytes]]) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of all runs of five words, uint32, and where each story's begin; a shorter story is filled up."""
    if len(_word_hashes) > _MOST_WORDS_KNOWN:
        _word_hashes.clear()
    padded = [
        words if len(words) >= SHINGLE_WORDS else words + [b""] * (SHINGLE_WORDS - len(words)) for words in stories
    ]
    lengths = np.fromiter(map(len, padded), np.int64, len(padded))
    ends = np.cumsum(lengths)
    flat = np.fromiter(map(_word_hashes.__getitem__, chain.from_iterable(padded)), np.uint32, int(ends[-1]))
    rolled = flat[: len(flat) - SHINGLE_WORDS + 1].astype(np.uint64)
    for offset in range(1, SHINGLE_WORDS):
        rolled *= _FACTOR
        rolled += flat[offset : len(flat) - SHINGLE_WORDS + 1 + offset]
    mixed = _mixed(rolled)
    is_inside = np.ones(len(mixed), bool)  # runs that go on into the next story are none
    across = ends[:-1, None] - np.arange(1, SHINGLE_WORDS)
    is_inside[across.ravel()] = False
    counts = lengths - (SHINGLE_WORDS - 1)
    return mixed[is_inside], np.concatenate([[0], np.cumsum(counts)[:-1]])


def _mixed(values: np.ndarray) -> np.ndarray:
    """The upper halves of 64-bit numbers after every bit has met every other."""
    values = (values ^ (values >> _U64(32))) * _MIX
    values = (values ^ (values >> _U64(32))) * _MIX
    return (values >> _U64(32)).astype(np.uint32)


def _smallest(shingles: np.ndarray, starts: np.ndarray, permutations: int) -> np.ndarray:
    """[permutations, stories] uint32: the first shingle of each story in each order."""
    smallest = np.empty((permutations, len(starts)), np.uint32)
    ordered = np.empty_like(shingles)
    for number, (factor, shift) in enumerate(_orders(permutations)):
        np.multiply(shingles, factor, out=ordered)
        ordered += shift
        np.minimum.reduceat(ordered, starts, out=smallest[number])
    return smallest


@lru_cache(maxsize=4)
def _orders(permutations: int) -> list[tuple[np.uint32, np.uint32]]:
    """Odd factors and shifts: x -> factor x + shift modulo 2**32 is a permutation. Always the same ones."""
    numbers = [_hash(f"permutation {number}".encode()) for number in range(permutations)]
    return [(np.uint32(number & 0xFFFFFFFF | 1), np.uint32(number >> 32)) for number in numbers]


def _band_keys(smallest: np.ndarray, bands: Bands) -> np.ndarray:
    keys = np.empty((smallest.shape[1], bands.bands), np.uint32)
    for band in range(bands.bands):
        rolled = np.full(smallest.shape[1], band, np.uint64)
        for row in smallest[band * bands.rows : (band + 1) * bands.rows]:
            rolled *= _FACTOR
            rolled += row
        keys[:, band] = _mixed(rolled)
    return keys
