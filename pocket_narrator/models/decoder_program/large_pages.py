"""Memory in large pages. A step reads all weights and all that is remembered: in pages of 4 KiB the processor looks up thousands of
addresses for it, and waits at the end of each page, which it does not foresee beyond."""

import contextlib
import math
import mmap
from collections.abc import Sequence

import torch
from torch import Tensor

LARGE = 2**21  # bytes of a large page, on x86 and on most of ARM
CHUNK = 8 * LARGE  # what is asked of the system at a time; what is never touched takes no memory
LINE = 64  # bytes; a tensor begins at one


class Arena:
    """Hands out tensors that lie side by side. They keep the memory alive."""

    def __init__(self) -> None:
        self._chunk = torch.empty(0, dtype=torch.uint8)

    def zeros(self, shape: Sequence[int], dtype: torch.dtype = torch.float32) -> Tensor:
        """Pages that nobody has written on take no memory yet."""
        size = math.prod(shape) * dtype.itemsize
        room = -(-size // LINE) * LINE
        if room > len(self._chunk):
            self._chunk = _pages(max(room, CHUNK))
        taken, self._chunk = self._chunk[:size], self._chunk[room:]
        return taken.view(dtype).view(*shape)

    def copy(self, tensor: Tensor) -> Tensor:
        """Contiguous."""
        return self.zeros(tensor.shape, tensor.dtype).copy_(tensor.detach())


def _pages(size: int) -> Tensor:
    """At least so many bytes, zeros, that begin at a large page; Linux may give large pages, and need not."""
    pages = mmap.mmap(-1, (-(-size // LARGE) + 1) * LARGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # a system without them
        pages.madvise(mmap.MADV_HUGEPAGE)
    whole = torch.frombuffer(pages, dtype=torch.uint8)
    return whole[-whole.data_ptr() % LARGE :]
