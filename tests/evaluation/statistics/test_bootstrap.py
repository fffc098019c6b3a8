"""Intervals beside slow ones. How often they hold the truth: test_coverage.py."""

import math

import numpy as np
import pytest

from pocket_narrator.evaluation.statistics import bootstrap
from pocket_narrator.evaluation.statistics.bootstrap import (
    bootstrap_ratios,
    interval_levels,
    interval_of,
    spell_interval,
)


def random_stories(seed: int, stories: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    tokens = random.integers(5, 300, stories)
    return tokens * random.normal(2.0, 0.4, stories), tokens


def slow_interval(numerators, denominators, resamples: int) -> tuple[float, float]:
    random = np.random.default_rng(0)
    ratios = []
    for _ in range(resamples):
        drawn = random.integers(0, len(numerators), len(numerators))
        ratios.append(sum(numerators[i] for i in drawn) / sum(denominators[i] for i in drawn))
    ratios.sort()
    return tuple(np.quantile(ratios, interval_levels(len(numerators))))


def test_the_same_draws_in_plain_python():
    nats, tokens = random_stories(1, 40)
    (found,) = bootstrap_ratios(nats, tokens[:, None], resamples=200)
    assert found == pytest.approx(slow_interval(nats, tokens, 200))


def test_draws_in_pieces_are_the_same_draws(monkeypatch):
    nats, tokens = random_stories(2, 50)
    whole = bootstrap_ratios(nats, tokens[:, None])
    monkeypatch.setattr(bootstrap, "_DRAWS_AT_ONCE", 130)
    # Products of other sizes are summed in another order.
    assert np.allclose(bootstrap_ratios(nats, tokens[:, None]), whole, rtol=1e-12, atol=0)


def test_several_ratios_from_the_same_draws():
    nats, tokens = random_stories(3, 60)
    both = bootstrap_ratios(nats, np.column_stack([tokens, 2 * tokens]))
    assert both[0] == pytest.approx([2 * bound for bound in both[1]], rel=1e-12)
    assert np.array_equal(both[:1], bootstrap_ratios(nats, tokens[:, None]))


def test_seeds():
    nats, tokens = random_stories(4, 60)
    assert np.array_equal(
        bootstrap_ratios(nats, tokens[:, None], seed=1), bootstrap_ratios(nats, tokens[:, None], seed=1)
    )
    assert not np.array_equal(
        bootstrap_ratios(nats, tokens[:, None], seed=1), bootstrap_ratios(nats, tokens[:, None], seed=2)
    )


def test_levels_go_further_out_the_fewer_the_stories():
    from scipy.stats import norm, t

    for stories in (2, 5, 32, 1000):
        low, high = interval_levels(stories)
        assert low == pytest.approx(norm.cdf(-math.sqrt(stories / (stories - 1)) * t.ppf(0.975, stories - 1)), rel=1e-6)
        assert high == 1 - low
    assert interval_levels(100_000)[0] == pytest.approx(0.025, abs=1e-5)


def test_stories_that_are_all_alike_give_no_interval():
    assert bootstrap_ratios(np.full(30, 6.0), np.full((30, 1), 3.0)) == [None]
    assert spell_interval(None, 30) == "none: all alike"


@pytest.mark.parametrize("stories", [1, 2, 7])
def test_few_stories_give_no_interval(stories):
    nats, tokens = random_stories(6, stories)
    assert bootstrap_ratios(nats, np.column_stack([tokens, tokens])) == [None, None]
    assert interval_of(np.arange(100.0), stories) is None
    assert spell_interval(None, stories) == "none: < 8 stories"


def test_eight_stories_give_one():
    nats, tokens = random_stories(6, 8)
    ((low, high),) = bootstrap_ratios(nats, tokens[:, None])
    assert low < nats.sum() / tokens.sum() < high
    assert spell_interval((low, high), 8, digits=2) == f"{low:.2f} to {high:.2f}"
