"""What cannot fit is refused before anything is allocated or made."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from pocket_narrator.errors import RecipeError, RunError
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.training.machine.resources import refuse_full_disk, refuse_too_large
from pocket_narrator.workbench.from_recipe import train
from tests.small_runs import small_recipe

GB = 10**9


def recipe_with(folder: Path, model: dict | None = None, **training: object) -> Recipe:
    return small_recipe(folder, "small", {"heads": 2, **(model or {})}, **training)


@pytest.mark.parametrize(
    ("model", "training", "hint"),
    [
        ({"width": 65_536, "layers": "attention*100"}, {}, "a smaller model.width"),
        ({"bigram_buckets": 100_000_000, "width": 4096}, {}, "a smaller model.width"),
        ({"context": 2**20}, {"batch_tokens": 2**30}, "a smaller training.batch_tokens"),
    ],
)
def test_a_model_that_is_too_large_is_refused_before_anything_is_made(
    model: dict, training: dict, hint: str, tmp_path: Path
) -> None:
    recipe = recipe_with(tmp_path, model, **training)
    with pytest.raises(RecipeError, match="the training does not fit into memory") as caught:
        train(recipe, tmp_path / "run", tmp_path / "data", report=lambda _: None)
    assert hint in str(caught.value)
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "data").exists()


def test_what_is_certain_is_counted(tmp_path: Path) -> None:
    """Weights, gradients and two moments in float32, at the border."""
    recipe = recipe_with(tmp_path, {"width": 512, "heads": 8}, activation_checkpointing=True)
    certain = 16 * count_parameters(recipe.stack()[0], 300).parameters + 17 * 512
    refuse_too_large(recipe, 300, certain, "memory")
    with pytest.raises(RecipeError):
        refuse_too_large(recipe, 300, certain - 1, "memory")
    frozen = recipe_with(tmp_path, {"width": 512, "heads": 8}, activation_checkpointing=True, frozen=("layers",))
    refuse_too_large(frozen, 300, certain // 2, "memory")


def test_a_disk_without_space_for_the_checkpoints_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, run = recipe_with(tmp_path), tmp_path / "runs" / "small"
    usage = namedtuple("Usage", "total free")
    each = 12 * 1_000_000
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**12, 3 * each))
    refuse_full_disk(1_000_000, recipe, run)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**12, 3 * each - 1))
    with pytest.raises(RunError, match="the disk is too small for the checkpoints") as caught:
        refuse_full_disk(1_000_000, recipe, run)
    assert "36 MB of free space" in str(caught.value)
    assert not run.exists()
    for step in (100, 200):  # what is there already need not fit again
        (run / "checkpoints" / f"step-{step:07d}").mkdir(parents=True)
    refuse_full_disk(1_000_000, recipe, run)


def test_nothing_is_made_where_the_disk_is_too_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: namedtuple("Usage", "total free")(10**12, 1000))
    with pytest.raises(RunError, match="the disk is too small"):
        train(recipe_with(tmp_path), tmp_path / "run", tmp_path / "data", report=lambda _: None)
    assert not (tmp_path / "run").exists()
