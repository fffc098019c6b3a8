"""The merges of byte-level BPE, exactly: before each merge all pair counts are those of the words as they stand."""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

LONGEST_WORD_BYTES = 1024  # a longer run without a break is not a word; it is encoded, but nothing is learnt from it

Pair = tuple[int, int]


def learn_merges(
    words: Mapping[bytes, int], alphabet: Sequence[bytes], first_id: int, largest_vocabulary: int
) -> tuple[list[Pair], list[bytes]]:
    """The merges in order, as pairs of ids, and the tokens that they add (Sennrich et al. 2016, with a heap).

    `words` has the occurrences of each word, `alphabet` the bytes, whose ids begin at `first_id`. Merging ends when
    the vocabulary (ids from 0) has `largest_vocabulary` tokens, or no word has two tokens left.

    The pair that occurs most often is merged; among equals the one whose left token is older (has the smaller id), then
    the one whose right token is. The result depends on nothing else, in particular not on the order of the words.
    Every merge adds a new token: where the bytes of a token stand between two borders of tokens, all earlier merges
    inside have gone the same way, so two different pairs never spell the same.

    Work: each merge looks only at the words that hold its pair, found by an index from pairs to words.
    """
    symbols, counts = _spell(words, alphabet, first_id)
    tokens = dict(enumerate(alphabet, first_id))
    pair_counts: defaultdict[Pair, int] = defaultdict(int)
    words_of: defaultdict[Pair, set[int]] = defaultdict(set)
    for word, spelling in enumerate(symbols):
        for pair in itertools.pairwise(spelling):
            pair_counts[pair] += counts[word]
            words_of[pair].add(word)
    heap = [(-count, pair) for pair, count in pair_counts.items()]
    heapq.heapify(heap)
    merges: list[Pair] = []
    merged = first_id + len(alphabet)
    while merged < largest_vocabulary and heap:
        negative_count, pair = heapq.heappop(heap)
        count = pair_counts.get(pair, 0)
        if count < -negative_count:  # the entry is old; a pair that still occurs comes back with its true count
            if count:
                heapq.heappush(heap, (-count, pair))
            continue
        tokens[merged] = tokens[pair[0]] + tokens[pair[1]]
        merges.append(pair)
        for new in _merge_everywhere(pair, merged, symbols, counts, words_of.pop(pair), pair_counts, words_of):
            heapq.heappush(heap, (-pair_counts[new], new))
        merged += 1
    return merges, list(tokens.values())[len(alphabet) :]


def _spell(words: Mapping[bytes, int], alphabet: Sequence[bytes], first_id: int) -> tuple[list[list[int]], list[int]]:
    """Each word as ids of single bytes, and how often it occurs."""
    id_of = {byte[0]: first_id + place for place, byte in enumerate(alphabet)}
    usable = [(word, count) for word, count in words.items() if 1 < len(word) <= LONGEST_WORD_BYTES]
    return [[id_of[byte] for byte in word] for word, _ in usable], [count for _, count in usable]


def _merge_everywhere(
    pair: Pair,
    merged: int,
    symbols: list[list[int]],
    counts: list[int],
    holders: Iterable[int],
    pair_counts: defaultdict[Pair, int],
    words_of: defaultdict[Pair, set[int]],
) -> set[Pair]:
    """Merges `pair` in the words `holders` and brings the counts up to date; returns the pairs that are new."""
    changes: defaultdict[Pair, int] = defaultdict(int)
    for word in holders:
        before, count = symbols[word], counts[word]
        after = _merge_word(before, pair, merged)
        if len(after) == len(before):
            continue  # the index may name words in which another merge has used the pair up
        symbols[word] = after
        for old in itertools.pairwise(before):
            changes[old] -= count
        for new in itertools.pairwise(after):
            changes[new] += count
            if merged in new:
                words_of[new].add(word)
    for changed, change in changes.items():
        pair_counts[changed] += change
        if pair_counts[changed] == 0:
            del pair_counts[changed]
            words_of.pop(changed, None)
    return {changed for changed in changes if merged in changed}


def _merge_word(symbols: list[int], pair: Pair, merged: int) -> list[int]:
    """Replaces the pair from left to right."""
    left, right = pair
    result = []
    place, last = 0, len(symbols) - 1
    while place <= last:
        if symbols[place] == left and place < last and symbols[place + 1] == right:
            result.append(merged)
            place += 2
        else:
            result.append(symbols[place])
            place += 1
    return result
