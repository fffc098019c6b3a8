"""Figures of coherence on stories whose faults are known, and on nonsense."""

import pytest

from pocket_narrator.evaluation.coherence.measure import groups_of, measure_coherence
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.storyworld import Dials, make_chronicle, make_story

STORIES = [make_story(index, 41) for index in range(12)]


def sample(text: str, group: int) -> Sample:
    cut = text.index(". ") + 1
    return Sample(text[cut:], text[:cut], None, group)


def measured(texts):
    return measure_coherence([sample(text, n) for n, text in enumerate(texts)], lambda text: len(text.split()))


def test_stories_of_the_world_are_coherent():
    found = measured([story.text for story in STORIES])
    assert found.is_understood
    values = {name: figure.value for name, figure in found.figures.items()}
    bits = -sum(story.log2_probability for story in STORIES) / len(STORIES)
    assert values == {
        "understood": 1.0,
        "read_whole": 1.0,
        "plot_ended": 1.0,
        "impossible": 0.0,
        "out_of_order": 0.0,
        "bits": pytest.approx(bits),
    }
    assert found.contradictions == {}
    assert [point.share for point in found.survival] == [1.0]


def test_one_wrong_name_in_each_story_is_one_contradiction_in_each():
    texts, places = [], []
    for story in STORIES:
        slot = [s for s in story.slots if (s.role, s.form) == ("hero", "name")][-1]
        other = "Betty" if story.text[slot.begin : slot.end] != "Betty" else "Jane"
        texts.append(story.text[: slot.begin] + other + story.text[slot.end :])
        places.append(len(texts[-1][texts[-1].index(". ") + 1 : slot.begin].split()))
    found = measured(texts)
    words = sum(len(text[text.index(". ") + 1 :].split()) for text in texts)
    rate = found.figures["impossible"].value + found.figures["out_of_order"].value
    assert rate == pytest.approx(1_000 * len(texts) / words)
    assert sum(sum(groups.values()) for groups in found.contradictions.values()) == len(texts)
    assert found.figures["read_whole"].value == 0
    assert "bits" not in found.figures
    assert found.survival[-1].share == 0
    assert min(places) <= found.survival[1].words
    assert len(found.tokens_apart) == len(texts)


def test_of_nonsense_there_is_no_figure_of_coherence():
    found = measured(["The gray moon. It sang quickly about taxes and then it rained carburettors."] * 3)
    assert set(found.figures) == {"understood"}
    assert not found.is_understood
    assert (found.contradictions, found.survival, found.tokens_apart) == ({}, [], [])


def test_a_story_that_is_cut_is_not_ended_and_contradicts_nothing():
    found = measured([story.text[: len(story.text) // 2] for story in STORIES])
    assert found.figures["plot_ended"].value == 0
    assert found.figures["impossible"].value == found.figures["out_of_order"].value == 0
    assert found.figures["understood"].value == 1


def test_contradictions_of_chronicles_are_counted_by_kind_and_distance():
    story = make_chronicle(2, 7, 30)
    recall = max((r for r in story.recalls if r.kind == "where-lives"), key=lambda r: r.begin - r.last_told)
    other = "above the inn" if story.text[recall.begin : recall.end] != "above the inn" else "in the ferry house"
    text = story.text[: recall.begin] + other + story.text[recall.end :]
    found = measured([story.text, text])
    apart = len(story.text[recall.last_told : recall.begin].split())
    assert apart > 512
    ((about, groups),) = found.contradictions.items()
    assert about == "where-lives"
    assert sum(groups.values()) == 1
    assert int(next(iter(groups))) >= 512
    assert groups_of(found.contradictions)[-1] == next(iter(groups))
    assert found.longest > 2_000
    cut = measure_coherence([sample(story.text[:6_000], 0)], lambda piece: len(piece.split()), chapters=30)
    assert cut.figures["impossible"].value == 0
    assert cut.figures["plot_ended"].value == 0


@pytest.mark.parametrize("dials", [Dials(decoration=0.0, lexicon=0.25), Dials(dependency=3)])
def test_stories_of_other_settings_are_read_with_them(dials):
    """With those of the default world some of their sentences cannot be told where they stand."""
    text = make_story(3, 7, dials).text
    found = measure_coherence([sample(text, 0), sample(make_chronicle(0, 7, 6, dials).text, 1)], len, dials=dials)
    assert found.figures["read_whole"].value == 1
    assert found.contradictions == {}
    assert measured([text]).contradictions
