"""A training that stops making sense says where."""

from pathlib import Path

import pytest

from pocket_narrator.errors import NarratorError
from pocket_narrator.run.checkpoint import load_checkpoint
from pocket_narrator.workbench import from_recipe
from tests.small_runs import small_recipe


def test_nan_in_the_scan_is_named_by_layer_step_and_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = small_recipe(
        tmp_path, model={"layers": "mamba*3", "positions": "none"}, checkpoint_every=2, evaluate_every=100
    )
    step = from_recipe.Trainer._train_step

    def poison(self):
        if self.step == 7:
            self.model.layers[1].mixer.skip.data[3] = float("nan")
        return step(self)

    monkeypatch.setattr(from_recipe.Trainer, "_train_step", poison)
    with pytest.raises(NarratorError, match="has diverged") as raised:
        from_recipe.train(recipe, tmp_path / "run", tmp_path / "data", report=lambda _: None)
    message = str(raised.value)
    assert "the output of layer 2 of 3 (mixer, mamba) is NaN or inf in step 8 (batch 7 of seed 0)" in message
    assert "step-0000006 is the last good checkpoint" in message
    checkpoints = sorted((tmp_path / "run" / "checkpoints").iterdir())
    assert checkpoints[-1].name == "step-0000006"
    assert all(value.isfinite().all() for value in load_checkpoint(checkpoints[-1]).model.values())


def test_a_gradient_that_is_no_number_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = small_recipe(tmp_path)
    step = from_recipe.Trainer._train_step

    def poison(self):
        if self.step == 4:
            self.model.layers[1].feed_forward.up.weight.register_hook(lambda gradient: gradient * float("nan"))
        return step(self)

    monkeypatch.setattr(from_recipe.Trainer, "_train_step", poison)
    with pytest.raises(
        NarratorError, match=r"the gradient of layers\.1\.feed_forward\.up\.weight is NaN or inf"
    ) as raised:
        from_recipe.train(recipe, tmp_path / "run", tmp_path / "data", report=lambda _: None)
    assert "step 5 (batch 4 of seed 0); step-0000004 is the last good checkpoint" in str(raised.value)
