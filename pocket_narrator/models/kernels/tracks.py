"""What the narrative mixer does around its scan: bounded steps, and the reading of its tracks; in C and in plain torch.

Legend: B rows, T tokens, E channels, K tracks of neighbouring channels, `widths` of them.
"""

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding.arguments import Rows
from pocket_narrator.models.kernels.chunked import sum_dtype

PARTS = 32  # fixed blocks of tokens that the gradients of what all tokens share are summed over


def track_steps(
    raw: Tensor, bias: Tensor, slowest: Tensor, fastest: Tensor, weights: Tensor | None, widths: Sequence[int]
) -> Tensor:
    """exp(slowest + (fastest - slowest) sigmoid(raw + bias)) times each token's weight for the track: [B, T, E], in the dtype of raw.

    raw: [B, T, E]. bias, slowest, fastest: [E]. weights: [B, T, K], float32; none: ones.
    """
    if _c_takes(raw):
        return native_steps(raw, bias, slowest, fastest, weights, list(widths))
    return track_steps_reference(raw, bias, slowest, fastest, weights, widths)


def track_steps_reference(
    raw: Tensor, bias: Tensor, slowest: Tensor, fastest: Tensor, weights: Tensor | None, widths: Sequence[int]
) -> Tensor:
    """The same in plain torch; any dtype and device."""
    place = torch.sigmoid(raw.to(sum_dtype(raw)) + bias)
    steps = torch.exp(slowest + (fastest - slowest) * place)
    return (steps if weights is None else steps * spread(weights, widths)).to(raw.dtype)


def track_read(
    y: Tensor,
    gate: Tensor,
    gain: Tensor,
    weights: Tensor | None,
    widths: Sequence[int],
    epsilon: float,
    news: Tensor | None = None,
) -> Tensor:
    """Each track of y through an RMSNorm of its own, plus news, times the token's weight for the track and silu(gate): [B, T, E].

    y, gate, news: [B, T, E]; no news: zeros. gain: [E]. weights: [B, T, K], float32; none: ones.
    """
    if _c_takes(y):
        heard = None if news is None else news.to(y.dtype)
        return native_read(y, gate.to(y.dtype), gain, weights, heard, list(widths), epsilon)
    return track_read_reference(y, gate, gain, weights, widths, epsilon, news)


def track_read_reference(
    y: Tensor,
    gate: Tensor,
    gain: Tensor,
    weights: Tensor | None,
    widths: Sequence[int],
    epsilon: float,
    news: Tensor | None = None,
) -> Tensor:
    """The same in plain torch; any dtype and device."""
    read = track_norm(y, gain, widths, epsilon)
    read = read if news is None else read + news
    read = read if weights is None else read * spread(weights, widths)
    return (read * F.silu(gate.to(read.dtype))).to(y.dtype)


def track_norm(y: Tensor, gain: Tensor, widths: Sequence[int], epsilon: float) -> Tensor:
    """RMSNorm over the channels of each track: [B, T, E], at least float32."""
    wide, gains = y.to(sum_dtype(y)).split(list(widths), dim=-1), gain.split(list(widths))
    return torch.cat([F.rms_norm(x, x.shape[-1:], g, epsilon) for x, g in zip(wide, gains, strict=True)], dim=-1)


def spread(weights: Tensor, widths: Sequence[int]) -> Tensor:
    """[B, T, K] to [B, T, E]: each track's weight for all of its channels."""
    return torch.cat([weights[..., k : k + 1].expand(*weights.shape[:-1], w) for k, w in enumerate(widths)], dim=-1)


# ---- the C form


def _c_takes(tensor: Tensor) -> bool:
    return tensor.device.type == "cpu" and tensor.dtype in (torch.float32, torch.bfloat16) and native.available()


def _sizes(like: Tensor, widths: list[int]) -> dict[str, object]:
    return {
        "N": like[..., 0].numel(),
        "E": like.shape[-1],
        "K": len(widths),
        "ends": list(itertools.accumulate(widths)),
    }


def _singles(**tensors: Tensor | None) -> dict[str, Tensor | None]:
    return {name: _single(tensor) for name, tensor in tensors.items()}


def _single(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.detach().float().contiguous()


@torch.library.custom_op("pocket_narrator::track_steps", mutates_args=())
def native_steps(
    raw: Tensor, bias: Tensor, slowest: Tensor, fastest: Tensor, weights: Tensor | None, widths: list[int]
) -> Tensor:
    """The C form."""
    raw, out = raw.contiguous(), torch.empty(raw.shape, dtype=raw.dtype)
    singles = _singles(bias=bias, slowest=slowest, fastest=fastest, weights=weights)
    native.call(f"track_steps_forward_{native.suffix(raw.dtype)}", **_sizes(raw, widths), raw=raw, **singles, out=out)
    return out


@native_steps.register_fake
def _(raw, bias, slowest, fastest, weights, widths):
    return raw.new_empty(raw.shape)


@torch.library.custom_op("pocket_narrator::track_steps_backward", mutates_args=())
def native_steps_backward(
    grad: Tensor, raw: Tensor, bias: Tensor, slowest: Tensor, fastest: Tensor, weights: Tensor | None, widths: list[int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients with respect to raw, bias and weights."""
    raw, E = raw.contiguous(), raw.shape[-1]
    grad_raw, grad_bias = torch.empty(raw.shape, dtype=raw.dtype), torch.empty(PARTS, E)
    grad_weights = torch.empty(*raw.shape[:-1], len(widths))
    singles = _singles(bias=bias, slowest=slowest, fastest=fastest, weights=weights)
    native.call(
        f"track_steps_backward_{native.suffix(raw.dtype)}", **_sizes(raw, widths), raw=raw, **singles,
        grad_out=grad.to(raw.dtype).contiguous(), grad_raw=grad_raw, grad_bias=grad_bias, grad_weights=grad_weights, parts=PARTS,
    )  # fmt: skip
    return grad_raw, grad_bias.sum(0), grad_weights


@native_steps_backward.register_fake
def _(grad, raw, bias, slowest, fastest, weights, widths):
    return raw.new_empty(raw.shape), bias.new_empty(bias.shape), bias.new_empty(*raw.shape[:-1], len(widths))


def _keep_steps(ctx, inputs, output) -> None:
    *tensors, ctx.widths = inputs
    ctx.save_for_backward(*tensors)


def _steps_backward(ctx, grad):
    saved = ctx.saved_tensors
    grad_raw, grad_bias, grad_weights = native_steps_backward(grad, *saved, ctx.widths)
    return grad_raw, grad_bias, None, None, None if saved[4] is None else grad_weights, None


native_steps.register_autograd(_steps_backward, setup_context=_keep_steps)


@torch.library.custom_op("pocket_narrator::track_read", mutates_args=())
def native_read(
    y: Tensor,
    gate: Tensor,
    gain: Tensor,
    weights: Tensor | None,
    news: Tensor | None,
    widths: list[int],
    epsilon: float,
) -> Tensor:
    """The C form."""
    y, rows, out = y.contiguous(), Rows(gate), torch.empty(y.shape, dtype=y.dtype)
    heard = None if news is None else news.contiguous()
    native.call(
        f"track_read_forward_{native.suffix(y.dtype)}", **_sizes(y, widths), stride=rows.stride, y=y, gate=rows,
        **_singles(gain=gain, weights=weights), news=heard, out=out, epsilon=epsilon,
    )  # fmt: skip
    return out


@native_read.register_fake
def _(y, gate, gain, weights, news, widths, epsilon):
    return y.new_empty(y.shape)


@torch.library.custom_op("pocket_narrator::track_read_backward", mutates_args=())
def native_read_backward(
    grad: Tensor,
    y: Tensor,
    gate: Tensor,
    gain: Tensor,
    weights: Tensor | None,
    news: Tensor | None,
    widths: list[int],
    epsilon: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Gradients with respect to y, gate, gain, weights and news (empty where there are none)."""
    y, rows, E = y.contiguous(), Rows(gate), y.shape[-1]
    heard = None if news is None else news.contiguous()
    grad_y, grad_gate = torch.empty(y.shape, dtype=y.dtype), torch.empty(y.shape, dtype=y.dtype)
    grad_gain, grad_weights = torch.empty(PARTS, E), torch.empty(*y.shape[:-1], len(widths))
    grad_news = torch.empty(0 if heard is None else y.shape, dtype=y.dtype)
    native.call(
        f"track_read_backward_{native.suffix(y.dtype)}", **_sizes(y, widths), stride=rows.stride, y=y, gate=rows,
        **_singles(gain=gain, weights=weights), news=heard, grad_out=grad.to(y.dtype).contiguous(), grad_y=grad_y,
        grad_gate=grad_gate, grad_gain=grad_gain, grad_weights=grad_weights, grad_news=grad_news, parts=PARTS, epsilon=epsilon,
    )  # fmt: skip
    return grad_y, grad_gate, grad_gain.sum(0), grad_weights, grad_news


@native_read_backward.register_fake
def _(grad, y, gate, gain, weights, news, widths, epsilon):
    new, of_weights = y.new_empty, gain.new_empty(*y.shape[:-1], len(widths))
    return new(y.shape), new(y.shape), gain.new_empty(gain.shape), of_weights, new(0 if news is None else y.shape)


def _keep_read(ctx, inputs, output) -> None:
    *tensors, ctx.widths, ctx.epsilon = inputs
    ctx.save_for_backward(*tensors)


def _read_backward(ctx, grad):
    saved = ctx.saved_tensors
    *found, grad_weights, grad_news = native_read_backward(grad, *saved, ctx.widths, ctx.epsilon)
    no_weights, no_news = (part is None for part in saved[3:])
    return *found, None if no_weights else grad_weights, None if no_news else grad_news, None, None


native_read.register_autograd(_read_backward, setup_context=_keep_read)
