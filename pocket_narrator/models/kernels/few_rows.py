"""Products of a few rows, and one token of a Mamba layer in one call, for telling: with a handful of rows, calling torch's operations one by one costs
several times what they compute."""

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from pocket_narrator.models.kernels import native

MOST_ROWS = 8  # with more, torch's matrix products are faster


@dataclass(slots=True)
class StepWeights:
    """A layer's weights as the kernel reads them, and what they were made from."""

    versions: tuple[int, ...]
    sizes: list[int]  # C, E, N, R, K
    tensors: tuple[Tensor, ...]  # kept alive for the pointers
    pointers: list[object]

    @classmethod
    def of(
        cls, up: nn.Linear, convolution: Tensor, convolution_bias: Tensor, select: nn.Linear, steps: nn.Linear,
        log_rates: Tensor, skip: Tensor, out: nn.Linear, known: Self | None,
    ) -> Self:  # fmt: skip
        """The weights of a Mamba layer; `known` where nothing has changed since it was made."""
        used = (
            up.weight,
            convolution,
            convolution_bias,
            select.weight,
            steps.weight,
            steps.bias,
            log_rates,
            skip,
            out.weight,
        )
        versions = (up.weight.data_ptr(), *_versions(used))
        if known is not None and known.versions == versions:
            return known
        newest_first = convolution.detach().flip(1).t().contiguous()
        rates = (-torch.exp(log_rates.detach()) * math.log2(math.e)).t().contiguous()
        tensors = (
            up.weight, newest_first, convolution_bias, select.weight, steps.weight, steps.bias, rates, skip, out.weight
        )  # fmt: skip
        sizes = [up.in_features, out.in_features, log_rates.shape[1], steps.in_features, convolution.shape[1]]
        kept = tuple(tensor.detach() for tensor in tensors)
        return cls(versions, sizes, kept, [native.as_c(tensor) for tensor in kept])


def _versions(tensors: tuple[Tensor, ...]) -> tuple[int, ...]:
    """How often each tensor has been changed in place; nothing for those made in inference mode, which cannot be told."""
    try:
        return tuple(tensor._version for tensor in tensors)
    except RuntimeError:
        return ()


def takes(x_BTC: Tensor, weight: Tensor) -> bool:
    """Whether `mamba_step` can read this token."""
    return x_BTC.shape[1] == 1 and _few_rows(x_BTC, weight)


def _few_rows(x: Tensor, weight: Tensor) -> bool:
    """A few rows, float32, on a CPU with the C kernels, without gradients."""
    return (
        x.shape[0] <= MOST_ROWS
        and x.dtype == weight.dtype == torch.float32
        and x.device.type == "cpu"
        and not torch.is_grad_enabled()
        and native.available()
    )


def few_rows_product(x_BC: Tensor, weight_VC: Tensor) -> Tensor:
    """x W^T [B, V]; for a few rows in float32 by as many threads as there are, where torch's product takes one."""
    if not (_few_rows(x_BC, weight_VC) and weight_VC.is_contiguous()):
        return x_BC @ weight_VC.to(x_BC.dtype).t()
    B, C = x_BC.shape
    y = torch.empty(B, weight_VC.shape[0])
    native.call("few_rows_product", weight_VC.detach(), x_BC.contiguous(), y, B, C, weight_VC.shape[0])
    return y


def mamba_step(x_BC: Tensor, weights: StepWeights, recent_BKE: Tensor, memory_BNE: Tensor) -> Tensor:
    """The layer's output [B, C]; the state is changed in place."""
    C, E, N, R, _ = weights.sizes
    B = x_BC.shape[0]
    work = torch.empty(B * (3 * E + R + 2 * N))
    y = torch.empty(B, C)
    native.call("mamba_step", [B, *weights.sizes], x_BC, *weights.pointers, recent_BKE, memory_BNE, work, y)
    return y
