"""A run knows which kernels computed it, goes on with them, and says where it cannot."""

import signal
from pathlib import Path

import pytest

from pocket_narrator.models.kernels import native
from pocket_narrator.run.checkpoint import load_checkpoint, newest_checkpoint
from pocket_narrator.training.loop import Trainer
from pocket_narrator.workbench import from_recipe
from tests.small_runs import small_recipe

pytestmark = pytest.mark.skipif(not native.available(), reason=native.status())


def train(folder: Path, stops_in: int | None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Four steps, or up to a signal in one of them; returns what was reported."""
    train_step = Trainer._train_step

    def interrupted(self: Trainer) -> object:
        if self.step + 1 == stops_in:
            signal.raise_signal(signal.SIGTERM)
        return train_step(self)

    said: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_train_step", interrupted)
        from_recipe.train(small_recipe(folder, steps=4), folder / "run", folder / "data", report=said.append)
    return said


def kernels_of(run: Path) -> dict:
    newest = newest_checkpoint(run / "checkpoints")
    assert newest is not None
    return load_checkpoint(newest).state["kernels"]


def test_going_on_with_the_same_and_with_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = native.identity()
    assert ours["sha256"] is not None
    train(tmp_path, 1, monkeypatch)
    assert kernels_of(tmp_path / "run") == ours
    said = train(tmp_path, 2, monkeypatch)
    assert not [line for line in said if "the last bits will differ" in line]

    monkeypatch.setattr(native, "_loaded", None)
    monkeypatch.setenv("POCKET_NARRATOR_KERNELS", "torch")
    (line,) = [line for line in train(tmp_path, 3, monkeypatch) if "the last bits will differ" in line]
    assert line == (
        f"trained so far with the kernels {ours['name']} ({ours['sha256'][:12]}), from here on with others: the last bits will differ "
        "(torch kernels (POCKET_NARRATOR_KERNELS=torch))"
    )
    assert kernels_of(tmp_path / "run") == {"name": "torch", "sha256": None}
