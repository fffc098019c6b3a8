# pyright: reportMissingImports=false
"""The short convolution in Triton, for GPUs: the same operator as in C, with the same arguments (convolution.py).

A program is one warp, and takes a few tokens of one row and a block of channels. It reads every token that they need at
once, each a single time; everything else happens in registers, in loops that are unrolled. The backward pass computes the
sums of the K - 1 tokens after its own as well, which is less than a second pass over memory would cost.

Legend: as in convolution.py.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from pocket_narrator.models.kernels.binding.arguments import Rows

TOKENS, CHANNELS = 16, 64  # of a program


@triton.jit
def _read(x, before, row, first, e, inside, stride, T, E, COUNT: tl.constexpr, K: tl.constexpr):
    """x at COUNT places from `first` on, as floats: [CHANNELS] each; those before token 0 are in `before`, or zeros."""
    values = ()
    for i in tl.static_range(COUNT):
        t = first + i
        value = tl.load(x + (row * T + t) * stride + e, mask=inside & (t >= 0) & (t < T), other=0.0).to(tl.float32)
        if before is not None:
            at = before + (row * (K - 1) + K - 1 + t) * E + e
            value += tl.load(at, mask=inside & (t < 0) & (t > -K), other=0.0).to(tl.float32)
        values = values + (value,)
    return values


@triton.jit
def _links(starts, row, first, T, COUNT: tl.constexpr):
    """For COUNT tokens from `first` on: 0.0 where a story starts, which cuts the token off from the one before; else 1.0."""
    links = ()
    for i in tl.static_range(COUNT):
        t = first + i
        if starts is None:
            link = 1.0
        else:
            link = tl.where(tl.load(starts + row * T + t, mask=(t >= 0) & (t < T), other=0) != 0, 0.0, 1.0)
        links = links + (link,)
    return links


@triton.jit
def _weights(weight, e, inside, K: tl.constexpr):
    """The newest token's first."""
    weights = ()
    for k in tl.static_range(K):
        weights = weights + (tl.load(weight + e * K + (K - 1 - k), mask=inside, other=0.0).to(tl.float32),)
    return weights


@triton.jit
def _shift(bias, e, inside):
    shift = tl.zeros(e.shape, tl.float32) if bias is None else tl.load(bias + e, mask=inside, other=0.0).to(tl.float32)
    return shift


@triton.jit
def _seen(values, links, i: tl.constexpr, K: tl.constexpr):
    """What token i sees, the newest first: zeros from before its story. values begin K - 1 places before token 0, links at it."""
    seen = (values[i + K - 1],)
    link = 1.0
    for k in tl.static_range(1, K):
        link = link * links[i + K - k]
        seen = seen + (values[i + K - 1 - k] * link,)
    return seen


@triton.jit
def _total(seen, weights, shift, K: tl.constexpr):
    total = shift + weights[0] * seen[0]
    for k in tl.static_range(1, K):
        total += weights[k] * seen[k]
    return total


@triton.jit
def _forward_kernel(
    x, weight, bias, starts, before, y, stride, T, E, pieces, blocks,
    K: tl.constexpr, TOKENS: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0).to(tl.int64)
    e = (program % blocks) * CHANNELS + tl.arange(0, CHANNELS)
    first = (program // blocks) % pieces * TOKENS
    row = program // (blocks * pieces)
    inside = e < E
    weights, shift = _weights(weight, e, inside, K), _shift(bias, e, inside)
    values = _read(x, before, row, first - (K - 1), e, inside, stride, T, E, TOKENS + K - 1, K)
    links = _links(starts, row, first - (K - 1), T, TOKENS + K - 1)
    for i in tl.static_range(TOKENS):
        total = _total(_seen(values, links, i, K), weights, shift, K)
        tl.store(y + (row * T + first + i) * E + e, total * tl.sigmoid(total), mask=inside & (first + i < T))


@triton.jit
def _backward_kernel(
    grad_y, x, weight, bias, starts, before, grad_x, grad_weight, grad_bias, grad_before,
    grad_y_stride, stride, T, E, pieces, blocks,
    K: tl.constexpr, TOKENS: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0).to(tl.int64)
    e = (program % blocks) * CHANNELS + tl.arange(0, CHANNELS)
    piece = program // blocks  # of all rows
    first = piece % pieces * TOKENS - (K - 1)  # of what is read; below 0: in `before`
    row = piece // pieces
    inside = e < E
    weights, shift = _weights(weight, e, inside, K), _shift(bias, e, inside)
    values = _read(x, before, row, first - (K - 1), e, inside, stride, T, E, TOKENS + 2 * (K - 1), K)
    grads_y = _read(grad_y, None, row, first, e, inside, grad_y_stride, T, E, TOKENS + K - 1, K)
    links = _links(starts, row, first - (K - 1), T, TOKENS + 2 * (K - 1))
    totals = ()  # their gradients
    weight_sums = ()
    for k in tl.static_range(K):
        weight_sums = weight_sums + (tl.zeros([CHANNELS], tl.float32),)
    for i in tl.static_range(TOKENS + K - 1):
        seen = _seen(values, links, i, K)
        total = _total(seen, weights, shift, K)
        opened = tl.sigmoid(total)
        grad = grads_y[i] * opened * (1 + total * (1 - opened))
        totals = totals + (grad,)
        if i < TOKENS:
            longer = ()
            for k in tl.static_range(K):
                longer = longer + (weight_sums[k] + grad * seen[k],)
            weight_sums = longer
    bias_sum = tl.zeros([CHANNELS], tl.float32)
    for i in tl.static_range(TOKENS):
        t = first + i
        bias_sum += totals[i]
        grad = weights[0] * totals[i]
        link = 1.0
        for k in tl.static_range(1, K):
            link = link * links[i + k + K - 1]
            grad += weights[k] * (totals[i + k] * link)
        tl.store(grad_x + (row * T + t) * E + e, grad, mask=inside & (t >= 0) & (t < T))
        if i < K - 1:
            tl.store(grad_before + (row * (K - 1) + K - 1 + t) * E + e, grad, mask=inside & (t < 0))
    for k in tl.static_range(K):
        tl.store(grad_weight + (piece * K + K - 1 - k) * E + e, weight_sums[k], mask=inside)
    tl.store(grad_bias + piece * E + e, bias_sum, mask=inside)


def _prepare(x: Tensor, weight: Tensor, bias: Tensor | None, starts: Tensor | None, before: Tensor | None):
    rows = Rows(x.detach())
    others = [None if tensor is None else tensor.detach().contiguous() for tensor in (weight, bias, starts, before)]
    if others[2] is not None:
        others[2] = others[2].view(torch.uint8)
    return (rows.tensor, *others), rows.stride, -(-x.shape[2] // CHANNELS)


def forward(x: Tensor, weight: Tensor, bias: Tensor | None, starts: Tensor | None, before: Tensor | None) -> Tensor:
    """As `short_convolution`."""
    B, T, E = x.shape
    tensors, stride, blocks = _prepare(x, weight, bias, starts, before)
    pieces = triton.cdiv(T, TOKENS)
    y = torch.empty(B, T, E, dtype=x.dtype, device=x.device)
    with torch.cuda.device_of(y):
        _forward_kernel[(B * pieces * blocks,)](
            *tensors, y, stride, T, E, pieces, blocks, weight.shape[1], TOKENS, CHANNELS, num_warps=1
        )
    return y


def backward(
    grad_y: Tensor, x: Tensor, weight: Tensor, bias: Tensor | None, starts: Tensor | None, before: Tensor | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gradients with respect to x, weight, bias and before."""
    B, T, E = x.shape
    K = weight.shape[1]
    tensors, stride, blocks = _prepare(x, weight, bias, starts, before)
    pieces = triton.cdiv(T + K - 1, TOKENS)
    grads = Rows(grad_y.detach())
    grad_x, grad_before = (torch.empty(B, length, E, dtype=x.dtype, device=x.device) for length in (T, K - 1))
    grad_weight = torch.empty(B * pieces, K, E, dtype=torch.float32, device=x.device)
    grad_bias = torch.empty(B * pieces, E, dtype=torch.float32, device=x.device)
    with torch.cuda.device_of(grad_x):
        _backward_kernel[(B * pieces * blocks,)](
            grads.tensor, *tensors, grad_x, grad_weight, grad_bias, grad_before,
            grads.stride, stride, T, E, pieces, blocks, K, TOKENS, CHANNELS, num_warps=1,
        )  # fmt: skip
    return grad_x, grad_weight.sum(0).t().contiguous(), grad_bias.sum(0), grad_before
