"""Chronicles of mixed lengths: how many chapters each has, and that the corpus tells them so."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from pocket_narrator.corpus.embedded import story_of
from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.schema import StoryworldCorpusConfig
from pocket_narrator.storyworld import make_chronicle, write_corpus
from pocket_narrator.storyworld.chronicle.lengths import MixedLengths
from pocket_narrator.storyworld.corpus import END_OF_TEXT

LENGTHS = MixedLengths(fewest=3, most=48, below=4_000)


def test_as_much_text_in_short_ones_as_in_long_ones() -> None:
    drawn = [LENGTHS.of(7, index) for index in range(4_000)]
    assert set(drawn) <= set(range(3, 49))
    for first, end in ((3, 6), (6, 12), (12, 24), (24, 49)):
        assert 0.2 < sum(n for n in drawn if first <= n < end) / sum(drawn) < 0.3


def test_how_many_chapters_there_are_together_is_known_before() -> None:
    for chronicles in (4_000, 4_050):
        drawn = sum(LENGTHS.of(7, index) for index in range(chronicles))
        assert LENGTHS.chapters_of(chronicles) == pytest.approx(drawn, rel=0.05)
    assert MixedLengths(5, 5, 9).chapters_of(12) == pytest.approx(60)


def test_a_disk_that_holds_the_short_ones_is_large_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many chronicles of all chapters would not fit there."""
    free = namedtuple("Usage", "total free")(10**9, 1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: free)
    with pytest.raises(CorpusError, match="the disk has"):
        write_corpus(tmp_path / "a.txt", 50, 7, workers=1, chapters=48)
    write_corpus(tmp_path / "a.txt", 50, 7, workers=1, chapters=48, lengths=MixedLengths(2, 48, 50))


def test_held_out_ones_have_all_chapters_and_the_others_of_a_seed_are_others() -> None:
    assert [LENGTHS.of(7, index) for index in range(4_000, 4_010)] == [48] * 10
    assert [LENGTHS.of(7, index) for index in range(9)] == [LENGTHS.of(7, index) for index in range(9)]
    assert [LENGTHS.of(7, index) for index in range(9)] != [LENGTHS.of(8, index) for index in range(9)]
    assert [MixedLengths(5, 5, 9).of(1, index) for index in range(3)] == [5, 5, 5]


def test_the_corpus_that_is_written_has_these_lengths(tmp_path: Path) -> None:
    corpus = StoryworldCorpusConfig(kind="storyworld", stories=12, validation_stories=2, chapters=9, fewest_chapters=2)
    lengths = MixedLengths(2, 9, 10)
    write_corpus(tmp_path / "a.txt", 12, corpus.seed, workers=1, chapters=9, lengths=lengths)
    told = (tmp_path / "a.txt").read_text(encoding="utf-8").split(f"\n{END_OF_TEXT}\n")[:-1]
    assert told == [story_of(corpus, index).text for index in range(12)]
    assert told == [make_chronicle(index, corpus.seed, lengths.of(corpus.seed, index)).text for index in range(12)]
    assert len({lengths.of(corpus.seed, index) for index in range(12)}) > 2


@pytest.mark.parametrize("given", [{"fewest_chapters": 4}, {"fewest_chapters": 9, "chapters": 8}])
def test_fewest_without_chapters_or_above_them_is_refused(given: dict) -> None:
    with pytest.raises(ValueError, match="from fewest_chapters to chapters"):
        StoryworldCorpusConfig(kind="storyworld", **given)
