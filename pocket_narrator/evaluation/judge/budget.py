"""What a judging may cost, and how fast it may go."""

import asyncio
import math
from dataclasses import dataclass

from pocket_narrator.errors import JudgeError
from pocket_narrator.evaluation.judge.reply import Fault, Tokens


@dataclass(frozen=True)
class Price:
    """Of a million tokens, in the currency of the budget."""

    input: float
    output: float

    def of(self, input_tokens: int, output_tokens: int) -> float:
        return (input_tokens * self.input + output_tokens * self.output) / 1e6


class Budget:
    """Never overdrawn: each request first reserves the most that it can cost, and pays what it did cost afterwards.

    A byte is at most one token, so the bytes of a request bound its input; its output is bounded by what is asked for.
    """

    def __init__(self, limit: float | None, price: Price | None) -> None:
        """`limit` none: no cap. Raises JudgeError for a budget that can hold nothing or cannot be held."""
        if limit is not None and (limit <= 0 or math.isnan(limit)):
            raise JudgeError(
                f"a budget of {limit:g} allows no request", expected="above 0", hint="raise --budget, or leave it out"
            )
        if limit is not None and price is None:
            raise JudgeError(
                "a budget cannot be held without knowing prices",
                hint="give --price-in and --price-out, for a million tokens, from your provider's price list",
            )
        self.limit = limit
        self.price = price
        self.spent = 0.0
        self.input_tokens = 0
        self.output_tokens = 0
        self._reserved = 0.0
        self._changed = asyncio.Condition()

    async def reserve(self, input_bytes: int, output_tokens: int) -> float:
        """The most that a request can cost; waits while others may still give some back. Raises Fault at the end of it."""
        if self.price is None:
            return 0.0
        most = self.price.of(input_bytes, output_tokens)
        async with self._changed:
            while self.limit is not None and self.spent + self._reserved + most > self.limit:
                if self._reserved <= 1e-12:
                    raise Fault(
                        "out of budget", f"{self.spent:.4f} of {self.limit:g} is spent; the next may cost {most:.4f}"
                    )
                await self._changed.wait()
            self._reserved += most
        return most

    async def settle(self, reserved: float, tokens: Tokens | None) -> None:
        """Pays for a request: its tokens where they were counted, all that was reserved where nobody knows."""
        async with self._changed:
            self._reserved -= reserved
            if tokens is None:
                self.spent += reserved
            else:
                self.input_tokens += tokens[0]
                self.output_tokens += tokens[1]
                self.spent += self.price.of(*tokens) if self.price else 0.0
            self._changed.notify_all()


class Pace:
    """At most so many requests a minute, evenly; and none while the endpoint has asked for a pause."""

    def __init__(self, per_minute: float | None) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0

    async def turn(self) -> None:
        """Waits for the next place."""
        clock = asyncio.get_running_loop().time
        while (now := clock()) < self._next:
            await asyncio.sleep(self._next - now)
        self._next = now + self._gap

    def pause(self, seconds: float) -> None:
        """Nobody's turn for so long."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)
