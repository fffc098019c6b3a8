"""What requests may hold (OpenAI's names), and how they become prompts and sampling options."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pocket_narrator.generation.sampling import SamplingOptions

MOST_CHOICES = 16  # stories of one prompt
MOST_PROMPTS = 16
MOST_MESSAGES = 1000
UINT64 = 2**64


# Of a request's fields, what each may be where pydantic would complain once for every type that it tries.
IN_WORDS = {
    "prompt": "a text, a list of texts, a list of token ids, or a list of such lists",
    "stop": "a text or a list of texts",
    "content": 'a text, or a list of {"type": "text", "text": ...}',
}
# What asks for more than the continuation of a text is refused, but for values that ask for nothing.
REFUSED: dict[str, list[Any]] = {
    "tools": [[]],
    "functions": [[]],
    "tool_choice": ["none", "auto"],
    "function_call": ["none", "auto"],
    "response_format": [{"type": "text"}],
    "modalities": [["text"]],
    "audio": [],
    "web_search_options": [],
    "moderation": [],
}


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    include_usage: bool = False
    include_obfuscation: Any = None  # without effect


class Common(BaseModel):
    """What both kinds of requests share. None: the recipe's own."""

    model_config = ConfigDict(extra="forbid")  # a misspelt option would tell another story without a word

    model: str
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    n: Annotated[int, Field(ge=1, le=MOST_CHOICES)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    logit_bias: dict[str, float] | None = None
    presence_penalty: Annotated[float, Field(ge=0, le=0, description="Not supported: 0")] | None = None
    frequency_penalty: Annotated[float, Field(ge=0, le=0, description="Not supported: 0")] | None = None
    # OpenAI's for who asks, how soon, at what price, or with how many words: without effect on a story
    user: Any = None
    safety_identifier: Any = None
    metadata: Any = None
    store: Any = None
    service_tier: Any = None
    prompt_cache_key: Any = None
    prompt_cache_retention: Any = None
    prompt_cache_options: Any = None
    prediction: Any = None
    parallel_tool_calls: Any = None
    reasoning_effort: Any = None
    verbosity: Any = None
    # beyond OpenAI's
    top_k: int | None = None
    min_p: float | None = None
    typical: float | None = None
    mirostat: float | None = None
    repetition_penalty: float | None = None
    no_repeat_ngram: int | None = None

    def options(self, defaults: SamplingOptions, seed: int, logprobs: int | None, most_tokens: int) -> SamplingOptions:
        """PromptError for values that mean nothing; a recipe's max_tokens above the server's own is cut to it."""
        names = (
            "temperature",
            "top_p",
            "top_k",
            "min_p",
            "typical",
            "mirostat",
            "repetition_penalty",
            "no_repeat_ngram",
        )
        given: dict[str, Any] = {name: getattr(self, name) for name in (*names, "stop", "max_tokens")}
        changed = {name: value for name, value in given.items() if value is not None}
        changed.setdefault("max_tokens", min(defaults.max_tokens, most_tokens))
        if self.logit_bias:
            changed["logit_bias"] = [
                (int(token) if token.isdecimal() else token, b) for token, b in self.logit_bias.items()
            ]
        return defaults.changed(**changed, seed=seed, logprobs=logprobs)


class CompletionRequest(Common):
    prompt: str | list[str] | list[int] | list[list[int]]
    logprobs: Annotated[int, Field(ge=0, le=5)] | None = None
    echo: bool | None = None
    best_of: int | None = None
    suffix: str | None = None

    def prompts(self) -> list[str | list[int]]:
        given = self.prompt
        if isinstance(given, str):
            return [given]
        if given and isinstance(given[0], int):
            return [given]  # type: ignore[list-item]
        return list(given)  # type: ignore[arg-type]


class TextPart(BaseModel):
    type: Literal["text"]
    text: str


class Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)


class ChatRequest(Common):
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]
    max_completion_tokens: int | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    # see REFUSED
    tools: Any = None
    functions: Any = None
    tool_choice: Any = None
    function_call: Any = None
    response_format: Any = None
    modalities: Any = None
    audio: Any = None
    web_search_options: Any = None
    moderation: Any = None

    def unsupported(self) -> str | None:
        """The first field that asks for what a story model cannot do."""
        given = ((name, getattr(self, name)) for name in REFUSED)
        return next((name for name, value in given if value is not None and value not in REFUSED[name]), None)

    def story(self) -> str:
        """The story so far: what user and assistant have said, one after the other. A story model knows no instructions, so
        that those of the system are left out."""
        story = ""
        for message in self.messages:
            if message.role in ("user", "assistant"):
                text = message.text()
                apart = story == "" or text == "" or story[-1].isspace() or text[0].isspace()
                story += text if apart else f" {text}"
        return story


FORMS: dict[str, type[Common]] = {"/v1/completions": CompletionRequest, "/v1/chat/completions": ChatRequest}


def explain(errors: Sequence[Any], body: object, path: str) -> tuple[str, str | None]:
    """What is wrong with a request, and in which field, from pydantic's errors about it: the first, or a name that is not known."""
    error = min(errors, key=lambda one: one["type"] != "extra_forbidden")
    place, in_words = ([], None) if error["type"] == "json_invalid" else _place(error, body)
    where = ".".join(place)[:200]
    if not place:
        return f"body: {error['msg']}", None
    if error["type"] == "extra_forbidden":
        fields = StreamOptions.model_fields if len(place) > 1 else FORMS[path].model_fields
        nearest = difflib.get_close_matches(place[-1][:100], fields, n=1)
        return f"{where}: there is no such field" + (f"; did you mean {nearest[0]}?" if nearest else ""), where
    return f"{where}: {in_words or error['msg']}"[:1000], where


def _place(error: Mapping[str, Any], body: object) -> tuple[list[str], str | None]:
    """The names in the request that lead to an error, without pydantic's own for the types that a field may have; and what
    such a field may be."""
    place: list[str] = []
    *_, last = error["loc"]
    for part in error["loc"][1:]:
        if (isinstance(body, dict) and part in body) or (isinstance(body, list) and isinstance(part, int)):
            body = body[part]
        elif error["type"] != "missing" or part != last:
            return place, f"should be {IN_WORDS[place[-1]]}" if place and place[-1] in IN_WORDS else None
        place.append(str(part))
    return place, None
