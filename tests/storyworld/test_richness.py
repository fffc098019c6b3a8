"""How rich the corpus is, and that its floor is a floor."""

import math
import re
from collections import Counter, defaultdict

import pytest

from pocket_narrator.storyworld import make_story
from pocket_narrator.storyworld.events import EVENTS
from pocket_narrator.storyworld.plots import PLOTS

STORIES = [make_story(index, 7) for index in range(3_000)]


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower())


def test_plots_and_events():
    assert len(PLOTS) >= 25
    used = {name for plot in PLOTS.values() for beat in plot.beats() for name, _ in beat.events}
    assert len(EVENTS) >= 60
    assert len(used) >= 60
    assert used >= set(EVENTS), f"never used: {sorted(set(EVENTS) - used)}"
    assert len({story.facts["plot"] for story in STORIES}) == len(PLOTS)


def test_words_and_duplicates():
    assert len({story.text for story in STORIES}) == len(STORIES)
    assert len({word for story in STORIES for word in words_of(story.text)}) >= 1_200


@pytest.mark.slow
def test_words_and_duplicates_of_20000_stories():
    texts = [make_story(index, 7).text for index in range(20_000)]
    assert len(set(texts)) == len(texts)
    counts = Counter(word for text in texts for word in words_of(text))
    assert len(counts) >= 1_200
    assert sum(count >= 60 for count in counts.values()) / len(counts) > 0.9


def test_lengths():
    lengths = sorted(len(story.text.split()) for story in STORIES)
    assert lengths[0] >= 80
    assert lengths[-1] <= 300
    assert sum(90 <= length <= 190 for length in lengths) / len(lengths) > 0.9


def test_endings_depend_on_beginnings():
    """What the first third of a story says about its hero's trait decides what its last third tells."""
    traits = {"kind": "greedy", "honest": "greedy", "careful": "careless", "patient": "impatient"}
    endings = defaultdict(Counter)
    for story in STORIES:
        hero = next(iter(story.facts["characters"].values()))
        endings[story.facts["plot"], hero.get("trait")].update(words_of(story.text)[-45:])
    for good, bad in traits.items():
        for plot in PLOTS:
            first, second = endings.get((plot, good)), endings.get((plot, bad))
            if first and second:
                total = sum((first | second).values())
                assert sum((first & second).values()) / total < 0.75, (plot, good, bad)


def test_things_told_early_come_back_late():
    """Things, tools and names of the first paragraphs decide the endings: they are told again in the last third."""
    returning = 0
    for story in STORIES:
        middle = len(story.text) // 3
        early, late = set(words_of(story.text[:middle])), set(words_of(story.text[-middle:]))
        things = {word for _, option, _ in story.trace for word in words_of(option) if len(word) > 3}
        returning += bool(early & late & things)
    assert returning / len(STORIES) > 0.9


def test_floor_is_below_a_bigram_model():
    """A word bigram model (with the test's words known to it) is clearly worse than the floor."""
    train, test = STORIES[:2_500], STORIES[2_500:]
    tokens = [[*re.findall(r" ?\w+| ?[^\w ]|\n", story.text), "<end>"] for story in STORIES]
    vocabulary = {token for story in tokens for token in story}
    unigrams, bigrams, followers = Counter(), Counter(), defaultdict(set)
    for story in tokens[: len(train)]:
        for first, second in zip(["<end>", *story], story, strict=False):
            unigrams[first] += 1
            bigrams[first, second] += 1
            followers[first].add(second)
    total = sum(unigrams.values())
    bits = 0.0
    for story in tokens[len(train) :]:
        for first, second in zip(["<end>", *story], story, strict=False):
            backoff = (unigrams[second] + 1) / (total + len(vocabulary))
            kinds = len(followers[first]) or 1
            bits -= math.log2((bigrams[first, second] + kinds * backoff) / (unigrams[first] + kinds))
    size = sum(len(story.text) for story in test)
    floor = -sum(story.log2_probability for story in test) / size
    assert 0.15 < floor < 0.45
    assert bits / size > 2 * floor
