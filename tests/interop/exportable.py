"""Runs of every exportable family, with random weights or trained for a moment."""

from pathlib import Path

import torch

from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import Mamba2Config, ModelConfig, Recipe
from pocket_narrator.run.checkpoint import save_checkpoint
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.tokens.prepare import prepare
from pocket_narrator.workbench.from_recipe import train
from tests.models.stacks import make_stack
from tests.small_runs import small_recipe

SIZES = {"width": 32, "heads": 4, "context": 320}
LLAMAS = {
    "llama": ModelConfig(preset="llama", layers="attention*2", **SIZES),
    "llama, grouped, own head, biases": ModelConfig(
        layers="attention*2",
        key_value_heads=2,
        tied_head=False,
        bias=True,
        rope_base=5000.0,
        norm_epsilon=1e-5,
        **SIZES,
    ),
}
GPT2S = {
    "gpt2": ModelConfig(preset="gpt2", layers="attention*2", **SIZES),
    "gpt2, sinusoidal, no biases, own head": ModelConfig(
        layers="attention*2", positions="sinusoidal", norm="layer", feed_forward="gelu", tied_head=False, **SIZES
    ),
}
MAMBAS = {
    "mamba": ModelConfig(preset="mamba", layers="mamba*2", **SIZES),
    "mamba2": ModelConfig(
        preset="mamba", layers="mamba2*2", mamba2=Mamba2Config(head_width=16, groups=2, state_size=32), **SIZES
    ),
}
KNOWN = {**LLAMAS, **GPT2S, **MAMBAS}  # to transformers and llama.cpp
OURS = {
    "hybrid": ModelConfig(
        layers="mamba linear_attention gated_linear_attention narrative attention",
        qk_norm=True,
        bigram_buckets=19,
        input_skips=True,
        value_embeddings=True,
        **SIZES,
    ),
    "narrative": ModelConfig(preset="narrative", layers="narrative*2", **SIZES),
}
TRAINED = ["llama", "gpt2", "mamba", "mamba2"]  # 12 models in all with the random ones


def make_run(
    folder: Path, model: ModelConfig, name: str = "small", trained: bool = False, sections: dict | None = None
) -> Path:
    """A run directory below `folder`; its weights are random and large enough that every part matters. sections: of the
    recipe, in place of those of small runs."""
    recipe = small_recipe(folder, name, model.model_dump(mode="json"), batch_tokens=2 * model.context)
    if sections is not None:
        recipe = Recipe.model_validate({**recipe.model_dump(mode="json"), **sections})
    if trained:
        return train(recipe, folder / "runs" / name, folder / "data", report=lambda _: None).run
    prepared = prepare(recipe, folder / "data")
    fingerprint = {"corpus_hash": prepared.corpus_hash}
    run = folder / "runs" / name
    with RunDirectory.open_or_create(run, recipe, prepared.folder / "tokenizer.json", fingerprint) as directory:
        stack = make_stack(model, prepared.tokenizer.vocabulary_size)
        save_checkpoint(directory.checkpoints, 7, stack.state_dict(), {}, {})
    return run


def logits_of(stack: DecoderStack, tokens: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return torch.nn.functional.linear(stack(tokens), stack.head_weight)
