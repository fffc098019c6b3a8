"""The picture of a comparison of tokenizers."""

from collections.abc import Callable
from pathlib import Path

from pocket_narrator.errors import MissingExtraError
from pocket_narrator.files.atomic import atomic_writer
from pocket_narrator.tokenizers.comparison import Compared, TokenizerComparison

COLOURS = ("#d95f02", "#1b9e77", "#7570b3", "#e7298a", "#66a61e", "#e6ab02")


def plot_comparison(comparison: TokenizerComparison, path: Path) -> None:
    """Writes a PNG: efficiency by vocabulary size, kinds in colours, and the speeds. MissingExtraError without matplotlib."""
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter
    except ImportError:
        raise MissingExtraError("matplotlib", "plot") from None
    compared = comparison.tokenizers
    kinds = list(dict.fromkeys(one.kind for one in compared))
    colour_of = {kind: COLOURS[place % len(COLOURS)] for place, kind in enumerate(kinds)}
    figure = Figure(figsize=(11, 8), layout="constrained")
    panels = figure.subplots(2, 2)
    curves: list[tuple[str, Callable[[Compared], float]]] = [
        ("bytes/token", lambda one: one.bytes_a_token),
        ("tokens per story", lambda one: one.tokens_a_story),
        ("share of the vocabulary used", lambda one: one.vocabulary_used),
    ]
    sizes = _apart(sorted({one.vocabulary_size for one in compared}))
    for axes, (label, figure_of) in zip(panels.flat, curves, strict=False):
        for kind in kinds:
            members = sorted((one for one in compared if one.kind == kind), key=lambda one: one.vocabulary_size)
            places = [one.vocabulary_size for one in members]
            axes.plot(places, [figure_of(one) for one in members], "o-", color=colour_of[kind], label=kind)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(sizes))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
        axes.tick_params(axis="x", labelrotation=30)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        axes.set_xlabel("vocabulary size")
        axes.set_title(label)
        axes.grid(alpha=0.3)
    panels[1][0].set_ylim(0, 1.05)
    panels[1][0].yaxis.set_major_formatter(PercentFormatter(1.0))
    _draw_speeds(panels[1][1], comparison, colour_of)
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(len(kinds), 4), frameon=False)
    figure.suptitle(f"{comparison.stories:,} stories of {comparison.corpus}, {comparison.bytes / 1e6:,.1f} MB", y=-0.02)
    with atomic_writer(path, binary=True) as stream:
        figure.savefig(stream, format="png", dpi=120, bbox_inches="tight")


def _draw_speeds(axes, comparison: TokenizerComparison, colour_of: dict[str, str]) -> None:
    """Two bars a tokenizer: encoding full, decoding pale."""
    compared = comparison.tokenizers
    for place, one in enumerate(compared):
        colour = colour_of[one.kind]
        axes.barh(place - 0.2, one.encode_megabytes_a_second, 0.38, color=colour)
        axes.barh(place + 0.2, one.decode_megabytes_a_second, 0.38, color=colour, alpha=0.45)
        for offset, value in ((-0.2, one.encode_megabytes_a_second), (0.2, one.decode_megabytes_a_second)):
            axes.annotate(
                f"{value:.0f}", (value, place + offset), (3, 0), textcoords="offset points", va="center", fontsize=8
            )
    axes.set_yticks(range(len(compared)), [one.name for one in compared])
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set_xlabel("MB/s, one process")
    axes.set_title("speed: encode (full), decode (pale)")
    axes.grid(axis="x", alpha=0.3)


def _apart(sizes: list[int]) -> list[int]:
    """The sizes whose labels have room on a logarithmic axis."""
    kept: list[int] = []
    for size in sizes:
        if not kept or size > 1.35 * kept[-1]:
            kept.append(size)
    return kept
