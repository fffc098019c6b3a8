"""Kaplan and Meier's curve against its definition, and against what everybody knows of it."""

import math

import pytest

from pocket_narrator.evaluation.coherence.survival import share_after, survival_curve


def test_without_losses_it_is_the_share_that_is_left():
    ends = [(words, True) for words in (3, 5, 5, 9)]
    assert [(point.words, point.share, point.at_risk) for point in survival_curve(ends)] == [
        (0, 1.0, 4),
        (3, 0.75, 4),
        (5, 0.25, 3),
        (9, 0.0, 1),
    ]


def test_stories_that_end_count_for_as_long_as_they_lasted():
    """Freireich 1963, remission in weeks under 6-MP, as in every textbook: S(6) = 0.857, S(10) = 0.753, S(23) = 0.448."""
    happened = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    lost = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    curve = survival_curve([(weeks, True) for weeks in happened] + [(weeks, False) for weeks in lost])
    found = {point.words: point for point in curve}
    for weeks, share in ((6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)):
        assert found[weeks].share == pytest.approx(share, abs=5e-4)
    # Greenwood's standard error at 10 weeks is 0.0963 there.
    at_ten = found[10]
    spread = 1.959964 * (0.0963 / 0.753) / abs(math.log(0.753))
    assert at_ten.low == pytest.approx(0.753 ** math.exp(spread), abs=2e-3)
    assert at_ten.high == pytest.approx(0.753 ** math.exp(-spread), abs=2e-3)


def test_nothing_happens():
    curve = survival_curve([(100, False), (20, False)])
    assert [(point.words, point.share) for point in curve] == [(0, 1.0)]
    assert share_after(curve, 1_000).share == 1.0
