"""Rotary embedding by angles that the tokens choose: each adds to the sum of those before (Lahoti et al. 2026, proposition 3).

Angles are counted as integers, 2^40 to a turn. Sums of them are exact: after a million tokens a rotation is as exact as after
one, and nothing is left of the stories that stood before in a row.

Legend: B rows, T tokens, H heads, G groups of heads that share what they have before the biases, N key width, P pairs.
"""

import math
from typing import Any

import torch
from torch import Tensor

from pocket_narrator.models.kernels.chunked import sum_dtype
from pocket_narrator.models.positions import first_visible

TURN = 2**40


def running_turns(steps: Tensor, starts: Tensor | None = None, before: Tensor | None = None) -> Tensor:
    """The sum of each token's steps and of those before it in its story, in turns from -0.5 to 0.5: [B, H, T, P].

    steps: in turns, [B, H, T, P]. starts: bool [B, T], true where a story starts, and the sum begins anew. before: the sum
    before the first token, [B, H, 1, P]; no gradient reaches it.
    """
    return _RunningTurns.apply(steps, starts, before)


class _RunningTurns(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, steps: Tensor, starts: Tensor | None, before: Tensor | None) -> Tensor:
        counted = _counted(steps)
        sums = counted.cumsum(2)
        if starts is not None:
            first = first_visible(starts)[:, None, :, None].expand_as(sums)
            sums = sums - (sums - counted).gather(2, first)
        if before is not None:
            carried = _counted(before)
            sums = sums + (carried if starts is None else carried * (starts.cumsum(1) == 0)[:, None, :, None])
        ctx.save_for_backward(starts)
        half = TURN // 2
        return (((sums + half) & (TURN - 1)) - half).to(torch.float64).div_(TURN).to(steps.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        (starts,) = ctx.saved_tensors
        later = grad.to(torch.float64).flip(2).cumsum(2).flip(2)  # what each token's step has turned
        if starts is not None:
            next_story = starts.shape[1] - first_visible(starts.flip(1).roll(1, 1)).flip(1)  # its first token
            later = torch.cat([later, torch.zeros_like(later[:, :, :1])], dim=2)
            later = later[:, :, :-1] - later.gather(2, next_story[:, None, :, None].expand_as(grad))
        return later.to(grad.dtype), None, None


def _counted(turns: Tensor) -> Tensor:
    return (turns.to(torch.float64) * TURN).round_().to(torch.int64)


def biased_and_rotated(x: Tensor, bias: Tensor, turns: Tensor) -> Tensor:
    """x + bias with the pairs (i, i + P) of its last dimension rotated: [B, H, T, N], at least float32.

    x: [B, T, G, N]. bias: [H, N]. turns: [B, H, T, P], P not above N / 2.
    """
    return _Rotated.apply(x.to(sum_dtype(x)), bias, turns)


class _Rotated(torch.autograd.Function):
    """The angle's derivative of a rotated pair (a, b) is (-b, a): the result is all that is kept."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, bias: Tensor, turns: Tensor) -> Tensor:
        B, T, G, N = x.shape
        H, P = bias.shape[0], turns.shape[3]
        y = x.new_empty(B, H, T, N)  # head by head, as the recurrence wants it
        torch.add(x.transpose(1, 2)[:, :, None], bias.view(G, H // G, 1, N), out=y.unflatten(1, (G, -1)))
        angles = turns * (2 * math.pi)
        cosine, sine = angles.cos(), angles.sin_()
        y[..., : 2 * P] = _turned(y[..., :P], y[..., P : 2 * P], cosine, sine)
        ctx.save_for_backward(y, cosine, sine)
        ctx.groups = G
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]
        y, cosine, sine = ctx.saved_tensors
        P = cosine.shape[3]
        da, db = grad[..., :P], grad[..., P : 2 * P]
        dturns = torch.addcmul(y[..., :P] * db, y[..., P : 2 * P], da, value=-1).mul_(2 * math.pi)
        back = torch.cat([_turned(da, db, cosine, -sine), grad[..., 2 * P :]], dim=3)
        dx = back.unflatten(1, (ctx.groups, -1)).sum(2).transpose(1, 2)
        return dx, back.sum((0, 2)), dturns


def _turned(a: Tensor, b: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    return torch.cat([torch.addcmul(a * cosine, b, sine, value=-1), torch.addcmul(a * sine, b, cosine)], dim=3)
