"""What runs are compared by: sums story by story of the likelihood, or of a metric on what they told from the same beginnings."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Literal

import numpy as np

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.measured_model import MeasuredModel
from pocket_narrator.evaluation.comparison.side_by_side import MEMORY
from pocket_narrator.evaluation.likelihood.story_scores import SingleScores
from pocket_narrator.evaluation.memory.taken import bits_by_story, read_taken_exams
from pocket_narrator.evaluation.metrics.metric import Direction
from pocket_narrator.evaluation.metrics.registry import families
from pocket_narrator.evaluation.samples.file import SUITES, read_story_file
from pocket_narrator.files.json_file import read_json_object

LIKELIHOOD = ("bits_per_byte", "loss", "perplexity")


@dataclass(frozen=True)
class Measure:
    """Legend: S: stories, or beginnings. A figure of a run is sum(numerators) / sum(denominators)."""

    numerators: dict[Path, np.ndarray]  # by the run's path: [S]
    denominators_S: np.ndarray
    unit: Literal["stories", "beginnings"]
    of: int  # how many there are
    better: Direction
    notes: Sequence[str] = ()  # what its figures have to be told with


def measure_runs(runs: Sequence[MeasuredModel], metric: str) -> Measure:
    """Raises RunError where the runs cannot be compared by this metric."""
    if metric in LIKELIHOOD:
        return _likelihood(runs, metric)
    if metric == MEMORY:
        return _memory(runs)
    known = {known.name: known for family in families() for known in family.metrics}
    if metric not in known:
        raise RunError(
            f"there is no metric '{metric}'",
            hint=f"take one of {', '.join((*LIKELIHOOD, MEMORY))}, or one of docs/metrics.md; one of your own is loaded with --plugin FILE",
        )
    if known[metric].of_sums is not None:
        raise RunError(
            f"{metric} is no mean over stories, so stories cannot be paired by it",
            hint="compare its values with their intervals: narrator evaluate",
        )
    return _told(runs, metric, known[metric].direction)


def _likelihood(runs: Sequence[MeasuredModel], metric: str) -> Measure:
    singles = _shared_stories(runs)
    if metric != "bits_per_byte" and len({run.protocol["tokenizer"] for run in runs}) > 1:
        raise RunError(
            f"{metric} is a value per token, and these models have different tokenizers",
            where=", ".join(f"{run.name}: {run.protocol['tokenizer'][:12]}" for run in runs),
            hint="compare bits per byte, which does not depend on the tokenizer: --metric bits_per_byte",
        )
    single, of = singles[runs[0].path], runs[0].protocol["split_stories"]
    more = [run.name for run in runs if len(run.single.index_S) > len(single.index_S)]
    notes = (
        [f"on the stories that all were evaluated on; narrator evaluate has more: {', '.join(more)}"] if more else []
    )
    if metric == "bits_per_byte":
        bits = {path: one.nats_S / math.log(2) for path, one in singles.items()}
        return Measure(bits, single.bytes_S, "stories", of, "lower", notes)
    return Measure({path: one.nats_S for path, one in singles.items()}, single.tokens_S, "stories", of, "lower", notes)


def _memory(runs: Sequence[MeasuredModel]) -> Measure:
    """Bits used over bits available, by the stories that all were asked about."""
    taken = read_taken_exams([run.path for run in runs])
    sums = {path: bits_by_story(answers) for path, answers in taken.answers.items()}
    numerators = {path: used for path, (used, _) in sums.items()}
    return Measure(numerators, sums[runs[0].path][1], "stories", taken.held_out, "higher", taken.notes)


def _told(runs: Sequence[MeasuredModel], metric: str, better: Direction) -> Measure:
    """The mean over the stories told from one beginning stands for it; beginnings that any run has no value of are left out."""
    suite = _suite_of_all(runs)
    found = {run.path: _by_beginning(run, metric, suite) for run in runs}
    first = found[runs[0].path]
    for run in runs[1:]:
        if found[run.path].keys() != first.keys():
            raise RunError(
                f"{runs[0].name} and {run.name} generated from different prompts",
                where=f"{runs[0].path}, {run.path}",
                hint="let both generate for the same suite: narrator evaluate RUN --suite quick (or full)",
            )
    shared = [b for b in first if all(values[b] is not None for values in found.values())]
    if not shared:
        raise RunError(f"no story has a value of {metric} in every run")
    numerators = {path: np.array([values[b] for b in shared], dtype=np.float64) for path, values in found.items()}
    return Measure(numerators, np.ones(len(shared)), "beginnings", len(first), better)


def _suite_of_all(runs: Sequence[MeasuredModel]) -> str:
    """The fullest suite that every run has been measured with."""

    def has(run: MeasuredModel, suite: str) -> bool:
        return os.path.lexists(run.path / "evaluation" / f"stories-{suite}-values.json")

    found = next((suite for suite in SUITES if all(has(run, suite) for run in runs)), None)
    if found is None:
        lacking = next((run for run in runs if not any(has(run, suite) for suite in SUITES)), runs[-1])
        wanted = next((suite for suite in SUITES if any(has(run, suite) for run in runs)), "quick")
        raise RunError(
            "this run has no generated stories to evaluate yet, or not from the prompts of the others",
            where=str(lacking.path),
            hint=f"let it generate stories: narrator evaluate {lacking.path} --suite {wanted}",
        )
    return found


def _by_beginning(run: MeasuredModel, metric: str, suite: str) -> dict[str, float | None]:
    folder = run.path / "evaluation"
    hint = f"evaluate it again: narrator evaluate {run.path} --suite {suite}"
    path = folder / f"stories-{suite}-values.json"
    try:
        values = read_json_object(path)["told"]
        told = read_story_file(folder / f"told-{suite}.jsonl")[1]
        if metric not in values:
            raise RunError(f"{metric} was left out when this run was evaluated", where=str(path), hint=hint)
        if len(values[metric]) != len(told):
            raise ValueError(f"{len(values[metric])} values of {len(told)} stories")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"the values of single stories are damaged: {error}", where=str(path), hint=hint) from None
    grouped: dict[str, list[float]] = {}
    for story, value in zip(told, values[metric], strict=True):
        grouped.setdefault(story.beginning, []).extend([] if value is None else [float(value)])
    return {beginning: sum(kept) / len(kept) if kept else None for beginning, kept in grouped.items()}


def _shared_stories(runs: Sequence[MeasuredModel]) -> dict[Path, SingleScores]:
    """The scores of the stories that every run was measured on: a published model is often measured on some only."""
    first = runs[0]
    shared = reduce(np.intersect1d, [run.single.index_S for run in runs])
    singles = {run.path: _only(run.single, shared) for run in runs}
    for run in runs[1:]:
        for key in ("corpus_hash", "split"):
            if run.protocol[key] != first.protocol[key]:
                raise _other_stories(first, run, f"{key} {first.protocol[key][:12]} and {run.protocol[key][:12]}")
        if not len(shared):
            raise _other_stories(first, run, "no story that all were evaluated on")
        if not np.array_equal(singles[run.path].bytes_S, singles[first.path].bytes_S):
            raise _other_stories(first, run, "stories of the same numbers with other texts")
    return singles


def _only(scores: SingleScores, index: np.ndarray) -> SingleScores:
    """Those of the stories `index`, in that order."""
    order = np.argsort(scores.index_S, kind="stable")
    places = order[np.searchsorted(scores.index_S, index, sorter=order)]
    return SingleScores(index, scores.nats_S[places], scores.tokens_S[places], scores.bytes_S[places])


def _other_stories(one: MeasuredModel, other: MeasuredModel, why: str) -> RunError:
    return RunError(
        f"{one.name} and {other.name} were not evaluated on the same stories",
        where=f"{one.path}, {other.path}",
        found=why,
        hint="train them on the same corpus, and evaluate both in the same way",
    )
