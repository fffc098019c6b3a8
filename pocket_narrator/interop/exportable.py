"""What a run can be exported to, by its recipe alone: nothing is loaded, nothing is written."""

from pathlib import Path

import torch

from pocket_narrator.config import NGram
from pocket_narrator.errors import InteropError
from pocket_narrator.interop.gguf import to_gguf_terms
from pocket_narrator.interop.gguf_tokenizer import to_metadata
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.training.run_identity import TOKENIZER, RunIdentity

FORMATS = ("hf", "gguf")


def exportable_to(run: Path) -> dict[str, str | None]:
    """Each format with the reason why this run cannot have it; None where it can. RunError where there is no run."""
    model = RunIdentity.load(run).recipe.model
    if isinstance(model, NGram):
        return dict.fromkeys(FORMATS, "no other library has a format for an N-gram of this kind")
    tokenizer = Tokenizer.load(run / TOKENIZER)
    with torch.device("meta"):
        tensors = DecoderStack(model, tokenizer.vocabulary_size).state_dict()
    try:
        to_gguf_terms(model, tokenizer.vocabulary_size, tensors)
        to_metadata(tokenizer)
    except InteropError as error:
        return {"hf": None, "gguf": error.what}
    return {"hf": None, "gguf": None}
