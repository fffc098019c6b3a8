"""Recipes out of Python's own values: what the command line makes of the same text, and refusals that name the key."""

from pathlib import Path

import numpy as np
import pytest

from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.loading import load_recipe

NAME = "storyworld-quick"


def test_mappings_say_what_overrides_say() -> None:
    expected = load_recipe([NAME], ["training.steps=20", "training.learning_rate=0.002", "model.width=64", "name=mine"])
    nested = {"training": {"steps": 20, "learning_rate": 0.002}, "model": {"width": 64}, "name": "mine"}
    dotted = {"training.steps": 20, "training.learning_rate": 0.002, "model.width": 64, "name": "mine"}
    assert load_recipe(NAME, nested) == expected
    assert load_recipe(NAME, dotted) == expected
    assert load_recipe(NAME, steps=20, lr=0.002, width=64, name="mine") == expected
    assert load_recipe([NAME, nested]) == expected
    assert (
        load_recipe(
            NAME, {"training": {"steps": 20}, "training.learning_rate": 0.002}, model={"width": 64}, name="mine"
        )
        == expected
    )


def test_a_section_that_is_left_out() -> None:
    assert load_recipe("ngram-storyworld", training=None).training is None
    assert load_recipe(load_recipe("ngram-storyworld").model_dump(mode="json")) == load_recipe("ngram-storyworld")


def test_a_recipe_is_a_source() -> None:
    recipe = load_recipe(NAME)
    assert load_recipe(recipe) == recipe
    assert load_recipe(recipe, minutes=3.0).stack()[1].steps is None
    assert load_recipe(load_recipe(recipe, steps=7), {"corpus.stories": 4000}).stack()[1].steps == 7


def test_numbers_of_numpy_and_paths_are_values(tmp_path: Path) -> None:
    recipe = load_recipe(NAME, steps=np.int64(20), learning_rate=np.float64(0.002), betas=(0.9, 0.95))
    assert (recipe.stack()[1].steps, recipe.stack()[1].learning_rate) == (20, 0.002)
    text = tmp_path / "mine.txt"
    assert load_recipe(NAME, {"corpus": {"kind": "files", "train": text}}).corpus.train == str(text)


def test_later_mappings_win_and_another_kind_starts_afresh() -> None:
    recipe = load_recipe([NAME, {"training": {"steps": 3}}, {"training.minutes": 2.0}], steps=4)
    assert (recipe.stack()[1].steps, recipe.stack()[1].minutes) == (4, None)
    assert load_recipe(NAME, corpus={"kind": "files", "train": "a.txt"}).corpus.kind == "files"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": "20"}, r"training\.steps='20' should be a whole number \(given in Python\)"),
        ({"steps": 2.5}, r"training\.steps=2\.5 should be a whole number"),
        ({"stepz": 20}, r"did you mean training\.steps\?"),
        ({"model": {"layer": "attention*2"}}, r"did you mean model\.layers\?"),
        ({"epochs": 3}, "epochs is not a key of a recipe"),
        ({"model": 3}, "model is a section with keys of its own"),
        ({"training": {"steps": 3, "minutes": 4.0}}, "exactly one of steps and minutes"),
        ({"training": {"steps": 3}, "training.steps": 4}, r"training\.steps is given twice"),
        ({"name": object()}, "name is a object, which no recipe can hold"),
        ({"betas": (0.9, np.zeros(3))}, r"betas\.1 is a ndarray, which no recipe can hold"),
        ({3: 4}, "3 is no key of a recipe"),
        ({"learning_rate": float("nan")}, "training.learning_rate"),
    ],
    ids=lambda given: given if isinstance(given, str) else " ".join(map(str, given)),  # values may show their address
)
def test_what_is_wrong_is_said_with_its_key(values: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        load_recipe(NAME, values)


@pytest.mark.parametrize("source", [3, None, [], [3], b"storyworld-quick"])
def test_what_is_no_recipe_is_refused(source: object) -> None:
    with pytest.raises(RecipeError, match=r"is no recipe|no recipe is given"):
        load_recipe(source)  # type: ignore[arg-type]
