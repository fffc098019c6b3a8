"""Recipes and overrides as Python gives them: mappings with keys as in a recipe, `training.steps` in one word, or `steps` alone."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.keys.words import full_key

ORIGIN = "given in Python"


def tree_of(given: Mapping[str, object] | BaseModel) -> dict[str, object]:
    """The sections and values that are given, as a recipe file would hold them; not validated yet.

    RecipeError for a key that could be meant in two ways, and for a value that no recipe can hold.
    """
    if isinstance(given, BaseModel):
        return given.model_dump(mode="json")
    tree: dict[str, object] = {}
    for key, value in given.items():
        if not isinstance(key, str):
            raise RecipeError(f"{key!r} is no key of a recipe", expected="a text such as training.steps")
        plain = _plain(key, value)
        *sections, name = full_key(
            key, "{" if isinstance(plain, dict) else "null" if plain is None else str(plain)
        ).split(".")
        place = tree
        for section in sections:
            place = place.setdefault(section, {})  # pyright: ignore[reportAssignmentType]
            if not isinstance(place, dict):
                raise RecipeError(f"{key} is inside of {section}, which is given as one value")
        _put(place, name, plain, key)
    return tree


def keys_of(tree: Mapping[str, object], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every key with a value, by the names on the way to it."""
    keys: list[tuple[str, ...]] = []
    for name, value in tree.items():
        keys.append((*above, name))
        if isinstance(value, Mapping):
            keys += keys_of(value, (*above, name))
    return keys


def _put(place: dict[str, object], name: str, value: object, key: str) -> None:
    """A section joins what is there of it; a value that is there already is given twice."""
    there = place.get(name)
    if isinstance(there, dict) and isinstance(value, dict):
        for inner, one in value.items():
            _put(there, inner, one, f"{key}.{inner}")
    elif name in place:
        raise RecipeError(f"{key} is given twice", found=f"{there!r} and {value!r}", hint="give one of them")
    else:
        place[name] = value


def _plain(key: str, value: object) -> object:
    """As JSON has it: numbers of NumPy and paths, too."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(name): _plain(f"{key}.{name}", one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(f"{key}.{place}", one) for place, one in enumerate(value)]
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", None) == 0:
        return item()
    raise RecipeError(
        f"{key} is a {type(value).__name__}, which no recipe can hold",
        expected="text, numbers, true and false, None, and lists and mappings of these",
    )
