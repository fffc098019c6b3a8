"""How much memory this process may take."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pocket_narrator.process.control_groups import OWN, control_groups

NO_LIMIT = 2**60  # what cgroups say where they have none is above that


def machine_memory() -> int:
    """Bytes of memory that this process may use: of the machine, of its control groups (containers), of `ulimit -v`."""
    return min([_physical(), *_of_control_groups(), *_address_space()])


def memory_left() -> int:
    """The same without the address space that this process has taken already, which counts against `ulimit -v`."""
    return min([_physical(), *_of_control_groups(), *(max(0, limit - _taken()) for limit in _address_space())])


def gigabytes(size: float) -> str:
    """For a message."""
    for unit, of in (("TB", 1e12), ("GB", 1e9)):
        if size >= of:
            return f"{size / of:,.1f} {unit}"
    return f"{size / 1e6:,.0f} MB"


def _physical() -> int:
    if sys.platform == "win32":
        import ctypes

        class Status(ctypes.Structure):
            _fields_ = (
                ("length", ctypes.c_ulong),
                ("load", ctypes.c_ulong),
                *(
                    (name, ctypes.c_ulonglong)
                    for name in ("total", "free", "page", "free_page", "all", "rest", "extended")
                ),
            )

        status = Status(length=ctypes.sizeof(Status))
        known = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status.total) if known else NO_LIMIT
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return NO_LIMIT


def _of_control_groups(process: Path = OWN) -> Iterator[int]:
    """The limits of this process's control groups and of those above."""
    for folder in control_groups("memory", process):
        for name in ("memory.max", "memory.limit_in_bytes"):  # of version 2, and of version 1
            with suppress(OSError, ValueError):  # it has no such file, or "max"
                yield int((folder / name).read_text(encoding="ascii"))


def _address_space() -> Iterator[int]:
    if sys.platform != "win32":
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            yield soft


def _taken() -> int:
    """Bytes of address space; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
