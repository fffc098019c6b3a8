"""What differs between the recipes of compared models: a difference of figures is one of all of that."""

from collections.abc import Mapping, Sequence

from pocket_narrator.evaluation.comparison.measured_model import MeasuredModel, MeasuredRun
from pocket_narrator.run.identity import flatten, is_harmless

Recipes = dict[str, dict[str, object]]
"""By key, `training.warmup_steps`: the value of each model, by its name; a model whose recipe has no such key is left out."""


def differing_keys(groups: Mapping[str, Sequence[MeasuredModel]]) -> Recipes:
    """The keys that not all models have alike, seeds apart, and but for those that change nothing of what is learned. Published models
    have no recipe, and are left out."""
    recipes = {name: flatten(group[0].model) for name, group in groups.items() if isinstance(group[0], MeasuredRun)}
    keys = dict.fromkeys(key for recipe in recipes.values() for key in recipe if not is_harmless(key))
    found = {key: {name: recipe[key] for name, recipe in recipes.items() if key in recipe} for key in keys}
    return {key: values for key, values in found.items() if len(values) < len(recipes) or not _are_alike(values)}


def _are_alike(values: Mapping[str, object]) -> bool:
    first, *others = values.values()
    return all(other == first and type(other) is type(first) for other in others)


def recipe_rows(recipes: Recipes, names: Sequence[str]) -> list[list[str]]:
    """A row for each key: its name, and the value of each of these models as a recipe has it."""
    return [[key, *(_spelled(values, name) for name in names)] for key, values in recipes.items()]


def _spelled(values: Mapping[str, object], name: str) -> str:
    if name not in values:
        return "-"
    value = values[name]
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
