"""A key that has another name now: files, runs and command lines that say the old one still work, and say so."""

from pathlib import Path

import pytest

from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.keys.renamed import RENAMED
from pocket_narrator.recipe.keys.words import known_keys, spell_out
from pocket_narrator.recipe.loading import load_recipe, write_recipe

TEXT = """
base: storyworld-quick
name: old
training:
  rate: 0.5
  steps: 7
"""


@pytest.fixture(autouse=True)
def renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RENAMED, "training.rate", "training.learning_rate")
    monkeypatch.setitem(RENAMED, "corpus.tidying", "corpus.cleaning")


def test_a_file_with_the_old_name_is_read_and_one_line_says_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text(TEXT, encoding="utf-8")
    said: list[str] = []
    recipe = load_recipe([str(path)], report=said.append)
    assert recipe.stack()[1].learning_rate == 0.5
    assert said == [f"training.rate is called training.learning_rate now, and is taken as that ({path}:5)"]
    assert "learning_rate: 0.5" in write_recipe(recipe)
    assert "  rate:" not in write_recipe(recipe)


def test_a_section_is_renamed_with_all_that_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text("base: mamba-130m\ncorpus:\n  tidying: {min_letters: 7}\n", encoding="utf-8")
    assert load_recipe([str(path)]).corpus.cleaning.min_letters == 7  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess]
    path.write_text("base: mamba-130m\ncorpus:\n  tidying: {min_letters: -7}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"corpus\.cleaning\.min_letters=-7 .*old\.yaml:3"):
        load_recipe([str(path)])


def test_a_key_by_both_its_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text(TEXT + "  learning_rate: 0.1\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"training\.rate is the old name of training\.learning_rate") as caught:
        load_recipe([str(path)])
    assert str(caught.value.where) == f"{path}:5"


def test_overrides_on_the_command_line_and_from_python() -> None:
    assert spell_out(["training.rate=0.5"]) == (
        ["training.learning_rate=0.5"],
        ["training.rate is taken as training.learning_rate"],
    )
    assert load_recipe(["storyworld-quick"], ["training.rate=0.5"]).stack()[1].learning_rate == 0.5


def test_every_renamed_key_leads_to_one_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    keys = {".".join(key) for key in known_keys()}
    for old, new in RENAMED.items():
        assert old not in keys
        assert new in keys
        assert old.split(".")[:-1] == new.split(".")[:-1]
