"""One token of a Mamba layer in one call, for telling: with a handful of rows, calling torch's operations one by one costs
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

    versions: tuple[object, ...]
    sizes: list[int]  # C, E, N, R, K
    tensors: tuple[Tensor, ...]

    @classmethod
    def of(
        cls, up: nn.Linear, convolution: Tensor, convolution_bias: Tensor, select: nn.Linear, steps: nn.Linear,
        log_rates: Tensor, skip: Tensor, out: nn.Linear, known: Self | None,
    ) -> Self:  # fmt: skip
        """The weights of a Mamba layer; `known` where nothing has changed since it was made."""
        used = (up.weight, convolution, convolution_bias, select.weight, steps.weight, steps.bias, log_rates, skip, out.weight)
        versions = tuple((id(x), x.data_ptr(), 0 if x.is_inference() else x._version) for x in used)
        if known is not None and known.versions == versions:
            return known
        newest_first = convolution.detach().flip(1).t().contiguous()
        rates = (-torch.exp(log_rates.detach()) * math.log2(math.e)).t().contiguous()
        tensors = (
            up.weight, newest_first, convolution_bias, select.weight, steps.weight, steps.bias, rates, skip, out.weight
        )  # fmt: skip
        sizes = [up.in_features, out.in_features, log_rates.shape[1], steps.in_features, convolution.shape[1]]
        return cls(versions, sizes, tuple(tensor.detach() for tensor in tensors))


def takes(x_BTC: Tensor, weight: Tensor) -> bool:
    """Whether `mamba_step` can read this token: a few rows, float32, on a CPU with the C kernels, without gradients."""
    return (
        x_BTC.shape[1] == 1
        and x_BTC.shape[0] <= MOST_ROWS
        and x_BTC.dtype == weight.dtype == torch.float32
        and x_BTC.device.type == "cpu"
        and not torch.is_grad_enabled()
        and native.available()
    )


def mamba_step(x_BC: Tensor, weights: StepWeights, recent_BKE: Tensor, memory_BNE: Tensor) -> Tensor:
    """The layer's output [B, C]; the state is changed in place."""
    C, E, N, R, _ = weights.sizes
    B = x_BC.shape[0]
    work = torch.empty(B * (3 * E + R + 2 * N))
    y = torch.empty(B, C)
    native.call("mamba_step", [B, *weights.sizes], x_BC, *weights.tensors, recent_BKE, memory_BNE, work, y)
    return y
