"""What of a recipe is named, and may be somebody's own: by the table and the name."""

from pocket_narrator.recipe.corpus import MixtureCorpusConfig
from pocket_narrator.recipe.schema import ModelConfig, Recipe


def names_used(recipe: Recipe) -> list[tuple[str, str]]:
    """(group, name) of everything that has to be known before this recipe can be read."""
    corpus = recipe.corpus
    corpora = [one.corpus.kind for one in corpus.sources.values()] if isinstance(corpus, MixtureCorpusConfig) else []
    used = [("corpora", kind) for kind in (corpus.kind, *corpora)]
    used.append(("tokenizers", recipe.tokenizer.kind))
    if isinstance(recipe.model, ModelConfig):
        used += [("mixers", name) for name in (*recipe.model.mixers(), *(recipe.model.__pydantic_extra__ or {}))]
    if recipe.training is not None:
        used += [("schedules", recipe.training.schedule), ("optimizers", recipe.training.optimizer)]
    return used
