"""Small stacks of every kind, with weights large enough that every part matters."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import (
    GatedDeltaConfig,
    Mamba2Config,
    Mamba3Config,
    MambaConfig,
    ModelConfig,
    NarrativeConfig,
    TrackConfig,
)

VOCABULARY = 37
SIZES: dict[str, Any] = {"layers": "attention*2", "width": 32, "heads": 4, "context": 16}
MODELS = {
    "gpt2": ModelConfig(**SIZES, preset="gpt2"),
    "llama": ModelConfig(**SIZES, preset="llama"),
    "no positions": ModelConfig(**SIZES, positions="none", feed_forward="squared_relu"),
    "sinusoidal": ModelConfig(**SIZES, positions="sinusoidal", tied_head=False, zero_init=True, dropout=0.1),
    "grouped queries": ModelConfig(**SIZES, preset="llama", key_value_heads=2, qk_norm=True),
    "one key head, window": ModelConfig(**SIZES, preset="llama", key_value_heads=1, window=5),
    "odd heads": ModelConfig(layers="attention*2", width=30, heads=3, context=17, window=9),
    "everything": ModelConfig(
        **SIZES,
        key_value_heads=2,
        qk_norm=True,
        window=11,
        feed_forward="squared_relu",
        input_skips=True,
        value_embeddings=True,
        bigram_buckets=19,
        tied_head=False,
    ),
    "learned and everything": ModelConfig(
        **SIZES, preset="gpt2", qk_norm=True, input_skips=True, value_embeddings=True, bigram_buckets=19
    ),
    "linear attention": ModelConfig(**SIZES | {"layers": "linear_attention*2"}, preset="llama", value_embeddings=True),
    "linear attention, no positions": ModelConfig(
        layers="linear_attention*2", width=30, heads=3, context=17, positions="none", bias=True
    ),
    "gated linear attention": ModelConfig(**SIZES | {"layers": "gated_linear_attention*2"}, preset="llama"),
    "gated linear attention, no positions": ModelConfig(
        **SIZES | {"layers": "gated_linear_attention*2", "heads": 2}, positions="none", bias=True
    ),
    "gated delta": ModelConfig(**SIZES | {"layers": "gated_delta*2"}, positions="none"),
    "gated delta, two steps": ModelConfig(
        layers="gated_delta*2",
        width=30,
        heads=3,
        context=17,
        gated_delta=GatedDeltaConfig(beta_range=2, householder_steps=2, convolution=3),
    ),
    "mamba2": ModelConfig(
        **SIZES | {"layers": "mamba2*3"}, positions="none", mamba2=Mamba2Config(head_width=16, state_size=8, chunk=8)
    ),
    "mamba2, groups": ModelConfig(
        layers="mamba2*2",
        width=24,
        context=17,
        positions="none",
        mamba2=Mamba2Config(expand=3, head_width=12, state_size=5, groups=2, convolution=2, chunk=5),
    ),
    "mamba3": ModelConfig(
        **SIZES | {"layers": "mamba3*3"}, positions="none", mamba3=Mamba3Config(head_width=16, state_size=8, chunk=8)
    ),
    "mamba3, groups": ModelConfig(
        layers="mamba3*2",
        width=24,
        context=17,
        positions="none",
        mamba3=Mamba3Config(expand=3, head_width=12, state_size=5, groups=2, rope_fraction=1.0, chunk=5),
    ),
    "mamba": ModelConfig(**SIZES | {"layers": "mamba*3"}, preset="mamba"),
    "mamba, odd sizes": ModelConfig(
        layers="mamba*2",
        width=22,
        context=17,
        positions="none",
        mamba=MambaConfig(expand=3, state_size=5, convolution=3, step_rank=7),
        input_skips=True,
        bigram_buckets=19,
    ),
    "narrative": ModelConfig(
        **SIZES | {"layers": "narrative*2"}, preset="narrative", narrative=NarrativeConfig(cross_track_every=2)
    ),
    "narrative, no parts": ModelConfig(
        layers="narrative*2",
        width=20,
        context=16,
        positions="none",
        mamba=MambaConfig(state_size=4),
        narrative=NarrativeConfig(router=False, read_gate=False, cross_track_every=None),
    ),
    "narrative, normalised": ModelConfig(
        **SIZES | {"layers": "narrative*2"},
        preset="narrative",
        narrative=NarrativeConfig(
            writes="normalised", scales="unordered", decayed_gates=False, cross_track_every=1, cross_track_start=0.5
        ),
    ),
    "narrative, associative": ModelConfig(
        **SIZES | {"layers": "narrative*2", "width": 40},
        preset="narrative",
        mamba=MambaConfig(state_size=6),
        narrative=NarrativeConfig(
            tracks=(
                TrackConfig(name="scene", share=0.4, shortest=2, longest=16),
                TrackConfig(name="plot", share=0.2, shortest=16, longest=128),
                TrackConfig(name="character", share=0.4, shortest=128, longest=1024, memory="associative"),
            ),
            writes="normalised",
            cross_track_every=2,
        ),
    ),
    "hybrid": ModelConfig(
        **SIZES | {"layers": "mamba attention narrative"}, positions="rope", value_embeddings=True, window=7
    ),
}
# Those that differ in what surrounds the mixers: positions, skips, tables; and those that differ in their mixers.
AROUND = ("gpt2", "sinusoidal", "learned and everything", "hybrid")
STACKS = {name: MODELS[name] for name in (*AROUND, "llama", "everything", "mamba, odd sizes")}
MIXERS_OF_ALL_SIZES = {name: model for name, model in MODELS.items() if name not in AROUND}
RELATIVE = {name: model for name, model in MODELS.items() if model.positions in ("rope", "none")}
ABSOLUTE = {name: model for name, model in MODELS.items() if name not in RELATIVE}


def each(models: dict[str, ModelConfig]) -> pytest.MarkDecorator:
    """Runs a test for each of some models, as its argument `model`."""
    return pytest.mark.parametrize("model", models.values(), ids=models.keys())


def make_stack(model: ModelConfig, vocabulary_size: int = VOCABULARY, seed: int = 0) -> DecoderStack:
    """Random weights, all of them: fresh ones would leave skips, norms and zero-initialised parts without effect."""
    stack = DecoderStack(model, vocabulary_size).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in stack.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.2 * noise)
            elif parameter.ndim == 2 and "embedding" not in name and "values" not in name:
                parameter.copy_(noise * 0.8 * parameter.shape[1] ** -0.5)
            else:
                parameter.copy_(0.5 * noise)
    return stack


def random_tokens(*shape: int, seed: int = 1) -> Tensor:
    """Ids below VOCABULARY."""
    return torch.randint(VOCABULARY, shape, generator=torch.Generator().manual_seed(seed))


def log_softmax_of(stack: DecoderStack, hidden: Tensor) -> Tensor:
    """Log-probabilities of all next tokens from final hidden states."""
    return nn.functional.log_softmax(hidden @ stack.head_weight.T, dim=-1)
