"""What is wrong with a request, in the words of who wrote it."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from pocket_narrator.serving.openai.requests import FORMS, MOST_MESSAGES, Form, StreamOptions

# What a field may be where pydantic would complain once for every type that it tries.
KINDS = {
    "prompt": "a text, a list of texts, a list of token ids, or a list of such lists",
    "stop": "a text or a list of texts",
    "content": 'a text, or a list of {"type": "text", "text": ...}',
}
NOT_SUPPORTED = ("presence_penalty", "frequency_penalty")
WORDS = {
    "missing": "is missing",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_parsing_size": "should be a whole number of 64 bits",
    "int_from_float": "should be a whole number",
    "float_type": "should be a number",
    "float_parsing": "should be a number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "string_type": "should be a text",
    "string_unicode": "should be Unicode, and holds half a surrogate pair",
    "list_type": "should be a list",
    "dict_type": "should be an object: {{...}}",
    "model_type": "should be an object: {{...}}",
    "model_attributes_type": "should be an object: {{...}}",
    "greater_than_equal": "should be at least {ge:g}",
    "less_than_equal": "should be at most {le:g}",
    "too_short": "should have at least {min_length}",
    "too_long": f"should have at most {{max_length}} of at most {MOST_MESSAGES:,}",
    "literal_error": "should be {expected}",
    "value_error": "{error}",
}


def explain(errors: Sequence[Any], body: object, path: str) -> tuple[str, str | None]:
    """What is wrong, and in which field, from pydantic's errors about a body: the first, or a name that is not known."""
    error = min(errors, key=lambda one: one["type"] != "extra_forbidden")
    place, kind = _place(error, body)
    where = ".".join(place)[:200]
    if not place:
        return f"the request's body {_words(error)}", None
    if error["type"] == "extra_forbidden":
        form: type[Form] = StreamOptions if len(place) > 1 else FORMS[path]
        nearest = difflib.get_close_matches(place[-1][:100], form.model_fields, n=1)
        return f"{where}: there is no such field" + (f"; did you mean {nearest[0]}?" if nearest else ""), where
    if where in NOT_SUPPORTED:
        return f"{where}: only 0 is supported; repetition_penalty holds used tokens back", where
    return f"{where}: {kind or _words(error)}"[:1000], where


def _words(error: Mapping[str, Any]) -> str:
    if error["type"] not in WORDS:
        return error["msg"]
    return WORDS[error["type"]].format(**error.get("ctx", {}))


def _place(error: Mapping[str, Any], body: object) -> tuple[list[str], str | None]:
    """The names in the request that lead to an error, without pydantic's own for the types that a field may have; and what
    such a field may be."""
    place: list[str] = []
    *_, last = error["loc"] or ("",)
    for part in error["loc"]:
        if (isinstance(body, dict) and part in body) or (isinstance(body, list) and isinstance(part, int)):
            body = body[part]
        elif error["type"] != "missing" or part != last:
            return place, f"should be {KINDS[place[-1]]}" if place and place[-1] in KINDS else None
        place.append(str(part))
    return place, None
