"""What else was kept of models that are compared: their memory exams and their ledgers, of every run, side by side.

A model with several runs has the mean over them, with the lowest and the highest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.compared import ComparedModel
from pocket_narrator.evaluation.ledger.kept import difference_of, has_ledger, read_ledgers
from pocket_narrator.evaluation.memory.figures import Figures, by_distance, by_kind, span, summarise
from pocket_narrator.evaluation.memory.taken import has_taken, read_taken_exams
from pocket_narrator.evaluation.statistics.bootstrap import Interval, spell_interval
from pocket_narrator.page.document import paragraph
from pocket_narrator.page.document import table as html_table

MEMORY, LEDGER = "memory", "ledger"


@dataclass(frozen=True)
class Row:
    """One kind, distance, or thing that is told."""

    name: str
    by_run: dict[Path, float]  # a run that has none of it is left out
    differences: dict[str, tuple[float, Interval | None]]  # by model: its mean minus the first model's, 95 %


@dataclass(frozen=True)
class SideBySide:
    """The figures of all runs of at least two models, of the same stories."""

    heading: str  # what the figures are
    form: str  # how one is spelled
    models: dict[str, list[Path]]
    rows: list[Row]
    stories: int
    notes: list[str]

    @property
    def names(self) -> dict[Path, str]:
        """Of each run the name of its folder; where two share it, its path."""
        runs = [run for of_model in self.models.values() for run in of_model]
        names = [run.name for run in runs]
        return {run: run.name if names.count(run.name) == 1 else str(run) for run in runs}

    def lines(self) -> list[dict[str, Any]]:
        """Of a table: a row each, with a column for each run."""
        columns = self.names.items()
        return [{"what": row.name, **{name: row.by_run.get(run) for run, name in columns}} for row in self.rows]

    def cells(self) -> tuple[list[str], list[list[str]]]:
        """Headings and rows as people read them: a column a model, and those of the differences."""
        first = next(iter(self.models))
        others = list(self.rows[0].differences)
        headings = [self.heading, *self.models, *(f"{name} - {first}" for name in others)]
        return headings, [
            [
                row.name,
                *(
                    self._spelled([row.by_run[run] for run in runs if run in row.by_run])
                    for runs in self.models.values()
                ),
                *(self._difference(*row.differences[name]) for name in others),
            ]
            for row in self.rows
        ]

    def describe(self) -> str:
        """A table for the terminal."""
        headings, rows = self.cells()
        widths = [max(len(row[n]) for row in (headings, *rows)) + 2 for n in range(len(headings))]
        lines = [
            f"{row[0]:<{widths[0]}}" + "".join(f"{c:>{w}}" for c, w in zip(row[1:], widths[1:], strict=True))
            for row in (headings, *rows)
        ]
        return "\n".join([*lines, "", *(f"note: {note}" for note in self.notes)])

    def html(self) -> str:
        """The same for a page or a notebook."""
        return html_table(*self.cells()) + "".join(map(paragraph, self.notes))

    def _spelled(self, values: Sequence[float]) -> str:
        if not values:
            return ""
        mean = f"{np.mean(values):{self.form}}"
        return mean if len(values) == 1 else f"{mean} ({min(values):{self.form}} to {max(values):{self.form}})"

    def _difference(self, mean: float, interval: Interval | None) -> str:
        return f"{mean:{self.form}} ({spell_interval(interval, self.stories, 2, '+')})"


def side_by_side(models: Sequence[ComparedModel], what: str) -> SideBySide:
    """`what`: memory or ledger. RunError where fewer than two models have it, or where it is not of the same questions or stories."""
    has, lay, called = _KEPT[what]
    runs = {model.name: [Path(run) for run in model.runs] for model in models}
    kept = {name: found for name, of_model in runs.items() if (found := [run for run in of_model if has(run)])}
    if len(kept) < 2:
        raise RunError(
            f"fewer than two of these models have {called}",
            where=", ".join(str(run) for of_model in runs.values() for run in of_model),
            hint=f"narrator evaluate RUN --suite {what}, of each run",
        )
    found = lay(kept)
    without = [str(run) for of_model in runs.values() for run in of_model if not has(run)]
    if without:
        found.notes.append(f"without {called}, and left out: {', '.join(without)}")
    if any(len(of_model) > 1 for of_model in kept.values()):
        found.notes.append("of a model with several runs: the mean over them (the lowest to the highest)")
    return found


def all_side_by_side(models: Sequence[ComparedModel]) -> dict[str, SideBySide | RunError]:
    """What at least two of the models have, by its name; or why it cannot be laid side by side."""
    found: dict[str, SideBySide | RunError] = {}
    for what, (has, _, _) in _KEPT.items():
        if sum(any(has(Path(run)) for run in model.runs) for model in models) > 1:
            try:
                found[what] = side_by_side(models, what)
            except RunError as error:
                found[what] = error
    return found


def why_left_out(what: str, error: RunError) -> str:
    """One line, in place of the table."""
    return f"the {_KEPT[what][2]} are left out: {error.what}{f' ({error.found})' if error.found else ''}"


def _exams(models: dict[str, list[Path]]) -> SideBySide:
    taken = read_taken_exams([run for runs in models.values() for run in runs])
    figures = {run: summarise(answers) for run, answers in taken.answers.items()}
    of_kind = {run: by_kind(found) for run, found in figures.items()}
    of_distance = {run: {one.distance or 0: one for one in by_distance(found)} for run, found in figures.items()}
    distances = sorted({distance for found in of_distance.values() for distance in found})
    rows = [_shares(kind, {run: of[kind] for run, of in of_kind.items()}) for kind in next(iter(of_kind.values()))]
    rows += [
        _shares(f"{span(distance)} tokens", {run: of[distance] for run, of in of_distance.items() if distance in of})
        for distance in distances
    ]
    asked = next(iter(taken.answers.values()))
    notes = [f"{len(asked.kind_Q):,} questions of the memory exam, the same for all", *taken.notes]
    stories = len(np.unique(asked.story_Q))
    return SideBySide("share of the available bits used, percent", ".1f", models, rows, stories, notes)


def _shares(name: str, figures: dict[Path, Figures]) -> Row:
    return Row(name, {run: 100 * one.share for run, one in figures.items()}, {})


def _ledgers(models: dict[str, list[Path]]) -> SideBySide:
    kept = read_ledgers([run for runs in models.values() for run in runs])
    first, *others = (np.mean([kept.excess_SR[run] for run in runs], axis=0) for runs in models.values())
    differences = {
        name: difference_of(excess_SR, first) for name, excess_SR in zip(list(models)[1:], others, strict=True)
    }
    rows = [
        Row(
            name,
            {run: float(excess_SR[:, row].mean()) for run, excess_SR in kept.excess_SR.items()},
            {model: found[row] for model, found in differences.items()},
        )
        for row, name in enumerate(kept.rows)
    ]
    notes = [f"{len(first):,} stories of the ledger, the same for all; intervals are over stories"]
    return SideBySide("excess, bits a story", "+.2f", models, rows, len(first), notes)


_Lay = Callable[[dict[str, list[Path]]], SideBySide]
_KEPT: dict[str, tuple[Callable[[Path], bool], _Lay, str]] = {
    MEMORY: (has_taken, _exams, "memory exams"),
    LEDGER: (has_ledger, _ledgers, "ledgers"),
}
