"""Answers in OpenAI's shapes."""

import json
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from pocket_narrator.generation.request import Ending, GeneratedToken
from pocket_narrator.generation.sampler import LogProbs
from pocket_narrator.tokenizers import Tokenizer

REASONS: dict[Ending, str] = {"end": "stop", "stop": "stop", "length": "length"}


class TokenLog(NamedTuple):
    """A token of an answer, its log-probabilities (none for the first one of a prompt), and where its text begins."""

    token: int
    log_probs: LogProbs | None
    offset: int


class Told:
    """What has come of one story."""

    def __init__(self, tokenizer: Tokenizer, beginning: str = "", tells: bool = True) -> None:
        """beginning: what the answer repeats. tells: or it has nothing but that."""
        self.text = beginning
        self.reason: str | None = None
        self.tokens = 0
        self._tells = tells
        self._tokenizer = tokenizer
        self._logs: list[TokenLog] = []
        self._has_begun = False
        self._with_prompt = False
        # Text is shown later than it is told, or never, where a stop text may begin in it.
        self._told = tokenizer.stream()
        self._length = len(beginning)

    def add(self, token: GeneratedToken) -> str:
        """What there is to show."""
        if not self._has_begun and token.request.prompt_log_probs is not None:
            self._add_prompt(token.request.prompt, token.request.prompt_log_probs)
        self._has_begun = True
        is_end = token.token == self._tokenizer.end_of_text
        if token.ending is not None:
            self.reason = REASONS[token.ending]
        if not self._tells:
            self.reason = "length"
            return ""
        # Who asks for the prompt's counts tokens from its end on: they need the last one, even if it has no text.
        if token.log_probs is not None and (self._with_prompt or not is_end):
            self._logs.append(TokenLog(token.token, token.log_probs, self._length))
        self._length += len(self._told.push(token.token))
        self.text += token.text
        self.tokens += not is_end
        return token.text

    def _add_prompt(self, ids: Sequence[int], log_probs: Sequence[LogProbs]) -> None:
        self._with_prompt = True
        stream, length = self._tokenizer.stream(), 0
        for place, (token, one) in enumerate(zip(ids, log_probs, strict=True)):
            self._logs.append(TokenLog(token, one if place else None, length))
            length += len(stream.push(token))

    def take_logs(self, is_chat: bool) -> dict[str, Any] | None:
        """Those that have come since the last call."""
        logs, self._logs = self._logs, []
        if not logs:
            return None
        if is_chat:
            return {"content": [self._chat_log(one.token, one.log_probs) for one in logs if one.log_probs is not None]}
        return {
            "tokens": [token_name(self._tokenizer, one.token) for one in logs],
            "token_logprobs": [None if one.log_probs is None else one.log_probs.chosen for one in logs],
            "top_logprobs": [None if one.log_probs is None else self._by_name(one.log_probs) for one in logs],
            "text_offset": [one.offset for one in logs],
        }

    def _by_name(self, log_probs: LogProbs) -> dict[str, float]:
        """Most likely first. Two tokens may have the same text; then the later one is told by its id."""
        named: dict[str, float] = {}
        for token, value in log_probs.likeliest:
            name = token_name(self._tokenizer, token)
            named[f"token_id:{token}" if name in named else name] = value
        return named

    def _chat_log(self, token: int, log_probs: LogProbs) -> dict[str, Any]:
        likeliest = [self._detail(other, value) for other, value in log_probs.likeliest]
        return self._detail(token, log_probs.chosen) | {"top_logprobs": likeliest}

    def _detail(self, token: int, log_prob: float) -> dict[str, Any]:
        name = token_name(self._tokenizer, token)
        return {"token": name, "logprob": log_prob, "bytes": list(self._tokenizer.token_bytes(token))}


def token_name(tokenizer: Tokenizer, token: int) -> str:
    """A token's text; where it is a part of a character, its bytes as OpenAI writes them: `bytes:\\xe2\\x80`."""
    spelled = tokenizer.token_bytes(token)
    try:
        return spelled.decode("utf-8")
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in spelled)


class Reply:
    """The frame that the answers to one request share."""

    def __init__(self, request_id: str, model: str, is_chat: bool) -> None:
        self.is_chat = is_chat
        self._frame = {"id": request_id, "created": int(time.time()), "model": model}

    def whole(self, stories: list[Told], prompt_tokens: int) -> dict[str, Any]:
        choices = []
        for index, told in enumerate(stories):
            choice: dict[str, Any] = {
                "index": index,
                "finish_reason": told.reason,
                "logprobs": told.take_logs(self.is_chat),
            }
            if self.is_chat:
                choice["message"] = {"role": "assistant", "content": told.text, "refusal": None}
            else:
                choice["text"] = told.text
            choices.append(choice)
        name = "chat.completion" if self.is_chat else "text_completion"
        return {**self._frame, "object": name, "choices": choices, "usage": usage(stories, prompt_tokens)}

    def piece(self, index: int, told: Told | None, text: str, begins: bool = False) -> bytes:
        """A server-sent event: some more text of one story."""
        reason, logs = (None, None) if told is None else (told.reason, told.take_logs(self.is_chat))
        choice: dict[str, Any] = {"index": index, "finish_reason": reason, "logprobs": logs}
        if self.is_chat:
            choice["delta"] = {"role": "assistant", "content": text} if begins else {"content": text} if text else {}
        else:
            choice["text"] = text
        return event({**self._frame, "object": self._chunk, "choices": [choice]})

    def usage_piece(self, stories: list[Told], prompt_tokens: int) -> bytes:
        return event({**self._frame, "object": self._chunk, "choices": [], "usage": usage(stories, prompt_tokens)})

    @property
    def _chunk(self) -> str:
        return "chat.completion.chunk" if self.is_chat else "text_completion"


def usage(stories: list[Told], prompt_tokens: int) -> dict[str, int]:
    told = sum(story.tokens for story in stories)
    return {"prompt_tokens": prompt_tokens, "completion_tokens": told, "total_tokens": prompt_tokens + told}


def problem(message: str, kind: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """OpenAI's shape of an error."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def event(content: dict[str, Any]) -> bytes:
    return b"data: " + encoded(content) + b"\n\n"


def encoded(content: object) -> bytes:
    """ASCII, so that a lone surrogate out of a request cannot break an answer."""
    return json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")
