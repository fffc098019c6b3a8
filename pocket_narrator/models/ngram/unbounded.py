"""The unbounded N-gram: the longest end of the story so far that occurs in the training text says what comes next.

The idea is infini-gram's (Liu et al. 2024), which takes what followed that stretch there as the answer, and so holds
everything else for impossible. Here it is one more order above a Kneser-Ney model, with the discounts of its highest
order: where the stretch is longer than that model's contexts,

    p(w) = max(c(w) - D(c(w)), 0) / c + g p_Kneser-Ney(w)

with c(w) the times that w followed it, c their sum, and g what the discounts have freed. Probabilities sum to one.
Legend: B rows, T tokens, Q queries (targets with a stretch of their own), V vocabulary.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.errors import CheckpointError
from pocket_narrator.models.ngram.model import NGramModel
from pocket_narrator.models.ngram.scoring import score
from pocket_narrator.models.ngram.tables import Table
from pocket_narrator.tokens.suffixes import SuffixArray

ROWS_AT_ONCE = 2**21  # of the suffix array, whose next tokens are counted together


class UnboundedNGram(NGramModel):
    """A Kneser-Ney model under a suffix array of the text that it was counted on."""

    def __init__(self, tables: Sequence[Table], end_of_text: int, discounts: np.ndarray, suffixes: SuffixArray) -> None:
        super().__init__(tables, end_of_text, discounts)
        self.suffixes = suffixes
        self._discount_of = np.concatenate([[0.0], discounts[-1]])

    def log_probs(self, tokens_BT: Tensor) -> Tensor:
        tokens = self._checked(tokens_BT)
        rows, columns = tokens.shape
        flat = np.append(tokens.reshape(-1), self.end_of_text)
        begins = (flat == self.end_of_text) | (np.arange(len(flat)) % columns == 0)  # nothing is read across these
        stops = np.append(np.flatnonzero(begins), len(flat))
        stops = stops[np.searchsorted(stops, np.arange(rows * columns), side="right")]
        lengths = self.suffixes.match(flat, np.arange(rows * columns), stops).lengths_Q
        # Each target's stretch starts at the first place whose match reaches up to it; matches reach ever further.
        targets = np.arange(rows * columns).reshape(rows, columns)[:, 1:].reshape(-1)
        starts = np.searchsorted(np.arange(rows * columns) + lengths, targets)
        found = score(self.tables, tokens).reshape(-1)
        longer = np.flatnonzero(targets - starts >= self.order)
        found[longer] = self._rescored(flat, starts[longer], targets[longer], found[longer])
        return torch.from_numpy(found.astype(np.float32)).view(rows, columns - 1)

    def _rescored(
        self, flat: np.ndarray, starts_Q: np.ndarray, targets_Q: np.ndarray, lower_Q: np.ndarray
    ) -> np.ndarray:
        depths = targets_Q - starts_Q
        low, high = self.suffixes.match(flat, starts_Q, targets_Q)[1:]
        begin, end = self.suffixes.narrow(low, high, depths, flat[targets_Q])
        counts, totals = end - begin, high - low
        share = (counts - self._discount_of[np.minimum(counts, 3)]) / totals
        return np.log(share + self._freed(low, high, depths) / totals * np.exp(lower_Q))

    def _freed(self, low_Q: np.ndarray, high_Q: np.ndarray, depths_Q: np.ndarray) -> np.ndarray:
        """The discounts that the next tokens of each range of rows give up; equal ranges are looked at once."""
        ranges, which = np.unique(np.stack([low_Q, high_Q, depths_Q]), axis=1, return_inverse=True)
        low, high, depths = ranges
        freed = np.zeros(len(low))
        ends = np.cumsum(high - low)
        for part in _parts(ends):
            sizes = (high - low)[part]
            owners = np.repeat(np.arange(len(sizes)), sizes)
            rows = np.arange(len(owners)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + low[part][owners]
            tokens = self.suffixes.next_tokens(rows, depths[part][owners])
            edges = np.flatnonzero(np.append(True, (np.diff(tokens) != 0) | (np.diff(owners) != 0)))
            runs = np.diff(np.append(edges, len(tokens)))
            discounts = self._discount_of[np.minimum(runs, 3)]
            freed[part] = np.bincount(owners[edges], weights=discounts, minlength=len(sizes))
        return freed[which.reshape(-1)]

    # ---- telling

    def _log_distribution(self, context: Sequence[int]) -> np.ndarray:
        lower = super()._log_distribution(context)
        depth, low, high = self._longest_end(context)
        if depth < self.order:
            return lower
        tokens, counts = np.unique(self.suffixes.next_tokens(np.arange(low, high), depth), return_counts=True)
        discounts = self._discount_of[np.minimum(counts, 3)]
        shares = (counts - discounts) / (high - low)
        lower += np.log(discounts.sum() / (high - low))
        lower[tokens] = np.log(shares + np.exp(lower[tokens]))
        return lower

    def _context(self, tokens: list[int]) -> list[int]:
        ends = [at for at, token in enumerate(tokens) if token == self.end_of_text]
        story = tokens[ends[-1] :] if ends else tokens
        used = max(self._longest_end(story)[0], self.order - 1)
        return story[max(0, len(story) - used) :]

    def _longest_end(self, tokens: Sequence[int]) -> tuple[int, int, int]:
        """(length, low, high) of the longest end of `tokens` that occurs in the text, and of its rows there."""
        count = len(tokens)
        found = self.suffixes.match(np.array(tokens, np.int64), np.arange(count), np.full(count, count))
        whole = np.flatnonzero(found.lengths_Q == count - np.arange(count))
        return (
            (count - int(whole[0]), int(found.low_Q[whole[0]]), int(found.high_Q[whole[0]]))
            if len(whole)
            else (0, 0, 0)
        )

    # ---- as tensors, for a checkpoint

    def tensors(self) -> dict[str, Tensor]:
        text, places = np.array(self.suffixes.tokens), np.array(self.suffixes.places)
        return {**super().tensors(), "text": torch.from_numpy(text), "suffixes": torch.from_numpy(places)}

    @classmethod
    def from_tensors(
        cls, tensors: Mapping[str, Tensor], order: int, vocabulary_size: int, end_of_text: int, where: str
    ) -> Self:
        others = {name: tensor for name, tensor in tensors.items() if name not in ("text", "suffixes")}
        bounded = NGramModel.from_tensors(others, order, vocabulary_size, end_of_text, where)
        try:
            text, places = tensors["text"].numpy(), tensors["suffixes"].numpy()
            fits = text.ndim == places.ndim == 1 and len(text) == len(places) > 0 and places.dtype == np.uint32
            if not (fits and text.dtype in (np.uint16, np.uint32)):
                raise ValueError("the text and its suffixes do not fit each other")
            if text.max() >= vocabulary_size or places.max() >= len(text):
                raise ValueError("the suffixes point outside")
        except (KeyError, ValueError) as error:
            why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise CheckpointError(
                f"this checkpoint holds no unbounded N-gram: {why}",
                where=where,
                remedy="restore the checkpoint from a copy, or train anew under another name",
            ) from None
        suffixes = SuffixArray(text, places, end_of_text, vocabulary_size)
        return cls(bounded.tables, end_of_text, bounded.discounts, suffixes)


def _parts(ends: np.ndarray) -> Iterator[slice]:
    """Runs of ranges, whose rows add up to `ends`, of ROWS_AT_ONCE rows or one range more."""
    first = 0
    while first < len(ends):
        done = ends[first - 1] if first else 0
        after = int(np.searchsorted(ends, done + ROWS_AT_ONCE)) + 1
        yield slice(first, after)
        first = after
