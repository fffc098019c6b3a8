"""The picture of an inspection: each track's memory by layer, and where the router sends which tokens."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pocket_narrator.errors import MissingExtraError
from pocket_narrator.evaluation.inside.inspection import Inspection
from pocket_narrator.files.atomic import atomic_writer

COLOURS = ("#d95f02", "#1b9e77", "#7570b3", "#e7298a", "#66a61e", "#e6ab02")


def plot_inspection(inspection: Inspection, tracks: Sequence[str], path: Path) -> None:
    """Writes a PNG. MissingExtraError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "plot") from None
    routed = [layer for layer in inspection.layers if layer.routed]
    figure = Figure(figsize=(12, 4.8) if routed else (7, 4.8), layout="constrained")
    axes = figure.subplots(1, 2 if routed else 1, squeeze=False)[0]
    _draw_memories(axes[0], inspection, tracks)
    if routed:
        _draw_router(figure, axes[1], inspection, tracks)
    with atomic_writer(path, binary=True) as stream:
        figure.savefig(stream, format="png", dpi=120)


def _draw_memories(axes, inspection: Inspection, tracks: Sequence[str]) -> None:
    """Bars from the 5 % to the 95 % quantile, thicker between the quartiles, a dot at the median."""
    for layer in inspection.layers:
        for memory in layer.memories:
            place = list(tracks).index(memory.track) if memory.track in tracks else 0
            x = layer.layer + 0.22 * (place - (len(tracks) - 1) / 2)
            colour = COLOURS[place % len(COLOURS)]
            lowest, low, middle, high, highest = memory.quantiles
            axes.plot([x, x], [lowest, highest], color=colour, linewidth=1.5)
            axes.plot([x, x], [low, high], color=colour, linewidth=5, solid_capstyle="butt")
            axes.plot(x, middle, "o", color="white", markeredgecolor=colour, markersize=4)
    for place, track in enumerate(tracks):
        axes.plot([], [], color=COLOURS[place % len(COLOURS)], linewidth=5, label=track)
    axes.set_yscale("log")
    axes.set_xticks([layer.layer for layer in inspection.layers])
    axes.set_xlabel("layer")
    axes.set_ylabel("memory (tokens to 1/e)")
    axes.set_title("learned time scales", pad=28)
    axes.legend(frameon=False, ncols=len(tracks), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    axes.grid(axis="y", alpha=0.3)


def _draw_router(figure, axes, inspection: Inspection, tracks: Sequence[str]) -> None:
    means = [layer.routed for layer in inspection.layers if layer.routed]
    names = list(means[0])
    values = np.mean([[mean[name] for name in names] for mean in means], axis=0)  # [classes, tracks]
    reach = max(0.05, float(np.abs(np.log2(values)).max()))
    image = axes.imshow(np.log2(values), cmap="RdBu_r", vmin=-reach, vmax=reach, aspect="auto")
    axes.set_xticks(range(len(tracks)), tracks)
    axes.set_yticks(range(len(names)), [f"{name} ({inspection.tokens[name]:,})" for name in names])
    for row, column in np.ndindex(*values.shape):
        value = values[row, column]
        colour = "white" if abs(np.log2(value)) > 0.7 * reach else "black"
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=8, color=colour)
    axes.set_title("router: factor on a track's step\nby token class, mean over layers")
    figure.colorbar(image, ax=axes, label="log2 of the factor")
