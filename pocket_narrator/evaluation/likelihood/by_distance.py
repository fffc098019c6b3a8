"""Bits per byte by distance from the beginning of a text: what a model gains from all that stands before, in long texts."""

import math
from dataclasses import dataclass

import numpy as np

from pocket_narrator.evaluation.likelihood.scores import StoryScores
from pocket_narrator.evaluation.statistics.bootstrap import Interval, interval_of, resampled_sums
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.store import TokenStore

NEAREST = 256  # tokens: the first group; the others double


@dataclass(frozen=True)
class DistanceBits:
    """Targets `first` to `last` (from 0) of the texts that reach so far; the interval (95 %) is over these texts, None of too few."""

    first: int
    last: int
    bits_per_byte: float
    interval: Interval | None
    bytes: int
    texts: int


def bits_by_distance(
    scores: StoryScores, store: TokenStore, indices: np.ndarray, tokenizer: Tokenizer
) -> list[DistanceBits]:
    """Targets 0 to 255, 256 to 511 and on, doubling. Empty where no text is longer than the context, and where bytes of tokens do not
    add up to those of the texts (a tokenizer that changes what it spells)."""
    if scores.tokens_S.max() <= scores.context:
        return []
    tokens = range(tokenizer.vocabulary_size)
    sizes_V = np.array([0 if token == store.end_of_text else len(tokenizer.token_bytes(token)) for token in tokens])
    bytes_N = np.concatenate([[*sizes_V[store.story(int(index))[1:]], 0] for index in indices])
    if int(bytes_N.sum()) != int(scores.bytes_S.sum()):
        return []
    groups_N = np.maximum(np.log2(np.maximum(scores.positions_N, 1) / NEAREST).astype(np.int64) + 1, 0)
    groups_N[scores.positions_N < NEAREST] = 0
    groups, story_N = int(groups_N.max()) + 1, np.repeat(np.arange(len(scores.bytes_S)), scores.tokens_S)
    cells_N = story_N * groups + groups_N

    def summed(values_N: np.ndarray) -> np.ndarray:
        return np.bincount(cells_N, values_N, len(scores.bytes_S) * groups).reshape(-1, groups)

    bits_SG, bytes_SG = summed(scores.nll_N.astype(np.float64) / math.log(2)), summed(bytes_N)
    found = []
    for group in range(groups):
        reach_S = bytes_SG[:, group] > 0
        if not reach_S.any():  # the closing end-of-text alone
            continue
        columns_S2 = np.column_stack([bits_SG[reach_S, group], bytes_SG[reach_S, group]])
        drawn_R2 = resampled_sums(columns_S2)
        texts = int(reach_S.sum())
        bits, n_bytes = columns_S2.sum(axis=0)
        interval = interval_of(drawn_R2[:, 0] / drawn_R2[:, 1], texts)
        first = 0 if group == 0 else NEAREST << (group - 1)
        found.append(DistanceBits(first, (NEAREST << group) - 1, float(bits / n_bytes), interval, int(n_bytes), texts))
    return found
