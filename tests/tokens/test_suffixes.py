"""The suffix array: in order, found again from its file, and right about what occurs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocket_narrator.corpus import Story
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens import TokenStore, build_store
from pocket_narrator.tokens.suffix_store import META, PLACES, open_suffixes
from pocket_narrator.tokens.suffixes import SuffixArray, sort_suffixes

EOT = 2  # not the smallest


def naive(text: list[int]) -> list[int]:
    """Places of all but the closing end-of-text, in order."""
    return sorted(range(len(text) - 1), key=lambda place: text[place:])


def occurrences(text: list[int], stretch: list[int]) -> list[int]:
    return [place for place in range(len(text) - 1) if text[place : place + len(stretch)] == stretch]


texts = st.lists(st.integers(0, 4), min_size=1, max_size=60).flatmap(
    lambda part: st.integers(1, 4).map(lambda times: [EOT, *(part * times)])
)


@settings(max_examples=150, deadline=None)
@given(texts, st.sampled_from([5, 70_000]))
def test_places_are_in_order(text: list[int], vocabulary_size: int) -> None:
    dtype = np.uint16 if vocabulary_size == 5 else np.uint32
    told: list[int] = []
    places = sort_suffixes(np.array(text, dtype), EOT, vocabulary_size, told.append)
    assert places.tolist() == naive([*text, EOT])
    assert sum(told) == len(text) + 1


def test_a_long_text_of_copies_is_sorted() -> None:
    part = np.random.default_rng(1).integers(3, 6, 700)
    text = np.concatenate([[EOT], *([part, [EOT]] * 5)])[:-1].astype(np.uint16)
    assert sort_suffixes(text, EOT, 6).tolist() == naive([*text.tolist(), EOT])


@settings(max_examples=100, deadline=None)
@given(texts, st.lists(st.integers(0, 6), max_size=20))
def test_the_longest_stretch_is_found_with_all_its_places(text: list[int], query: list[int]) -> None:
    tokens = np.array(text, np.uint16)
    suffixes = SuffixArray(tokens, sort_suffixes(tokens, EOT, 5), EOT, 5)
    count = len(query)
    starts = np.arange(count)
    matches = suffixes.match(np.array(query, np.int64), starts, np.full(count, count))
    whole = [*text, EOT]
    for start, length, low, high in zip(starts, *matches, strict=True):
        stretch = query[start : start + length]
        assert occurrences(whole, query[start : start + length + 1]) == [] or start + length == count
        assert sorted(suffixes.places[low:high].tolist()) == (occurrences(whole, stretch) if length else [])


@pytest.fixture
def store(tmp_path) -> TokenStore:
    stories = ["The cat sat.", "The cat sat on the mat.", "A dog ran to the cat.", "The cat sat."]
    return build_store(map(Story, stories), train_bpe(stories, 280), tmp_path / "store")


def test_the_array_is_kept_and_found_again(store: TokenStore) -> None:
    made = open_suffixes(store, 280)
    written = (store.folder / PLACES).stat().st_mtime_ns
    found = open_suffixes(TokenStore.open(store.folder), 280)
    assert isinstance(found.places, np.memmap)
    np.testing.assert_array_equal(found.places, made.places)
    assert (store.folder / PLACES).stat().st_mtime_ns == written
    store.verify()


@pytest.mark.parametrize("damage", ["flip", "cut", "meta", "gone"])
def test_a_damaged_array_is_made_again(store: TokenStore, damage: str) -> None:
    expected = open_suffixes(store, 280).places.copy()
    places, meta = store.folder / PLACES, store.folder / META
    content = bytearray(places.read_bytes())
    content[5] ^= 1
    if damage == "gone":
        places.unlink()
    elif damage == "meta":
        meta.write_text("[" * 100_000, encoding="utf-8")
    else:
        places.write_bytes(content if damage == "flip" else content[:-4])
    np.testing.assert_array_equal(open_suffixes(store, 280).places, expected)
    assert isinstance(open_suffixes(store, 280).places, np.memmap)


def test_the_array_of_another_text_is_not_taken(store: TokenStore, tmp_path) -> None:
    other = build_store([Story("A dog.")], train_bpe(["A dog."], 260), tmp_path / "other")
    open_suffixes(store, 280)
    for name in (PLACES, META):
        (other.folder / name).write_bytes((store.folder / name).read_bytes())
    assert len(open_suffixes(other, 260).places) == other.num_tokens
