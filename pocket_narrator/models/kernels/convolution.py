"""The short causal convolution, channel by channel, with SiLU, of the Mamba family: in C, in Triton and in plain torch.

Legend: B rows, T tokens, E channels, K tokens that an output sees.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding.arguments import Rows
from pocket_narrator.models.kernels.gpu import GPU_MAX_TAPS, triton_takes


def short_convolution(
    x: Tensor, weight: Tensor, bias: Tensor | None, starts: Tensor | None = None, before: Tensor | None = None
) -> Tensor:
    """silu(bias + sum over k of weight[:, K - 1 - k] x[t - k]): [B, T, E], in the dtype of x.

    x: [B, T, E]. weight: [E, K], the newest token's last. starts: bool [B, T]; nothing is read from before a start.
    before: [B, K - 1, E], what lies before the first token; none: zeros.
    """
    taps = weight.shape[1]
    if not (_c_takes(x, taps) or (triton_takes(x) and taps <= GPU_MAX_TAPS)):
        return short_convolution_reference(x, weight, bias, starts, before)
    if torch.is_grad_enabled() or torch.compiler.is_compiling():
        return native_convolution(x, weight, bias, starts, before)
    return (_triton().forward if x.is_cuda else _forward)(x, weight, bias, starts, before)


def _c_takes(x: Tensor, taps: int) -> bool:
    served = x.device.type == "cpu" and x.dtype in (torch.float32, torch.bfloat16) and native.available()
    return served and taps <= native.constant("MAX_TAPS")


def _triton():
    from pocket_narrator.models.kernels.triton import convolution as triton_convolution

    return triton_convolution


def short_convolution_reference(
    x: Tensor, weight: Tensor, bias: Tensor | None, starts: Tensor | None, before: Tensor | None
) -> Tensor:
    """The same in plain torch; any dtype and device."""
    B, T, E = x.shape
    K = weight.shape[1]
    dtype = torch.float64 if x.dtype == torch.float64 else torch.float32
    padding = torch.zeros(B, K - 1, E, dtype=dtype, device=x.device) if before is None else before.to(dtype)
    row = torch.cat([padding, x.to(dtype)], dim=1)
    story = torch.zeros(B, T, device=x.device) if starts is None else starts.cumsum(1)
    story = F.pad(story, (K - 1, 0))
    total = torch.zeros((), dtype=dtype, device=x.device) if bias is None else bias.to(dtype)
    for k in range(K):
        first = K - 1 - k
        same = (story[:, first : first + T] == story[:, K - 1 :])[..., None]
        total = total + weight[:, first].to(dtype) * (row[:, first : first + T] * same)
    return F.silu(total).to(x.dtype)


def _prepare(
    x: Tensor, weight: Tensor, bias: Tensor | None, starts: Tensor | None, before: Tensor | None
) -> dict[str, object]:
    """What both passes hand over."""
    B, T, E = x.shape
    rows = Rows(x)
    return {
        **{"B": B, "T": T, "E": E, "K": weight.shape[1], "stride": rows.stride, "x": rows},
        "weight": weight.detach().float().flip(1).t().contiguous(),
        "bias": None if bias is None else bias.detach().float().contiguous(),
        "starts": None if starts is None else starts.contiguous(),
        "before": None if before is None else before.detach().to(x.dtype).contiguous(),
    }


def _forward(x: Tensor, weight: Tensor, bias: Tensor | None, starts: Tensor | None, before: Tensor | None) -> Tensor:
    y = torch.empty(x.shape, dtype=x.dtype)
    native.call(f"convolution_forward_{native.suffix(x.dtype)}", **_prepare(x, weight, bias, starts, before), y=y)
    return y


@torch.library.custom_op("pocket_narrator::short_convolution", mutates_args=(), device_types="cpu")
def native_convolution(
    x: Tensor, weight: Tensor, bias: Tensor | None, starts: Tensor | None, before: Tensor | None
) -> Tensor:
    """As `short_convolution`; here in C."""
    return _forward(x, weight, bias, starts, before)


@native_convolution.register_kernel("cuda")
def _(*arguments):
    return _triton().forward(*arguments)


@native_convolution.register_fake
def _(x, weight, bias, starts, before):
    return x.new_empty(x.shape)


@torch.library.custom_op("pocket_narrator::short_convolution_backward", mutates_args=(), device_types="cpu")
def native_convolution_backward(
    grad_y: Tensor, x: Tensor, weight: Tensor, bias: Tensor | None, starts: Tensor | None, before: Tensor | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gradients with respect to x, weight, bias and before; here in C."""
    B, _, E = x.shape
    K = weight.shape[1]
    grad_x = torch.empty(x.shape, dtype=x.dtype)
    grad_before = torch.empty(B, K - 1, E, dtype=x.dtype)
    grad_weight, grad_bias = torch.empty(B, K, E), torch.empty(B, E)
    native.call(
        f"convolution_backward_{native.suffix(x.dtype)}", **_prepare(x, weight, bias, starts, before),
        grad_y=grad_y.to(x.dtype).contiguous(), grad_x=grad_x, grad_before=grad_before, grad_weight=grad_weight, grad_bias=grad_bias,
    )  # fmt: skip
    return grad_x, grad_weight.sum(0).flip(0).t().contiguous(), grad_bias.sum(0), grad_before


@native_convolution_backward.register_kernel("cuda")
def _(*arguments):
    return _triton().backward(*arguments)


@native_convolution_backward.register_fake
def _(grad_y, x, weight, bias, starts, before):
    B, _, E = x.shape
    K = weight.shape[1]
    return x.new_empty(x.shape), weight.new_empty(E, K), weight.new_empty(E), x.new_empty(B, K - 1, E)


def _keep_for_backward(ctx, inputs, output) -> None:
    ctx.save_for_backward(*inputs)


def _backward(ctx, grad_y):
    x, weight, bias, starts, before = ctx.saved_tensors
    grad_x, grad_weight, grad_bias, grad_before = native_convolution_backward(grad_y, x, weight, bias, starts, before)
    return (
        grad_x,
        grad_weight,
        grad_bias if bias is not None else None,
        None,
        grad_before if before is not None else None,
    )


native_convolution.register_autograd(_backward, setup_context=_keep_for_backward)
