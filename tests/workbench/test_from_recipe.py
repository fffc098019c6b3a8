"""What is refused before the work, and what a training that failed leaves to the next."""

from pathlib import Path

import pytest

from pocket_narrator.errors import NarratorError, RecipeError, RunError
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.training.optimizers import Optimizers
from pocket_narrator.workbench import from_recipe
from tests.small_runs import small_recipe


def recipe_with(folder: Path, section: str, changes: dict, **training: object) -> Recipe:
    tree = small_recipe(folder, **training).model_dump(mode="json")
    return Recipe.model_validate({**tree, section: {**tree[section], **changes}})


def train(recipe: Recipe, folder: Path, told: list[str] | None = None, **options) -> from_recipe.TrainingOutcome:
    said = [] if told is None else told
    return from_recipe.train(recipe, folder / "runs" / recipe.name, folder / "data", said.append, **options)


@pytest.mark.parametrize(
    "mixer", ["attention", "gated_linear_attention", "gated_delta", "mamba", "mamba2", "mamba3", "narrative"]
)
def test_a_prompt_longer_than_the_context_is_refused_before_the_run_is_made(mixer: str, tmp_path: Path) -> None:
    """Of any of the prompts, and of every kind of model."""
    prompts = ["Once", "the cat sat " * 12]
    tree = recipe_with(tmp_path, "generation", {"prompts": prompts}).model_dump(mode="json")
    model = {**tree["model"], "layers": f"{mixer}*2", "mamba2": {"head_width": 16}, "mamba3": {"head_width": 16}}
    recipe = Recipe.model_validate({**tree, "model": model})
    with pytest.raises(RecipeError, match="the prompt has") as caught:
        train(recipe, tmp_path)
    assert "the recipe's section generation" in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_a_warm_up_longer_than_the_run_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    train(small_recipe(tmp_path, steps=2, warmup_steps=20), tmp_path, told)
    assert any(line.startswith("the warm-up of 20 steps is longer than the run") for line in told)
    told.clear()
    train(small_recipe(tmp_path, "other", steps=2, warmup_steps=2), tmp_path, told)
    assert not any("warm-up" in line for line in told)


def test_a_training_that_died_before_its_first_checkpoint_gives_way_to_the_corrected_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rate = Optimizers.set_rate_factor
    with monkeypatch.context() as patch:
        patch.setattr(Optimizers, "set_rate_factor", lambda self, factor: set_rate(self, 1e32 * factor))
        with pytest.raises(NarratorError, match="has diverged") as caught:
            train(small_recipe(tmp_path, clip=None, warmup_steps=0), tmp_path)
    assert "train slower: training.learning_rate=0.0003" in str(caught.value)  # under the same name
    assert (tmp_path / "runs" / "small" / "config.yaml").is_file()
    corrected = small_recipe(tmp_path, clip=None, warmup_steps=0, learning_rate=0.0003)
    trained = train(corrected, tmp_path)
    assert trained.result.finished
    with pytest.raises(RunError, match="made with another recipe"):
        train(small_recipe(tmp_path, clip=None, warmup_steps=0), tmp_path)


def test_a_folder_that_is_no_run_stays_as_it_is_also_where_another_run_is_gone_on_from(tmp_path: Path) -> None:
    base = train(small_recipe(tmp_path, "base", steps=1), tmp_path).run
    (tmp_path / "runs" / "mine").mkdir()
    (tmp_path / "runs" / "mine" / "letter.txt").write_text("Dear")
    with pytest.raises(RunError, match="is no run: it holds letter"):
        train(small_recipe(tmp_path, "mine"), tmp_path, base=base)
    assert [path.name for path in (tmp_path / "runs" / "mine").iterdir()] == ["letter.txt"]


def test_a_story_that_cannot_be_told_at_the_end_leaves_the_measurement(tmp_path: Path) -> None:
    trained = train(small_recipe(tmp_path, steps=1), tmp_path)
    with pytest.MonkeyPatch.context() as patch:

        def refuse(*_: object, **__: object) -> list[str]:
            raise NarratorError("nothing can be told")

        patch.setattr(from_recipe.Narrator, "tell", refuse)
        told: list[str] = []
        evaluation, stories = from_recipe.finish(trained, 2, told.append)
    assert stories == []
    assert told == ["no stories are told at the end: nothing can be told"]
    assert evaluation.likelihood.stories == 4
