"""The batch order: every target once an epoch, the same rows for any world size, nothing but (seed, step)."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocket_narrator.errors import RecipeError
from pocket_narrator.tokens.batches import NOT_SCORED, Batch, BatchOrder
from pocket_narrator.tokens.store import StoreMeta, TokenStore

END = 0


def store_of(lengths: list[int]) -> TokenStore:
    """A store in memory whose token at place i is i + 1, but for the end-of-text tokens: any misplaced token shows."""
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    tokens = np.arange(1, offsets[-1] + 1, dtype=np.uint32)
    tokens[offsets[:-1]] = END
    meta = StoreMeta(1, "", END, "uint32", len(lengths), int(offsets[-1]), 0, "", {})
    return TokenStore(
        Path(), meta, tokens, offsets, np.zeros(len(lengths), np.uint32), np.zeros(len(lengths), np.uint8)
    )


def pairs_of(store: TokenStore) -> Counter:
    """All (story, place in it, input, target) of a store, by the definition: [end, x1 .. xn] -> [x1 .. xn, end]."""
    pairs = Counter()
    for index in range(store.num_stories):
        ids = store.story(index).tolist()
        for input_, target in zip(ids, [*ids[1:], END], strict=True):
            pairs[input_, target] += 1
    return pairs


def epoch_of(order: BatchOrder) -> Batch:
    """All rows of epoch 0."""
    batches = [order.batch(step) for step in range(-(-order.rows_per_epoch // order.rows_per_step))]
    return Batch(
        *(
            np.concatenate([getattr(batch, name) for batch in batches])[: order.rows_per_epoch]
            for name in ("inputs_BT", "targets_BT", "starts_BT")
        )
    )


LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=60)
POLICIES = st.sampled_from(["packed", "story", "window"])
ALL_POLICIES = st.sampled_from(["packed", "story", "window", "stream"])


@given(lengths=LENGTHS, context=st.integers(1, 24), rows=st.integers(1, 5), policy=ALL_POLICIES, data=st.data())
def test_every_target_exactly_once_an_epoch(lengths, context, rows, policy, data):
    stride = data.draw(st.none() | st.integers(1, context)) if policy == "window" else None
    store = store_of(lengths)
    order = BatchOrder(store, context, rows, policy, seed=3, stride=stride)
    epoch = epoch_of(order)
    scored = epoch.targets_BT != NOT_SCORED
    seen = Counter(zip(epoch.inputs_BT[scored].tolist(), epoch.targets_BT[scored].tolist(), strict=True))
    assert seen == pairs_of(store)
    assert scored.sum() == order.targets_per_epoch
    assert order.steps_per_epoch == order.rows_per_epoch / rows


@given(lengths=LENGTHS, context=st.integers(1, 24), policy=POLICIES)
def test_starts_are_where_the_text_does_not_go_on(lengths, context, policy):
    epoch = epoch_of(BatchOrder(store_of(lengths), context, 2, policy))
    for inputs, targets, starts in zip(epoch.inputs_BT, epoch.targets_BT, epoch.starts_BT, strict=True):
        for place in range(context):
            goes_on = place > 0 and inputs[place] != END and targets[place - 1] == inputs[place]
            assert starts[place] == (not goes_on)
        padding = np.flatnonzero(targets == NOT_SCORED)
        assert (inputs[padding] == END).all()
        assert starts[padding].all()


@given(
    lengths=LENGTHS,
    context=st.integers(1, 24),
    policy=ALL_POLICIES,
    step=st.integers(0, 30),
    seed=st.integers(0, 2**70),
)
def test_ranks_share_the_rows_of_one_process(lengths, context, policy, step, seed):
    store = store_of(lengths)
    whole = BatchOrder(store, context, 6, policy, seed).batch(step)
    assert whole.inputs_BT.shape == (6, context)
    for world_size in (2, 3, 6):
        order = BatchOrder(store, context, 6, policy, seed, world_size)
        parts = [order.batch(step, rank) for rank in range(world_size)]
        for name in ("inputs_BT", "targets_BT", "starts_BT"):
            assert (np.concatenate([getattr(part, name) for part in parts]) == getattr(whole, name)).all()


@given(lengths=LENGTHS, context=st.integers(1, 24), rows=st.integers(1, 5))
def test_a_stream_goes_on_in_the_same_row_of_the_next_step(lengths, context, rows):
    store = store_of(lengths)
    order = BatchOrder(store, context, rows, "stream", seed=5)
    steps = order.rows_per_epoch // rows
    assert order.rows_per_epoch % rows == 0
    for stream in range(rows):
        batches = [order.batch(step) for step in range(steps)]
        inputs, targets, starts = (
            np.concatenate([getattr(batch, name)[stream] for batch in batches])
            for name in ("inputs_BT", "targets_BT", "starts_BT")
        )
        for place in range(len(inputs)):
            goes_on = place > 0 and inputs[place] != END and targets[place - 1] == inputs[place]
            assert starts[place] == (not goes_on)


def test_stories_of_a_stream_come_in_another_order_in_every_epoch():
    store = store_of(np.random.Generator(np.random.PCG64(0)).integers(1, 60, 200).tolist())
    order = BatchOrder(store, 32, 4, "stream", seed=1)
    steps = order.rows_per_epoch // 4
    epochs = [np.concatenate([order.batch(epoch * steps + n).inputs_BT for n in range(steps)]) for epoch in range(2)]
    assert (epochs[0] != epochs[1]).any()
    assert order.batch(steps).starts_BT[:, 0].all()  # nothing is carried into a new epoch


@pytest.mark.parametrize("policy", ["packed", "story", "window", "stream"])
def test_batches_depend_on_seed_and_step_alone(policy):
    store = store_of(np.random.Generator(np.random.PCG64(0)).integers(1, 60, 200).tolist())
    order = BatchOrder(store, 32, 8, policy, seed=1)
    per_epoch = int(order.steps_per_epoch) + 1
    forward = [order.batch(step).inputs_BT for step in range(3 * per_epoch)]
    again = BatchOrder(store, 32, 8, policy, seed=1)
    for step in reversed(range(3 * per_epoch)):
        assert (again.batch(step).inputs_BT == forward[step]).all()
    assert (forward[0] != BatchOrder(store, 32, 8, policy, seed=2).batch(0).inputs_BT).any()
    assert (np.concatenate(forward[:per_epoch]) != np.concatenate(forward[per_epoch : 2 * per_epoch])).any()


def test_second_epoch_is_whole_too():
    store = store_of([5, 9, 30, 2, 17, 8, 8])
    order = BatchOrder(store, 16, 1, "packed")
    for epoch in range(4):
        batches = [order.batch(epoch * order.rows_per_epoch + row) for row in range(order.rows_per_epoch)]
        pairs = Counter()
        for batch in batches:
            scored = batch.targets_BT != NOT_SCORED
            pairs.update(zip(batch.inputs_BT[scored].tolist(), batch.targets_BT[scored].tolist(), strict=True))
        assert pairs == pairs_of(store)


@given(lengths=LENGTHS, context=st.integers(1, 24))
def test_packed_rows_are_full_but_for_one(lengths, context):
    store = store_of(lengths)
    epoch = epoch_of(BatchOrder(store, context, 4, "packed"))
    assert len(epoch.inputs_BT) == -(-store.num_tokens // context)
    padded_rows = (epoch.targets_BT == NOT_SCORED).any(1).sum()
    assert padded_rows == (1 if store.num_tokens % context else 0)


def test_packed_rows_begin_at_story_starts_and_keep_stories_whole():
    lengths = np.random.Generator(np.random.PCG64(0)).gamma(6, 30, 3000).astype(int) + 2
    store = store_of(lengths.tolist())
    order = BatchOrder(store, 256, 8, "packed")
    epoch = epoch_of(order)
    assert (epoch.inputs_BT[:, 0] == END).mean() > 0.95
    remainders = (epoch.starts_BT & (epoch.inputs_BT != END)).sum()
    laid_end_to_end = (np.arange(order.rows_per_epoch) * 256 % store.num_tokens != 0).sum()
    assert remainders < 0.6 * laid_end_to_end  # cutting wherever a row ends gives one remainder a row


def test_short_stories_are_not_always_the_ones_cut():
    """Every length below the context has some story that stays whole, over a few epochs."""
    lengths = [40, 50, 60] * 100
    store = store_of(lengths)
    order = BatchOrder(store, 64, 1, "packed")
    whole = Counter()
    for row in range(4 * order.rows_per_epoch):
        batch = order.batch(row)
        first = int(batch.targets_BT[0, 0]) - 2  # place in the store of the row's first story
        story = int(np.searchsorted(store.offsets, first))
        if batch.inputs_BT[0, 0] == END and (batch.inputs_BT[0, : lengths[story]] == store.story(story)).all():
            whole[lengths[story]] += 1
    assert min(whole[length] for length in (40, 50, 60)) > 4 * 100 / 3


def test_story_rows_hold_one_story():
    store = store_of([3, 10, 20])
    epoch = epoch_of(BatchOrder(store, 8, 1, "story"))
    assert len(epoch.inputs_BT) == 1 + 2 + 3
    assert (epoch.starts_BT.argmin(1) == np.where(epoch.starts_BT.all(1), 0, 1)).all()
    assert sorted((epoch.targets_BT != NOT_SCORED).sum(1).tolist()) == [2, 3, 4, 8, 8, 8]


def test_windows_overlap_and_score_once():
    store = store_of([20])
    order = BatchOrder(store, 8, 1, "window", stride=3)
    rows = sorted(
        (epoch_of(order).inputs_BT[row].tolist(), epoch_of(order).targets_BT[row].tolist())
        for row in range(order.rows_per_epoch)
    )
    assert rows[0] == ([0, 2, 3, 4, 5, 6, 7, 8], [2, 3, 4, 5, 6, 7, 8, 9])
    assert rows[1] == ([4, 5, 6, 7, 8, 9, 10, 11], [NOT_SCORED] * 5 + [10, 11, 12])
    assert rows[-1] == ([13, 14, 15, 16, 17, 18, 19, 20], [NOT_SCORED] * 5 + [19, 20, END])
    assert len(rows) == 5


def test_rows_that_cannot_be_shared_are_refused():
    with pytest.raises(RecipeError, match="32 rows a step cannot be shared by 3"):
        BatchOrder(store_of([5]), 8, 32, world_size=3)
