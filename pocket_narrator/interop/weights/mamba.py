"""Mamba-1 between our stack and Hugging Face's `MambaForCausalLM`: the same model under other names."""

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
from pocket_narrator.interop.formats import MAMBA as KIND
from pocket_narrator.recipe.mixers.mamba import step_rank
from pocket_narrator.recipe.schema import LONGEST_CONTEXT, MOST_LAYERS, MambaConfig, ModelConfig

LAYER = {  # of a mixer: our name to theirs
    "mixer_norm.weight": "norm.weight",
    "mixer.up.weight": "mixer.in_proj.weight",
    "mixer.convolution": "mixer.conv1d.weight",
    "mixer.convolution_bias": "mixer.conv1d.bias",
    "mixer.select.weight": "mixer.x_proj.weight",
    "mixer.steps.weight": "mixer.dt_proj.weight",
    "mixer.steps.bias": "mixer.dt_proj.bias",
    "mixer.log_rates": "mixer.A_log",
    "mixer.skip": "mixer.D",
    "mixer.out.weight": "mixer.out_proj.weight",
}
EMBEDDING, LAST_NORM, HEAD = "backbone.embeddings.weight", "backbone.norm_f.weight", "lm_head.weight"
NOT_OURS = {"use_bias": False, "use_conv_bias": True, "hidden_act": "silu"}  # what our mixer is fixed to
CONTEXT = 1024  # tokens that scoring looks back on where nobody says; the model itself has no limit


def from_hugging_face(
    config: Config, tensors: Tensors, context: int | None = None
) -> tuple[ModelConfig, dict[str, Tensor]]:
    """The recipe's model section and the weights of our stack for a `MambaForCausalLM`, from its config and state dict.

    context: tokens that scoring looks back on; the model itself has no limit. InteropError where the model has parts
    that our mixer has not, or where a weight is missing.
    """
    refuse_other_settings(config, NOT_OURS, KIND)
    width, layers = whole_number(config, "hidden_size"), whole_number(config, "num_hidden_layers", largest=MOST_LAYERS)
    channels = whole_number(config, "intermediate_size", whole_number(config, "expand", 2) * width)
    if channels % width:
        refuse(f"the {KIND} has {channels} channels, and our mixer a multiple of the width {width}")
    rank = -(-width // 16) if config.get("time_step_rank") == "auto" else whole_number(config, "time_step_rank")
    model = ModelConfig(
        preset="mamba",
        layers=f"mamba*{layers}",
        width=width,
        context=context or whole_number(config, "max_position_embeddings", CONTEXT, LONGEST_CONTEXT),
        tied_head=is_tied(config, tensors, HEAD),
        norm_epsilon=number(config, "layer_norm_epsilon", 1e-5),
        mamba=MambaConfig(
            expand=channels // width,
            state_size=whole_number(config, "state_size", 16, largest=256),
            convolution=whole_number(config, "conv_kernel", 4, largest=16),
            step_rank=rank,
        ),
    )
    return model, into_our_names(tensors, names_of(layers, model.tied_head, LAYER), KIND)


def to_hugging_face(model: ModelConfig, vocabulary_size: int, tensors: Tensors) -> ForeignModel:
    """InteropError where the stack has parts that Hugging Face's model has not."""
    options, layers = model.mamba, len(model.mixers())
    config: dict[str, object] = {
        "model_type": "mamba",
        "architectures": [KIND],
        "vocab_size": vocabulary_size,
        "hidden_size": model.width,
        "num_hidden_layers": layers,
        "state_size": options.state_size,
        "conv_kernel": options.convolution,
        "expand": options.expand,
        "intermediate_size": options.expand * model.width,
        "time_step_rank": step_rank(model),
        "max_position_embeddings": model.context,  # theirs has no such key; for whoever imports it
        "layer_norm_epsilon": model.norm_epsilon,
        "tie_word_embeddings": model.tied_head,
        **NOT_OURS,
    }
    return ForeignModel(config, into_their_names(tensors, names_of(layers, model.tied_head, LAYER)))


def names_of(layers: int, tied_head: bool, layer: dict[str, str]) -> dict[str, str]:
    """Our names to theirs, of Mamba and Mamba-2."""
    names = {"embedding.weight": EMBEDDING, "norm.weight": LAST_NORM}
    if not tied_head:
        names["head.weight"] = HEAD
    for index in range(layers):
        names |= {f"layers.{index}.{ours}": f"backbone.layers.{index}.{theirs}" for ours, theirs in layer.items()}
    return names


def into_our_names(tensors: Tensors, names: dict[str, str], kind: str) -> dict[str, Tensor]:
    """Their convolutions have a dimension of length one in the middle, ours not."""
    found = dict(zip(names, take(tensors, list(names.values()), kind), strict=True))
    return {name: tensor.flatten(1) if name.endswith("convolution") else tensor for name, tensor in found.items()}


def into_their_names(tensors: Tensors, names: dict[str, str]) -> dict[str, Tensor]:
    """The other way."""
    found = {theirs: tensors[ours] for ours, theirs in names.items()}
    return {name: tensor[:, None] if name.endswith("conv1d.weight") else tensor for name, tensor in found.items()}
