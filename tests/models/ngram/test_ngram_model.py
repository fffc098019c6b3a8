"""The N-gram model: probabilities that sum to one, equal to a slow implementation's, whatever the text."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pocket_narrator.models.kernels import native
from pocket_narrator.models.ngram import NGramModel, smoothing
from pocket_narrator.models.ngram.scoring import score_native, score_reference
from pocket_narrator.models.ngram.smoothing import FALLBACK, find_discounts
from pocket_narrator.models.ngram.sorting import sort_native, sort_reference, story_lengths
from tests.models.ngram.slow_kneser_ney import END, START, SlowKneserNey
from tests.models.ngram.texts import EOT, Stories, corpora, random_stories, text_of

c_only = pytest.mark.skipif(not native.available(), reason="no C kernels here")


def trained(stories: Stories, vocabulary_size: int, order: int, dtype: type = np.uint16) -> NGramModel:
    return NGramModel.train(text_of(stories, dtype=dtype), vocabulary_size, order, EOT)


def every_next(model: NGramModel, context: list[int]) -> np.ndarray:
    """log p of every token after a context."""
    return model.next_logits(model.start([context]))[0].double().numpy()


@pytest.fixture(params=["c", "numpy"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "numpy":
        monkeypatch.setattr(native, "available", lambda: False)
    elif not native.available():
        pytest.skip("no C kernels here")
    return request.param


@pytest.mark.parametrize("order", range(1, 8))
@pytest.mark.parametrize("seed", range(3))
def test_probabilities_are_those_of_the_slow_implementation(order: int, seed: int, form: str) -> None:
    stories, size = random_stories(seed), 12
    model, slow = trained(stories, size, order), SlowKneserNey(stories, size, order)
    if order >= 3:
        assert any(tuple(discounts) != FALLBACK for discounts in model.discounts)
    scored = random_stories(seed + 100, stories=20, vocabulary_size=size)[:8] + stories[:4]
    for story in scored:
        found = model.log_probs(torch.tensor([[EOT, *story, EOT]]))[0].double().numpy()
        told = [START, *story, END]
        expected = [slow.log_prob(told[i], told[:i]) for i in range(1, len(told))]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(corpora(), st.integers(1, 7))
def test_any_corpus_sums_to_one_and_agrees_with_the_slow_implementation(
    corpus: tuple[Stories, int], order: int
) -> None:
    stories, size = corpus
    model, slow = trained(stories, size, order), SlowKneserNey(stories, size, order)
    for story in stories[:3]:
        for cut in range(len(story) + 1):
            found = every_next(model, [EOT, *story[:cut]])
            assert math.isclose(np.exp(found).sum(), 1, abs_tol=1e-6)
            names = [END, *range(1, size)]
            expected = [slow.log_prob(name, [START, *story[:cut]]) for name in names]
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("order", range(1, 8))
def test_unseen_contexts_sum_to_one(order: int) -> None:
    model = trained(random_stories(5), 20, order)  # 12 to 19 never occur
    pick = np.random.default_rng(1)
    for _ in range(30):
        logits = every_next(model, pick.integers(0, 20, size=pick.integers(1, 9)).tolist())
        assert np.isfinite(logits).all()
        assert math.isclose(np.exp(logits).sum(), 1, abs_tol=1e-6)


@c_only
@settings(max_examples=80, deadline=None)
@given(corpora(), st.integers(2, 7), st.sampled_from([np.uint16, np.uint32]))
def test_the_c_forms_are_the_numpy_forms(corpus: tuple[Stories, int], order: int, dtype: type) -> None:
    stories, size = corpus
    text = text_of(stories, dtype=dtype)
    lengths = story_lengths(text, order, EOT)
    for found, expected in zip(sort_native(text, size, order, EOT), sort_reference(text, lengths, order), strict=True):
        np.testing.assert_array_equal(found, expected)
    tables = NGramModel.train(text, size, order, EOT).tables
    tokens = np.random.default_rng(order).integers(0, size, (3, 17))
    np.testing.assert_allclose(score_native(tables, tokens), score_reference(tables, tokens), rtol=0, atol=1e-12)


@c_only
def test_the_radix_sort_of_large_groups_is_that_of_small_ones() -> None:
    pick = np.random.default_rng(3)
    for size, dtype in ((90_000, np.uint32), (700, np.uint16), (2, np.uint16)):
        tokens = pick.integers(0, size, 30_000)
        tokens[pick.random(30_000) < 0.7] = 1  # groups of thousands
        text = text_of([tokens[:17_000].clip(1).tolist(), tokens[17_000:].clip(1).tolist()], dtype=dtype)
        expected = sort_reference(text, story_lengths(text, 4, EOT), 4)
        for found, wanted in zip(sort_native(text, size, 4, EOT), expected, strict=True):
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("order", range(1, 8))
def test_telling_gives_what_scoring_gives(order: int) -> None:
    model = trained(random_stories(2), 12, order)
    tokens = torch.from_numpy(np.random.default_rng(4).integers(0, 12, (3, 20)))  # end-of-texts among them
    expected, logits = model.log_probs(tokens), model.logits(tokens)
    state = model.start(tokens[:, :1].tolist())
    for t in range(1, 20):
        torch.testing.assert_close(model.next_logits(state), logits[:, t - 1], rtol=0, atol=0)
        found = model.next_logits(state).gather(1, tokens[:, t : t + 1])[:, 0]
        torch.testing.assert_close(found, expected[:, t - 1], rtol=0, atol=1e-6)
        state = model.advance(state, tokens[:, t])


def test_nothing_is_carried_across_an_end_of_text() -> None:
    model = trained(random_stories(6), 12, 5)
    alone = model.log_probs(torch.tensor([[EOT, 3, 1, 2]]))
    after = model.log_probs(torch.tensor([[EOT, 1, 1, 2, EOT, 3, 1, 2]]))
    torch.testing.assert_close(after[:, 4:], alone, rtol=0, atol=0)


def test_states_are_taken_apart_and_joined() -> None:
    model = trained(random_stories(7), 12, 4)
    state = model.start([[EOT, 1, 2], [EOT, 5], [EOT]])
    before = model.next_logits(state)
    mixed = state.select(torch.tensor([2, 0])).join(state.select(torch.tensor([1])))
    torch.testing.assert_close(model.next_logits(mixed), before[[2, 0, 1]], rtol=0, atol=0)
    model.advance(mixed, torch.tensor([3, 3, 3]))
    torch.testing.assert_close(model.next_logits(state), before, rtol=0, atol=0)


def test_a_text_of_copies_is_not_predicted_by_the_token_itself() -> None:
    """Each token is followed by its successor: a model that were asked for the token it has just read would do well on
    runs of one token and badly on these."""
    size = 11
    stories = [[(start + i) % (size - 1) + 1 for i in range(30)] for start in range(size - 1)] * 5
    model = trained(stories, size, 3)
    right = model.log_probs(torch.tensor([[EOT, *stories[3]]]))[0, 1:].mean()
    copying = model.log_probs(torch.tensor([[EOT, *[4] * 30]]))[0, 1:].mean()
    assert right > math.log(0.8)
    assert copying < math.log(0.05)


def test_one_word_again_and_again() -> None:
    model = trained([[1] * 50], 2, 7)
    logits = every_next(model, [EOT, *[1] * 10])
    assert math.isclose(np.exp(logits).sum(), 1, abs_tol=1e-6)
    assert logits[1] > logits[0]
    assert model.log_probs(torch.tensor([[EOT, *[1] * 100]])).isfinite().all()


def test_an_order_higher_than_the_longest_story() -> None:
    stories = [[1, 2], [2], [1, 2], []]
    high, enough = trained(stories, 3, 7), SlowKneserNey(stories, 3, 7)
    assert [len(table.tokens) for table in high.tables[4:]] == [0, 0, 0]
    told = [START, 1, 2, END]
    expected = [enough.log_prob(told[i], told[:i]) for i in range(1, 4)]
    found = high.log_probs(torch.tensor([[EOT, 1, 2, EOT]]))[0].tolist()
    assert found == pytest.approx(expected, abs=1e-6)


def test_smoothing_in_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = text_of(random_stories(11))
    whole = NGramModel.train(text, 12, 5, EOT).tensors()
    monkeypatch.setattr(smoothing, "BLOCK", 3)
    parts = NGramModel.train(text, 12, 5, EOT).tensors()
    assert all(torch.equal(tensor, parts[name]) for name, tensor in whole.items())


def test_discounts_fall_back_where_counts_of_counts_do_not_give_them() -> None:
    assert find_discounts(np.array([1, 1, 2, 2, 3, 3])) == FALLBACK  # none occurs four times
    assert find_discounts(np.array([1] * 20 + [2] * 5 + [3] * 40 + [4] * 9)) == FALLBACK  # a negative discount
    assert find_discounts(np.zeros(0, np.int64)) == FALLBACK
    counts = np.repeat([1, 2, 3, 4, 9], [100, 40, 20, 12, 50])
    y = 100 / 180
    assert find_discounts(counts) == pytest.approx((1 - 0.8 * y, 2 - 1.5 * y, 3 - 2.4 * y))


def test_training_is_reproducible_whatever_the_number_of_threads(form: str) -> None:
    text, threads, made = text_of(random_stories(9, stories=400)), torch.get_num_threads(), []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            made.append(NGramModel.train(text, 12, 5, EOT).tensors())
    finally:
        torch.set_num_threads(threads)
    one, again = made
    assert one.keys() == again.keys()
    assert all(torch.equal(tensor, again[name]) for name, tensor in one.items())
