"""The page of some scaling laws: points, curves, and how far they may be believed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pocket_narrator.evaluation.comparison.joint_scaling import JointFit
from pocket_narrator.evaluation.comparison.power_law import interval_of_draws
from pocket_narrator.evaluation.comparison.scaled_runs import REACH
from pocket_narrator.evaluation.comparison.scaling import Fit
from pocket_narrator.files.atomic import write_text
from pocket_narrator.page.chart import Axis, Series, chart, short
from pocket_narrator.page.document import grid, page, paragraph, section, table

AXES = {"parameters": "parameters without lookup tables", "data": "training tokens", "compute": "training FLOPs"}


def write_scaling_page(fits: Sequence[Fit | JointFit], target: Path) -> None:
    """Atomically."""
    content = [
        _joint_section(fit)
        if isinstance(fit, JointFit)
        else section(f"Against {fit.against}", grid([_drawing(fit)]), _table(fit), *map(paragraph, fit.notes))
        for fit in fits
    ]
    footer = [
        "Laws of one size: least squares of floor + factor * x^-exponent; of parameters and data: after Hoffmann et al. 2022, "
        "approach 3. Intervals (95 %) by drawing the runs' deviations anew. Curves end where no prediction is made: at "
        f"{REACH:g} times the largest run."
    ]
    write_text(target, page("Scaling", f"{len(fits[0].points)} runs of one corpus", content, footer))


def _drawing(fit: Fit) -> str:
    smallest, largest = fit.points[0][1], fit.points[-1][1]
    xs = np.geomspace(smallest, largest * REACH, 60)
    curves = [Series("law", list(zip(xs.tolist(), fit.law.at(xs).tolist(), strict=True)))]
    if fit.draws:
        bounds = [interval_of_draws(values) or (0.0, 0.0) for values in np.array([draw.at(xs) for draw in fit.draws]).T]
        low, high = np.array(bounds).T
        curves += [
            Series(label, list(zip(xs.tolist(), bound.tolist(), strict=True)), dashed=True)
            for label, bound in (("95 % below", low), ("95 % above", high))
        ]
    runs = Series("runs", [(x, y) for _, x, y in fit.points], joined=False, marked=True)
    caption = f"Bits per byte against {AXES[fit.against]}"
    entropy = [] if fit.entropy is None else [(fit.entropy, "entropy of the corpus")]
    return chart(caption, Axis(AXES[fit.against], True), Axis("bits per byte", True), [runs, *curves], entropy)


def _table(fit: Fit) -> str:
    law = fit.law
    rows = [
        ["exponent", f"{law.exponent:.4f}", _span(fit.exponent_interval)],
        ["floor, bits per byte", f"{law.floor:.4f}", _span(fit.floor_interval)]
        if fit.floor_interval is not None
        else ["floor, bits per byte", f"{law.floor:.4f}", "not fitted"],
        ["factor", f"{law.factor:.4g}", ""],
        ["deviation, bits per byte", f"{fit.deviation:.4f}", ""],
    ]
    points = [[name, f"{x:.4g}", f"{y:.4f}", f"{float(law.at(x)):.4f}"] for name, x, y in fit.points]
    return table(["", "fitted", "95 % interval"], rows) + table(["run", fit.against, "measured", "law"], points)


def _joint_section(fit: JointFit) -> str:
    """Against tokens, with a curve for each number of parameters."""
    law = fit.law
    tokens = np.geomspace(min(d for _, _, d, _ in fit.points), REACH * max(d for _, _, d, _ in fit.points), 60)
    by_size: dict[float, list[tuple[float, float]]] = {}
    for _, n, d, y in fit.points:
        by_size.setdefault(n, []).append((d, y))
    curves = []
    for n, points in by_size.items():
        curve = list(zip(tokens.tolist(), law.at(n, tokens).tolist(), strict=True))
        curves += [
            Series(f"{short(n)} parameters", points, joined=False, marked=True),
            Series("law", curve, dashed=True),
        ]
    entropy = [] if fit.entropy is None else [(fit.entropy, "entropy of the corpus")]
    drawing = chart(
        "Bits per byte against training tokens", Axis(AXES["data"], True), Axis("bits per byte", True), curves, entropy
    )
    floor = _span(fit.floor_interval) if fit.entropy is None else "entropy of the corpus"
    rows = [
        ["exponent of parameters", f"{law.parameter_exponent:.4f}", _span(fit.parameter_exponent_interval)],
        ["exponent of tokens", f"{law.token_exponent:.4f}", _span(fit.token_exponent_interval)],
        ["floor, bits per byte", f"{law.floor:.4f}", floor],
        [
            "exponent of FLOPs in the best parameters",
            f"{law.optimal_exponent:.3f}",
            _span(fit.optimal_exponent_interval),
        ],
        ["factors of parameters, tokens", f"{law.parameter_factor:.4g}, {law.token_factor:.4g}", ""],
        ["deviation, bits per byte", f"{fit.deviation:.4f}", ""],
    ]
    points = [[name, f"{n:.4g}", f"{d:.4g}", f"{y:.4f}", f"{float(law.at(n, d)):.4f}"] for name, n, d, y in fit.points]
    tables = table(["", "fitted", "95 % interval"], rows)
    tables += table(["run", "parameters", "tokens", "measured", "law"], points)
    return section("Against parameters and data", grid([drawing]), tables, *map(paragraph, fit.notes))


def _span(interval: tuple[float, float] | None) -> str:
    return "none" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
