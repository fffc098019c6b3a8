"""Mamba-1 between our stack and Hugging Face's `MambaForCausalLM`: the same model under other names."""

from collections.abc import Mapping

from torch import Tensor

from pocket_narrator.config import Mamba, Model
from pocket_narrator.errors import NarratorError

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


def from_hugging_face(
    config: Mapping[str, object], tensors: Mapping[str, Tensor], context: int
) -> tuple[Model, dict[str, Tensor]]:
    """The recipe's model section and the weights of our stack for a `MambaForCausalLM`, from its config and state dict.

    context: tokens that scoring looks back on; the model itself has no limit. NarratorError where the model has parts that our mixer has
    not, or where a weight is missing.
    """
    for key, ours in NOT_OURS.items():
        if config.get(key, ours) != ours:
            raise NarratorError(f"the Mamba model has {key}={config[key]}, and ours has {ours}")
    width, layers = int(str(config["hidden_size"])), int(str(config["num_hidden_layers"]))
    tied = bool(config.get("tie_word_embeddings", True))
    model = Model(
        preset="mamba",
        layers=f"mamba*{layers}",
        width=width,
        context=context,
        tied_head=tied,
        norm_epsilon=float(str(config.get("layer_norm_epsilon", 1e-5))),
        mamba=Mamba(
            expand=int(str(config["intermediate_size"])) // width,
            state_size=int(str(config["state_size"])),
            convolution=int(str(config["conv_kernel"])),
            step_rank=int(str(config["time_step_rank"])),
        ),
    )
    names = _names(layers, tied)
    missing = [theirs for theirs in names.values() if theirs not in tensors]
    if missing:
        raise NarratorError(
            f"the Mamba model lacks the weight {missing[0]}" + (f" and {len(missing) - 1} more" if missing[1:] else "")
        )
    found = {ours: tensors[theirs] for ours, theirs in names.items()}
    return model, {
        name: tensor.squeeze(1) if name.endswith("convolution") else tensor for name, tensor in found.items()
    }


def to_hugging_face(
    model: Model, vocabulary_size: int, tensors: Mapping[str, Tensor]
) -> tuple[dict[str, object], dict[str, Tensor]]:
    """The config of a `MambaConfig` and the state dict of a `MambaForCausalLM` for one of our stacks.

    NarratorError where the stack has parts that Hugging Face's model has not.
    """
    mixers = model.mixers()
    plain = Model(preset="mamba", layers=model.layers, width=model.width, context=model.context)
    differing = [
        key
        for key in ("norm", "bias", "input_skips", "value_embeddings", "bigram_buckets")
        if getattr(model, key) != getattr(plain, key)
    ]
    if set(mixers) != {"mamba"} or model.positions in ("learned", "sinusoidal") or differing:
        raise NarratorError(
            "only a plain Mamba stack is a MambaForCausalLM",
            where=f"layers={model.layers}, positions={model.positions}"
            + "".join(f", {key}={getattr(model, key)}" for key in differing),
        )
    options = model.mamba
    config: dict[str, object] = {
        "model_type": "mamba",
        "architectures": ["MambaForCausalLM"],
        "vocab_size": vocabulary_size,
        "hidden_size": model.width,
        "num_hidden_layers": len(mixers),
        "state_size": options.state_size,
        "conv_kernel": options.convolution,
        "expand": options.expand,
        "intermediate_size": options.expand * model.width,
        "time_step_rank": model.step_rank(),
        "layer_norm_epsilon": model.norm_epsilon,
        "tie_word_embeddings": model.tied_head,
        **NOT_OURS,
    }
    found = {theirs: tensors[ours] for ours, theirs in _names(len(mixers), model.tied_head).items()}
    if model.tied_head:
        found[HEAD] = found[EMBEDDING]
    return config, {
        name: tensor[:, None] if name.endswith("conv1d.weight") else tensor for name, tensor in found.items()
    }


def _names(layers: int, tied_head: bool) -> dict[str, str]:
    """Our names to theirs."""
    names = {"embedding.weight": EMBEDDING, "norm.weight": LAST_NORM}
    if not tied_head:
        names["head.weight"] = HEAD
    for index in range(layers):
        names |= {f"layers.{index}.{ours}": f"backbone.layers.{index}.{theirs}" for ours, theirs in LAYER.items()}
    return names
