"""Figures in a run folder that somebody else gives: JSON of any types and values."""

from collections.abc import Iterator
from contextlib import contextmanager

from pocket_narrator.errors import RunError


@contextmanager
def refusing_damaged_figures() -> Iterator[None]:
    """For what is made of figures on disk: they have too many shapes to look at each before it is used, and whatever a wrong
    one does to the arithmetic or the drawing means the same."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise RunError(
            f"a run holds values that are not as this version of pocket-narrator writes them ({reason})",
            hint="evaluate it again: narrator evaluate RUN; its metrics.jsonl and the files in evaluation/ can be moved away",
        ) from error
