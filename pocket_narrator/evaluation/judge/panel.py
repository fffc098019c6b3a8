"""Many questions to one judge: several at once, with patience, within a time and a budget, and nothing lost."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pocket_narrator.errors import JudgeError
from pocket_narrator.evaluation.judge.budget import Budget, Pace
from pocket_narrator.evaluation.judge.cache import Cache
from pocket_narrator.evaluation.judge.endpoint import REPLY_TOKENS, Endpoint
from pocket_narrator.evaluation.judge.question import Question
from pocket_narrator.evaluation.judge.reply import Cause, Fault, read_values

NOT_AGAIN = frozenset({"declined", "request refused", "key refused", "model not found", "out of time", "out of budget"})
FREE = frozenset({"rate limit", "server error", "request refused", "key refused", "model not found"})
AT_ONCE = frozenset(  # the endpoint is well, its answer is not: a pause would not mend it
    {"empty reply", "cut off", "no JSON", "wrong code", "contradicts itself", "wrong schema", "out of range"}
)
FAILURES_IN_A_ROW = 20  # of connections: then the endpoint has gone


@dataclass(frozen=True)
class JudgeAnswer:
    """Validated fields of a reply."""

    values: dict[str, Any]
    from_cache: bool


@dataclass(frozen=True)
class Failure:
    """No answer, and why: the last of the attempts."""

    cause: Cause
    detail: str
    attempts: int


Outcome = JudgeAnswer | Failure


@dataclass
class Panel:
    """One judge and the terms on which it is asked. `first_wait_s`, before a question is asked again that the endpoint could
    not take, doubles with every attempt, up to `longest_wait_s`."""

    endpoint: Endpoint
    cache_folder: Path
    budget: Budget
    pace: Pace
    concurrency: int = 8
    attempts: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    ends_at: float | None = None  # of the event loop's clock
    model: str = ""
    requests: int = 0
    _lost_in_a_row: int = field(default=0, repr=False)

    async def open(self) -> None:
        """Finds out the model where none was given. Raises JudgeError."""
        self.model = self.endpoint.address.model or await self.endpoint.only_model()
        judge = {
            "base_url": self.endpoint.address.base_url,
            "model": self.model,
            "temperature": self.endpoint.temperature,
        }
        self.cache = Cache(self.cache_folder, judge)

    async def ask_all(
        self, questions: Sequence[Question], advance: Callable[[int], object] = lambda done: None
    ) -> list[Outcome]:
        """The outcome of each question, in their order.

        Raises JudgeError where no further question can succeed; what was answered until then is in the cache.
        """
        outcomes: list[Outcome | None] = [None] * len(questions)
        waiting = iter(range(len(questions)))

        async def work() -> None:
            for index in waiting:
                outcomes[index] = await self._outcome(questions[index])
                advance(1)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.concurrency, len(questions))):
                    group.create_task(work())
        except ExceptionGroup as group:
            raise next((error for error in group.exceptions if isinstance(error, JudgeError)), group) from None
        assert None not in outcomes
        return [outcome for outcome in outcomes if outcome is not None]

    async def _outcome(self, question: Question) -> Outcome:
        stored = self.cache.get(question)
        if stored is not None:
            return JudgeAnswer(stored, from_cache=True)
        for attempt in range(1, self.attempts + 1):
            try:
                values = await self._attempt(question)
            except Fault as fault:
                last = fault
            else:
                self._lost_in_a_row = 0
                self.cache.put(question, values)
                return JudgeAnswer(values, from_cache=False)
            nobody_there = last.cause == "connection" and not self.endpoint.has_answered and attempt == 2
            if last.cause in NOT_AGAIN or nobody_there or attempt == self.attempts:
                break
            if last.cause in AT_ONCE:
                continue
            try:
                await self._wait(last, attempt)
            except Fault as fault:
                last = fault
                break
        self._complain(last)
        return Failure(last.cause, last.detail, attempt)

    async def _attempt(self, question: Question) -> dict[str, Any]:
        await self._before_the_end(self.pace.turn())
        size = len(str(question.messages()[0]).encode()) + len(str(question.schema()))
        reserved = await self._before_the_end(self.budget.reserve(size, REPLY_TOKENS))
        used = None
        self.requests += 1
        try:
            completion, code = await self._before_the_end(self.endpoint.ask(question, self.model))
            used = completion.tokens
        except Fault as fault:
            used = (0, 0) if fault.cause in FREE else None
            raise
        finally:
            await self.budget.settle(reserved, used)
        if completion.fault is not None:
            raise completion.fault
        return read_values(completion.text, code, question.reply)

    async def _wait(self, fault: Fault, attempt: int) -> None:
        """Before the next attempt: as long as the endpoint asks for, else twice as long as the last time, by chance less."""
        seconds = min(self.first_wait_s * 2 ** min(attempt - 1, 30), self.longest_wait_s) * random.uniform(0.5, 1.0)
        if fault.retry_after is not None:
            seconds = max(seconds, fault.retry_after)
            if fault.cause == "rate limit":
                self.pace.pause(fault.retry_after)
        if self.ends_at is not None and asyncio.get_running_loop().time() + seconds >= self.ends_at:
            raise Fault("out of time", f"the last attempt: {fault}")
        await asyncio.sleep(seconds)

    async def _before_the_end(self, awaitable: Any) -> Any:
        try:
            async with asyncio.timeout_at(self.ends_at):
                return await awaitable
        except TimeoutError:
            raise Fault("out of time", "--minutes are over") from None

    def _complain(self, fault: Fault) -> None:
        """Raises JudgeError where asking on is of no use."""
        error = self.endpoint.fatal(fault)
        if error is not None:
            raise error
        self._lost_in_a_row = self._lost_in_a_row + 1 if fault.cause in ("connection", "timeout") else 0
        if self._lost_in_a_row >= FAILURES_IN_A_ROW:
            raise JudgeError(
                f"the endpoint has stopped answering: {fault}",
                where=self.endpoint.address.base_url,
                hint="start it again and give the same command: it goes on with what is missing",
            )
