"""The machine that a benchmark runs on: what is told of it, and what others use of it."""

import contextlib
import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

FOREIGN_LIMIT = 0.05  # of a core
PATIENCE = 60  # seconds to wait for other processes after a turn that they spoiled


def describe_machine() -> str:
    """One line: processor, cores, versions, and what else is running."""
    name = platform.processor() or platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    load = f", load {os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else ""
    others = OtherProcesses()
    time.sleep(1)
    cores = others.cores()
    foreign = "use of the machine by others is not known" if cores is None else f"others use {cores:.2f} of a core"
    versions = f"Python {platform.python_version()}, torch {importlib.metadata.version('torch')}"
    return f"{name}, {os.cpu_count()} cores, {versions}{load}, {foreign}"


class OtherProcesses:
    """The cores that other processes have used since this was made, as far as the system tells (Linux)."""

    def __init__(self, own_seconds: Callable[[], float] = time.process_time) -> None:
        self._own_seconds = own_seconds
        self._started = time.perf_counter()
        self._own = own_seconds()
        self._all = busy_seconds()

    def cores(self) -> float | None:
        """1.0 is one core fully used; None where it is not known."""
        busy = busy_seconds()
        if busy is None or self._all is None:
            return None
        foreign = busy - self._all - (self._own_seconds() - self._own)
        return max(0.0, foreign) / (time.perf_counter() - self._started)


def busy_seconds() -> float | None:
    """Processor time that anything has used since the system started."""
    try:
        with open("/proc/stat", encoding="utf-8") as stream:
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, stream.readline().split()[1:9])
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet() -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        others = OtherProcesses()
        time.sleep(1)
        if (others.cores() or 0.0) <= FOREIGN_LIMIT:
            return


def peak_bytes() -> int:
    """The most memory that this process had resident; 0 where it is not known."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
