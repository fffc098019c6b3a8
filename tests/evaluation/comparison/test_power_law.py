"""Power laws: found again where they are known, with intervals that hold the truth."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from pocket_narrator.evaluation.comparison import power_law
from pocket_narrator.evaluation.comparison.power_law import (
    PowerLaw,
    draw_deviations,
    draw_power_laws,
    fit_power_law,
    fit_power_laws,
    interval_of_draws,
)

XS = np.geomspace(1e5, 1e8, 8)


@pytest.mark.parametrize("law", [PowerLaw(50.0, 0.35, 0.7), PowerLaw(3.0, 0.08, 0.4), PowerLaw(9.0, 0.2, 0.0)])
def test_known_laws_are_found(law):
    found = fit_power_law(XS, law.at(XS), with_floor=True)
    assert found.exponent == pytest.approx(law.exponent, rel=1e-3)
    assert found.floor == pytest.approx(law.floor, abs=2e-3)
    assert found.at(XS) == pytest.approx(law.at(XS), rel=1e-5)
    assert not found.ends_at_a_bound()


def test_against_scipy():
    optimize = pytest.importorskip("scipy.optimize")
    ys = PowerLaw(50.0, 0.35, 0.7).at(XS) + np.random.default_rng(2).normal(0, 0.01, 8)
    (factor, exponent, floor), _ = optimize.curve_fit(
        lambda x, a, b, c: c + a * (x / 1e6) ** -b, XS, ys, p0=(1, 0.5, 0.5)
    )
    found = fit_power_law(XS, ys, with_floor=True)
    assert (found.exponent, found.floor) == pytest.approx((exponent, floor), rel=1e-3)
    assert found.factor * 1e6**-found.exponent == pytest.approx(factor, rel=1e-3)


def test_without_a_floor_and_what_rises():
    assert fit_power_law(XS, PowerLaw(9.0, 0.2, 0.0).at(XS), with_floor=False).exponent == pytest.approx(0.2, rel=1e-3)
    rising = fit_power_law(XS, np.linspace(1, 2, 8), with_floor=True)
    assert (rising.factor, rising.floor) == (0.0, pytest.approx(1.5))
    assert rising.ends_at_a_bound()


def test_the_floor_is_never_under_the_least():
    ys = PowerLaw(9.0, 0.2, 0.1).at(XS)
    assert fit_power_law(XS, ys, with_floor=True, least=0.15).floor == 0.15
    assert fit_power_law(XS, ys, with_floor=False, least=0.1).exponent == pytest.approx(0.2, rel=1e-3)


def test_many_at_once_are_each_alone():
    ys_BS = PowerLaw(50.0, 0.35, 0.7).at(XS) + np.random.default_rng(3).normal(0, 0.05, (6, 8))
    for with_floor in (True, False):
        for found, ys in zip(fit_power_laws(XS, ys_BS, with_floor), ys_BS, strict=True):
            alone = fit_power_law(XS, ys, with_floor)
            assert (found.factor, found.exponent, found.floor) == pytest.approx(
                (alone.factor, alone.exponent, alone.floor), rel=1e-9
            )


def test_deviations_are_as_far_as_students_t(monkeypatch):
    monkeypatch.setattr(power_law, "DRAWS_OF_A_LAW", 20_000)
    residuals = np.array([0.01, -0.02, 0.02, -0.01, 0.0])
    low, high = np.quantile(draw_deviations(residuals, freedom=2), [0.025, 0.975])
    assert (-low, high) == pytest.approx((4.303 * np.sqrt((residuals**2).sum() / 2),) * 2, rel=0.05)
    assert draw_deviations(residuals, freedom=0).shape == (0, 5)
    assert interval_of_draws([]) is None


@pytest.mark.parametrize("sizes", [5, 8])
def test_intervals_hold_the_truth(sizes, monkeypatch):
    monkeypatch.setattr(power_law, "DRAWS_OF_A_LAW", 100)
    xs, law, held = np.geomspace(1e5, 1e8, sizes), PowerLaw(50.0, 0.35, 0.7), 0
    for number in range(20):
        ys = law.at(xs) + np.random.default_rng(number).normal(0, 0.01, sizes)
        draws = draw_power_laws(xs, ys, fit_power_law(xs, ys, True), True, 0.0)
        low, high = interval_of_draws([draw.exponent for draw in draws])
        held += low <= law.exponent <= high
    assert held >= 16  # of intervals that hold it in 95 %, fewer of 20 would in 3 of 1,000 cases


def test_the_benchmark_of_these_intervals_draws_as_many_as_it_is_told(monkeypatch, capsys):
    script = Path(__file__).parents[3] / "benchmarks" / "scaling_coverage.py"
    monkeypatch.setattr(power_law, "DRAWS_OF_A_LAW", 500)  # and set back
    options = ["--experiments", "2", "--draws", "7", "--only", "5 sizes, 10-fold"]
    monkeypatch.setattr(sys, "argv", [str(script), *options])
    runpy.run_path(str(script), run_name="__main__")
    assert power_law.DRAWS_OF_A_LAW == 7
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| 5 sizes")]
    assert row.startswith("| 5 sizes, 10-fold, deviation 0.003 | 0 |")
