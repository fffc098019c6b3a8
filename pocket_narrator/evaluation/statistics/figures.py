"""From the values of stories to figures with intervals: means, or functions of sums, by bootstrap over beginnings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pocket_narrator.evaluation.metrics.metric import Metric, Value
from pocket_narrator.evaluation.statistics.bootstrap import FEWEST, Interval, interval_of, resampled_sums


@dataclass(frozen=True)
class Estimate:
    """One metric over some stories."""

    value: float
    interval: Interval | None
    """95 %; None where the stories were told from too few beginnings, or all have one value."""
    stories: int
    """Those of which the metric says something; the others are left out, never counted as 0."""
    beginnings: int


def figures_of(
    metrics: Sequence[Metric], values: Mapping[str, Sequence[Value]], groups: Sequence[int]
) -> dict[str, Estimate]:
    """The figures of all metrics that have any value, by name; `values[name]` has one entry a story.

    Stories of one group are drawn together, the same groups for every metric.
    """
    _, group_S = np.unique(np.asarray(groups), return_inverse=True)
    group_count = int(group_S.max()) + 1 if len(group_S) else 0
    blocks, spans, present, first = [], {}, {}, 0
    for metric in metrics:
        given = values.get(metric.name, ())
        kept = [i for i, value in enumerate(given) if value is not None]
        if not kept:
            continue
        rows = np.array([_sums(given[i]) for i in kept], dtype=np.float64)
        block = np.zeros((group_count, rows.shape[1]))
        np.add.at(block, group_S[kept], rows)
        blocks.append(block)
        spans[metric.name] = slice(first, first + block.shape[1])
        present[metric.name] = (len(kept), len(np.unique(group_S[kept])))
        first += block.shape[1]
    if not blocks:
        return {}
    columns = np.concatenate(blocks, axis=1)
    drawn = resampled_sums(columns)
    total = columns.sum(axis=0, keepdims=True)
    return {
        metric.name: _figure(metric, total[:, spans[metric.name]], drawn[:, spans[metric.name]], *present[metric.name])
        for metric in metrics
        if metric.name in spans
    }


def _sums(value: Value) -> list[float]:
    return value if isinstance(value, list) else [float(value or 0.0), 1.0]


def _figure(metric: Metric, total: np.ndarray, drawn: np.ndarray, stories: int, beginnings: int) -> Estimate:
    of_sums = metric.of_sums or _mean
    value = float(of_sums(total)[0])
    if beginnings < FEWEST:
        return Estimate(value, None, stories, beginnings)
    return Estimate(value, interval_of(of_sums(drawn), beginnings), stories, beginnings)


def _mean(sums_R2: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums_R2[:, 0] / sums_R2[:, 1]
