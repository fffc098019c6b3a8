"""The options of what was added: keys of a recipe that pydantic does not know until their kind is asked for."""

import json
from collections.abc import Callable, Collection
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from pocket_narrator.recipe.mixers import MIXERS
from pocket_narrator.recipe.section import Section


def with_options(given: dict, known: Collection[str], layers: object, validate: Callable[[dict], Any]) -> Any:
    """What `validate` makes of `given`, with the sections of added mixers as instances of their kinds' `options`.

    known: the keys that are not of added mixers. layers: the pattern, whose mixers' options are spelled out even where
    nothing is given. Raises one ValidationError for all problems; a key that no mixer has is one, as in any section.
    """
    plain = {key: value for key, value in given.items() if key in known}
    named = {item.partition("*")[0]: {} for item in layers.split()} if isinstance(layers, str) else {}
    problems: list[InitErrorDetails] = []
    sections: dict[str, Section] = {}
    for name, value in {**named, **given}.items():
        if name in known:
            continue
        kind = MIXERS.find(name)
        if kind is None or kind.options is None:
            if name in given:
                problems.append({"type": "extra_forbidden", "loc": (name,), "input": value})
            continue
        try:
            sections[name] = _validated(kind.options, value)
        except ValidationError as error:
            problems += _details(error, (name,))
    try:
        made = validate({**plain, **sections})
    except ValidationError as error:
        problems += _details(error, ())
    if problems:
        raise ValidationError.from_exception_data("Model", problems)
    return made


def with_own_keys(
    given: dict, known: Collection[str], options: type[Section] | None, validate: Callable[[dict], Any]
) -> Any:
    """What `validate` makes of `given`, with the keys that are not `known` as `options` takes them, defaults spelled out.
    Raises one ValidationError for all problems."""
    plain = {key: value for key, value in given.items() if key in known}
    rest = {key: value for key, value in given.items() if key not in known}
    problems: list[InitErrorDetails] = []
    own: dict[str, object] = {}
    try:
        own = _validated(options or Section, rest).model_dump(mode="json")
    except ValidationError as error:
        problems += _details(error, ())
    try:
        made = validate({**plain, **own})
    except ValidationError as error:
        problems += _details(error, ())
    if problems:
        raise ValidationError.from_exception_data("Section", problems)
    return made


def _validated(options: type[Section], value: object) -> Section:
    if isinstance(value, dict):  # through JSON, as the whole recipe is: lists for tuples, and yet no "5" for 5
        return options.model_validate_json(json.dumps(value, default=str), strict=True)
    return options.model_validate(value)


def _details(error: ValidationError, above: tuple[str, ...]) -> list[InitErrorDetails]:
    return [
        {"type": one["type"], "loc": (*above, *one["loc"]), "input": one["input"], "ctx": one.get("ctx", {})}
        for one in error.errors()
    ]
