"""The split: stable, nested, exact in size, and clear when there is too little."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocket_narrator.corpus import Story
from pocket_narrator.corpus.split import make_split, story_hash
from pocket_narrator.errors import CorpusError

STORIES = [Story(f"Story number {index} of Tom.") for index in range(1000)]


def split_of(stories, validation_fraction=0.05, fraction=1.0, seed=42):
    return make_split(stories, validation_fraction=validation_fraction, fraction=fraction, seed=seed, where="test")


def test_sizes_are_exact_and_nothing_is_lost_or_shared():
    split = split_of(STORIES)
    train, validation = list(split.training(STORIES)), list(split.validation(STORIES))
    assert (len(train), len(validation)) == (950, 50)
    assert sorted(train + validation) == sorted(STORIES)


def test_reordering_the_file_changes_nothing():
    shuffled = random.Random(0).sample(STORIES, len(STORIES))
    assert split_of(STORIES) == split_of(shuffled)


def test_copies_lie_on_one_side():
    stories = STORIES[:100] * 3
    split = split_of(stories, 0.1)
    assert not set(split.training(stories)) & set(split.validation(stories))


def test_seeds_differ():
    assert set(split_of(STORIES, seed=1).validation(STORIES)) != set(split_of(STORIES, seed=2).validation(STORIES))


def test_the_hash_is_the_same_on_every_machine():
    # Made with Python's blake2b once; a change would move stories between the sides of existing corpora.
    assert story_hash("Once upon a time.", "validation", 42) == 17551967736411252758


@settings(max_examples=50)
@given(small=st.floats(0.01, 1), large=st.floats(0.01, 1), validation_fraction=st.sampled_from([0.0, 0.05, 0.3]))
def test_subsets_are_nested_and_leave_the_validation_alone(small, large, validation_fraction):
    small, large = sorted((small, large))
    of_small, of_large = (split_of(STORIES, validation_fraction, fraction) for fraction in (small, large))
    some, more = (list(split.training(STORIES)) for split in (of_small, of_large))
    assert set(some) <= set(more)
    assert len(some) == round(small * round(1000 * (1 - validation_fraction)))
    assert list(of_small.validation(STORIES)) == list(of_large.validation(STORIES))
    assert len(list(of_small.validation(STORIES))) == round(1000 * validation_fraction)


@pytest.mark.parametrize(
    ("stories", "validation_fraction", "fraction", "words"),
    [
        (STORIES[:19], 0.05, 1.0, ["19 stories are too few", "corpus.validation_fraction=0.05", "at least 20 stories"]),
        (STORIES[:5], 0.0, 0.1, ["5 stories are too few", "corpus.fraction=0.1", "at least 10 stories"]),
        ([Story("the same story")] * 40, 0.05, 1.0, ["leave none to train on", "repeats"]),
    ],
)
def test_too_few_stories_are_explained(stories, validation_fraction, fraction, words):
    with pytest.raises(CorpusError) as caught:
        split_of(stories, validation_fraction, fraction)
    for word in words:
        assert word in str(caught.value)
