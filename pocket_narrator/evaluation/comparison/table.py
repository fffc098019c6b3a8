"""One table of several models on the same stories: quality with intervals, costs beside it, and what differs."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.damaged_figures import refusing_damaged_figures
from pocket_narrator.evaluation.comparison.measured_model import (
    Costs,
    MeasuredModel,
    group_by_model,
    read_measured_model,
)
from pocket_narrator.evaluation.comparison.measures import Measure, measure_runs
from pocket_narrator.evaluation.likelihood.of_run import windows_of
from pocket_narrator.evaluation.metrics.metric import Direction
from pocket_narrator.evaluation.statistics.bootstrap import LEVEL
from pocket_narrator.evaluation.statistics.paired import Difference, Scores, compare, figure_interval, holm
from pocket_narrator.files.json_file import write_json_object

VERSION = 1  # of the file that is written


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


def _pair(ours: str, theirs: str, found: Difference, p_holm: float) -> Pair:
    apart = found.interval is not None and not found.interval[0] <= 0 <= found.interval[1]
    return Pair(ours, theirs, found, p_holm, apart and p_holm < 1 - LEVEL)


@dataclass(frozen=True)
class Comparison:
    """Everything that the table has to be told with."""

    version: int
    metric: str
    better: Direction  # of the metric; `neither`: the order of the models means nothing
    models: list[ComparedModel]
    pairs: list[Pair]
    unit: str  # what was drawn: stories, or beginnings that stories were told from
    units: int
    of: int  # so many there are
    corpus_hash: str
    tokenizers: list[str]
    floor: float | None
    notes: list[str]

    @property
    def unit_name(self) -> str:
        """The unit for people."""
        return {"beginnings": "prompts"}.get(self.unit, self.unit)


NAMED = 3  # runs in a file's name
COSTS = ("parameters", "training_seconds", "training_flops", "training_bytes")  # what a front is drawn against


@refusing_damaged_figures()
def compare_runs(paths: Sequence[str | Path], metric: str = "bits_per_byte") -> Comparison:
    """Compares measured runs, and published models that were measured on their stories, the best first; runs that differ in nothing but their seed are one model.

    `metric`: one of the likelihood, or any mean over told stories. Perplexity is compared as loss, whose exponential it
    is. Raises RunError where there are fewer than two models, where they were measured on different stories or told from
    different beginnings, and where a figure a token is asked of different tokenizers.
    """
    runs = [read_measured_model(path) for path in paths]
    if len(runs) < 2:
        raise RunError(
            "one run alone cannot be compared", expected="at least two", hint="narrator report shows one run"
        )
    measure = measure_runs(runs, metric)
    groups = group_by_model(runs)
    if len(groups) < 2:
        raise RunError(
            "these runs are one model with several seeds: there is nothing to compare it with",
            expected="at least two models",
            hint="add runs of another recipe",
        )
    scores = {name: _scores(group, measure) for name, group in groups.items()}
    models = [_model(name, group, scores[name], metric) for name, group in groups.items()]
    models.sort(key=lambda model: -model.value if measure.better == "higher" else model.value)
    if measure.better != "neither":
        models = [_with_fronts(model, models, measure.better) for model in models]
    names = [model.name for model in models]
    differences = [(a, b, compare(scores[a], scores[b])) for a, b in combinations(names, 2)]
    adjusted = holm([difference.p for _, _, difference in differences])
    return Comparison(
        version=VERSION,
        metric=metric,
        better=measure.better,
        models=models,
        pairs=[_pair(a, b, found, p) for (a, b, found), p in zip(differences, adjusted, strict=True)],
        unit=measure.unit,
        units=len(measure.denominators_S),
        of=measure.of,
        corpus_hash=runs[0].protocol["corpus_hash"],
        tokenizers=sorted({run.protocol["tokenizer"] for run in runs}),
        floor=next((run.floor for run in runs if run.floor), None) if metric == "bits_per_byte" else None,
        notes=_notes(runs, groups, measure),
    )


def name_of(runs: Sequence[Path], metric: str) -> str:
    """Of the files of a comparison, the same for the same runs and metric and no other: `comparison-a-b-1f3c2d`."""
    asked = json.dumps([metric, sorted(str(run.resolve()) for run in runs)])
    names = [run.resolve().name for run in runs[:NAMED]] + (
        [f"and-{len(runs) - NAMED}-more"] if len(runs) > NAMED else []
    )
    return "-".join(["comparison", *(name[:40] for name in names), hashlib.sha256(asked.encode()).hexdigest()[:6]])


def write_comparison(comparison: Comparison, path: Path) -> None:
    """As JSON, atomically."""
    write_json_object(path, asdict(comparison))


def _scores(group: list[MeasuredModel], measure: Measure) -> Scores:
    return Scores(np.stack([measure.numerators[run.path] for run in group]), measure.denominators_S)


def _model(name: str, group: list[MeasuredModel], scores: Scores, metric: str) -> ComparedModel:
    def shown(value: float) -> float:
        return math.exp(value) if metric == "perplexity" else value

    figures, interval = scores.figures_K, figure_interval(scores)
    return ComparedModel(
        name=name,
        runs=[str(run.path) for run in group],
        seeds=[run.seed for run in group],
        value=shown(float(figures.mean())),
        interval=None if interval is None else (shown(interval[0]), shown(interval[1])),
        by_seed=[shown(float(figure)) for figure in figures],
        costs=_mean_costs([run.costs for run in group]),
        on_front={},
    )


def _mean_costs(costs: list[Costs]) -> Costs:
    values = [asdict(cost) for cost in costs]
    means = {}
    for name, first in values[0].items():
        known = [value[name] for value in values if value[name] is not None]
        mean = sum(known) / len(known) if known else None
        means[name] = round(mean) if isinstance(first, int) and mean is not None else mean
    return Costs(**means)


def _with_fronts(model: ComparedModel, models: list[ComparedModel], better: Direction) -> ComparedModel:
    fronts = {name: on_front(model, models, name, better) for name in COSTS if getattr(model.costs, name) is not None}
    return ComparedModel(**{**vars(model), "on_front": fronts})


def on_front(model: ComparedModel, models: Sequence[ComparedModel], cost: str, better: Direction = "lower") -> bool:
    """Whether no other model is as good or better for as much or less, and better in one of both (Pareto)."""
    sign = -1 if better == "higher" else 1
    own, value = getattr(model.costs, cost), sign * model.value
    for other in models:
        price, found = getattr(other.costs, cost), sign * other.value
        if price is not None and price <= own and found <= value and (price < own or found < value):
            return False
    return True


def _notes(runs: list[MeasuredModel], groups: dict[str, list[MeasuredModel]], measure: Measure) -> list[str]:
    notes = [] if measure.better != "neither" else ["neither more nor less of this is better: the order means nothing"]
    alone = [name for name, group in groups.items() if len(group) == 1]
    if alone:
        notes.append(
            f"one seed only: {', '.join(alone)}; where a model has one, intervals and p are about {measure.unit}, and another "
            "seed may change the order"
        )
    more = [run.name for run in runs if len(run.single.index_S) > len(measure.denominators_S)]
    if measure.unit == "stories" and more:
        notes.append(f"on the stories that all were evaluated on; narrator evaluate has more: {', '.join(more)}")
    for what, values in (
        ("precision", {run.protocol["precision"] for run in runs}),
        ("context", {windows_of(run.protocol) for run in runs}),
    ):
        if len(values) > 1:
            notes.append(f"evaluated with different {what}: {'; '.join(sorted(values))}")
    if len({run.protocol["tokenizer"] for run in runs}) > 1:
        notes.append("different tokenizers: only bits per byte may be compared")
    if any(run.costs.training_seconds for run in runs):
        notes.append("training time and tokens/s are as each run measured them, on its machine")
    return notes
