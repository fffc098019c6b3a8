"""From the bytes of a body to a request: bounded, and with one message where it is none."""

import json
from typing import TypeVar

from pydantic import ValidationError

from pocket_narrator.serving.openai.api_error import ApiError, bad
from pocket_narrator.serving.openai.complaints import explain
from pocket_narrator.serving.openai.requests import Common

# Reading costs by what a body holds, not by its bytes: a prompt of 100,000 ids takes some milliseconds, nested empty lists more.
MOST_COMMAS, MOST_BRACKETS = 100_000, 10_000

Request = TypeVar("Request", bound=Common)


def read_body(form: type[Request], body: bytes, content_type: str, path: str) -> Request:
    """Raises ApiError. May be run on any thread."""
    kind = content_type.split(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        given = f"is '{kind[:80]}'" if kind else "is not given"
        raise ApiError(
            415, f"the body's content type {given}; send the header 'content-type: application/json'", "invalid_request_error"
        )  # fmt: skip
    if body.count(b",") > MOST_COMMAS or body.count(b"[") + body.count(b"{") > MOST_BRACKETS:
        raise bad(f"the body holds more than {MOST_COMMAS:,} values or {MOST_BRACKETS:,} lists and objects")
    try:
        content = json.loads(body)
    except json.JSONDecodeError as error:
        raise bad(
            f"the body is not JSON: {error.msg} at character {error.pos}" if body else "the body is empty"
        ) from None
    except UnicodeDecodeError:
        raise bad("the body is not JSON: it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise bad("the body cannot be read: a number of thousands of digits, or lists in lists without end") from None
    try:
        return form.model_validate(content)
    except ValidationError as error:
        message, where = explain(error.errors(include_url=False, include_input=False), content, path)
        raise bad(message, where) from None
