"""GPT-Neo, which the published TinyStories models are: into our stack."""

import torch
from torch import Tensor

from pocket_narrator.interop.foreign import Config, Tensors, is_tied, refuse, take, whole_number
from pocket_narrator.interop.weights.gpt2 import gpt_like, refuse_other_gelu
from pocket_narrator.interop.weights.llama import shorter
from pocket_narrator.recipe.schema import LONGEST_CONTEXT, MOST_LAYERS, ModelConfig

KIND = "GPTNeoForCausalLM"
HEAD = "lm_head.weight"
LAYER = {  # our name to theirs
    "mixer_norm": "ln_1",
    "mixer.out": "attn.attention.out_proj",
    "feed_forward_norm": "ln_2",
    "feed_forward.up": "mlp.c_fc",
    "feed_forward.down": "mlp.c_proj",
}


def from_hugging_face(
    config: Config, tensors: Tensors, context: int | None = None
) -> tuple[ModelConfig, dict[str, Tensor]]:
    """The recipe's model section and our stack's weights, from a GPT-Neo's config and state dict. InteropError as for Llama.

    Some of its layers are local: they look back on `window_size` tokens only, and our stack has one window for all. Inside
    that window a local layer is an ordinary one, so the context is cut to it. Scores are not divided by the root of the
    head width: the queries take that in.
    """
    refuse_other_gelu(config, KIND)
    width, heads = whole_number(config, "hidden_size"), whole_number(config, "num_heads")
    layers = whole_number(config, "num_layers", largest=MOST_LAYERS)
    model = gpt_like(
        layers=layers,
        width=width,
        heads=heads,
        hidden_width=whole_number(config, "intermediate_size", 4 * width),
        context=_context(config, context, layers),
        config=config,
        tied_head=is_tied(config, tensors, HEAD),
    )
    embedding, positions = take(tensors, ["transformer.wte.weight", "transformer.wpe.weight"], KIND)
    found = {"embedding.weight": embedding, "positions.table": positions[: model.context].clone()}
    if not model.tied_head:
        (found["head.weight"],) = take(tensors, [HEAD], KIND)
    pairs = {"norm": "transformer.ln_f"}
    for index in range(layers):
        pairs |= {f"layers.{index}.{mine}": f"transformer.h.{index}.{theirs}" for mine, theirs in LAYER.items()}
        names = [f"transformer.h.{index}.attn.attention.{name}_proj.weight" for name in "qkv"]
        q, k, v = take(tensors, names, KIND)
        found[f"layers.{index}.mixer.qkv.weight"] = torch.cat([q * (width // heads) ** 0.5, k, v])
        found[f"layers.{index}.mixer.qkv.bias"] = torch.zeros(3 * width, dtype=q.dtype)
    for mine, theirs in pairs.items():
        found[f"{mine}.weight"], found[f"{mine}.bias"] = take(tensors, [f"{theirs}.weight", f"{theirs}.bias"], KIND)
    return model, found


def _context(config: Config, asked: int | None, layers: int) -> int:
    longest = whole_number(config, "max_position_embeddings", 2048, LONGEST_CONTEXT)
    if not _has_local_layers(config, layers):
        return shorter(asked, longest)
    window = whole_number(config, "window_size", 256)
    if asked is not None and asked > window:
        refuse(
            f"the {KIND} has local layers that look back on {window} tokens, and our stack one window for all layers",
            f"a context of at most {window} tokens, within which they are ordinary ones",
        )
    return shorter(asked, min(longest, window))


def _has_local_layers(config: Config, layers: int) -> bool:
    kinds = config.get("attention_layers")
    if not isinstance(kinds, list):
        kinds, types = [], config.get("attention_types") or [[["global", "local"], 12]]
        if not isinstance(types, list) or not all(isinstance(item, list) and len(item) == 2 for item in types):
            refuse(f"the config's attention_types={str(types)[:60]} cannot be read")
        for names, times in types:
            if not isinstance(names, list) or type(times) is not int or not 0 < times <= layers:
                refuse(f"the config's attention_types={str(types)[:60]} cannot be read")
            if len(kinds) + len(names) * times > layers:
                refuse(f"the config's attention_types say more than the {layers} layers of num_layers")
            kinds += names * times
    if len(kinds) != layers or not {str(kind) for kind in kinds} <= {"global", "local"}:
        refuse(f"the config's attention_types say {len(kinds)} layers, and num_layers says {layers}")
    return "local" in kinds
