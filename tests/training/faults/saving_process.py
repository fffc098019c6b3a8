"""A process that does nothing but save checkpoints and log until it is killed."""

from multiprocessing.connection import Connection
from pathlib import Path

import torch

from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.checkpoint import checkpoint_step, newest_checkpoint, prune, save_checkpoint
from pocket_narrator.run.directory import RunDirectory
from tests.dying import die_before

RECIPE = Recipe.model_validate({"name": "run", "corpus": {"kind": "storyworld"}, "training": {"steps": 1}})
SIZE = 1_000  # numbers in each tensor


def save_until_killed(base: Path, started: Connection, change: int) -> None:
    """Resumes the run in `base`, says so, and goes on up to a change of the disk; even steps also replace the checkpoint that they
    have written."""
    torch.set_num_threads(1)
    with RunDirectory.open_or_create(base / "run", RECIPE, base / "tokenizer.json", {"corpus": "x"}) as run:
        newest = newest_checkpoint(run.checkpoints, report=complain)
        step = checkpoint_step(newest) if newest else None
        run.truncate_after(step)
        started.send(step)
        die_before(change)
        step = step or 0
        while True:
            step += 1
            run.metrics.append({"step": step, "loss": 1.0 / step})
            for _ in range(2 - step % 2):
                save_checkpoint(run.checkpoints, step, tensors_of(step), tensors_of(-step), {"step": step})
            run.set_best(step, 1.0 / step)
            prune(run.checkpoints, keep={step - 1})


def tensors_of(step: int) -> dict[str, torch.Tensor]:
    """What must be found in the checkpoint of `step`."""
    return {"first": torch.full((SIZE,), float(step)), "second": torch.full((SIZE // 2,), step, dtype=torch.int64)}


def complain(message: str) -> None:
    raise AssertionError(f"a kill damaged a checkpoint: {message}")
