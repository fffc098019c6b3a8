# pyright: reportMissingImports=false
"""The selective scan in Triton, for GPUs: the same operator as in C, with the same arguments (selective_scan.py)."""

import functools
import itertools
from collections.abc import Sequence

import torch
import triton
from torch import Tensor

from pocket_narrator.models.kernels.binding.arguments import Rows
from pocket_narrator.models.kernels.gpu import GPU_CHUNK
from pocket_narrator.models.kernels.triton.scan_kernels import backward_kernel, forward_kernel

BLOCK = 32  # channels of a program
FORWARD_STATES, BACKWARD_STATES = (
    128,
    64,
)  # a lane, of all tokens of a PART together: what registers hold beside the rest


class _Blocks:
    """The channels of a call, cut into blocks of one group each."""

    def __init__(self, groups: tuple[int, ...], device: torch.device) -> None:
        ends = list(itertools.accumulate(groups))
        begins = [e for end, size in zip(ends, groups, strict=True) for e in range(end - size, end, BLOCK)]
        self.of_group = [-(-size // BLOCK) for size in groups]
        owners = [group for group, count in enumerate(self.of_group) for _ in range(count)]
        self.begins = torch.tensor([*begins, ends[-1]], dtype=torch.int32, device=device)
        self.owners = torch.tensor(owners, dtype=torch.int32, device=device)
        self.aligned = all(size % BLOCK == 0 for size in groups)

    def add_up(self, partial: Tensor) -> Tensor:
        """[blocks, B, T, N] to [B, T, G, N]."""
        return torch.stack([part.sum(0) for part in partial.split(self.of_group)], dim=2)


_blocks = functools.lru_cache(maxsize=64)(_Blocks)


def _constants(rates: Tensor, N: int, softplus: bool, lane_states: int) -> dict[str, object]:
    state = triton.next_power_of_2(N)
    part = max(1, min(GPU_CHUNK, lane_states // state))  # tokens; divides GPU_CHUNK
    return {
        "N": N, "STATE": state, "ONE_RATE": rates.shape[1] == 1 < N, "SOFTPLUS": softplus,
        "BLOCK": BLOCK, "PART": part, "CHUNK": GPU_CHUNK, "num_warps": 1, "num_stages": 1,
    }  # fmt: skip


def _contiguous(*tensors: Tensor | None) -> list[Tensor | None]:
    return [None if tensor is None else tensor.detach().contiguous() for tensor in tensors]


def _rows(*tensors: Tensor | None) -> tuple[list[Tensor | None], list[int]]:
    """Tensors whose tokens lie a fixed distance apart, and those distances; 0 for none."""
    rows = [None if tensor is None else Rows(tensor.detach()) for tensor in tensors]
    return [None if row is None else row.tensor for row in rows], [0 if row is None else row.stride for row in rows]


def _bytes(starts: Tensor | None) -> Tensor | None:
    return None if starts is None else starts.contiguous().view(torch.uint8)


def forward(
    u: Tensor,
    delta: Tensor,
    rates: Tensor,
    inputs: Tensor,
    outputs: Tensor,
    skip: Tensor | None,
    gate: Tensor | None,
    bias: Tensor | None,
    starts: Tensor | None,
    initial: Tensor | None,
    groups: Sequence[int],
    softplus: bool,
    keep: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Outputs, last states, and the states before every chunk [B, chunks, N, E]; no chunks where `keep` is false."""
    B, T, E = u.shape
    N = inputs.shape[-1]
    blocks, chunks = _blocks(tuple(groups), u.device), -(-T // GPU_CHUNK) if keep else 0
    single = {"dtype": torch.float32, "device": u.device}
    y = torch.empty(B, T, E, dtype=u.dtype, device=u.device)
    last, kept = torch.empty(B, N, E, **single), torch.empty(B, chunks, N, E, **single)
    (u, delta, gate, inputs, outputs), strides = _rows(u, delta, gate, inputs.flatten(2), outputs.flatten(2))
    rates_NE, skip, bias, initial = _contiguous(rates.t(), skip, bias, initial)
    count = len(blocks.owners)
    with torch.cuda.device_of(y):
        forward_kernel[(B * count,)](
            u, delta, rates_NE, inputs, outputs, skip, gate, bias, _bytes(starts), initial,
            y, last, kept if keep else None, blocks.begins, blocks.owners,
            *strides, T, E, chunks, count, **_constants(rates, N, softplus, FORWARD_STATES), ALIGNED=False,
        )  # fmt: skip
    return y, last, kept


def backward(
    grad_y: Tensor,
    grad_last: Tensor | None,
    u: Tensor,
    delta: Tensor,
    rates: Tensor,
    inputs: Tensor,
    outputs: Tensor,
    skip: Tensor | None,
    gate: Tensor | None,
    bias: Tensor | None,
    starts: Tensor | None,
    kept: Tensor,
    groups: Sequence[int],
    softplus: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Gradients with respect to u, delta, rates, inputs, outputs, skip, gate, bias and initial."""
    B, T, E = u.shape
    N = inputs.shape[-1]
    blocks = _blocks(tuple(groups), u.device)
    count = len(blocks.owners)

    def empty(*shape: int, like: Tensor = kept) -> Tensor:
        return torch.empty(shape, dtype=like.dtype, device=like.device)

    grad_u, grad_delta = empty(B, T, E, like=u), empty(B, T, E, like=delta)
    grad_gate = empty(0) if gate is None else empty(B, T, E, like=gate)
    grad_inputs, grad_outputs = empty(count, B, T, N), empty(count, B, T, N)
    grad_rates, grad_skip, grad_bias = empty(B, rates.shape[1], E), empty(B, E), empty(B, E)
    grad_initial = empty(B, N, E)
    dtypes = inputs.dtype, outputs.dtype
    tensors, strides = _rows(grad_y, u, delta, gate, inputs.flatten(2), outputs.flatten(2))
    grad_y, u, delta, gate, inputs, outputs = tensors
    rates_NE, skip, bias, grad_last = _contiguous(rates.t(), skip, bias, grad_last)
    with torch.cuda.device_of(kept):
        backward_kernel[(B * count,)](
            grad_y, grad_last, u, delta, rates_NE, inputs, outputs, skip, gate, bias, _bytes(starts), kept,
            grad_u, grad_delta, grad_rates, grad_inputs, grad_outputs, grad_skip, grad_gate, grad_bias, grad_initial,
            blocks.begins, blocks.owners, *strides, T, E, kept.shape[1], count, B,
            **_constants(rates, N, softplus, BACKWARD_STATES), ALIGNED=blocks.aligned,
        )  # fmt: skip
    return (
        grad_u,
        grad_delta,
        grad_rates.sum(0).t().contiguous().to(rates.dtype),
        blocks.add_up(grad_inputs).to(dtypes[0]),
        blocks.add_up(grad_outputs).to(dtypes[1]),
        grad_skip.sum(0),
        grad_gate,
        grad_bias.sum(0),
        grad_initial,
    )
