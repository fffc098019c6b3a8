"""Bodies that cost more to read than to send."""

import asyncio
import threading

import pytest
from pydantic import ValidationError

from pocket_narrator.serving.aside import MOST_WAITING, SMALL, Aside
from pocket_narrator.serving.openai.api_error import ApiError
from pocket_narrator.serving.openai.bodies import MOST_BRACKETS, MOST_COMMAS, read_body
from pocket_narrator.serving.openai.requests import ChatRequest, CompletionRequest
from pocket_narrator.serving.worker import Overloaded

JSON = "application/json"


def refused(body: bytes, kind: str = JSON) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read_body(CompletionRequest, body, kind, "/v1/completions")
    return caught.value


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": [1] * 1000 + ["a"]},
        {"prompt": [[]] * 1000 + [1]},
        {"prompt": "a", "stop": [1] * 1000},
        {"prompt": "a", "logit_bias": {str(n): "x" for n in range(1000)}},
        {"prompt": "a", **{f"field{n}": 1 for n in range(1000)}},
        {"prompt": "a", "stream_options": {f"field{n}": 1 for n in range(1000)}},
        {"messages": [{}] * 1000},
        {"messages": [{"role": "user", "content": [1] * 1000}]},
        {"messages": [{"role": "user", "content": [{}] * 1000}]},
    ],
)
def test_the_first_thing_that_is_wrong_is_enough(fields: dict) -> None:
    """A body has room for half a million; told one by one they took seconds."""
    form = ChatRequest if "messages" in fields else CompletionRequest
    with pytest.raises(ValidationError) as caught:
        form.model_validate({"model": "tiny", **fields})
    assert caught.value.error_count() < 10


def test_what_holds_too_much_is_not_parsed() -> None:
    for part, most in ((b"1,", MOST_COMMAS), (b"[],", MOST_BRACKETS), (b"{},", MOST_BRACKETS)):
        body = b'{"model":"tiny","prompt":[' + part * (most + 1) + b"1]}"
        assert "more than" in refused(body).message


def test_what_is_no_json_is_said() -> None:
    assert refused(b"{").message.startswith("the body is not JSON")
    assert refused(b"").message == "the body is empty"
    assert "not UTF-8" in refused(b"{\xff}").message
    assert "cannot be read" in refused(b"9" * 5000).message
    assert "cannot be read" in refused(b"[" * 9000).message
    assert "an object" in refused(b"[1]").message
    assert (
        read_body(
            CompletionRequest, b'{"model":"m","prompt":"a"}', "application/vnd.api+json; charset=utf-8", ""
        ).prompt
        == "a"
    )


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_other_content_types_are_named_with_what_to_send(kind: str) -> None:
    error = refused(b'{"model":"m","prompt":"a"}', kind)
    assert error.status == 415
    assert "send the header 'content-type: application/json'" in error.message
    assert kind.split(";")[0] in error.message


def test_large_requests_are_read_on_another_thread() -> None:
    asyncio.run(read_large_requests())


async def read_large_requests() -> None:
    aside = Aside()
    here = threading.get_ident()
    assert await aside.run(SMALL, threading.get_ident) == here
    assert await aside.run(SMALL + 1, threading.get_ident) != here
    with pytest.raises(ValueError, match="invalid literal"):
        await aside.run(SMALL + 1, lambda: int("x"))
    may_go_on = threading.Event()
    waiting = [asyncio.ensure_future(aside.run(SMALL + 1, may_go_on.wait)) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await aside.run(SMALL + 1, may_go_on.wait)
    may_go_on.set()
    assert all(await asyncio.gather(*waiting))
    aside.close()
