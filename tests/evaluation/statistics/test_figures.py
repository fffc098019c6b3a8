"""Figures and their intervals: what they are. How often they hold the truth: test_coverage.py."""

from pocket_narrator.evaluation.metrics.metric import Metric
from pocket_narrator.evaluation.statistics.figures import figures_of

MEAN = Metric("mean", "-", "-", None, None, "higher", "-")
RATIO = Metric("ratio", "-", "-", None, None, "higher", "-", of_sums=lambda sums: sums[:, 0] / sums[:, 1])


def test_means_leave_out_what_has_no_value():
    figure = figures_of([MEAN], {"mean": [1.0, None, 3.0, 2.0] * 3}, range(12))["mean"]
    assert figure.value == 2
    assert (figure.stories, figure.beginnings) == (9, 9)
    assert figure.interval is not None
    assert 1 <= figure.interval[0] < 2 < figure.interval[1] <= 3


def test_a_metric_without_values_has_no_figure():
    assert figures_of([MEAN, RATIO], {"mean": [None, None]}, [0, 1]) == {}
    assert figures_of([MEAN], {}, []) == {}


def test_few_stories_or_beginnings_have_no_interval():
    assert figures_of([MEAN], {"mean": [1.0]}, [0])["mean"].interval is None
    figure = figures_of([MEAN], {"mean": [1.0, 2.0]}, [5, 5])["mean"]
    assert (figure.value, figure.interval, figure.stories, figure.beginnings) == (1.5, None, 2, 1)
    assert figures_of([MEAN], {"mean": [float(story) for story in range(7)]}, range(7))["mean"].interval is None
    assert figures_of([MEAN], {"mean": [float(story) for story in range(8)]}, range(8))["mean"].interval is not None


def test_functions_of_sums():
    values = [[1.0, 2.0], [5.0, 4.0], [0.0, 4.0]] * 3
    figures = figures_of([MEAN, RATIO], {"ratio": values, "mean": [1.0] * 9}, range(9))
    assert figures["ratio"].value == 6 / 10
    assert figures["mean"].interval is None  # nine times the same says nothing of what else may come
