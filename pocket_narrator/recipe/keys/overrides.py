"""The value of an override `key.path=value`: for a key that holds text the value as it was typed, for others YAML."""

from typing import Annotated, Any, Literal, get_args, get_origin

from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.keys.words import own_sections, sections_in
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.recipe.yaml import MAX_CHARACTERS, read_texts, read_whole

LIKE_NOTHING = ("", "~", "Null", "NULL", "None", "none")


def read_override(keys: tuple[str, ...], text: str) -> object:
    """The value that `text` is for this key. RecipeError where it could be meant in two ways, or is no value."""
    where = f"{'.'.join(keys)}={text[:200]}"
    if len(text) > MAX_CHARACTERS:
        raise RecipeError(f"the value of {'.'.join(keys)} is longer than {MAX_CHARACTERS:,} characters")
    kinds = [kind for annotation in _annotations(keys) for kind in _members(annotation)]
    others = [kind for kind in kinds if kind is not type(None)]
    if others and all(map(_is_text, others)):
        return _text(text, type(None) in kinds, where)
    if others and all(map(_is_texts, others)) and text.strip() not in (*LIKE_NOTHING, "null"):
        return read_texts(text, where) if text.lstrip().startswith("[") else [_text(text, False, where)]
    return read_whole(text, where)


def _text(text: str, can_be_none: bool, where: str) -> str | None:
    if can_be_none and text == "null":
        return None
    if can_be_none and text in LIKE_NOTHING:
        raise RecipeError(
            "this is no text, and does not say that there is none", where=where, hint="write null for none"
        )
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        raise RecipeError(
            "the quotes would be part of the text",
            where=where,
            hint="leave them out: all that follows the equals sign is taken as it is; the shell's own quotes go around the whole word",
        )
    return text


def _annotations(keys: tuple[str, ...]) -> list[Any]:
    """What the key may hold, in each kind of its section."""
    if keys[:2] == ("corpus", "sources"):  # then comes a name that the user has given
        keys = (*keys[:2], *keys[3:])
    sections: list[Any] = [Recipe]
    annotations: list[Any] = []
    for place, key in enumerate(keys):
        sections += [options for above, options in own_sections() if above == keys[:place]]
        annotations = [section.model_fields[key].annotation for section in sections if key in section.model_fields]
        sections = [inner for annotation in annotations for inner in sections_in(annotation)]
    return annotations


def _members(annotation: Any) -> list[Any]:
    """Of a union, also of `Annotated` ones."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Literal, tuple, dict, list) or not get_args(annotation):
        return [annotation]
    return [member for part in get_args(annotation) for member in _members(part)]


def _is_text(kind: Any) -> bool:
    return kind is str or (get_origin(kind) is Literal and all(isinstance(value, str) for value in get_args(kind)))


def _is_texts(kind: Any) -> bool:
    return get_origin(kind) is tuple and all(_is_text(part) for part in get_args(kind) if part is not Ellipsis)
