"""Linear recurrences made of matrix products. The state of a head is a matrix; it fades, and each token adds to it.

    S[t] = f[t] S[t-1] + k[t]^T v[t],    y[t] = q[t] S[t]

Tokens are taken in chunks. Inside a chunk they look at each other as in attention without softmax, q k^T times what has
faded in between; the state is passed from chunk to chunk only (Hua et al. 2022; Yang et al. 2024, section 4; Dao & Gu 2024,
section 6). Plain torch: the products are batched over rows, chunks and heads.

Legend: B rows, T tokens, H heads, G groups of R heads with the same queries and keys, K key width, V value width, N chunks of
L tokens.
"""

from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

# Where every key channel fades by itself, what fades from token j to i is split into exp(b[i]) and exp(-b[j]), so that it goes
# into the queries and the keys. exp(16 x 5) = 5e34 and its inverse are far from the ends of float32 and bfloat16 (3e38), and
# what is forgotten at that rate is down to 5e-5 after two tokens.
CHANNEL_CHUNK = 16
LOWEST_LOG_DECAY = -5.0


def linear_recurrence(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    log_decay: Tensor | None = None,
    starts: Tensor | None = None,
    initial: Tensor | None = None,
    chunk: int = 64,
) -> tuple[Tensor, Tensor]:
    """The outputs [B, T, H, V], in the dtype of v, and the states after the last token [B, H, K, V], in float32 (float64 for
    float64 inputs).

    q, k: [B, T, G, K]. v: [B, T, H, V]. log_decay: log f, not positive: [B, T, H], or [B, T, H, K] where every key channel
    fades by itself (then H = G, and it is taken as LOWEST_LOG_DECAY where it is lower); none: nothing fades. starts: bool
    [B, T], true where the state is forgotten before the token is read. initial: [B, H, K, V]; none: zeros. chunk: tokens that
    look at each other directly.
    """
    if log_decay is not None and log_decay.ndim == 4:
        log_decay = log_decay.clamp(min=LOWEST_LOG_DECAY)
        chunk = min(chunk, CHANNEL_CHUNK)
    with torch.autocast(v.device.type, enabled=False):
        if v.shape[1] == 1:
            return recurrence_reference(q, k, v, log_decay, starts, initial)
        return _in_chunks(q, k, v, log_decay, starts, initial, min(chunk, v.shape[1]))


def recurrence_reference(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    log_decay: Tensor | None = None,
    starts: Tensor | None = None,
    initial: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The same token by token, from the definition; also the form for telling, one token at a time."""
    dtype = sum_dtype(v)
    B, T, H, V = v.shape
    if q.shape[2] < H:
        q, k = (x.repeat_interleave(H // x.shape[2], dim=2) for x in (q, k))
    q_TBHK, k_TBHK = (x.to(dtype).transpose(0, 1) for x in (q, k))
    v_TBHV = v.to(dtype).transpose(0, 1)
    state = v_TBHV.new_zeros(B, H, q.shape[3], V) if initial is None else initial.to(dtype)
    decay = None
    if log_decay is not None:
        decay = log_decay.to(dtype).exp().transpose(0, 1)
        decay = decay[..., None] if log_decay.ndim == 4 else decay[..., None, None]
    read = []
    for t in range(T):
        if starts is not None:
            state = state.masked_fill(starts[:, t, None, None, None], 0)
        if decay is not None:
            state = decay[t] * state
        state = state + k_TBHK[t][..., None] * v_TBHV[t][..., None, :]
        read.append((q_TBHK[t][..., None, :] @ state)[..., 0, :])
    return torch.stack(read, dim=1).to(v.dtype), state


def sum_dtype(x: Tensor) -> torch.dtype:
    """What sums and decays are held in: at least float32."""
    return torch.float64 if x.dtype == torch.float64 else torch.float32


def _in_chunks(
    q: Tensor, k: Tensor, v: Tensor, log_decay: Tensor | None, starts: Tensor | None, initial: Tensor | None, L: int
) -> tuple[Tensor, Tensor]:
    B, T, H, V = v.shape
    G, K = q.shape[2:]
    exact = sum_dtype(v)
    dtype = torch.float32 if v.dtype == torch.float16 else v.dtype  # float16 ends at 65504, and exp(-b) does not
    parts = (heads_first(cut(x.to(dtype), L)).unflatten(1, (G, -1)) for x in (q, k, v))
    visible, of_first, of_last = stories(starts, T, L, v.device)
    first, last = (None if part is None else part[:, None, None, ..., None] for part in (of_first, of_last))
    faded = None
    if log_decay is not None:
        faded = heads_first(since_start(cut(log_decay.to(exact), L), visible)).unflatten(1, (G, -1))
        faded = faded[..., None] if log_decay.ndim == 3 else faded
    state = v.new_zeros(B, H, K, V, dtype=exact) if initial is None else initial.to(exact)
    y, state = _Chunks.apply(*parts, faded, state.unflatten(1, (G, -1)), visible[:, None, None], first, last)
    return y.reshape(B, H, -1, V)[:, :, :T].transpose(1, 2).to(v.dtype), state.flatten(1, 2)


class _Chunks(torch.autograd.Function):
    """All products over rows, heads and chunks at once, and a loop over the states between chunks.

    q, k: [B, G, 1, N, L, K]. v: [B, G, R, N, L, V]. faded: log of what is left, at each token, of what was there when its chunk
    began (or its story), [B, G, R, N, L, 1] or [B, G, 1, N, L, K]. state: [B, G, R, K, V]. seen: [B, 1, 1, N, L, L], which
    tokens each token looks at. first, last: [B, 1, 1, N, L, 1], which tokens are of their chunk's first story and of its last.

    Below, y = Q S + W v and S' = c S + P^T v. Q and P are the queries and keys times what is left of the state S at each token,
    and at the chunk's end of what each token writes; c is what is left of S there. W = i j^T, for a head that fades alike times
    what is left `between` two tokens, otherwise with that in i and j.
    """

    @staticmethod
    def forward(
        ctx: Any,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        faded: Tensor | None,
        state: Tensor,
        seen: Tensor,
        first: Tensor | None,
        last: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        grow, shrink, between, c, e = None, None, None, None, None
        if first is not None and last is not None:
            first, e = first.to(v.dtype), last.to(v.dtype)
            c = first[..., -1:, :].to(state.dtype)
        if faded is not None:
            grow, rest = faded.exp(), faded[..., -1:, :] - faded
            c, grow = _times(grow[..., -1:, :].mT, c), grow.to(v.dtype)
            e = (rest if last is None else rest.masked_fill_(~last, float("-inf"))).exp_().to(v.dtype)
        if faded is not None and faded.shape[-1] == 1:
            # Stable for any decay, because no difference from an earlier token to a later one is positive.
            between = (faded - faded.mT).clamp_(max=0).exp_().to(v.dtype)
        elif faded is not None:
            shrink = faded.neg().exp_().to(v.dtype)
        i, j, Q, P = _tokens(q, k, grow, shrink, first, e)
        W = _times((i @ j.mT).mul_(seen), between)
        added = P.mT @ v
        before = torch.empty_like(added)
        for n in range(v.shape[3]):
            before[:, :, :, n] = state
            state = _times(state, None if c is None else c[:, :, :, n]) + added[:, :, :, n]
        ctx.save_for_backward(q, k, v, before, seen, first, grow, shrink, between, c, e)
        return _add_products(Q @ before, W, v), state

    @staticmethod
    def backward(ctx: Any, dy: Tensor, dstate: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        q, k, v, before, seen, first, grow, shrink, between, c, e = ctx.saved_tensors
        dy, exact = dy.contiguous(), dstate.dtype
        i, j, Q, P = _tokens(q, k, grow, shrink, first, e)
        read, dadded = Q.mT @ dy, torch.empty_like(before)
        for n in reversed(range(v.shape[3])):
            dadded[:, :, :, n] = dstate
            dstate = _times(dstate, None if c is None else c[:, :, :, n]) + read[:, :, :, n]
        W = _times((i @ j.mT).mul_(seen), between)
        dv = _add_products(P @ dadded, W.mT, dy)
        dW = dy @ v.mT
        dscores = _all_heads(_times(dW, between)).mul_(seen)
        dQ, dP = _times(dy @ before.mT, first), _times(v @ dadded.mT, e)  # what they get through the states
        total = partial(torch.sum, keepdim=True, dtype=exact)
        dfaded = None
        if shrink is None:
            dQ = _times(dQ, grow)
            if between is not None and c is not None:
                exchanged, lost = dW.mul_(W), dP * k
                dfaded = total(dQ * q, -1) - total(lost, -1) + total(exchanged, -1) - total(exchanged, -2).mT
                dfaded[..., -1:, :] += total(dadded.mul_(before), (-2, -1)).mul_(c) + total(lost, (-2, -1))
            dq, dk = _all_heads(dQ) + dscores @ j, _all_heads(dP) + dscores.mT @ i
        else:  # exact, because what the tokens of a chunk give and take cancels in the sums of what fades
            assert c is not None
            assert grow is not None
            i, j, dscores = i.to(exact), j.to(exact), dscores.to(exact)
            di, dj, lost = (dscores @ j).add_(dQ), dscores.mT @ i, dP * k
            dfaded = (di * i).sub_(dj * j).sub_(lost)
            dfaded[..., -1:, :] += total(dadded.mul_(before), -1).mul_(c).mT + total(lost, -2)
            dq, dk = di.mul_(grow).to(q.dtype), dP.add_(dj.mul_(shrink))
        return dq, dk, dv, dfaded, dstate, None, None, None


def _tokens(
    q: Tensor, k: Tensor, grow: Tensor | None, shrink: Tensor | None, first: Tensor | None, e: Tensor | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """i, j, Q and P."""
    grown = _times(q, grow)
    i, j = (q, k) if shrink is None else (grown, k * shrink)
    return i, j, _times(grown, first), _times(k, e)


def _times(x: Tensor, factor: Tensor | None) -> Tensor:
    return x if factor is None else x * factor


def _add_products(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """x + a @ b, in the place of x, [B, G, R, N, L, V]."""
    flat = (part.expand(*b.shape[:4], *part.shape[4:]).flatten(0, 3) for part in (a, b))
    return x.flatten(0, 3).baddbmm_(*flat).view(b.shape)


def _all_heads(x: Tensor) -> Tensor:
    """Summed over the heads of a group, [B, G, 1, N, L, ...]."""
    return x if x.shape[2] == 1 else x.sum(2, keepdim=True)


def cut(x: Tensor, L: int) -> Tensor:
    """[B, T, ...] to chunks [B, N, L, ...], with zeros after the last token: they write nothing, and nothing fades."""
    missing = -x.shape[1] % L
    if missing:
        x = F.pad(x, (0, 0) * (x.ndim - 2) + (0, missing))
    return x.unflatten(1, (-1, L))


def heads_first(x: Tensor) -> Tensor:
    """[B, N, L, H, ...] to [B, H, N, L, ...], dense: products of a batch of matrices want them so."""
    return x.permute(0, 3, 1, 2, *range(4, x.ndim)).contiguous()


def stories(starts: Tensor | None, T: int, L: int, device: torch.device) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Which tokens of its chunk each token sees, [B, N, L, L] or [1, 1, L, L]; and which tokens belong to the first story of
    their chunk and which to its last, [B, N, L], none where there are no starts."""
    earlier = torch.ones(L, L, dtype=torch.bool, device=device).tril()[None, None]
    if starts is None:
        return earlier, None, None
    story = cut(starts.long(), L).cumsum(2)
    return earlier & (story[..., :, None] == story[..., None, :]), story == 0, story == story[..., -1:]


def since_start(x: Tensor, visible: Tensor) -> Tensor:
    """[B, N, L, ...] summed from the first token of the story in the chunk to each token. As a product with zeros for what is
    of an earlier story: a difference of running sums would be rounded by what came before."""
    wide = torch.float64 if x.device.type == "cuda" else x.dtype  # float32 products may be rounded to TF32 there
    return (visible.to(wide) @ x.flatten(3).to(wide)).to(x.dtype).view(x.shape)
