"""Paired comparisons: by hand, against SciPy, and by how often their intervals hold the truth."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocket_narrator.evaluation.statistics.paired import Scores, compare, figure_interval, holm, permutation_p
from pocket_narrator.evaluation.statistics.student_t import quantile, two_sided_p

scipy_stats = pytest.importorskip("scipy.stats")


def test_student_t_against_scipy():
    for degrees in (1, 1.7, 2, 3, 8.5, 40, 1e4):
        for t in (0.0, 0.01, 0.5, 1.0, 2.5, 12.0, 300.0):
            assert two_sided_p(t, degrees) == pytest.approx(2 * scipy_stats.t.sf(t, degrees), rel=1e-9, abs=1e-14)
            assert two_sided_p(-t, degrees) == two_sided_p(t, degrees)
        for probability in (0.6, 0.975, 0.9995):
            assert quantile(probability, degrees) == pytest.approx(scipy_stats.t.ppf(probability, degrees), rel=1e-8)


def test_all_signs_against_scipy_and_by_hand():
    differences = np.array([1.2, -0.3, 2.0, 0.4, 0.0, 1.1, -0.2, 0.9])
    found = permutation_p(differences)
    test = scipy_stats.permutation_test(
        (differences,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert found == pytest.approx(test.pvalue)
    rest = differences[differences != 0]
    sums = [abs(np.dot(signs, rest)) for signs in itertools.product((-1, 1), repeat=len(rest))]
    assert found == np.mean([total >= rest.sum() - 1e-9 for total in sums])


def test_sampled_signs():
    random = np.random.default_rng(0)
    differences = random.normal(0.15, 1, 200)
    exact = scipy_stats.ttest_1samp(differences, 0).pvalue
    assert permutation_p(differences) == pytest.approx(exact, abs=0.01)
    assert permutation_p(np.ones(100)) == pytest.approx(1 / 10_001)
    assert permutation_p(np.zeros(5)) == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm(p_values):
    adjusted = holm(p_values)
    assert all(a >= p and a <= 1 for a, p in zip(adjusted, p_values, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)
    assert adjusted[order[0]] == min(1, len(p_values) * min(p_values))


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def scores(rows, counts) -> Scores:
    return Scores(np.atleast_2d(np.asarray(rows, dtype=float)), np.asarray(counts, dtype=float))


def test_figures_by_hand():
    found = compare(scores([10, 30], [10, 20]), scores([12, 33], [10, 20]), resamples=50)
    assert found.value == pytest.approx(40 / 30 - 45 / 30)
    assert found.relative == pytest.approx(-5 / 45)
    assert found.lower_share == 1
    assert found.effect_size == pytest.approx(np.mean([-0.2, -0.15]) / np.std([-0.2, -0.15], ddof=1))
    assert found.p == found.p_stories == 0.5  # two of the four signs
    assert not found.seeds


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 100))
def test_the_other_way_round(seed):
    random = np.random.default_rng(seed)
    counts = random.integers(50, 90, 30)
    one, other = (scores(random.normal(60, 5, (3, 30)), counts) for _ in range(2))
    there, back = compare(one, other, resamples=400), compare(other, one, resamples=400)
    assert there.value == -back.value
    assert there.p == pytest.approx(back.p)
    assert there.p_stories == back.p_stories
    assert there.lower_share == pytest.approx(1 - back.lower_share)


def test_the_same_model_and_one_story():
    same = scores([5, 6, 7], [1, 1, 1])
    found = compare(same, same)
    assert (found.value, found.interval, found.p, found.effect_size) == (0, None, 1, None)
    lonely = compare(scores([5], [1]), scores([6], [1]))
    assert (lonely.interval, lonely.p) == (None, 1)
    assert figure_interval(scores([5], [1])) is None


def test_pairing_is_used():
    """Stories differ much, models little and always: the paired interval is narrow, those of the figures overlap."""
    random = np.random.default_rng(1)
    counts = random.integers(500, 900, 200)
    base = counts * random.normal(1.0, 0.3, 200)
    one, other = scores(base - 5 + random.normal(0, 1, 200), counts), scores(base, counts)
    found = compare(one, other)
    assert found.interval[1] < 0
    assert found.p < 0.001
    assert figure_interval(one)[1] > figure_interval(other)[0]


def coverage(experiments: int, seeds: int, seed_spread: float) -> float:
    """How often the interval holds the true difference: stories of any length, skewed difficulties, seeds."""
    held = 0
    truth = -0.02
    for number in range(experiments):
        random = np.random.default_rng(1000 + number)
        counts = random.integers(200, 1200, 80)
        hard = random.gamma(4, 0.25, 80)  # each story's own difficulty, shared by both models
        models = []
        for shift in (truth, 0.0):
            of_seeds = shift + random.normal(0, seed_spread, (seeds, 1))
            taste = random.normal(0, 0.08, 80)  # what this model finds hard
            models.append(scores(counts * (hard + of_seeds + taste + random.normal(0, 0.05, (seeds, 80))), counts))
        low, high = compare(*models, resamples=400).interval
        held += low <= truth <= high
    return held / experiments


def test_coverage_over_stories():
    assert 0.92 <= coverage(600, seeds=1, seed_spread=0.0) <= 0.98


@pytest.mark.parametrize(("seeds", "seed_spread"), [(3, 0.05), (3, 0.0)])
def test_coverage_over_seeds_and_stories(seeds, seed_spread):
    assert 0.92 <= coverage(200, seeds, seed_spread) <= 0.98


def test_seeds_ignored_would_be_wrong():
    """What the seeds are there for: over stories only, a chance difference of seeds passes for one of models."""
    random = np.random.default_rng(3)
    counts = np.full(200, 500.0)
    hard = random.gamma(4, 0.25, 200)
    one, other = (scores(counts * (hard + random.normal(0, 0.1, (3, 1))), counts) for _ in range(2))
    found = compare(one, other)
    assert found.p_stories < 0.001
    assert found.p > 0.05
    assert found.interval[0] < 0 < found.interval[1]
