"""Trains, tells with, and measures small language models that write stories."""

from importlib import import_module
from typing import TYPE_CHECKING

from pocket_narrator.process import telemetry

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pocket_narrator.generation.narrator import Narrator as Narrator
    from pocket_narrator.models.mixers import Mixer as Mixer
    from pocket_narrator.models.mixers import register_mixer as register_mixer
    from pocket_narrator.recipe.mixer_kind import MixerCost as MixerCost
    from pocket_narrator.recipe.mixer_kind import MixerKind as MixerKind
    from pocket_narrator.recipe.section import Section as Section

telemetry.switch_off()

_PLACES = {
    "Narrator": "generation.narrator",
    "Mixer": "models.mixers",
    "register_mixer": "models.mixers",
    "MixerCost": "recipe.mixer_kind",
    "MixerKind": "recipe.mixer_kind",
    "Section": "recipe.section",
}

__all__ = ["Mixer", "MixerCost", "MixerKind", "Narrator", "Section", "__version__", "register_mixer"]


def __getattr__(name: str) -> object:
    """Each name is imported when it is asked for: torch takes a second, and most of the package does without."""
    if name in _PLACES:
        return getattr(import_module(f"pocket_narrator.{_PLACES[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
