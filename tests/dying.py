"""A process that is killed as if from outside, at a moment that is the same every time: before its n-th change of the disk.

Whether a kill strikes a save is then no matter of luck or of the machine's speed. `benchmarks/kill_campaign.py` kills at any moment.
"""

import os
import signal
from collections.abc import Callable
from typing import Any

CHANGES = ("fsync", "mkdir", "rename", "replace", "unlink", "rmdir")


def die_before(change: int) -> None:
    """From now on: this process is killed, without a chance to clean up, when it is about to do its n-th change, from 1."""
    done = 0

    def counted(operation: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            nonlocal done
            done += 1
            if done == change:
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))  # Windows ends it at once for either
            return operation(*arguments, **options)

        return run

    for name in CHANGES:
        setattr(os, name, counted(getattr(os, name)))
