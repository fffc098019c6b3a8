"""Finished runs that go on in new ones: weights, optimizer and data go on, the schedule begins anew, and all of it is said."""

import json
from pathlib import Path

import pytest
import torch

from pocket_narrator.cli.train import take_extension
from pocket_narrator.errors import CheckpointError, RecipeError, RunError
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.checkpoint import load_checkpoint, save_checkpoint
from pocket_narrator.training.loop import Trainer
from pocket_narrator.training.prolong import Extension, how_to_prolong, prolonged
from pocket_narrator.workbench import from_recipe
from tests.narrator_process import narrator
from tests.small_runs import assert_same_run, small_recipe
from tests.training.test_loop import signalled_in


def train(recipe: Recipe, folder: Path, **options) -> from_recipe.TrainingOutcome:
    return from_recipe.train(recipe, folder / "runs" / recipe.name, folder / "data", lambda _: None, **options)


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parent")
    return train(small_recipe(folder, "small", learning_rate=0.01), folder).run


def go_on(parent: Path, steps: int, folder: Path | None = None, overrides: tuple[str, ...] = ()) -> Path:
    recipe, _ = prolonged(parent, Extension("steps", steps), overrides)
    where = parent.parent if folder is None else folder
    data = parent.parents[1] / "data"
    return from_recipe.train(recipe, where / recipe.name, data, lambda _: None, parent=parent).run


def test_it_goes_on_with_weights_optimizer_and_data(parent: Path, tmp_path: Path, monkeypatch) -> None:
    """With the parent's rate throughout, both together are one run of their length."""
    read: list[int] = []
    batch = from_recipe.BatchOrder.batch
    monkeypatch.setattr(
        from_recipe.BatchOrder, "batch", lambda self, step, rank=0: read.append(step) or batch(self, step, rank)
    )
    same = {"schedule": "constant", "warmup_steps": 0, "learning_rate": 0.01}
    for steps in (12, 18):
        train(small_recipe(tmp_path, f"of-{steps}", steps=steps, **same), tmp_path)
    read.clear()
    run = go_on(tmp_path / "runs" / "of-12", 6)
    assert read == list(range(12, 18))
    last = load_checkpoint(run / "checkpoints" / "step-0000006")
    whole = load_checkpoint(tmp_path / "runs" / "of-18" / "checkpoints" / "step-0000018")
    assert all(torch.equal(last.model[name], whole.model[name]) for name in whole.model)
    moments = [name for name in whole.optimizer if name.endswith(".exp_avg_sq")]
    assert moments
    assert all(torch.equal(last.optimizer[name], whole.optimizer[name]) for name in moments)
    first = next(iter(read_json_lines(run / "metrics.jsonl")))
    assert first["step"] == 0  # the parent's model is measured, and saved
    described = json.loads((run / "data.json").read_text())["data"]["parent"]
    assert (described["name"], described["step"], described["batches"]) == ("of-12", 12, 12)
    read.clear()
    assert go_on(run, 2).name == "of-12-plus6-plus2"
    assert read == [18, 19]


def test_its_schedule_warms_up_to_half_of_the_rate_and_is_said(parent: Path) -> None:
    recipe, said = prolonged(parent, Extension("steps", 100), ())
    training = recipe.stack()[1]
    assert recipe.name == "small-plus100"
    assert (training.steps, training.learning_rate, training.warmup_steps) == (100, 0.005, 3)
    assert (
        "goes on from step 12: the rate rises within 3 steps to 0.005 (50% of the peak before), then falls along"
        in said
    )
    recipe, said = prolonged(parent, Extension("steps", 5), ("training.learning_rate=0.01", "name=mine"))
    assert (recipe.name, recipe.stack()[1].learning_rate, recipe.stack()[1].warmup_steps) == ("mine", 0.01, 0)
    assert "(100% of the peak before)" in said
    recipe, _ = prolonged(parent, Extension("minutes", 0.5), ())
    assert (recipe.name, recipe.stack()[1].minutes, recipe.stack()[1].steps) == ("small-plus0.5min", 0.5, None)


def test_interrupted_it_goes_on_to_the_same_bits(parent: Path, tmp_path: Path) -> None:
    whole = go_on(parent, 8, tmp_path / "whole")
    with signalled_in(5):
        go_on(parent, 8, tmp_path / "halves")
    halves = go_on(parent, 8, tmp_path / "halves")
    assert_same_run(halves, whole)


def test_its_own_recipe_goes_on_with_its_data(parent: Path, tmp_path: Path, monkeypatch) -> None:
    """Without a word of the parent, which the run remembers."""
    with signalled_in(5):
        run = go_on(parent, 8, tmp_path)
    recipe, _ = prolonged(parent, Extension("steps", 8), ())
    read: list[int] = []
    batch = from_recipe.BatchOrder.batch
    monkeypatch.setattr(
        from_recipe.BatchOrder, "batch", lambda self, step, rank=0: read.append(step) or batch(self, step, rank)
    )
    assert from_recipe.train(recipe, run, parent.parents[1] / "data", lambda _: None).result.finished
    assert read == [17, 18, 19]


@pytest.mark.parametrize(
    "override", ["training.batch_tokens=256", "model.width=64", "training.optimizer=muon", "training.seed=3"]
)
def test_what_has_to_stay_cannot_be_changed(override: str, parent: Path) -> None:
    with pytest.raises(RecipeError, match=f"{override.partition('=')[0]} cannot be changed"):
        prolonged(parent, Extension("steps", 5), (override,))


def test_a_run_that_is_not_finished_is_finished_first(tmp_path: Path) -> None:
    with signalled_in(5):
        run = train(small_recipe(tmp_path), tmp_path).run
    with pytest.raises(RunError, match="is not finished, and only a finished one is prolonged: step 5 of 12"):
        prolonged(run, Extension("steps", 5), ())


def test_other_text_is_refused(parent: Path, tmp_path: Path) -> None:
    recipe, _ = prolonged(parent, Extension("steps", 5), ())
    small_recipe(tmp_path)  # writes its text, which is that of the parent
    text = (tmp_path / "train.txt").read_text().replace("cat", "cow")
    (tmp_path / "train.txt").write_text(text)
    corpus = recipe.corpus.model_copy(update={"train": str(tmp_path / "train.txt")})
    with pytest.raises(RunError, match="the corpus has changed since this run was trained"):
        train(recipe.model_copy(update={"corpus": corpus}), tmp_path, parent=parent)
    assert not (tmp_path / "runs").exists()


def test_a_folder_of_another_run_is_left_alone(parent: Path, tmp_path: Path) -> None:
    recipe, _ = prolonged(parent, Extension("steps", 5), ("name=other",))
    other = train(small_recipe(tmp_path, "other", steps=1), tmp_path).run
    with pytest.raises(RunError, match="this run does not go on from"):
        from_recipe.train(recipe, other, tmp_path / "data", lambda _: None, parent=parent)


def test_more_steps_for_a_run_are_answered_with_the_command_that_gives_them(parent: Path) -> None:
    folder = parent.parents[1]
    recipe = small_recipe(folder, "small", learning_rate=0.01, steps=24)
    with pytest.raises(RunError, match="was made for 12 steps, and is asked for 24 steps now") as caught:
        train(recipe, folder)
    assert f"narrator train {parent.as_posix()} training.steps=+12" in str(caught.value)
    told: list[str] = []
    finished = small_recipe(folder, "small", learning_rate=0.01)
    from_recipe.train(finished, parent, folder / "data", report=told.append)
    assert how_to_prolong(parent, finished.stack()[1]) in "\n".join(told)


def test_a_run_that_lost_its_beginning_does_not_begin_at_random(parent: Path, tmp_path: Path) -> None:
    recipe, _ = prolonged(parent, Extension("steps", 5), ())

    class Crash(BaseException):
        pass

    def crash(*_: object) -> None:
        raise Crash

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "begin_with", crash)
        with pytest.raises(Crash):
            train(recipe, tmp_path, parent=parent)
    with pytest.raises(RunError, match="has no weights yet; it was begun from small"):
        train(recipe, tmp_path)


def rewritten(run: Path, without: str = "nothing", **state: object) -> Path:
    """The last checkpoint, with a right checksum, other values in its state and no optimizer's tensors that begin so."""
    (place,) = sorted((run / "checkpoints").glob("step-*"))[-1:]
    last = load_checkpoint(place)
    kept = {key: value for key, value in last.optimizer.items() if not key.startswith(without)}
    return save_checkpoint(place.parent, last.step, last.model, kept, last.state | state)


def test_a_parent_whose_checkpoint_has_what_no_training_writes(tmp_path: Path) -> None:
    """What is named, and what its hint speaks of, is the checkpoint: not the run."""
    run = train(small_recipe(tmp_path, steps=2, rows="stream"), tmp_path).run
    recipe, _ = prolonged(run, Extension("steps", 2), ())
    place = rewritten(run, without="carried.")
    with pytest.raises(CheckpointError, match="is not what a training writes") as caught:
        train(recipe, tmp_path, parent=run)
    assert caught.value.where == str(place)
    rewritten(run, tokens="x")
    with pytest.raises(CheckpointError, match="is not what a training writes: tokens") as caught:
        prolonged(run, Extension("steps", 2), ())
    assert caught.value.where == str(place)


def test_the_command(parent: Path) -> None:
    folder = parent.parents[1]
    done = narrator("train", "runs/small", "training.steps=+4", "--stories", "0", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "runs/small goes on from step 12: the rate rises" in done.stderr
    assert "Saved to runs/small-plus4" in done.stdout.replace("\\", "/")
    again = narrator("train", "runs/small", "training.steps=+4", "--stories", "0", cwd=folder)
    assert again.returncode == 0
    assert "this run is finished: 4 steps" in again.stderr


@pytest.mark.parametrize(
    ("argument", "taken"),
    [
        ("training.steps=+1_000", ("steps", 1000)),
        ("steps=+20", ("steps", 20)),
        ("training.minutes=+0.5", ("minutes", 0.5)),
        ("training.steps=1000", None),
    ],
)
def test_what_is_taken_for_a_longer_training(argument: str, taken: tuple | None) -> None:
    more, others = take_extension(["runs/small", argument, "name=x"])
    assert more == taken
    assert others == ["runs/small", *([argument] if taken is None else []), "name=x"]


@pytest.mark.parametrize("wrong", ["training.steps=+0", "training.steps=+many", "minutes=+-1", "training.minutes=+nan"])
def test_no_length(wrong: str) -> None:
    with pytest.raises(RecipeError, match="this is no length that a run could be prolonged by"):
        take_extension(["runs/small", wrong])
