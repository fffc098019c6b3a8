"""Does a model know what it does not know? Confidence against success, and entropy against surprise.

Needs the whole distribution at every token; some hundred stories do. Long stories are read through the windows of `scores`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from pocket_narrator.evaluation.likelihood.scores import window_batches
from pocket_narrator.evaluation.metrics.metric import Metric, Value
from pocket_narrator.evaluation.statistics.figures import Estimate, figures_of
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.tokens.store import TokenStore

BINS = 15  # of equal width, of the confidence
LOGITS_AT_ONCE = 1 << 24


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

    figures: dict[str, Estimate]
    bins: list[Bin]
    tokens: int


def calibrate(
    model: LanguageModel,
    store: TokenStore,
    indices: Sequence[int],
    advance: Callable[[int], object] = lambda tokens: None,
) -> Calibration:
    """On the stories `indices` of a store, each from its end-of-text start to the end-of-text that closes it. A module must be
    in evaluation mode."""
    # Of each story: tokens, confidence, successes of each bin; entropy, surprise, tokens.
    sums = np.zeros((len(indices), 3 * BINS + 3))
    stride, batch_tokens = max(1, model.context // 2), LOGITS_AT_ONCE // model.vocabulary_size
    for batch, read in window_batches(store, np.asarray(indices, np.int64), model.context, stride, batch_tokens):
        tokens_BT = torch.from_numpy(read).to(model.device)
        found = _measures(model.logits(tokens_BT[:, :-1]), tokens_BT[:, 1:])
        for row, window in enumerate(batch):
            sums[window.story] += _sums(*(values_BT[row, window.targets] for values_BT in found))
        advance(sum(window.last - window.first for window in batch))
    values: list[Value] = [row.tolist() for row in sums]
    figures = figures_of(METRICS, {metric.name: values for metric in METRICS}, range(len(indices)))
    return Calibration(figures, _bins(sums.sum(axis=0)), int(sums[:, -1].sum()))


@torch.inference_mode()
def _measures(logits_BTV: torch.Tensor, targets_BT: torch.Tensor) -> list[np.ndarray]:
    """Of each target: how likely the most likely candidate was, whether that was it, the entropy, and the surprise."""
    log_probs_BTV = torch.log_softmax(logits_BTV, dim=-1)
    confidences, best = log_probs_BTV.exp().max(dim=-1)
    entropies = -(log_probs_BTV.exp() * log_probs_BTV.nan_to_num(neginf=0)).sum(dim=-1)
    surprises = -log_probs_BTV.gather(2, targets_BT[:, :, None])[:, :, 0]
    return [one.cpu().numpy() for one in (confidences, best == targets_BT, entropies, surprises)]


def _sums(confidences: np.ndarray, successes: np.ndarray, entropies: np.ndarray, surprises: np.ndarray) -> np.ndarray:
    """[3 * BINS + 3]"""
    bins = np.minimum((confidences * BINS).astype(np.int64), BINS - 1)
    counted = [np.bincount(bins, weights, BINS) for weights in (None, confidences, successes)]
    return np.concatenate([*counted, [entropies.sum(dtype=np.float64), surprises.sum(dtype=np.float64), len(bins)]])


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
