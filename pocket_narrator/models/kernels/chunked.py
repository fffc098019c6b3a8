"""Linear recurrences made of matrix products. The state of a head is a matrix; it fades, and each token adds to it.

    S[t] = f[t] S[t-1] + k[t]^T v[t],    y[t] = q[t] S[t]

Tokens are taken in chunks. Inside a chunk they look at each other as in attention without softmax, q k^T times what has
faded in between; the state is passed from chunk to chunk only (Hua et al. 2022; Yang et al. 2024, section 4; Dao & Gu 2024,
section 6). Plain torch: the products are batched over rows, chunks and heads.

Legend: B rows, T tokens, H heads, G groups of R heads with the same queries and keys, K key width, V value width, N chunks of
L tokens.
"""

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
    q_TBHK, k_TBHK = (x.to(dtype).repeat_interleave(H // x.shape[2], dim=2).transpose(0, 1) for x in (q, k))
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


def running_sum(
    x: Tensor, starts: Tensor | None = None, initial: Tensor | None = None, chunk: int = 64
) -> tuple[Tensor, Tensor]:
    """The sum of a story's x up to each token [B, T, H, K] and up to the last one [B, H, K], in float32 (float64 for float64).

    x: [B, T, H, K]. starts: bool [B, T]. initial: [B, H, K], the sum before the first token; none: zeros.
    """
    B, T, H, K = x.shape
    L = min(chunk, T)
    exact = sum_dtype(x)
    total = torch.zeros(B, H, K, dtype=exact, device=x.device) if initial is None else initial.to(exact)
    with torch.autocast(x.device.type, enabled=False):
        visible, of_first, _ = _stories(starts, T, L, x.device)
        inside = (visible[:, None].to(x.dtype) @ _heads_first(_cut(x, L))).to(exact)  # [B, H, N, L, K]
        before = []
        for i, added in enumerate(inside[:, :, :, -1].unbind(2)):
            before.append(total)
            total = added + (total if of_first is None else total * of_first[:, i, -1:, None])
        carried = torch.stack(before, dim=2)[..., None, :]
        if of_first is not None:
            carried = carried * of_first[:, None, ..., None]
        return (inside + carried).flatten(2, 3)[:, :, :T].transpose(1, 2), total


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
    q, k = (_heads_first(_cut(x.to(dtype), L)).unsqueeze(2) for x in (q, k))  # [B, G, 1, N, L, K]
    v_ = _heads_first(_cut(v.to(dtype), L)).unflatten(1, (G, -1))  # [B, G, R, N, L, V]
    visible, of_first, of_last = _stories(starts, T, L, v.device)
    seen = visible[:, None, None]

    # `weights`: between the tokens of a chunk [B, G, R, N, L, L]. `kept`, `from_begin`, `to_end`: what is left at the chunk's
    # end of the state before it; at each token of that state; at the chunk's end of what each token writes.
    kept, from_begin, to_end = None, None, None
    if log_decay is None:
        weights = (q @ k.mT) * seen.to(dtype)
        if of_first is not None and of_last is not None:
            from_begin, to_end = (part[:, None, None, ..., None].to(dtype) for part in (of_first, of_last))
            kept = from_begin[..., -1:, :].to(exact)
    else:
        faded = _heads_first(_since_start(_cut(log_decay.to(exact), L), visible)).unflatten(1, (G, -1))
        if log_decay.ndim == 3:  # differences of sums are stable for any decay: none of those that count is positive
            never = torch.zeros(seen.shape, dtype=exact, device=v.device).masked_fill_(~seen, float("-inf"))
            between = (faded[..., :, None] - faded[..., None, :]).add_(never).exp_()
            weights = (q @ k.mT) * between.to(dtype)
            faded = faded[..., None]  # [B, G, R, N, L, 1]
            from_begin = faded.exp()
        else:
            from_begin = faded.exp()  # [B, G, 1, N, L, K]
            weights = ((q * from_begin.to(dtype)) @ (k * faded.neg().exp().to(dtype)).mT) * seen.to(dtype)
        to_end = faded[..., -1:, :] - faded
        if of_first is not None and of_last is not None:
            from_begin = from_begin * of_first[:, None, None, ..., None]
            to_end = to_end.masked_fill(~of_last[:, None, None, ..., None], float("-inf"))
        kept, from_begin, to_end = from_begin[..., -1:, :].mT, from_begin.to(dtype), to_end.exp().to(dtype)

    reading, writing = (x if part is None else x * part for x, part in ((q, from_begin), (k, to_end)))
    added = (writing.mT @ v_).to(exact)  # [B, G, R, N, K, V]
    state = v.new_zeros(B, H, K, V, dtype=exact) if initial is None else initial.to(exact)
    state, before = state.unflatten(1, (G, -1)), []
    for new, left in zip(added.unbind(3), [None] * added.shape[3] if kept is None else kept.unbind(3), strict=True):
        before.append(state.to(dtype))
        state = state + new if left is None else torch.addcmul(new, state, left)
    carried = reading @ torch.stack(before, dim=3)
    flat = (x.expand(*v_.shape[:-2], *x.shape[-2:]).flatten(0, 3) for x in (carried, weights, v_))
    y = torch.baddbmm(*flat).view(B, H, -1, V)[:, :, :T]
    return y.transpose(1, 2).to(v.dtype), state.flatten(1, 2)


def _cut(x: Tensor, L: int) -> Tensor:
    """[B, T, ...] to chunks [B, N, L, ...], with zeros after the last token: they write nothing, and nothing fades."""
    missing = -x.shape[1] % L
    if missing:
        x = F.pad(x, (0, 0) * (x.ndim - 2) + (0, missing))
    return x.unflatten(1, (-1, L))


def _heads_first(x: Tensor) -> Tensor:
    """[B, N, L, H, ...] to [B, H, N, L, ...], dense: products of a batch of matrices want them so."""
    return x.permute(0, 3, 1, 2, *range(4, x.ndim)).contiguous()


def _stories(
    starts: Tensor | None, T: int, L: int, device: torch.device
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Which tokens of its chunk each token sees, [B, N, L, L] or [1, 1, L, L]; and which tokens belong to the first story of
    their chunk and which to its last, [B, N, L], none where there are no starts."""
    earlier = torch.ones(L, L, dtype=torch.bool, device=device).tril()[None, None]
    if starts is None:
        return earlier, None, None
    story = _cut(starts.long(), L).cumsum(2)
    return earlier & (story[..., :, None] == story[..., None, :]), story == 0, story == story[..., -1:]


def _since_start(x: Tensor, visible: Tensor) -> Tensor:
    """[B, N, L, ...] summed from the first token of the story in the chunk to each token. As a product with zeros for what is
    of an earlier story: a difference of running sums would be rounded by what came before."""
    wide = torch.float64 if x.device.type == "cuda" else x.dtype  # float32 products may be rounded to TF32 there
    return (visible.to(wide) @ x.flatten(3).to(wide)).to(x.dtype).view(x.shape)
