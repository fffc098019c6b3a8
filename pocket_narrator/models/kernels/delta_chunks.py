"""The gated delta rule (delta.py has its formulas) in products of matrices, a chunk of tokens at a time.

What a key adds in the end, u = b (v - k f S), follows from what the earlier keys of its chunk add, which is a triangular system,
(I + A) U = b (V - left K S), for all chunks at once (the WY form: Yang et al. 2024, "Parallelizing linear transformers with the delta
rule", section 3.2; with decay: Yang, Kautz & Hatamizadeh 2025, section 3.3). The state goes from chunk to chunk.

Legend: B rows, T tokens, J keys a token, H heads, K key width, V value width, N chunks of L keys.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels.chunked import cut, since_start, stories, sum_dtype


def delta_in_chunks(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    beta: Tensor,
    log_decay: Tensor,
    starts: Tensor | None,
    initial: Tensor | None,
    tokens: int,
) -> tuple[Tensor, Tensor]:
    """`delta_recurrence` by chunks of so many tokens; any dtype and device."""
    B, T, J, H, V = v.shape
    exact, L = sum_dtype(v), tokens * J
    keys = [_chunks_first(x.to(exact).flatten(1, 2), L) for x in (k, v, beta[..., None])]
    queries = _chunks_first(q.to(exact), tokens)
    seen, *of_ends = stories(None if starts is None else _before_first_key(starts, J), T * J, L, v.device)
    faded = (
        since_start(cut(_before_first_key(log_decay.to(exact), J), L), seen).permute(1, 0, 3, 2)[..., None].contiguous()
    )
    of_stories = (seen, *(None if part is None else part[..., None] for part in of_ends))
    seen, first, last = (None if part is None else part.transpose(0, 1)[:, :, None] for part in of_stories)
    state = v.new_zeros(B, H, q.shape[-1], V, dtype=exact) if initial is None else initial.to(exact).contiguous()
    y, state = _Chunks.apply(queries, *keys, faded, state, seen, first, last)
    return y.permute(1, 0, 3, 2, 4).flatten(1, 2)[:, :T].to(v.dtype), state


def _chunks_first(x: Tensor, L: int) -> Tensor:
    """[B, T, H, ..] to [N, B, H, L, ..], dense."""
    return cut(x, L).permute(1, 0, 3, 2, 4).contiguous()


def _before_first_key(x: Tensor, J: int) -> Tensor:
    """[B, T, ...] of tokens to [B, T J, ...] of keys: what happens once happens before a token's first key."""
    if J == 1:
        return x
    return F.pad(x[:, :, None], (0, 0) * (x.ndim - 2) + (0, J - 1)).flatten(1, 2)


class _Chunks(torch.autograd.Function):
    """All products over rows, heads and chunks at once, and a loop over the states between chunks.

    q: [N, B, H, L / J, K]. k: [N, B, H, L, K]. v: [N, B, H, L, V]. beta: [N, B, H, L, 1]. faded: log of what is left, at each key, of
    what was there when its chunk began (or its story), [N, B, H, L, 1]. state: [B, H, K, V]. seen: [N, B, 1, L, L], which
    keys are of the same story and not later. first, last: [N, B, 1, L, 1], which keys are of their chunk's first story and of its last.

    Below, U = X - W S, y = Q S + R U and S' = c S + P^T U, with X = M beta V, W = M beta left K and M = (I + A)^-1. A is below the
    diagonal beta k k^T times what is left `between` two keys, R the same of queries and without beta. P is k times what is left at
    the chunk's end.
    """

    @staticmethod
    def forward(
        ctx: Any,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        beta: Tensor,
        faded: Tensor,
        state: Tensor,
        seen: Tensor,
        first: Tensor | None,
        last: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        J = k.shape[3] // q.shape[3]
        left, rest = faded.exp(), faded[..., -1:, :] - faded
        if first is not None and last is not None:
            left, rest = left.mul_(first), rest.masked_fill_(~last, float("-inf"))
        kept = rest.exp_()
        # Stable for any decay, because no difference from an earlier key to a later one is positive.
        between = (faded - faded.mT).clamp_(max=0).exp_().mul_(seen)
        A = (k @ k.mT).mul_(between).mul_(beta)  # the solver reads what is below the diagonal, and no more
        M = torch.linalg.solve_triangular(A, _identity(A), upper=False, unitriangular=True)
        R = (q @ k.mT).mul_(_of_reads(between, J))
        U, W = M @ (beta * v), M @ (beta * left * k)
        P, c, before = k * kept, left[..., -1:, :], k.new_empty(*k.shape[:3], *state.shape[2:])
        for n in range(len(k)):
            before[n] = state
            _add_product(U[n], W[n], state, -1)
            state = _add_product(c[n] * state, P[n].mT, U[n])
        y = (q * _of_reads(left, J)) @ before + R @ U
        ctx.save_for_backward(q, k, v, beta, left, kept, between, M, R, U, W, before, y)
        return y, state

    @staticmethod
    def backward(ctx: Any, dy: Tensor, dstate: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        q, k, v, beta, left, kept, between, M, R, U, W, before, y = ctx.saved_tensors
        J, dy = k.shape[3] // q.shape[3], dy.contiguous()
        P, c, left_at_read = k * kept, left[..., -1:, :], _of_reads(left, J)
        read, dU, dafter = (q * left_at_read).mT @ dy, R.mT @ dy, torch.empty_like(before)
        for n in reversed(range(len(k))):
            dafter[n] = dstate
            _add_product(dU[n], P[n], dstate)
            dstate = _add_product(c[n] * dstate + read[n], W[n].mT, dU[n], -1)
        dZ = M.mT @ dU  # what beta (V - left K S) gets; A gets -dZ U^T
        dscores = (dZ @ U.mT).mul_(between).tril_(-1)
        dreads = (dy @ U.mT).mul_(_of_reads(between, J))
        dq = (dy @ before.mT).mul_(left_at_read) + dreads @ k
        as_reader = ((dZ @ before.mT).mul_(left) + dscores @ k).neg_()
        lost = (U @ dafter.mT).mul_(kept)
        as_writer = lost + dreads.mT @ q - dscores.mT @ (beta * k)
        # What fades from j to i multiplies what i reads and divides what j writes.
        dbeta = _dot(as_reader, k)
        dfaded = (dbeta * beta).sub_(_dot(as_writer, k))
        _of_reads(dfaded, J).add_(_dot(dy, y))
        dfaded[..., -1, :] += _dot(lost, k).sum(-2) + c[..., 0, :] * (dafter * before).sum((-2, -1))[..., None]
        dk = as_writer.add_(as_reader.mul_(beta))
        return dq, dk, beta * dZ, dbeta.add_(_dot(dZ, v)), dfaded, dstate, None, None, None


def _identity(like: Tensor) -> Tensor:
    return torch.eye(like.shape[-1], dtype=like.dtype, device=like.device).expand(like.shape)


def _add_product(x: Tensor, a: Tensor, b: Tensor, factor: float = 1) -> Tensor:
    """x + factor a @ b, in the place of x, [B, H, .., ..]."""
    x.flatten(0, 1).baddbmm_(a.flatten(0, 1), b.flatten(0, 1), alpha=factor)
    return x


def _of_reads(x: Tensor, J: int) -> Tensor:
    """The rows [.., L / J, :] of a chunk's keys after which a query reads: each token's last; a view."""
    return x[..., J - 1 :: J, :]


def _dot(x: Tensor, y: Tensor) -> Tensor:
    """[.., L, 1]"""
    return (x * y).sum(-1, keepdim=True)
