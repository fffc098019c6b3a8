"""From a request to the stories that answer it: admission, deadlines, disconnects."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from pocket_narrator.errors import NarratorError
from pocket_narrator.generation.engine import Engine
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.generation.teller import Teller
from pocket_narrator.serving.metrics import Metrics
from pocket_narrator.serving.replies import Reply, Told
from pocket_narrator.serving.requests import MOST_PROMPTS, UINT64, ChatRequest, CompletionRequest
from pocket_narrator.serving.worker import Job, Overloaded, TellingFailed, Worker

# Between two pieces of a story: a token is told in less, and sending it costs more than telling it.
PIECE_SECONDS = 0.05


@dataclass(frozen=True)
class Limits:
    """What a server takes on."""

    slots: int = 64  # stories that are told at once
    queue: int = 0  # stories that wait for a slot; what comes on top of them is refused
    deadline: float = 120.0  # seconds from a request's arrival to its last token
    most_tokens: int = 4096  # of one story
    body: int = 1_000_000  # bytes


class ApiError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str, kind: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.code, self.param = status, message, kind, code, param


def bad(message: str, param: str | None = None) -> ApiError:
    return ApiError(400, message, "invalid_request_error", param=param)


class Service:
    """One model, told with by one worker."""

    def __init__(self, narrator: Narrator, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.metrics = Metrics()
        self.is_draining = False
        self.began = int(time.time())
        self.tokenizer = narrator.tokenizer
        self._narrator = narrator
        engine = Engine(narrator.model, narrator.tokenizer.end_of_text, limits.slots, narrator.precision)
        self.worker = Worker(Teller(engine, narrator.tokenizer), limits.queue)

    def begin(self, request: CompletionRequest | ChatRequest, request_id: str, notes: dict[str, Any]) -> "Answer":
        """Takes a request on, or raises ApiError, Overloaded or NarratorError at once. `notes` are for the log."""
        if request.model != self.name:
            message = f"there is no model '{request.model[:100]}' here; there is '{self.name}'"
            raise ApiError(404, message, "invalid_request_error", "model_not_found", "model")
        if self.is_draining:
            raise Overloaded
        is_chat = isinstance(request, ChatRequest)
        if isinstance(request, ChatRequest):
            if field := request.unsupported():
                raise bad(f"{field} is not supported: a story model continues a text and does nothing else", field)
            beginnings, ids = [""], [self._encode_chat(request)]
            logprobs = (request.top_logprobs or 0) if request.logprobs else None
            request.max_tokens = request.max_completion_tokens or request.max_tokens
        else:
            self._refuse_unsupported(request)
            prompts = request.prompts()
            if not 0 < len(prompts) <= MOST_PROMPTS:
                raise bad(f"a request has 1 to {MOST_PROMPTS} prompts", "prompt")
            ids = [self._encode(prompt) for prompt in prompts]
            beginnings = [self.tokenizer.decode(one) if request.echo else "" for one in ids]
            logprobs = request.logprobs
        options = self._options(request, logprobs)
        times = request.n or 1
        stories = [(one, number) for one in ids for number in range(times)]
        if len(stories) > min(self.worker.most, self.limits.slots):
            raise bad(f"a request may ask for {self.limits.slots} stories at most", "n")
        as_given = isinstance(request, CompletionRequest) and not isinstance(request.prompts()[0], str)
        job = self.worker.submit(stories, options, as_given)
        prompt_tokens = sum(map(len, ids))
        self.metrics.prompt_tokens += prompt_tokens
        notes |= {"stories": len(stories), "prompt_tokens": prompt_tokens, "seed": options.seed}
        told = [Told(self.tokenizer, beginning) for beginning in beginnings for _ in range(times)]
        reply = Reply(("chatcmpl-" if is_chat else "cmpl-") + request_id, self.name, is_chat)
        return Answer(self, job, reply, told, prompt_tokens, notes)

    def _options(self, request: CompletionRequest | ChatRequest, logprobs: int | None) -> SamplingOptions:
        if (request.max_tokens or 0) > self.limits.most_tokens:
            raise bad(f"max_tokens is at most {self.limits.most_tokens:,} on this server", "max_tokens")
        seed = secrets.randbits(32) if request.seed is None else request.seed
        if not -UINT64 // 2 <= seed < UINT64:
            raise bad("seed is a whole number of 64 bits", "seed")
        for token in request.logit_bias or {}:
            if not (token.isdecimal() and len(token) < 12 and int(token) < self.tokenizer.vocabulary_size):
                raise bad("logit_bias names a token that the vocabulary does not have", "logit_bias")
        return request.options(self._narrator.options(), seed % UINT64, logprobs, self.limits.most_tokens)

    def _refuse_unsupported(self, request: CompletionRequest) -> None:
        if request.suffix:
            raise bad("suffix is not supported: stories continue a prompt", "suffix")
        if request.best_of is not None and request.best_of != (request.n or 1):
            raise bad("best_of is not supported", "best_of")
        if request.echo and request.logprobs is not None:
            raise bad("echo cannot be combined with logprobs: those of a prompt are not computed", "echo")

    def _encode(self, prompt: str | list[int]) -> list[int]:
        if isinstance(prompt, str):
            return self._narrator.encode(prompt)
        if not all(0 <= token < self.tokenizer.vocabulary_size for token in prompt) or not prompt:
            raise bad(f"a prompt of tokens has ids from 0 to {self.tokenizer.vocabulary_size - 1}", "prompt")
        return prompt

    def _encode_chat(self, request: ChatRequest) -> list[int]:
        """A chat longer than the context goes on from its last half context, as a story does that is told past it."""
        story = request.story()
        half = self._narrator.model.context // 2
        try:
            return self._narrator.encode(story)
        except NarratorError:
            if not story.strip():
                raise
            ids = self.tokenizer.encode(story)
            return ids[-half:]


class Answer:
    """The stories of one request, while they are told."""

    def __init__(
        self, service: Service, job: Job, reply: Reply, stories: Sequence[Told], prompt_tokens: int, notes: dict[str, Any]
    ) -> None:  # fmt: skip
        self._service, self._job, self._reply, self._notes = service, job, reply, notes
        self.stories = list(stories)
        self.prompt_tokens = prompt_tokens
        self._began = time.monotonic()
        self._has_begun = False

    async def whole(self) -> dict[str, Any]:
        """The answer when all stories have ended."""
        async with contextlib.aclosing(self._texts()) as texts:
            async for _ in texts:
                pass
        return self._reply.whole(self.stories, self.prompt_tokens)

    async def pieces(self, include_usage: bool) -> AsyncIterator[bytes]:
        """Server-sent events; an error comes as one of them."""
        for index, told in enumerate(self.stories):
            if self._reply.is_chat or told.text:
                yield self._reply.piece(index, None, told.text, begins=True)
        async with contextlib.aclosing(self._texts()) as texts:
            async for new in texts:
                pieces = [self._reply.piece(index, self.stories[index], text) for index, text in new.items()]
                yield b"".join(pieces)
        if include_usage:
            yield self._reply.usage_piece(self.stories, self.prompt_tokens)
        yield b"data: [DONE]\n\n"

    def cancel(self) -> None:
        """Frees what is still being told."""
        self._service.worker.cancel(self._job)

    async def _texts(self) -> AsyncGenerator[dict[int, str]]:
        """What can be shown now of each story, by its index: all that has come since the last time, so that with many streams, or
        a loop that cannot keep up, pieces are longer and fewer. ApiError where the stories cannot be told, or not in time.
        However it ends, nothing is told on."""
        going_on = len(self.stories)
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._service.limits.deadline):
                while going_on:
                    come, texts = [await self._job.events.get()], {}
                    while not self._job.events.empty():
                        come.append(self._job.events.get_nowait())
                    if not self._has_begun:
                        self._note_first_token()
                    for news in come:
                        if isinstance(news, TellingFailed):
                            raise ApiError(500, news.message, "server_error") if news.is_ours else bad(news.message)
                        told = self.stories[news.index]
                        told.add(news.passage)
                        going_on -= told.reason is not None
                        if news.passage.text or told.reason is not None:
                            texts[news.index] = texts.get(news.index, "") + news.passage.text
                    if texts:
                        yield texts
                    if going_on:
                        await asyncio.sleep(PIECE_SECONDS)
        except TimeoutError:
            seconds = self._service.limits.deadline
            raise ApiError(
                504, f"the stories were not generated in {seconds:g} seconds", "timeout_error", "deadline"
            ) from None
        finally:
            self._notes["tokens"] = sum(told.tokens for told in self.stories)
            if going_on:
                self.cancel()

    def _note_first_token(self) -> None:
        self._has_begun = True
        seconds = time.monotonic() - self._began
        self._service.metrics.first_token.observe(seconds)
        self._notes["first_token_seconds"] = round(seconds, 4)
