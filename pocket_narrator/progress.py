"""Progress of anything that takes over two seconds: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pocket_narrator.terminal.messages import is_silent, say, wrap
from pocket_narrator.terminal.visible_text import drawn_on, visible

SHORTEST_BAR = 12  # columns, with the blanks around it


class Progress:
    """Counts work done against a total; `advance` is cheap enough for inner loops."""

    def __init__(
        self, label: str, total: float, unit: str, plain_every_s: float = 10.0, done: float = 0.0, quiet: bool = False
    ) -> None:
        """`done` of `total` was done before; `total` may be changed while it goes on. quiet: counts, and shows nothing."""
        self.label = label
        self.total = total
        self.unit = unit
        self.done = self._done_before = done
        self._started = time.monotonic()
        self._plain_every_s = plain_every_s
        self._next_line = self._started + 2.0
        self._bar = None
        self._task = None
        self._is_terminal = sys.stderr.isatty()
        self._is_quiet = quiet or is_silent()

    def advance(self, amount: float = 1.0, note: str = "") -> None:
        """Adds `amount` units of finished work; `note` is shown at the end of the line."""
        self.done += amount
        now = time.monotonic()
        if self._is_quiet or (now < self._next_line and self._bar is None):
            return
        if self._is_terminal:
            self._show_bar(note)
        elif now >= self._next_line:
            self._next_line = now + self._plain_every_s
            print(self._plain_line(note), file=sys.stderr, flush=True)

    def is_due(self) -> bool:
        """Whether the next `advance` will show something, so that a costly note need not be made for nothing."""
        return not self._is_quiet and (self._bar is not None or time.monotonic() >= self._next_line)

    def write(self, text: str) -> None:
        """Prints a line above the bar (on a terminal) or as it is."""
        if self._is_quiet:
            return
        text = visible(text)
        if self._bar is not None:
            console = self._bar.console
            console.print(wrap(text, console.width), markup=False, highlight=False, soft_wrap=True)
        else:
            say(text)

    def leave_out(self, seconds: float) -> None:
        """No work was done in so many seconds of those since it began: no rate counts them."""
        self._started += seconds

    def close(self) -> None:
        """Removes the bar and leaves one line behind if the work took over two seconds."""
        if self._bar is not None:
            self._bar.stop()
        elapsed = time.monotonic() - self._started
        if elapsed > 2.0 and not self._is_quiet:
            done = self.done - self._done_before
            say(f"{self.label}: {done:,.0f} {self.unit} in {elapsed:.1f} s ({self._rate()})")

    def _plain_line(self, note: str) -> str:
        line = f"{self.label}: {self.done:,.0f} of {self.total:,.0f} {self.unit}, {self._rate()}, {self._left()}"
        return f"{line}, {note}" if note else line

    def _per_second(self) -> float:
        return (self.done - self._done_before) / max(time.monotonic() - self._started, 1e-9)

    def _rate(self) -> str:
        rate = self._per_second()
        return f"{rate:,.0f} {self.unit}/s" if rate >= 10 else f"{rate:.2g} {self.unit}/s"

    def _left(self) -> str:
        rate = self._per_second()
        return f"{format_seconds(max(self.total - self.done, 0.0) / rate if rate > 0 else float('inf'))} left"

    def _show_bar(self, note: str) -> None:
        figures = [self._rate(), self._left(), *filter(None, visible(note).split(", "))]
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn
            from rich.progress import Progress as RichProgress

            self._bar = RichProgress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f}%{task.fields[figures]}"),
                console=Console(file=drawn_on(sys.stderr)),
                transient=True,
            )
            self._task = self._bar.add_task(self.label, total=self.total, figures="")
            self._bar.start()
        assert self._task is not None
        room = self._bar.console.width - len(self.label) - len(" 100%") - SHORTEST_BAR
        self._bar.update(self._task, total=self.total, completed=self.done, figures=_fitting(figures, room))


def _fitting(figures: list[str], room: int) -> str:
    """As many as there is room for, whole: rich would cut the last one in its middle."""
    while figures and len("  " + ", ".join(figures)) > room:
        figures = figures[:-1]
    return "  " + ", ".join(figures) if figures else ""


def format_seconds(seconds: float) -> str:
    """Seconds as `45 s`, `3 min 20 s` or `2 h 05 min`; unknown for infinity."""
    if seconds == float("inf"):
        return "an unknown time"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


@contextmanager
def progress(label: str, total: float, unit: str) -> Iterator[Progress]:
    """`with progress("tokenizing", total, "stories") as bar: bar.advance(n)`."""
    bar = Progress(label, total, unit)
    try:
        yield bar
    finally:
        bar.close()
