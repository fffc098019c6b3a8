"""Norms and activations that pass over memory once; in plain torch each is several passes on a CPU.

Legend: N tokens (any leading shape), C width, F hidden width.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels import native

NORM_PARTS = 32  # fixed blocks of tokens that a gain's gradient is summed over


def norm(x: Tensor, gain: Tensor, bias: Tensor | None, centred: bool, epsilon: float) -> Tensor:
    """LayerNorm (centred) or RMSNorm over the last dimension. Under autocast the result has the autocast dtype."""
    dtype = torch.get_autocast_dtype(x.device.type) if torch.is_autocast_enabled(x.device.type) else x.dtype
    if x.device.type == "cpu" and x.dtype == torch.float32 and dtype != torch.float16 and native.available():
        form = native_norm if torch.is_grad_enabled() or torch.compiler.is_compiling() else _norm_forward
        return form(x.contiguous(), gain, bias, centred, epsilon, dtype)[0]
    return norm_reference(x, gain, bias, centred, epsilon).to(dtype)


def norm_reference(x: Tensor, gain: Tensor, bias: Tensor | None, centred: bool, epsilon: float) -> Tensor:
    """The same in plain torch."""
    width = (x.shape[-1],)
    if centred:
        return F.layer_norm(x, width, gain.to(x.dtype), None if bias is None else bias.to(x.dtype), epsilon)
    return F.rms_norm(x, width, gain.to(x.dtype), epsilon)


def activation(hidden: Tensor, kind: str) -> Tensor:
    """`gelu` (tanh form), `squared_relu` [.., F] -> [.., F], or `swiglu` [.., 2 F] -> [.., F], gates first."""
    width = hidden.shape[-1] // (2 if kind == "swiglu" else 1)
    supported = hidden.dtype in (torch.float32, torch.bfloat16) and width >= 16
    if hidden.device.type == "cpu" and supported and native.available():
        return native_activation(hidden.contiguous(), kind)
    return activation_reference(hidden, kind)


def activation_reference(hidden: Tensor, kind: str) -> Tensor:
    """The same in plain torch."""
    if kind == "swiglu":  # Shazeer 2020
        gate, value = hidden.chunk(2, dim=-1)
        return F.silu(gate) * value
    if kind == "gelu":
        return F.gelu(hidden, approximate="tanh")
    return F.relu(hidden).square()  # So et al. 2021 (Primer)


def _norm_forward(
    x: Tensor, gain: Tensor, bias: Tensor | None, centred: bool, epsilon: float, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    width = x.shape[-1]
    rows = x.numel() // width
    y = torch.empty_like(x, dtype=dtype)
    statistics = x.new_empty(rows, 2)
    native.call(
        f"norm_forward_{native.suffix(dtype)}", x=x, gain=gain, bias=bias, y=y, statistics=statistics, N=rows, C=width,
        centred=centred, epsilon=epsilon,
    )  # fmt: skip
    return y, statistics


@torch.library.custom_op("pocket_narrator::norm", mutates_args=())
def native_norm(
    x: Tensor, gain: Tensor, bias: Tensor | None, centred: bool, epsilon: float, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """The C form: the result, and mean and inverse deviation of each token [N, 2]."""
    return _norm_forward(x, gain, bias, centred, epsilon, dtype)


@native_norm.register_fake
def _(x, gain, bias, centred, epsilon, dtype):
    return torch.empty_like(x, dtype=dtype), x.new_empty(x.numel() // x.shape[-1], 2)


@torch.library.custom_op("pocket_narrator::norm_backward", mutates_args=())
def native_norm_backward(
    grad_y: Tensor, x: Tensor, gain: Tensor, statistics: Tensor, centred: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients with respect to x, gain and bias."""
    width = x.shape[-1]
    rows = x.numel() // width
    grad_x = torch.empty_like(x)
    grad_gain, grad_bias = x.new_empty(NORM_PARTS, width), x.new_empty(NORM_PARTS, width)
    native.call(
        f"norm_backward_{native.suffix(grad_y.dtype)}", grad_y=grad_y.contiguous(), x=x, gain=gain, statistics=statistics,
        grad_x=grad_x, grad_gain=grad_gain, grad_bias=grad_bias, N=rows, C=width, centred=centred, parts=NORM_PARTS,
    )  # fmt: skip
    return grad_x, grad_gain.sum(0), grad_bias.sum(0)


@native_norm_backward.register_fake
def _(grad_y, x, gain, statistics, centred):
    return torch.empty_like(x), torch.empty_like(gain), torch.empty_like(gain)


def _keep_norm(ctx, inputs, output) -> None:
    x, gain, bias, ctx.centred, *_ = inputs
    ctx.has_bias = bias is not None
    ctx.save_for_backward(x, gain, output[1])
    ctx.mark_non_differentiable(output[1])


def _norm_backward(ctx, grad_y, _):
    grad_x, grad_gain, grad_bias = native_norm_backward(grad_y, *ctx.saved_tensors, ctx.centred)
    return grad_x, grad_gain, grad_bias if ctx.has_bias else None, None, None, None


native_norm.register_autograd(_norm_backward, setup_context=_keep_norm)


@torch.library.custom_op("pocket_narrator::activation", mutates_args=())
def native_activation(hidden: Tensor, kind: str) -> Tensor:
    """The C form."""
    width = hidden.shape[-1] // (2 if kind == "swiglu" else 1)
    rows = hidden.numel() // hidden.shape[-1]
    out = hidden.new_empty(*hidden.shape[:-1], width)
    native.call(f"activation_forward_{native.suffix(hidden.dtype)}", hidden=hidden, out=out, N=rows, F=width, kind=kind)
    return out


@native_activation.register_fake
def _(hidden, kind):
    return hidden.new_empty(*hidden.shape[:-1], hidden.shape[-1] // (2 if kind == "swiglu" else 1))


@torch.library.custom_op("pocket_narrator::activation_backward", mutates_args=())
def native_activation_backward(grad_out: Tensor, hidden: Tensor, kind: str) -> Tensor:
    """The gradient with respect to hidden."""
    width = grad_out.shape[-1]
    rows = grad_out.numel() // width
    grad_hidden = torch.empty_like(hidden)
    native.call(
        f"activation_backward_{native.suffix(hidden.dtype)}", grad_out=grad_out.contiguous(), hidden=hidden,
        grad_hidden=grad_hidden, N=rows, F=width, kind=kind,
    )  # fmt: skip
    return grad_hidden


@native_activation_backward.register_fake
def _(grad_out, hidden, kind):
    return torch.empty_like(hidden)


def _keep_activation(ctx, inputs, output) -> None:
    hidden, ctx.kind = inputs
    ctx.save_for_backward(hidden)


def _activation_backward(ctx, grad_out):
    return native_activation_backward(grad_out, ctx.saved_tensors[0], ctx.kind), None


native_activation.register_autograd(_activation_backward, setup_context=_keep_activation)
