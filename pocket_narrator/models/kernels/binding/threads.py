"""On how many threads the kernels run: as many as torch was told to take, and never more than the system lets this process have."""

import functools
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import torch


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


def quota(process: Path = Path("/proc/self")) -> float:
    """How many cores' time the control groups (cgroups) of a Linux process let it have: the least of its group and those above it, of
    both versions; infinity where nothing limits it."""
    try:
        groups = [line.split(":", 2) for line in (process / "cgroup").read_text(encoding="utf-8").splitlines()]
        mounts = (process / "mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return math.inf
    least = math.inf
    for line in mounts:
        for folder in _folders(line, groups):
            least = min(least, _quota_of(folder))
    return least


def _folders(mount: str, groups: list[list[str]]) -> Iterator[Path]:
    """Of the process's group and those above it, where `mount`, a line of mountinfo (proc(5)), is of a hierarchy that limits time."""
    before, _, after = mount.partition(" - ")
    try:
        root, place = before.split()[3:5]
        kind, _, options = after.split()[:3]
    except ValueError:
        return
    for group in groups:
        if len(group) != 3:
            continue
        _, controllers, path = group
        of_version_1 = kind == "cgroup" and "cpu" in options.split(",") and "cpu" in controllers.split(",")
        if of_version_1 or (kind == "cgroup2" and not controllers):
            top = Path(place.replace("\\040", " "))
            inside = PurePosixPath(path)
            inside = inside.relative_to(root) if inside.is_relative_to(root) else PurePosixPath()
            yield from (top / part for part in (inside, *inside.parents))


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
