"""Attention stacks with rotary positions, RMS norms and SwiGLU: the same model as Hugging Face's `LlamaForCausalLM`."""

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
from pocket_narrator.interop.formats import LLAMA as KIND
from pocket_narrator.recipe.schema import LONGEST_CONTEXT, MOST_LAYERS, ModelConfig

EMBEDDING, LAST_NORM, HEAD = "model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"
FIXED = {"hidden_act": "silu", "pretraining_tp": 1}


def to_hugging_face(model: ModelConfig, vocabulary_size: int, tensors: Tensors) -> ForeignModel:
    """InteropError where the stack has parts that a Llama has not."""
    layers = len(model.mixers())
    config: dict[str, object] = {
        "model_type": "llama",
        "architectures": [KIND],
        "vocab_size": vocabulary_size,
        "hidden_size": model.width,
        "intermediate_size": model.hidden_width(),
        "num_hidden_layers": layers,
        "num_attention_heads": model.heads,
        "num_key_value_heads": model.key_value_heads or model.heads,
        "head_dim": model.width // model.heads,
        "max_position_embeddings": model.context,
        "rms_norm_eps": model.norm_epsilon,
        "rope_theta": model.rope_base,  # what transformers 4 reads; 5 reads the next
        "rope_parameters": {"rope_type": "default", "rope_theta": model.rope_base},
        "attention_bias": model.bias,
        "mlp_bias": model.bias,
        "tie_word_embeddings": model.tied_head,
        **FIXED,
    }
    found: dict[str, Tensor] = {EMBEDDING: tensors["embedding.weight"], LAST_NORM: tensors["norm.weight"]}
    if not model.tied_head:
        found[HEAD] = tensors["head.weight"]
    for index in range(layers):
        ours, theirs = f"layers.{index}.", f"model.layers.{index}."
        found[f"{theirs}input_layernorm.weight"] = tensors[f"{ours}mixer_norm.weight"]
        found[f"{theirs}post_attention_layernorm.weight"] = tensors[f"{ours}feed_forward_norm.weight"]
        for part in ("weight", "bias") if model.bias else ("weight",):
            for name, rows in zip("qkv", tensors[f"{ours}mixer.qkv.{part}"].split(_widths(model)), strict=True):
                found[f"{theirs}self_attn.{name}_proj.{part}"] = rows
            found[f"{theirs}self_attn.o_proj.{part}"] = tensors[f"{ours}mixer.out.{part}"]
            gate, up = tensors[f"{ours}feed_forward.up.{part}"].chunk(2)
            found[f"{theirs}mlp.gate_proj.{part}"] = gate
            found[f"{theirs}mlp.up_proj.{part}"] = up
            found[f"{theirs}mlp.down_proj.{part}"] = tensors[f"{ours}feed_forward.down.{part}"]
    return ForeignModel(config, found)


def from_hugging_face(
    config: Config, tensors: Tensors, context: int | None = None
) -> tuple[ModelConfig, dict[str, Tensor]]:
    """The recipe's model section and our stack's weights, from a Llama's config and state dict.

    context: tokens, at most the model's own, which is taken where none is given. InteropError where it has parts that our
    stack has not, or where weights are missing.
    """
    refuse_other_settings(config, {**FIXED, "rope_scaling": None}, KIND)
    width, heads = whole_number(config, "hidden_size"), whole_number(config, "num_attention_heads")
    biases = {bool(config.get("attention_bias", False)), bool(config.get("mlp_bias", False))}
    if len(biases) == 2:
        refuse(f"the {KIND} has biases in one half of its layers only, and our stack in both or none")
    if width % heads or whole_number(config, "head_dim", width // heads) != width // heads:
        refuse(f"the {KIND} has heads of {config.get('head_dim')}, and our stack only of width / heads")
    model = ModelConfig(
        preset="llama",
        layers=f"attention*{whole_number(config, 'num_hidden_layers', largest=MOST_LAYERS)}",
        width=width,
        heads=heads,
        key_value_heads=_grouped(whole_number(config, "num_key_value_heads", heads), heads),
        context=shorter(context, whole_number(config, "max_position_embeddings", 2048, LONGEST_CONTEXT)),
        rope_base=_rope_base(config),
        feed_forward_width=whole_number(config, "intermediate_size"),
        norm_epsilon=number(config, "rms_norm_eps", 1e-6),
        bias=biases == {True},
        tied_head=is_tied(config, tensors, HEAD),
    )
    names = [EMBEDDING, LAST_NORM] + [HEAD] * (not model.tied_head)
    ours = ["embedding.weight", "norm.weight"] + ["head.weight"] * (not model.tied_head)
    found = dict(zip(ours, take(tensors, names, KIND), strict=True))
    for index in range(len(model.mixers())):
        mine, theirs = f"layers.{index}.", f"model.layers.{index}."
        norms = [f"{theirs}input_layernorm.weight", f"{theirs}post_attention_layernorm.weight"]
        found[f"{mine}mixer_norm.weight"], found[f"{mine}feed_forward_norm.weight"] = take(tensors, norms, KIND)
        for part in ("weight", "bias") if model.bias else ("weight",):
            names = [f"self_attn.{name}_proj.{part}" for name in "qkvo"]
            names += [f"mlp.{name}_proj.{part}" for name in ("gate", "up", "down")]
            q, k, v, out, gate, up, down = take(tensors, [theirs + name for name in names], KIND)
            found[f"{mine}mixer.qkv.{part}"] = torch.cat([q, k, v])
            found[f"{mine}mixer.out.{part}"] = out
            found[f"{mine}feed_forward.up.{part}"] = torch.cat([gate, up])
            found[f"{mine}feed_forward.down.{part}"] = down
    return model, found


def shorter(asked: int | None, longest: int) -> int:
    """The context asked for, or the longest; InteropError where more is asked for than there is."""
    if asked is not None and asked > longest:
        refuse(f"a context of {asked} is more than the model was made for", f"at most {longest} tokens")
    return asked or longest


def _widths(model: ModelConfig) -> list[int]:
    stored = (model.key_value_heads or model.heads) * (model.width // model.heads)
    return [model.width, stored, stored]


def _grouped(key_value_heads: int, heads: int) -> int | None:
    return None if key_value_heads == heads else key_value_heads


def _rope_base(config: Config) -> float:
    parameters = config.get("rope_parameters")
    if not isinstance(parameters, dict):
        return number(config, "rope_theta", 10_000.0)
    if parameters.get("rope_type", "default") != "default":
        refuse(f"the {KIND} stretches its positions ({parameters['rope_type']}), and our stack does not")
    return number(parameters, "rope_theta", 10_000.0)
