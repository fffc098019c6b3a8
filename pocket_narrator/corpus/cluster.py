"""One function over a stream of payloads on a Ray cluster, the results in order.

The stream goes through Ray Data in windows of some hundred payloads: their tasks run on whatever machines the cluster
has, and Ray runs those of a machine that fails again elsewhere. The function has to be pure, so a task that runs twice
does no harm. Payloads and results are bytes, so nothing of ours is pickled.
"""

import json
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

from pocket_narrator.errors import MissingExtraError, NarratorError

PAYLOADS_A_CORE = 8  # in a window
WINDOWS_AHEAD = 2  # so that cores need not wait for the last task of a window


def map_on_cluster(function: Callable[[bytes], bytes], payloads: Iterable[bytes]) -> Iterator[bytes]:
    """Results in the order of the payloads. Memory here: two windows, which are some megabytes for each core.

    The cluster is the one that `RAY_ADDRESS` names, or one of this machine's cores that is started here.
    Raises MissingExtraError without Ray, and NarratorError with the message of one that `function` raises.
    """
    ray = _connect()
    window = PAYLOADS_A_CORE * max(1, int(ray.cluster_resources().get("CPU", 1)))
    waiting: deque[Future[list[bytes]]] = deque()
    with ThreadPoolExecutor(WINDOWS_AHEAD) as threads:
        remaining = iter(payloads)
        while batch := list(islice(remaining, window)):
            waiting.append(threads.submit(_map_window, ray, function, batch))
            if len(waiting) == WINDOWS_AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _connect() -> Any:
    try:
        import ray  # pyright: ignore[reportMissingImports]
        import ray.data  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise MissingExtraError("ray", "cluster") from None
    if not ray.is_initialized():
        ray.init(address=os.environ.get("RAY_ADDRESS"), log_to_driver=False, logging_level=logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    return ray


def _map_window(ray: Any, function: Callable[[bytes], bytes], payloads: list[bytes]) -> list[bytes]:
    rows = [{"order": order, "payload": payload} for order, payload in enumerate(payloads)]
    dataset = ray.data.from_items(rows, override_num_blocks=len(rows))
    done = sorted(dataset.map(partial(_answer, function)).take_all(), key=lambda row: row["order"])
    for row in done:
        if row["error"]:
            what, where, expected, found, hint = json.loads(row["error"])
            raise NarratorError(what, where=where, expected=expected, found=found, hint=hint)
    return [row["result"] for row in done]


def _answer(function: Callable[[bytes], bytes], row: dict[str, Any]) -> dict[str, Any]:
    """A row with the result, or with the error as a value: Ray would wrap it in three of its own."""
    try:
        return {"order": row["order"], "result": function(row["payload"]), "error": ""}
    except NarratorError as error:
        said = json.dumps([error.what, error.where, error.expected, error.found, error.hint])
        return {"order": row["order"], "result": b"", "error": said}
