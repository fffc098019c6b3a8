"""Metrics of one's own: measured beside the others; a story on which one fails is listed, and the rest goes on."""

import pytest

from pocket_narrator.errors import PluginError
from pocket_narrator.evaluation.metrics.metric import Family, Metric
from pocket_narrator.evaluation.metrics.registry import families, register_metric
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.metrics.tools import Tools
from pocket_narrator.evaluation.samples.measure import describe_measured, measure_stories
from pocket_narrator.plugins.files import load_plugin
from tests.plugins.own_files import nothing_added, write_file

STORIES = [
    Sample(f"A {word} story of words.", "Once", group=i) for i, word in enumerate(["good", "bad", "long", "odd"])
]
WORDS = """import pocket_narrator as pn


def count(story):
    if "bad" in story.text:
        raise ValueError("a bad story")
    return len(story.text.split())


pn.register_metric(pn.Metric("words_told", "words", direction="higher"), count)
"""


@pytest.fixture(autouse=True)
def fresh():
    with nothing_added():
        yield


def measured(tmp_path, names, cache=None):
    return measure_stories(STORIES, Tools(nouns_by="rules"), "quick", cache, names)


def test_a_story_on_which_it_fails_is_listed_and_the_rest_goes_on(tmp_path):
    path = write_file(tmp_path / "words.py", WORDS)
    load_plugin(path)
    found = measured(tmp_path, ["words_told", "form"])
    assert found.values["words_told"] == [5, None, 5, 5]
    assert found.figures["words_told"].value == 5
    assert found.failed == [
        f"words_told, story 2 ('OnceA bad story of words.'): ValueError: a bad story ({path}:6 in count)"
    ]
    form = next(family for family in families() if family.name == "form")
    assert {metric.name for metric in form.metrics} & set(found.figures)
    lines = describe_measured({"told": found})
    assert f"failed: {found.failed[0]}" in lines
    assert any(line.split()[:1] == ["words_told"] and line.endswith("higher") for line in lines)


def test_values_are_kept_by_the_hash_of_the_code(tmp_path):
    path = write_file(tmp_path / "words.py", WORDS)
    load_plugin(path)
    cache = tmp_path / "cache"
    assert measured(tmp_path, ["words_told"], cache).values["words_told"] == [5, None, 5, 5]
    load_plugin(write_file(path, WORDS.replace("return len(", "return 2 * len(")))
    assert measured(tmp_path, ["words_told"], cache).values["words_told"] == [10, None, 10, 10]


@pytest.mark.parametrize("gives", ["'many'", "float('inf')", "[1, 'x']", "{}"])
def test_what_is_no_value_is_a_failure(tmp_path, gives):
    load_plugin(write_file(tmp_path / "words.py", WORDS.replace("len(story.text.split())", gives)))
    found = measured(tmp_path, ["words_told"])
    assert len(found.failed) == 4
    assert "words_told" not in found.figures or found.figures["words_told"].stories == 0


def test_a_family_that_sees_all_stories_fails_for_all(tmp_path):
    def measure(stories, tools):
        raise RuntimeError("no")

    register_metric(Family("ours", 1, (Metric("ours_a", "a"),), measure, sees_all=True))
    assert len(measured(tmp_path, ["ours"]).failed) == 4


def test_a_family_with_too_few_values_fails_story_by_story(tmp_path):
    register_metric(Family("ours", 1, (Metric("ours_a", "a"),), lambda stories, tools: []))
    assert "0 values for 1 stories" in measured(tmp_path, ["ours"]).failed[0]


@pytest.mark.parametrize("given", [(Metric("words_told", "words"),), (len,), (Metric("words_told", "words"), 5)])
def test_what_is_no_metric_is_refused(given):
    with pytest.raises(PluginError, match="a Metric and the function that gives its value"):
        register_metric(*given)


def test_a_name_that_another_metric_has_is_refused():
    known = families()[0].metrics[0].name
    with pytest.raises(PluginError, match=f"there is a metric named '{known}' already"):
        register_metric(Metric(known, "x"), lambda story: 1.0)


def test_of_many_failures_the_first_are_shown_and_all_are_kept(tmp_path):
    load_plugin(write_file(tmp_path / "words.py", WORDS.replace("len(story.text.split())", "story.split()")))
    found = measured(tmp_path, ["words_told"])
    assert len(found.failed) == 4
    lines = [line for line in describe_measured({"told": found}) if line.startswith("failed: ")]
    assert len(lines) == 4
    assert "AttributeError: 'Sample' object has no attribute 'split'" in lines[0]
    assert lines[-1] == "failed: words_told, 1 more of the stories"
