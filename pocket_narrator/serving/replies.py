"""Answers in OpenAI's shapes."""

import json
import time
from typing import Any

from pocket_narrator.generation.sampler import LogProbs
from pocket_narrator.generation.teller import Ending, Passage
from pocket_narrator.tokenizers import Tokenizer

REASONS: dict[Ending, str] = {"end": "stop", "stop": "stop", "length": "length"}


class Told:
    """What has come of one story."""

    def __init__(self, tokenizer: Tokenizer, beginning: str = "") -> None:
        self.text = beginning
        self.reason: str | None = None
        self.tokens = 0
        self._tokenizer = tokenizer
        self._logs: list[tuple[int, LogProbs, int]] = []  # token, its log-probabilities, where its text begins

    def add(self, passage: Passage) -> None:
        is_end = passage.token == self._tokenizer.end_of_text
        if passage.log_probs is not None and not is_end:
            self._logs.append((passage.token, passage.log_probs, len(self.text)))
        self.text += passage.text
        self.tokens += not is_end
        if passage.ending is not None:
            self.reason = REASONS[passage.ending]

    def take_logs(self, is_chat: bool) -> dict[str, Any] | None:
        """Those that have come since the last call."""
        logs, self._logs = self._logs, []
        if not logs:
            return None
        name = self._name
        if is_chat:
            return {"content": [self._detail(token, one.chosen) | self._likeliest(one) for token, one, _ in logs]}
        return {
            "tokens": [name(token) for token, _, _ in logs],
            "token_logprobs": [one.chosen for _, one, _ in logs],
            "top_logprobs": [{name(token): value for token, value in one.likeliest} for _, one, _ in logs],
            "text_offset": [offset for _, _, offset in logs],
        }

    def _likeliest(self, one: LogProbs) -> dict[str, Any]:
        return {"top_logprobs": [self._detail(token, value) for token, value in one.likeliest]}

    def _detail(self, token: int, log_prob: float) -> dict[str, Any]:
        return {"token": self._name(token), "logprob": log_prob, "bytes": list(self._tokenizer.token_bytes(token))}

    def _name(self, token: int) -> str:
        return self._tokenizer.decode([token], show_end_of_text=True)


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
