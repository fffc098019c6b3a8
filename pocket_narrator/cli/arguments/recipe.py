"""Recipes and overrides as people type them: keys spelled out, and a text where a recipe belongs answered with the command."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from pocket_narrator.cli.arguments.own_text import FIRST_RECIPE, is_document, is_text, train_on, why_no_text
from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.keys.words import keys_named, known_keys, spell_out
from pocket_narrator.recipe.loading import list_recipes, read_sources, split_arguments
from pocket_narrator.recipe.schema import ModelConfig, Recipe
from pocket_narrator.run.find import CONFIG, RUNS, find_run
from pocket_narrator.terminal.messages import command, say

ROWS = ("batch_size", "bs", "batch", "micro_batch_size", "train_batch_size", "per_device_train_batch_size")


def read_arguments(arguments: Sequence[str], *called: str) -> tuple[list[str], list[str]]:
    """The arguments of `narrator CALLED` as (recipes, overrides), with every key in full; what was added is said.

    RecipeError with the command that works where an argument is neither a recipe nor an override.
    """
    _refuse_parted(arguments, called)
    recipes, overrides = split_arguments(arguments)
    _refuse_rows(recipes, overrides)
    overrides, notes = spell_out(overrides)
    for recipe in recipes:
        _refuse_a_text(recipe, recipes, overrides, called)
    added = _for_a_text_of_ones_own(recipes, overrides)
    for line in [*notes, *added.values()]:
        say(line)
    return recipes, [*overrides, *added]


def _refuse_rows(recipes: Sequence[str], overrides: Sequence[str]) -> None:
    """A batch is counted in tokens here, and in rows elsewhere: the number of tokens that so many rows have."""
    given = dict(override.split("=", 1) for override in overrides if "=" in override)
    rows = next((value for key, value in given.items() if key.split(".")[-1] in ROWS), None)
    if rows is None or not rows.isdecimal() or not recipes:
        return
    model = read_sources(recipes).get("model")
    context = given.get(
        "model.context", given.get("context", model.get("context") if isinstance(model, dict) else None)
    )
    tokens = int(rows[:9]) * int(context or ModelConfig().context)
    raise RecipeError(
        "a batch is counted in tokens, as training.batch_tokens",
        found=f"{rows} rows of {context or ModelConfig().context} tokens each",
        hint=f"training.batch_tokens={tokens}",
    )


def _refuse_parted(arguments: Sequence[str], called: tuple[str, ...]) -> None:
    """`training.steps 100`, `training.steps = 100` and `training.steps: 100`, which the shell has parted."""
    for place, argument in enumerate(arguments):
        after = list(arguments[place + 1 :])
        word = argument.rstrip("=:") if after else argument
        is_key = "=" not in word and (tuple(word.split(".")) in known_keys() or bool(keys_named(word)))
        if not is_key or word in Recipe.model_fields or os.path.exists(argument) or word in list_recipes():
            continue
        if after and after[0].startswith("="):
            after[0] = after[0][1:]
            after = after if after[0] else after[1:]
        value, rest = (after[0], after[1:]) if after else ("VALUE", [])
        joined = command(*called, *arguments[:place], f"{word}={value}", *rest)
        raise RecipeError(
            f"'{argument}' is a key of a recipe, and has no value", hint=f"key and value are one word:\n    {joined}"
        )


def _refuse_a_text(source: str, recipes: Sequence[str], overrides: Sequence[str], called: tuple[str, ...]) -> None:
    if source in list_recipes() or Path(source).suffix.lower() in (".yaml", ".yml"):
        return
    if not os.path.exists(source) and (RUNS / source / CONFIG).is_file():
        source = str(RUNS / source)
    if os.path.isfile(os.path.join(source, CONFIG)):
        own = command(*called, f"{source}/{CONFIG}", "--run", source)
        tuned = command("train", "fine-tune", "--from", source, "name=NEW")
        hint = f"go on with it, or begin another run with its weights:\n    {own}\n    {tuned}"
        raise RecipeError(f"'{source}' is a run, and not a recipe", hint=hint)
    if Path(source).parent == RUNS and not os.path.exists(source):
        find_run(Path(source))  # a run that is not there is what it says
    is_there, kind = os.path.exists(source), is_document(source)
    if is_there and (reason := why_no_text(source)):
        raise RecipeError(f"'{source}' {reason[0]}, and not a recipe", hint=reason[1])
    if not is_there and not is_text(source) and kind is None:
        return
    if os.path.isfile(source) and not is_text(source) and kind is None and _is_recipe(source):
        return
    text, first = source, ""
    if kind is not None:
        text = str(Path(source).with_suffix(".txt"))
        first = f"save {kind} as plain text first (UTF-8, as {text}); then "
    others = [recipe for recipe in recipes if not is_text(recipe) and not is_document(recipe) and recipe != source]
    works = train_on(text, called, others or [FIRST_RECIPE], overrides)
    if not is_there:
        how = first or "it is trained on with"
        raise RecipeError(f"there is no file '{source}'", hint=f"where there is one, {how}:\n    {works}")
    what = "a folder" if os.path.isdir(source) else kind or "a text"
    raise RecipeError(f"'{source}' is {what}, and not a recipe", hint=f"{first}train a recipe on it:\n    {works}")


def _is_recipe(path: str) -> bool:
    """Whether a file of another suffix begins like a recipe: with one of its sections."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            start = file.read(4096)
    except (OSError, UnicodeDecodeError):
        return False
    return any(re.search(rf"^{name}\s*:", start, re.MULTILINE) for name in (*Recipe.model_fields, "base"))


def _for_a_text_of_ones_own(recipes: Sequence[str], overrides: Sequence[str]) -> dict[str, str]:
    """The overrides that `corpus.train=...` brings with it, each with a line that says so."""
    given = dict(override.split("=", 1) for override in overrides if "=" in override)
    if "corpus.train" not in given or not recipes:
        return {}
    corpus = read_sources(recipes).get("corpus")
    below = corpus if isinstance(corpus, dict) else {}
    kind = given.get("corpus.kind", below.get("kind"))
    if kind == "hub" and "corpus.kind" not in given and os.path.exists(given["corpus.train"]):
        text = given["corpus.train"]
        raise RecipeError(
            f"corpus.train={text} is a file here, and a name in the dataset {below.get('dataset')}",
            hint="add corpus.kind=files for the file here, or corpus.kind=hub for the dataset's",
        )
    if "corpus.kind" not in given and kind in (None, "storyworld", "mixture"):
        return {"corpus.kind=files": "corpus.kind=files is added, for the text that corpus.train names"}
    if kind == below.get("kind") and below.get("validation") is not None and "corpus.validation" not in given:
        share = "a share of the training text is set aside for validation"
        return {"corpus.validation=null": f"{share}: {below['validation']} belongs to the recipe's own text"}
    return {}
