"""`narrator recipes`: what can be trained, with sizes and estimated times."""

import os
import sys
import time

from pocket_narrator.config import NGram, Recipe
from pocket_narrator.progress import format_seconds
from pocket_narrator.recipes import list_recipes, load_recipe

TRAINING_SHARE = 1.0  # of the speed of numpy's float32 product; see training_flops_per_second
HEADINGS = ("recipe", "what it is", "parameters", "training tokens", "time on this CPU, roughly")


def recipes() -> None:
    """Lists the shipped recipes with their size, their training tokens and a rough time on this machine's CPU."""
    flops_per_second = training_flops_per_second()
    rows = [_row(load_recipe([name]), flops_per_second) for name in list_recipes()]
    if sys.stdout.isatty():
        _print_table(rows)
    else:
        _print_lines([HEADINGS, *rows])


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
    from pocket_narrator.models.count import count_parameters

    if isinstance(recipe.model, NGram):
        return recipe.name, recipe.about, "n/a", "1 epoch", "seconds"
    model, training = recipe.stack()
    count = count_parameters(model, recipe.tokenizer.vocabulary_size)
    if training.steps is None:
        assert training.minutes is not None
        tokens, duration = "time-limited", format_seconds(60 * training.minutes)
    else:
        total = training.steps * training.batch_tokens
        tokens, duration = _short(total), _roughly(total * count.training_flops_per_token / flops_per_second)
    return recipe.name, recipe.about, _short(count.parameters), tokens, duration


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


def _print_table(rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from pocket_narrator.visible_text import drawn_on

    table = Table(*HEADINGS)
    table.columns[0].no_wrap = True  # the name is what one has to type
    table.columns[0].min_width = max(len(row[0]) for row in rows)
    for column in table.columns[2:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*row)
    Console(file=drawn_on(sys.stdout)).print(table)


def _print_lines(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
