"""From a request to the stories that answer it: admission, deadlines, disconnects."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from pocket_narrator.generation.engine import Engine
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.generation.request import GeneratedToken
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.generation.text_engine import TextEngine
from pocket_narrator.serving.aside import Aside
from pocket_narrator.serving.metrics import Metrics
from pocket_narrator.serving.openai.api_error import ApiError, bad
from pocket_narrator.serving.openai.replies import Reply, Told
from pocket_narrator.serving.openai.requests import MOST_PROMPTS, UINT64, ChatRequest, CompletionRequest
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


@dataclass(frozen=True)
class PreparedRequest:
    """A request that has been read, and can be taken on."""

    is_chat: bool
    ids: Sequence[Sequence[int]]  # of each prompt
    as_given: bool  # the client has chosen the tokens: none is spelled anew
    beginnings: Sequence[str]  # what the answer repeats of each
    times: int  # stories of each prompt
    options: SamplingOptions
    scores_prompts: bool
    tells: bool  # or nothing but the prompt is asked for


class Service:
    """One model, told with by one worker."""

    def __init__(self, narrator: Narrator, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.metrics = Metrics()
        self.is_draining = False
        self.began = int(time.time())
        self.tokenizer = narrator.tokenizer
        self.aside = Aside()
        self._narrator = narrator
        engine = Engine(narrator.model, narrator.tokenizer.end_of_text, limits.slots, narrator.precision)
        self.worker = Worker(TextEngine(engine, narrator.tokenizer), limits.queue)

    def prepare(self, request: CompletionRequest | ChatRequest) -> PreparedRequest:
        """Everything whose time grows with a request's size; on any thread. Raises ApiError or NarratorError."""
        if request.model != self.name:
            message = f"there is no model '{request.model[:100]}' here; there is '{self.name}'"
            raise ApiError(404, message, "invalid_request_error", "model_not_found", "model")
        times = 1 if request.n is None else request.n
        if isinstance(request, ChatRequest):
            if field := request.unsupported():
                raise bad(f"{field} is not supported: a story model continues a text and does nothing else", field)
            ids, beginnings, echo = [self._encode_chat(request)], [""], False
            logprobs = (0 if request.top_logprobs is None else request.top_logprobs) if request.logprobs else None
            name = "max_tokens" if request.max_completion_tokens is None else "max_completion_tokens"
            as_given = False
        else:
            self._refuse_unsupported(request, times)
            prompts = request.prompts()
            if not 0 < len(prompts) <= MOST_PROMPTS:
                raise bad(f"a request has 1 to {MOST_PROMPTS} prompts", "prompt")
            ids, echo = [self._encode(prompt) for prompt in prompts], bool(request.echo)
            beginnings = [self.tokenizer.decode(one) if echo else "" for one in ids]
            logprobs, name = request.logprobs, "max_tokens"
            as_given = not isinstance(prompts[0], str)
        if len(ids) * times > min(self.worker.most, self.limits.slots):
            raise bad(f"a request may ask for {self.limits.slots} stories at most", "n" if times > 1 else "prompt")
        options = self._options(request, logprobs, name, may_tell_nothing=echo)
        scores = echo and logprobs is not None
        tells = getattr(request, name) != 0
        return PreparedRequest(
            isinstance(request, ChatRequest), ids, as_given, beginnings, times, options, scores, tells
        )

    def begin(self, prepared: PreparedRequest, request_id: str, notes: dict[str, Any]) -> "Answer":
        """Takes a request on; raises Overloaded where there is no place. `notes` are for the log."""
        if self.is_draining:
            raise Overloaded
        options, times = prepared.options, prepared.times
        stories = [(one, number) for one in prepared.ids for number in range(times)]
        job = self.worker.submit(stories, options, as_given=prepared.as_given, scores_prompts=prepared.scores_prompts)
        prompt_tokens = sum(map(len, prepared.ids))
        self.metrics.prompt_tokens += prompt_tokens
        notes |= {"stories": len(stories), "prompt_tokens": prompt_tokens, "seed": options.seed}
        told = [Told(self.tokenizer, one, prepared.tells) for one in prepared.beginnings for _ in range(times)]
        reply = Reply(("chatcmpl-" if prepared.is_chat else "cmpl-") + request_id, self.name, prepared.is_chat)
        return Answer(self, job, reply, told, prompt_tokens, notes)

    def _options(
        self, request: CompletionRequest | ChatRequest, logprobs: int | None, name: str, may_tell_nothing: bool
    ) -> SamplingOptions:
        """name: of the field that says how much is told at most."""
        request.max_tokens = getattr(request, name)
        if request.max_tokens is not None:
            lowest = 0 if may_tell_nothing else 1
            if not lowest <= request.max_tokens <= self.limits.most_tokens:
                raise bad(f"{name} is {lowest} to {self.limits.most_tokens:,} on this server", name)
            # Where nothing is told, a token is chosen, and left out of the answer.
            request = request.model_copy(update={"max_tokens": max(1, request.max_tokens)})
        seed = secrets.randbits(32) if request.seed is None else request.seed
        if not -UINT64 // 2 <= seed < UINT64:
            raise bad("seed is a whole number of 64 bits", "seed")
        for token in request.logit_bias or {}:
            if not (token.isdecimal() and len(token) < 12 and int(token) < self.tokenizer.vocabulary_size):
                raise bad("logit_bias names a token that the vocabulary does not have", "logit_bias")
        options = request.options(self._narrator.options(), seed % UINT64, logprobs, self.limits.most_tokens)
        options.prepare()
        return options

    def _refuse_unsupported(self, request: CompletionRequest, times: int) -> None:
        if request.suffix:
            raise bad("suffix is not supported: stories continue a prompt", "suffix")
        if request.best_of is not None and request.best_of != times:
            raise bad("best_of is not supported", "best_of")

    def _encode(self, prompt: str | list[int]) -> list[int]:
        if not prompt:
            return []  # a story from its very beginning
        if isinstance(prompt, str):
            return self._narrator.encode(prompt)
        if not all(0 <= token < self.tokenizer.vocabulary_size for token in prompt):
            raise bad(f"a prompt of tokens has ids from 0 to {self.tokenizer.vocabulary_size - 1}", "prompt")
        return prompt

    def _encode_chat(self, request: ChatRequest) -> list[int]:
        """A chat longer than the context goes on from its last half context, as a story does that is told past it. No more of
        it is encoded than the context can hold."""
        story = request.story()
        context = self._narrator.model.context
        ids = self.tokenizer.encode(story[-context * self.tokenizer.longest_token :])
        return ids if len(ids) < context else ids[-(context // 2) :]


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
            while going_on:
                texts: dict[int, str] = {}
                for event in await self._next_events():
                    if isinstance(event, TellingFailed):
                        raise ApiError(500, event.message, "server_error") if event.is_ours else bad(event.message)
                    told = self.stories[event.story]
                    text = told.add(event)
                    going_on -= told.reason is not None
                    if text or told.reason is not None:
                        texts[event.story] = texts.get(event.story, "") + text
                if texts:
                    yield texts
                if going_on:
                    await asyncio.sleep(PIECE_SECONDS)
        finally:
            self._notes["tokens"] = sum(told.tokens for told in self.stories)
            if going_on:
                self.cancel()

    async def _next_events(self) -> list[GeneratedToken | TellingFailed]:
        """All that has come; at least one, or ApiError where it does not come in time. No time-out is held while a piece is sent:
        it would end in the sending."""
        seconds = self._service.limits.deadline
        left = self._began + seconds - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            async with asyncio.timeout(left):
                come = [await self._job.events.get()]
        except TimeoutError:
            message = f"the stories were not generated in {seconds:g} seconds"
            raise ApiError(504, message, "timeout_error", "deadline") from None
        while not self._job.events.empty():
            come.append(self._job.events.get_nowait())
        if not self._has_begun:
            self._note_first_token()
        return come

    def _note_first_token(self) -> None:
        self._has_begun = True
        seconds = time.monotonic() - self._began
        self._service.metrics.first_token.observe(seconds)
        self._notes["first_token_seconds"] = round(seconds, 4)
