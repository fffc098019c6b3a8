"""A recipe for weights that are there already: the model section is theirs."""

from collections.abc import Callable, Mapping, Sequence

from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.loading import Source, listed, load_recipe
from pocket_narrator.recipe.schema import AnyModelConfig, Recipe


def load_with_model(
    sources: Source | Sequence[Source],
    overrides: Sequence[str] | Mapping[str, object],
    model: AnyModelConfig,
    of: object,
    *,
    report: Callable[[str], None] = lambda line: None,
    **values: object,
) -> Recipe:
    """`load_recipe` with the model section of the run `of`. RecipeError where an override says another one; dropout may be."""
    loaded = load_recipe(
        [*listed(sources), {"model": model.model_dump(mode="json")}], overrides, report=report, **values
    )
    changed = {key for key, value in model if getattr(loaded.model, key, None) != value} - {"dropout"}
    if changed:
        raise RecipeError(
            f"model.{min(changed)} cannot be changed: the weights are those of {of}",
            hint="leave it out; of the model only model.dropout may be another one",
        )
    return loaded
