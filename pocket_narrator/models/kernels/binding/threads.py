"""On how many threads the kernels run: as many as torch was told to take, and never more than the system lets this process have."""

import functools
import math
import os
from collections.abc import Callable
from pathlib import Path

import torch

from pocket_narrator.process.control_groups import OWN, control_groups


class Threads:
    """Tells a library, through its function `set_threads`, whenever torch has been told of another number."""

    def __init__(self, set_threads: Callable[[int], object]) -> None:
        self._set_threads, self._of_torch = set_threads, 0

    def follow(self) -> None:
        of_torch = torch.get_num_threads()
        if of_torch != self._of_torch:
            self._set_threads(min(of_torch, allowed()))
            self._of_torch = of_torch


@functools.cache
def allowed() -> int:
    """Cores that this process may compute on: of its affinity, and of the quotas of its control groups, rounded down; at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min(cores, quota())))


def quota(process: Path = OWN) -> float:
    """How many cores' time its control groups let a process have: the least of its own and those above; infinity where nothing limits it."""
    return min((_quota_of(folder) for folder in control_groups("cpu", process)), default=math.inf)


def _quota_of(folder: Path) -> float:
    try:
        if (folder / "cpu.max").exists():
            limit, period = (folder / "cpu.max").read_text(encoding="utf-8").split()
        else:
            limit = (folder / "cpu.cfs_quota_us").read_text(encoding="utf-8")
            period = (folder / "cpu.cfs_period_us").read_text(encoding="utf-8")
        return int(limit) / int(period) if limit.strip() not in ("max", "-1") else math.inf
    except (OSError, ValueError, ZeroDivisionError):
        return math.inf
