"""`narrator clean`, and recipes with `corpus.cleaning`, as a user meets them."""

import json
import sys
from pathlib import Path

import pytest

from pocket_narrator.corpus import read_stories, write_stories
from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.storyworld import make_story
from pocket_narrator.tokens import prepare
from tests.narrator_process import narrator

TOLD = [make_story(index, 7).text for index in range(60)]


@pytest.fixture
def raw(tmp_path) -> Path:
    write_stories(tmp_path / "raw.txt", [*TOLD, TOLD[3], "Tom ran", TOLD[5].replace(" the ", " that ", 1)])
    return tmp_path / "raw.txt"


def test_clean_says_what_it_did(raw, tmp_path):
    done = narrator("clean", "raw.txt", "--output", "out", "min_letters=20", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "63 stories read, 60 kept, 3 rejected" in done.stdout
    assert "near_duplicate" in done.stdout
    assert [story.text for story in read_stories(tmp_path / "out" / "clean.txt")] == TOLD
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["settings"]["min_letters"] == 20
    assert set(manifest["train"]["reasons"]) == {"duplicate", "near_duplicate", "too_few_letters", "truncated"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["raw.txt", "min_leters=3"], "did you mean min_letters?"),
        (["raw.txt", "rules=foo"], "should be 'standard' or 'strict'"),
        (["raw.txt", "loud"], "'loud' is not a setting"),
        (["nothing.txt"], "No such file"),
        (["raw.txt", "min_letters=100000"], "keeps none of 63 stories"),
    ],
)
def test_one_message_and_no_traceback(raw, tmp_path, arguments, message):
    done = narrator("clean", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    # What is refused before a story is read leaves nothing behind.
    assert (tmp_path / "cleaned").exists() == ("keeps none" in message)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size there")
def test_a_disk_that_fills_up(raw, tmp_path):
    """A limit on the size of files stands for it: the system refuses the rest of a write either way."""
    done = narrator("clean", "raw.txt", "--output", "new/out", cwd=tmp_path, file_limit=20_000)
    assert done.returncode == 2, done.stderr
    assert "the clean stories cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["raw.txt"]


def recipe(raw: Path, **corpus) -> Recipe:
    section = {"kind": "files", "train": str(raw), "validation_fraction": 0.1, "cleaning": {}, **corpus}
    return Recipe.model_validate(
        {"name": "test", "corpus": section, "tokenizer": {"vocabulary_size": 300}, "training": {"steps": 1}}
    )


def test_a_recipe_trains_on_clean_stories(raw, tmp_path, capsys):
    prepared = prepare(recipe(raw), tmp_path / "data")
    assert prepared.train.num_stories + prepared.validation.num_stories == 60
    assert "60 of 63 stories kept" in capsys.readouterr().err
    folder = prepared.folder.parent / "cleaned"
    assert {path.name for path in folder.iterdir()} >= {"clean.txt", "rejected.txt", "half.txt", "manifest.json"}
    before = (folder / "manifest.json").stat().st_mtime_ns
    prepare(recipe(raw), tmp_path / "data")
    assert (folder / "manifest.json").stat().st_mtime_ns == before


def test_validation_is_cleaned_too_and_training_makes_room(raw, tmp_path):
    write_stories(tmp_path / "valid.txt", [TOLD[0], "Mia", TOLD[1]])
    prepared = prepare(recipe(raw, validation=str(tmp_path / "valid.txt")), tmp_path / "data")
    assert prepared.validation.num_stories == 2
    assert prepared.train.num_stories == 58


def test_a_recipe_whose_stories_are_all_rejected_is_refused(raw, tmp_path):
    with pytest.raises(CorpusError, match="keeps none"):
        prepare(recipe(raw, cleaning={"min_letters": 10**6}), tmp_path / "data")
