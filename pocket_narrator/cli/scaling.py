"""`narrator scaling`: laws through several evaluated runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pocket_narrator.cli.arguments.output import folder_to_write
from pocket_narrator.cli.arguments.run import must_be_a_run

if TYPE_CHECKING:
    from pocket_narrator.evaluation.comparison.joint_scaling import JointFit
    from pocket_narrator.evaluation.comparison.scaled_runs import Against, Prediction
    from pocket_narrator.evaluation.comparison.scaling import Fit


def scaling(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Evaluated runs of one corpus that differ in size or length.", callback=must_be_a_run),
    ],
    against: Annotated[
        Literal["parameters", "data", "compute", "both"] | None,
        typer.Option(help="One of them, or parameters and data together (`both`); what the runs differ in by default."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="Predict here (with --against), at most ten times beyond the largest run; of both: PARAMETERS,TOKENS."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=folder_to_write,
            metavar="FOLDER",
            help="Folder for the page and its figures as JSON; beside the first run.",
        ),
    ] = None,
) -> None:
    """Fit how bits per byte fall with parameters, training tokens and FLOPs, with intervals."""
    from pocket_narrator.errors import RunError
    from pocket_narrator.evaluation.comparison.joint_scaling import fit_runs_jointly
    from pocket_narrator.evaluation.comparison.scaling import fit_runs, name_of, write_fits
    from pocket_narrator.evaluation.report.scaling_page import write_scaling_page

    sizes = _sizes(at, against)
    folder = out or folder_to_write(runs[0].resolve().parent)
    fits: list[Fit | JointFit] = []
    reasons = []
    given: list[Against | Literal["both"]] = [] if against is None else [against]
    wanted = given or _what_they_differ_in(runs)
    for axis in wanted:  # which grows where parameters and data cannot be told apart after all
        try:
            fits.append(fit_runs_jointly(runs) if axis == "both" else fit_runs(runs, axis))
        except RunError as error:
            reasons.append(error)
            if axis == "both" and against is None:
                wanted += ["parameters", "data"]
    if not fits:
        raise reasons[0]
    prediction = None if at is None else _predict(fits[0], sizes)
    written = folder / name_of(runs)
    write_fits(fits, written.with_name(f"{written.name}.json"))
    write_scaling_page(fits, written.with_name(f"{written.name}.html"))
    print("\n\n".join(describe(fit) for fit in fits))
    for reason in reasons:
        print(f"\nnot fitted: {reason.what}")
    if prediction is not None:
        interval = "" if prediction.interval is None else " ({:.4f} to {:.4f})".format(*prediction.interval)
        print(f"\nat {', '.join(f'{x:.4g}' for x in sizes)}: {prediction.value:.4f} bits per byte{interval}")
    print(f"\n{written}.html\n{written}.json")


def _what_they_differ_in(runs: list[Path]) -> "list[Against | Literal['both']]":
    """A law of parameters alone, or of data alone, says nothing where both differ and both can be told apart."""
    from pocket_narrator.evaluation.comparison.joint_scaling import tell_both_apart

    return ["both", "compute"] if tell_both_apart(runs) else ["parameters", "data", "compute"]


def _sizes(at: str | None, against: str | None) -> list[float]:
    """What `--at` says. RunError where it is none for `--against`."""
    from pocket_narrator.errors import RunError

    if at is None:
        return []
    if against is None:
        raise RunError("--at needs to know of what", hint="give --against parameters, data, compute or both")
    count = 2 if against == "both" else 1
    try:
        sizes = [float(part) for part in at.split(",")]
    except ValueError:
        sizes = []
    if len(sizes) != count or not all(size > 0 for size in sizes):
        raise RunError(
            f"--at {at} is no place on a law of {'parameters and data' if count == 2 else against}",
            expected="parameters and tokens" if count == 2 else "one number over 0",
            hint=f"--against {against} --at {'1e6,3e7' if count == 2 else '1e6'}",
        )
    return sizes


def _predict(fit: "Fit | JointFit", sizes: list[float]) -> "Prediction":
    from pocket_narrator.evaluation.comparison.joint_scaling import JointFit, predict_jointly
    from pocket_narrator.evaluation.comparison.scaling import predict

    return predict_jointly(fit, *sizes) if isinstance(fit, JointFit) else predict(fit, *sizes)


def describe(fit: "Fit | JointFit") -> str:
    """The law, its intervals, its points, and what is to be said against it."""
    from pocket_narrator.evaluation.comparison.joint_scaling import JointFit

    lines = _describe_joint(fit) if isinstance(fit, JointFit) else _describe_one(fit)
    lines.insert(-len(fit.points), f"  {len(fit.points)} runs, {fit.deviation:.4f} bits per byte off on average")
    return "\n".join([*lines, *(f"  note: {note}" for note in fit.notes)])


def _describe_one(fit: "Fit") -> list[str]:
    law = fit.law
    floor = f"{law.floor:.4f} + " if law.floor or fit.floor_interval is not None else ""
    lines = [f"bits per byte = {floor}{law.factor:.4g} * {fit.against}^-{law.exponent:.4f}"]
    lines.append(f"  exponent {law.exponent:.4f} ({_span(fit.exponent_interval)})")
    if fit.floor_interval is not None:
        lines.append(f"  floor {law.floor:.4f} ({_span(fit.floor_interval)})")
    return lines + [f"  {name:<32}{x:>12.4g}{y:>10.4f}   law {float(law.at(x)):.4f}" for name, x, y in fit.points]


def _describe_joint(fit: "JointFit") -> list[str]:
    law = fit.law
    of_floor = "the entropy of the corpus, known" if fit.entropy is not None else _span(fit.floor_interval)
    return [
        f"bits per byte = {law.floor:.4f} + {law.parameter_factor:.4g} * parameters^-{law.parameter_exponent:.4f}"
        f" + {law.token_factor:.4g} * tokens^-{law.token_exponent:.4f}",
        f"  exponent of parameters {law.parameter_exponent:.4f} ({_span(fit.parameter_exponent_interval)})",
        f"  exponent of tokens {law.token_exponent:.4f} ({_span(fit.token_exponent_interval)})",
        f"  floor {law.floor:.4f} ({of_floor})",
        f"  best spent, parameters grow as FLOPs^{law.optimal_exponent:.3f} ({_span(fit.optimal_exponent_interval)})",
        *(
            f"  {name:<32}{n:>12.4g}{d:>12.4g}{y:>10.4f}   law {float(law.at(n, d)):.4f}"
            for name, n, d, y in fit.points
        ),
    ]


def _span(interval: tuple[float, float] | None) -> str:
    return "no interval: too few runs" if interval is None else "{:.4f} to {:.4f}".format(*interval)
