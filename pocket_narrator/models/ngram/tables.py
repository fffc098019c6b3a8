"""What an N-gram model has learned: one sorted table an order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class NGramTable:
    """The N-grams of one order, sorted, so that those that continue one row of the order below stand together.

    The rows of order 1 are the vocabulary. Legend: U rows.
    """

    tokens: np.ndarray
    """uint16 or uint32 [U]: the last token of each."""
    probabilities: np.ndarray
    """float32 [U]: of that token after the others, interpolated with all lower orders."""
    shorter: np.ndarray | None = None
    """int32 [U]: the row of the order below that is the same without its first token; none at order 1."""
    backoffs: np.ndarray | None = None
    """float32 [U]: what the next lower order's probability is multiplied by where a token does not continue the row; 1
    where nothing does; none at the highest order."""
    first: np.ndarray | None = None
    """int32 [U + 1]: row i is continued by the rows first[i] to first[i + 1] of the next order; none at the highest."""

    def children(self, row: int) -> slice:
        """The rows of the next order that continue a row."""
        assert self.first is not None
        return slice(int(self.first[row]), int(self.first[row + 1]))


def find(tables: Sequence[NGramTable], ngram: Sequence[int]) -> int | None:
    """The row of an N-gram in the table of its order; None where it is not there."""
    row = ngram[0]
    for below, table, token in zip(tables, tables[1:], ngram[1:], strict=False):
        children = below.children(row)
        row = children.start + int(np.searchsorted(table.tokens[children], token))
        if row == children.stop or table.tokens[row] != token:
            return None
    return row
