"""`narrator scaling`: power laws through several evaluated runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pocket_narrator.cli.arguments.run import must_be_a_run

if TYPE_CHECKING:
    from pocket_narrator.evaluation.comparison.scaling import Fit


def scaling(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Evaluated runs of one corpus that differ in size or length.", callback=must_be_a_run),
    ],
    against: Annotated[
        Literal["parameters", "data", "compute"] | None, typer.Option(help="One of them; all that vary by default.")
    ] = None,
    at: Annotated[
        float | None, typer.Option(help="Predict here (with --against), at most ten times beyond the largest run.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the page and its figures as JSON; beside the first run.")
    ] = None,
) -> None:
    """Fit how bits per byte fall with parameters, training tokens and FLOPs, with intervals."""
    from pocket_narrator.errors import RunError
    from pocket_narrator.evaluation.comparison.scaling import AXES, Against, Fit, fit_runs, name_of, predict, write_fits
    from pocket_narrator.evaluation.report.scaling_page import write_scaling_page

    if at is not None and against is None:
        raise RunError("--at needs to know of what", hint="give --against parameters, data or compute")
    fits: list[Fit] = []
    wanted: list[Against] = list(AXES) if against is None else [against]
    reasons = []
    for axis in wanted:
        try:
            fits.append(fit_runs(runs, axis))
        except RunError as error:
            reasons.append(error)
    if not fits:
        raise reasons[0]
    prediction = None if at is None else predict(fits[0], at)
    written = (out or runs[0].resolve().parent) / name_of(runs)
    write_fits(fits, written.with_name(f"{written.name}.json"))
    write_scaling_page(fits, written.with_name(f"{written.name}.html"))
    print("\n\n".join(describe(fit) for fit in fits))
    for reason in reasons:
        print(f"\nnot fitted: {reason.what}")
    if prediction is not None:
        interval = "" if prediction.interval is None else " ({:.4f} to {:.4f})".format(*prediction.interval)
        print(f"\nat {prediction.x:.4g}: {prediction.value:.4f} bits per byte{interval}")
        entropy = fits[0].entropy
        if entropy is not None and prediction.value < entropy:
            print(
                f"note: no model gets below the entropy of the corpus, {entropy:.4f}: the law does not hold so far out"
            )
    print(f"\n{written}.html\n{written}.json")


def describe(fit: "Fit") -> str:
    """The law, its intervals, its points, and what is to be said against it."""
    law = fit.law
    exponent = (
        "no interval: too few runs"
        if fit.exponent_interval is None
        else "{:.4f} to {:.4f}".format(*fit.exponent_interval)
    )
    floor = "" if fit.floor_interval is None else f"{law.floor:.4f} + "
    lines = [f"bits per byte = {floor}{law.factor:.4g} * {fit.against}^-{law.exponent:.4f}"]
    lines.append(f"  exponent {law.exponent:.4f} ({exponent})")
    if fit.floor_interval is not None:
        lines.append("  floor {:.4f} ({:.4f} to {:.4f})".format(law.floor, *fit.floor_interval))
    lines.append(f"  {len(fit.points)} runs, {fit.deviation:.4f} bits per byte off on average")
    lines += [f"  {name:<32}{x:>12.4g}{y:>10.4f}   law {float(law.at(x)):.4f}" for name, x, y in fit.points]
    return "\n".join([*lines, *(f"  note: {note}" for note in fit.notes)])
