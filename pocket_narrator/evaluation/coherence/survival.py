"""How long stories go on without something: Kaplan and Meier 1958, with Greenwood's variance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_NORMAL_95 = 1.959964


@dataclass(frozen=True)
class Survival:
    """The share of stories without the event after so many words; `low` and `high` are 95 % of it. `at_risk` had come so far without it."""

    words: int
    share: float
    low: float
    high: float
    at_risk: int


def survival_curve(ends: Sequence[tuple[int, bool]]) -> list[Survival]:
    """A point at 0 words and at every number of words at which the event happened.

    `ends`: of each story, its words until the event (True) or until it ended without one (False: from then on it is not counted, neither for nor against).
    The interval is Greenwood's on the log(-log) scale (Kalbfleisch and Prentice 1980), which stays between 0 and 1.
    """
    curve = [Survival(0, 1.0, 1.0, 1.0, len(ends))]
    share, variance = 1.0, 0.0
    for words in sorted({words for words, happened in ends if happened}):
        at_risk = sum(one >= words for one, _ in ends)
        events = sum(one == words for one, happened in ends if happened)
        share *= 1 - events / at_risk
        if share > 0:
            variance += events / (at_risk * (at_risk - events))
            spread = _NORMAL_95 * math.sqrt(variance) / math.log(share)
            low, high = share ** math.exp(-spread), share ** math.exp(spread)
            curve.append(Survival(words, share, low, high, at_risk))
        else:
            curve.append(Survival(words, 0.0, 0.0, 0.0, at_risk))
    return curve


def share_after(curve: Sequence[Survival], words: int) -> Survival:
    """The point of the curve that holds after so many words."""
    return [point for point in curve if point.words <= words][-1]
