"""Whether a tensor's work can go to the Triton kernels; where Triton is missing on a GPU, that is said once."""

import importlib.util
import warnings

import torch
from torch import Tensor

from pocket_narrator.errors import how_to_install

GPU_CHUNK = 8  # tokens between two states that the selective scan keeps on a GPU
GPU_MAX_STATE, GPU_MAX_TAPS = 256, 16  # of the scan and of the short convolution in Triton
DTYPES = (torch.float32, torch.float16, torch.bfloat16)

_installed: bool | None = None


def triton_takes(tensor: Tensor) -> bool:
    """Whether `tensor` lies on a GPU that Triton can serve, in a dtype of its kernels. A warning, once a process, where
    only Triton is missing: the torch references are slow."""
    return tensor.is_cuda and tensor.dtype in DTYPES and _triton_is_installed()


@torch.compiler.assume_constant_result
def _triton_is_installed() -> bool:
    global _installed
    if _installed is None:
        _installed = importlib.util.find_spec("triton") is not None
        if not _installed:
            warnings.warn(
                "Triton is not installed: the loss, the selective scan and the short convolution run on the GPU as plain torch,"
                f" many times slower. To install it: {how_to_install('gpu', 'triton')}",
                stacklevel=3,
            )
    return _installed
