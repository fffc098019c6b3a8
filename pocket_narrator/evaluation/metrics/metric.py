"""What a metric is: its name and meaning, and how a family of metrics turns stories into values; and what one must not lack."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from pocket_narrator.errors import PluginError
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.plugins.signature import refuse_other_function
from pocket_narrator.plugins.table import NAME

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


def refuse_unfitting_family(family: Family) -> None:
    """PluginError, naming the first member that is missing or wrong."""
    whose = f"the family of metrics '{family.name}'"
    metrics = family.metrics
    if not isinstance(metrics, tuple) or not metrics or not all(isinstance(one, Metric) for one in metrics):
        raise PluginError(
            f"metrics of {whose} is no tuple of Metrics",
            found=f"{metrics!r:.80}",
            expected='(Metric("words", "words of a story"),)',
        )
    if isinstance(family.version, bool) or not isinstance(family.version, int):
        raise PluginError(
            f"version of {whose} is no whole number", found=f"{family.version!r:.60}", expected="such as 1"
        )
    refuse_other_function(family.measure, ("samples", "tools"), f"measure of {whose}")
    for metric in metrics:
        _refuse_metric(metric)
    names = [metric.name for metric in metrics]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise PluginError(f"{whose} has two metrics named '{twice}'", hint="give one of them another name")


def _refuse_metric(metric: Metric) -> None:
    if not isinstance(metric.name, str) or not NAME.fullmatch(metric.name):
        raise PluginError(
            f"{metric.name!r:.60} is no name for a metric",
            expected="small letters, digits and underscores, a letter first, at most 40",
        )
    whose = f"the metric '{metric.name}'"
    for member in ("definition", "source", "failure"):
        if not isinstance(getattr(metric, member), str):
            found = f"{getattr(metric, member)!r:.60}"
            raise PluginError(f"{member} of {whose} is no text", found=found, expected="one line for tables")
    if metric.direction not in get_args(Direction):
        raise PluginError(
            f"direction of {whose} is {metric.direction!r:.60}",
            expected=f"what is better: {_listed(get_args(Direction))}",
        )
    for member in ("low", "high"):
        bound = getattr(metric, member)
        if bound is not None and not _is_number(bound):
            expected = "the bound of its values, a number; or None, which has none"
            raise PluginError(f"{member} of {whose} is no number", found=f"{bound!r:.60}", expected=expected)
    if metric.low is not None and metric.high is not None and metric.low >= metric.high:
        found = f"low={metric.low}, high={metric.high}"
        raise PluginError(f"low of {whose} is not below high", found=found, expected="the bounds of its values")
    if metric.of_sums is not None:
        refuse_other_function(metric.of_sums, ("sums",), f"of_sums of {whose}")


def _is_number(bound: object) -> bool:
    return isinstance(bound, int | float) and not isinstance(bound, bool) and math.isfinite(bound)


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
