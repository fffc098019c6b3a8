"""Trains, tells with, and measures small language models that write stories."""

from importlib import import_module
from typing import TYPE_CHECKING

from pocket_narrator.process import telemetry

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pocket_narrator.cli.own_commands import register_verb as register_verb
    from pocket_narrator.corpus.own_source import register_corpus as register_corpus
    from pocket_narrator.evaluation.metrics.metric import Family as Family
    from pocket_narrator.evaluation.metrics.metric import Metric as Metric
    from pocket_narrator.evaluation.metrics.registry import register_metric as register_metric
    from pocket_narrator.generation.narrator import Narrator as Narrator
    from pocket_narrator.models.mixers import Mixer as Mixer
    from pocket_narrator.models.mixers import register_mixer as register_mixer
    from pocket_narrator.recipe.kinds.tables import CorpusKind as CorpusKind
    from pocket_narrator.recipe.kinds.tables import TokenizerKind as TokenizerKind
    from pocket_narrator.recipe.mixer_kind import MixerCost as MixerCost
    from pocket_narrator.recipe.mixer_kind import MixerKind as MixerKind
    from pocket_narrator.recipe.section import Section as Section
    from pocket_narrator.tokenizers.choose import register_tokenizer as register_tokenizer
    from pocket_narrator.training.optimizers import register_optimizer as register_optimizer
    from pocket_narrator.training.schedules import register_schedule as register_schedule

telemetry.switch_off()

_PLACES = {
    "CorpusKind": "recipe.kinds.tables",
    "Family": "evaluation.metrics.metric",
    "Metric": "evaluation.metrics.metric",
    "Mixer": "models.mixers",
    "MixerCost": "recipe.mixer_kind",
    "MixerKind": "recipe.mixer_kind",
    "Narrator": "generation.narrator",
    "Section": "recipe.section",
    "TokenizerKind": "recipe.kinds.tables",
    "register_corpus": "corpus.own_source",
    "register_metric": "evaluation.metrics.registry",
    "register_mixer": "models.mixers",
    "register_optimizer": "training.optimizers",
    "register_schedule": "training.schedules",
    "register_tokenizer": "tokenizers.choose",
    "register_verb": "cli.own_commands",
}

__all__ = [*_PLACES, "__version__"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    """Each name is imported when it is asked for: torch takes a second, and most of the package does without."""
    if name in _PLACES:
        return getattr(import_module(f"pocket_narrator.{_PLACES[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
