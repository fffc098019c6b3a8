"""`narrator read`, as a user calls it."""

import json
from pathlib import Path

from pocket_narrator.storyworld import make_chronicle, make_story
from tests.narrator_process import Done, narrator

STORY = make_story(3, 7)


def run(*arguments) -> Done:
    return narrator("read", *map(str, arguments), cwd=Path.cwd())


def with_another_name(text: str) -> str:
    slot = [s for s in STORY.slots if (s.role, s.form) == ("hero", "name")][2]
    return f"{text[: slot.begin]}Betty{text[slot.end :]}"


def test_marks_what_does_not_fit_and_says_why(tmp_path):
    told, found = tmp_path / "told.txt", tmp_path / "found.json"
    told.write_text(f"{STORY.text}\n<|endoftext|>\n{with_another_name(STORY.text)}\n<|endoftext|>\n", encoding="utf-8")
    result = run(told, "--json", found)
    assert result.returncode == 0, result.stderr
    assert f"-log2 P = {-STORY.log2_probability:.2f} bits" in result.stdout
    assert "[1] impossible: 'Betty' stands here for" in result.stdout
    assert "2 stories: 1 read whole, 2 come to their end" in result.stdout
    whole, changed = json.loads(found.read_text(encoding="utf-8"))["stories"]
    assert whole["log2_probability"] == STORY.log2_probability
    assert [tuple(decision) for decision in whole["decisions"]] == list(STORY.trace)
    assert whole["facts"] == STORY.facts
    (finding,) = changed["findings"]
    assert "Betty" in finding["text"]
    assert finding["earlier"]["text"] in STORY.facts["characters"]
    assert changed["read"] == finding["sentence"]


def test_chronicles_are_marked_with_the_chapter_that_says_otherwise(tmp_path):
    story = make_chronicle(2, 7, 12)
    recall = max((r for r in story.recalls if r.kind == "where-lives"), key=lambda r: r.begin - r.last_told)
    told, found = tmp_path / "told.txt", tmp_path / "found.json"
    told.write_text(story.text, encoding="utf-8")
    assert f"a chronicle of 12 chapters; -log2 P = {-story.log2_probability:.2f} bits" in run(told).stdout
    other = (
        "above the inn"
        if story.text[recall.begin : recall.end] != "above the inn"
        else "on the farm behind the orchard"
    )
    told.write_text(story.text[: recall.begin] + other + story.text[recall.end :], encoding="utf-8")
    result = run(told, "--json", found, "--chapters", "12")
    assert result.returncode == 0, result.stderr
    assert f"impossible: '{other}' stands here for" in result.stdout
    assert "words before, in chapter " in result.stdout
    (finding,) = json.loads(found.read_text(encoding="utf-8"))["stories"][0]["findings"]
    assert finding["chapter"] == story.text.count("Chapter ", 0, recall.begin)
    refused = run(told, "--chapters", "0")
    assert refused.returncode == 2
    assert "chapters" in refused.stderr


def test_a_text_that_is_no_story_is_said_to_be_none(tmp_path):
    german = tmp_path / "german.txt"
    german.write_text("Es war einmal ein Hase. Er lebte im Wald.\nDort traf er einen Frosch.\n", encoding="utf-8")
    result = run(german)
    assert result.returncode == 0
    assert "this is no story of StoryWorld: 0 % of its words" in result.stdout
    assert "Traceback" not in result.stderr


def test_generated_stories_are_read_with_their_prompts(tmp_path):
    told = tmp_path / "told.jsonl"
    told.write_text(json.dumps({"beginning": STORY.text[:40], "text": STORY.text[40:]}) + "\n", encoding="utf-8")
    result = run(told)
    assert result.returncode == 0, result.stderr
    assert "a story of the plot" in result.stdout


def test_what_cannot_be_read_is_refused(tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_text("", encoding="utf-8")
    for path in (empty, tmp_path / "none.txt"):
        result = run(path)
        assert result.returncode == 2
        assert "Traceback" not in result.stderr
