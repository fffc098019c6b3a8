"""How well a model predicts stories that it has not seen.

Every story is scored from its end-of-text start; its targets are its tokens and the end-of-text that closes it. A story
longer than the context is scored through a window that moves by a stride: each target once, with as much to its left as
the window holds; or, where a model was trained with its state carried on, in one go. Only bits per byte may be compared
across tokenizers.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.likelihood.long_context import score_carried
from pocket_narrator.evaluation.statistics.bootstrap import Interval, bootstrap_ratios, map_interval
from pocket_narrator.models.language_model import CarriesState, LanguageModel
from pocket_narrator.tokens.store import TokenStore

ScoringPrecision = Literal["fp32", "bf16"]


@dataclass(frozen=True)
class StoryScores:
    """The negative log-likelihood of every target of some stories. Legend: S stories, N targets of all of them."""

    nll_N: np.ndarray
    """float32, nats, story after story."""
    offsets: np.ndarray
    """int64 [S + 1]: the targets of story s are `nll_N[offsets[s] : offsets[s + 1]]`."""
    bytes_S: np.ndarray
    """int64: UTF-8 bytes of each story's text."""
    context: int
    stride: int
    carried: bool = False
    """Whether the state went on through the whole of each story."""

    @property
    def tokens_S(self) -> np.ndarray:
        """Targets of each story."""
        return np.diff(self.offsets)

    @property
    def nll_S(self) -> np.ndarray:
        """Nats of each story, float64."""
        return np.add.reduceat(self.nll_N.astype(np.float64), self.offsets[:-1])

    @property
    def positions_N(self) -> np.ndarray:
        """Where each target stands in its story, from 0."""
        return np.arange(len(self.nll_N)) - np.repeat(self.offsets[:-1], self.tokens_S)

    def of(self, chosen_S: np.ndarray) -> "StoryScores":
        """Those of the stories for which `chosen_S` (bool) holds."""
        offsets = np.concatenate([[0], np.cumsum(self.tokens_S[chosen_S])])
        nll_N = self.nll_N[np.repeat(chosen_S, self.tokens_S)]
        return replace(self, nll_N=nll_N, offsets=offsets, bytes_S=self.bytes_S[chosen_S])


@dataclass(frozen=True)
class Likelihood:
    """Figures over all stories; the intervals (95 %) are by bootstrap over stories, None of too few."""

    loss: float  # nats a token
    perplexity: float  # exp of it
    bits_per_byte: float
    loss_interval: Interval | None
    perplexity_interval: Interval | None
    bits_per_byte_interval: Interval | None
    stories: int
    tokens: int
    bytes: int


@dataclass(frozen=True)
class SecondHalf:
    """The second half of each story's tokens (the larger one, with the closing end-of-text), given the first half."""

    loss: float
    perplexity: float
    perplexity_interval: Interval | None
    tokens: int


@dataclass(frozen=True)
class PartLoss:
    """Loss in a part of the stories: targets `first` to `last` (from 0), or tenths of a story."""

    first: int
    last: int
    loss: float
    tokens: int


def score_stories(
    model: LanguageModel,
    store: TokenStore,
    indices: Sequence[int] | None = None,
    *,
    stride: int | None = None,
    batch_tokens: int = 8192,
    precision: ScoringPrecision = "fp32",
    carry: bool = False,
    advance: Callable[[int], object] = lambda targets: None,
) -> StoryScores:
    """Scores the stories `indices` of a store (all where there are none given), in that order.

    `stride`: targets that the window moves on by in long stories, at most the context; half the context by default.
    `carry`: the state goes on through a whole story, in windows of the context; for a model that `CarriesState`, without attention.
    `advance` is told how many targets have just been scored. A module must be in evaluation mode.
    """
    stories = np.arange(store.num_stories) if indices is None else np.asarray(indices, dtype=np.int64)
    stride = model.context if carry else stride or max(1, model.context // 2)
    assert stride <= model.context
    targets_S = (
        store.offsets[stories + 1] - store.offsets[stories]
    )  # one for each token: the end-of-text moves to the end
    offsets = np.concatenate([[0], np.cumsum(targets_S)])
    nll_N = np.full(offsets[-1], np.nan, dtype=np.float32)
    scores = StoryScores(
        nll_N, offsets, store.story_bytes[stories].astype(np.int64), model.context, stride, carried=carry
    )
    autocast = torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=precision == "bf16")
    if carry:
        assert isinstance(model, CarriesState)
        with autocast:
            for s, first, nats in score_carried(model, store, stories, batch_tokens, advance):
                nll_N[offsets[s] + first : offsets[s] + first + len(nats)] = nats
        return scores
    for batch, tokens in window_batches(store, stories, model.context, stride, batch_tokens):
        with torch.inference_mode(), autocast:
            log_probs = model.log_probs(torch.from_numpy(tokens).to(model.device)).cpu().numpy()
        for row, window in zip(log_probs, batch, strict=True):
            begin = offsets[window.story]
            nll_N[begin + window.first : begin + window.last] = -row[window.targets]
        advance(sum(window.last - window.first for window in batch))
    return scores


def windows(targets: int, context: int, stride: int) -> Iterator[tuple[int, int, int]]:
    """(begin, first, last) of each window over a story: it reads the tokens from `begin` on and scores the targets from
    `first` up to `last`, which is left out. Every window but the first of a short story is a whole context long."""
    last = min(targets, context)
    yield 0, 0, last
    while last < targets:
        first, last = last, min(last + stride, targets)
        yield last - context, first, last


@dataclass(frozen=True, slots=True)
class Window:
    """What one row of a batch reads of a story, and which targets it scores."""

    story: int  # of those that are scored
    begin: int
    first: int
    last: int

    @property
    def targets(self) -> slice:
        """Where the scored targets stand in the row."""
        return slice(self.first - self.begin, self.last - self.begin)


def window_batches(
    store: TokenStore, stories: np.ndarray, context: int, stride: int, batch_tokens: int
) -> Iterator[tuple[list[Window], np.ndarray]]:
    """All windows over some stories, in batches of at most `batch_tokens` targets when padded (or of one window), longest
    first; and what each row reads: its targets and the token before them, [rows, targets + 1], int64."""
    targets_S = store.offsets[stories + 1] - store.offsets[stories]
    found = [Window(s, *one) for s, targets in enumerate(targets_S) for one in windows(int(targets), context, stride)]
    found.sort(key=lambda window: window.last - window.begin, reverse=True)  # rows of a batch differ little in length
    start = 0
    while start < len(found):
        width = found[start].last - found[start].begin
        batch = found[start : start + max(1, batch_tokens // width)]
        start += len(batch)
        # Padding is to the right: never seen.
        tokens = np.full((len(batch), width + 1), store.end_of_text, dtype=np.int64)
        for row, window in zip(tokens, batch, strict=True):
            read = store.story(stories[window.story])[window.begin : window.last + 1]
            row[: len(read)] = read  # at the end of the story, the padding is its closing end-of-text
        yield batch, tokens


def perplexity_of(loss: float) -> float:
    """exp of a loss in nats a token. RunError where that is no number, or more than 709, of which there is none."""
    try:
        perplexity = math.exp(loss)
    except OverflowError:
        perplexity = math.inf
    if not math.isfinite(perplexity):
        raise diverged(loss)
    return perplexity


def diverged(loss: float) -> RunError:
    """What is said of a model whose loss means nothing."""
    return RunError(
        "the model has diverged: its predictions of held-out text mean nothing",
        expected="a loss under 709 nats a token, of which a perplexity can be told",
        found=f"{loss:.4g}",
        hint="train it anew under another name with a lower training.learning_rate, or take another checkpoint with --which",
    )


def summarise(scores: StoryScores) -> Likelihood:
    """Loss, perplexity and bits per byte with their intervals. RunError where the model has diverged."""
    nll_S = scores.nll_S
    nats, tokens, n_bytes = nll_S.sum(), int(scores.offsets[-1]), int(scores.bytes_S.sum())
    perplexity = perplexity_of(nats / tokens)  # before anything is computed of what is no number
    by_token, by_byte = bootstrap_ratios(nll_S, np.column_stack([scores.tokens_S, scores.bytes_S * math.log(2)]))
    return Likelihood(
        loss=float(nats / tokens),
        perplexity=perplexity,
        bits_per_byte=float(nats / (math.log(2) * n_bytes)),
        loss_interval=by_token,
        perplexity_interval=map_interval(perplexity_of, by_token),
        bits_per_byte_interval=by_byte,
        stories=len(scores.bytes_S),
        tokens=tokens,
        bytes=n_bytes,
    )


def summarise_by_source(scores: StoryScores, sources_S: np.ndarray, names: Sequence[str]) -> dict[str, Likelihood]:
    """The same figures for each source of a mixture; `sources_S` says which of `names` a story is of.

    Sources without a story among these are left out.
    """
    found = {name: sources_S == source for source, name in enumerate(names)}
    return {name: summarise(scores.of(chosen_S)) for name, chosen_S in found.items() if chosen_S.any()}


def second_half(scores: StoryScores) -> SecondHalf:
    """Split at the token midpoint; what a model makes of a beginning that it has not written."""
    text_tokens_S = scores.tokens_S - 1
    counted_N = scores.positions_N >= np.repeat(text_tokens_S // 2, scores.tokens_S)
    nll_S = np.add.reduceat(np.where(counted_N, scores.nll_N, 0).astype(np.float64), scores.offsets[:-1])
    tokens_S = np.add.reduceat(counted_N.astype(np.int64), scores.offsets[:-1])
    loss = float(nll_S.sum() / tokens_S.sum())
    (interval,) = bootstrap_ratios(nll_S, tokens_S[:, None])
    return SecondHalf(loss, perplexity_of(loss), map_interval(perplexity_of, interval), int(tokens_S.sum()))


def loss_by_position(scores: StoryScores) -> list[PartLoss]:
    """Targets 0 to 15, 16 to 31, 32 to 63 and on, doubling."""
    positions_N = scores.positions_N
    buckets_N = np.where(positions_N < 16, 0, np.log2(np.maximum(positions_N, 1)).astype(np.int64) - 3)
    ends = [16 * 2**bucket for bucket in range(int(buckets_N.max()) + 1)]
    spans = [(end // 2 if bucket else 0, end - 1) for bucket, end in enumerate(ends)]
    return _losses(scores.nll_N, buckets_N, spans)


def loss_by_tenth(scores: StoryScores) -> list[PartLoss]:
    """The first tenth of every story's targets, the second, and so on, told as percent of the story."""
    tenths_N = scores.positions_N * 10 // np.repeat(scores.tokens_S, scores.tokens_S)
    return _losses(scores.nll_N, tenths_N, [(10 * tenth, 10 * tenth + 10) for tenth in range(10)])


def _losses(nll_N: np.ndarray, groups_N: np.ndarray, spans: list[tuple[int, int]]) -> list[PartLoss]:
    tokens = np.bincount(groups_N, minlength=len(spans))
    nats = np.bincount(groups_N, weights=nll_N, minlength=len(spans))
    parts = zip(spans, nats, tokens, strict=True)
    return [PartLoss(first, last, float(total / count), int(count)) for (first, last), total, count in parts if count]
