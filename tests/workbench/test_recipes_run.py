"""Every shipped recipe trains: its own options, on a little text, small where full size would take long."""

import math
from pathlib import Path

import pytest

from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.loading import list_recipes, load_recipe
from pocket_narrator.recipe.schema import ModelConfig, NGramConfig, Recipe
from pocket_narrator.workbench.from_recipe import train
from tests.small_runs import write_stories

LARGE = 1_000_000  # parameters
SMALL = {"width": 64, "layers": "attention*2", "context": 64}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Text, and the tokens that all recipes share."""
    folder = tmp_path_factory.mktemp("recipes")
    write_stories(folder / "train.txt", 200, seed=1)
    write_stories(folder / "validation.txt", 5, seed=2)
    return folder


def reduced(name: str, folder: Path) -> Recipe:
    """Two steps of two rows; where the model is large, two layers of width 64 with at most the recipe's heads."""
    recipe = load_recipe([name])
    if isinstance(recipe.model, NGramConfig):
        return with_little_text(recipe, folder)
    model, training = recipe.stack()
    if count_parameters(model, recipe.tokenizer.vocabulary_size).parameters > LARGE:
        model = smaller(model)
    shorter = training.model_dump() | {
        "steps": 2,
        "minutes": None,
        "batch_tokens": 2 * model.context * training.accumulation,
        "stride": training.stride and min(training.stride, model.context),
        "compile": "off",
    }
    return with_little_text(recipe, folder, model=model.model_dump(), training=shorter)


def with_little_text(recipe: Recipe, folder: Path, **changes: dict) -> Recipe:
    files = {part: str(folder / f"{part}.txt") for part in ("train", "validation")}
    changed = recipe.model_dump() | {
        "corpus": {"kind": "files", **files},
        "tokenizer": {"vocabulary_size": 300},
        "generation": recipe.generation.model_dump() | {"prompts": ("The",), "max_tokens": 5},
        "evaluation": {"stories_in_training": 2},
        **changes,
    }
    return Recipe.model_validate(changed)


def smaller(model: ModelConfig) -> ModelConfig:
    """The same kind of stack; two layers keep whatever belongs to every second one."""
    heads = max(heads for heads in (1, 2, 4, 8) if model.heads % heads == 0)
    groups = model.heads // (model.key_value_heads or model.heads)
    changes = {
        **SMALL,
        "heads": heads,
        "key_value_heads": None if model.key_value_heads is None else max(1, heads // groups),
        "feed_forward_width": model.feed_forward_width and max(8, model.feed_forward_width * 64 // model.width),
        "window": model.window and min(model.window, SMALL["context"] // 2),
        "bigram_buckets": min(model.bigram_buckets, 100),
    }
    return ModelConfig.model_validate(model.model_dump() | changes)


STACKS = [name for name in list_recipes() if isinstance(load_recipe([name]).model, ModelConfig)]


@pytest.mark.parametrize("name", STACKS)
def test_two_steps(name: str, folder: Path) -> None:
    recipe = reduced(name, folder)
    run = folder / "runs" / name
    trained = train(recipe, run, folder / "data", report=lambda _: None)
    assert (trained.result.step, trained.result.finished) == (2, True)
    records = list(read_json_lines(run / "metrics.jsonl"))
    losses = [record["loss"] for record in records if "loss" in record]
    assert losses == [pytest.approx(math.log(300), rel=0.05)]
    assert records[-1]["validation_bits_per_byte"] > 0
    assert (run / "checkpoints" / "step-0000002" / "MANIFEST.json").is_file()


@pytest.mark.parametrize("name", sorted(set(list_recipes()) - set(STACKS)))
def test_one_pass(name: str, folder: Path) -> None:
    run = folder / "runs" / name
    trained = train(reduced(name, folder), run, folder / "data", report=lambda _: None)
    assert (trained.result.step, trained.result.finished) == (1, True)
    assert (run / "checkpoints" / "step-0000001" / "MANIFEST.json").is_file()
    assert Narrator.load(run).tell("The")[0].startswith("The")


def test_full_size_is_kept_where_it_is_small(folder: Path) -> None:
    kept = [name for name in STACKS if reduced(name, folder).model == load_recipe([name]).model]
    assert 0 < len(kept) < len(STACKS)
