"""The merges of byte-level BPE, exactly: before each merge all pair counts are those of the words as they stand."""

import heapq
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
    the one whose right token is. The result depends on nothing else, in particular not on the order of the words. Two
    merges may spell the same token; it is added once, so there may be more merges than new tokens.

    Work: each merge looks only at the words that hold its pair, found by an index from pairs to words.
    """
    symbols, counts = _spell(words, alphabet, first_id)
    token_of = {token: first_id + place for place, token in enumerate(alphabet)}
    tokens = dict(enumerate(alphabet, first_id))
    size = first_id + len(alphabet)
    pair_counts: defaultdict[Pair, int] = defaultdict(int)
    words_of: defaultdict[Pair, set[int]] = defaultdict(set)
    for word, spelling in enumerate(symbols):
        for pair in zip(spelling, spelling[1:], strict=False):
            pair_counts[pair] += counts[word]
            words_of[pair].add(word)
    heap = [(-count, pair) for pair, count in pair_counts.items()]
    heapq.heapify(heap)
    merges: list[Pair] = []
    added: list[bytes] = []
    while size < largest_vocabulary and heap:
        negative_count, pair = heapq.heappop(heap)
        count = pair_counts.get(pair, 0)
        if count != -negative_count:  # the entry is old; a pair that still occurs comes back with its true count
            if 0 < count < -negative_count:
                heapq.heappush(heap, (-count, pair))
            continue
        token = tokens[pair[0]] + tokens[pair[1]]
        merged = token_of.setdefault(token, size)
        if merged == size:
            tokens[merged] = token
            added.append(token)
            size += 1
        merges.append(pair)
        for changed in _merge_everywhere(pair, merged, symbols, counts, words_of.pop(pair), pair_counts, words_of):
            heapq.heappush(heap, (-pair_counts[changed], changed))
    return merges, added


def _spell(
    words: Mapping[bytes, int], alphabet: Sequence[bytes], first_id: int
) -> tuple[list[list[int]], list[int]]:
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
    """Merges `pair` in the words `holders` and brings the counts up to date; returns the pairs that occur more often."""
    changes: defaultdict[Pair, int] = defaultdict(int)
    for word in holders:
        before, count = symbols[word], counts[word]
        after = _merge_word(before, pair, merged)
        if len(after) == len(before):
            continue  # the index may name words in which another merge has used the pair up
        symbols[word] = after
        for old in zip(before, before[1:], strict=False):
            changes[old] -= count
        for new in zip(after, after[1:], strict=False):
            changes[new] += count
            if merged in new:
                words_of[new].add(word)
    grown = set()
    for changed, change in changes.items():
        if change:
            pair_counts[changed] += change
            if change > 0:
                grown.add(changed)
            elif pair_counts[changed] == 0:
                del pair_counts[changed]
                words_of.pop(changed, None)
    return grown


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
