"""`narrator recipes`: what can be trained, with sizes and estimated times."""

import os
import shutil
import sys
import time
from typing import Annotated

import typer

from pocket_narrator.progress import format_seconds
from pocket_narrator.recipe.loading import load_recipe, recipes_of_group
from pocket_narrator.recipe.schema import Recipe

TRAINING_SHARE = 1.0  # of the speed of numpy's float32 product; see training_flops_per_second
HEADINGS = ("recipe", "parameters", "tokens", "time here", "what it is")
GROUPS = {  # a folder of recipes: its heading
    "first": "To begin with",
    "mixers": "Mixers compared: a million parameters, alike in everything else",
    "ngram": "N-grams: baselines",
    "chronicles": "Long stories with a known truth: what does a model remember over thousands of tokens?",
    "earlier": "Of the earlier projects, for comparison with their figures",
}
UNASKED = ("earlier",)


def recipes(
    everything: Annotated[bool, typer.Option("--all", help="Those of the earlier projects, too.")] = False,
) -> None:
    """Lists the shipped recipes with their size, their training tokens and a rough time on this machine's CPU."""
    flops_per_second = training_flops_per_second()
    groups = {
        heading: [_row(load_recipe([name]), flops_per_second) for name in recipes_of_group(group)]
        for group, heading in GROUPS.items()
        if everything or group not in UNASKED
    }
    _print(groups, shutil.get_terminal_size().columns if sys.stdout.isatty() else None)
    if not everything:
        hidden = sum(len(recipes_of_group(group)) for group in UNASKED)
        print(f"\nnarrator train NAME trains one. narrator recipes --all shows {hidden} more, of the earlier projects.")


def training_flops_per_second() -> float:
    """Floating-point operations a second that training may reach with all cores, by timing a float32 product for a moment.

    Training is taken to go at TRAINING_SHARE of the speed of numpy's float32 product. CPUs with bfloat16 products are
    two or three times faster, those without may be slower: an order of magnitude, found without importing torch. One thread
    is timed, in seconds of the CPU's and not of the clock's, so that other work on the machine makes no months of hours.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is imported
    import numpy

    size = 512
    matrix = numpy.ones((size, size), dtype=numpy.float32)
    fastest = float("inf")
    for _ in range(10):
        started = time.process_time()
        numpy.matmul(matrix, matrix)
        fastest = min(fastest, time.process_time() - started)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return TRAINING_SHARE * cores * 2 * size**3 / max(fastest, 1e-6)


def _row(recipe: Recipe, flops_per_second: float) -> tuple[str, ...]:
    from pocket_narrator.recipe.cost import count_parameters

    if recipe.training is None:
        return recipe.name, "n/a", "1 epoch", "seconds", recipe.about
    model, training = recipe.stack()
    count = count_parameters(model, recipe.tokenizer.vocabulary_size)
    if training.steps is None:
        assert training.minutes is not None
        tokens, duration = "time-limited", format_seconds(60 * training.minutes)
    else:
        total = training.steps * training.batch_tokens
        tokens, duration = _short(total), _roughly(total * count.training_flops_per_token / flops_per_second)
    return recipe.name, _short(count.parameters), tokens, duration, recipe.about


def _short(number: float) -> str:
    """Three digits and a unit: `8.86 M`."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.0f}"


def _roughly(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _print(groups: dict[str, list[tuple[str, ...]]], columns: int | None) -> None:
    """A line a recipe, cut where a terminal of so many columns ends."""
    every = [HEADINGS, *(row for rows in groups.values() for row in rows)]
    widths = [max(len(row[column]) for row in every) for column in range(len(HEADINGS))]

    def show(row: tuple[str, ...]) -> None:
        name, *costs, about = row
        cells = [name.ljust(widths[0]), *(cost.rjust(width) for cost, width in zip(costs, widths[1:], strict=False))]
        line = "  ".join([*cells, about])
        print(line if columns is None or len(line) <= columns else line[: columns - 3].rstrip() + "...")

    show(HEADINGS)
    for heading, rows in groups.items():
        print(f"\n{heading}")
        for row in rows:
            show(row)
