"""Chronicles: what was told is read back as it was decided, and a fact told otherwise is found, with the passage far back."""

import pytest

from pocket_narrator.storyworld import Dials, make_chronicle
from pocket_narrator.storyworld.chronicle.chronicle import book
from pocket_narrator.storyworld.reader import read_story
from pocket_narrator.storyworld.reader.chronicle.patterns import whole

SEED = 23
STORY = make_chronicle(1, SEED, 20)
CHAPTERS = [f"Chapter {part}".strip() for part in f"\n{STORY.text}".split("\nChapter ")[1:]]


@pytest.mark.parametrize("chapters", [2, 3, 8, 30])
def test_chronicles_are_read_back_as_they_were_told(chapters):
    """Text, trace, village, probability, slots, recalls and the places of decisions."""
    for index in range(3):
        story = make_chronicle(index, SEED, chapters)
        reading = read_story(story.text)
        assert reading.story == story
        assert reading.log2_probability == pytest.approx(story.log2_probability, abs=1e-9)
        assert (reading.traces, reading.findings, reading.ended, reading.understood) == (1, (), True, 1.0)
        assert len(reading.chapters) == chapters


@pytest.mark.parametrize("dials", [Dials(lexicon=0.5), Dials(dependency=3), Dials(decoration=0.5)])
def test_chronicles_of_other_dials_are_read_back(dials):
    story = make_chronicle(0, SEED, 12, dials)
    assert read_story(story.text, dials).story == story


def test_a_beginning_fits_and_has_no_end():
    for share in (0.1, 0.4, 0.8):
        text = STORY.text[: int(share * len(STORY.text))]
        for chapters in (20, None):
            reading = read_story(text, chapters=chapters)
            assert reading.findings == ()
            assert not reading.ended
            assert reading.story is None


@pytest.mark.parametrize("kind", ["who-lives", "where-lives", "name-of-trade", "who-fears", "whose"])
def test_a_fact_that_is_told_otherwise_contradicts_the_place_that_told_it_last(kind):
    story, recall = next(
        (story, recall)
        for story in (STORY, *(make_chronicle(index, SEED, 30) for index in range(12)))
        for recall in story.recalls
        if recall.kind == kind and recall.begin - recall.last_told > 800
    )
    told = story.text[recall.begin : recall.end]
    group = "grown" if told.startswith("M") and "." in told else "child"
    names = [one["name"] for one in story.facts["people"].values() if one["group"] == group]
    other = next(name for name in names if name != told.removesuffix("'s")) + "'s" * told.endswith("'s")
    if kind == "where-lives":
        other = "in the ferry house" if told != "in the ferry house" else "above the inn"
    text = story.text[: recall.begin] + other + story.text[recall.end :]
    (finding,) = read_story(text).findings
    assert finding.kind == "impossible"
    assert finding.begin <= recall.begin < finding.end
    assert finding.earlier[0] < recall.last_told <= finding.earlier[1]
    assert finding.words_apart == len(text[finding.earlier[1] : finding.begin].split())


def sentence_of(number: int) -> tuple[int, int]:
    return read_story(STORY.text).sentences[number]


def test_a_sentence_that_there_is_not_is_no_contradiction():
    begin, _ = sentence_of(44)
    (finding,) = read_story(f"{STORY.text[:begin]}The dragon sang. {STORY.text[begin:]}").findings
    assert (finding.kind, finding.begin) == ("unknown wording", begin)


def test_a_sentence_told_twice_is_out_of_order():
    begin, end = sentence_of(44)
    (finding,) = read_story(f"{STORY.text[:end]} {STORY.text[begin:end]}{STORY.text[end:]}").findings
    assert (finding.kind, finding.sentence) == ("out of order", 45)


def test_a_chapter_left_out_is_out_of_order_and_what_is_missing_cannot_be_remembered():
    reading = read_story("\n".join(CHAPTERS[:9] + CHAPTERS[10:]))
    assert (reading.findings[0].kind, reading.findings[0].about) == ("out of order", "chapter")
    assert reading.text[reading.findings[0].begin :].startswith("Chapter 11")
    assert reading.ended


def test_a_chapter_that_nothing_leads_to_is_impossible():
    text = "\n".join([*CHAPTERS[:2], "Chapter 3: Paid\nIt was a day like others at first.", *CHAPTERS[3:]])
    finding = next(one for one in read_story(text).findings if one.kind == "impossible")
    assert "'Paid'" in finding.reason
    assert finding.about == "owes"


@pytest.mark.parametrize("text", ["Chapter 1: Two Doors\n" + "a " * 5_000, "Chapter 7: x", "Chapter 999999: Paid\nIt was here.",
                                  "Chapter 1: Two Doors\nChapter " + "9" * 5_000 + ": Paid",
                                  "\n".join(f"Chapter {n}: The Thing\nEin Hase lief." for n in range(1, 20))])  # fmt: skip
def test_what_is_no_chronicle_is_read_in_bounded_time(text):
    reading = read_story(text)
    assert reading.story is None
    assert not reading.ended
    assert reading.findings


def test_no_sentence_that_leads_to_others_can_be_taken_for_one_of_a_chapter():
    """The reader relies on it: where one of these stands, it was decided to tell one."""
    leading = [line for name in ("passing", "evening", "scenery") for line in book().phrases[name].lines]
    others = [
        source for memory in (*book().callbacks.values(), *book().clauses.values()) for source in memory.choice.options
    ]
    for line in leading:
        if "{" not in line and "[" not in line:
            assert not any(whole(source).at(line.lower(), 0) for source in others), line
