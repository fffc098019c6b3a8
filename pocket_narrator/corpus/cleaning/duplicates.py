"""Finds stories that were there before: word for word, nearly, or in the validation split.

Stories come in order, and a story is a duplicate of the first one that was kept. So the result depends on the order of
the stories alone: not on how they were cut into runs, nor on which worker took their fingerprints.
"""

from array import array
from collections.abc import Sequence

import numpy as np

from pocket_narrator.corpus.cleaning.key_index import KeyIndex
from pocket_narrator.corpus.cleaning.shingles import Bands, Prints, similarities
from pocket_narrator.corpus.cleaning.verdict import Reason

MOST_CANDIDATES = 1_000  # stories that one is compared with, the earliest; only a text of templates has as many
_BLOCK = 1 << 14  # signatures in a piece of memory

_KEY_SHIFT = np.uint64(32)
_ID_MASK = np.uint64((1 << 32) - 1)
_NONE = np.zeros(0, np.int64)


class Duplicates:
    """The kept stories so far: 8 bytes each to know them exactly, and where near ones are looked for `bands` x 8 bytes
    of keys, a byte for each permutation, and 8 more (278 bytes at a similarity of 0.8).
    """

    def __init__(self, bands: Bands | None, similarity: float, *, is_exact_a_reason: bool = True) -> None:
        """Without `bands` only exact duplicates are looked for."""
        self._bands = bands
        self._similarity = similarity
        self._is_exact_a_reason = is_exact_a_reason
        self._held_out = KeyIndex()
        self._exact = KeyIndex()
        self._keys = KeyIndex()  # of all bands: the key in the upper half, the kept story's place in the lower
        self._signatures: list[np.ndarray] = []
        self._numbers = array("Q")  # of the kept stories in the text they came from, by place
        self._held_out_until = 0  # places before this one are of the validation split

    def hold_out(self) -> None:
        """What was kept until now is the validation split: what comes from now on must not repeat any of it."""
        self._held_out, self._exact = self._exact, KeyIndex()
        self._held_out_until = len(self._numbers)

    def check(self, prints: Prints, numbers: Sequence[int]) -> list[Reason | None]:
        """A reason against each story that repeats one before it; the others are kept, and known from now on.

        `numbers` are what stories are called in reasons: their places in the text.
        """
        reasons: list[Reason | None] = [None] * len(prints)
        self._check_exactly(prints.exact, reasons)
        if self._bands is not None:
            self._check_nearly(prints, numbers, reasons)
        self._exact.add(prints.exact[[reason is None for reason in reasons]])
        return reasons

    @property
    def nbytes(self) -> int:
        """Memory that grows with the stories."""
        arrays = self._exact.nbytes + self._held_out.nbytes + self._keys.nbytes
        return arrays + sum(block.nbytes for block in self._signatures) + 8 * len(self._numbers)

    def _check_exactly(self, hashes: np.ndarray, reasons: list[Reason | None]) -> None:
        is_held_out = self._held_out.contains(hashes)
        for index in np.flatnonzero(is_held_out):
            reasons[index] = Reason("in_validation", "")
        if not self._is_exact_a_reason:
            return
        is_known = self._exact.contains(hashes)
        is_known |= ~np.isin(np.arange(len(hashes)), np.unique(hashes, return_index=True)[1])
        for index in np.flatnonzero(is_known & ~is_held_out):
            reasons[index] = Reason("duplicate", "")

    def _check_nearly(self, prints: Prints, numbers: Sequence[int], reasons: list[Reason | None]) -> None:
        rows = np.array([row for row, reason in enumerate(reasons) if reason is None], np.int64)
        keys = prints.keys[rows].astype(np.uint64) << _KEY_SHIFT
        earlier, mates = self._earlier(keys), _mates(keys)
        places = np.full(len(rows), -1, np.int64)  # of the rows that are kept
        for at, row in enumerate(rows):
            candidates = earlier.get(at, _NONE)
            if at in mates:
                others = np.unique(np.concatenate(mates[at]))
                others = places[others[others < at]]
                candidates = np.concatenate([candidates, others[others >= 0]])
            reason = self._first_similar(prints.signatures[row], candidates) if len(candidates) else None
            if reason is not None:
                reasons[row] = reason
                continue
            places[at] = len(self._numbers)
            self._remember(prints.signatures[row], numbers[row])
        kept = places >= 0
        self._keys.add(keys[kept] | places[kept, None].astype(np.uint64))

    def _earlier(self, keys: np.ndarray) -> dict[int, np.ndarray]:
        """For each row of `keys` that has any: places of earlier runs' stories that share a band's key, ascending."""
        order = np.argsort(keys, axis=None)
        low = keys.ravel()[order]
        found, packed = self._keys.between(low, low | _ID_MASK, MOST_CANDIDATES)
        if not len(found):
            return {}
        rows = (order[found] // keys.shape[1]).astype(np.uint64)
        pairs = np.unique(rows << _KEY_SHIFT | packed & _ID_MASK)
        return _by_upper_half(pairs)

    def _first_similar(self, signature: np.ndarray, candidates: np.ndarray) -> Reason | None:
        candidates = candidates[:MOST_CANDIDATES]
        estimates = similarities(signature, self._signatures_at(candidates))
        hits = np.flatnonzero(estimates >= self._similarity)
        if not len(hits):
            return None
        place = int(candidates[hits[0]])
        detail = f"of {self._numbers[place]}, {estimates[hits[0]]:.2f}"
        return Reason("in_validation" if place < self._held_out_until else "near_duplicate", detail)

    def _signatures_at(self, places: np.ndarray) -> np.ndarray:
        assert self._bands is not None
        found = np.empty((len(places), self._bands.permutations), np.uint8)
        blocks = places // _BLOCK
        for block in np.unique(blocks):
            is_here = blocks == block
            found[is_here] = self._signatures[block][places[is_here] % _BLOCK]
        return found

    def _remember(self, signature: np.ndarray, number: int) -> None:
        block, row = divmod(len(self._numbers), _BLOCK)
        if row == 0:
            self._signatures.append(np.zeros((_BLOCK, len(signature)), np.uint8))
        self._signatures[block][row] = signature
        self._numbers.append(number)


class StrictDuplicates:
    """Those of the earlier project: a story repeats the first with its words, whatever else was said of that one."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}

    def check(self, prints: Prints, numbers: Sequence[int]) -> list[Reason | None]:
        """As `Duplicates.check`; about 100 bytes a story, since the reason names the first one."""
        reasons: list[Reason | None] = []
        for key, number in zip(prints.exact.tolist(), numbers, strict=True):
            first = self._first.setdefault(key, number)
            reasons.append(None if first == number else Reason("duplicate_of", str(first)))
        return reasons


def _mates(keys: np.ndarray) -> dict[int, list[np.ndarray]]:
    """For each row that shares a band's key with another row of the run: the rows of each such group, itself included."""
    rows = np.broadcast_to(np.arange(len(keys), dtype=np.uint64)[:, None], keys.shape)
    groups = _by_upper_half(np.sort((keys | rows).ravel()))
    mates: dict[int, list[np.ndarray]] = {}
    for group in groups.values():
        if len(group) > 1:
            for row in group.tolist():
                mates.setdefault(row, []).append(group)
    return mates


def _by_upper_half(packed: np.ndarray) -> dict[int, np.ndarray]:
    """Sorted numbers, parted by their upper halves: upper half to lower halves."""
    if not len(packed):
        return {}
    upper = packed >> _KEY_SHIFT
    starts = np.flatnonzero(np.diff(upper)) + 1
    lower = (packed & _ID_MASK).astype(np.int64)
    keys = upper[np.concatenate([[0], starts])].tolist()
    return dict(zip(keys, np.split(lower, starts), strict=True))
