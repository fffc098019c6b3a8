"""Where a training stopped making sense: the first layer, or the first weight, whose numbers are NaN or inf."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from pocket_narrator.errors import NarratorError
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.run.checkpoint import step_name
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.training.machine.precision import Machine


def where_it_diverges(model: DecoderStack, inputs_BT: Tensor, starts_BT: Tensor | None, machine: Machine) -> str:
    """Names what is first to be no number when the model reads a batch: an output on the way up, or else a gradient.

    The model's weights must be those that the batch was read with.
    """
    with _first_bad_output(model) as bad, torch.no_grad(), machine.autocast():
        model(inputs_BT, starts_BT)
    if bad:
        return f"the output of {bad[0]}"
    for name, parameter in reversed(list(model.named_parameters())):  # gradients come down from the top
        if parameter.grad is not None and not bool(parameter.grad.isfinite().all()):
            return f"the gradient of {name}"
    return "the loss"


@contextmanager
def _first_bad_output(model: DecoderStack) -> Iterator[list[str]]:
    """While it is open: the names of the parts that give numbers that are none, in the order in which they are used."""
    bad: list[str] = []

    def watch(name: str, module: nn.Module) -> torch.utils.hooks.RemovableHandle:
        def look(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            if not bool(output.isfinite().all()):
                bad.append(name)

        return module.register_forward_hook(look)

    mixers = model.model.mixers()
    parts: list[tuple[str, nn.Module]] = [("the embedding", model.embedding)]
    for index, layer in enumerate(model.layers):
        for name, part in layer.named_children():
            kind = f"mixer, {mixers[index]}" if name == "mixer" else name
            if name != "dropout":
                parts.append((f"layer {index + 1} of {len(mixers)} ({kind})", part))
    parts.append(("the last norm", model.norm))
    handles = [watch(name, module) for name, module in parts]
    try:
        yield bad
    finally:
        for handle in handles:
            handle.remove()


def diverged(what: str, run_directory: RunDirectory, batch: int, last_save: int | None) -> NarratorError:
    """The error of a training in which `what` is no number any more since it read batch `batch`."""
    recipe = run_directory.recipe
    training = recipe.stack()[1]
    keys = ["learning_rate"] + ["muon_learning_rate"] * (training.optimizer == "muon")
    lower = " ".join(f"training.{key}={getattr(training, key) / 3:.1g}" for key in keys)
    saved = "" if last_save is None else f"; {step_name(last_save)} is the last good checkpoint"
    # A run without a checkpoint gives way to another recipe.
    slower = f"slower: {lower}" if last_save is None else f"slower under another name: name={recipe.name}-2 {lower}"
    return NarratorError(
        f"the training has diverged: {what} is NaN or inf in step {batch + 1:,} (batch {batch} of seed "
        f"{training.seed}){saved}",
        where=str(run_directory.path),
        hint=f"train {slower}",
    )
