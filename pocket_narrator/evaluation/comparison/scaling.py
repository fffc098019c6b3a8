"""How loss falls with parameters, data and compute: power laws through several runs, with intervals, and their limits.

L(x) = floor + factor * x^-exponent (Kaplan et al. 2020; with the floor, Hoffmann et al. 2022). For a given exponent the
rest is linear least squares, so one search over the exponent finds the best fit; nothing has to be started from a guess.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.measured_model import MeasuredRun, kind_of_model, read_measured_run
from pocket_narrator.evaluation.statistics.bootstrap import expanded_levels
from pocket_narrator.files.atomic import atomic_writer
from pocket_narrator.files.json_file import dump_json

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
RESAMPLES = 500
_EXPONENTS = np.geomspace(0.005, 3.0, 400)


@dataclass(frozen=True)
class PowerLaw:
    """Legend: x: parameters, tokens or FLOPs."""

    factor: float
    exponent: float
    floor: float

    def at(self, x: np.ndarray | float) -> np.ndarray:
        return self.floor + self.factor * np.power(np.asarray(x, dtype=np.float64), -self.exponent)


@dataclass(frozen=True)
class Fit:
    """A law through some runs; intervals are 95 %, by drawing the runs' deviations from it anew."""

    against: Against
    law: PowerLaw
    exponent_interval: tuple[float, float] | None
    floor_interval: tuple[float, float] | None  # none where no floor was fitted
    points: list[tuple[str, float, float]]  # run, x, bits per byte
    deviation: float  # root mean square of the points from the law, bits per byte
    notes: list[str]
    freedom: int  # runs beyond the numbers that were fitted; with none, nothing tells how far the law may be off
    draws: list[PowerLaw]
    entropy: (
        float | None
    )  # of the corpus, bits per byte, where it is known: no model gets below it, whatever a law says


@dataclass(frozen=True)
class Prediction:
    """At one x, within reach."""

    x: float
    value: float
    interval: tuple[float, float] | None


def fit_runs(paths: Sequence[str | Path], against: Against) -> Fit:
    """Through measured runs of one corpus. Raises RunError where they do not determine a law."""
    runs = [read_measured_run(path) for path in paths]
    _refuse_what_has_no_place(runs, against)
    corpora = {run.protocol["corpus_hash"] for run in runs}
    if len(corpora) > 1:
        raise RunError(
            "the runs are of different corpora, and a loss falls from each one's own height",
            found=", ".join(f"{run.name}: {run.protocol['corpus_hash'][:12]}" for run in runs),
            hint="give runs of one corpus",
        )
    points = sorted(
        (
            (run.name, float(getattr(run.costs, AXES[against])), run.measured["likelihood"]["bits_per_byte"])
            for run in runs
        ),
        key=lambda point: point[1],
    )
    xs, ys = np.array([x for _, x, _ in points]), np.array([y for _, _, y in points])
    sizes = _sizes_apart(xs)
    if sizes < FEWEST:
        raise RunError(
            f"the {against} of these runs determine no law",
            expected=f"{FEWEST} sizes at least {LEAST_STEP - 1:.0%} apart for a power law, {FEWEST_FOR_FLOOR} for one with a floor",
            found=f"{sizes}: {', '.join(f'{x:.4g}' for x in sorted(set(xs.tolist())))}",
            hint=f"add runs with fewer or more {against}",
        )
    with_floor = sizes >= FEWEST_FOR_FLOOR
    law = fit_power_law(xs, ys, with_floor)
    if not law.factor or not 1.01 * _EXPONENTS[0] < law.exponent < _EXPONENTS[-1] / 1.01:
        raise RunError(
            f"these runs determine no law of {against}",
            expected="bits per byte that fall with them",
            found=", ".join(f"{y:.4f} at {x:.4g}" for _, x, y in points),
            hint=f"add runs with fewer or more {against}, or train these longer",
        )
    notes = [] if with_floor else [f"no floor was fitted: that takes {FEWEST_FOR_FLOOR} different sizes"]
    if with_floor and law.floor == 0:
        notes.append("the fitted floor is 0, the least that it can be: these runs do not determine it")
    notes += _confounded(runs, against)
    freedom = len(xs) - (3 if with_floor else 2)
    draws = _draw_laws(xs, ys, law, with_floor, freedom)
    interval = _interval([draw.exponent for draw in draws], freedom)
    if interval is not None and (interval[0] < 2 * _EXPONENTS[0] or interval[1] > _EXPONENTS[-1] / 2):
        notes.append("these runs do not determine the exponent: its interval holds nearly every one")
    return Fit(
        against,
        law,
        interval,
        _interval([draw.floor for draw in draws], freedom) if with_floor else None,
        points,
        float(np.sqrt(np.mean((ys - law.at(xs)) ** 2))),
        notes,
        freedom,
        draws,
        next((run.floor for run in runs if run.floor), None),
    )


def _sizes_apart(xs: np.ndarray) -> int:
    """How many of them there are, each at least LEAST_STEP times the one below."""
    sizes, last = 0, 0.0
    for x in sorted(xs.tolist()):
        if x >= LEAST_STEP * last:
            sizes, last = sizes + 1, x
    return sizes


def name_of(runs: Sequence[Path]) -> str:
    """Of the files of a fit, the same for the same runs and no others."""
    asked = "\n".join(sorted(str(run.resolve()) for run in runs))
    return f"scaling-{len(runs)}-runs-{hashlib.sha256(asked.encode()).hexdigest()[:6]}"


def _refuse_what_has_no_place(runs: Sequence[MeasuredRun], against: Against) -> None:
    """RunError for a run that is given twice, whose scatter would count as two runs', and for one that has none of x."""
    seen: set[Path] = set()
    for run in runs:
        if run.path.resolve() in seen:
            raise RunError(f"{run.name} is given twice", where=str(run.path), hint="give each run once")
        seen.add(run.path.resolve())
    without = [run.name for run in runs if not getattr(run.costs, AXES[against])]
    if without:
        raise RunError(
            f"a power law of {against} has no place for {', '.join(without)}, which took none",
            expected=f"more than 0 {AXES[against].replace('_', ' ')}",
            hint="leave it out; N-grams are counted, not trained",
        )


def fit_power_law(xs: np.ndarray, ys: np.ndarray, with_floor: bool) -> PowerLaw:
    """Least squares of ys (positive) over xs (positive); factor and floor are never negative."""
    centre = math.exp(float(np.log(xs).mean()))  # x^-a near 1, so that the sums are well conditioned
    exponents_E = _EXPONENTS
    for _ in range(3):  # each time around the best so far, a hundred times finer
        falls_ES = (xs / centre) ** -exponents_E[:, None]
        factor_E, floor_E = _linear(falls_ES, ys, with_floor)
        errors_E = ((floor_E[:, None] + factor_E[:, None] * falls_ES - ys) ** 2).sum(1)
        best = int(errors_E.argmin())
        exponent, factor, floor = float(exponents_E[best]), float(factor_E[best]), float(floor_E[best])
        step = exponents_E[1] / exponents_E[0]
        exponents_E = exponent * np.geomspace(1 / step, step, 201)
    return PowerLaw(factor * centre**exponent, exponent, floor)


def _linear(falls_ES: np.ndarray, ys: np.ndarray, with_floor: bool) -> tuple[np.ndarray, np.ndarray]:
    """The best factor and floor, none negative, for each exponent."""
    plain_E = np.maximum(0.0, falls_ES @ ys / (falls_ES**2).sum(1))
    if not with_floor:
        return plain_E, np.zeros_like(plain_E)
    spread_ES = falls_ES - falls_ES.mean(1, keepdims=True)
    factor_E = spread_ES @ ys / (spread_ES**2).sum(1)
    floor_E = ys.mean() - factor_E * falls_ES.mean(1)
    rises_E, below_E = factor_E < 0, floor_E < 0
    factor_E = np.where(rises_E, 0.0, np.where(below_E, plain_E, factor_E))
    return factor_E, np.where(rises_E, ys.mean(), np.where(below_E, 0.0, floor_E))


def predict(fit: Fit, x: float) -> Prediction:
    """Raises RunError beyond REACH times what was measured, on either side: there a law is a belief."""
    smallest, largest = fit.points[0][1], fit.points[-1][1]
    if not smallest / REACH <= x <= largest * REACH:
        raise RunError(
            f"{x:.3g} is too far from the runs ({smallest:.3g} to {largest:.3g})",
            expected=f"{smallest / REACH:.3g} to {largest * REACH:.3g}: a factor of {REACH:g} beyond",
            hint="evaluate a run that is nearer",
        )
    return Prediction(x, float(fit.law.at(x)), _interval([float(draw.at(x)) for draw in fit.draws], fit.freedom))


def write_fits(fits: Sequence[Fit], path: Path) -> None:
    """As JSON, atomically; without the draws."""
    with atomic_writer(path, binary=True) as stream:
        stream.write(dump_json([{k: v for k, v in asdict(fit).items() if k != "draws"} for fit in fits]))


def _draw_laws(xs: np.ndarray, ys: np.ndarray, law: PowerLaw, with_floor: bool, freedom: int) -> list[PowerLaw]:
    """Laws through the fitted values with deviations drawn anew, widened for the numbers that were fitted."""
    if freedom < 1:
        return []
    residuals = (ys - law.at(xs)) * math.sqrt(len(xs) / freedom)
    random = np.random.default_rng(0)
    drawn = [law.at(xs) + random.choice(residuals - residuals.mean(), len(xs)) for _ in range(RESAMPLES)]
    return [fit_power_law(xs, values, with_floor) for values in drawn]


def _interval(values: list[float], freedom: int) -> tuple[float, float] | None:
    """Read off further out the fewer the runs: their own scatter is all that tells how far the law may be off."""
    if not values:
        return None
    low, high = np.quantile(values, expanded_levels(freedom))
    return float(low), float(high)


def _confounded(runs: Sequence[MeasuredRun], against: Against) -> list[str]:
    """What else varied: then the law is not of `against` alone. Compute is data and parameters together."""
    others: list[Against] = [] if against == "compute" else ["data", "parameters"]
    notes = []
    for other in others:
        values = [getattr(run.costs, AXES[other]) for run in runs]
        if other != against and max(values) > 1.5 * min(values):
            notes.append(f"{other} varied too, {max(values) / min(values):.1f}-fold: this is no law of {against} alone")
    kinds = {kind_of_model(run.recipe) for run in runs}
    if len(kinds) > 1:
        notes.append(f"different kinds of models in one law: {', '.join(sorted(kinds))}")
    if len({run.protocol["tokenizer"] for run in runs}) > 1:
        notes.append("different tokenizers")
    return notes
