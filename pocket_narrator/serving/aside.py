"""Work that grows with a request's size, away from the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pocket_narrator.serving.worker import Overloaded

SMALL = 8_000  # bytes of a request that is read in less time than it takes to hand it over
MOST_WAITING = 32  # large requests that are to be read; each is held in memory

Result = TypeVar("Result")


class Aside:
    """One thread: many would share the interpreter with the stories that are being told. For one event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._waiting = 0

    async def run(self, size: int, work: Callable[[], Result]) -> Result:
        """What `work` returns, done here at once where a request of so many bytes is small. Raises Overloaded where too many
        wait."""
        if size <= SMALL:
            return work()
        if self._waiting >= MOST_WAITING:
            raise Overloaded
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
