"""What a request may hold, and what is said of one that holds something else."""

import pytest
from openai.types import completion_create_params
from openai.types.chat import completion_create_params as chat_params
from pydantic import ValidationError

from pocket_narrator.serving.openai.complaints import explain
from pocket_narrator.serving.openai.requests import REFUSED, ChatRequest, CompletionRequest

TEXT = {"model": "tiny", "prompt": "a"}
CHAT = {"model": "tiny", "messages": [{"role": "user", "content": "a"}]}


def said_of(body: object, kind: type[CompletionRequest | ChatRequest]) -> tuple[str, str | None]:
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(body)
    return explain(caught.value.errors(), body, "/v1/chat/completions" if kind is ChatRequest else "/v1/completions")


@pytest.mark.parametrize(
    ("more", "message", "field"),
    [
        ({"max_token": 3}, "max_token: there is no such field; did you mean max_tokens?", "max_token"),
        ({"zzz": 3}, "zzz: there is no such field", "zzz"),
        ({"n": 0, "temprature": 1}, "temprature: there is no such field; did you mean temperature?", "temprature"),
        ({"n": 17}, "n: should be at most 16", "n"),
        ({"temperature": "warm"}, "temperature: should be a number", "temperature"),
        ({"max_tokens": 1.5}, "max_tokens: should be a whole number", "max_tokens"),
        ({"stream": "perhaps"}, "stream: should be true or false", "stream"),
        ({"stream_options": []}, "stream_options: should be an object: {...}", "stream_options"),
        ({"frequency_penalty": 0.5}, "frequency_penalty: only 0 is supported; repetition_penalty holds used tokens back", "frequency_penalty"),
        ({"n": 0}, "n: should be at least 1", "n"),
        ({"stop": 5}, "stop: should be a text or a list of texts", "stop"),
        ({"stop": ["a", 5]}, "stop: should be a text or a list of texts", "stop"),
        ({"logit_bias": {"5": "x"}}, "logit_bias: the bias of token '5' should be a number", "logit_bias"),
        ({"stream_options": {"include_usge": True}}, "stream_options.include_usge: there is no such field; did you mean include_usage?", "stream_options.include_usge"),
    ],
)  # fmt: skip
def test_both_forms_in_the_clients_terms(more: dict, message: str, field: str) -> None:
    assert said_of({**TEXT, **more}, CompletionRequest) == (message, field)
    assert said_of({**CHAT, **more}, ChatRequest) == (message, field)


@pytest.mark.parametrize("prompt", [5, [1, "a"], {"a": 1}, [[1], "a"]])
def test_prompts(prompt: object) -> None:
    expected = "prompt: should be a text, a list of texts, a list of token ids, or a list of such lists"
    assert said_of({**TEXT, "prompt": prompt}, CompletionRequest) == (expected, "prompt")


def test_what_is_missing() -> None:
    assert said_of({"model": "tiny"}, CompletionRequest) == ("prompt: is missing", "prompt")
    assert said_of({"model": "tiny", "promt": "a"}, CompletionRequest)[0].endswith("did you mean prompt?")
    assert said_of([1], CompletionRequest) == ("the request's body should be an object: {...}", None)


@pytest.mark.parametrize("content", [5, [{"type": "text"}], [{"type": "image_url", "image_url": "x"}], [[]]])
def test_contents(content: object) -> None:
    found = said_of({**CHAT, "messages": [{"role": "user", "content": content}]}, ChatRequest)
    place = "messages.0.content"
    assert found == (f'{place}: should be a text, or a list of {{"type": "text", "text": ...}}', place)


def test_every_field_of_openais_client_is_known() -> None:
    """Those that mean nothing here are accepted or refused on purpose."""
    for theirs, ours in ((completion_create_params, CompletionRequest), (chat_params, ChatRequest)):
        names = theirs.CompletionCreateParamsBase.__annotations__.keys()
        assert names - ours.model_fields.keys() == set()


def test_what_a_story_model_cannot_do() -> None:
    assert ChatRequest.model_validate(CHAT).unsupported() is None
    nothing = {name: values[0] if values else None for name, values in REFUSED.items()}
    assert ChatRequest.model_validate({**CHAT, **nothing}).unsupported() is None
    for name in REFUSED:
        assert ChatRequest.model_validate({**CHAT, name: {"type": "json_object"}}).unsupported() == name
