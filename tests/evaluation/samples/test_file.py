"""Files of generated stories that anybody may have written."""

import json
from pathlib import Path

import pytest

from pocket_narrator.errors import CorpusError
from pocket_narrator.evaluation.samples.file import read_story_file, write_story_file


def test_half_a_character_is_replaced_and_can_be_written_again(tmp_path: Path) -> None:
    lines = [
        '{"settings": {"name": "\\ud800"}}',
        '{"text": "a \\ud83d b", "beginning": "x \\udc00", "reference": "\\udfff"}',
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="ascii")
    settings, (story,) = read_story_file(tmp_path / "a.jsonl")
    assert (settings, story.text, story.beginning) == ({"name": "\ufffd"}, "a \ufffd b", "x \ufffd")
    write_story_file(tmp_path / "b.jsonl", settings, [story])
    assert read_story_file(tmp_path / "b.jsonl") == (settings, [story])


def test_a_field_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "a"})[:-1] + ', "text": "b"}\n', encoding="ascii")
    with pytest.raises(CorpusError, match="stands twice"):
        read_story_file(tmp_path / "a.jsonl")
