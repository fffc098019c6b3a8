"""What a comparison is made of: models, and pairs of them."""

from dataclasses import dataclass

from pocket_narrator.evaluation.comparison.measured_model import Costs
from pocket_narrator.evaluation.statistics.paired import Difference


@dataclass(frozen=True)
class ComparedModel:
    """One row: the mean over the seeds; the interval is over stories."""

    name: str
    runs: list[str]
    seeds: list[int | None]
    value: float
    interval: tuple[float, float] | None
    by_seed: list[float]
    costs: Costs  # means over the seeds where they differ
    on_front: dict[str, bool]  # by cost: no other model is at least as good for at most as much


@dataclass(frozen=True)
class Pair:
    """Ours minus theirs. `p_holm`: p, adjusted for all pairs of the comparison; the interval is of this pair alone."""

    ours: str
    theirs: str
    difference: Difference
    p_holm: float
    is_distinguishable: bool  # the one verdict of tables and pages: p_holm below 0.05, and an interval without 0
