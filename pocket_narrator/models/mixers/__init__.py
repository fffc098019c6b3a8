"""Sequence mixers: the layers that move information between tokens."""

from pathlib import Path

from torch import nn

from pocket_narrator.errors import PluginError
from pocket_narrator.models.mixers.mixer import Mixer, MixerState
from pocket_narrator.plugins.failures import one_message
from pocket_narrator.plugins.origin import names_of_caller
from pocket_narrator.plugins.signature import place_of_definition
from pocket_narrator.recipe.mixer_kind import MixerKind
from pocket_narrator.recipe.mixers import MIXERS, mixer_kind
from pocket_narrator.recipe.schema import ModelConfig

__all__ = ["Mixer", "MixerState", "make_mixer", "register_mixer"]


def make_mixer(model: ModelConfig, index: int) -> Mixer:
    """The mixer that the layer pattern names for layer `index`."""
    kind = mixer_kind(model.mixers()[index])
    origin = MIXERS.origin(kind.name)
    if origin is None:
        return kind.load()(model, index)
    return _made_by_others(kind, origin.path, model, index)


def _made_by_others(kind: MixerKind, path: Path | None, model: ModelConfig, index: int) -> Mixer:
    """PluginError where the class cannot be made, or the layer lacks what every layer has."""
    found = kind.load()
    with one_message(f"the mixer '{kind.name}', made as {found.__name__}(model, {index}),", path):
        mixer = found(model, index)
    out = getattr(mixer, "out", None)
    if not isinstance(out, nn.Linear) or out.out_features != model.width:
        raise PluginError(
            f"the mixer '{kind.name}' has no product `out` that gives what it adds to the residual stream",
            where=place_of_definition(found),
            expected=f"self.out = nn.Linear(..., {model.width}) in its __init__, for model.width={model.width}",
            found="no `out`" if out is None else f"{out!r:.80}",
        )
    return mixer


def register_mixer(kind: MixerKind) -> None:
    """Makes a kind of mixer known by its name: `model.layers=NAME*8` then has it, wherever a recipe is read.

    Raises PluginError where it is no mixer (which method is missing), or where another one has its name.
    """
    if not isinstance(kind, MixerKind):
        raise PluginError(
            "register_mixer takes a MixerKind",
            found=f"{kind!r:.80}",
            expected='register_mixer(MixerKind("my_mixer", MyMixer))',
        )
    if not isinstance(kind.module, str):
        kind.load()
    MIXERS.register(kind.name, kind, names_of_caller())
