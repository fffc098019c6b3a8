"""Keeps freed memory in the process. By default glibc returns every large tensor to the system and maps fresh pages for the
next one; a training step frees and asks for the same sizes again and again, and the page faults can cost more than the step."""

import ctypes
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8  # the parameters of glibc's mallopt(3)


def keep_freed_memory() -> bool:
    """Call before the first large allocation. Returns whether the allocator could be told (glibc only)."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    settings = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, -1), (_TOP_PAD, 256 * 2**20), (_ARENA_MAX, 1))
    return all([mallopt(parameter, value) for parameter, value in settings])
