"""What a self-test found of one fast path."""

from dataclasses import dataclass

import torch

LIMITS = {torch.float32: 2e-5, torch.bfloat16: 3e-2, torch.int8: 1e-2}  # of the largest value


@dataclass(frozen=True)
class Check:
    """One kernel at one dtype, forward and backward where it has a backward."""

    kernel: str
    dtype: torch.dtype
    error: float  # largest difference from the reference, of the largest value; NaN where it failed altogether
    seconds: float
    reference_seconds: float  # of the reference at float32

    @property
    def limit(self) -> float:
        return LIMITS[self.dtype]

    @property
    def passed(self) -> bool:
        return self.error <= self.limit
