"""Mixtures: equal to a slow reference that sorts everything, shares that hold all the way, nothing repeated unasked."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocket_narrator.corpus import Story
from pocket_narrator.corpus.mixture import MixturePart, interleave, mixture_size


def stories(name: str, source: int, count: int, longest: int) -> list[Story]:
    chance = random.Random(name)
    return [Story("x" * chance.randint(1, longest), f"{name}#{index}", source) for index in range(count)]


def part(name: str, source: int, count: int, longest: int, weight: float, epochs: int = 1) -> MixturePart:
    told = stories(name, source, count, longest)
    return MixturePart(name, lambda: iter(told), weight, epochs)


def reference(parts: list[MixturePart], seed: int) -> list[Story]:
    """Every story with its point on the common length, sorted, up to where the shortest part ends."""
    points, ends = [], []
    for index, one in enumerate(parts):
        chance = random.Random(f"{seed} {one.name}")
        begin = 0
        for story in list(one.stream()) * one.epochs:
            points.append(((begin + chance.random() * len(story.text)) / one.weight, index, story))
            begin += len(story.text)
        ends.append(begin / one.weight)
    return [story for point, _, story in sorted(points, key=lambda entry: entry[:2]) if point < min(ends)]


PARTS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(1, 50), st.floats(0.1, 10), st.integers(1, 3)), min_size=2, max_size=4
)


@settings(max_examples=100)
@given(given_parts=PARTS, seed=st.integers(0, 9))
def test_equals_the_reference(given_parts, seed) -> None:
    parts = [part(f"part{i}", i, *one) for i, one in enumerate(given_parts)]
    assert list(interleave(parts, seed)) == reference(parts, seed)


def test_the_shares_hold_in_every_long_stretch() -> None:
    parts = [part("short", 0, 30_000, 40, 3.0), part("long", 1, 2_000, 2_000, 1.0)]
    told = list(interleave(parts, 42))
    for stretch in (told, told[: len(told) // 4], told[-len(told) // 4 :]):
        sizes = Counter()
        for story in stretch:
            sizes[story.source] += len(story.text)
        assert sizes[0] / sizes.total() == pytest.approx(0.75, abs=0.02)


def test_each_part_keeps_its_order_and_nothing_is_repeated() -> None:
    told = list(interleave([part("a", 0, 500, 40, 1), part("b", 1, 300, 40, 2)], 1))
    assert len(set(told)) == len(told)
    for source in (0, 1):
        places = [int(story.where.partition("#")[2]) for story in told if story.source == source]
        assert places == sorted(places)


def test_epochs_repeat_a_small_part_as_often_as_is_allowed() -> None:
    small, large = part("small", 0, 10, 40, 1, epochs=4), part("large", 1, 10_000, 40, 1)
    counts = Counter(story.where for story in interleave([small, large], 1) if story.source == 0)
    assert set(counts.values()) == {4}
    assert len(counts) == 10


def test_the_seed_changes_the_order_and_hardly_the_shares() -> None:
    def told(seed: int) -> list[Story]:
        return list(interleave([part("a", 0, 500, 40, 1), part("b", 1, 300, 40, 1)], seed))

    assert told(1) == told(1)
    assert told(1) != told(2)
    assert abs(len(told(1)) - len(told(2))) < 5


def test_the_size_is_foretold() -> None:
    parts = [part("a", 0, 500, 40, 3), part("b", 1, 300, 40, 1, epochs=2)]
    sizes = [sum(len(story.text) for story in one.stream()) for one in parts]
    foretold = mixture_size(sizes, [one.weight for one in parts], [one.epochs for one in parts])
    assert foretold == pytest.approx(sum(len(story.text) for story in interleave(parts, 1)), rel=0.01)
