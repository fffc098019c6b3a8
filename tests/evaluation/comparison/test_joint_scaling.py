"""Runs that differ in parameters and in tokens: one law of both, told, drawn and asked; and what determines none."""

import json

import pytest

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.joint_scaling import fit_runs_jointly, predict_jointly, tell_both_apart
from pocket_narrator.evaluation.comparison.measured_model import read_measured_run
from pocket_narrator.files.json_file import read_json_object, write_json_object
from tests.evaluation.comparison.measured_runs import measured_run
from tests.evaluation.comparison.test_table import Tags, narrator

WIDTHS, STEPS = (64, 128, 256), (400, 1600, 6400)


def set_figures(run, law=lambda n, d: 0.2 + 20 * n**-0.34 + 60 * d**-0.28):
    """Those of a known law at what the run has."""
    costs, path = read_measured_run(run).costs, run / "evaluation" / "likelihood.json"
    figures = read_json_object(path)
    figures["likelihood"]["bits_per_byte"] = law(costs.non_embedding_parameters, costs.training_tokens)
    write_json_object(path, figures)
    return run


@pytest.fixture
def runs(tmp_path):
    return [
        set_figures(measured_run(tmp_path, f"{width}-{steps}", steps=steps, overrides=(f"model.width={width}",)))
        for width in WIDTHS
        for steps in STEPS
    ]


def test_a_known_law(runs, monkeypatch, capsys):
    fit = fit_runs_jointly(runs)
    assert (fit.law.parameter_exponent, fit.law.token_exponent) == pytest.approx((0.34, 0.28), rel=1e-4)
    assert fit.law.floor == fit.entropy == 0.2
    assert (fit.floor_interval, fit.notes) == (None, [])
    _, parameters, tokens, _ = fit.points[-1]
    near = predict_jointly(fit, 10 * parameters, 10 * tokens)
    assert near.interval[0] <= near.value <= near.interval[1]
    for place in ((11 * parameters, tokens), (parameters, 11 * tokens)):
        with pytest.raises(RunError, match="too far from the runs"):
            predict_jointly(fit, *place)
    code, out, _ = narrator(monkeypatch, capsys, "scaling", *runs)
    assert code == 0
    assert "bits per byte = 0.2000 + 20 * parameters^-0.3400 + 60 * tokens^-0.2800" in out
    assert "floor 0.2000 (the entropy of the corpus, known)" in out
    assert "best spent, parameters grow as FLOPs^0.452" in out
    assert "data varied too" not in out
    folder = runs[0].parent
    (page,), (written,) = folder.glob("scaling-9-runs-*.html"), folder.glob("scaling-9-runs-*.json")
    assert "Against parameters and data" in page.read_text(encoding="utf-8")
    assert Tags(page.read_text(encoding="utf-8")).loads == []
    assert json.loads(written.read_text(encoding="utf-8"))[0]["against"] == "both"
    at = f"{parameters},{tokens}"
    code, out, _ = narrator(monkeypatch, capsys, "scaling", *runs, "--against", "both", "--at", at)
    assert code == 0
    assert f"at {parameters:.4g}, {tokens:.4g}: {fit.points[-1][3]:.4f} bits per byte" in out
    code, _, err = narrator(monkeypatch, capsys, "scaling", *runs, "--against", "both", "--at", "1e6")
    assert code == 2
    assert "hint: --against both --at 1e6,3e7" in err


def test_what_determines_no_law_of_both(runs, monkeypatch, capsys):
    same_width = runs[:3]
    assert not tell_both_apart(same_width)
    with pytest.raises(RunError, match="the parameters of these runs determine no law"):
        fit_runs_jointly(same_width)
    by_one_rule = [runs[0], runs[4], runs[8]]  # larger ones, trained longer
    with pytest.raises(RunError, match="expected: at least 4 runs"):
        fit_runs_jointly(by_one_rule)
    code, out, _ = narrator(monkeypatch, capsys, "scaling", *by_one_rule)
    assert code == 0
    assert "data varied too" in out
    assert "--against both fits a law of both" in out
    for run in runs:
        set_figures(run, lambda n, d: 0.2 + 60 * d**-0.28)
    with pytest.raises(RunError, match="determine no law of parameters and data together"):
        fit_runs_jointly(runs)


def test_tokens_that_grow_by_one_rule(tmp_path):
    runs = []
    for width in (64, 128, 256, 512):
        run = measured_run(tmp_path, f"{width}", overrides=(f"model.width={width}",))
        path = run / "evaluation" / "likelihood.json"
        figures = read_json_object(path)
        figures["protocol"]["training_tokens"] = 20 * figures["protocol"]["non_embedding_parameters"]
        write_json_object(path, figures)
        runs.append(run)
    assert not tell_both_apart(runs)
    with pytest.raises(RunError, match=r"grow with their parameters, as parameters\^1.00"):
        fit_runs_jointly(runs)


def test_where_both_cannot_be_told_apart_after_all_there_are_the_other_laws(runs, monkeypatch, capsys):
    for run in runs:
        set_figures(run, lambda n, d: 0.2 + 60 * d**-0.28)  # parameters do nothing: a joint law ends at a bound
    code, out, err = narrator(monkeypatch, capsys, "scaling", *runs)
    assert code == 0, err
    assert "* data^-" in out
    assert out.count("not fitted: these runs determine no law of parameters and data together") == 1
