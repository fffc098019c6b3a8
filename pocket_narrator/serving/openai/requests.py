"""What requests may hold (OpenAI's names), and how they become prompts and sampling options."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.recipe.sampling import BOUNDS
from pocket_narrator.serving.openai.chat_story import join_messages

MOST_CHOICES = 16  # stories of one prompt
MOST_PROMPTS = 64
MOST_MESSAGES = 1000
MOST_FIELDS = 100
UINT64 = 2**64

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


class Form(BaseModel):
    """An object whose fields are all known: a misspelt option would tell another story without a word."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _few(cls, given: Any) -> Any:
        """Each unknown field is a complaint of its own, and a body has room for 80,000."""
        if isinstance(given, dict) and len(given) > MOST_FIELDS:
            raise ValueError(f"has {len(given):,} fields, and at most {MOST_FIELDS} are read")
        return given


class StreamOptions(Form):
    include_usage: bool = False
    include_obfuscation: Any = None  # without effect


def _biases(given: Any) -> Any:
    """The first that is no number is enough to be told."""
    if isinstance(given, dict):
        for token, bias in given.items():
            if isinstance(bias, bool) or not isinstance(bias, int | float):
                raise ValueError(f"the bias of token '{str(token)[:40]}' should be a number")
    return given


# Checked up to the first thing that is wrong: a list of a million would have a million errors.
TextList = Annotated[list[str], Field(fail_fast=True)]
Ids = Annotated[list[int], Field(fail_fast=True)]


class Common(Form):
    """What both kinds of requests share. None: the recipe's own."""

    model: str
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    n: Annotated[int, Field(ge=1, le=MOST_CHOICES)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    stop: str | TextList | None = None
    seed: int | None = None
    logit_bias: Annotated[dict[str, float], BeforeValidator(_biases)] | None = None
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
        names = [name for name in BOUNDS if name in Common.model_fields and name not in ("max_tokens", "seed")]
        given: dict[str, Any] = {name: getattr(self, name) for name in (*names, "stop", "max_tokens")}
        changed = {name: value for name, value in given.items() if value is not None}
        changed.setdefault("max_tokens", min(defaults.max_tokens, most_tokens))
        if self.logit_bias:
            changed["logit_bias"] = [
                (int(token) if token.isdecimal() else token, b) for token, b in self.logit_bias.items()
            ]
        return defaults.changed(**changed, seed=seed, logprobs=logprobs)


class CompletionRequest(Common):
    prompt: str | TextList | Ids | Annotated[list[Ids], Field(fail_fast=True)]
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
    content: str | Annotated[list[TextPart], Field(fail_fast=True)]

    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)


class ChatRequest(Common):
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES, fail_fast=True)]
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
        """The story so far; see `chat_story`."""
        return join_messages((message.role, message.text()) for message in self.messages)


FORMS: dict[str, type[Common]] = {"/v1/completions": CompletionRequest, "/v1/chat/completions": ChatRequest}
