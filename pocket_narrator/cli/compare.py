"""`narrator compare`: several evaluated runs in one table, with paired tests."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pocket_narrator.cli.arguments.run import must_be_a_run_or_folder

if TYPE_CHECKING:
    from pocket_narrator.evaluation.comparison.table import ComparedModel, Comparison


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Runs that `narrator evaluate` has evaluated.", callback=must_be_a_run_or_folder),
    ],
    metric: Annotated[
        str,
        typer.Option(
            help="bits_per_byte; loss or perplexity of one tokenizer; memory, the share of bits that a model remembers; or any mean "
            "over generated stories."
        ),
    ] = "bits_per_byte",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the page and its figures as JSON, named after the runs; beside the first run."),
    ] = None,
) -> None:
    """Compare models on the same stories: paired tests, effect sizes, costs; runs that differ only in seed are one model."""
    from pocket_narrator.evaluation.comparison.table import compare_runs, name_of, write_comparison
    from pocket_narrator.evaluation.report.comparison_page import write_comparison_page

    comparison = compare_runs(runs, metric)
    written = (out or runs[0].resolve().parent) / name_of(runs, metric)
    write_comparison(comparison, written.with_name(f"{written.name}.json"))
    write_comparison_page(comparison, written.with_name(f"{written.name}.html"))
    print(describe(comparison))
    print(_beside(comparison), end="")
    print(f"\n{written}.html\n{written}.json")


def _beside(comparison: "Comparison") -> str:
    """What else was kept of at least two of the models."""
    from pocket_narrator.evaluation.comparison.side_by_side import SideBySide, all_side_by_side, why_left_out

    found = all_side_by_side(comparison.models).items()
    told = (one.describe() if isinstance(one, SideBySide) else why_left_out(what, one) for what, one in found)
    return "".join(f"\n{one}\n" for one in told)


def describe(comparison: "Comparison") -> str:
    """The table, the pairs, and what they have to be told with."""
    from pocket_narrator.evaluation.comparison.rows import spelled_p
    from pocket_narrator.evaluation.statistics.bootstrap import spell_interval

    width = max(len(model.name) for model in comparison.models) + 2
    headings = ("95 % interval", "seeds", "parameters", "tokens", "FLOPs", "time", "tokens/s", "memory")
    widths = (20, 7, 12, 9, 9, 13, 10, 9)
    lines = [f"{'':<{width}}{comparison.name:>20}" + _cells(headings, widths)]
    lines += [_row(model, width, widths, comparison) for model in comparison.models]
    if comparison.floor is not None:
        lines.append(f"{'entropy of the corpus':<{width}}{comparison.floor:>{20}.4f}")
    pair_width = max(len(f"{pair.ours} - {pair.theirs}") for pair in comparison.pairs) + 2
    lines += [
        "",
        f"{'':<{pair_width}}{comparison.difference_name:>20}"
        + _cells(("95 % interval", "relative", "p (Holm)", "effect size"), (24, 10, 10, 13))
        + "  verdict",
    ]
    for pair in comparison.pairs:
        found = pair.difference
        interval = spell_interval(found.interval, found.stories, sign="+", of=comparison.unit)
        effect = "" if found.effect_size is None else f"{found.effect_size:+.2f}"
        verdict = ("lower" if found.value < 0 else "higher") if pair.is_distinguishable else "not distinguishable"
        over = f"  {verdict}" if found.seeds else f"  {verdict} ({comparison.unit_name} only)"
        relative = "" if found.relative is None else f"{found.relative:+.1%}"
        cells = (interval, relative, spelled_p(pair.p_holm), effect)
        lines.append(
            f"{pair.ours + ' - ' + pair.theirs:<{pair_width}}{found.value:>+20.4f}"
            + _cells(cells, (24, 10, 10, 13))
            + over
        )
    of = "" if comparison.units == comparison.of else f" of {comparison.of:,}"
    lines += [
        "",
        f"{comparison.units:,}{of} {comparison.unit_name} of the validation split of corpus {comparison.corpus_hash[:12]}, the same for all; {comparison.better} is better",
    ]
    lines += [f"note: {note}" for note in comparison.notes]
    return "\n".join(lines)


def _row(model: "ComparedModel", width: int, widths: tuple[int, ...], comparison: "Comparison") -> str:
    from pocket_narrator.evaluation.comparison.measured_model import describe_costs
    from pocket_narrator.evaluation.statistics.bootstrap import spell_interval

    interval = spell_interval(model.interval, comparison.units, of=comparison.unit)
    cells = (interval, str(len(model.seeds)), *describe_costs(model.costs).values())
    return f"{model.name:<{width}}{model.value:>20.4f}" + _cells(cells, widths)


def _cells(texts: tuple[str, ...], widths: tuple[int, ...]) -> str:
    return "".join(f"{text:>{width}}" for text, width in zip(texts, widths, strict=True))
