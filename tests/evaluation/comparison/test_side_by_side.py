"""Memory exams and ledgers of compared models: every run of a model counts, and what is missing or of other stories is said."""

import json
from pathlib import Path

import numpy as np
import pytest

from pocket_narrator.cli.compare import _beside
from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.side_by_side import SideBySide, all_side_by_side, side_by_side
from pocket_narrator.evaluation.comparison.table import Comparison, compare_runs
from pocket_narrator.evaluation.ledger.kept import difference_of, read_ledgers
from pocket_narrator.evaluation.ledger.ledger import keep_ledger
from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.evaluation.memory.exam import examine_run
from pocket_narrator.evaluation.memory.figures import by_kind, summarise
from pocket_narrator.evaluation.memory.taken import read_taken_exams
from pocket_narrator.evaluation.report.comparison_page import write_comparison_page
from tests.evaluation.tiny_run import make_run

CORPUS = "corpus={kind: storyworld, stories: 40, validation_stories: 12, seed: 3}"
SIZES = ("model.context=256", "tokenizer.vocabulary_size=300", "model.layers=attention*1", "model.zero_init=false")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Runs `a-1` and `a-2`, of one model, and `b`; each with its exam and its ledger."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, overrides in {
            "a-1": ["training.seed=1"],
            "a-2": ["training.seed=2"],
            "b": ["training.seed=3", "model.width=48"],
        }.items():
            run = make_run(CORPUS, *SIZES, *overrides).rename(folder / name)
            evaluate_run(run)
            examine_run(run)
            keep_ledger(run)
        _disturb(folder / "a-2")
    return folder


def _disturb(run: Path) -> None:
    """Other answers and other bits: the tiny runs of one model have the same weights."""
    for name, change in (("memory", _more_sure), ("ledger", _dearer)):
        path = run / "evaluation" / f"{name}.json"
        found = json.loads(path.read_text(encoding="utf-8"))
        change(found)
        found.pop("checksum", None)
        path.write_text(json.dumps(found), encoding="utf-8")


def _more_sure(exam: dict) -> None:
    exam["answers"]["log_ratio"] = [ratio + 0.5 for ratio in exam["answers"]["log_ratio"]]


def _dearer(ledger: dict) -> None:
    paid = ledger["by_story"]["paid"]
    ledger["by_story"]["paid"] = [[bits + 1 for bits in story] for story in paid]


@pytest.fixture
def compared(folder) -> Comparison:
    return compare_runs([folder / name for name in ("a-1", "a-2", "b")])


def test_a_model_with_several_runs_has_their_mean_and_range(folder, compared) -> None:
    found = side_by_side(compared.models, "memory")
    shares = {}
    for name in ("a-1", "a-2"):
        answers = read_taken_exams([folder / name]).answers[folder / name]
        shares[name] = 100 * by_kind(summarise(answers))["all"].share
    assert shares["a-2"] > shares["a-1"] + 10
    row = found.rows[0]
    assert row.name == "all"
    assert {run.name: value for run, value in row.by_run.items() if run.name != "b"} == pytest.approx(shares)
    mean, low, high = (f"{value:.1f}" for value in (np.mean([*shares.values()]), *sorted(shares.values())))
    assert f"{mean} ({low} to {high})" in found.describe()
    assert "the mean over them" in found.describe()


def test_differences_of_ledgers_are_of_the_means_over_runs(folder, compared) -> None:
    found = side_by_side(compared.models, "ledger")
    runs = {name: folder / name for name in ("a-1", "a-2", "b")}
    kept = read_ledgers([*runs.values()]).excess_SR
    a_SR = (kept[runs["a-1"]] + kept[runs["a-2"]]) / 2
    first = next(iter(found.models))
    ours, theirs = (kept[runs["b"]], a_SR) if first == "a" else (a_SR, kept[runs["b"]])
    ((other, (mean, interval)),) = found.rows[-1].differences.items()
    assert {first, other} == {"a", "b"}
    assert (mean, interval) == difference_of(ours, theirs)[-1]
    assert mean == pytest.approx(float((ours - theirs)[:, -1].mean()))
    assert interval is not None
    assert interval[0] < mean < interval[1]


def test_the_command_the_page_and_python_show_both(folder, compared, tmp_path) -> None:
    told = _beside(compared)
    assert "share of the available bits used, percent" in told
    assert "excess, bits a story" in told
    write_comparison_page(compared, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "What they remember" in page
    assert "Where they pay more bits than the stories cost" in page
    assert "excess, bits a story" in compared._repr_html_()
    for table, name in ((compared.memory, "all"), (compared.ledger, "people")):
        rows = table if isinstance(table, list) else table.to_dict("records")
        assert rows[0]["what"] == name
        assert set(rows[0]) == {"what", "a-1", "a-2", "b"}
        assert all(isinstance(rows[0][run], float) for run in ("a-1", "a-2", "b"))


def test_runs_of_the_same_name_keep_their_own_figures(folder, compared) -> None:
    found = side_by_side(compared.models, "memory")
    elsewhere = Path("elsewhere") / "b"
    models = {"a": found.models["a"], "b": [folder / "b", elsewhere]}
    rows = [type(row)(row.name, {**row.by_run, elsewhere: 1.0}, {}) for row in found.rows]
    line = SideBySide("", ".1f", models, rows, 12, []).lines()[0]
    assert set(line) == {"what", "a-1", "a-2", str(folder / "b"), str(elsewhere)}
    assert line[str(elsewhere)] == 1.0


def test_what_is_missing_is_said(folder, compared) -> None:
    (exam := folder / "a-1" / "evaluation" / "memory.json").rename(kept := exam.with_suffix(".kept"))
    try:
        assert (
            f"without memory exams, and left out: {folder / 'a-1'}"
            in side_by_side(compared.models, "memory").describe()
        )
    finally:
        kept.rename(exam)
    (exam := folder / "b" / "evaluation" / "memory.json").rename(kept := exam.with_suffix(".kept"))
    try:
        assert list(all_side_by_side(compared.models)) == ["ledger"]
        with pytest.raises(RunError, match="fewer than two of these models have memory exams"):
            _ = compared.memory
    finally:
        kept.rename(exam)
