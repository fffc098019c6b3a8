"""A trained model as telling, measuring and exporting want it: out of a run directory, ready to run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from pocket_narrator.errors import CheckpointError
from pocket_narrator.models.ngram import NGramModel, ngram_from_tensors
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.schema import ModelConfig, NGramConfig, Recipe
from pocket_narrator.run.checkpoint import all_checkpoints, checkpoint_step, load_model_tensors
from pocket_narrator.run.directory import RunDirectory, StoredRun
from pocket_narrator.run.records import CHECKPOINTS
from pocket_narrator.terminal.messages import say
from pocket_narrator.tokenizers import Tokenizer

Which = Literal["best", "last"]


@dataclass(frozen=True)
class LoadedRun:
    """One checkpoint of a run; a stack is in evaluation mode, on the GPU where there is one and the recipe allows it."""

    model: DecoderStack | NGramModel
    tokenizer: Tokenizer
    recipe: Recipe
    step: int
    run_folder: Path
    data: dict  # what the run was trained on


def load_trained(path: str | Path, which: Which = "best") -> LoadedRun:
    """The best (or last) undamaged checkpoint of the run directory `path`.

    Raises RunError where there is no run or no checkpoint in it, CheckpointError where all are damaged or the weights
    are not those of the run's recipe.
    """
    stored = RunDirectory.read(Path(path), which, report=_complain)
    return _load(stored, stored.checkpoint, Tokenizer.load(stored.tokenizer))


def load_checkpoints(path: str | Path, most: int) -> Iterator[LoadedRun]:
    """The undamaged checkpoints of a run, the oldest first, one at a time; at most `most`, at even distances, with the first
    and the last. Damaged ones are reported and passed over."""
    stored = RunDirectory.read(Path(path), "last", report=_complain)
    tokenizer = Tokenizer.load(stored.tokenizer)
    found = all_checkpoints(stored.path / CHECKPOINTS)
    if len(found) > most:
        found = [found[n * (len(found) - 1) // (most - 1)] for n in range(most)]
    for checkpoint in found:
        try:
            yield _load(stored, checkpoint, tokenizer)
        except CheckpointError as error:
            _complain(f"a damaged checkpoint is passed over: {error.what}")


def _load(stored: StoredRun, checkpoint: Path, tokenizer: Tokenizer) -> LoadedRun:
    model = _model_of(stored.recipe, load_model_tensors(checkpoint), tokenizer, checkpoint)
    step = checkpoint_step(checkpoint)
    assert step is not None
    return LoadedRun(model, tokenizer, stored.recipe, step, stored.path, stored.data)


def _model_of(
    recipe: Recipe, tensors: dict[str, Tensor], tokenizer: Tokenizer, checkpoint: Path
) -> DecoderStack | NGramModel:
    if isinstance(recipe.model, NGramConfig):
        vocabulary_size, end_of_text = tokenizer.vocabulary_size, tokenizer.end_of_text
        return ngram_from_tensors(recipe.model, tensors, vocabulary_size, end_of_text, str(checkpoint))
    _refuse_far_larger(recipe.model, tensors, tokenizer, checkpoint)
    model = DecoderStack(recipe.model, tokenizer.vocabulary_size)
    refuse_other_weights(model, tensors, checkpoint)
    model.load_state_dict(tensors)
    on_gpu = recipe.stack()[1].device != "cpu" and torch.cuda.is_available()
    return model.to("cuda" if on_gpu else "cpu").eval()


def _refuse_far_larger(model: ModelConfig, tensors: dict[str, Tensor], tokenizer: Tokenizer, checkpoint: Path) -> None:
    """CheckpointError where the recipe wants far more weights than there are, before memory is taken for them."""
    wanted = count_parameters(model, tokenizer.vocabulary_size).parameters
    found = sum(tensor.numel() for tensor in tensors.values())
    if wanted > 2 * found + 1_000_000:  # what is counted is exact for built-in mixers, and close for others
        raise CheckpointError(
            "the weights do not fit the run's recipe",
            where=str(checkpoint),
            expected=f"about {wanted:,} numbers",
            found=f"{found:,}",
            hint="restore the checkpoint and config.yaml from a copy, or train anew under another name",
        )


def _complain(message: str) -> None:
    say(message)  # never among the stories


def refuse_other_weights(model: DecoderStack, tensors: dict[str, Tensor], checkpoint: Path) -> None:
    """CheckpointError where the names or shapes of `tensors` are not those of the model."""
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    differing = [
        f"{name}: {found.get(name, 'missing')}, and the recipe wants {expected.get(name, 'none')}"
        for name in {**expected, **found}
        if expected.get(name) != found.get(name)
    ]
    if differing:
        more = [f"and {len(differing) - 3} more"] if len(differing) > 3 else []
        raise CheckpointError(
            "the weights do not fit the run's recipe:\n    " + "\n    ".join(differing[:3] + more),
            where=str(checkpoint),
            hint="restore the checkpoint from a copy, or train anew under another name",
        )
