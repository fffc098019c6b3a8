"""Attention stacks with absolute positions, LayerNorm and GELU: the same model as Hugging Face's `GPT2LMHeadModel`."""

import torch
from torch import Tensor

from pocket_narrator.interop.foreign import (
    Config,
    ForeignModel,
    Tensors,
    is_tied,
    number,
    refuse,
    refuse_other_settings,
    take,
    whole_number,
)
from pocket_narrator.interop.formats import GPT2 as KIND
from pocket_narrator.interop.weights.llama import shorter
from pocket_narrator.models.positions import sinusoidal_table
from pocket_narrator.recipe.schema import LONGEST_CONTEXT, MOST_LAYERS, ModelConfig

EMBEDDING, POSITIONS, HEAD = "transformer.wte.weight", "transformer.wpe.weight", "lm_head.weight"
TANH_GELUS = ("gelu_new", "gelu_pytorch_tanh", "gelu_fast")  # three spellings of one function
FIXED = {
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "reorder_and_upcast_attn": False,
    "add_cross_attention": False,
}
LAYER = {  # our name to theirs
    "mixer_norm": "ln_1",
    "mixer.qkv": "attn.c_attn",
    "mixer.out": "attn.c_proj",
    "feed_forward_norm": "ln_2",
    "feed_forward.up": "mlp.c_fc",
    "feed_forward.down": "mlp.c_proj",
}


def to_hugging_face(model: ModelConfig, vocabulary_size: int, tensors: Tensors) -> ForeignModel:
    """InteropError where the stack has parts that a GPT-2 has not. Sinusoidal positions become a table, no positions a
    table of zeros, and biases that the stack does without are zeros: the same function."""
    layers = len(model.mixers())
    config: dict[str, object] = {
        "model_type": "gpt2",
        "architectures": [KIND],
        "vocab_size": vocabulary_size,
        "n_positions": model.context,
        "n_embd": model.width,
        "n_layer": layers,
        "n_head": model.heads,
        "n_inner": model.hidden_width(),
        "activation_function": TANH_GELUS[0],
        "layer_norm_epsilon": model.norm_epsilon,
        "resid_pdrop": model.dropout,
        "embd_pdrop": model.dropout,
        "attn_pdrop": 0.0,
        "tie_word_embeddings": model.tied_head,
        **FIXED,
    }
    found: dict[str, Tensor] = {EMBEDDING: tensors["embedding.weight"], POSITIONS: _positions(model, tensors)}
    if not model.tied_head:
        found[HEAD] = tensors["head.weight"]
    pairs = {"norm": "transformer.ln_f"}
    for index in range(layers):
        pairs |= {f"layers.{index}.{mine}": f"transformer.h.{index}.{theirs}" for mine, theirs in LAYER.items()}
    for mine, theirs in pairs.items():
        weight = tensors[f"{mine}.weight"]
        bias = tensors.get(f"{mine}.bias")
        found[f"{theirs}.weight"] = weight.t().contiguous() if weight.ndim == 2 else weight  # products lie transposed
        found[f"{theirs}.bias"] = torch.zeros(len(weight), dtype=weight.dtype) if bias is None else bias
    return ForeignModel(config, found)


def from_hugging_face(
    config: Config, tensors: Tensors, context: int | None = None
) -> tuple[ModelConfig, dict[str, Tensor]]:
    """The recipe's model section and our stack's weights, from a GPT-2's config and state dict. InteropError as for Llama.

    context: tokens, at most the model's own, which is taken where none is given."""
    refuse_other_settings(config, FIXED, KIND)
    refuse_other_gelu(config, KIND)
    width = whole_number(config, "n_embd")
    model = gpt_like(
        layers=whole_number(config, "n_layer", largest=MOST_LAYERS),
        width=width,
        heads=whole_number(config, "n_head"),
        hidden_width=whole_number(config, "n_inner", 4 * width),
        context=shorter(context, whole_number(config, "n_positions", 1024, LONGEST_CONTEXT)),
        config=config,
        tied_head=is_tied(config, tensors, HEAD),
    )
    prefix = "" if "wte.weight" in tensors else "transformer."  # GPT-2's own file has none
    embedding, positions = take(tensors, [f"{prefix}wte.weight", f"{prefix}wpe.weight"], KIND)
    found = {"embedding.weight": embedding, "positions.table": positions[: model.context].clone()}
    if not model.tied_head:
        (found["head.weight"],) = take(tensors, [HEAD], KIND)
    pairs = {"norm": f"{prefix}ln_f"}
    for index in range(len(model.mixers())):
        pairs |= {f"layers.{index}.{mine}": f"{prefix}h.{index}.{theirs}" for mine, theirs in LAYER.items()}
    for mine, theirs in pairs.items():
        weight, bias = take(tensors, [f"{theirs}.weight", f"{theirs}.bias"], KIND)
        found[f"{mine}.weight"] = weight.t().contiguous() if weight.ndim == 2 else weight
        found[f"{mine}.bias"] = bias
    return model, found


def gpt_like(
    *, layers: int, width: int, heads: int, hidden_width: int, context: int, config: Config, tied_head: bool
) -> ModelConfig:
    """The model section that GPT-2 and GPT-Neo share."""
    return ModelConfig(
        preset="gpt2",
        layers=f"attention*{layers}",
        width=width,
        heads=heads,
        context=context,
        feed_forward_width=hidden_width,
        norm_epsilon=number(config, "layer_norm_epsilon", 1e-5),
        tied_head=tied_head,
    )


def refuse_other_gelu(config: Config, kind: str) -> None:
    given = config.get("activation_function", TANH_GELUS[0])
    if given not in TANH_GELUS:
        refuse(f"the {kind} has activation_function={str(given)[:40]}, and our stack the tanh form of GELU (gelu_new)")


def _positions(model: ModelConfig, tensors: Tensors) -> Tensor:
    if model.positions == "learned":
        return tensors["positions.table"]
    if model.positions == "sinusoidal":
        return sinusoidal_table(model.context, model.width)
    return torch.zeros(model.context, model.width)
