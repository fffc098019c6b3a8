"""Which keys of a recipe may be others on going on, and how that is recorded."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from pocket_narrator.errors import RunError
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run import identity as run_identity
from pocket_narrator.run.checkpoint import load_checkpoint
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.run.identity import RunIdentity
from pocket_narrator.workbench import from_recipe
from tests.narrator_process import narrator
from tests.run.test_data import stopped, train
from tests.small_runs import small_recipe

MAY_CHANGE = {
    "name": "other",
    "about": "another description",
    "tracking.wandb_project": "other",
    "generation.prompts": ["One day"],
    "generation.temperature": 0.5,
    "generation.max_tokens": 5,
    "training.evaluate_every": 3,
    "training.sample_every": 2,
    "training.checkpoint_every": 2,
    "training.patience": 100,
    "training.device": "auto",
    "training.compile": "auto",
    "training.activation_checkpointing": True,
}
MUST_NOT = {
    "training.learning_rate": 2e-3,
    "training.batch_tokens": 256,
    "training.precision": "bf16",
    "training.accumulation": 2,
    "training.seed": 1,
    "model.dropout": 0.1,
    "tokenizer.vocabulary_size": 301,
    "corpus.validation_fraction": 0.1,
    # With these, other checkpoints would be the best by scores that cannot be compared.
    "evaluation.stories_in_training": 3,
    "evaluation.stride": 4,
}


def changed(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    tree = recipe.model_dump(mode="json")
    for key, value in changes.items():
        section, _, name = key.rpartition(".")
        (tree[section] if section else tree)[name] = value
    return Recipe.model_validate_json(json.dumps(tree))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        train(small_recipe(folder, "small"), "runs/whole")
        stopped(small_recipe(folder, "small"), "runs/small")
    return folder


@pytest.fixture
def run(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(project / "runs/small", tmp_path / "runs/small")
    monkeypatch.chdir(tmp_path)
    return Path("runs/small")


def test_what_changes_nothing_of_what_is_learned_may_change(project: Path, run: Path) -> None:
    changes = {key: value for key, value in MAY_CHANGE.items() if key != "training.patience"}
    recipe = changed(small_recipe(project, "small"), changes)
    said: list[str] = []
    assert from_recipe.train(recipe, run, report=said.append).result.finished
    line = next(text for text in said if text.startswith("going on with "))
    assert "training.checkpoint_every=2 (was 3)" in line
    assert all(f"{key}=" in line for key in changes)
    ends = [load_checkpoint(path / "checkpoints/step-0000012") for path in (run, project / "runs/whole")]
    for one, other in ((end.model for end in ends), (end.optimizer for end in ends)):
        assert [key for key in other if not torch.equal(one[key], other[key])] == []
    identity = RunIdentity.load(run)
    assert identity.recipe == recipe
    assert json.loads((run / "data.json").read_text())["changes"][0]["training.checkpoint_every"] == [3, 2]
    again: list[str] = []
    from_recipe.train(recipe, run, report=again.append)
    assert not any("going on with" in text for text in again)


@pytest.mark.parametrize("key", MAY_CHANGE)
def test_each_of_them_alone(project: Path, run: Path, key: str) -> None:
    RunDirectory.check(run, changed(small_recipe(project, "small"), {key: MAY_CHANGE[key]}))


@pytest.mark.parametrize("key", MUST_NOT)
def test_what_changes_the_numbers_is_refused(project: Path, run: Path, key: str) -> None:
    with pytest.raises(RunError, match=f"{key}: .* in the run, .* now"):
        RunDirectory.check(run, changed(small_recipe(project, "small"), {key: MUST_NOT[key]}))


def test_patience_counts_by_the_evaluations(project: Path, run: Path) -> None:
    recipe = changed(small_recipe(project, "small"), {"training.patience": 2, "training.evaluate_every": 3})
    with pytest.raises(RunError, match=r"evaluate_every: 4 in the run, 3 now; training\.patience counts by it"):
        RunDirectory.check(run, recipe)


@pytest.mark.parametrize("dies", ["before the recipe", "after it"])
def test_a_process_that_dies_while_it_records_leaves_a_whole_run(
    project: Path, run: Path, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    recipe = changed(small_recipe(project, "small"), {"generation.prompts": ["One day"]})

    def die(path: Path, text: str) -> None:
        if dies == "after it":
            path.write_text(text, encoding="utf-8")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(run_identity, "write_text", die)
        with pytest.raises(KeyboardInterrupt):
            train(recipe, run)
    was = small_recipe(project, "small") if dies == "before the recipe" else recipe
    assert RunIdentity.load(run).recipe == was
    train(recipe, run)
    assert RunIdentity.load(run).recipe == recipe
    (run / "config.yaml").write_text((run / "config.yaml").read_text().replace("0.001", "0.002"))
    with pytest.raises(RunError, match=r"config\.yaml was changed after the run began"):
        RunIdentity.load(run)


def test_the_command_says_it_in_one_line(project: Path, run: Path) -> None:
    config = os.path.relpath(run / "config.yaml")
    done = narrator("train", config, "training.checkpoint_every=5", "--stories", "0", cwd=Path.cwd())
    assert done.returncode == 0, done.stderr
    assert "going on with training.checkpoint_every=5 (was 3)\n" in done.stderr
