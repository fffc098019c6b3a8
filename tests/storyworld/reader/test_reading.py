"""The reader: what was told is read back as it was decided, and what was changed is found where it was changed."""

import re

import pytest

from pocket_narrator.storyworld import Dials, make_story
from pocket_narrator.storyworld.reader import read_story
from pocket_narrator.storyworld.reader.lookahead import TOLD_WHOLE, kind_of, last_word

SEED = 23
STORIES = [make_story(index, SEED) for index in range(120)]


def story_of(plot: str):
    """The first story of a plot."""
    return next(
        story for story in map(lambda index: make_story(index, SEED), range(5_000)) if story.facts["plot"] == plot
    )


def test_stories_are_read_back_as_they_were_told():
    """Text, trace, world, probability, slots and the places of decisions."""
    for story in STORIES:
        reading = read_story(story.text)
        assert reading.story == story
        assert reading.log2_probability == pytest.approx(story.log2_probability, abs=1e-9)
        assert (reading.traces, reading.findings, reading.ended, reading.understood) == (1, (), True, 1.0)


@pytest.mark.parametrize("dials", [Dials(lexicon=0.5), Dials(dependency=2), Dials(held_out_plots=("storm", "race"))])
def test_stories_of_other_dials_are_read_back(dials):
    for index in range(25):
        story = make_story(index, SEED, dials)
        assert read_story(story.text, dials).story == story


def test_where_several_traces_tell_a_text_it_has_the_probability_of_all():
    """Wordings that differ in their decoration only are the same without it."""
    several = 0
    for index in range(40):
        story = make_story(index, SEED, Dials(decoration=0.2))
        reading = read_story(story.text, Dials(decoration=0.2))
        assert reading.story is not None
        assert reading.story.log2_probability >= story.log2_probability - 1e-9
        if reading.traces == 1:
            assert reading.story == story
            assert reading.log2_probability == pytest.approx(story.log2_probability, abs=1e-9)
        else:
            several += 1
            assert reading.log2_probability > reading.story.log2_probability
    assert several


def test_what_the_lookahead_relies_on():
    """Names, kinds, things and adjectives are told in the last word of the option; the land's phrases as they stand."""
    seen = set()
    for story in STORIES:
        words = set(re.findall("[a-z]+", story.text.lower()))
        for site, option, _ in story.trace:
            seen.add(kind_of(site))
            if kind_of(site) == "last word":
                assert last_word(option) in words, site
            if site.startswith(TOLD_WHOLE):
                assert option in story.text.lower(), site
    assert seen == {"", "wording", "last word", "whole"}


def test_a_beginning_fits_and_has_no_end():
    for story in STORIES[:20]:
        for share in (0.2, 0.5, 0.9):
            reading = read_story(story.text[: int(share * len(story.text))])
            assert reading.findings == ()
            assert not reading.ended
            assert reading.story is None
            assert reading.read == len(reading.sentences)


def changed(text: str, old: str, new: str, number: int = 0):
    """The reading of a text in which one of the places with some words has others, and where its sentence is."""
    at = [match.start() for match in re.finditer(rf"\b{re.escape(old)}\b", text)][number]
    reading = read_story(text[:at] + new + text[at + len(old) :])
    sentence = next(n for n, (_, end) in enumerate(reading.sentences) if at < end)
    return reading, sentence


def hero_of(story) -> str:
    return next(story.text[s.begin : s.end] for s in story.slots if (s.role, s.form) == ("hero", "name"))


def test_another_name():
    story = STORIES[4]
    reading, sentence = changed(story.text, hero_of(story), "Betty", 2)
    (finding,) = reading.findings
    assert (finding.sentence, finding.kind, finding.about) == (sentence, "impossible", "name")
    assert reading.text[slice(*finding.earlier)] == hero_of(story)
    assert finding.words_apart == len(reading.text[finding.earlier[1] : finding.begin].split())
    assert reading.ended
    assert reading.plot == story.facts["plot"]


def test_a_name_that_there_is_not_is_no_contradiction():
    story = STORIES[4]
    reading, sentence = changed(story.text, hero_of(story), "Gandalf", 2)
    (finding,) = reading.findings
    assert (finding.sentence, finding.kind) == (sentence, "unknown wording")
    assert "gandalf" in finding.reason
    assert reading.contradictions == ()
    assert 0.8 < reading.understood < 1


def test_another_thing():
    story = story_of("lost_toy")
    thing = next(story.text[s.begin : s.end] for s in story.slots if (s.role, s.form) == ("toy", "the")).split()[-1]
    other = "harp" if thing != "harp" else "kite"
    reading, sentence = changed(story.text, thing, other, 1)
    assert (reading.findings[0].sentence, reading.findings[0].kind) == (sentence, "impossible")
    assert other in reading.findings[0].reason


def test_two_paragraphs_exchanged():
    first, second, third, *rest = next(story for story in STORIES if story.text.count("\n") == 3).text.split("\n")
    reading = read_story("\n".join([first, third, second, *rest]))
    assert reading.findings[0].kind == "out of order"
    assert reading.text[reading.findings[0].begin :].startswith(third[:20])
    assert reading.ended


def test_a_sentence_of_another_story():
    story = story_of("storm")
    other = "The fishing rod!"
    text = story.text.replace("\n", f" {other}\n", 1)
    reading = read_story(text)
    (finding,) = reading.findings
    assert reading.text[finding.begin : finding.end] == other


@pytest.mark.parametrize(
    "text",
    ["", " \n", "a" * 100_000, "a " * 20_000, "." * 5_000, '"' * 5_000, "Es war einmal ein kleiner Hase. Er lebte im Wald.",
     "One day, a little girl named Lily found a needle in her room. She knew it was difficult to play with it.\n\nShe smiled."],
)  # fmt: skip
def test_what_is_no_story_is_read_in_bounded_time(text):
    reading = read_story(text)
    assert reading.story is None
    assert reading.understood < 0.8
    assert all(finding.kind == "unknown wording" for finding in reading.findings[:2])


def test_many_stories_in_one_text_are_one_story_and_what_comes_after():
    reading = read_story("\n".join(story.text for story in STORIES[:6]))
    assert reading.read == len(read_story(STORIES[0].text).sentences)
    assert reading.story is None
