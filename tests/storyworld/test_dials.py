"""The world's dials: what they change, that the floor stays right under each, and that the default is the world as it is."""

import math
import re
from collections import Counter
from itertools import product

import pytest

from pocket_narrator.errors import CorpusError
from pocket_narrator.storyworld import Dials, corpus_floor, make_chronicle, make_story, write_corpus
from pocket_narrator.storyworld.chooser import ReplayChooser
from pocket_narrator.storyworld.otherwise import OtherwiseChooser
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.story import tell
from tests.storyworld.grammar import PATTERNS
from tests.storyworld.test_people import resolved
from tests.storyworld.test_sound import STRUCK

DIALS = [
    Dials(),
    Dials(decoration=0.0),
    Dials(decoration=0.4),
    Dials(lexicon=0.2),
    Dials(dependency=3),
    Dials(0.0, 0.01, 2),
    Dials(0.7, 0.5, 1),
]


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def test_the_default_is_the_world_as_it_is() -> None:
    assert Dials() == Dials(1.0, 1.0, 0, ())


@pytest.mark.parametrize(
    "wrong", [{"decoration": "x"}, {"lexicon": None}, {"held_out_plots": "storm"}, {"held_out_plots": ["storm"]}]
)
def test_what_is_no_setting_is_refused(wrong: dict) -> None:
    with pytest.raises(CorpusError, match=next(iter(wrong))):
        Dials(**wrong)


def test_a_chronicle_has_no_plots_to_hold_out() -> None:
    with pytest.raises(CorpusError, match="a chronicle has none"):
        make_chronicle(0, 7, 4, Dials(held_out_plots=("storm",)))


@pytest.mark.parametrize("dials", DIALS)
def test_a_story_is_a_function_of_seed_index_and_dials(dials: Dials) -> None:
    for index in range(120):
        story = make_story(index, 3, dials)
        assert story == make_story(index, 3, dials)
        assert tell(ReplayChooser(story.trace), dials) == story


@pytest.mark.parametrize("dials", DIALS)
def test_the_floor_is_right_under_every_dial(dials: Dials) -> None:
    """The probability is that of the decisions, each is possible, none goes unseen, and no two stories share a text and differ in
    their traces."""
    told: dict[str, tuple] = {}
    for index in range(400):
        story = make_story(index, 5, dials)
        assert all(0 < probability < 1 for _, _, probability in story.trace)
        assert story.log2_probability == pytest.approx(sum(math.log2(step[2]) for step in story.trace), rel=1e-12)
        assert told.setdefault(story.text, story.trace) == story.trace
    for index in range(8):
        story = make_story(index, 5, dials)
        for step, at in enumerate(story.decided_at):
            # Where a detail is told that was left out, what has to be drawn for it may be that nothing is said.
            others = [tell(OtherwiseChooser(story.trace, step, seed), dials).text for seed in range(4)]
            assert any(other != story.text for other in others), story.trace[step]
            assert all(other[:at].casefold() == story.text[:at].casefold() for other in others)


@pytest.mark.parametrize("dials", DIALS)
def test_the_language_is_sound_under_every_dial(dials: Dials) -> None:
    for index in range(150):
        story = make_story(index, 9, dials)
        for name, pattern in {**PATTERNS, **STRUCK}.items():
            assert re.search(pattern, story.text) is None, f"{name}: {story.text}"
        for meant, found in resolved(story):
            assert found == meant, story.text


def test_the_mean_of_the_bits_is_the_entropy() -> None:
    """With few words and no decoration, the frequencies of decisions at one place show their probabilities: chi-squared of plots."""
    counts = Counter(make_story(index, 6, Dials(0.0, 0.01)).facts["plot"] for index in range(1_500))
    expected = 1_500 / len(PLOTS)
    assert (
        sum((counts[plot] - expected) ** 2 / expected for plot in PLOTS) < 60
    )  # 29 degrees: above 0.9994 of the cases


def test_less_decoration_leaves_less_that_nothing_depends_on() -> None:
    lengths, bits = [], []
    for share in (0.0, 0.5, 1.0):
        stories = [make_story(index, 8, Dials(decoration=share)) for index in range(300)]
        lengths.append(sum(len(words_of(story.text)) for story in stories) / 300)
        bits.append(-sum(story.log2_probability for story in stories) / 300)
    assert lengths[0] < 0.85 * lengths[2]
    assert lengths[0] < lengths[1] < lengths[2]
    assert bits[0] < 0.75 * bits[2]
    told = " ".join(make_story(index, 8, Dials(decoration=0.0)).text for index in range(300))
    assert not re.search(r", past |\bwearing\b|said (softly|kindly|warmly)", told)


def test_a_smaller_lexicon_has_fewer_words() -> None:
    sizes = [
        len({word for index in range(300) for word in words_of(make_story(index, 8, Dials(lexicon=share)).text)})
        for share in (0.05, 0.3, 1.0)
    ]
    assert sizes[0] < 0.75 * sizes[2]
    assert sizes[0] < sizes[1] < sizes[2]


def test_dependency_puts_paragraphs_between_a_set_up_and_what_comes_of_it() -> None:
    """The same plots have as many paragraphs more, but for two that are over in a day."""
    for far, seed in product((1, 4), (1, 2)):
        longer = Counter()
        for index in range(200):
            near, distant = make_story(index, seed), make_story(index, seed, Dials(dependency=far))
            assert near.facts["plot"] == distant.facts["plot"]
            # A branch of a plot, decided by a trait, may have a paragraph more or less.
            more = distant.text.count("\n") - near.text.count("\n")
            assert more >= far - 1 or near.facts["plot"] in ("quarrel", "rainy_picnic")
            longer[more] += 1
        assert longer.most_common(1)[0][0] == far


def test_a_corpus_and_its_floor_are_of_their_dials(tmp_path) -> None:
    dials = Dials(0.0, 0.5, 2)
    summary = write_corpus(tmp_path / "a.txt", 30, 5, dials=dials)
    assert (tmp_path / "a.txt").read_text("utf-8").startswith(make_story(0, 5, dials).text)
    floor = corpus_floor(5, 0, 30, dials=dials)
    assert (floor.bits_per_byte_floor, floor.bytes) == (summary.bits_per_byte_floor, summary.bytes)


@pytest.mark.parametrize(
    "wrong", [{"decoration": -0.1}, {"decoration": 1.5}, {"lexicon": 0.0}, {"lexicon": 2}, {"dependency": -1},
              {"dependency": 10**6}, {"dependency": 1.5}, {"decoration": math.nan}]
)  # fmt: skip
def test_out_of_range(wrong: dict) -> None:
    with pytest.raises(CorpusError, match=next(iter(wrong))) as caught:
        Dials(**wrong)
    assert caught.value.expected
