"""What requests may hold (OpenAI's names), and how they become prompts and sampling options."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pocket_narrator.generation.sampling import SamplingOptions

MOST_CHOICES = 16  # stories of one prompt
MOST_PROMPTS = 16
MOST_MESSAGES = 1000
UINT64 = 2**64


class StreamOptions(BaseModel):
    include_usage: bool = False


class Common(BaseModel):
    """What both kinds of requests share. None: the recipe's own."""

    model_config = ConfigDict(extra="ignore")  # clients send what other servers know

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
