"""Trains, generates with, and evaluates small language models that write stories.

What is public is in `__all__` and described in docs/api.md; everything else is internal, and may change from one version to the
next. The names are imported when they are asked for, so that `import pocket_narrator` needs neither torch nor NumPy.
"""

from typing import TYPE_CHECKING

from pocket_narrator.process import telemetry

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pocket_narrator.corpus import Story
    from pocket_narrator.errors import NarratorError
    from pocket_narrator.evaluation.comparison.table import Comparison
    from pocket_narrator.evaluation.metrics.metric import Metric
    from pocket_narrator.generation.narrator import Narrator
    from pocket_narrator.models.language_model import LanguageModel
    from pocket_narrator.models.mixers.mixer import Mixer
    from pocket_narrator.recipe.loading import load_recipe
    from pocket_narrator.storyworld import make_story
    from pocket_narrator.workbench.run import Run, runs
    from pocket_narrator.workbench.steps import compare, evaluate, prepare, train

telemetry.switch_off()

__all__ = [
    "Comparison",
    "LanguageModel",
    "Metric",
    "Mixer",
    "Narrator",
    "NarratorError",
    "Run",
    "Story",
    "__version__",
    "compare",
    "evaluate",
    "load_recipe",
    "make_story",
    "prepare",
    "runs",
    "train",
]

_MODULES = {  # where each name is
    "Comparison": "evaluation.comparison.table",
    "LanguageModel": "models.language_model",
    "Metric": "evaluation.metrics.metric",
    "Mixer": "models.mixers.mixer",
    "Narrator": "generation.narrator",
    "NarratorError": "errors",
    "Run": "workbench.run",
    "Story": "corpus",
    "compare": "workbench.steps",
    "evaluate": "workbench.steps",
    "load_recipe": "recipe.loading",
    "make_story": "storyworld",
    "prepare": "workbench.steps",
    "runs": "workbench.run",
    "train": "workbench.steps",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    import importlib

    found = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
