"""What stands in the training text, beside a search that tries every run."""

import numpy as np
import pytest

from pocket_narrator.corpus import Story
from pocket_narrator.evaluation.memorisation import store as seen
from pocket_narrator.evaluation.memorisation.store import ORDERS, SeenInStore, ngram_hashes
from pocket_narrator.evaluation.metrics.memorisation import measure
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.metrics.tools import Tools
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens.builder import build_store

LETTERS = "abcdefgh"


def slow_hash(run: np.ndarray) -> int:
    total = 0
    for token in run:
        mixed = (int(token) + 1) * int(seen._FACTOR) % 2**64
        total = (total * seen._BASE + (mixed ^ mixed >> 29)) % 2**64
    return total


@pytest.mark.parametrize("order", [1, 2, 3, 7, 8, 13, 16, 32, 40, 41, 64])
def test_hashes_are_the_slow_ones(order):
    tokens = np.random.default_rng(1).integers(0, 9, 40)
    expected = [slow_hash(tokens[i : i + order]) for i in range(len(tokens) - order + 1)]
    assert ngram_hashes(tokens, order).tolist() == expected


def slow_overlap(told: list[int], stories: list[list[int]]) -> tuple[int, dict[int, float | None], float | None]:
    def places(run: list[int]) -> set[int]:
        return {s for s, story in enumerate(stories) if any(story[i : i + len(run)] == run for i in range(len(story)))}

    longest, nearest = 0, None
    for length in range(1, len(told) + 1):
        found = set().union(*(places(told[i : i + length]) for i in range(len(told) - length + 1)))
        if not found:
            break
        longest, nearest = length, min(found)
    shares = {}
    for order in ORDERS:
        runs = [told[i : i + order] for i in range(len(told) - order + 1)]
        shares[order] = sum(bool(places(run)) for run in runs) / len(runs) if runs else None
    eights = [told[i : i + 8] for i in range(len(told) - 7)]
    near = sum(nearest in places(run) for run in eights) / len(eights) if eights and nearest is not None else None
    return longest, shares, near


@pytest.fixture
def stories() -> list[str]:
    random = np.random.default_rng(5)
    return [" ".join(random.choice(list(LETTERS), random.integers(5, 60))) for _ in range(30)]


@pytest.fixture
def trained(stories, tmp_path):
    tokenizer = train_bpe(["a b c d e f g h"] * 3, 270)
    return SeenInStore(build_store(map(Story, stories), tokenizer, tmp_path / "store"), tokenizer), tokenizer


def test_overlaps_are_the_slow_ones(trained, stories, monkeypatch):
    seen_in_store, tokenizer = trained
    random = np.random.default_rng(6)
    told = []
    for _ in range(25):  # pieces of training stories, glued together
        pieces = []
        for _ in range(random.integers(1, 4)):
            story = stories[random.integers(len(stories))].split()
            start = random.integers(len(story))
            pieces += story[start : start + random.integers(1, 50)]
        told.append(" ".join(pieces))
    told += [stories[3], stories[4] + " " + stories[5], "", "a", "zz zz", "a b c"]
    monkeypatch.setattr(seen, "_CHUNK", 97)  # many chunks, cut inside runs
    encoded = [tokenizer.encode(story) for story in stories]
    for text, found in zip(told, seen_in_store.look_up(told), strict=True):
        longest, shares, near = slow_overlap(tokenizer.encode(text), encoded)
        assert found.longest == longest, text
        assert found.shares == pytest.approx(shares), text
        if longest >= 8:
            assert (found.nearest is None) == (near is None)
            story = tokenizer.encode(stories[found.nearest])
            run = [story[i : i + longest] for i in range(len(story))]
            ids = tokenizer.encode(text)
            assert any(ids[i : i + longest] in run for i in range(len(ids)))


def test_a_copied_story_is_found(trained, stories):
    (overlap,) = trained[0].look_up([stories[7]])
    assert overlap.longest == overlap.tokens
    assert overlap.nearest == 7
    assert overlap.nearest_share == 1
    (values,) = measure([Sample(stories[7])], Tools(seen=trained[0]))
    assert values["longest_overlap_share"] == 1
    assert values["nearest_story"] == 7


def test_runs_do_not_cross_stories(trained, stories):
    both = stories[0] + " " + stories[1]
    (overlap,) = trained[0].look_up([both])
    assert overlap.longest < overlap.tokens
