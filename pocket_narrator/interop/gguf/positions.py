"""Spare rows for the table of positions of a GPT-2 in a GGUF file.

llama.cpp ends the whole process where a text goes past the last row of that table, and lets it go as far as the space that it makes
for a text: 512 tokens where nobody says, and always a multiple of 256. So the table gets that many rows at least, and the file
says besides how many of them the model was made with.
"""

import torch
from torch import Tensor

from pocket_narrator.interop.foreign import ForeignModel
from pocket_narrator.interop.weights.gpt2 import POSITIONS
from pocket_narrator.models.positions import sinusoidal_table
from pocket_narrator.recipe.schema import ModelConfig

DEFAULT_SPACE, STEP = 512, 256  # llama.cpp's n_ctx where nobody gives one, and what it rounds it up to
OWN_CONTEXT = "pocket_narrator.context_length"  # the key, of config and file, for how many rows are the model's own


def with_spare_positions(foreign: ForeignModel, model: ModelConfig) -> ForeignModel:
    """The same GPT-2 with rows for all positions that llama.cpp may ask for unless it is told to."""
    rows = max(DEFAULT_SPACE, -(-model.context // STEP) * STEP)
    if rows == model.context:
        return foreign
    table = _longer(foreign.tensors[POSITIONS], rows, model)
    config = {**foreign.config, "n_positions": rows, OWN_CONTEXT: model.context}
    return ForeignModel(config, {**foreign.tensors, POSITIONS: table})


def _longer(table: Tensor, rows: int, model: ModelConfig) -> Tensor:
    """Sines and cosines go on as they are defined. After what was learned comes the mean of its second half, so that a story that is
    told past its context reads something near to what the model knows."""
    if model.positions == "sinusoidal":
        return sinusoidal_table(rows, model.width)
    spare = table[model.context // 2 :].mean(dim=0, keepdim=True)
    return torch.cat([table, spare.expand(rows - model.context, -1)])
