"""The runs that a scaling law goes through: read, sized, and refused where they determine none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.measured_model import MeasuredRun, kind_of_model, read_measured_run
from pocket_narrator.evaluation.comparison.power_law import EXPONENTS

Against = Literal["parameters", "data", "compute"]
AXES: dict[Against, str] = {
    "parameters": "non_embedding_parameters",
    "data": "training_tokens",
    "compute": "training_flops",
}
REACH = 10.0  # a fit is not asked beyond this factor of what was measured
FEWEST_FOR_FLOOR = 5  # sizes apart; from fewer, three numbers cannot be told apart
FEWEST = 3
LEAST_STEP = 1.2  # sizes nearer than this factor to one another are one: their scatter would be read as a law


@dataclass(frozen=True)
class Prediction:
    """At one size, within reach: bits per byte."""

    value: float
    interval: tuple[float, float] | None


def read_runs(paths: Sequence[str | Path]) -> list[MeasuredRun]:
    """RunError for a run that is given twice, whose scatter would count as two runs', and for runs of several corpora."""
    runs = [read_measured_run(path) for path in paths]
    seen: set[Path] = set()
    for run in runs:
        if run.path.resolve() in seen:
            raise RunError(f"{run.name} is given twice", where=str(run.path), hint="give each run once")
        seen.add(run.path.resolve())
    if len({run.protocol["corpus_hash"] for run in runs}) > 1:
        raise RunError(
            "the runs are of different corpora, and a loss falls from each one's own height",
            found=", ".join(f"{run.name}: {run.protocol['corpus_hash'][:12]}" for run in runs),
            hint="give runs of one corpus",
        )
    return runs


@dataclass(frozen=True)
class ScaledRuns:
    """Runs of one corpus in the order of their sizes, which are one array for each axis that was asked for."""

    runs: list[MeasuredRun]
    sizes: list[np.ndarray]
    bits_per_byte: np.ndarray
    entropy: float | None  # of the corpus, bits per byte, where it is known


def read_scaled_runs(paths: Sequence[str | Path], *axes: Against) -> ScaledRuns:
    """RunError as `read_runs`, for a run that has none of an axis, and for one that is not above the entropy of the corpus."""
    runs = read_runs(paths)
    sizes = [sizes_of(runs, axis) for axis in axes]
    order = np.lexsort(sizes[::-1])
    runs = [runs[i] for i in order]
    ys = np.array([run.measured["likelihood"]["bits_per_byte"] for run in runs], dtype=np.float64)
    return ScaledRuns(runs, [xs[order] for xs in sizes], ys, entropy_of(runs))


def sizes_of(runs: Sequence[MeasuredRun], against: Against) -> np.ndarray:
    """RunError for a run that has none of x."""
    without = [run.name for run in runs if not getattr(run.costs, AXES[against])]
    if without:
        raise RunError(
            f"a power law of {against} has no place for {', '.join(without)}, which took none",
            expected=f"more than 0 {AXES[against].replace('_', ' ')}",
            hint="leave it out; N-grams are counted, not trained",
        )
    return np.array([float(getattr(run.costs, AXES[against])) for run in runs])


def entropy_of(runs: Sequence[MeasuredRun]) -> float | None:
    """Of the corpus, bits per byte, where it is known. RunError for a run that is not above it."""
    entropy = next((run.floor for run in runs if run.floor), None)
    under = [run for run in runs if entropy is not None and run.measured["likelihood"]["bits_per_byte"] <= entropy]
    if under:
        raise RunError(
            f"{under[0].name} is below the entropy of its corpus, where no model gets that has not seen these stories",
            where=str(under[0].path),
            expected=f"more than {entropy:.4f} bits per byte",
            found=f"{under[0].measured['likelihood']['bits_per_byte']:.4f}",
            hint="leave it out",
        )
    return entropy


def refuse_few_sizes(xs: np.ndarray, against: Against) -> int:
    """How many there are, each at least LEAST_STEP times the one below. RunError where they are too few for a law."""
    sizes = sizes_apart(xs)
    if sizes < FEWEST:
        raise RunError(
            f"the {against} of these runs determine no law",
            expected=f"{FEWEST} sizes at least {LEAST_STEP - 1:.0%} apart for a power law, {FEWEST_FOR_FLOOR} for one with a floor",
            found=f"{sizes}: {', '.join(f'{x:.4g}' for x in sorted(set(xs.tolist())))}",
            hint=f"add runs with fewer or more {against}",
        )
    return sizes


def sizes_apart(xs: np.ndarray) -> int:
    sizes, last = 0, 0.0
    for x in sorted(xs.tolist()):
        if x >= LEAST_STEP * last:
            sizes, last = sizes + 1, x
    return sizes


def note_of_wide(intervals: dict[str, tuple[float, float] | None]) -> list[str]:
    """About each exponent whose interval reaches a bound of the search."""
    return [
        f"these runs do not determine the {name}: its interval holds nearly every one"
        for name, interval in intervals.items()
        if interval is not None and (interval[0] < 2 * EXPONENTS[0] or interval[1] > EXPONENTS[1] / 2)
    ]


def refuse_out_of_reach(x: float, measured: np.ndarray) -> None:
    smallest, largest = measured.min(), measured.max()
    if not smallest / REACH <= x <= largest * REACH:
        raise RunError(
            f"{x:.3g} is too far from the runs ({smallest:.3g} to {largest:.3g})",
            expected=f"{smallest / REACH:.3g} to {largest * REACH:.3g}: a factor of {REACH:g} beyond",
            hint="evaluate a run that is nearer",
        )


def different_kinds(runs: Sequence[MeasuredRun]) -> list[str]:
    """Notes of what makes the runs no family of models that differ in size alone."""
    notes: list[str] = []
    kinds = {kind_of_model(run.recipe) for run in runs}
    if len(kinds) > 1:
        notes.append(f"different kinds of models in one law: {', '.join(sorted(kinds))}")
    if len({run.protocol["tokenizer"] for run in runs}) > 1:
        notes.append("different tokenizers")
    return notes
