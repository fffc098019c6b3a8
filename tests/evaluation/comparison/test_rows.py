"""A comparison as a table, LaTeX, CSV and a plot: the same numbers, and the same word for what may be chance."""

import csv
import io
import sys
from pathlib import Path

import pytest

from pocket_narrator.errors import MissingExtraError
from pocket_narrator.evaluation.comparison.rows import MARK, escaped
from pocket_narrator.evaluation.comparison.table import Comparison, compare_runs
from tests.evaluation.comparison.measured_runs import measured_run

WIDER, WIDEST = ("model.width=256",), ("model.width=384",)


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    """The best, one that cannot be told from it, and one that is worse."""
    paths = [
        measured_run(tmp_path, "best_one", 1.0),
        measured_run(tmp_path, "alike", 1.0005, overrides=WIDER),
        measured_run(tmp_path, "worse", 1.1, overrides=WIDEST),
    ]
    return compare_runs(paths)


def test_the_table_says_what_the_pairs_say(comparison: Comparison) -> None:
    frame = comparison.table
    assert frame["model"].tolist() == [model.name for model in comparison.models]
    assert frame["value"].tolist() == [model.value for model in comparison.models]
    assert list(zip(frame["low"], frame["high"], strict=True)) == [model.interval for model in comparison.models]
    assert frame["verdict"].tolist()[1:] == [MARK, "higher"]
    first = frame["value"][0]
    for place in (1, 2):
        row = frame.iloc[place]
        assert row["difference"] == pytest.approx(row["value"] - first)
        assert row["difference_low"] < row["difference"] < row["difference_high"]
    assert len(comparison.pair_table) == len(comparison.pairs) == 3
    for row, pair in zip(comparison.pair_table.to_dict("records"), comparison.pairs, strict=True):
        assert (row["difference_low"], row["difference_high"]) == pair.difference.interval
        assert (row["verdict"] == MARK) == (not pair.is_distinguishable)


def test_csv_is_the_table(comparison: Comparison, tmp_path: Path) -> None:
    text = comparison.to_csv(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text(encoding="utf-8") == text
    rows = list(csv.DictReader(io.StringIO(text)))
    for row, exact in zip(rows, comparison.table.to_dict("records"), strict=True):
        assert float(row["value"]) == exact["value"]
        assert (float(row["low"]), float(row["high"])) == (exact["low"], exact["high"])
    assert [row["verdict"] for row in rows] == ["", MARK, "higher"]


def test_latex_marks_what_may_be_chance_and_escapes_names(comparison: Comparison, tmp_path: Path) -> None:
    text = comparison.to_latex(tmp_path / "table.tex")
    assert (tmp_path / "table.tex").read_text(encoding="utf-8") == text
    body = [line for line in text.splitlines() if line.endswith(r"\\")][1:]
    assert [r"$^\dagger$" in line for line in body] == [False, True, False]
    assert body[0].startswith(r"best\_one & \textbf{")
    assert all(line.count(" & ") == 4 for line in body)
    low, high = comparison.models[2].interval or (0, 0)
    assert f"$[{low:.4f}, {high:.4f}]$" in body[2]
    assert MARK in text.splitlines()[-1]
    assert text.count("{") == text.count("}")
    assert escaped("50 % of a_b & c#1 {x} \\ ~^") == (
        r"50 \% of a\_b \& c\#1 \{x\} \textbackslash{} \textasciitilde{}\textasciicircum{}"
    )


def test_a_plot_is_grey_where_it_may_be_chance(comparison: Comparison) -> None:
    pytest.importorskip("matplotlib").use("agg")
    from matplotlib import pyplot
    from matplotlib.colors import to_hex

    axes = comparison.plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == [model.name for model in comparison.models]
    points = [line for line in axes.get_lines() if line.get_marker() == "o"]
    assert [point.get_xdata()[0] for point in points] == [model.value for model in comparison.models]
    assert [to_hex(point.get_color()) == "#9a9a9a" for point in points] == [False, True, False]
    assert comparison.plot(axes) is axes
    pyplot.close("all")


def test_a_notebook_shows_it(comparison: Comparison) -> None:
    shown = comparison._repr_html_()
    assert shown.count("<tr>") == 4 + 1 + len(comparison.recipes)
    assert MARK in shown
    assert all(note.split(";")[0] in shown for note in comparison.notes)


def test_without_pandas_there_are_dictionaries(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = comparison.table
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert [row["model"] for row in comparison.table] == frame["model"].tolist()
    assert comparison.to_csv().startswith("model,value,low,high,")


def test_without_matplotlib_it_is_said_what_to_install(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match='pip install "matplotlib'):
        comparison.plot()
