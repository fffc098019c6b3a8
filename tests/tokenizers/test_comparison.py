"""Comparing tokenizers: figures that can be counted by hand, and the command."""

import json

import pytest

from pocket_narrator.corpus import write_stories
from pocket_narrator.errors import CorpusError, TokenizerError
from pocket_narrator.storyworld import make_story
from pocket_narrator.tokenizers import train_bpe, train_character
from pocket_narrator.tokenizers.choose import parse_tokenizer
from pocket_narrator.tokenizers.comparison import compare, split_sample
from pocket_narrator.tokenizers.comparison_plot import plot_comparison
from tests.narrator_process import narrator

STORIES = [make_story(index, 3).text for index in range(40)]


def test_figures_are_those_counted_by_hand(tmp_path):
    trained_on, measured = split_sample(STORIES)
    assert measured == STORIES[::10]
    assert sorted(trained_on + measured) == sorted(STORIES)
    bpe, character = train_bpe(trained_on, 500), train_character(trained_on, 300)
    comparison = compare(
        "here", [("a", "bpe", lambda: bpe), ("b", "character", lambda: character)], measured, repeats=1
    )
    size = sum(len(story.encode()) for story in measured)
    assert (comparison.stories, comparison.bytes) == (4, size)
    for found, tokenizer in zip(comparison.tokenizers, (bpe, character), strict=True):
        ids = [token for story in measured for token in tokenizer.encode(story)]
        assert found.tokens == len(ids)
        assert found.tokens_a_story == len(ids) / 4
        assert found.bytes_a_token == size / len(ids)
        assert found.vocabulary_used == len(set(ids)) / tokenizer.vocabulary_size
        assert found.encode_megabytes_a_second > 0
        assert found.decode_megabytes_a_second > 0
    assert comparison.tokenizers[1].bytes_a_token == 1
    assert json.loads(json.dumps(comparison.to_json()))["tokenizers"][0]["name"] == "a"
    plot_comparison(comparison, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_words_of_the_command_line():
    assert parse_tokenizer("bpe:600").vocabulary_size == 600
    assert parse_tokenizer("character").kind == "character"
    hub = parse_tokenizer("hub:owner/name@v2")
    assert (hub.repository, hub.revision) == ("owner/name", "v2")
    assert parse_tokenizer("some/file.json").path == "some/file.json"
    for wrong in ("bpe:", "bpe:many", "bpe:-5", "bpe:100"):
        if wrong == "bpe:":
            assert parse_tokenizer(wrong).vocabulary_size == 4096
        else:
            with pytest.raises(TokenizerError):
                parse_tokenizer(wrong)


def test_too_few_stories():
    with pytest.raises(CorpusError, match="too few"):
        split_sample(STORIES[:9])


def test_the_command_trains_shows_and_compares(tmp_path):
    write_stories(tmp_path / "stories.txt", STORIES)
    done = narrator(
        "tokenizer", "train", "stories.txt", "--vocabulary-size", "90000", "--out", "mine.json", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "not 90,000: the text gives no more than" in done.stdout
    done = narrator("tokenizer", "show", "mine.json", "Once upon a time", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "' upon'" in done.stdout
    arguments = ("stories.txt", "bpe:400", "mine.json", "--json", "figures.json", "--plot", "figures.png")
    done = narrator("tokenizer", "compare", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    names = [one["name"] for one in json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))["tokenizers"]]
    assert names == ["bpe:400", "mine.json"]
    assert all(name in done.stdout for name in names)
    assert (tmp_path / "figures.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "absent"), "no file, folder or recipe 'absent'"),
        (("train", "stories.txt", "--vocabulary-size", "200"), "at least 257"),
        (("compare", "stories.txt", "bpe:300"), "too few"),
        (("compare", "stories.txt", "absent.json"), "absent.json"),
        (("show", "bpe:300"), "not trained yet"),
    ],
)
def test_the_command_explains_what_is_wrong(tmp_path, arguments, words):
    write_stories(tmp_path / "stories.txt", STORIES[:5])
    done = narrator("tokenizer", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("error:") == 1
    assert "Traceback" not in done.stderr
