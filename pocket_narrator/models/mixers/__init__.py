"""Sequence mixers: the layers that move information between tokens."""

from pocket_narrator.config import Model
from pocket_narrator.models.mixers.attention import Attention
from pocket_narrator.models.mixers.mixer import Mixer, MixerState

__all__ = ["Mixer", "MixerState", "make_mixer"]


def make_mixer(name: str, model: Model) -> Mixer:
    """The mixer that a layer pattern names."""
    return {"attention": Attention}[name](model)
