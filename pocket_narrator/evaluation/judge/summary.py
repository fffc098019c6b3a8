"""What the answers say together: means with intervals over the answered ones, and every failure by its cause."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pocket_narrator.evaluation.judge.panel import Failure, JudgeAnswer, Outcome
from pocket_narrator.evaluation.judge.rubrics import AGE_GROUP, Rubric
from pocket_narrator.evaluation.statistics.bootstrap import bootstrap_ratios


@dataclass(frozen=True)
class Mean:
    """Over `stories` stories; those of one beginning alone have no interval."""

    mean: float
    interval: tuple[float, float] | None
    stories: int


@dataclass(frozen=True)
class Summary:
    """Failures are counted here and nowhere else: no mean knows of them."""

    means: dict[str, Mean]
    age_groups: dict[str, int]
    answered: int
    failed: dict[str, int]  # by cause


def mean_of(values: Sequence[float], beginnings: Sequence[str]) -> Mean:
    """The mean of at least one value, with a 95 % interval by bootstrap over beginnings: stories of one are alike."""
    groups: dict[str, list[float]] = {}
    for value, beginning in zip(values, beginnings, strict=True):
        groups.setdefault(beginning, []).append(value)
    sums = np.array([sum(group) for group in groups.values()], dtype=np.float64)
    (interval,) = bootstrap_ratios(sums, np.array([[len(group)] for group in groups.values()]))
    return Mean(sum(values) / len(values), interval, len(values))


def summarise_scores(rubric: Rubric, outcomes: Sequence[Outcome], beginnings: Sequence[str]) -> Summary:
    """Of single stories: each criterion, and `overall`, the mean of all criteria from 0 to 1."""
    answered = [(o.values, b) for o, b in zip(outcomes, beginnings, strict=True) if isinstance(o, JudgeAnswer)]
    answers, kept = [values for values, _ in answered], [beginning for _, beginning in answered]
    means = {name: mean_of([values[name] for values in answers], kept) for name in rubric.names if answers}
    if answers:
        means["overall"] = mean_of([rubric.overall(values) for values in answers], kept)
    ages = Counter(values[AGE_GROUP] for values in answers if rubric.age_groups)
    return Summary(means, {group: ages[group] for group in rubric.age_groups}, len(answers), count_failures(outcomes))


def count_failures(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """By cause, the most frequent first."""
    return dict(Counter(outcome.cause for outcome in outcomes if isinstance(outcome, Failure)).most_common())


@dataclass(frozen=True)
class Duel:
    """One pair, asked in both orders. `won`: 1 for ours, 0 for theirs, 0.5 for a tie or where the order decided."""

    won: float | None  # none where one of the two answers failed
    order_decided: bool


@dataclass(frozen=True)
class PairSummary:
    """`win_rate` over the pairs with both answers; `first_rate`: how often the story shown first won, 0.5 if order means nothing."""

    win_rate: Mean | None
    first_rate: Mean | None
    wins: int
    ties: int
    losses: int
    order_decided: int
    failed: dict[str, int]


def duel(ours_first: Outcome, theirs_first: Outcome) -> Duel:
    """From the answers to (ours, theirs) and to (theirs, ours)."""
    if isinstance(ours_first, Failure) or isinstance(theirs_first, Failure):
        return Duel(None, False)
    points = {"first": 1.0, "tie": 0.5, "second": 0.0}
    one, other = points[ours_first.values["better"]], 1 - points[theirs_first.values["better"]]
    return Duel((one + other) / 2, {one, other} == {0.0, 1.0})


def summarise_duels(duels: Sequence[Duel], outcomes: Sequence[Outcome], beginnings: Sequence[str]) -> PairSummary:
    """`outcomes`: two of each pair, `beginnings`: one of each."""
    won = [(found.won, b) for found, b in zip(duels, beginnings, strict=True) if found.won is not None]
    points = {"first": 1.0, "tie": 0.5, "second": 0.0}
    first = [
        (points[o.values["better"]], beginnings[i // 2]) for i, o in enumerate(outcomes) if isinstance(o, JudgeAnswer)
    ]
    return PairSummary(
        win_rate=mean_of(*zip(*won, strict=True)) if won else None,
        first_rate=mean_of(*zip(*first, strict=True)) if first else None,
        wins=sum(value > 0.5 for value, _ in won),
        ties=sum(value == 0.5 for value, _ in won),
        losses=sum(value < 0.5 for value, _ in won),
        order_decided=sum(found.order_decided for found in duels),
        failed=count_failures(outcomes),
    )
