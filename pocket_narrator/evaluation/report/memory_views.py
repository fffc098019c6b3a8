"""What models remember, for the pages of a run and of a comparison: by kind, by distance, and over a training."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from pocket_narrator.evaluation.comparison.side_by_side import SideBySide
from pocket_narrator.evaluation.memory.exam import FILE, OVER_CHECKPOINTS
from pocket_narrator.evaluation.memory.figures import Figures, by_distance, by_kind, summarise
from pocket_narrator.evaluation.memory.taken import read_taken_exams
from pocket_narrator.evaluation.report.parts import figure_cell
from pocket_narrator.evaluation.statistics.bootstrap import Interval
from pocket_narrator.files.json_file import find_json_object
from pocket_narrator.page.chart import Axis, Series, chart
from pocket_narrator.page.document import Cell, grid, paragraph, table

_FIGURES = TypeAdapter(list[Figures])
_SHARE = Axis("share of the available bits used")
_DISTANCE = Axis("tokens since it was told last, at least", True)
_NEAREST = 8  # where the group from 0 on stands on a logarithmic axis
_NOTES = ((1.0, "ideal"), (0.0, "nothing remembered"))
_LEGEND = (
    "Each question is asked after the story and after a twin in which one thing was set up otherwise; right: the true words are "
    "likelier after the story (chance 0.5). An ideal reader uses all bits that are available, a model that remembers nothing none."
)


def of_run(run: Path) -> list[str]:
    """Tables and charts; nothing where the exam has not been taken."""
    found, over = (find_json_object(run / "evaluation" / name) for name in (FILE, OVER_CHECKPOINTS))
    parts = []
    if found is not None:
        figures = _FIGURES.validate_python(found["figures"])
        parts += [paragraph(_LEGEND), _kinds(figures), grid([_by_kind_and_distance(figures)])]
    if over is not None:
        parts.append(grid([_over_training(over["checkpoints"])]))
    return parts


def of_models(found: SideBySide) -> list[str]:
    """Models side by side, on the same questions; a line a run."""
    names = found.names
    taken = read_taken_exams([*names])
    lines = [_line(names[run], by_distance(summarise(answers))) for run, answers in taken.answers.items()]
    drawing = chart("Remembered, by how long ago it was told", _DISTANCE, _SHARE, lines, _NOTES)
    return [paragraph(_LEGEND), found.html(), grid([drawing])]


def _kinds(figures: Sequence[Figures]) -> str:
    rows: list[list[Cell]] = []
    for kind, one in by_kind(figures).items():
        right, share = _cell(one.right, one.right_interval), _cell(one.share, one.share_interval)
        rows.append([kind, f"{one.questions:,}", right, share, f"{one.log_ratio:+.2f}"])
    return table(["", "questions", "right", "share of the bits used", "log-ratio, bits"], rows)


def _cell(value: float, interval: Interval | None) -> Cell:
    return figure_cell({"value": value, "interval": interval})


def _by_kind_and_distance(figures: Sequence[Figures]) -> str:
    kinds = dict.fromkeys(one.kind for one in figures if one.kind is not None and one.distance is not None)
    lines = [_line("all", by_distance(figures))]
    lines += [_line(kind, [one for one in figures if one.kind == kind and one.distance is not None]) for kind in kinds]
    return chart("Remembered, by how long ago it was told", _DISTANCE, _SHARE, lines, _NOTES)


def _line(label: str, figures: Sequence[Figures]) -> Series:
    points = [(float(one.distance or _NEAREST), one.share) for one in figures]
    return Series(label, points, [one.share_interval for one in figures], marked=True)


def _over_training(checkpoints: Sequence[dict]) -> str:
    found = [(one["training_tokens"], by_kind(_FIGURES.validate_python(one["figures"]))) for one in checkpoints]
    kinds = dict.fromkeys(kind for _, figures in found for kind in figures if ":" in kind)
    lines = [
        Series(kind, [(float(seen), figures[kind].share) for seen, figures in found if kind in figures], marked=True)
        for kind in kinds
    ]
    return chart("When each kind is learned", Axis("training tokens"), _SHARE, lines, _NOTES)
