"""Runs a function of rows on a few rows at a time, and keeps only its inputs for the backward pass.

What a mixer does between its big products is dozens of passes over its activations with little arithmetic in each. A few
rows at a time stay in the cache from the first pass to the last, while a whole batch would go out to memory and back in
every one. The backward pass computes a few rows again (Chen et al. 2016) rather than have all of them kept.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

TOKENS_OF_A_THREAD = 1024  # at a time; the fastest of 256 to 8192 on two cores at width 256

Inputs = Sequence[Tensor | None]
Function = Callable[..., tuple[Tensor, ...]]


def by_rows(function: Function, rows: Inputs, shared: Inputs = ()) -> tuple[Tensor, ...]:
    """`function(*rows, *shared)`, a tuple of tensors whose first dimension is the row.

    rows: tensors [B, T, ...] or [B, ...], the first one [B, T, ...]; function must treat each row alone. shared: what is the
    same for all rows. The function runs with autocast off, and decides on its own dtypes.
    """
    first = rows[0]
    assert first is not None
    B, T = first.shape[:2]
    at_a_time = B
    if first.device.type == "cpu":
        at_a_time = min(B, max(1, TOKENS_OF_A_THREAD * torch.get_num_threads() // T))
    keeps_nothing = not torch.is_grad_enabled() and at_a_time == B
    if torch.compiler.is_compiling() or keeps_nothing:  # a compiler fuses the passes itself
        with torch.autocast(first.device.type, enabled=False):
            return function(*rows, *shared)
    return _ByRows.apply(function, at_a_time, len(rows), *rows, *shared)  # type: ignore[return-value]


class _ByRows(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, function: Function, at_a_time: int, count: int, *tensors: Tensor | None
    ) -> tuple[Tensor, ...]:
        ctx.function, ctx.at_a_time, ctx.count = function, at_a_time, count
        ctx.save_for_backward(*tensors)
        ctx.set_materialize_grads(False)
        first = tensors[0]
        assert first is not None
        B = first.shape[0]
        outputs: tuple[Tensor, ...] = ()
        for begin in range(0, B, at_a_time):
            end = min(begin + at_a_time, B)
            with torch.autocast(first.device.type, enabled=False):
                found = function(*_cut(tensors, count, begin, end))
            if not outputs:
                if end == B:
                    return found
                outputs = tuple(part.new_empty(B, *part.shape[1:]) for part in found)
            for output, part in zip(outputs, found, strict=True):
                output[begin:end] = part
        return outputs

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        tensors, count = ctx.saved_tensors, ctx.count
        needed = ctx.needs_input_grad[3:]
        wanted = [i for i, need in enumerate(needed) if need]
        totals = {i: torch.empty_like(tensors[i]) if i < count else torch.zeros_like(tensors[i]) for i in wanted}
        B = tensors[0].shape[0]
        for begin in range(0, B, ctx.at_a_time):
            end = min(begin + ctx.at_a_time, B)
            inputs = [
                None if part is None else part.detach().requires_grad_(need)
                for part, need in zip(_cut(tensors, count, begin, end), needed, strict=True)
            ]
            with torch.enable_grad(), torch.autocast(tensors[0].device.type, enabled=False):
                found = ctx.function(*inputs)
            given = [(part, grad[begin:end]) for part, grad in zip(found, grads, strict=True) if grad is not None]
            parts = torch.autograd.grad(
                [part for part, _ in given],
                [x for x in map(inputs.__getitem__, wanted) if x is not None],
                [grad for _, grad in given],
                materialize_grads=True,
            )
            for i, part in zip(wanted, parts, strict=True):
                if i < count:
                    totals[i][begin:end] = part
                else:
                    totals[i] += part
        return None, None, None, *[totals.get(i) for i in range(len(tensors))]


def _cut(tensors: Inputs, count: int, begin: int, end: int) -> list[Tensor | None]:
    return [x[begin:end] if x is not None and i < count else x for i, x in enumerate(tensors)]
