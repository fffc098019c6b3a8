"""What a metric is: its name and meaning, and how a family of metrics turns stories into values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pocket_narrator.evaluation.metrics.text import Sample

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools

Direction = Literal["higher", "lower", "neither"]
Value = float | list[float] | None
"""What one story gives: a value, the sums that `Metric.of_sums` is a function of, or None: the metric says nothing of it."""
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Metric:
    """One metric, as a table or a paper has to tell it.

    Args:
        name: As in tables and for `compare(..., metric=name)`.
        definition: What is measured, in one line.
        source: The paper that it is from, or "-".
        low: The lower bound; None has none.
        high: The upper bound; None has none.
        direction: What is better: "higher", "lower", or "neither", which is described and never ranked by.
        failure: When it misleads.
        of_sums: Sums over stories [R, K] to values [R], for what is no mean over stories; None for the mean of the stories'
            values.

    Example:
        >>> Metric("words", "words of a story", "-", 0, None, "neither", "says nothing of quality").direction
        'neither'
    """

    name: str
    definition: str
    source: str = ""
    low: float | None = None  # the range: None has no bound
    high: float | None = None
    direction: Direction = "neither"  # what is better; `neither` is described, and never ranked by
    failure: str = ""  # when it misleads
    of_sums: Callable[[np.ndarray], np.ndarray] | None = None
    """Sums over stories [R, K] to figures [R], for what is no mean over stories; None: the mean of the stories' values."""


@dataclass(frozen=True)
class Family:
    """Metrics that are computed together."""

    name: str
    version: int  # goes up whenever a value may change; values of other versions are not taken from a cache
    metrics: tuple[Metric, ...]
    measure: "Callable[[Sequence[Sample], Tools], list[Values]]"
    """The values of each story, by metric name. Raises MissingExtraError where an optional part is not installed."""
    extra: str | None = None  # of the package, that has to be installed
    tools: tuple[str, ...] = ()  # the tools whose settings the values depend on
    sees_all: bool = False  # a story's value depends on the others too
    measure_all_at_once: bool = False  # one pass over something large serves many stories
    full_only: bool = False  # too slow for the quick suite
    as_set: bool = False  # measures texts as they were set, line ends and all; the others see them unwrapped
