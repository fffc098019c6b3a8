"""How much of a passage stands in the training text."""

import shutil

import numpy as np
import pytest

from pocket_narrator.corpus import Story
from pocket_narrator.errors import PromptError, RunError
from pocket_narrator.evaluation.memorisation import passage
from pocket_narrator.evaluation.memorisation.passage import match_passages, seen_by_run, seen_passages
from pocket_narrator.tokenizers import Tokenizer, train_bpe
from pocket_narrator.tokens import TokenStore, build_store
from pocket_narrator.tokens.suffix_store import open_suffixes
from pocket_narrator.tokens.suffixes import SuffixArray
from tests.evaluation.tiny_run import make_run
from tests.narrator_process import narrator

STORIES = [
    "The red fox ran over the hill, and the snow fell on it.",
    "A small bear had a drum. It was loud.",
    "The red fox ran over the hill. It was night.",
]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> tuple[SuffixArray, TokenStore, Tokenizer]:
    tokenizer = train_bpe(STORIES, 300)
    store = build_store(map(Story, STORIES), tokenizer, tmp_path_factory.mktemp("seen") / "store")
    return open_suffixes(store, tokenizer.vocabulary_size), store, tokenizer


def test_a_whole_story_is_found_where_it_stands(text) -> None:
    (seen,) = seen_passages(*text, [STORIES[1]])
    assert (seen.longest.text, seen.longest.story, seen.longest.stories) == (STORIES[1], 1, 1)
    assert seen.longest.tokens == seen.tokens
    assert (seen.longest.before, seen.longest.after) == ("", "")
    assert seen.shares[8] == 1.0


def test_a_stretch_inside_stories_is_counted_and_shown_with_what_is_around_it(text) -> None:
    (seen,) = seen_passages(*text, ["red fox ran over the hill"])  # without the blank that stands before it
    longest = seen.longest
    assert (longest.text, longest.occurrences, longest.stories, longest.story) == (
        " red fox ran over the hill",
        2,
        2,
        0,
    )
    assert longest.before == "The"
    assert longest.after == ", and the snow fell on it."


def test_shares_are_of_the_passages_own_stretches(text) -> None:
    suffixes, _, tokenizer = text
    half = STORIES[0] + " Zebras zigzag!"
    (seen,) = seen_passages(*text, [half])
    tokens = tokenizer.encode(half)
    known = len(tokenizer.encode(STORIES[0]))
    assert seen.shares[8] == pytest.approx((known - 7) / (len(tokens) - 7))
    assert 0 < seen.shares[8] < 1
    assert seen_passages(*text, ["It was"])[0].shares == {8: None, 16: None, 32: None}
    lengths = match_passages(suffixes, [np.array(tokens), np.zeros(0, np.int64), np.array(tokens[:3])])
    assert [len(part) for part in lengths] == [len(tokens), 0, 3]
    assert lengths[0][0] == known


def test_long_passages_are_looked_up_in_pieces(text, monkeypatch) -> None:
    suffixes, _, tokenizer = text
    passages = [np.array(tokenizer.encode(story)) for story in STORIES[:3]]
    whole = match_passages(suffixes, passages)
    monkeypatch.setattr(passage, "_AT_ONCE", 7)
    assert all(np.array_equal(one, other) for one, other in zip(whole, match_passages(suffixes, passages), strict=True))


def test_nothing_is_found_of_what_does_not_occur(text) -> None:
    (seen,) = seen_passages(*text, ["\U0001f642"])
    assert seen.longest is None or seen.longest.tokens < seen.tokens


def test_any_run_can_be_asked(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run()
    story = (tmp_path / "stories.txt").read_text(encoding="utf-8").split("\n<|endoftext|>\n")
    found = seen_by_run(run, story[:40])
    assert found.training_stories < 300
    whole = [one.longest.tokens == one.tokens for one in found.passages]
    assert 30 < sum(whole) < 40  # the others are validation stories
    assert found.usual_longest < 20
    with pytest.raises(PromptError, match="a passage is empty"):
        seen_by_run(run, ["the cat", " \n"])
    (tmp_path / "stories.txt").write_text("".join(f"{n} cats\n<|endoftext|>\n" for n in range(300)), encoding="utf-8")
    assert seen_by_run(run, story[:40]) == found  # the run's own text is still prepared
    shutil.rmtree("data")
    with pytest.raises(RunError, match="changed since this run was trained"):
        seen_by_run(run, ["the cat"])


def test_the_verb_shows_where(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run()
    story = (tmp_path / "stories.txt").read_text(encoding="utf-8").split("\n<|endoftext|>\n")[0]
    told = narrator("seen", str(run), story, cwd=tmp_path)
    assert told.returncode == 0
    assert f"[[{story}]]" in told.stdout or "held-out stories" in told.stdout
    assert "8 tokens in a row in it" in told.stdout
