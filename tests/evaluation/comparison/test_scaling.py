"""Power laws through runs: intervals, refusals, and not asked too far out."""

import json

import pytest

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.scaling import fit_runs, predict
from pocket_narrator.files.json_file import read_json_object, write_json_object
from tests.evaluation.comparison.measured_runs import measured_run
from tests.evaluation.comparison.test_table import Tags, narrator


@pytest.fixture
def runs(tmp_path):
    """Six lengths of one model: 0.5 + 20 * tokens^-0.3."""
    tokens = [steps * 4096 for steps in (100, 200, 400, 800, 1600, 3200)]
    return [measured_run(tmp_path, f"run-{n}", 0.5 + 20 * n**-0.3, steps=n // 4096) for n in tokens]


def test_runs(runs, monkeypatch, capsys):
    fit = fit_runs(runs, "data")
    assert len(fit.points) == 6
    assert [x for _, x, _ in fit.points] == sorted(x for _, x, _ in fit.points)
    assert fit.law.exponent == pytest.approx(0.3, abs=0.1)
    assert fit.exponent_interval[0] < fit.law.exponent < fit.exponent_interval[1]
    assert fit.notes == []
    near = predict(fit, 4096 * 32_000)
    assert near.interval[0] <= near.value <= near.interval[1]
    for x in (4096 * 32_001, 4096 * 9.9):
        with pytest.raises(RunError, match="too far from the runs"):
            predict(fit, x)
    code, out, _ = narrator(monkeypatch, capsys, "scaling", *runs, "--against", "data", "--at", 4096 * 6400)
    assert code == 0
    assert "bits per byte = " in out
    assert "at 2.621e+07: " in out
    folder = runs[0].parent
    (page,), (figures,) = folder.glob("scaling-6-runs-*.html"), folder.glob("scaling-6-runs-*.json")
    assert out.splitlines()[-2:] == [str(page), str(figures)]
    assert Tags(page.read_text(encoding="utf-8")).loads == []
    assert json.loads(figures.read_text(encoding="utf-8"))[0]["against"] == "data"
    code, out, _ = narrator(monkeypatch, capsys, "scaling", *runs)
    assert code == 0
    assert "not fitted: the parameters of these runs determine no law" in out


def test_refusals(runs, tmp_path, monkeypatch, capsys):
    assert "too far" in narrator(monkeypatch, capsys, "scaling", *runs, "--against", "data", "--at", "1e12")[2]
    assert "--against" in narrator(monkeypatch, capsys, "scaling", *runs, "--at", "1e6")[2]
    with pytest.raises(RunError, match=r"found: 2: 4.096e\+05, 8.192e\+05"):
        fit_runs(runs[:2], "data")
    few = fit_runs(runs[:3], "data")
    assert (few.floor_interval, few.law.floor) == (None, 0.2)
    assert "no floor was fitted: that takes 5 different sizes; it was taken to be the entropy" in few.notes[0]
    with pytest.raises(RunError, match="run-409600 is given twice"):
        fit_runs([*runs, runs[0]], "data")
    other = measured_run(tmp_path, "other", corpus="d" * 64)
    with pytest.raises(RunError, match="different corpora"):
        fit_runs([*runs, other], "data")
    wide = measured_run(tmp_path, "wide", overrides=("model.width=256",))
    assert "parameters varied too" in fit_runs([*runs, wide], "data").notes[0]


def test_sizes_that_are_nearly_the_same_determine_no_law(tmp_path, monkeypatch, capsys):
    runs = [measured_run(tmp_path, f"run-{steps}", 1 - steps / 1e4, steps=steps) for steps in (1000, 1004, 1008, 1012)]
    code, out, err = narrator(monkeypatch, capsys, "scaling", *runs, "--against", "data")
    assert (code, out) == (2, "")
    assert "sizes at least 20% apart" in err
    assert "found: 1: 4.096e+06, 4.112e+06" in err


@pytest.mark.parametrize("values", [(1.0, 1.1, 1.2), (1.0, 1.0, 1.0)])
def test_figures_that_do_not_fall_determine_no_law(values, tmp_path, monkeypatch, capsys):
    runs = [measured_run(tmp_path, f"run-{n}", value, steps=100 * 2**n) for n, value in enumerate(values)]
    code, _, err = narrator(monkeypatch, capsys, "scaling", *runs, "--against", "data")
    assert code == 2
    assert "these runs determine no law of data" in err
    assert not list(tmp_path.glob("scaling-*"))


def test_what_was_counted_has_no_place_in_a_law_of_compute(runs, monkeypatch, capsys):
    likelihood = runs[0] / "evaluation" / "likelihood.json"
    figures = read_json_object(likelihood)
    figures["protocol"]["training_flops"] = 0  # as N-grams have
    write_json_object(likelihood, figures)
    code, out, err = narrator(monkeypatch, capsys, "scaling", *runs, "--against", "compute")
    assert (code, out) == (2, "")
    assert "has no place for run-409600" in err
    code, out, _ = narrator(monkeypatch, capsys, "scaling", *runs)
    assert code == 0
    assert "not fitted: a power law of compute has no place for run-409600" in out


def test_no_law_gets_below_the_entropy(tmp_path, monkeypatch, capsys):
    steps = (100, 200, 400, 800, 1600)
    runs = [measured_run(tmp_path, f"run-{n}", 90 * (4096 * n) ** -0.4 + 0.05, steps=n) for n in steps[:3]]
    fit = fit_runs(runs, "data")
    assert fit.law.floor == fit.entropy == 0.2
    assert predict(fit, 4096 * 4000).value > 0.2
    below = measured_run(tmp_path, "below", 0.1, steps=800)
    code, _, err = narrator(monkeypatch, capsys, "scaling", *runs, below, "--against", "data")
    assert code == 2
    assert "below is below the entropy of its corpus" in err


@pytest.mark.parametrize("at", ["1e6,1e6", "much", "-1", "nan"])
def test_places_that_are_none(at, runs, monkeypatch, capsys):
    code, out, err = narrator(monkeypatch, capsys, "scaling", *runs, "--against", "data", "--at", at)
    assert (code, out) == (2, "")
    assert "expected: one number over 0" in err
