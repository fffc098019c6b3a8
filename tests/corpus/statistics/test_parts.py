"""Counters, syllables, names: the small parts, against what can be counted by hand."""

import random
import statistics
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocket_narrator.corpus.statistics.bounded import BoundedCounter, rounded, spread_of
from pocket_narrator.corpus.statistics.names import NameMarks, find_names
from pocket_narrator.corpus.statistics.readability import count_syllables, grade_level, reading_ease
from pocket_narrator.corpus.statistics.topics import TOPICS, topics_of
from pocket_narrator.page.chart import round_values


def test_a_bounded_counter_is_exact_while_it_is_small():
    counter = BoundedCounter(10)
    counter.add({"a": 3, "b": 1})
    counter.add({"a": 1, "c": 1})
    assert counter.counts == {"a": 4, "b": 1, "c": 1}
    assert counter.missing == 0
    assert counter.most_common(2) == [("a", 4), ("b", 1)]


def test_a_full_counter_keeps_the_frequent_and_says_how_wrong_it_may_be():
    generator = random.Random(0)
    counter, truth = BoundedCounter(100), Counter()
    for _ in range(300):
        keys = [f"often {generator.randint(0, 9)}" for _ in range(20)]
        keys += [f"rare {generator.randint(0, 10**6)}" for _ in range(20)]
        counter.add(Counter(keys))
        truth.update(keys)
    assert len(counter.counts) <= 100
    assert counter.missing > 0
    assert {key for key, _ in counter.most_common(10)} == {f"often {number}" for number in range(10)}
    for key, count in truth.items():
        assert count - counter.missing <= counter.counts.get(key, 0) <= count


@settings(max_examples=200)
@given(values=st.lists(st.integers(0, 999), min_size=1, max_size=60))
def test_a_spread_is_that_of_the_values(values):
    spread = spread_of(Counter(values))
    assert spread.mean == pytest.approx(statistics.fmean(values))
    assert (spread.smallest, spread.largest) == (min(values), max(values))
    assert spread.quantiles["50 %"] == statistics.median_low(values)
    assert sum(count for _, _, count in spread.histogram) == len(values)
    assert all(
        stop == start for (_, stop, _), (start, _, _) in zip(spread.histogram, spread.histogram[1:], strict=False)
    )


def test_large_values_are_kept_to_three_digits():
    assert [rounded(value) for value in (0, 999, 1000, 1009, 1010, 123_456)] == [0, 999, 1000, 1000, 1010, 123_000]


@pytest.mark.parametrize(
    ("syllables", "words"),
    [
        (
            1,
            "the she be made makes jumped loved baked clothes laughed mice eyes played tried i smiled rhythm tree whales",
        ),
        (2, "wanted table little wishes apple boxes pages needed people upon horses happy tables noses"),
        (3, "banana happily grandmother butterfly"),
    ],
)
def test_syllables(syllables, words):
    assert {word: count_syllables(word) for word in words.split()} == dict.fromkeys(words.split(), syllables)


def test_the_formulas_are_those_published():
    """10 sentences of 10 words with 15 syllables each."""
    assert reading_ease(100, 10, 150) == pytest.approx(206.835 - 10.15 - 126.9)
    assert grade_level(100, 10, 150) == pytest.approx(3.9 + 17.7 - 15.59)


def names_of(text: str) -> dict[str, tuple[int, str]]:
    marks = NameMarks()
    marks.read(text)
    words = Counter(text.lower().replace(".", " ").replace(",", " ").split())
    found = find_names(marks.mentions, marks.inside, marks.he, marks.she, words)
    return {name: (count, gender) for name, count, gender in found}


def test_names_and_the_pronouns_that_follow_them():
    text = (
        "One day Lily met Tom. Lily smiled and she said hello. Tom waved his hat. Then Lily lost her ball. "
        "So Tom gave his own to Lily. She was glad. Soon Tom lost his hat. The Park was near, the park was big. Rex saw Rex."
    )
    found = names_of(text)
    assert found["Lily"] == (4, "she")
    assert found["Tom"] == (4, "he")
    assert found["Rex"] == (2, "unknown")
    assert "Park" not in found  # mostly written small
    assert not {"One", "Then", "So", "She", "Soon", "The"} & set(found)


def test_a_pronoun_too_far_away_says_nothing():
    assert names_of("He met Sam. It rained. It snowed. So she ran. He met Sam. It rained. It snowed. So she ran.") == {
        "Sam": (2, "unknown")
    }


def test_topics_are_whole_words():
    assert topics_of({"cat", "tree"}) == ["animals", "nature"]
    assert topics_of({"education", "catalogue"}) == []
    assert all(word == word.lower() for group in TOPICS.values() for word in group)


@settings(max_examples=200)
@given(low=st.integers(0, 1000), width=st.integers(1, 10**6))
def test_ticks_are_few_and_inside(low, width):
    found = round_values(low, low + width)
    assert 1 <= len(found) <= 6
    assert all(low - 1e-6 <= tick <= low + width + 1e-6 for tick in found)
