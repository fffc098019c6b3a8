"""Recipes and records of strangers: refused in one message, or passed over, in little time and memory."""

import json
from pathlib import Path

import pytest

from pocket_narrator.errors import CorpusError, RecipeError
from pocket_narrator.evaluation.samples import file as stories_file
from pocket_narrator.files import json_lines
from pocket_narrator.files.json_lines import JsonLines, read_json_lines
from pocket_narrator.recipe.loading import MOST_BASES, load_recipe

HOSTILE = {
    "digits and a letter": "name: " + "1" * 32_000 + "x\ntraining: {steps: 1}\nmodel: " + "1_" * 10,
    "aliases": "a: &a [1]\nb: [*a, *a]",
    "a tag": "a: !!python/object/apply:os.system [id]",
    "deep": "a: " + "[" * 10_000,
    "long": "a: " + "x" * 1_000_000,
    "control characters": "name: \x1b[31m",
    "a number of 5,000 digits": "training: {steps: " + "9" * 5000 + "}",
    "a list": "- 1",
    "keys that are lists": "? [a]\n: 1",
    "not UTF-8": b"name: \xff",
    "nothing": "",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_one_message(name: str, tmp_path: Path) -> None:
    content = HOSTILE[name]
    (tmp_path / "evil.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RecipeError) as caught:
        load_recipe([str(tmp_path / "evil.yaml")])
    assert len(str(caught.value)) < 50_000


def test_bases_on_top_of_each_other_have_an_end(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"r{number}.yaml").write_text(f"base: r{number + 1}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=f"more than {MOST_BASES} bases"):
        load_recipe([str(tmp_path / "r0.yaml")])


def test_a_line_that_is_too_long_is_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "LONGEST_LINE", 1000)
    path = tmp_path / "metrics.jsonl"
    records = JsonLines(path)
    records.append({"step": 1})
    records.close()
    with open(path, "ab") as stream:
        stream.write(json.dumps({"step": 2, "more": "x" * 5000}).encode() + b"\n" + b'{"step": 3}\n')
    said: list[str] = []
    assert [record["step"] for record in read_json_lines(path, said.append)] == [1, 3]
    assert said == [f"{path}:2: a damaged line is passed over"]
    assert JsonLines(path).truncate_after(3) == 1
    assert [record["step"] for record in read_json_lines(path, said.append)] == [1, 3]


def test_stories_that_are_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "told.jsonl"
    path.write_text(json.dumps({"text": "Tom ran."}) + "\n" + json.dumps({"text": "x" * 500}), encoding="utf-8")
    assert len(stories_file.read_story_file(path)[1]) == 2
    monkeypatch.setattr(stories_file, "LONGEST_LINE", 400)
    with pytest.raises(CorpusError, match="the line has 512 characters") as caught:
        stories_file.read_story_file(path)
    assert caught.value.where == f"{path}:2"
    monkeypatch.setattr(stories_file, "LARGEST", 400)
    with pytest.raises(CorpusError, match="give the stories in several files"):
        stories_file.read_story_file(path)
