"""Causal softmax attention over packed rows: one operator, a C form for the CPU and a torch form for everything else.

Legend: B rows, T tokens, H query heads, G key-value heads, D head width.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels import native


def attention(
    qkv: Tensor,
    lower_BT: Tensor | None,
    rotation: tuple[Tensor, Tensor] | None,
    heads: int,
    key_value_heads: int,
    window: int,
    scale: float,
    normalise: bool,
) -> Tensor:
    """Attention of each token to itself and at most `window - 1` tokens before it; returns [B, T, H D].

    qkv: [B, T, (H + 2 G) D], query heads, then key heads, then value heads. lower_BT (int32): the first position that
    each token may see, for rows that hold several stories. rotation: cosines and sines [T, D/2] in float32 for rotary
    positions (Su et al. 2021). normalise: queries and keys are scaled to unit root mean square first (QK norm).
    """
    cosine, sine = rotation if rotation is not None else (None, None)
    if _c_takes(qkv, qkv.shape[-1] // (heads + 2 * key_value_heads)):
        arguments = (heads, key_value_heads, window, scale, normalise)
        out, _ = native_attention(qkv.contiguous(), lower_BT, cosine, sine, *arguments)
        return out
    return attention_reference(qkv, lower_BT, rotation, heads, key_value_heads, window, scale, normalise)


def _c_takes(qkv: Tensor, head_width: int) -> bool:
    served = qkv.device.type == "cpu" and qkv.dtype in (torch.float32, torch.bfloat16) and native.available()
    return served and head_width <= native.constant("MAX_HEAD_WIDTH")


def attention_reference(
    qkv: Tensor,
    lower_BT: Tensor | None,
    rotation: tuple[Tensor, Tensor] | None,
    heads: int,
    key_value_heads: int,
    window: int,
    scale: float,
    normalise: bool,
) -> Tensor:
    """The same in plain torch; any dtype and device."""
    B, T, _ = qkv.shape
    D = qkv.shape[-1] // (heads + 2 * key_value_heads)
    q, k, v = qkv.view(B, T, -1, D).transpose(1, 2).split([heads, key_value_heads, key_value_heads], dim=1)
    if normalise:
        q, k = (F.rms_norm(x.to(rms_dtype(x)), (D,), eps=1e-6).to(x.dtype) for x in (q, k))
    if rotation is not None:
        q, k = rotate(q, *rotation), rotate(k, *rotation)
    mask = visible(T, window, lower_BT, qkv.device)
    grouped = heads != key_value_heads
    if qkv.device.type == "cuda":
        only_causal = lower_BT is None and window >= T
        out = F.scaled_dot_product_attention(
            q, k, v, attn_mask=None if only_causal else mask, is_causal=only_causal, scale=scale, enable_gqa=grouped
        )
    else:  # torch's fused CPU attention has a slow backward; two products and a softmax are faster
        if grouped:
            k, v = (x.repeat_interleave(heads // key_value_heads, dim=1) for x in (k, v))
        scores = (q @ k.transpose(-1, -2) * scale).masked_fill(~mask, float("-inf"))
        out = torch.softmax(scores, dim=-1).to(v.dtype) @ v
    return out.transpose(1, 2).reshape(B, T, heads * D)


def rms_dtype(x: Tensor) -> torch.dtype:
    """The dtype to take a mean of squares in: at least float32."""
    return torch.float64 if x.dtype == torch.float64 else torch.float32


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotates the pairs (d, d + D/2) of x[..., T, D] by the angles of cosine[..., T, D/2] and sine (Su et al. 2021, eq. 34)."""
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    turned = torch.cat([first * cosine - second * sine, second * cosine + first * sine], dim=-1)
    return turned.to(x.dtype)


def visible(T: int, window: int, lower_BT: Tensor | None, device: torch.device) -> Tensor:
    """Which keys [.., T queries, T keys] may be seen: broadcastable to [B, 1, T, T]."""
    query = torch.arange(T, device=device)[:, None]
    key = torch.arange(T, device=device)[None, :]
    mask = (key <= query) & (key > query - window)
    if lower_BT is None:
        return mask[None, None]
    return mask[None, None] & (key >= lower_BT[:, None, :, None])


@torch.library.custom_op("pocket_narrator::attention", mutates_args=())
def native_attention(
    qkv: Tensor,
    lower_BT: Tensor | None,
    cosine: Tensor | None,
    sine: Tensor | None,
    heads: int,
    key_value_heads: int,
    window: int,
    scale: float,
    normalise: bool,
) -> tuple[Tensor, Tensor]:
    """The C form: returns the output [B, T, H D] and the log-sum-exp of the scores [B, H, T]."""
    B, T, _ = qkv.shape
    D = qkv.shape[-1] // (heads + 2 * key_value_heads)
    out = qkv.new_empty(B, T, heads * D)
    log_sum_exp = qkv.new_empty(B, heads, T, dtype=torch.float32)
    native.call(
        f"attention_forward_{native.suffix(qkv.dtype)}", qkv=qkv, out=out, log_sum_exp=log_sum_exp, lower=lower_BT, cosine=cosine,
        sine=sine, B=B, T=T, H=heads, G=key_value_heads, D=D, window=min(window, T), scale=scale, normalise=normalise,
    )  # fmt: skip
    return out, log_sum_exp


@native_attention.register_fake
def _(qkv, lower_BT, cosine, sine, heads, key_value_heads, window, scale, normalise):
    B, T, width = qkv.shape
    out = qkv.new_empty(B, T, width // (heads + 2 * key_value_heads) * heads)
    return out, qkv.new_empty(B, heads, T, dtype=torch.float32)


@torch.library.custom_op("pocket_narrator::attention_backward", mutates_args=())
def native_attention_backward(
    grad_out: Tensor,
    qkv: Tensor,
    out: Tensor,
    log_sum_exp: Tensor,
    lower_BT: Tensor | None,
    cosine: Tensor | None,
    sine: Tensor | None,
    heads: int,
    key_value_heads: int,
    window: int,
    scale: float,
    normalise: bool,
) -> Tensor:
    """The gradient of `native_attention` with respect to qkv."""
    B, T, _ = qkv.shape
    D = qkv.shape[-1] // (heads + 2 * key_value_heads)
    grad_qkv = torch.empty_like(qkv)
    native.call(
        f"attention_backward_{native.suffix(qkv.dtype)}", qkv=qkv, out=out, grad_out=grad_out.contiguous(), log_sum_exp=log_sum_exp,
        grad_qkv=grad_qkv, lower=lower_BT, cosine=cosine, sine=sine, B=B, T=T, H=heads, G=key_value_heads, D=D,
        window=min(window, T), scale=scale, normalise=normalise,
    )  # fmt: skip
    return grad_qkv


@native_attention_backward.register_fake
def _(grad_out, qkv, *_):
    return torch.empty_like(qkv)


def _keep_for_backward(ctx, inputs, output) -> None:
    qkv, lower_BT, cosine, sine, *ctx.sizes = inputs
    ctx.save_for_backward(qkv, *output, lower_BT, cosine, sine)
    ctx.mark_non_differentiable(output[1])


def _backward(ctx, grad_out, _):
    qkv, out, log_sum_exp, lower_BT, cosine, sine = ctx.saved_tensors
    grad = native_attention_backward(grad_out, qkv, out, log_sum_exp, lower_BT, cosine, sine, *ctx.sizes)
    return grad, *[None] * 8


native_attention.register_autograd(_backward, setup_context=_keep_for_backward)
