"""Whether a model can be trained on this machine at all: memory and disk, looked at before anything is allocated."""

import shutil
from pathlib import Path

from pocket_narrator.errors import RecipeError, RunError
from pocket_narrator.process.memory import gigabytes
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.checkpoint import has_checkpoint

BYTES_OF_A_BATCH = 17  # a token: inputs and targets of 8 bytes, and where stories start
KEPT_CHECKPOINTS = 3  # two that stay, and the one that is being written


def refuse_too_large(recipe: Recipe, vocabulary_size: int, memory: int, of: str) -> None:
    """RecipeError where the model, or the batch, cannot be held in `memory` bytes.

    What is certain is counted: weights, gradients and moments in float32, of a model that is frozen in parts the weights alone;
    the batch; and half of the activations that are estimated, none where they are computed again.
    """
    model, training = recipe.stack()
    count = count_parameters(model, vocabulary_size)
    moments = 4 if training.optimizer == "muon" else 8
    learned = count.parameters * (4 if training.frozen else 8 + moments)
    activations = 0
    if not training.activation_checkpointing:
        activations = training.batch_tokens // training.accumulation * count.activation_bytes_per_token // 2
    needed = learned + BYTES_OF_A_BATCH * training.batch_tokens + activations
    if needed <= memory:
        return
    if learned > memory // 2:
        hint = "a smaller model.width, fewer model.layers, or a smaller vocabulary"
    else:
        hint = (
            "a smaller training.batch_tokens, a larger training.accumulation, or training.activation_checkpointing=true"
        )
    raise RecipeError(
        f"the training does not fit into memory: {count.parameters:,} parameters and {training.batch_tokens:,} tokens a step need "
        f"at least {gigabytes(needed)}",
        found=f"{gigabytes(memory)} of {of}",
        hint=hint,
    )


def refuse_full_disk(parameters: int, recipe: Recipe, run: Path) -> None:
    """RunError where the disk has no space for the checkpoints that a run of so many parameters keeps."""
    training, kept = recipe.stack()[1], KEPT_CHECKPOINTS
    moments = 4 if training.optimizer == "muon" else 8
    each = parameters * 4 if training.frozen else parameters * (4 + moments)
    there = sum(path.is_dir() for path in (run / "checkpoints").iterdir()) if has_checkpoint(run / "checkpoints") else 0
    if training.keep_checkpoints == "all" and training.steps is not None:
        kept = max(kept, training.steps // training.checkpoint_every)
    needed = each * max(1, kept - there)
    folder = next(path for path in (run.absolute(), *run.absolute().parents) if path.exists())
    usage = shutil.disk_usage(folder)
    if usage.total and usage.free < needed:  # some network drives say nothing
        raise RunError(
            f"the disk is too small for the checkpoints of this run: each takes about {gigabytes(each)}, and {kept:,} "
            "have to fit while one is written",
            where=str(run),
            expected=f"{gigabytes(needed)} of free space",
            found=gigabytes(usage.free),
            hint="free some space, or give another place with --run",
        )
