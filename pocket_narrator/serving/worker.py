"""The thread that tells the stories of all requests, and the bound on how many it takes on."""

import asyncio
import contextlib
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pocket_narrator.errors import NarratorError
from pocket_narrator.generation.request import GeneratedToken, Request
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.generation.text_engine import TextEngine


class Overloaded(Exception):
    """All slots and all places in the queue are taken."""


class TellingFailed(NamedTuple):
    """Put to a job's events in place of what it was waiting for."""

    message: str
    is_ours: bool  # nothing that the request could change


@dataclass(eq=False)
class Job:
    """The stories of one request. Its events are read on the event loop that submitted it."""

    prompts: Sequence[tuple[Sequence[int], int]]  # of each story: ids, and its number among those with the same seed
    options: SamplingOptions
    as_given: bool  # the ids are the client's own, not those of a text
    scores_prompts: bool
    loop: asyncio.AbstractEventLoop
    events: asyncio.Queue[GeneratedToken | TellingFailed]
    requests: list[Request] = field(default_factory=list)  # of the stories that go on
    is_cancelled: bool = False


class Worker:
    """Owns a text engine: everything that touches it happens on one thread, between two steps."""

    def __init__(self, teller: TextEngine, queue: int) -> None:
        """queue: stories that may wait for a slot."""
        self.most = teller.engine.slots + queue
        self.tokens_told = 0
        self._teller = teller
        self._open = 0  # stories taken on and not ended
        self._arrived: list[Job] = []
        self._cancelled: list[Job] = []
        self._jobs: dict[Request, Job] = {}
        self._stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="teller", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after its step."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    @property
    def open_stories(self) -> int:
        return self._open

    @property
    def active_stories(self) -> int:
        return self._teller.engine.active

    @property
    def steps(self) -> int:
        return self._teller.engine.steps

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def submit(
        self,
        prompts: Sequence[tuple[Sequence[int], int]],
        options: SamplingOptions,
        *,
        as_given: bool = False,
        scores_prompts: bool = False,
    ) -> Job:
        """Takes on the stories of a request, all or none: raises Overloaded. Call it on an event loop."""
        job = Job(prompts, options, as_given, scores_prompts, asyncio.get_running_loop(), asyncio.Queue())
        with self._changed:
            if self._open + len(prompts) > self.most:
                raise Overloaded
            self._open += len(prompts)
            self._arrived.append(job)
            self._changed.notify()
        return job

    def cancel(self, job: Job) -> None:
        """Frees the slots of a job before the next step; one that has ended stays as it is."""
        with self._changed:
            self._cancelled.append(job)
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._arrived or self._cancelled or self._stopping or self._jobs):
                    self._changed.wait()
                if self._stopping:
                    return
                arrived, self._arrived = self._arrived, []
                cancelled, self._cancelled = self._cancelled, []
            for job in arrived:
                self._take_on(job)
            for job in cancelled:
                self._drop(job)
            try:
                self._deliver(self._teller.step())
            except (
                Exception
            ) as error:  # of all of them together; the thread has to live on, and those who wait are told
                for job in set(self._jobs.values()):
                    self._fail(job, error)

    def _take_on(self, job: Job) -> None:
        for story, (prompt, number) in enumerate(job.prompts):
            try:
                request = self._teller.submit(
                    prompt, job.options, number, story=story, as_given=job.as_given, scores_prompt=job.scores_prompts
                )
            except Exception as error:
                self._close(len(job.prompts) - story)
                self._fail(job, error)
                return
            job.requests.append(request)
            self._jobs[request] = job

    def _drop(self, job: Job) -> None:
        job.is_cancelled = True
        for request in job.requests:
            self._teller.cancel(request)
            del self._jobs[request]
        self._close(len(job.requests))
        job.requests = []

    def _close(self, stories: int) -> None:
        with self._changed:
            self._open -= stories

    def _deliver(self, tokens: list[GeneratedToken]) -> None:
        """One call of the event loop for all of a step's tokens."""
        self.tokens_told += len(tokens)
        events: dict[asyncio.AbstractEventLoop, list[tuple[Job, GeneratedToken]]] = {}
        for token in tokens:
            job = self._jobs.get(token.request)
            if job is None:  # another story of its request has just failed
                continue
            if token.failure is not None:
                self._fail(job, token.failure)
                continue
            if token.is_last:
                del self._jobs[token.request]
                job.requests.remove(token.request)
                self._close(1)
            events.setdefault(job.loop, []).append((job, token))
        for loop, items in events.items():
            _call(loop, _put_all, items)

    def _fail(self, job: Job, error: Exception) -> None:
        """Ends the stories of one request; those of others go on."""
        self._drop(job)
        is_ours = not isinstance(error, NarratorError)
        if is_ours:
            traceback.print_exception(error, file=sys.stderr)
        failed = TellingFailed("the story could not be generated" if is_ours else str(error), is_ours=is_ours)
        _call(job.loop, job.events.put_nowait, failed)


def _put_all(items: list[tuple[Job, GeneratedToken]]) -> None:
    for job, token in items:
        job.events.put_nowait(token)


def _call(loop: asyncio.AbstractEventLoop, function: object, *arguments: object) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has been closed, so that nobody waits any more
        loop.call_soon_threadsafe(function, *arguments)  # type: ignore[arg-type]
