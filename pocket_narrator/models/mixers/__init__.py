"""Sequence mixers: the layers that move information between tokens."""

import inspect

from pocket_narrator.errors import PluginError
from pocket_narrator.models.mixers.mixer import Mixer, MixerState
from pocket_narrator.recipe.mixer_kind import MixerKind
from pocket_narrator.recipe.mixers import MIXERS, mixer_kind
from pocket_narrator.recipe.schema import Model

__all__ = ["Mixer", "MixerState", "make_mixer", "register_mixer"]


def make_mixer(model: Model, index: int) -> Mixer:
    """The mixer that the layer pattern names for layer `index`."""
    return mixer_kind(model.mixers()[index]).load()(model, index)


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
    if kind.name in Model.model_fields and MIXERS.find(kind.name) is None:
        raise PluginError(f"a mixer cannot be named '{kind.name}': the recipe has a key model.{kind.name}")
    if not isinstance(kind.module, str):
        kind.load()
    if kind.options is not None:
        _refuse_required(kind)
    frame = inspect.currentframe()
    caller = None if frame is None else frame.f_back
    MIXERS.register(kind.name, kind, {} if caller is None else caller.f_globals)


def _refuse_required(kind: MixerKind) -> None:
    options = kind.options
    required = [name for name, field in options.model_fields.items() if field.is_required()] if options else []
    if required:
        raise PluginError(
            f"the options of the mixer '{kind.name}' have no default: {', '.join(required)}",
            hint="give each a default: a recipe names a mixer without saying how it is",
        )
