"""The batch order: which pairs of tokens a training step reads, computed from (seed, step, world size) alone."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from pocket_narrator.errors import RecipeError
from pocket_narrator.tokens.packing import (
    Chance,
    PackedRows,
    cut_stories,
    lay_streams,
    one_piece_a_row,
    pack,
    windows_a_stream,
)
from pocket_narrator.tokens.store import TokenStore

NOT_SCORED = -100  # the target that torch's cross entropy leaves out


@dataclass(frozen=True)
class Batch:
    """One rank's part of a step: B rows of T pairs."""

    inputs_BT: np.ndarray  # int64
    targets_BT: np.ndarray  # int64, NOT_SCORED where nothing is scored
    starts_BT: np.ndarray  # bool, where nothing of what lies to the left belongs to the same run of text


class BatchOrder:
    """Every target of a store exactly once an epoch, in an order fixed by the seed; it has no state to save.

    Rows are numbered through all epochs, `rows_per_epoch` of them in each, and step n takes rows `n * rows_per_step`
    and on, shared out to the ranks in order: the rows of a step are the same for any world size.

    - "packed": rows are full and begin at story starts where they can (see `packing.pack`); one row an epoch is padded.
    - "story": one story a row, padded; a story longer than the context goes on in further rows.
    - "window": windows over the stories laid end to end, one every `stride` (none: `context`) tokens. Where windows
      overlap, a target is scored in the first of them only.
    - "stream": row r of a step goes on where row r of the step before has ended, through whole books: for models that
      carry their state from one window to the next.

    `starts_BT` is true at a story's first pair, at the first pair of a remainder (a piece whose beginning lies in
    another row), at the first pair of a row, and at every pair of padding: wherever state must not be carried over.
    With "stream" the first pair of a row is one only where it does not go on.
    Padding is the end-of-text token with targets NOT_SCORED, as are the targets inside of prompts.
    """

    def __init__(
        self,
        store: TokenStore,
        context: int,
        rows_per_step: int,
        policy: Literal["packed", "story", "window", "stream"] = "packed",
        seed: int = 0,
        world_size: int = 1,
        stride: int | None = None,
    ) -> None:
        if rows_per_step % world_size:
            raise RecipeError(
                f"{rows_per_step} rows a step cannot be shared by {world_size} processes",
                expected="training.batch_tokens / model.context is a multiple of the number of processes",
                hint="start as many as divide it, or change training.batch_tokens",
            )
        assert stride is None or (policy == "window" and 1 <= stride <= context)
        self.context = context
        self.rows_per_step = rows_per_step
        self.policy = policy
        self.seed = seed
        self.world_size = world_size
        self.stride = stride or context
        self._store = store
        self._tokens = np.asarray(store.tokens)  # a plain view: indexing a memmap object is slower
        self.targets_per_epoch = store.num_tokens
        self.rows_per_epoch = self._count_rows()
        self.steps_per_epoch = self.rows_per_epoch / rows_per_step
        # Two epochs, since a step may lie across a boundary.
        self._rows_of_epoch = lru_cache(maxsize=2)(self._lay_rows)

    def batch(self, step: int, rank: int = 0) -> Batch:
        """The rows of one rank at a step: `rows_per_step // world_size` of them."""
        rows_per_rank = self.rows_per_step // self.world_size
        row = step * self.rows_per_step + rank * rows_per_rank
        end = row + rows_per_rank
        parts = []
        while row < end:
            epoch, first = divmod(row, self.rows_per_epoch)
            last = min(first + end - row, self.rows_per_epoch)
            parts.append(self._gather(self._rows_of_epoch(epoch), first, last))
            row += last - first
        if len(parts) == 1:
            return parts[0]
        return Batch(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("inputs_BT", "targets_BT", "starts_BT")
            )
        )

    def _inside_prompt(self, index: np.ndarray) -> np.ndarray:
        """Whether the target of each pair of the store belongs to its story's prompt."""
        assert self._store.prompts is not None
        story = np.searchsorted(self._store.offsets, index, side="right") - 1
        return index - self._store.offsets[story] < self._store.prompts[story]

    def _count_rows(self) -> int:
        if self.policy == "packed":
            return -(-self._store.num_tokens // self.context)
        if self.policy == "story":
            return int((-(-np.diff(self._store.offsets) // self.context)).sum())
        if self.policy == "stream":
            return self.rows_per_step * windows_a_stream(self._store.num_tokens, self.context, self.rows_per_step)
        return 1 + max(0, -(-(self._store.num_tokens - self.context) // self.stride))

    def _lay_rows(self, epoch: int) -> PackedRows:
        chance = Chance(self.seed, epoch)
        if self.policy == "packed":
            rows = pack(self._store.offsets, self.context, chance)
        elif self.policy == "story":
            pieces = cut_stories(self._store.offsets, self.context)
            rows = one_piece_a_row(pieces.starts, pieces.lengths, chance)
        elif self.policy == "stream":
            rows = lay_streams(self._store.offsets, self.context, self.rows_per_step, chance)
        else:
            starts = np.arange(self.rows_per_epoch) * self.stride
            rows = one_piece_a_row(starts, np.minimum(self.context, self._store.num_tokens - starts), chance)
        assert len(rows) == self.rows_per_epoch
        return rows

    def _gather(self, rows: PackedRows, first: int, last: int) -> Batch:
        """Rows `first` to `last` of an epoch. Their pieces lie side by side, so all are read in one indexing."""
        count = last - first
        begin, end = rows.offsets[first], rows.offsets[last]
        starts, lengths = rows.starts[begin:end], rows.lengths[begin:end]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        before = ends[:-1]  # pairs in the pieces before this one
        pieces_in_row = np.diff(rows.offsets[first : last + 1])
        row = np.repeat(np.arange(count), pieces_in_row)
        before_row = ends[rows.offsets[first:last] - begin]
        places = row * self.context + before - before_row[row]  # of each piece's first pair in the flattened batch

        pairs = np.arange(lengths.sum())
        filled = np.repeat(places - before, lengths) + pairs
        index = np.repeat(starts - before, lengths) + pairs
        inputs = np.full(count * self.context, self._store.end_of_text, np.int64)
        targets = np.full(count * self.context, NOT_SCORED, np.int64)
        inputs[filled] = self._tokens[index]
        # After the store's last token comes the end-of-text token that closes its last story: that of place 0.
        targets[filled] = np.take(self._tokens, index + 1, mode="wrap")
        if self._store.prompts is not None:
            targets[filled[self._inside_prompt(index)]] = NOT_SCORED
        is_start = inputs == self._store.end_of_text
        is_start[places if rows.goes_on is None else places[~rows.goes_on[begin:end]]] = True
        shape = (count, self.context)
        batch = Batch(inputs.reshape(shape), targets.reshape(shape), is_start.reshape(shape))
        if self.stride < self.context:
            batch.targets_BT[starts > 0, : self.context - self.stride] = NOT_SCORED
        return batch
