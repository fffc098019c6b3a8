"""Beginnings, told stories and the files that they are kept in."""

import json
import os

import pytest

from pocket_narrator.errors import CorpusError, NarratorError, PromptError
from pocket_narrator.evaluation.metrics.text import Sample, sentences, words
from pocket_narrator.evaluation.samples import generate as told
from pocket_narrator.evaluation.samples.file import read_story_file, write_story_file
from pocket_narrator.evaluation.samples.generate import beginnings_of, cut_story, halves, tell_stories
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.run.loading import load_trained
from pocket_narrator.storyworld import make_story
from tests.evaluation.tiny_run import make_run

TEXTS = [make_story(i, 3).text for i in range(12)]


def test_a_story_is_cut_after_whole_sentences_outside_quotes():
    for text in TEXTS:
        story = cut_story(text)
        assert story is not None
        assert story.beginning + (story.reference or "") == text
        assert story.text == ""
        assert len(words(story.beginning)) >= told.BEGINNING_WORDS
        assert story.beginning.count('"') % 2 == 0
        assert sentences(text)[: len(sentences(story.beginning))] == sentences(story.beginning)
    assert cut_story("Too short. A story.") is None


def test_halves():
    for text in TEXTS:
        half = halves(text)
        assert half is not None
        assert half.whole == text
        assert 0.25 < len(words(half.text)) / len(words(text)) < 0.75
    assert halves("One sentence.") is None


def test_beginnings_are_spread_over_the_corpus():
    found = beginnings_of(TEXTS, 3)
    assert [story.beginning for story in found] == [cut_story(TEXTS[i]).beginning for i in (0, 4, 8)]  # pyright: ignore
    assert [story.group for story in found] == [0, 1, 2]
    assert len(beginnings_of(TEXTS, 99)) == 12


@pytest.mark.parametrize("texts", [[], ["Short. Very short."]])
def test_no_beginning_at_all(texts):
    with pytest.raises(CorpusError, match="no prompt to generate from"):
        beginnings_of(texts, 3)
    with pytest.raises(CorpusError, match="no prompt"):
        beginnings_of(TEXTS, 3, fits=lambda beginning: False)


def test_files_come_back(tmp_path):
    stories = [Sample("It ran. \u2028", "A dog.", "It sat.", 3, True), Sample("", "A cat.", None, 4, None)]
    write_story_file(tmp_path / "told.jsonl", {"run": "x"}, stories)
    assert read_story_file(tmp_path / "told.jsonl") == ({"run": "x"}, stories)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (['{"text": "a"}', '{"beginning": "b"}'], "without the field `text`\n  where: .*told.jsonl:2"),
        (['{"text": 3}'], "`text` is 3\n.*\n  expected: `text` is a string"),
        (['{"text": "a", "group": true}'], "`group` is true"),
        (['{"text": "a", "ended": "yes"}'], '`ended` is "yes"'),
        (["[1]"], "without the field `text`"),
        (["{"], "line 1 is not JSON"),
        ([], "the file is empty"),
        ([" "], "holds no story"),
    ],
)
def test_files_with_missing_fields_are_refused(lines, message, tmp_path):
    path = tmp_path / "told.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CorpusError, match=message):
        read_story_file(path)


def test_fields_that_may_be_left_out(tmp_path):
    path = tmp_path / "told.jsonl"
    path.write_text('{"text": "a", "more": 1}\n\n{"text": "b"}\n', encoding="utf-8")
    assert read_story_file(path)[1] == [Sample("a", group=0), Sample("b", group=1)]
    with pytest.raises(CorpusError, match="no such file"):
        read_story_file(tmp_path / "nowhere.jsonl")


@pytest.fixture
def teller(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained = load_trained(make_run())
    beginnings = [Sample("", f"the {word} was happy", "and sad.", i) for i, word in enumerate(("cat", "dog", "ball"))]
    options = SamplingOptions(max_tokens=6)

    def tell(samples=3, about=None, **changed):
        return tell_stories(
            trained.model, trained.tokenizer, changed.pop("beginnings", beginnings), samples,
            options.changed(**changed), tmp_path / "told.jsonl", about or {"run": "tiny"},
        )  # fmt: skip

    return tell


def test_stories_are_told_once(teller, tmp_path):
    first = teller()
    assert [story.group for story in first] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert len({story.text for story in first}) > 5
    assert all(story.ended is not None for story in first)
    changed = os.stat(tmp_path / "told.jsonl").st_mtime_ns
    assert teller() == first
    assert os.stat(tmp_path / "told.jsonl").st_mtime_ns == changed
    assert teller(seed=1) != first
    assert teller(about={"run": "other"}) == first  # told again, the same way
    assert (
        json.loads((tmp_path / "told.jsonl").read_text(encoding="utf-8").splitlines()[0])["settings"]["run"] == "other"
    )


def test_an_interrupted_telling_goes_on(teller, tmp_path, monkeypatch):
    monkeypatch.setattr(told, "ROWS_AT_ONCE", 2)
    whole = teller()
    (tmp_path / "told.jsonl").unlink()
    tell, calls = told._tell, []

    def failing(model, tokenizer, chunk, options):
        calls.append(len(chunk))
        if len(calls) == 4:
            raise KeyboardInterrupt
        return tell(model, tokenizer, chunk, options)

    monkeypatch.setattr(told, "_tell", failing)
    with pytest.raises(KeyboardInterrupt):
        teller()
    assert len(read_story_file(tmp_path / "told.jsonl")[1]) == 6
    assert teller() == whole
    assert calls == [2, 2, 2, 2, 2, 1]


def test_an_empty_list_of_prompts(teller):
    with pytest.raises(PromptError, match="no prompt to generate from"):
        teller(beginnings=[])
    assert issubclass(PromptError, NarratorError)


def test_a_damaged_file_is_told_again(teller, tmp_path):
    first = teller()
    (tmp_path / "told.jsonl").write_text("{", encoding="utf-8")
    assert teller() == first
