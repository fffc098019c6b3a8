"""Everything that is wrong with a recipe, each problem in one line: the key, what is wrong, the nearest right key, its origin."""

import difflib
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from pocket_narrator.recipe.keys.words import SYNONYMS, known_keys
from pocket_narrator.recipe.kinds.tables import CORPORA

PLAIN = {  # the words of pydantic, and those of a recipe
    "an object": "a section with keys of its own",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid boolean": "true or false",
    "a valid string": "text",
    "a valid array": "a list, such as [one, two]",
    "match pattern '^[A-Za-z0-9][A-Za-z0-9._-]*$'": "begin with a letter or digit, and have only those, dots, hyphens and "
    "underscores",
}

KeyPath = tuple[str, ...]  # of a key, from the root of the recipe


def describe_problems(error: ValidationError, origins: Mapping[KeyPath, str]) -> list[str]:
    """One line for each problem that pydantic found; `origins` says where each key was set."""
    return [_describe(problem, origins) for problem in error.errors(include_url=False)]


def unknown_keys(error: ValidationError) -> list[KeyPath]:
    """The keys that no section has."""
    return [_path(problem["loc"]) for problem in error.errors() if problem["type"] == "extra_forbidden"]


def _describe(problem: Mapping[str, Any], origins: Mapping[KeyPath, str]) -> str:
    path, kind, message = _path(problem["loc"]), problem["type"], problem["msg"]
    name = ".".join(path)
    if kind == "extra_forbidden":
        line = f"{name} is not a key{_hint(path)}"
    elif kind == "missing":
        line = f"{name} is missing"
    elif kind == "value_error":
        message = str(problem["ctx"]["error"])
        line = f"{name}: {message}" if name else message
    elif kind == "union_tag_not_found" and not isinstance(problem["input"], Mapping):
        line = f"{name}={_short(problem['input'])} should be {PLAIN['an object']}"
    elif kind == "union_tag_not_found":
        line = f"{name}.kind is missing"
    elif kind == "union_tag_invalid" and path[-1:] == ("corpus",):
        known = [one for one in CORPORA.names() if len(path) == 1 or one != "mixture"]  # which has no mixture in it
        kinds = ", ".join(map(repr, known))
        line = (
            f"{name}.kind={_short(problem['input']['kind'])} should be one of {kinds}, or your own with --plugin FILE"
        )
    elif kind == "union_tag_invalid":
        line = f"{name}.kind={_short(problem['input']['kind'])} should be one of {problem['ctx']['expected_tags']}"
    else:
        should = re.sub(r"^(Input|String|List|Tuple) | after validation", "", message)
        for theirs, ours in PLAIN.items():
            should = should.replace(theirs, ours)
        if kind == "string_type" and isinstance(problem["input"], (int, float)):
            should += f': in quotes it is, as in {path[-1]}: "{problem["input"]}"'
        line = f"{name or 'the recipe'}={_short(problem['input'])} {should}"
    found = _origins_of(path, message, origins)
    return f"{line} ({', '.join(found)})" if found else line


def _path(location: tuple[str | int, ...]) -> KeyPath:
    parts = [str(part) for part in location]
    for place in reversed(range(len(parts) - 2)):
        if parts[place] == "corpus":
            del parts[place + 1]  # pydantic puts the kind of corpus there
    if parts[:1] == ["model"] and parts[1:2] in (["stack"], ["ngram"]):
        del parts[1]  # and of model
    return tuple(parts)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _origins_of(path: KeyPath, message: str, origins: Mapping[KeyPath, str]) -> list[str]:
    """Where the key was set; for a problem between several keys, where those that the message names were set."""
    if path in origins and not any(key[: len(path)] == path and len(key) > len(path) for key in origins):
        return [origins[path]]
    words = set(re.findall(r"\w+(?:\.\w+)*", message))
    inside = {key[len(path) :]: origin for key, origin in origins.items() if key[: len(path)] == path}
    named = [origin for key, origin in inside.items() if ".".join(key) in words]
    return list(dict.fromkeys(named)) or ([origins[path]] if path in origins else [])


def _hint(path: KeyPath) -> str:
    inside = path  # where the name of a mixture's source, or a number in a list, stands among the keys
    if path[:2] == ("corpus", "sources"):
        path = path[:2] + path[3:]
    path = (*path[:1], *(part for part in path[1:] if not part.isdecimal()))
    known = known_keys()
    if path in known:
        return f" of this {path[0]}.kind"
    siblings = {key[-1]: key for key in known if key[:-1] == path[:-1]}
    everywhere = {key[-1]: key for key in known}
    if path[-1] in SYNONYMS and path[:2] != ("corpus", "sources"):
        return f"; did you mean {SYNONYMS[path[-1]]}?"
    if path[-1] in everywhere:
        nearest = everywhere[path[-1]]
    elif match := difflib.get_close_matches(path[-1], siblings, n=1):
        nearest = siblings[match[0]]
    elif match := difflib.get_close_matches(path[-1], everywhere, n=1, cutoff=0.75):
        nearest = everywhere[match[0]]
    else:
        return f"; there is {', '.join(siblings)}" if siblings else ""
    if len(inside) > len(path) and nearest[:-1] == path[:-1]:
        nearest = (*inside[:-1], nearest[-1])
    return f"; did you mean {'.'.join(nearest)}?"
