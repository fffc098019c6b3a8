"""Parts that the pages of a run and of a comparison share, read from what a run holds; what is not there is left out."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pocket_narrator.errors import NarratorError
from pocket_narrator.evaluation.likelihood import confidence
from pocket_narrator.evaluation.metrics.metric import Metric
from pocket_narrator.evaluation.metrics.registry import families as known_families
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.samples.file import SUITES, read_story_file
from pocket_narrator.files.json_file import find_json_object, say_on_stderr
from pocket_narrator.page.chart import Axis, Series, chart, thin
from pocket_narrator.page.document import Cell, Figure, grid, story, table
from pocket_narrator.run.records import METRICS, read_records


def records(run: Path) -> list[dict]:
    """Of `metrics.jsonl`."""
    return read_records(run, METRICS)


def suite_of(run: Path) -> dict | None:
    """`stories-SUITE.json` of the larger suite that was run."""
    found = (find_json_object(run / "evaluation" / f"stories-{suite}.json") for suite in SUITES)
    return next((one for one in found if one is not None), None)


def told_by(run: Path) -> list[Sample]:
    """Stories of the larger suite."""
    for suite in SUITES:
        path = run / "evaluation" / f"told-{suite}.jsonl"
        if os.path.lexists(path):
            try:
                return read_story_file(path)[1]
            except NarratorError as error:
                say_on_stderr(f"{path} is left out: {error.what}")
    return []


def training_curves(runs: Mapping[str, Path]) -> str:
    """Loss of the batches and bits per byte of validation stories, over the tokens seen; a run each colour."""
    batches, validation, speeds = [], [], []
    for name, run in runs.items():
        seen = records(run)
        tokens_at = {record["step"]: record["tokens"] for record in seen if record.get("tokens")}
        loss = [(r["tokens"], r["loss"]) for r in seen if r.get("tokens") and r.get("loss") is not None]
        per_token = max((tokens / step for step, tokens in tokens_at.items() if step), default=1.0)
        scored = [
            (tokens_at.get(r["step"], r["step"] * per_token), r["validation_bits_per_byte"])
            for r in seen
            if r.get("validation_bits_per_byte") is not None
        ]
        rate = [(r["tokens"], r["tokens_per_second"]) for r in seen if r.get("tokens") and r.get("tokens_per_second")]
        batches.append(Series(name, thin(loss)))
        validation.append(Series(name, scored, marked=len(scored) < 40))
        speeds.append(Series(name, thin(rate, 100)))
    tokens = Axis("training tokens")
    rates = [rate for one in speeds for _, rate in one.points]
    far_apart = bool(rates) and max(rates) > 10 * min(rates)  # N-grams are counted a hundred times as fast
    return grid(
        [
            chart("Loss of the training batches", tokens, Axis("nats/token"), batches),
            chart("Validation during training, on some of the stories", tokens, Axis("bits per byte"), validation),
            chart("Speed, as measured by the run on its machine", tokens, Axis("tokens/s", far_apart), speeds),
        ]
    )


def position_charts(measured: Mapping[str, dict]) -> str:
    """Loss by position and by tenth of a story, and of long texts bits per byte by distance from the beginning, from each run's likelihood.json."""
    by_position, by_tenth, by_distance = [], [], []
    for name, found in measured.items():
        by_position.append(Series(name, [(max(p["first"], 8), p["loss"]) for p in found["by_position"]], marked=True))
        by_tenth.append(
            Series(name, [((p["first"] + p["last"]) / 2, p["loss"]) for p in found["by_tenth"]], marked=True)
        )
        if parts := found.get("by_distance"):  # files of earlier versions have none
            points = [(max(part["first"], 128), part["bits_per_byte"]) for part in parts]
            by_distance.append(Series(name, points, [part["interval"] for part in parts], marked=True))
    loss = Axis("nats/token")
    tokens = Axis("tokens from the beginning of the text", True)
    far = [chart("By distance from the beginning", tokens, Axis("bits per byte"), by_distance)] if by_distance else []
    return grid(
        [
            chart(
                "By position: how much the beginning helps", Axis("first token of the part", True), loss, by_position
            ),
            chart("By tenth of a story: beginnings and endings", Axis("percent of the story"), loss, by_tenth),
            *far,
        ]
    )


def figure_cell(figure: dict | None, usual: int | None = None) -> Cell:
    """A figure as its file has it, with the number of its stories where that is not the usual one."""
    if figure is None:
        return ""
    interval, of = figure.get("interval"), figure.get("stories")
    digits = _digits(figure["value"])
    span = _span(interval[0], interval[1], digits) if interval else "no interval"
    return Figure(f"{figure['value']:.{digits}f}", span, "" if of in (None, usual) else f"n={of:,}")


def _digits(value: float) -> int:
    """Three after the point, fewer of larger numbers: more would be noise, and too wide for a phone."""
    return 3 if abs(value) < 10 else 2 if abs(value) < 100 else 1


def _span(low: float, high: float, digits: int) -> str:
    between = "\u2013" if low >= 0 else " to "
    return f"{low:.{digits}f}{between}{high:.{digits}f}"


def suite_table(columns: Mapping[str, Mapping[str, dict]]) -> str:
    """A row a metric, family by family, with what is better; a column a set of stories."""
    families: dict[str, Sequence[Metric]] = {
        family.name.replace("_", " "): family.metrics for family in known_families()
    }
    families |= {"calibration": confidence.METRICS}
    usual = {name: usual_count(figures) for name, figures in columns.items()}
    rows: list[list[Cell]] = []
    shown = set()
    for family, known in families.items():
        metrics = [m for m in known if any(m.name in figures for figures in columns.values())]
        if metrics:
            rows.append([family])
        for metric in metrics:
            shown.add(metric.name)
            better = "" if metric.direction == "neither" else metric.direction
            cells = [figure_cell(figures.get(metric.name), usual[name]) for name, figures in columns.items()]
            rows.append([metric.name.replace("_", " "), *cells, better])
    others = dict.fromkeys(name for figures in columns.values() for name in figures if name not in shown)
    rows += [[n.replace("_", " "), *(figure_cell(figures.get(n)) for figures in columns.values()), ""] for n in others]
    return table(["", *columns, "better"], rows)


def usual_count(figures: Mapping[str, dict]) -> int | None:
    """Of stories that a figure is of: the most that any is."""
    return max((figure["stories"] for figure in figures.values() if figure.get("stories") is not None), default=None)


def side_by_side(tellers: Mapping[str, Sequence[Sample]], beginnings: int = 3) -> str:
    """What each told from the same beginnings, and how the story really went on."""
    parts, shown = [], 0
    first = next(iter(tellers.values()), ())
    for beginning in dict.fromkeys(one.beginning for one in first if one.beginning):
        found = {
            name: next((one for one in told if one.beginning == beginning), None) for name, told in tellers.items()
        }
        if None in found.values():
            continue
        boxes = [story(name, one.text, beginning) for name, one in found.items() if one is not None]
        reference = next((one.reference for one in found.values() if one is not None and one.reference), None)
        if reference is not None:
            boxes.append(story("the held-out story", reference, beginning))
        parts.append(grid(boxes))
        shown += 1
        if shown == beginnings:
            break
    return "<p></p>".join(parts)
