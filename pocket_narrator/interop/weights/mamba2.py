"""Mamba-2 between our stack and Hugging Face's `Mamba2ForCausalLM`: the same model under other names."""

from torch import Tensor

from pocket_narrator.interop.foreign import (
    Config,
    ForeignModel,
    Tensors,
    is_tied,
    number,
    refuse,
    refuse_other_settings,
    whole_number,
)
from pocket_narrator.interop.formats import MAMBA2 as KIND
from pocket_narrator.interop.weights.mamba import (
    CONTEXT,
    HEAD,
    NOT_OURS,
    into_our_names,
    into_their_names,
    names_of,
)
from pocket_narrator.recipe.schema import LONGEST_CONTEXT, MOST_LAYERS, Mamba2Config, ModelConfig

LAYER = {  # of a mixer: our name to theirs
    "mixer_norm.weight": "norm.weight",
    "mixer.up.weight": "mixer.in_proj.weight",
    "mixer.convolution": "mixer.conv1d.weight",
    "mixer.convolution_bias": "mixer.conv1d.bias",
    "mixer.step_bias": "mixer.dt_bias",
    "mixer.log_rates": "mixer.A_log",
    "mixer.skip": "mixer.D",
    "mixer.norm": "mixer.norm.weight",
    "mixer.out.weight": "mixer.out_proj.weight",
}
DEFAULT_HEADS, DEFAULT_STATE, DEFAULT_GROUPS = 64, 128, 8  # of their config, which leaves out what is so


def from_hugging_face(
    config: Config, tensors: Tensors, context: int | None = None
) -> tuple[ModelConfig, dict[str, Tensor]]:
    """The recipe's model section and the weights of our stack for a `Mamba2ForCausalLM`, from its config and state dict.

    context: tokens that scoring looks back on; the model itself has no limit. InteropError where the model has parts
    that our mixer has not, or where a weight is missing.
    """
    refuse_other_settings(config, NOT_OURS, KIND)
    limits = config.get("time_step_limit", [0.0, "Infinity"])
    if (
        not isinstance(limits, list | tuple)
        or len(limits) != 2
        or limits[0] != 0
        or "inf" not in str(limits[1]).lower()
    ):
        refuse(f"the {KIND} bounds its steps (time_step_limit={str(limits)[:60]}), and our mixer does not")
    width, layers = whole_number(config, "hidden_size"), whole_number(config, "num_hidden_layers", largest=MOST_LAYERS)
    model = ModelConfig(
        preset="mamba",
        layers=f"mamba2*{layers}",
        width=width,
        context=context or whole_number(config, "max_position_embeddings", CONTEXT, LONGEST_CONTEXT),
        tied_head=is_tied(config, tensors, HEAD),
        norm_epsilon=number(config, "layer_norm_epsilon", 1e-5),
        mamba2=Mamba2Config(
            expand=whole_number(config, "expand", 2, largest=64),
            head_width=whole_number(config, "head_dim", DEFAULT_HEADS),
            state_size=whole_number(config, "state_size", DEFAULT_STATE, largest=512),
            groups=whole_number(config, "n_groups", DEFAULT_GROUPS),
            convolution=whole_number(config, "conv_kernel", 4, largest=16),
        ),
    )
    return model, into_our_names(tensors, names_of(layers, model.tied_head, LAYER), KIND)


def to_hugging_face(model: ModelConfig, vocabulary_size: int, tensors: Tensors) -> ForeignModel:
    """InteropError where the stack has parts that Hugging Face's model has not."""
    options, layers = model.mamba2, len(model.mixers())
    config: dict[str, object] = {
        "model_type": "mamba2",
        "architectures": [KIND],
        "vocab_size": vocabulary_size,
        "hidden_size": model.width,
        "num_hidden_layers": layers,
        "num_heads": options.expand * model.width // options.head_width,
        "head_dim": options.head_width,
        "state_size": options.state_size,
        "n_groups": options.groups,
        "conv_kernel": options.convolution,
        "expand": options.expand,
        "chunk_size": options.chunk,
        "max_position_embeddings": model.context,  # theirs has no such key; for whoever imports it
        "layer_norm_epsilon": model.norm_epsilon,
        "rms_norm": True,
        "tie_word_embeddings": model.tied_head,
        **NOT_OURS,
    }
    return ForeignModel(config, into_their_names(tensors, names_of(layers, model.tied_head, LAYER)))
