"""The shipped recipes: all load, are short, and are of the sizes that they say."""

from pathlib import Path

import pytest

from pocket_narrator.cli.recipes import GROUPS
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.loading import list_recipes, load_recipe, recipes_of_group

RECIPES = Path(__file__).parents[2] / "pocket_narrator" / "recipe" / "shipped"

# Published sizes of the earlier projects' models. Where SwiGLU is used ours has biases in it, which theirs had not.
PUBLISHED_PARAMETERS = {
    "transformer-8m": 8_864_256,
    "transformer-28m": 27_775_488,
    "transformer-28m-4-heads": 27_775_488,
    "transformer-28m-16-layers": 15_168_000,
    "transformer-28m-width-128": 7_612_672,
    "transformer-28m-amp": 27_775_488,
    "transformer-28m-wide": 30_327_808,
    "transformer-28m-full-data": 27_775_488,
    "transformer-28m-vocabulary-10000": 30_335_488,
    "proxy": 3_351_808,
    "proxy-vocabulary-2048": 1_316_096,
    "proxy-vocabulary-5000": 2_071_808,
    "proxy-sinusoidal": 3_351_808,
    "proxy-gelu": 3_353_344,
    "transformer-d": 1_049_344,
    "transformer-e": 1_049_344,
    "transformer-f": 1_049_344,
    "transformer-d-medium": 328_064,
    "transformer-e-medium": 328_064,
    "transformer-f-medium": 328_064,
    "transformer-d-small": 228_096,
    "transformer-d-medium-quarter": 328_064,
    "transformer-g": 2_073_344,
    "transformer-h": 2_073_344,
    "transformer-i": 2_073_344,
    "transformer-g-medium": 840_064,
    "transformer-h-medium": 840_064,
    "transformer-i-medium": 840_064,
    "transformer-h-medium-swiglu": 838_272,
    "storyllm-30m": 29_995_392,
    "llama-9m": 8_986_880,
}


@pytest.mark.parametrize("name", list_recipes())
def test_shipped_recipe_loads_and_is_short(name: str) -> None:
    recipe = load_recipe([name])
    (file,) = RECIPES.glob(f"*/{name}.yaml")
    text = file.read_text(encoding="utf-8")
    assert recipe.name == name
    assert recipe.about
    assert len(text.splitlines()) < 40
    assert text.startswith("# ")


def test_all_recipe_files_are_listed() -> None:
    assert list_recipes() == sorted(path.stem for path in RECIPES.glob("*/*"))


@pytest.mark.parametrize(("name", "published"), PUBLISHED_PARAMETERS.items())
def test_parameters_are_those_of_the_earlier_project(name: str, published: int) -> None:
    recipe = load_recipe([name])
    model = recipe.model
    biases = len(model.mixers()) * (2 * model.hidden_width() + model.width)
    extra = biases if model.feed_forward == "swiglu" and model.bias else 0
    assert count_parameters(model, recipe.tokenizer.vocabulary_size).parameters == published + extra


def test_every_recipe_is_in_a_group_that_is_shown() -> None:
    assert {path.name for path in RECIPES.iterdir()} == set(GROUPS)
    assert sorted(name for group in GROUPS for name in recipes_of_group(group)) == list_recipes()
