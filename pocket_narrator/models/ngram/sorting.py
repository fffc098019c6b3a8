"""All N-grams of a text in sorted order, from which every count follows; in C and in plain numpy.

A text is what a token store holds, one end-of-text after its last story: stories are separated by end-of-text, which
begins a story and closes the one before. An N-gram may begin or end with it and never goes past it.
Legend: N starts of N-grams, every token but the last one.
"""

from dataclasses import dataclass

import numpy as np

from pocket_narrator.models.kernels import native


@dataclass(frozen=True)
class SortedStarts:
    """Where the N-grams start, ordered by their tokens, then by place."""

    starts_N: np.ndarray
    """uint32."""
    common_N: np.ndarray
    """uint8: leading tokens, at most `order`, that each N-gram shares with the one before it."""
    lengths_N: np.ndarray
    """uint8: tokens of each: `order`, or fewer where its story ends."""


def sort_ngrams(tokens: np.ndarray, vocabulary_size: int, order: int, end_of_text: int) -> SortedStarts:
    """Sorts the N-grams of `tokens` [N + 1], uint16 or uint32; MemoryError where that does not fit."""
    assert tokens[0] == tokens[-1] == end_of_text
    lengths = story_lengths(tokens, order, end_of_text)
    if native.available():
        starts, common = sort_native(tokens, vocabulary_size, order, end_of_text)
    else:
        starts, common = sort_reference(tokens, lengths, order)
    return SortedStarts(starts, common, lengths[starts])


def story_lengths(tokens: np.ndarray, order: int, end_of_text: int) -> np.ndarray:
    """Tokens from each start to the end of its story, the closing end-of-text included, at most `order`: uint8 [N]."""
    ends = np.flatnonzero(tokens == end_of_text)
    lengths = np.full(len(tokens) - 1, order, np.uint8)
    for back in range(max(order - 2, 0)):  # the start `back` tokens before the last one of its story has back + 2
        near = (ends[1:] - 1 - back)[ends[1:] - 1 - back >= ends[:-1]]
        lengths[near] = np.minimum(lengths[near], back + 2)
    return lengths


def sort_native(
    tokens: np.ndarray, vocabulary_size: int, order: int, end_of_text: int
) -> tuple[np.ndarray, np.ndarray]:
    """(starts, common); 5 bytes a token, and 16 for those of the most frequent first token in each thread."""
    count = len(tokens) - 1
    starts, common = np.empty(count, np.uint32), np.empty(count, np.uint8)
    wide = int(tokens.itemsize == 4)
    tokens = np.ascontiguousarray(tokens)
    short_of_memory = np.zeros(1, np.int64)
    native.call(
        "ngram_sort", tokens=tokens, wide=wide, count=count, vocabulary=vocabulary_size, order=order, end_of_text=end_of_text,
        starts=starts, common=common, short_of_memory=short_of_memory,
    )  # fmt: skip
    if short_of_memory[0]:
        raise MemoryError
    return starts, common


def sort_reference(tokens: np.ndarray, lengths: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """The same in plain numpy."""
    count = len(tokens) - 1
    columns = np.zeros((order, count), np.int32)
    for depth in range(order):
        inside = np.flatnonzero(lengths > depth)
        columns[depth, inside] = tokens[inside + depth] + np.int32(1)
    starts = np.lexsort(columns[::-1])
    same = np.ones(count - 1, bool)
    common = np.zeros(count, np.uint8)
    for column in columns:
        ordered = column[starts]
        same &= (ordered[1:] == ordered[:-1]) & (ordered[1:] > 0)
        common[1:] += same
    return starts.astype(np.uint32), common
