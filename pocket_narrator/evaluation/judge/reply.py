"""Reading a judge's answer: all of it holds, or it is a fault. Nothing is guessed, capped or filled in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pocket_narrator.evaluation.judge.rubrics import CODE
from pocket_narrator.files.json_file import parse_json, with_whole_characters

Cause = Literal[
    "connection",
    "timeout",
    "rate limit",
    "server error",
    "request refused",
    "key refused",
    "model not found",
    "malformed reply",
    "empty reply",
    "cut off",
    "declined",
    "no JSON",
    "wrong code",
    "contradicts itself",
    "wrong schema",
    "out of range",
    "addresses the judge",
    "out of time",
    "out of budget",
]
LONGEST_REPLY = 64 * 2**10  # characters of an answer that are looked at


class Fault(Exception):
    """One failed attempt: why, and what the endpoint said about when to come back."""

    def __init__(self, cause: Cause, detail: str = "", retry_after: float | None = None) -> None:
        self.cause: Cause = cause
        self.detail = " ".join(detail.split())[:200]
        self.retry_after = retry_after
        super().__init__(f"{cause}: {self.detail}" if detail else cause)


Tokens = tuple[int, int]  # input and output, with those spent on thinking


@dataclass(frozen=True)
class Completion:
    """What came back over the wire: text, or why there is none, and tokens where the endpoint counted them."""

    text: str
    fault: Fault | None
    tokens: Tokens | None


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="ignore")
    choices: list[_Choice]
    usage: Any = None


def read_completion(body: bytes) -> Completion:
    """What is in the body of a chat completion. Raises Fault where it is not one."""
    try:
        envelope = _Envelope.model_validate(parse_json(body))
    except ValueError as error:  # also pydantic's
        raise Fault("malformed reply", str(error)) from None
    tokens = count_tokens(envelope.usage)
    if not envelope.choices:
        return Completion("", Fault("empty reply", "no choices"), tokens)
    choice = envelope.choices[0]
    text, fault = choice.message.content or "", None
    if choice.finish_reason == "length":
        fault = Fault("cut off", "the answer is longer than it may be")
    elif choice.finish_reason == "content_filter" or choice.message.refusal:
        fault = Fault("declined", choice.message.refusal or "content filter")
    elif not text.strip():
        fault = Fault("empty reply", f"finish reason {choice.finish_reason}")
    return Completion(text, fault, tokens)


def count_tokens(usage: object) -> Tokens | None:
    """What a request used; none where the endpoint does not say, or says what cannot be."""
    counts = usage if isinstance(usage, dict) else {}
    given, written, total = (counts.get(f"{name}_tokens") for name in ("prompt", "completion", "total"))
    if type(given) is not int or type(written) is not int or min(given, written) < 0:
        return None
    if type(total) is int:
        written = max(written, total - given)  # thinking is billed, and some endpoints count it in the total only
    return given, written


def read_values(text: str, code: str, reply: type[BaseModel]) -> dict[str, Any]:
    """The validated fields of the one object in `text` that carries the code, without it. Raises Fault."""
    text = text[:LONGEST_REPLY].rpartition("</think>")[2]
    objects = list(_objects(text))
    if not objects:
        raise Fault("no JSON", text)
    ours = [found for found in objects if found.get(CODE) == code]
    if not ours:
        raise Fault("wrong code", text)
    if any(other != ours[0] for other in ours[1:]):
        raise Fault("contradicts itself", text)
    try:
        values = reply.model_validate(ours[0]).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        bounded = first["type"] in ("greater_than_equal", "less_than_equal", "finite_number")
        where = ".".join(str(part) for part in first["loc"])
        raise Fault("out of range" if bounded else "wrong schema", f"{where}: {first['msg']}") from None
    del values[CODE]
    return values


def _objects(text: str) -> Iterator[dict]:
    """Every JSON object in a text, outermost ones only."""
    decoder = json.JSONDecoder(object_pairs_hook=_unique)
    place = text.find("{")
    while place >= 0:
        try:
            value, end = decoder.raw_decode(text, place)
            yield with_whole_characters(text[place:end], value)
        except (ValueError, RecursionError):
            end = place + 1
        place = text.find("{", end)


def _unique(pairs: list[tuple[str, Any]]) -> dict:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("the same key twice")
    return dict(pairs)
