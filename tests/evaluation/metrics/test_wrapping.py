"""Hard-wrapped texts score as they would with a paragraph a line; all other texts are left as they are."""

import textwrap
from dataclasses import replace

import pytest

from pocket_narrator.evaluation.memorisation.store import Overlap
from pocket_narrator.evaluation.metrics.text import Sample, sentences
from pocket_narrator.evaluation.metrics.wrapping import same_place, unwrapped, unwrapped_story
from pocket_narrator.evaluation.samples.generate import cut_story, halves
from pocket_narrator.evaluation.samples.measure import measure_stories
from pocket_narrator.storyworld import make_story
from tests.evaluation.metrics.texts import BEGINNING, ENDING
from tests.evaluation.metrics.tools import TOOLS

TALE = [*BEGINNING.strip().split("\n"), "A merry-go-round stood there - red and old. " + ENDING, "They sang. " + ENDING]
"""Paragraphs, with hyphens to break at and a dash."""
WIDTHS = (45, 60, 70, 72, 80, 100)
VERSE = "Twinkle, twinkle, little star,\nHow I wonder what you are!\nUp above the world so high,\nLike a diamond in the sky."
LIST = "Lily took with her\nbread\na red ball\nmilk and honey\na boat that her father had made of paper"
DIALOGUE = '"Who is there?" asked Tom.\n"Me."\n"Who is me?"\n"Sue!" she said.\n"Come in."\n"No, you come out."'


def paragraphs_of(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def wrapped(paragraphs: list[str], width: int = 70, between: str = "\n\n", indent: str = "") -> str:
    return between.join(textwrap.fill(one, width, initial_indent=indent) for one in paragraphs)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_wrapped_text_is_the_text_again(width):
    texts = [TALE, *(paragraphs_of(make_story(i, 5).text) for i in range(200))]
    texts = [text for text in texts if sum(map(len, text)) > 4 * width]
    assert len(texts) > 100
    for text in texts:
        assert unwrapped(wrapped(text, width)) == "\n\n".join(text)
        # Without blank lines a paragraph whose last line is full cannot be told from one that goes on.
        assert sentences(unwrapped(wrapped(text, width, "\n"))) == sentences("\n".join(text))


def test_line_ends_of_other_systems():
    text = wrapped(TALE)
    for end in ("\r\n", "\r"):
        assert unwrapped(text.replace("\n", end)) == "\n\n".join(TALE)
    assert unwrapped(text.replace("\n", "  \n") + "\n\n") == "\n\n".join(TALE)


def test_indents_begin_paragraphs_without_blank_lines():
    full = "She saw the boat on the river, and the boat was as red as an old rose"  # 69 letters, and no stop
    tale = [f"{BEGINNING.strip()} {full}", *TALE[1:]]
    assert unwrapped(wrapped(tale, between="\n", indent="    ")).split("\n\n") == tale


@pytest.mark.parametrize(
    "text",
    [
        "", "One line.", VERSE, LIST, DIALOGUE, "\n\n".join(TALE), "\n".join(TALE), "\r\n".join(TALE),
        f"The Red Boat\n{TALE[0]}", f"THE RED BOAT\n\n{TALE[0]}\n\nby nobody",
        f"{TALE[0]} Then she took the boat and\n\n{TALE[1]}",  # a model's line without a stop, and a blank line
        f"{TALE[0]} Then she took the boat and\n{TALE[1]}",
        f"{TALE[0]} Then she took the boat and\nwent home with it.\n{TALE[1]}",  # one line says nothing of a width
        "apples\npears\nplums\ngrapes\nlemons",  # each line is full at a width of seven
        "\n".join(f"and {line}" for line in VERSE.split("\n")),
        "\n".join("and " * n + "then" for n in (9, 10, 9, 40, 43, 46, 49, 52, 55, 58, 61)),  # most at no one width
        "\n".join(["And " * 10 + "so", "then " * 7 + "on"] * 3 + ["But " * 5 + "ho", "Or " * 5 + "ho"] * 3),  # verse
    ],
)  # fmt: skip
def test_other_texts_are_left_as_they_are(text):
    assert unwrapped(text) == text
    assert unwrapped_story(Sample(text)) == Sample(text)


def test_stories_with_a_paragraph_a_line_are_left_as_they_are():
    assert all(unwrapped(text) == text for text in (make_story(i, 5).text for i in range(500)))


def test_verse_titles_and_lists_inside_a_wrapped_text_keep_their_lines():
    long = " ".join([ENDING] * 3)
    for middle in (VERSE, "The Red Boat", DIALOGUE, "Bread\nA red ball\nMilk and honey"):
        text = f"{wrapped([TALE[0]])}\n\n{middle}\n\n{wrapped([long])}"
        assert unwrapped(text) == f"{TALE[0]}\n\n{middle}\n\n{long}"


def test_a_line_that_was_broken_early_is_joined_too():
    text = wrapped(TALE)
    assert unwrapped(text.replace("little girl", "little\ngirl")) == "\n\n".join(TALE)


def test_a_text_that_is_wrapped_in_part():
    text = wrapped(TALE[:2], 72, "\n") + "\n" + "\n".join(TALE[2:] * 5)
    assert unwrapped(text) == "\n".join(TALE[:2] + TALE[2:] * 5)


def test_beginning_and_continuation_are_unwrapped_together():
    told = wrapped(["Once, a dog ran and ran, and when it came to the old mill on the hill, it stopped. " + ENDING])
    beginning = told[: told.index("stopped") + 7]  # two lines: too few to tell
    assert beginning.count("\n") == 1
    assert unwrapped(beginning) == beginning
    story = unwrapped_story(Sample(told[len(beginning) :], beginning, told[len(beginning) :]))
    assert story.whole == " ".join(told.split())
    assert story.beginning == " ".join(beginning.split())
    assert story.reference == story.text
    untold = unwrapped_story(Sample("", beginning, told[len(beginning) :]))
    assert (untold.beginning, untold.text, untold.reference) == (story.beginning, "", story.reference)


def test_places_are_found_again():
    assert same_place("a b", 2, "a b") == 2
    assert same_place("ab\n cd\ne", 5, "ab cd e") == 4
    assert same_place("ab-\ncd", 3, "ab-cd") == 3
    assert same_place("ab\ncd", 0, "ab cd") == 0
    assert same_place("ab\ncd\n", 6, "ab cd") == 5


def test_wrapped_stories_are_cut_where_the_others_are():
    for text in (paragraphs_of(make_story(i, 5).text) for i in range(50)):
        plain, lines = "\n\n".join(text), wrapped(text)
        for cut in (cut_story, halves):
            one, other = cut(plain), cut(lines)
            assert one is not None
            assert other is not None
            assert other.beginning + (other.reference or "") + other.text == lines
            assert other.beginning.split() == one.beginning.split()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_metric_is_the_same_of_a_wrapped_text(end):
    """Memorisation is looked up here by words, to which line ends are nothing."""
    plain, lines = [], []
    for i in range(12):
        text = TALE if i == 0 else paragraphs_of(make_story(i, 5).text)
        for found, one in ((plain, "\n\n".join(text)), (lines, wrapped(text).replace("\n", end))):
            cut = cut_story(one)
            assert cut is not None
            found.append(replace(cut, text=cut.reference, group=i))
            found.append(Sample(one, group=20 + i, ended=True))
    assert measure_stories(lines, TOOLS).values == measure_stories(plain, TOOLS).values


def test_memorisation_sees_lines_as_they_were_set():
    class Lines:
        name = "line ends"

        def look_up(self, texts):
            return [
                Overlap(text.count("\n"), text.count("\n"), None, None, dict.fromkeys((8, 16, 32))) for text in texts
            ]

    text = wrapped(TALE)
    tools = replace(TOOLS, seen=Lines())
    found = measure_stories([Sample(text)], tools, families=["memorisation", "form"]).values
    assert found["longest_overlap"] == [text.count("\n")]
    assert found["well_formed_sentences"] == [1]
