"""Probabilities out of the tables; scoring in C and in plain numpy. Legend: B rows, T tokens, V vocabulary."""

import itertools
from collections.abc import Sequence

import numpy as np

from pocket_narrator.models.kernels import native
from pocket_narrator.models.ngram.tables import NGramTable, find


def score(tables: Sequence[NGramTable], tokens_BT: np.ndarray) -> np.ndarray:
    """log p(token t + 1 | tokens <= t): float64 [B, T - 1], nats. `tokens_BT` is int64, all in the vocabulary."""
    if native.available():
        return score_native(tables, tokens_BT)
    return score_reference(tables, tokens_BT)


def score_native(tables: Sequence[NGramTable], tokens_BT: np.ndarray) -> np.ndarray:
    """A walk along each row: the longest context that is in the tables, from token to token."""
    tokens_BT = np.ascontiguousarray(tokens_BT)
    rows, columns = tokens_BT.shape
    found = np.empty((rows, columns - 1))
    wide = int(tables[0].tokens.itemsize == 4)
    made = [
        native.layouts().make(
            "ngram_table", tokens=t.tokens, probabilities=t.probabilities, backoffs=t.backoffs, first=t.first, shorter=t.shorter
        )
        for t in tables
    ]  # fmt: skip
    native.call(
        "ngram_log_probs", tokens=tokens_BT, rows=rows, columns=columns, order=len(tables), wide=wide,
        of_orders=(type(made[0]) * len(made))(*made), out=found,
    )  # fmt: skip
    return found


def score_reference(tables: Sequence[NGramTable], tokens_BT: np.ndarray) -> np.ndarray:
    """The same in plain numpy, order by order for all tokens."""
    vocabulary = len(tables[0].tokens)
    ends_BT = tokens_BT  # the row of the N-gram that ends at each token, -1 where it is not in the table
    probabilities = tables[0].probabilities[tokens_BT[:, 1:]].astype(np.float64)
    for below, table in itertools.pairwise(tables):
        assert below.first is not None
        assert below.backoffs is not None
        parents = np.repeat(np.arange(len(below.tokens)), np.diff(below.first))
        keys = parents * vocabulary + table.tokens
        contexts = ends_BT[:, :-1]
        wanted = contexts * vocabulary + tokens_BT[:, 1:]
        at = np.searchsorted(keys, wanted)
        seen = (contexts >= 0) & (np.append(keys, -1)[at] == wanted)
        backoffs = np.append(below.backoffs, 1.0)[contexts]  # the last one where there is no such context
        probabilities = np.where(
            seen, np.append(table.probabilities, 0)[np.where(seen, at, -1)], backoffs * probabilities
        )
        ends_BT = np.full_like(tokens_BT, -1)
        ends_BT[:, 1:][seen] = at[seen]
    return np.log(probabilities)


def log_distribution(tables: Sequence[NGramTable], log_unigrams: np.ndarray, context: Sequence[int]) -> np.ndarray:
    """log p(next token | context) over the whole vocabulary: float64 [V]. The context may be empty or longer than used.

    `log_unigrams` are the logarithms of the probabilities of order 1: only those of tokens that were seen after some of
    the context are made anew.
    """
    logits = log_unigrams.copy()
    for length in range(1, min(len(context), len(tables) - 1) + 1):
        row = find(tables, context[len(context) - length :])
        if row is None:
            break
        below, table = tables[length - 1], tables[length]
        assert below.backoffs is not None
        children = below.children(row)
        logits += np.log(np.float64(below.backoffs[row]))
        logits[table.tokens[children]] = np.log(table.probabilities[children].astype(np.float64))
    return logits
