"""The gated delta rule (Yang, Kautz & Hatamizadeh 2025, eq. 10; several keys a token: Siems et al. 2025, section 3).

    S[t,0] = f[t] S[t-1]
    S[t,j] = (I - b[t,j] k[t,j]^T k[t,j]) S[t,j-1] + b[t,j] k[t,j]^T v[t,j],    j = 1 .. J
    y[t]   = q[t] S[t,J]

Keys have length 1: with b = 1 what was stored under a key is taken out and the new value put in its place; at 2 the state is mirrored
in the plane across the key (a Householder reflection), which a product of several makes any rotation.

On a CPU it is run token by token, in C; elsewhere in chunks of tokens (delta_chunks.py).

Legend: B rows, T tokens, J keys a token, H heads, K key width, V value width.
"""

import torch
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding.arguments import Rows
from pocket_narrator.models.kernels.chunked import sum_dtype
from pocket_narrator.models.kernels.delta_chunks import delta_in_chunks


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
        return delta_in_chunks(q, k, v, beta, log_decay, starts, initial, max(1, chunk // v.shape[2]))


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


# ---- the C form: token by token, with the state of a head in the first-level cache


def _in_c(
    q: Tensor, k: Tensor, v: Tensor, beta: Tensor, log_decay: Tensor, starts: Tensor | None, initial: Tensor | None
) -> tuple[Tensor, Tensor]:
    B, _, H, K = q.shape
    decay = log_decay.exp() if starts is None else log_decay.exp().masked_fill(starts[..., None], 0)
    initial = v.new_zeros(B, H, K, v.shape[-1], dtype=torch.float32) if initial is None else initial
    form = native_delta if torch.is_grad_enabled() or torch.compiler.is_compiling() else _forward
    y, last, *_ = form(q.float(), k.float(), v.float(), beta.float(), decay.float(), initial.float())
    return y.to(v.dtype), last


def _sizes(q: Tensor, k: Tensor, V: int) -> dict[str, object]:
    """What both passes hand over."""
    B, T, J, H, K = k.shape
    rows = {"q": Rows(q.flatten(2)), "k": Rows(k.flatten(2))}
    strides = {f"{name}_stride": row.stride for name, row in rows.items()}
    return {"B": B, "T": T, "J": J, "H": H, "K": K, "V": V, **rows, **strides}


def _kept_shape(k: Tensor, V: int) -> tuple[int, ...]:
    """The states before every CHUNK tokens, their rows in whole vectors."""
    (B, T, _, H, K), chunk, lanes = k.shape, native.constant("CHUNK"), native.constant("LANES")
    return B, H, -(-T // chunk), K, -(-V // lanes) * lanes


def _forward(
    q: Tensor, k: Tensor, v: Tensor, beta: Tensor, decay: Tensor, initial: Tensor, keep: bool = False
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    (B, T, J, H, V), K = v.shape, q.shape[-1]
    w, kept = (v.new_empty(B, T, J, H, V), v.new_empty(_kept_shape(k, V))) if keep else (None, None)
    values, y, last = Rows(v.flatten(2)), v.new_empty(B, T, H, V), v.new_empty(B, H, K, V)
    native.call(
        "delta_forward", **_sizes(q, k, V), v=values, v_stride=values.stride, beta=beta.contiguous(), decay=decay.contiguous(),
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
    shapes = ((B, T, H, V), (B, H, K, V), (B, T, J, H, V), _kept_shape(k, V))
    return tuple(v.new_empty(shape) for shape in shapes)


@torch.library.custom_op("pocket_narrator::delta_rule_backward", mutates_args=(), device_types="cpu")
def native_delta_backward(
    grad_y: Tensor, grad_last: Tensor, q: Tensor, k: Tensor, beta: Tensor, decay: Tensor, w: Tensor, kept: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Gradients with respect to q, k, v, beta, decay and the initial states."""
    grad_q, grad_k, grad_v = torch.empty(q.shape), torch.empty(k.shape), torch.empty(w.shape)
    grad_beta, grad_decay, grad_initial = (
        torch.empty(beta.shape),
        torch.empty(decay.shape),
        torch.empty(grad_last.shape),
    )
    native.call(
        "delta_backward", **_sizes(q, k, w.shape[-1]), beta=beta.contiguous(), decay=decay.contiguous(), w=w, kept=kept,
        grad_y=grad_y.contiguous(), grad_last=grad_last.contiguous(), grad_q=grad_q, grad_k=grad_k, grad_v=grad_v,
        grad_beta=grad_beta, grad_decay=grad_decay, grad_initial=grad_initial,
    )  # fmt: skip
    return grad_q, grad_k, grad_v, grad_beta, grad_decay, grad_initial


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
