"""Told stories and values of metrics on disk: as they were written, or made again."""

import json
import os
from pathlib import Path

import pytest

from pocket_narrator.errors import CorpusError
from pocket_narrator.evaluation.metrics.registry import FAMILIES
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.metrics.tools import Tools
from pocket_narrator.evaluation.samples.file import read_story_file, write_story_file
from pocket_narrator.evaluation.samples.value_cache import measure_with_cache
from pocket_narrator.files.json_file import read_json_object

STORIES = [Sample("The cat sat. It slept.", "Once", None, 0), Sample("A dog ran.\u2028Far.", "One day", None, 1)]


@pytest.fixture
def told(tmp_path: Path) -> Path:
    write_story_file(tmp_path / "told.jsonl", {"run": "a", "temperature": 0.8, "sizes": (1, 2)}, STORIES)
    return tmp_path / "told.jsonl"


def test_told_stories_as_they_were_written(told: Path) -> None:
    assert read_story_file(told) == ({"run": "a", "temperature": 0.8, "sizes": [1, 2]}, STORIES)


def test_no_letter_of_them_may_change(told: Path) -> None:
    whole = told.read_text(encoding="utf-8")
    for was, now in (("sat", "sit"), ("0.8", "0.9"), ('"group": 1', '"group": 2')):
        told.write_text(whole.replace(was, now), encoding="utf-8")
        with pytest.raises(CorpusError, match="not as it was written"):
            read_story_file(told)
    told.write_text("\n".join(whole.split("\n")[:2]) + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="not as it was written"):
        read_story_file(told)


def test_files_of_others_have_no_first_line(told: Path) -> None:
    """What the refusal says to do."""
    lines = told.read_text(encoding="utf-8").replace("sat", "sit").split("\n")
    told.write_text("\n".join(lines[1:]), encoding="utf-8")
    assert read_story_file(told)[1][0].text == "The cat sit. It slept."
    told.write_text("\n".join([json.dumps({"settings": {"run": "old"}}), *lines[1:]]), encoding="utf-8")
    assert read_story_file(told)[0] == {"run": "old"}


@pytest.mark.skipif(os.name != "posix", reason="makes a pipe")
def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "told.jsonl")
    with pytest.raises(CorpusError, match="a pipe is no story file"):
        read_story_file(tmp_path / "told.jsonl")


def test_what_is_known_of_other_stories_stays(tmp_path: Path) -> None:
    """Sums, which are lists, as well as values."""
    pytest.importorskip("sacrebleu")
    family = next(one for one in FAMILIES if one.name == "overlap")
    told = [Sample("The cat sat.", "Once", "The cat slept.", 0), Sample("A dog ran.", "One day", None, 1)]
    for story in told:
        measure_with_cache(family, [story], Tools(), tmp_path)
    assert len(read_json_object(tmp_path / "overlap.json")) == 2


def test_values_are_taken_only_as_they_were_computed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    family = next(one for one in FAMILIES if not one.tools and not one.sees_all)
    tools = Tools()
    expected = measure_with_cache(family, STORIES, tools, tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_text(encoding="utf-8")
    stored = json.loads(whole)
    key = next(key for key in stored if key != "checksum")
    name = next(iter(stored[key]))
    for damaged in (
        json.dumps({**stored, key: {**stored[key], name: 12345.5}}),
        json.dumps({key: [1]}),
        json.dumps({key: {name: "5"}}),
        whole[: len(whole) // 2],
        "[" * 100_000,
        "",
    ):
        path.write_text(damaged, encoding="utf-8")
        assert measure_with_cache(family, STORIES, tools, tmp_path) == expected
        assert path.read_text(encoding="utf-8") == whole
    assert "is left out" in capsys.readouterr().err
