"""Prepared data that was damaged is made again, and is then what it was."""

import hashlib
import os
from pathlib import Path

import pytest

from pocket_narrator.errors import TokenizerError
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.kept_tokenizer import keep_tokenizer, open_kept_tokenizer
from pocket_narrator.tokens.prepare import prepare
from tests.small_runs import damage

RECIPE = Recipe.model_validate(
    {
        "name": "small",
        "corpus": {"kind": "storyworld", "stories": 20, "validation_stories": 5, "seed": 3},
        "tokenizer": {"kind": "bpe", "vocabulary_size": 300},
        "model": {"kind": "ngram", "order": 2},
    }
)


def everything_in(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_stories_that_are_not_as_they_were_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the tokens are gone as well, so that the text is read again."""
    floor = prepare(RECIPE, tmp_path, quiet=True).floor_bits_per_byte
    whole = everything_in(tmp_path)
    (corpus,) = tmp_path.iterdir()
    stories = corpus / "stories.txt"
    for change in (
        lambda: os.truncate(stories, stories.stat().st_size // 2),
        lambda: damage(stories),
        lambda: stories.unlink(),
        lambda: damage(corpus / "stories.txt.json"),
        lambda: os.truncate(stories, 0),
    ):
        change()
        for meta in corpus.rglob("meta.json"):
            meta.unlink()
        (corpus / "floor.json").unlink()
        is_there = stories.exists()
        capsys.readouterr()
        assert prepare(RECIPE, tmp_path, quiet=True).floor_bits_per_byte == floor
        assert ("not as it was written; writing it again" in capsys.readouterr().err) == is_there
        assert everything_in(tmp_path) == whole


@pytest.mark.skipif(os.name != "posix", reason="makes pipes")
def test_a_pipe_in_place_of_any_file_is_not_waited_for(tmp_path: Path) -> None:
    prepare(RECIPE, tmp_path, quiet=True)
    whole = everything_in(tmp_path)
    for name in whole:
        (tmp_path / name).unlink()
        os.mkfifo(tmp_path / name)
        prepare(RECIPE, tmp_path, quiet=True)
        if name.endswith(("stories.txt", "stories.txt.json")):  # which nobody had to read
            (tmp_path / name).unlink()
            for meta in tmp_path.rglob("meta.json"):
                meta.unlink()
            prepare(RECIPE, tmp_path, quiet=True)
        assert everything_in(tmp_path) == whole, name


def test_a_tokenizer_is_verified_before_there_is_a_store(tmp_path: Path) -> None:
    prepared = prepare(RECIPE, tmp_path, quiet=True)
    path = tmp_path / "kept" / "tokenizer.json"
    keep_tokenizer(prepared.tokenizer, path)
    assert open_kept_tokenizer(path).fingerprint == prepared.tokenizer.fingerprint
    text = path.read_text(encoding="utf-8")
    other = text.replace('"Ġthe": ', '"Ġthx": ') if '"Ġthe": ' in text else text.replace('"a":', '"\\u0430":', 1)
    path.write_text(other, encoding="utf-8")
    with pytest.raises(TokenizerError, match="its SHA-256 differs"):
        open_kept_tokenizer(path)
    path.write_text(text, encoding="utf-8")
    (path.parent / "tokenizer.sha256.json").unlink()  # of an older version
    assert isinstance(open_kept_tokenizer(path), Tokenizer)


def test_what_a_killed_preparation_has_left_goes(tmp_path: Path) -> None:
    prepare(RECIPE, tmp_path, quiet=True)
    (corpus,) = tmp_path.iterdir()
    (tokens,) = (path.parent for path in corpus.rglob("train"))
    left = [corpus / ".stories.txt.tmp-4194305-0123abcd", tokens / ".train.tmp-4194305-0123abcd"]
    (corpus / "stories.txt").unlink()
    (tokens / "train" / "meta.json").unlink()
    left[0].write_text("half")
    left[1].mkdir()
    (left[1] / "tokens.bin").write_bytes(b"half")
    prepare(RECIPE, tmp_path, quiet=True)
    assert [path for path in left if path.exists()] == []
