"""One table of several models on the same stories: quality with intervals, costs beside it, and what differs."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np

from pocket_narrator.atomic import atomic_writer
from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.compare_runs import Costs, MeasuredRun, group_by_model, read_measured_run
from pocket_narrator.evaluation.compare_statistics import Difference, Scores, compare, figure_interval, holm
from pocket_narrator.training.json_file import dump_json

Metric = Literal["bits_per_byte", "loss", "perplexity"]
VERSION = 1  # of the file that is written


@dataclass(frozen=True)
class Model:
    """One row: the mean over the seeds; the interval is over stories."""

    name: str
    runs: list[str]
    seeds: list[int]
    value: float
    interval: tuple[float, float] | None
    by_seed: list[float]
    costs: Costs  # means over the seeds where they differ
    on_front: dict[str, bool]  # by cost: no other model is at least as good for at most as much


@dataclass(frozen=True)
class Pair:
    """Ours minus theirs. `p_holm`: p, adjusted for all pairs of the comparison."""

    ours: str
    theirs: str
    difference: Difference
    p_holm: float


@dataclass(frozen=True)
class Comparison:
    """Everything that the table has to be told with."""

    version: int
    metric: Metric
    models: list[Model]
    pairs: list[Pair]
    stories: int
    split_stories: int
    corpus_hash: str
    tokenizers: list[str]
    floor: float | None
    notes: list[str]


COSTS = ("parameters", "training_seconds", "training_flops", "training_bytes")  # what a front is drawn against


def compare_runs(paths: Sequence[str | Path], metric: Metric = "bits_per_byte") -> Comparison:
    """Compares measured runs, the best first; runs that differ in nothing but their seed are one model.

    Perplexity is compared as loss, whose exponential it is. Raises RunError where there are fewer than two models, where
    they were measured on different stories, and where a figure a token is asked of different tokenizers.
    """
    runs = [read_measured_run(path) for path in paths]
    _refuse_other_stories(runs)
    tokenizers = sorted({run.protocol["tokenizer"] for run in runs})
    if metric != "bits_per_byte" and len(tokenizers) > 1:
        raise RunError(
            f"{metric} is a figure a token, and these models have {len(tokenizers)} different tokenizers",
            where=", ".join(f"{run.name}: {run.protocol['tokenizer'][:12]}" for run in runs),
            remedy="compare bits per byte, which does not depend on the tokenizer: --metric bits_per_byte",
        )
    groups = group_by_model(runs)
    scores = {name: _scores(group, metric) for name, group in groups.items()}
    models = [_model(name, group, scores[name], metric) for name, group in groups.items()]
    models.sort(key=lambda model: model.value)
    models = [_with_fronts(model, models) for model in models]
    names = [model.name for model in models]
    differences = [(a, b, compare(scores[a], scores[b])) for a, b in combinations(names, 2)]
    adjusted = holm([difference.p for _, _, difference in differences])
    protocol = runs[0].protocol
    return Comparison(
        version=VERSION,
        metric=metric,
        models=models,
        pairs=[Pair(a, b, found, p) for (a, b, found), p in zip(differences, adjusted, strict=True)],
        stories=len(runs[0].single.index_S),
        split_stories=protocol["split_stories"],
        corpus_hash=protocol["corpus_hash"],
        tokenizers=tokenizers,
        floor=runs[0].floor if metric == "bits_per_byte" else None,
        notes=_notes(runs, groups),
    )


def write_comparison(comparison: Comparison, path: Path) -> None:
    """As JSON, atomically."""
    with atomic_writer(path, binary=True) as stream:
        stream.write(dump_json(asdict(comparison)))


def _scores(group: list[MeasuredRun], metric: Metric) -> Scores:
    nats_KS = np.stack([run.single.nats_S for run in group])
    if metric == "bits_per_byte":
        return Scores(nats_KS / math.log(2), group[0].single.bytes_S)
    return Scores(nats_KS, group[0].single.tokens_S)


def _model(name: str, group: list[MeasuredRun], scores: Scores, metric: Metric) -> Model:
    def shown(value: float) -> float:
        return math.exp(value) if metric == "perplexity" else value

    figures, interval = scores.figures_K, figure_interval(scores)
    return Model(
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


def _with_fronts(model: Model, models: list[Model]) -> Model:
    fronts = {name: on_front(model, models, name) for name in COSTS if getattr(model.costs, name) is not None}
    return Model(**{**vars(model), "on_front": fronts})


def on_front(model: Model, models: Sequence[Model], cost: str) -> bool:
    """Whether no other model is as good or better for as much or less, and better in one of both (Pareto)."""
    own = getattr(model.costs, cost)
    for other in models:
        price = getattr(other.costs, cost)
        if price is None or price > own or other.value > model.value:
            continue
        if price < own or other.value < model.value:
            return False
    return True


def _refuse_other_stories(runs: list[MeasuredRun]) -> None:
    if len(runs) < 2:
        raise RunError("one run alone cannot be compared", limit="at least two", remedy="narrator report shows one run")
    first = runs[0]
    for run in runs[1:]:
        for key in ("corpus_hash", "split"):
            if run.protocol[key] != first.protocol[key]:
                raise _other_stories(first, run, f"{key} {first.protocol[key][:12]} and {run.protocol[key][:12]}")
        if not np.array_equal(run.single.index_S, first.single.index_S):
            counts = f"{len(first.single.index_S):,} and {len(run.single.index_S):,} stories, not the same ones"
            raise _other_stories(first, run, counts)
        if not np.array_equal(run.single.bytes_S, first.single.bytes_S):
            raise _other_stories(first, run, "stories of the same numbers with other texts")


def _other_stories(one: MeasuredRun, other: MeasuredRun, why: str) -> RunError:
    return RunError(
        f"{one.name} and {other.name} were not measured on the same stories",
        where=f"{one.path}, {other.path}",
        limit=why,
        remedy="train them on the same corpus, and measure both with the same narrator evaluate",
    )


def _notes(runs: list[MeasuredRun], groups: dict[str, list[MeasuredRun]]) -> list[str]:
    notes = []
    alone = [name for name, group in groups.items() if len(group) == 1]
    if alone:
        notes.append(
            f"one seed only: {', '.join(alone)}; where a model has one, intervals and p are about stories, and another "
            "seed may change the order"
        )
    for key, meaning in (("precision", "precision"), ("context", "context"), ("stride", "stride")):
        values = {run.protocol[key] for run in runs}
        if len(values) > 1:
            notes.append(f"measured with different {meaning}: {', '.join(map(str, sorted(values)))}")
    if len({run.protocol["tokenizer"] for run in runs}) > 1:
        notes.append("different tokenizers: only bits per byte may be compared")
    if any(run.costs.training_seconds for run in runs):
        notes.append("training time and tokens a second are as each run measured them, on its machine")
    return notes
