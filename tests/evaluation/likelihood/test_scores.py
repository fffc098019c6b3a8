"""Scores beside slow ones, each target by itself, and models whose score is known."""

import math

import numpy as np
import pytest
import torch

from pocket_narrator.corpus import Story
from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.likelihood.scores import (
    StoryScores,
    loss_by_position,
    loss_by_tenth,
    perplexity_of,
    score_stories,
    second_half,
    summarise,
    windows,
)
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.tokenizers import Tokenizer, train_bpe
from pocket_narrator.tokens import TokenStore, build_store
from tests.models.stacks import MODELS, each, make_stack

LENGTHS = [1, 2, 5, 14, 15, 16, 17, 18, 31, 32, 33, 60, 7, 7, 7]  # words; the context is 16 tokens


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_bpe(["caf\u00e9 a tale"], 257)


@pytest.fixture(scope="module")
def store(tokenizer, tmp_path_factory) -> TokenStore:
    """One byte a token, so that lengths are exact."""
    pick = np.random.default_rng(1)
    stories = ["".join(pick.choice([*"abcd ", "\u00e9"], length)) for length in LENGTHS]
    return build_store(map(Story, stories), tokenizer, tmp_path_factory.mktemp("tokens") / "validation")


def slow_scores(model: DecoderStack, store: TokenStore, stride: int) -> list[np.ndarray]:
    """Nats of each target of each story; each one alone, with the tokens to its left that its window shows."""
    stories = []
    for index in range(store.num_stories):
        row = [*store.story(index).tolist(), store.end_of_text]
        nats = []
        for target in range(1, len(row)):
            end = model.context + 1  # one past the last target of the first window
            while end <= target:
                end = min(end + stride, len(row))
            begin = max(0, end - model.context - 1)
            with torch.no_grad():
                hidden = model(torch.tensor([row[begin:target]]))[0, -1]
            nats.append(-torch.log_softmax(model.head_weight @ hidden, dim=0)[row[target]].item())
        stories.append(np.array(nats))
    return stories


@each(MODELS)
def test_scores_beside_one_target_at_a_time(model, store):
    stack = make_stack(model, vocabulary_size=257)
    for stride in (None, 5):
        expected = slow_scores(stack, store, stride or model.context // 2)
        scores = score_stories(stack, store, stride=stride)
        for index, wanted in enumerate(expected):
            found = scores.nll_N[scores.offsets[index] : scores.offsets[index + 1]]
            assert found == pytest.approx(wanted, rel=1e-4, abs=1e-4)
        assert scores.bytes_S.tolist() == store.story_bytes.tolist()
        assert scores.nll_S == pytest.approx([story.sum() for story in expected], rel=1e-5)


def test_windows_cover_each_target_once_with_all_the_context_there_is():
    for context in (1, 2, 7, 16):
        for stride in {1, max(1, context // 2), context}:
            for targets in range(1, 4 * context + 3):
                seen = []
                for begin, first, last in windows(targets, context, stride):
                    seen += range(first, last)
                    assert begin >= 0
                    assert first < last <= begin + context
                    assert last - begin == min(context, targets)
                    assert first == 0 or first - begin >= context - stride
                assert seen == list(range(targets))


def test_the_size_of_batches_changes_nothing(store):
    stack = make_stack(MODELS["llama"], vocabulary_size=257)
    expected = score_stories(stack, store)
    for batch_tokens in (1, 20, 40, 100):
        found = score_stories(stack, store, batch_tokens=batch_tokens)
        assert found.nll_N == pytest.approx(expected.nll_N, rel=1e-5, abs=1e-5)


def test_some_stories_in_any_order(store):
    stack = make_stack(MODELS["llama"], vocabulary_size=257)
    whole = score_stories(stack, store)
    some = score_stories(stack, store, [11, 3, 0])
    assert some.nll_S == pytest.approx(whole.nll_S[[11, 3, 0]], rel=1e-5)
    assert some.bytes_S.tolist() == whole.bytes_S[[11, 3, 0]].tolist()


def test_progress_is_told_in_targets(store):
    told = []
    scores = score_stories(
        make_stack(MODELS["llama"], vocabulary_size=257), store, batch_tokens=50, advance=told.append
    )
    assert sum(told) == len(scores.nll_N) == store.num_tokens
    assert len(told) > 3


def test_bfloat16_is_near(store):
    stack = make_stack(MODELS["llama"], vocabulary_size=257)
    exact, rough = score_stories(stack, store), score_stories(stack, store, precision="bf16")
    assert not np.array_equal(exact.nll_N, rough.nll_N)
    assert summarise(rough).loss == pytest.approx(summarise(exact).loss, rel=0.02)


class NextTokenModel:
    """A language model whose next token depends on the last one alone, by a table of probabilities."""

    context = 16
    device = torch.device("cpu")

    def __init__(self, probabilities: torch.Tensor) -> None:
        self.vocabulary_size = len(probabilities)
        self.table = probabilities.log()

    def log_probs(self, tokens_BT: torch.Tensor) -> torch.Tensor:
        return self.table[tokens_BT[:, :-1], tokens_BT[:, 1:]]


def test_a_uniform_model_scores_log_v(store):
    found = summarise(score_stories(NextTokenModel(torch.full((257, 257), 1 / 257)), store))
    assert found.loss == pytest.approx(math.log(257), rel=1e-6)
    assert found.perplexity == pytest.approx(257, rel=1e-5)
    assert found.tokens == sum(LENGTHS) + len(LENGTHS) + (store.num_bytes - sum(LENGTHS))  # an e with accent has two
    assert found.bytes == store.num_bytes
    assert found.bits_per_byte == pytest.approx(math.log2(257) * found.tokens / found.bytes, rel=1e-6)


@pytest.fixture(scope="module")
def counting(tokenizer, tmp_path_factory) -> TokenStore:
    """Every story is "abcd...", as far as it goes."""
    stories = ["abcdefghijklmnopqrstuvwxyz"[:length] for length in (3, 9, 26, 14, 20)]
    return build_store(map(Story, stories), tokenizer, tmp_path_factory.mktemp("tokens") / "validation")


def test_a_model_that_knows_the_next_token_scores_zero(counting):
    """But for the closing end-of-text, which it cannot know, and gives one half."""
    probabilities = torch.full((257, 257), 1e-30)
    first = counting.story(0)[1].item()
    for letter in range(26):
        probabilities[first + letter, first + letter + 1] = 0.5
        probabilities[first + letter, counting.end_of_text] = 0.5
    probabilities[counting.end_of_text, first] = 1
    found = summarise(score_stories(NextTokenModel(probabilities), counting))
    transitions = found.tokens - found.stories  # all but the first token of each story
    assert found.loss * found.tokens == pytest.approx(math.log(2) * transitions, rel=1e-5)
    assert found.perplexity > 1.5
    knowing = torch.eye(257).roll(1, dims=1).clamp(min=1e-30)
    knowing[counting.end_of_text, first] = 1
    scores = score_stories(NextTokenModel(knowing), counting)
    closing = scores.offsets[1:] - 1
    assert (np.delete(scores.nll_N, closing) == 0).all()
    assert (scores.nll_N[closing] > 50).all()


def test_a_model_that_copies_the_last_token_scores_badly(counting):
    copying = torch.eye(257).clamp(min=1e-4)
    found = summarise(score_stories(NextTokenModel(copying / copying.sum(1, keepdim=True)), counting))
    assert found.loss > math.log(257)


class BytesModel:
    """Gives every byte the same probability whatever tokens it is part of."""

    context = 16
    device = torch.device("cpu")

    def __init__(self, tokenizer: Tokenizer) -> None:
        nats = -torch.rand(256, generator=torch.Generator().manual_seed(1)) - 1
        each = [
            sum(nats[byte].item() for byte in tokenizer.token_bytes(token))
            for token in range(tokenizer.vocabulary_size)
        ]
        each[tokenizer.end_of_text] = -3.0
        self.vocabulary_size = len(each)
        self.nats_of_token = torch.tensor(each)

    def log_probs(self, tokens_BT: torch.Tensor) -> torch.Tensor:
        return self.nats_of_token[tokens_BT[:, 1:]]


def test_bits_per_byte_do_not_depend_on_the_tokenizer(tmp_path):
    stories = [f"Once the caf\u00e9 had {count} cats, {'and one more ' * (count % 9)}in it." for count in range(60)]
    found = []
    for vocabulary_size in (257, 280, 400):
        tokenizer = train_bpe(stories, vocabulary_size)
        store = build_store(map(Story, stories), tokenizer, tmp_path / str(vocabulary_size))
        found.append(summarise(score_stories(BytesModel(tokenizer), store)))
    assert found[0].tokens > 2 * found[2].tokens
    assert found[2].perplexity > 10 * found[0].perplexity
    for other in found[1:]:
        assert other.bits_per_byte == pytest.approx(found[0].bits_per_byte, rel=1e-6)
        assert other.bits_per_byte_interval == pytest.approx(found[0].bits_per_byte_interval, rel=1e-6)


def hand_made(times: int = 1) -> StoryScores:
    """Stories of 4, 1 and 3 targets, `times` over."""
    nll = np.array([8, 4, 2, 1, 5, 6, 3, 1] * times, dtype=np.float32)
    offsets = np.concatenate([[0], np.cumsum([4, 1, 3] * times)])
    return StoryScores(nll, offsets, np.array([10, 2, 6] * times), context=16, stride=8)


def test_figures_by_hand():
    scores = hand_made()
    found = summarise(scores)
    assert scores.nll_S.tolist() == [15, 5, 10]
    assert scores.tokens_S.tolist() == [4, 1, 3]
    assert scores.positions_N.tolist() == [0, 1, 2, 3, 0, 0, 1, 2]
    assert found.loss == pytest.approx(30 / 8)
    assert found.perplexity == pytest.approx(math.exp(30 / 8))  # not the mean of the stories' perplexities
    assert found.bits_per_byte == pytest.approx(30 / math.log(2) / 18)
    assert (found.stories, found.tokens, found.bytes) == (3, 8, 18)
    assert (found.loss_interval, found.perplexity_interval, found.bits_per_byte_interval) == (None, None, None)


def test_intervals_by_hand():
    found = summarise(hand_made(times=4))
    low, high = found.bits_per_byte_interval
    assert 15 / 10 / math.log(2) <= low < found.bits_per_byte < high <= 5 / 2 / math.log(2)
    assert found.perplexity_interval == pytest.approx(tuple(map(math.exp, found.loss_interval)))
    half = second_half(hand_made(times=4))
    assert half.perplexity_interval[0] <= half.perplexity <= half.perplexity_interval[1]


def test_second_half_by_hand():
    """Of 3, 0 and 2 text tokens, the first 1, 0 and 1 are the first half."""
    found = second_half(hand_made())
    assert found.tokens == 3 + 1 + 2
    assert found.loss == pytest.approx((4 + 2 + 1 + 5 + 3 + 1) / 6)
    assert found.perplexity == pytest.approx(math.exp(found.loss))
    assert found.perplexity_interval is None


def test_parts_of_the_stories():
    lengths = [300, 1, 17, 64]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    nll = np.random.default_rng(0).exponential(2, sum(lengths)).astype(np.float32)
    scores = StoryScores(nll, offsets, np.array([1, 1, 1, 1]), 16, 8)
    for parts, member in (
        (loss_by_position(scores), lambda part, at, length: part.first <= at <= part.last),
        (loss_by_tenth(scores), lambda part, at, length: part.first <= 100 * at / length < part.last),
    ):
        for part in parts:
            places = [
                (at, length, offset) for length, offset in zip(lengths, offsets, strict=False) for at in range(length)
            ]
            inside = [nll[offset + at] for at, length, offset in places if member(part, at, length)]
            assert part.tokens == len(inside)
            assert part.loss == pytest.approx(np.mean(inside, dtype=np.float64), rel=1e-5)
        assert sum(part.tokens for part in parts) == len(nll)
    assert [(part.first, part.last) for part in loss_by_position(scores)][:3] == [(0, 15), (16, 31), (32, 63)]


def test_figures_are_the_same_for_a_longer_stride_where_stories_fit_the_context(store):
    stack = make_stack(MODELS["gpt2"], vocabulary_size=257)
    short = [index for index, length in enumerate(LENGTHS) if 2 * length < stack.context]
    found = [score_stories(stack, store, short, stride=stride).nll_N for stride in (1, 16)]
    assert np.array_equal(*found)


def test_a_loss_without_a_perplexity_is_a_model_that_has_diverged() -> None:
    assert perplexity_of(2.0) == math.exp(2.0)
    for loss in (710.0, math.inf, math.nan):
        with pytest.raises(RunError, match="has diverged"):
            perplexity_of(loss)
