"""What of a told story stands in the training text, word for word.

`SearchableText` is all that the metric asks for. `SeenInStore` answers by reading the token store once for each length of n-gram:
it keeps the told n-grams, not those of the training text, so its memory does not grow with the store.

`evaluation/memorisation/passage.py` answers the same out of a suffix array: for a passage that a user asks about, with every place where it
stands. That is at once where the array is there already, but sorting it takes 47 bytes a token, more than a laptop has for
the corpora that it can train on; a suite must not depend on it. Both look for the same lengths, `ORDERS`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.store import TokenStore

ORDERS = (8, 16, 32)
_LONGER = (64, 128, 256)  # looked for only where a run of the order before was found
_CHUNK = 1 << 20  # tokens of the store in memory at once
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_BASE = 6364136223846793005
_SHIFT = np.uint64(42)  # 22 bits are left: a table of 4 MiB


@dataclass(frozen=True)
class Overlap:
    """Of one told story."""

    tokens: int
    longest: int
    """Tokens of its longest run that stands in one training story."""
    nearest: int | None
    """The training story that has this run; the first, where many have it."""
    nearest_share: float | None
    """Share of the told story's 8-grams that stand in that one training story."""
    shares: dict[int, float | None]
    """Share of its 8-, 16- and 32-grams that stand anywhere in the training text; None for shorter stories."""


class SearchableText(Protocol):
    """Training text that can be asked what it has in common with a told story."""

    name: str

    def look_up(self, texts: Sequence[str]) -> list[Overlap]:
        """One answer a text."""
        ...


class SeenInStore:
    """By a pass over a token store for each order, with 64-bit hashes of n-grams; runs do not cross stories."""

    def __init__(
        self, store: TokenStore, tokenizer: Tokenizer, advance: Callable[[int], object] = lambda tokens: None
    ) -> None:
        """`advance` is told how many tokens of the store have just been read."""
        self.name = f"training text {store.meta.text_sha256[:16]}, tokenizer {tokenizer.fingerprint[:16]}"
        self._store = store
        self._tokenizer = tokenizer
        self._advance = advance

    def look_up(self, texts: Sequence[str]) -> list[Overlap]:
        """Of many texts in the same passes."""
        told = [ids.astype(np.int64) for ids in self._tokenizer.encode_batch(texts)]
        shares: list[dict[int, float | None]] = [{} for _ in told]
        levels = [0] * len(told)  # the highest order of which a run was found
        for order in (*ORDERS, *_LONGER):
            asked = [
                i for i, ids in enumerate(told) if len(ids) >= order and (order in ORDERS or levels[i] == order // 2)
            ]
            wanted = _Wanted(told, asked, order)
            found = wanted.seen(self._hits(wanted))
            for i in asked:
                if order in ORDERS:
                    shares[i][order] = float(found[i].mean())
                if found[i].any():
                    levels[i] = order
        longest, where = self._longest(told, levels)
        return [
            Overlap(
                len(ids),
                longest[i],
                self._story_at(where[i]) if where[i] >= 0 else None,
                self._share_in_story(ids, where[i]),
                {order: shares[i].get(order) for order in ORDERS},
            )
            for i, ids in enumerate(told)
        ]

    def _hits(self, wanted: "_Wanted") -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """(places in the store, which of the wanted hashes stands there), chunk by chunk."""
        if not len(wanted.hashes):
            return
        for start in range(0, self._store.num_tokens, _CHUNK):
            tokens = np.asarray(self._store.tokens[start : start + _CHUNK + wanted.order - 1], dtype=np.int64)
            here = ngram_hashes(tokens, wanted.order)
            candidates = np.flatnonzero(wanted.may_have[here >> _SHIFT])
            slots = np.searchsorted(wanted.hashes, here[candidates])
            slots[slots == len(wanted.hashes)] = 0
            found = wanted.hashes[slots] == here[candidates]
            yield start + candidates[found], slots[found]
            self._advance(len(here))

    def _longest(self, told: list[np.ndarray], levels: list[int]) -> tuple[list[int], list[int]]:
        """The longest run of each text and where it first stands: every run of the text's level, drawn out as far as it
        goes (less than twice as far), or, without a level, the longest of 1 to 7 tokens."""
        longest, where = [0] * len(told), [-1] * len(told)
        for order in (*ORDERS, *_LONGER):
            wanted = _Wanted(told, [i for i, level in enumerate(levels) if level == order], order)
            for places, slots in self._hits(wanted):
                for i, at, place in wanted.owners(places, slots, self._store.tokens):
                    length = self._common(told[i], at, place)
                    if length > longest[i]:
                        longest[i], where[i] = length, place
        for order in range(ORDERS[0] - 1, 0, -1):
            wanted = _Wanted(told, [i for i, ids in enumerate(told) if not longest[i] and len(ids) >= order], order)
            for places, slots in self._hits(wanted):
                for i, _, place in wanted.owners(places, slots, self._store.tokens):
                    if not longest[i]:
                        longest[i], where[i] = order, place
        return longest, where

    def _common(self, told: np.ndarray, at: int, place: int) -> int:
        """How many tokens from there on are the same."""
        theirs = np.asarray(self._store.tokens[place : place + len(told) - at])
        differing = np.flatnonzero(told[at : at + len(theirs)] != theirs)
        return int(differing[0]) if len(differing) else len(theirs)

    def _story_at(self, place: int) -> int:
        return int(np.searchsorted(self._store.offsets, place, side="right")) - 1

    def _share_in_story(self, ids: np.ndarray, place: int) -> float | None:
        if place < 0 or len(ids) < ORDERS[0]:
            return None
        story = self._store.story(self._story_at(place)).astype(np.int64)
        return float(np.isin(ngram_hashes(ids, ORDERS[0]), ngram_hashes(story, ORDERS[0])).mean())


class _Wanted:
    """The n-grams of some told stories, as sorted hashes, and whose each one is."""

    def __init__(self, told: list[np.ndarray], stories: list[int], order: int) -> None:
        self.order = order
        self._stories = stories
        parts = [ngram_hashes(told[i], order) for i in stories]
        self._counts = [len(part) for part in parts]
        every = np.concatenate([*parts, np.empty(0, np.uint64)])
        self.hashes, self._slot_of_each = np.unique(every, return_inverse=True)
        self._story_of_each = np.repeat(np.array(stories, dtype=np.int64), self._counts)
        self._at_of_each = np.concatenate([*(np.arange(count) for count in self._counts), np.empty(0, np.int64)])
        before = [np.concatenate([[-1], told[i]])[:count] for i, count in zip(stories, self._counts, strict=True)]
        self._token_before_each = np.concatenate([*before, np.empty(0, np.int64)])
        self.may_have = np.zeros(1 << (64 - int(_SHIFT)), dtype=bool)
        """By the first bits of a hash: most of the store's n-grams are none of these, and this says so at once."""
        self.may_have[self.hashes >> _SHIFT] = True
        self._by_slot = np.argsort(self._slot_of_each, kind="stable")
        self._first = np.searchsorted(self._slot_of_each[self._by_slot], np.arange(len(self.hashes) + 1))

    def seen(self, hits: Iterable[tuple[np.ndarray, np.ndarray]]) -> dict[int, np.ndarray]:
        """Which n-grams of each story were hit: bool [N]."""
        found = np.zeros(len(self.hashes), dtype=bool)
        for _, slots in hits:
            found[slots] = True
        parts = np.split(found[self._slot_of_each], np.cumsum(self._counts)[:-1])
        return dict(zip(self._stories, parts, strict=True)) if self._stories else {}

    def owners(self, places: np.ndarray, slots: np.ndarray, tokens: np.ndarray) -> Iterator[tuple[int, int, int]]:
        """(story, where in it, place in the store) of the hits that begin a run: the token before them is another one. An
        n-gram that is told twice has two owners."""
        times = self._first[slots + 1] - self._first[slots]
        place_of = np.repeat(places, times)
        within = np.arange(len(place_of)) - np.repeat(np.cumsum(times) - times, times)
        each = self._by_slot[np.repeat(self._first[slots], times) + within]
        before = np.where(place_of > 0, np.asarray(tokens)[np.maximum(place_of - 1, 0)].astype(np.int64), -2)
        begins = before != self._token_before_each[each]
        each, place_of = each[begins], place_of[begins]
        yield from zip(
            self._story_of_each[each].tolist(), self._at_of_each[each].tolist(), place_of.tolist(), strict=True
        )


def ngram_hashes(tokens: np.ndarray, order: int) -> np.ndarray:
    """A 64-bit polynomial hash of each run of `order` tokens: uint64 [N - order + 1]; empty for fewer tokens."""
    mixed = (tokens.astype(np.uint64) + np.uint64(1)) * _FACTOR
    mixed ^= mixed >> np.uint64(29)
    # A run of 2n tokens is two of n, so that long runs take a logarithm of steps; powers of the base wrap around 2^64.
    total, length = np.zeros(len(tokens) + 1, dtype=np.uint64), 0
    for bit in bin(order)[2:]:
        count = max(0, len(tokens) + 1 - 2 * length)
        total = total[:count] * np.uint64(pow(_BASE, length, 1 << 64)) + total[length : length + count]
        length *= 2
        if bit == "1":
            count = max(0, len(tokens) - length)
            total = total[:count] * np.uint64(_BASE) + mixed[length : length + count]
            length += 1
    return total
