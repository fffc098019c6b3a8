"""The page of some scaling laws: points, curves, and how far they may be believed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pocket_narrator.evaluation.comparison.scaling import REACH, Fit
from pocket_narrator.evaluation.statistics.bootstrap import expanded_levels
from pocket_narrator.files.atomic import write_text
from pocket_narrator.page.chart import Axis, Series, chart
from pocket_narrator.page.document import grid, page, paragraph, section, table

AXES = {"parameters": "parameters without lookup tables", "data": "training tokens", "compute": "training FLOPs"}


def write_scaling_page(fits: Sequence[Fit], target: Path) -> None:
    """Atomically."""
    content = [
        section(f"Against {fit.against}", grid([_drawing(fit)]), _table(fit), *map(paragraph, fit.notes))
        for fit in fits
    ]
    footer = [
        "Least squares of floor + factor * x^-exponent; intervals (95 %) by drawing the runs' deviations anew. Curves end "
        f"where no prediction is made: at {REACH:g} times the largest run."
    ]
    write_text(target, page("Scaling", f"{len(fits[0].points)} runs of one corpus", content, footer))


def _drawing(fit: Fit) -> str:
    smallest, largest = fit.points[0][1], fit.points[-1][1]
    xs = np.geomspace(smallest, largest * REACH, 60)
    curves = [Series("law", list(zip(xs.tolist(), fit.law.at(xs).tolist(), strict=True)))]
    if fit.draws:
        low, high = np.quantile([draw.at(xs) for draw in fit.draws], expanded_levels(fit.freedom), axis=0)
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
        else ["floor, bits per byte", "not fitted", ""],
        ["factor", f"{law.factor:.4g}", ""],
        ["deviation, bits per byte", f"{fit.deviation:.4f}", ""],
    ]
    points = [[name, f"{x:.4g}", f"{y:.4f}", f"{float(law.at(x)):.4f}"] for name, x, y in fit.points]
    return table(["", "fitted", "95 % interval"], rows) + table(["run", fit.against, "measured", "law"], points)


def _span(interval: tuple[float, float] | None) -> str:
    return "none" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
