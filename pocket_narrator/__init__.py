"""Trains, generates with, and evaluates small language models that write stories.

What is public is in `__all__` and described in docs/api.md; everything else is internal, and may change from one version to the
next. The names are imported when they are asked for, so that `import pocket_narrator` needs neither torch nor NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from pocket_narrator.process import telemetry

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pocket_narrator.cli.own_commands import register_verb
    from pocket_narrator.corpus import Story
    from pocket_narrator.corpus.own_source import register_corpus
    from pocket_narrator.errors import NarratorError
    from pocket_narrator.evaluation.comparison.table import Comparison
    from pocket_narrator.evaluation.metrics.metric import Family, Metric
    from pocket_narrator.evaluation.metrics.registry import register_metric
    from pocket_narrator.generation.narrator import Narrator
    from pocket_narrator.models.language_model import LanguageModel
    from pocket_narrator.models.mixers import Mixer, register_mixer
    from pocket_narrator.plugins.files import load_plugin
    from pocket_narrator.recipe.kinds.tables import CorpusKind, TokenizerKind
    from pocket_narrator.recipe.loading import load_recipe
    from pocket_narrator.recipe.mixer_kind import MixerCost, MixerKind
    from pocket_narrator.recipe.section import Section
    from pocket_narrator.storyworld import make_story
    from pocket_narrator.tokenizers.choose import register_tokenizer
    from pocket_narrator.training.optimizers import register_optimizer
    from pocket_narrator.training.schedules import register_schedule
    from pocket_narrator.workbench.run import Run, runs
    from pocket_narrator.workbench.steps import compare, evaluate, prepare, train

telemetry.switch_off()

_PLACES = {
    "Comparison": "evaluation.comparison.table",
    "CorpusKind": "recipe.kinds.tables",
    "Family": "evaluation.metrics.metric",
    "LanguageModel": "models.language_model",
    "Metric": "evaluation.metrics.metric",
    "Mixer": "models.mixers",
    "MixerCost": "recipe.mixer_kind",
    "MixerKind": "recipe.mixer_kind",
    "Narrator": "generation.narrator",
    "NarratorError": "errors",
    "Run": "workbench.run",
    "Section": "recipe.section",
    "Story": "corpus",
    "TokenizerKind": "recipe.kinds.tables",
    "compare": "workbench.steps",
    "evaluate": "workbench.steps",
    "load_plugin": "plugins.files",
    "load_recipe": "recipe.loading",
    "make_story": "storyworld",
    "prepare": "workbench.steps",
    "register_corpus": "corpus.own_source",
    "register_metric": "evaluation.metrics.registry",
    "register_mixer": "models.mixers",
    "register_optimizer": "training.optimizers",
    "register_schedule": "training.schedules",
    "register_tokenizer": "tokenizers.choose",
    "register_verb": "cli.own_commands",
    "runs": "workbench.run",
    "train": "workbench.steps",
}

__all__ = [  # spelled out for type checkers
    "Comparison",
    "CorpusKind",
    "Family",
    "LanguageModel",
    "Metric",
    "Mixer",
    "MixerCost",
    "MixerKind",
    "Narrator",
    "NarratorError",
    "Run",
    "Section",
    "Story",
    "TokenizerKind",
    "__version__",
    "compare",
    "evaluate",
    "load_plugin",
    "load_recipe",
    "make_story",
    "prepare",
    "register_corpus",
    "register_metric",
    "register_mixer",
    "register_optimizer",
    "register_schedule",
    "register_tokenizer",
    "register_verb",
    "runs",
    "train",
]


def __getattr__(name: str) -> object:
    """Each name is imported when it is asked for: torch takes a second, and most of the package does without."""
    if name not in _PLACES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    found = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
