"""Laws of parameters and tokens: found again where they are known, as low as another optimiser gets, with honest intervals."""

import numpy as np
import pytest

from pocket_narrator.evaluation.comparison import joint_law, power_law
from pocket_narrator.evaluation.comparison.joint_law import HUBER, JointLaw, draw_joint_laws, fit_joint_law
from pocket_narrator.evaluation.comparison.power_law import interval_of_draws

LAW = JointLaw(20.0, 0.34, 60.0, 0.28, 0.2)
PARAMETERS, TOKENS = np.repeat([1e5, 3e5, 1e6], 3), np.tile([2e6, 8e6, 3e7], 3)


def figures(seed: int, deviation: float = 0.003) -> np.ndarray:
    return LAW.at(PARAMETERS, TOKENS) * np.exp(np.random.default_rng(seed).normal(0, deviation, len(TOKENS)))


@pytest.mark.parametrize("entropy", [0.2, None])
def test_a_known_law_is_found(entropy):
    found = fit_joint_law(PARAMETERS, TOKENS, figures(0, deviation=0.0), entropy)
    assert found.parameter_exponent == pytest.approx(0.34, rel=1e-5)
    assert found.token_exponent == pytest.approx(0.28, rel=1e-5)
    assert found.floor == pytest.approx(0.2, rel=1e-4)
    assert found.optimal_exponent == pytest.approx(0.28 / 0.62, rel=1e-5)
    assert not found.ends_at_a_bound(PARAMETERS, TOKENS)


def huber(law: JointLaw, ys: np.ndarray) -> float:
    sizes = np.abs(np.log(law.at(PARAMETERS, TOKENS)) - np.log(ys))
    return float(np.where(sizes <= HUBER, sizes**2 / 2, HUBER * (sizes - HUBER / 2)).sum())


@pytest.mark.parametrize("seed", range(4))
def test_no_other_optimiser_gets_lower(seed):
    optimize = pytest.importorskip("scipy.optimize")
    ys = figures(seed)

    def loss(numbers):
        a, b = np.clip(numbers[[1, 3]], 0.005, 3.0)
        return 1e6 * huber(JointLaw(np.exp(numbers[0] + a * 13), a, np.exp(numbers[2] + b * 16), b, 0.2), ys)

    starts = [(0.0, a, 0.0, b) for a in (0.2, 0.6) for b in (0.2, 0.6)]
    options = {"maxiter": 4000, "maxfev": 4000, "fatol": 1e-9, "xatol": 1e-7}
    other = min(optimize.minimize(loss, start, method="Nelder-Mead", options=options).fun for start in starts)
    assert 1e6 * huber(fit_joint_law(PARAMETERS, TOKENS, ys, 0.2), ys) <= other + 1e-3


def test_what_falls_with_one_alone_ends_at_a_bound():
    ys = 0.2 + 60 * TOKENS**-0.28
    assert fit_joint_law(PARAMETERS, TOKENS, ys, 0.2).ends_at_a_bound(PARAMETERS, TOKENS)


def test_no_freedom_no_draws():
    few = [0, 4, 5, 7]
    ys = figures(1)[few]
    law = fit_joint_law(PARAMETERS[few], TOKENS[few], ys, 0.2)
    assert draw_joint_laws(PARAMETERS[few], TOKENS[few], ys, law, 0.2) == []


def test_intervals_hold_the_truth(monkeypatch):
    monkeypatch.setattr(power_law, "DRAWS_OF_A_LAW", 60)
    monkeypatch.setattr(joint_law, "_STEPS", 40)
    held = 0
    for seed in range(10):
        ys = figures(seed)
        draws = draw_joint_laws(PARAMETERS, TOKENS, ys, fit_joint_law(PARAMETERS, TOKENS, ys, 0.2), 0.2)
        for number in ("parameter_exponent", "token_exponent"):
            low, high = interval_of_draws([getattr(draw, number) for draw in draws])
            held += low <= getattr(LAW, number) <= high
    assert held >= 16
