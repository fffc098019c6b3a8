"""One law through runs that differ in parameters and in training tokens, which a law of one of them would mix up."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.joint_law import JointLaw, draw_joint_laws, fit_joint_law
from pocket_narrator.evaluation.comparison.power_law import interval_of_draws
from pocket_narrator.evaluation.comparison.scaled_runs import (
    LEAST_STEP,
    Prediction,
    different_kinds,
    entropy_of,
    note_of_wide,
    read_runs,
    read_scaled_runs,
    refuse_few_sizes,
    refuse_out_of_reach,
)

Interval = tuple[float, float] | None
FEWEST_NUMBERS = 4  # that are fitted: two of parameters and two of tokens; with a free floor one more


@dataclass(frozen=True)
class JointFit:
    """A law of parameters and data; intervals are 95 %, by drawing the runs' deviations from it anew."""

    against: Literal["both"]
    law: JointLaw
    parameter_exponent_interval: Interval
    token_exponent_interval: Interval
    optimal_exponent_interval: Interval
    floor_interval: Interval  # none where the floor is the known entropy
    points: list[tuple[str, float, float, float]]  # run, parameters, tokens, bits per byte
    deviation: float  # root mean square of the points from the law, bits per byte
    notes: list[str]
    draws: list[JointLaw]  # none where no run is beyond the numbers that were fitted
    entropy: float | None  # of the corpus, bits per byte, where it is known: then it is the floor


def tell_both_apart(paths: Sequence[str | Path]) -> bool:
    """Whether the runs have sizes enough of both, and tokens that do not grow with parameters by one rule."""
    runs = read_runs(paths)
    costs = [run.costs for run in runs]
    if not all(cost.non_embedding_parameters and cost.training_tokens for cost in costs):
        return False
    try:
        _refuse_what_determines_none(
            np.array([float(cost.non_embedding_parameters) for cost in costs]),
            np.array([float(cost.training_tokens or 0) for cost in costs]),
            FEWEST_NUMBERS + (entropy_of(runs) is None),
        )
    except RunError:
        return False
    return True


def fit_runs_jointly(paths: Sequence[str | Path]) -> JointFit:
    """Through measured runs of one corpus. Raises RunError where they do not determine a law."""
    found = read_scaled_runs(paths, "parameters", "data")
    runs, (parameters, tokens), ys, entropy = found.runs, found.sizes, found.bits_per_byte, found.entropy
    _refuse_what_determines_none(parameters, tokens, FEWEST_NUMBERS + (entropy is None))
    law = fit_joint_law(parameters, tokens, ys, entropy)
    if law.ends_at_a_bound(parameters, tokens):
        figures = zip(ys, parameters, tokens, strict=True)
        raise RunError(
            "these runs determine no law of parameters and data together",
            expected="bits per byte that fall with both",
            found="; ".join(f"{y:.4f} at {n:.4g}, {d:.4g}" for y, n, d in figures),
            hint="add runs with fewer or more of each, or train these longer",
        )
    draws = draw_joint_laws(parameters, tokens, ys, law, entropy)
    of_parameters = interval_of_draws([draw.parameter_exponent for draw in draws])
    of_tokens = interval_of_draws([draw.token_exponent for draw in draws])
    notes = [] if law.floor > 1e-3 * ys.min() else ["the fitted floor is 0: these runs do not determine it"]
    notes += note_of_wide({"exponent of parameters": of_parameters, "exponent of tokens": of_tokens})
    return JointFit(
        "both",
        law,
        of_parameters,
        of_tokens,
        interval_of_draws([draw.optimal_exponent for draw in draws]),
        None if entropy is not None else interval_of_draws([draw.floor for draw in draws]),
        [(run.name, float(n), float(d), float(y)) for run, n, d, y in zip(runs, parameters, tokens, ys, strict=True)],
        float(np.sqrt(np.mean((ys - law.at(parameters, tokens)) ** 2))),
        notes + different_kinds(runs),
        draws,
        entropy,
    )


def _refuse_what_determines_none(parameters: np.ndarray, tokens: np.ndarray, numbers: int) -> None:
    """RunError for too few sizes or runs, and where tokens grow with parameters by one rule, so that nobody can say which
    of them a loss falls with."""
    refuse_few_sizes(parameters, "parameters")
    refuse_few_sizes(tokens, "data")
    if len(parameters) < numbers:
        raise RunError(
            "these runs determine no law of parameters and data together",
            expected=f"at least {numbers} runs, as many as numbers are fitted",
            found=str(len(parameters)),
            hint="add runs",
        )
    log_parameters, log_tokens = np.log(parameters), np.log(tokens)
    rule = np.polyfit(log_parameters, log_tokens, 1)
    aside = float(np.exp(np.abs(log_tokens - np.polyval(rule, log_parameters)).max()))
    if aside < LEAST_STEP:
        raise RunError(
            f"the tokens of these runs grow with their parameters, as parameters^{rule[0]:.2f}: nothing tells what each does",
            expected=f"a run whose tokens are at least {LEAST_STEP - 1:.0%} away from that rule",
            found=f"all within {aside - 1:.0%}",
            hint="add a small model that was trained long, or a large one that was trained briefly",
        )


def predict_jointly(fit: JointFit, parameters: float, tokens: float) -> Prediction:
    """Raises RunError beyond ten times what was measured of either, on either side: there a law is a belief."""
    refuse_out_of_reach(parameters, np.array([n for _, n, _, _ in fit.points]))
    refuse_out_of_reach(tokens, np.array([d for _, _, d, _ in fit.points]))
    draws = [float(draw.at(parameters, tokens)) for draw in fit.draws]
    return Prediction(float(fit.law.at(parameters, tokens)), interval_of_draws(draws))
