"""The unbounded N-gram: the longest end of the story so far that occurs in the training text says what comes next.

The idea is infini-gram's (Liu et al. 2024), which takes what followed that stretch there as the answer, and so holds
everything else for impossible. Here it stands above a Kneser-Ney model: where the stretch is longer than that model's
contexts,

    p(w) = (1 - s) c(w) / c + s p_Kneser-Ney(w)

with c(w) the times that w followed it and c their sum. The share s depends on how long the stretch is, how often it
occurs, and whether the same token always followed (`learn_shares`). Probabilities sum to one.
Legend: B rows, T tokens, V vocabulary.
"""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.errors import CheckpointError
from pocket_narrator.models.ngram.model import NGramModel
from pocket_narrator.models.ngram.scoring import score
from pocket_narrator.models.ngram.stretches import (
    SHARES,
    classes_of,
    find_stretches,
    held_out_from,
    learn_shares,
)
from pocket_narrator.recipe.schema import NGramConfig
from pocket_narrator.tokens.suffixes import SuffixArray

EXTRA = ("text", "suffixes", "shares")  # tensors beside those of the Kneser-Ney model


class UnboundedNGram(NGramModel):
    """A Kneser-Ney model under a suffix array of the text that it was counted on."""

    def __init__(self, lower: NGramModel, suffixes: SuffixArray, shares: np.ndarray) -> None:
        """Use `above` or `from_tensors`. shares: as `learn_shares` gives them."""
        super().__init__(lower.tables, lower.end_of_text, lower.discounts)
        self.suffixes = suffixes
        self.shares = shares

    @classmethod
    def above(cls, lower: NGramModel, suffixes: SuffixArray) -> Self:
        """Over the text that `lower` was trained on. Some of its stories are left out to learn the shares, and looked
        for in the others; the others are counted once more for that."""
        cut, end_of_text = held_out_from(suffixes), lower.end_of_text
        others = suffixes.part(cut)
        closed = [np.append(part, part.dtype.type(end_of_text)) for part in (others.tokens, suffixes.tokens[cut:])]
        counted = NGramModel.train(closed[0], lower.vocabulary_size, lower.order, end_of_text)
        found = find_stretches(others, closed[1], closed[1] == end_of_text, lower.order)
        probabilities = np.exp(score(counted.tables, closed[1].astype(np.int64)[None])[0])
        assumed = float(lower.discounts[-1, 0])
        return cls(lower, suffixes, learn_shares(found, probabilities[found.targets_Q - 1], assumed))

    def log_probs(self, tokens_BT: Tensor) -> Tensor:
        tokens = self._checked(tokens_BT)
        rows, columns = tokens.shape
        flat = np.ascontiguousarray(tokens).reshape(-1)
        begins = (flat == self.end_of_text) | (np.arange(len(flat)) % columns == 0)
        found = np.zeros((rows, columns))
        found[:, 1:] = score(self.tables, tokens)  # the first of a row is no target
        found = found.reshape(-1)
        stretches = find_stretches(self.suffixes, flat, begins, self.order)
        lower = np.exp(found[stretches.targets_Q])
        found[stretches.targets_Q] = np.log(stretches.interpolate(lower, self.shares[stretches.classes()]))
        return torch.from_numpy(found.reshape(rows, columns)[:, 1:].astype(np.float32))

    # ---- telling

    def _log_distribution(self, context: Sequence[int]) -> np.ndarray:
        lower = super()._log_distribution(context)
        length, low, high = self._longest_end(context)
        if length < self.order:
            return lower
        tokens, counts = np.unique(self.suffixes.next_tokens(np.arange(low, high), length), return_counts=True)
        share = self.shares[classes_of(np.array(length), np.array(high - low), np.array(len(tokens) == 1))]
        lower += np.log(share)
        lower[tokens] = np.log((1 - share) * counts / (high - low) + np.exp(lower[tokens]))
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
        if not len(whole):
            return 0, 0, 0
        return count - int(whole[0]), int(found.low_Q[whole[0]]), int(found.high_Q[whole[0]])

    # ---- as tensors, for a checkpoint

    def tensors(self) -> dict[str, Tensor]:
        arrays = (np.array(self.suffixes.tokens), np.array(self.suffixes.places), self.shares)
        return {**super().tensors(), **dict(zip(EXTRA, map(torch.from_numpy, arrays), strict=True))}

    @classmethod
    def from_tensors(
        cls, tensors: Mapping[str, Tensor], order: int, vocabulary_size: int, end_of_text: int, where: str
    ) -> Self:
        others = {name: tensor for name, tensor in tensors.items() if name not in EXTRA}
        lower = NGramModel.from_tensors(others, order, vocabulary_size, end_of_text, where)
        try:
            text, places, shares = (tensors[name].numpy() for name in EXTRA)
            fits = text.ndim == places.ndim == 1 and len(text) == len(places) > 0 and places.dtype == np.uint32
            if not (fits and text.dtype in (np.uint16, np.uint32)):
                raise ValueError("the text and its suffixes do not fit each other")
            if text.max() >= vocabulary_size or places.max() >= len(text):
                raise ValueError("the suffixes point outside")
            if shares.shape != SHARES or not ((shares > 0) & (shares < 1)).all():
                raise ValueError("the shares are none")
        except (KeyError, ValueError) as error:
            why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise CheckpointError(
                f"this checkpoint holds no unbounded N-gram: {why}",
                where=where,
                hint="restore the checkpoint from a copy, or train anew under another name",
            ) from None
        return cls(lower, SuffixArray(text, places, end_of_text, vocabulary_size), shares)


def ngram_from_tensors(
    section: NGramConfig, tensors: Mapping[str, Tensor], vocabulary_size: int, end_of_text: int, where: str
) -> NGramModel:
    """The model of a checkpoint of a recipe's N-gram; see `NGramModel.from_tensors`."""
    kind = UnboundedNGram if section.unbounded else NGramModel
    return kind.from_tensors(tensors, section.order, vocabulary_size, end_of_text, where)
