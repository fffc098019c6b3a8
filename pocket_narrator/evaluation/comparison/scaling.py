"""How loss falls with parameters, data or compute: power laws through several runs, with intervals, and their limits.

Runs that differ in parameters and in tokens follow a law of both: `joint_scaling.py`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.joint_scaling import JointFit
from pocket_narrator.evaluation.comparison.measured_model import MeasuredRun
from pocket_narrator.evaluation.comparison.power_law import (
    PowerLaw,
    draw_power_laws,
    fit_power_law,
    interval_of_draws,
)
from pocket_narrator.evaluation.comparison.scaled_runs import (
    AXES,
    FEWEST_FOR_FLOOR,
    Against,
    Prediction,
    different_kinds,
    note_of_wide,
    read_scaled_runs,
    refuse_few_sizes,
    refuse_out_of_reach,
)
from pocket_narrator.files.atomic import atomic_writer
from pocket_narrator.files.json_file import dump_json


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
    draws: list[
        PowerLaw
    ]  # none where no run is beyond the numbers that were fitted: nothing tells how far off they are
    entropy: float | None  # of the corpus, bits per byte, where it is known: no floor is below it


def fit_runs(paths: Sequence[str | Path], against: Against) -> Fit:
    """Through measured runs of one corpus. Raises RunError where they do not determine a law."""
    found = read_scaled_runs(paths, against)
    runs, (xs,), ys, entropy = found.runs, found.sizes, found.bits_per_byte, found.entropy
    sizes = refuse_few_sizes(xs, against)
    with_floor, least = sizes >= FEWEST_FOR_FLOOR, entropy or 0.0
    law = fit_power_law(xs, ys, with_floor, least)
    if law.ends_at_a_bound():
        raise RunError(
            f"these runs determine no law of {against}",
            expected="bits per byte that fall with them",
            found=", ".join(f"{y:.4f} at {x:.4g}" for x, y in zip(xs, ys, strict=True)),
            hint=f"add runs with fewer or more {against}, or train these longer",
        )
    lowest = "0, the least that it can be" if entropy is None else f"the entropy of the corpus, {entropy:.4f}"
    notes = []
    if not with_floor:
        notes.append(f"no floor was fitted: that takes {FEWEST_FOR_FLOOR} different sizes; it was taken to be {lowest}")
    elif law.floor == least:
        notes.append(f"the fitted floor is {lowest}: these runs do not determine it")
    notes += _confounded(runs, against)
    draws = draw_power_laws(xs, ys, law, with_floor, least)
    interval = interval_of_draws([draw.exponent for draw in draws])
    notes += note_of_wide({"exponent": interval})
    return Fit(
        against,
        law,
        interval,
        interval_of_draws([draw.floor for draw in draws]) if with_floor else None,
        [(run.name, float(x), float(y)) for run, x, y in zip(runs, xs, ys, strict=True)],
        float(np.sqrt(np.mean((ys - law.at(xs)) ** 2))),
        notes,
        draws,
        entropy,
    )


def name_of(runs: Sequence[Path]) -> str:
    """Of the files of a fit, the same for the same runs and no others."""
    asked = "\n".join(sorted(str(run.resolve()) for run in runs))
    return f"scaling-{len(runs)}-runs-{hashlib.sha256(asked.encode()).hexdigest()[:6]}"


def predict(fit: Fit, x: float) -> Prediction:
    """Raises RunError beyond REACH times what was measured, on either side: there a law is a belief."""
    refuse_out_of_reach(x, np.array([size for _, size, _ in fit.points]))
    return Prediction(float(fit.law.at(x)), interval_of_draws([float(draw.at(x)) for draw in fit.draws]))


def write_fits(fits: Sequence[Fit | JointFit], path: Path) -> None:
    """As JSON, atomically; without the draws."""
    with atomic_writer(path, binary=True) as stream:
        stream.write(dump_json([{k: v for k, v in asdict(fit).items() if k != "draws"} for fit in fits]))


def _confounded(runs: Sequence[MeasuredRun], against: Against) -> list[str]:
    """What else varied: then the law is not of `against` alone. Compute is data and parameters together."""
    others: list[Against] = [] if against == "compute" else ["data", "parameters"]
    notes = []
    for other in others:
        values = [getattr(run.costs, AXES[other]) for run in runs]
        if other != against and max(values) > 1.5 * min(values):
            notes.append(
                f"{other} varied too, {max(values) / min(values):.1f}-fold: this is no law of {against} alone; "
                "--against both fits a law of both"
            )
    return notes + different_kinds(runs)
