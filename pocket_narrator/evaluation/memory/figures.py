"""From answers to figures: how often the model is right, and how much of what there was to know it knew.

With log-ratio r (bits), a reader who thinks both beginnings equally likely and goes by the model believes in the right one
with probability sigmoid(r ln 2): it has gained 1 + log2 of that. An ideal reader gains what is available, a model that
does not remember gains nothing, and one that is sure of the wrong beginning loses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pocket_narrator.evaluation.statistics.bootstrap import Interval, interval_of, resampled_sums

DISTANCES = (0, *(1 << power for power in range(4, 16)))  # tokens: lower bounds of the groups, up to 32,768


@dataclass(frozen=True)
class Answers:
    """What a model answered. Legend: Q questions, in the order of the exam."""

    story_Q: np.ndarray  # int64: which story of StoryWorld
    kind_Q: Sequence[str]
    distance_Q: np.ndarray  # int64: tokens since it was told last
    available_Q: np.ndarray  # float64: bits
    log_ratio_Q: np.ndarray  # float64: bits


@dataclass(frozen=True)
class Figures:
    """Over some questions; the intervals (95 %) are by bootstrap over stories, None of too few."""

    kind: str | None  # `who: hero`, or `who` for all whose name begins so; None: of every kind
    distance: int | None  # tokens: the lower bound of the group; None: at any distance
    questions: int
    stories: int
    right: float  # share of questions with a log-ratio above 0; 0 counts half
    right_interval: Interval | None
    share: float  # bits that were used, of those that are available
    share_interval: Interval | None
    log_ratio: float  # mean, bits


def used_bits(log_ratio_Q: np.ndarray) -> np.ndarray:
    """1 + log2 sigmoid(r ln 2): what a reader gains who goes by the model, at most 1."""
    return 1 - np.logaddexp2(0.0, -log_ratio_Q)


def first_word(kind: str) -> str:
    """`who` of `who: hero`."""
    return kind.split(":")[0]


def summarise(answers: Answers) -> list[Figures]:
    """Of all questions; by kind, first of all kinds that begin alike; by distance; by both, of kinds that begin alike."""
    kinds = np.array(answers.kind_Q, dtype=object)
    firsts = np.array([first_word(kind) for kind in answers.kind_Q], dtype=object)
    groups_Q = np.array(DISTANCES)[np.searchsorted(DISTANCES, answers.distance_Q, side="right") - 1]
    beginnings, distances = sorted(set(firsts)), sorted(set(groups_Q.tolist()))
    chosen: dict[tuple[str | None, int | None], np.ndarray] = {(None, None): np.ones(len(kinds), dtype=bool)}
    for first in beginnings:
        chosen[first, None] = firsts == first
        chosen |= {(kind, None): kinds == kind for kind in sorted(set(kinds[firsts == first]))}
    for distance in distances:
        chosen[None, distance] = groups_Q == distance
    for first in beginnings:
        chosen |= {(first, distance): (firsts == first) & (groups_Q == distance) for distance in distances}
    chosen = {key: picked_Q for key, picked_Q in chosen.items() if picked_Q.any()}
    return _figures(answers, chosen)


def _figures(answers: Answers, chosen: dict[tuple[str | None, int | None], np.ndarray]) -> list[Figures]:
    ratio_Q = answers.log_ratio_Q
    right_Q = (ratio_Q > 0) + 0.5 * (ratio_Q == 0)
    values = (np.ones(len(ratio_Q)), right_Q, used_bits(ratio_Q), answers.available_Q, ratio_Q)
    stories, story_Q = np.unique(answers.story_Q, return_inverse=True)
    columns = [
        np.bincount(story_Q, np.where(picked_Q, one, 0.0), len(stories))
        for picked_Q in chosen.values()
        for one in values
    ]
    columns_SK = np.column_stack(columns)
    drawn_RK, total_K = resampled_sums(columns_SK), columns_SK.sum(axis=0)
    found = []
    for number, (kind, distance) in enumerate(chosen):
        first = number * len(values)
        asked, right, used, available, ratio = total_K[first : first + len(values)]
        of_R, right_R, used_R, available_R, _ = drawn_RK[:, first : first + len(values)].T
        units = int((columns_SK[:, first] > 0).sum())
        with np.errstate(divide="ignore", invalid="ignore"):
            right_interval = interval_of(right_R / of_R, units)
            share_interval = interval_of(used_R / available_R, units)
        figures = Figures(
            kind,
            distance,
            int(asked),
            units,
            float(right / asked),
            right_interval,
            float(used / available),
            share_interval,
            float(ratio / asked),
        )
        found.append(figures)
    return found


def by_kind(figures: Sequence[Figures]) -> dict[str, Figures]:
    """At any distance: `all`, then kind by kind; kinds that begin alike stand below what they have in common."""
    return {one.kind or "all": one for one in figures if one.distance is None}


def by_distance(figures: Sequence[Figures]) -> list[Figures]:
    """Of every kind, the nearest first."""
    return [one for one in figures if one.kind is None and one.distance is not None]


def span(distance: int | None) -> str:
    """`16-31` for 16."""
    assert distance is not None
    place = DISTANCES.index(distance)
    return f"{distance:,}-{DISTANCES[place + 1] - 1:,}" if place + 1 < len(DISTANCES) else f"{distance:,} or more"
