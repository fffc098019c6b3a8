"""How stories are laid into rows of a fixed number of (input, target) pairs.

A story of tokens [end-of-text, x1 .. xn] has n+1 pairs, its last target being the end-of-text token. In the store the
next story's end-of-text token follows, so pair i of the store is (token i, token i+1), and a run of pairs is a start
and a length.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PackedRows:
    """The rows of one epoch, in training order. Row r holds pieces `offsets[r]` to `offsets[r + 1]`, left to right."""

    offsets: np.ndarray  # int64 [rows + 1]
    starts: np.ndarray  # int64 [pieces], first pair in the store
    lengths: np.ndarray  # int64 [pieces], at least 1
    goes_on: np.ndarray | None = None  # bool [pieces], what lies before it was read a step earlier; none: nowhere

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True)
class Pieces:
    """Runs of pairs, none longer than the context."""

    starts: np.ndarray  # int64 [pieces]
    lengths: np.ndarray  # int64 [pieces]
    is_head: np.ndarray  # bool [pieces], begins at a story's start

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, chosen: np.ndarray) -> "Pieces":
        return Pieces(self.starts[chosen], self.lengths[chosen], self.is_head[chosen])


class Chance:
    """Random numbers that depend on (seed, epoch) alone: Philox, a counter whose stream numpy keeps fixed."""

    def __init__(self, seed: int, epoch: int) -> None:
        self._bits = np.random.Philox(key=np.array([seed % 2**64, epoch], np.uint64))

    def keys(self, count: int) -> np.ndarray:
        return self._bits.random_raw(count)

    def permutation(self, count: int) -> np.ndarray:
        return np.argsort(self.keys(count), kind="stable")

    def order_within(self, groups: np.ndarray) -> np.ndarray:
        """Sorts by group (below 2**40), and by chance within one: one sort of one key, for speed."""
        return np.argsort((groups.astype(np.uint64) << 24) | (self.keys(len(groups)) >> 40), kind="stable")


def cut_stories(offsets: np.ndarray, context: int) -> Pieces:
    """Each story cut every `context` pairs; `offsets` is int64 [stories + 1]."""
    parts = -(-np.diff(offsets) // context)
    story = np.repeat(np.arange(len(parts)), parts)
    part = np.arange(len(story)) - np.repeat(np.cumsum(parts) - parts, parts)
    starts = offsets[story] + part * context
    return Pieces(starts, np.minimum(context, offsets[story + 1] - starts), part == 0)


def one_piece_a_row(starts: np.ndarray, lengths: np.ndarray, chance: Chance) -> PackedRows:
    """Every piece a row of its own, shuffled."""
    order = chance.permutation(len(starts))
    return PackedRows(np.arange(len(starts) + 1), starts[order], lengths[order])


def lay_streams(offsets: np.ndarray, context: int, streams: int, chance: Chance) -> PackedRows:
    """The stories (books), in an order by chance, laid end to end and cut into `streams` streams of one length; row n holds
    window n // streams of stream n % streams. A stream may begin inside a story; the last one ends in padding."""
    order = chance.permutation(len(offsets) - 1)
    lengths = np.diff(offsets)[order]
    ends = np.cumsum(lengths)
    total = int(ends[-1])
    windows = windows_a_stream(total, context, streams)
    cuts = np.arange(0, total, context)
    edges = np.unique(np.concatenate([cuts, ends]))  # the last is the total
    begin = edges[:-1]
    story = np.searchsorted(ends, begin, side="right")
    inside = begin - (ends - lengths)[story]
    stream, window = np.divmod(begin // context, windows)
    row = window * streams + stream
    by_row = np.argsort(row, kind="stable")
    counts = np.bincount(row, minlength=windows * streams)
    goes_on = (window > 0) & (begin % context == 0) & (inside > 0)
    return PackedRows(
        np.concatenate([[0], np.cumsum(counts)]),
        (offsets[order[story]] + inside)[by_row],
        np.diff(edges)[by_row],
        goes_on[by_row],
    )


def windows_a_stream(pairs: int, context: int, streams: int) -> int:
    """The windows that each of `streams` streams needs to hold all pairs."""
    return -(-pairs // (context * streams))


def pack(offsets: np.ndarray, context: int, chance: Chance) -> PackedRows:
    """Rows of exactly `context` pairs each, but for one that holds what is left; every pair lies in exactly one row.

    Stories (cut every `context` pairs) are packed whole by best fit, longest first, as in Ding et al. 2024, "Fewer
    truncations improve language modeling". That leaves gaps, so as many bins as it takes, drawn by chance, are
    taken apart to fill the gaps of the others: only their stories are cut further. Drawn by chance rather than the
    emptiest ones, for else it would always be the short stories that are never seen whole.
    """
    pieces = cut_stories(offsets, context)
    bin_of_piece, space = _best_fit(pieces.lengths, context, chance)
    rows = int(-(-(offsets[-1] - offsets[0]) // context))
    # The last row is made of fillers alone. Full bins stay; those without a story's start are taken apart first.
    with_head = np.zeros(len(space), bool)
    with_head[bin_of_piece[pieces.is_head]] = True
    reluctance = np.where(space == 0, 0, np.where(with_head, 1, 2))
    kept = chance.order_within(reluctance)[: rows - 1]
    number = np.full(len(space), -1)  # of the row that a kept bin becomes
    number[kept] = chance.permutation(rows - 1)

    row_of_piece = number[bin_of_piece]
    whole = row_of_piece >= 0
    gaps = np.append(space[kept][np.argsort(number[kept])], context)
    loose = np.flatnonzero(~whole)
    filler, filler_row = _fill(pieces[loose[chance.permutation(len(loose))]], gaps)

    # Within a row: whole stories in any order, then the start of a cut one, then remainders.
    starts = np.concatenate([pieces.starts[whole], filler.starts])
    lengths = np.concatenate([pieces.lengths[whole], filler.lengths])
    row = chance.permutation(rows)[np.concatenate([row_of_piece[whole], filler_row])]
    place = np.concatenate([np.where(pieces.is_head[whole], 0, 2), np.where(filler.is_head, 1, 2)])
    order = chance.order_within(3 * row + place)
    return PackedRows(np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))]), starts[order], lengths[order])


def _best_fit(lengths: np.ndarray, context: int, chance: Chance) -> tuple[np.ndarray, np.ndarray]:
    """Bin of each piece, and the space left in each bin.

    Pieces of one length are interchangeable, and so are bins with equal space, so whole groups are placed at a time:
    the work in Python grows with the square of the context, not with the number of stories.
    """
    order = chance.permutation(len(lengths))
    order = order[np.argsort(-lengths[order], kind="stable")]
    distinct, first = np.unique(-lengths[order], return_index=True)
    bin_of_piece = np.empty(len(lengths), np.int64)
    bins_with_space: list[list[np.ndarray]] = [[] for _ in range(context + 1)]
    bins = 0
    for length, group in zip((-distinct).tolist(), np.split(order, first[1:]), strict=True):
        for space in range(length, context + 1):
            if space == context:  # nothing that is open has room: open as many new bins as it takes
                new = -(-len(group) // (context // length))
                bins_with_space[context] = [np.arange(bins, bins + new)]
                bins += new
            if not bins_with_space[space]:
                continue
            candidates = np.concatenate(bins_with_space[space])
            each = space // length
            used = candidates[: -(-len(group) // each)]
            placed = group[: len(used) * each]
            bin_of_piece[placed] = np.repeat(used, each)[: len(placed)]
            in_last = len(placed) - (len(used) - 1) * each
            bins_with_space[space] = [candidates[len(used) :]] if len(used) < len(candidates) else []
            bins_with_space[space - each * length].append(used[:-1])
            bins_with_space[space - in_last * length].append(used[-1:])
            group = group[len(placed) :]
            if not len(group):
                break
    space_left = np.empty(bins, np.int64)
    for space, members in enumerate(bins_with_space):
        for some in members:
            space_left[some] = space
    return bin_of_piece, space_left


def _fill(filler: Pieces, gaps: np.ndarray) -> tuple[Pieces, np.ndarray]:
    """Lays `filler` end to end over `gaps` laid end to end, cut wherever a gap ends; also the gap of each cut piece."""
    filler_end = np.cumsum(filler.lengths)
    gap_end = np.cumsum(gaps)
    total = int(filler_end[-1])
    assert gap_end[-1] >= total
    edges = np.unique(np.concatenate([[0], filler_end, gap_end[gap_end < total]]))
    begin = edges[:-1]
    source = np.searchsorted(filler_end, begin, side="right")
    skipped = begin - (filler_end - filler.lengths)[source]
    pieces = Pieces(filler.starts[source] + skipped, np.diff(edges), filler.is_head[source] & (skipped == 0))
    return pieces, np.searchsorted(gap_end, begin, side="right")
