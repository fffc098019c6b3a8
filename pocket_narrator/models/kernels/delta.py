"""The gated delta rule (Yang, Kautz & Hatamizadeh 2025, eq. 10; several keys a token: Siems et al. 2025, section 3).

    S[t,0] = f[t] S[t-1]
    S[t,j] = (I - b[t,j] k[t,j]^T k[t,j]) S[t,j-1] + b[t,j] k[t,j]^T v[t,j],    j = 1 .. J
    y[t]   = q[t] S[t,J]

Keys have length 1: with b = 1 what was stored under a key is taken out and the new value put in its place; at 2 the state is mirrored
in the plane across the key (a Householder reflection), which a product of several makes any rotation.

On a CPU it is run token by token, in C. Elsewhere tokens are taken in chunks: what a key adds in the end, u = b (v - k f S), follows
from what the earlier keys of its chunk add, which is a triangular system, (I + A) U = b (V - left K S), for all chunks at once (the WY form:
Yang et al. 2024, "Parallelizing linear transformers with the delta rule", section 3.2; with decay: Yang, Kautz & Hatamizadeh 2025,
section 3.3). The state goes from chunk to chunk.

Legend: B rows, T tokens, J keys a token, H heads, K key width, V value width, N chunks of L keys.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding.arguments import Rows
from pocket_narrator.models.kernels.chunked import cut, since_start, stories, sum_dtype


def delta_recurrence(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    beta: Tensor,
    log_decay: Tensor,
    starts: Tensor | None = None,
    initial: Tensor | None = None,
    chunk: int = 16,
) -> tuple[Tensor, Tensor]:
    """The outputs [B, T, H, V], in the dtype of v, and the states after the last token [B, H, K, V], in float32 (float64 for
    float64 inputs).

    q: [B, T, H, K]. k: [B, T, J, H, K], of length 1. v: [B, T, J, H, V]. beta: b, from 0 to 2: [B, T, J, H]. log_decay: log f,
    not positive: [B, T, H]. starts: bool [B, T], true where the state is forgotten before the token is read. initial:
    [B, H, K, V]; none: zeros. chunk: keys that are solved for together.
    """
    with torch.autocast(v.device.type, enabled=False):
        if v.device.type == "cpu" and v.dtype in (torch.float32, torch.bfloat16) and native.available():
            return _in_c(q, k, v, beta, log_decay, starts, initial)
        if v.shape[1] == 1:
            return delta_reference(q, k, v, beta, log_decay, starts, initial)
        return _in_chunks(q, k, v, beta, log_decay, starts, initial, max(1, chunk // v.shape[2]))


def delta_reference(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    beta: Tensor,
    log_decay: Tensor,
    starts: Tensor | None = None,
    initial: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The same token by token, from the definition; also the form for telling, one token at a time."""
    exact = sum_dtype(v)
    B, T, J, H, V = v.shape
    q, k, values, beta, decay = (x.to(exact) for x in (q, k, v, beta, log_decay.exp()))
    state = values.new_zeros(B, H, q.shape[-1], V) if initial is None else initial.to(exact)
    read = []
    for t in range(T):
        if starts is not None:
            state = state.masked_fill(starts[:, t, None, None, None], 0)
        state = decay[:, t, :, None, None] * state
        for j in range(J):
            key = k[:, t, j, :, None]
            added = beta[:, t, j, :, None, None] * (values[:, t, j, :, None] - key @ state)
            state = state + key.mT * added
        read.append((q[:, t, :, None] @ state)[:, :, 0])
    return torch.stack(read, dim=1).to(v.dtype), state


def _in_chunks(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    beta: Tensor,
    log_decay: Tensor,
    starts: Tensor | None,
    initial: Tensor | None,
    tokens: int,
) -> tuple[Tensor, Tensor]:
    B, T, J, H, V = v.shape
    exact, L = sum_dtype(v), tokens * J
    keys = [_chunks_first(x.to(exact).flatten(1, 2), L) for x in (k, v, beta[..., None])]
    queries = _chunks_first(q.to(exact), tokens)
    starts, log_decay = (None if x is None else _before_first_key(x, J) for x in (starts, log_decay))
    seen, *of_ends = stories(starts, T * J, L, v.device)
    assert log_decay is not None
    faded = since_start(cut(log_decay.to(exact), L), seen).permute(1, 0, 3, 2)[..., None].contiguous()
    of_stories = (seen, *(None if part is None else part[..., None] for part in of_ends))
    seen, first, last = (None if part is None else part.transpose(0, 1)[:, :, None] for part in of_stories)
    state = v.new_zeros(B, H, q.shape[-1], V, dtype=exact) if initial is None else initial.to(exact)
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


# ---- the C form: token by token, with the state of a head in the first-level cache


def _in_c(
    q: Tensor, k: Tensor, v: Tensor, beta: Tensor, log_decay: Tensor, starts: Tensor | None, initial: Tensor | None
) -> tuple[Tensor, Tensor]:
    B, _, H, K = q.shape
    decay = log_decay.exp() if starts is None else log_decay.exp().masked_fill(starts[..., None], 0)
    initial = v.new_zeros(B, H, K, v.shape[-1], dtype=torch.float32) if initial is None else initial
    given = [x.float() for x in (q, k, v, beta, decay, initial)]
    y, last, *_ = native_delta(*given) if torch.is_grad_enabled() or torch.compiler.is_compiling() else _forward(*given)
    return y.to(v.dtype), last


def _sizes(q: Tensor, k: Tensor, V: int) -> tuple[dict[str, object], dict[str, int]]:
    """What both passes hand over, and the number of whole vectors."""
    B, T, J, H, K = k.shape
    rows = {"q": Rows(q.flatten(2)), "k": Rows(k.flatten(2))}
    strides = {f"{name}_stride": row.stride for name, row in rows.items()}
    chunk, lanes = native.constant("CHUNK"), native.constant("LANES")
    return {"B": B, "T": T, "J": J, "H": H, "K": K, "V": V, **rows, **strides}, {
        "N": -(-T // chunk),
        "Vp": -(-V // lanes) * lanes,
    }


def _forward(
    q: Tensor, k: Tensor, v: Tensor, beta: Tensor, decay: Tensor, initial: Tensor, keep: bool = False
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    (B, T, J, H, V), K = v.shape, q.shape[-1]
    sizes, whole = _sizes(q, k, V)
    w, kept = (v.new_empty(B, T, J, H, V), v.new_empty(B, H, whole["N"], K, whole["Vp"])) if keep else (None, None)
    values, y, last = Rows(v.flatten(2)), v.new_empty(B, T, H, V), v.new_empty(B, H, K, V)
    native.call(
        "delta_forward", **sizes, v=values, v_stride=values.stride, beta=beta.contiguous(), decay=decay.contiguous(),
        initial=initial.contiguous(), y=y, last=last, w=w, kept=kept,
    )  # fmt: skip
    return y, last, w, kept


@torch.library.custom_op("pocket_narrator::delta_rule", mutates_args=(), device_types="cpu")
def native_delta(
    q: Tensor, k: Tensor, v: Tensor, beta: Tensor, decay: Tensor, initial: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The outputs, the last states, what each key wanted to add, and the states before every 16 tokens; all float32."""
    y, last, w, kept = _forward(q, k, v, beta, decay, initial, keep=True)
    assert w is not None
    assert kept is not None
    return y, last, w, kept


@native_delta.register_fake
def _(q, k, v, beta, decay, initial):
    (B, T, J, H, V), K = v.shape, q.shape[-1]
    whole = _sizes(q, k, V)[1]
    shapes = ((B, T, H, V), (B, H, K, V), (B, T, J, H, V), (B, H, whole["N"], K, whole["Vp"]))
    return tuple(v.new_empty(shape) for shape in shapes)


@torch.library.custom_op("pocket_narrator::delta_rule_backward", mutates_args=(), device_types="cpu")
def native_delta_backward(
    grad_y: Tensor, grad_last: Tensor, q: Tensor, k: Tensor, beta: Tensor, decay: Tensor, w: Tensor, kept: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Gradients with respect to q, k, v, beta, decay and the initial states."""
    grads = tuple(torch.empty(x.shape) for x in (q, k, w, beta, decay, grad_last))
    names = ("grad_q", "grad_k", "grad_v", "grad_beta", "grad_decay", "grad_initial")
    native.call(
        "delta_backward", **_sizes(q, k, w.shape[-1])[0], beta=beta.contiguous(), decay=decay.contiguous(), w=w, kept=kept,
        grad_y=grad_y.contiguous(), grad_last=grad_last.contiguous(), **dict(zip(names, grads, strict=True)),
    )  # fmt: skip
    return grads


@native_delta_backward.register_fake
def _(grad_y, grad_last, q, k, beta, decay, w, kept):
    return tuple(torch.empty_like(x, memory_format=torch.contiguous_format) for x in (q, k, w, beta, decay, grad_last))


def _keep_for_backward(ctx, inputs, output) -> None:
    q, k, _, beta, decay, _ = inputs
    _, _, w, kept = output
    ctx.save_for_backward(q, k, beta, decay, w, kept)
    ctx.mark_non_differentiable(w, kept)


def _backward(ctx, grad_y, grad_last, _w, _kept):
    return native_delta_backward(grad_y, grad_last, *ctx.saved_tensors)


native_delta.register_autograd(_backward, setup_context=_keep_for_backward)


# ---- the form of other devices: products of matrices


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
