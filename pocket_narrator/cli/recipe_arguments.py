"""Recipes and overrides as people type them: keys spelled out, and a text where a recipe belongs answered with the command."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from pocket_narrator.config import Recipe
from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe_words import keys_named, known_keys, spell_out
from pocket_narrator.recipes import list_recipes, read_sources, split_arguments
from pocket_narrator.terminal import command, say

TEXTS = (
    ".txt",
    ".text",
    ".md",
    ".jsonl",
    ".json",
    ".parquet",
    ".csv",
    ".tsv",
    ".gz",
    ".zst",
    ".zip",
    ".tar",
    ".list",
    ".xz",
)
DOCUMENTS = {
    ".docx": "a Word document",
    ".doc": "a Word document",
    ".odt": "an OpenDocument text",
    ".rtf": "a rich text",
    ".pdf": "a PDF",
    ".epub": "an e-book",
    ".mobi": "an e-book",
    ".html": "a web page",
    ".htm": "a web page",
}
FIRST_RECIPE = "storyworld-quick"


def read_arguments(arguments: Sequence[str], *called: str) -> tuple[list[str], list[str]]:
    """The arguments of `narrator CALLED` as (recipes, overrides), with every key in full; what was added is said.

    RecipeError with the command that works where an argument is neither a recipe nor an override.
    """
    _refuse_parted(arguments, called)
    recipes, overrides = split_arguments(arguments)
    overrides, notes = spell_out(overrides)
    for recipe in recipes:
        _refuse_a_text(recipe, recipes, overrides, called)
    added = _for_a_text_of_ones_own(recipes, overrides)
    for line in [*notes, *added.values()]:
        say(line)
    return recipes, [*overrides, *added]


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
    suffix = Path(source).suffix.lower()
    if source in list_recipes() or suffix in (".yaml", ".yml"):
        return
    if os.path.isfile(os.path.join(source, "config.yaml")):
        own = command(*called, f"{source}/config.yaml", "--run", source)
        tuned = command("train", "fine-tune", "--from", source, "name=NEW")
        hint = f"go on with it, or begin another run with its weights:\n    {own}\n    {tuned}"
        raise RecipeError(f"'{source}' is a run, and not a recipe", hint=hint)
    is_there = os.path.exists(source)
    if not is_there and suffix not in (*TEXTS, *DOCUMENTS):
        return
    if os.path.isfile(source) and _is_recipe(source, suffix):
        return
    text = source
    first = ""
    if kind := DOCUMENTS.get(suffix):
        text = str(Path(source).with_suffix(".txt"))
        first = f"save {kind} as plain text first (UTF-8, as {text}); then "
    others = [recipe for recipe in recipes if recipe != source] or [FIRST_RECIPE]
    named = [] if any(override.startswith("name=") for override in overrides) else [f"name={_name(source)}"]
    works = command(*called, *others, *named, "corpus.kind=files", f"corpus.train={text}", *overrides)
    if not is_there:
        raise RecipeError(
            f"there is no file '{source}'", hint=f"where there is one, {first or 'it is trained on with'}:\n    {works}"
        )
    what = "a folder" if os.path.isdir(source) else kind or "a text"
    raise RecipeError(f"'{source}' is {what}, and not a recipe", hint=f"{first}train a recipe on it:\n    {works}")


def _is_recipe(path: str, suffix: str) -> bool:
    """Whether a file of another suffix begins like a recipe: with one of its sections."""
    if suffix in (*TEXTS, *DOCUMENTS):
        return False
    try:
        with open(path, encoding="utf-8-sig") as file:
            start = file.read(4096)
    except (OSError, UnicodeDecodeError):
        return False
    return any(re.search(rf"^{name}\s*:", start, re.MULTILINE) for name in (*Recipe.model_fields, "base"))


def _name(source: str) -> str:
    """Of the run, after the text."""
    stem = Path(source).name.split(".")[0] or "mine"
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("._-") or "mine"


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
