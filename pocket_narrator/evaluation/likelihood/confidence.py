"""Does a model know what it does not know? Confidence against success, and entropy against surprise.

Needs the whole distribution at every token, which is asked for step by step, as in telling; some hundred stories do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from pocket_narrator.evaluation.metrics.metric import Metric, Value
from pocket_narrator.evaluation.statistics.figures import Figure, figures_of
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.tokens.store import TokenStore

BINS = 15  # of equal width, of the confidence
ROWS_AT_ONCE = 32


@dataclass(frozen=True)
class Bin:
    """Tokens whose most likely candidate had a probability from `low` to `high`."""

    low: float
    high: float
    tokens: int
    confidence: float  # mean of that probability
    accuracy: float  # how often the candidate was the token


@dataclass(frozen=True)
class Calibration:
    """Figures by the names of `METRICS`, and the bins that the first is made of."""

    figures: dict[str, Figure]
    bins: list[Bin]
    tokens: int


def calibrate(
    model: LanguageModel,
    store: TokenStore,
    indices: Sequence[int],
    advance: Callable[[int], object] = lambda tokens: None,
) -> Calibration:
    """On the stories `indices` of a store, each from its end-of-text start to the end-of-text that closes it."""
    sums = np.zeros(
        (len(indices), 3 * BINS + 3)
    )  # tokens, confidence, successes of each bin; entropy, surprise, tokens
    order = sorted(range(len(indices)), key=lambda i: len(store.story(indices[i])))
    for first in range(0, len(order), ROWS_AT_ONCE):
        rows = order[first : first + ROWS_AT_ONCE]
        stories = [torch.from_numpy(store.story(indices[i]).astype(np.int64)) for i in rows]
        _score(model, stories, store.end_of_text, sums, np.array(rows))
        advance(sum(len(story) for story in stories))
    values: list[Value] = [row.tolist() for row in sums]
    figures = figures_of(METRICS, {metric.name: values for metric in METRICS}, range(len(indices)))
    return Calibration(figures, _bins(sums.sum(axis=0)), int(sums[:, -1].sum()))


@torch.inference_mode()
def _score(
    model: LanguageModel, stories: list[torch.Tensor], end_of_text: int, sums: np.ndarray, rows: np.ndarray
) -> None:
    state = model.start([[end_of_text]] * len(stories))
    lengths = torch.tensor([len(story) for story in stories])
    padded = torch.full((len(stories), int(lengths.max()) + 1), end_of_text)
    for row, story in enumerate(stories):
        padded[row, : len(story)] = story
    for step in range(1, padded.shape[1]):
        log_probs_BV = torch.log_softmax(model.next_logits(state).float().cpu(), dim=-1)
        targets_B = padded[:, step]  # the end-of-text that closes a story is its padding
        confidences, best = log_probs_BV.exp().max(dim=-1)
        entropies = -(log_probs_BV.exp() * log_probs_BV.nan_to_num(neginf=0)).sum(dim=-1)
        surprises = -log_probs_BV.gather(1, targets_B[:, None])[:, 0]
        alive = (step <= lengths).numpy()
        here = rows[alive]
        slots = np.minimum((confidences.numpy()[alive] * BINS).astype(np.int64), BINS - 1)
        sums[here, slots] += 1
        sums[here, BINS + slots] += confidences.numpy()[alive]
        sums[here, 2 * BINS + slots] += (best == targets_B).numpy()[alive]
        sums[here, -3] += entropies.numpy()[alive]
        sums[here, -2] += surprises.numpy()[alive]
        sums[here, -1] += 1
        if step + 1 < padded.shape[1]:
            state = model.advance(state, targets_B.to(model.device))


def _bins(total: np.ndarray) -> list[Bin]:
    found = []
    for i in range(BINS):
        tokens = total[i]
        if tokens:
            found.append(
                Bin(i / BINS, (i + 1) / BINS, int(tokens), total[BINS + i] / tokens, total[2 * BINS + i] / tokens)
            )
    return found


def _error(sums_RK: np.ndarray) -> np.ndarray:
    gaps = np.abs(sums_RK[:, BINS : 2 * BINS] - sums_RK[:, 2 * BINS : 3 * BINS])
    return gaps.sum(axis=1) / sums_RK[:, -1]


def _overconfidence(sums_RK: np.ndarray) -> np.ndarray:
    gaps = sums_RK[:, BINS : 2 * BINS] - sums_RK[:, 2 * BINS : 3 * BINS]
    return gaps.sum(axis=1) / sums_RK[:, -1]


METRICS = (
    Metric("expected_calibration_error", f"mean |confidence - accuracy| over {BINS} bins of confidence, by tokens", "Guo 2017",
           0, 1, "lower", "a model that always says the base rate has 0; rises a little in small samples", _error),
    Metric("overconfidence", "mean confidence - accuracy", "Guo 2017", -1, 1, "neither", "errors of both signs cancel",
           _overconfidence),
    Metric("next_token_accuracy", "share of tokens that were the most likely one", "-", 0, 1, "higher",
           "not to be compared across tokenizers", lambda s: s[:, 2 * BINS : 3 * BINS].sum(axis=1) / s[:, -1]),
    Metric("entropy", "mean entropy of the prediction, nats/token", "Shannon 1948", 0, None, "neither",
           "not to be compared across tokenizers", lambda s: s[:, -3] / s[:, -1]),
    Metric("surprise", "mean -log p of what came, nats/token", "Shannon 1948", 0, None, "lower",
           "not to be compared across tokenizers", lambda s: s[:, -2] / s[:, -1]),
    Metric("entropy_over_surprise", "entropy / surprise: 1 where the model expects as much surprise as it gets",
           "after Braverman 2020", 0, None, "neither", "errors of both signs cancel", lambda s: s[:, -3] / s[:, -2]),
)  # fmt: skip
