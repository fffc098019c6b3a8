"""Sequence mixers: the layers that move information between tokens."""

from collections.abc import Callable

from pocket_narrator.models.mixers.attention import Attention
from pocket_narrator.models.mixers.linear_attention import GatedLinearAttention, LinearAttention
from pocket_narrator.models.mixers.mamba import Mamba
from pocket_narrator.models.mixers.mamba2 import Mamba2
from pocket_narrator.models.mixers.mixer import Mixer, MixerState
from pocket_narrator.models.mixers.narrative import Narrative
from pocket_narrator.recipe.schema import Model

__all__ = ["Mixer", "MixerState", "make_mixer"]

PLAIN: dict[str, Callable[[Model], Mixer]] = {
    "attention": Attention,
    "linear_attention": LinearAttention,
    "gated_linear_attention": GatedLinearAttention,
    "mamba": Mamba,
    "mamba2": Mamba2,
}


def make_mixer(model: Model, index: int) -> Mixer:
    """The mixer that the layer pattern names for layer `index`."""
    name = model.mixers()[index]
    if name == "narrative":
        return Narrative(model, index)
    return PLAIN[name](model)
