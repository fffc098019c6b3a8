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
    """The stories so far: 8 bytes each to know them exactly, and where near ones are looked for, for each that is kept
    `bands` x 8 bytes of keys, a byte for each permutation, and 8 more (286 bytes in all at a similarity of 0.8).
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
        # Those that nearly repeat another as well: whether a copy of one is called exact must not depend on the runs.
        self._exact.add(prints.exact[[reason is None or reason.rule != "duplicate" for reason in reasons]])
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
        is_kept = np.ones(len(rows), bool)
        for at in sorted(earlier.keys() | mates.keys()):
            signature = prints.signatures[rows[at]]
            places = earlier.get(at, _NONE)[:MOST_CANDIDATES]
            reason = None
            hit = self._first_similar(signature, self._signatures_at(places))
            if hit is not None:
                place = int(places[hit[0]])
                rule = "in_validation" if place < self._held_out_until else "near_duplicate"
                reason = Reason(rule, f"of {self._numbers[place]}, {hit[1]:.2f}")
            elif at in mates:
                others = np.unique(np.concatenate(mates[at]))
                others = rows[others[(others < at) & is_kept[others]]][: MOST_CANDIDATES - len(places)]
                hit = self._first_similar(signature, prints.signatures[others])
                reason = hit and Reason("near_duplicate", f"of {numbers[others[hit[0]]]}, {hit[1]:.2f}")
            if reason is not None:
                reasons[rows[at]] = reason
                is_kept[at] = False
        first = len(self._numbers)
        self._remember(prints.signatures[rows[is_kept]], [numbers[row] for row in rows[is_kept]])
        places = np.arange(first, len(self._numbers), dtype=np.uint64)
        self._keys.add(keys[is_kept] | places[:, None])

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

    def _first_similar(self, signature: np.ndarray, others: np.ndarray) -> tuple[int, float] | None:
        """The first of the other signatures that is similar enough, and how similar."""
        if not len(others):
            return None
        estimates = similarities(signature, others)
        hits = np.flatnonzero(estimates >= self._similarity)
        return (int(hits[0]), float(estimates[hits[0]])) if len(hits) else None

    def _signatures_at(self, places: np.ndarray) -> np.ndarray:
        assert self._bands is not None
        found = np.empty((len(places), self._bands.permutations), np.uint8)
        blocks = places // _BLOCK
        for block in np.unique(blocks):
            is_here = blocks == block
            found[is_here] = self._signatures[block][places[is_here] % _BLOCK]
        return found

    def _remember(self, signatures: np.ndarray, numbers: Sequence[int]) -> None:
        written = 0
        while written < len(signatures):
            block, row = divmod(len(self._numbers), _BLOCK)
            if row == 0:
                self._signatures.append(np.zeros((_BLOCK, signatures.shape[1]), np.uint8))
            stop = min(written + _BLOCK - row, len(signatures))
            self._signatures[block][row : row + stop - written] = signatures[written:stop]
            self._numbers.extend(numbers[written:stop])
            written = stop


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
    packed = np.sort((keys | rows).ravel())
    is_next_same = packed[1:] >> _KEY_SHIFT == packed[:-1] >> _KEY_SHIFT
    is_shared = np.concatenate([[False], is_next_same]) | np.concatenate([is_next_same, [False]])
    groups = _by_upper_half(packed[is_shared] if len(packed) else packed)
    mates: dict[int, list[np.ndarray]] = {}
    for group in groups.values():
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
