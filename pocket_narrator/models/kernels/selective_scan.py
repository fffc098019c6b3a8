"""The selective scan of Mamba (Gu & Dao 2023, section 3.2): one operator; forms in C, in Triton and in plain torch.

    h[t] = exp(d[t] A) h[t-1] + d[t] u[t] B[t],    y[t] = (C[t] h[t] + D u[t]) silu(z[t]),    d = softplus(delta + bias)

Legend: B rows, T tokens, E channels, G groups of channels that share inputs and outputs, N numbers of state a channel.
`rates` is A, `inputs` and `outputs` are B and C, `skip` is D, `gate` is z.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding.arguments import Rows
from pocket_narrator.models.kernels.gpu import GPU_CHUNK, GPU_MAX_STATE, triton_takes

TASKS = 32  # at least this many pieces of work, so that many cores have something to do


def selective_scan(
    u: Tensor,
    delta: Tensor,
    rates: Tensor,
    inputs: Tensor,
    outputs: Tensor,
    skip: Tensor | None = None,
    gate: Tensor | None = None,
    bias: Tensor | None = None,
    starts: Tensor | None = None,
    initial: Tensor | None = None,
    groups: Sequence[int] | None = None,
    softplus: bool = True,
) -> tuple[Tensor, Tensor]:
    """The outputs [B, T, E], in the dtype of u, and the states after the last token [B, N, E], in float32 (float64 for
    float64 inputs).

    u, delta, gate: [B, T, E]. rates: [E, N], or [E, 1] where the states of a channel fade alike; negative. inputs,
    outputs: [B, T, G, N]. skip, bias: [E]. starts: bool [B, T], true where the state is forgotten before the token is read.
    initial: [B, N, E]; none: zeros. groups: the channels of each group, in order; none: all alike. softplus: `delta`
    (and bias) are made positive steps by it; else they are taken as they are.
    """
    E, G = u.shape[-1], inputs.shape[-2]
    groups = list(groups) if groups is not None else [E // G] * G
    assert sum(groups) == E
    assert len(groups) == G
    arguments = (u, delta, rates, inputs, outputs, skip, gate, bias, starts, initial, groups, softplus)
    if not (_c_takes(u, inputs.shape[-1]) or (triton_takes(u) and inputs.shape[-1] <= GPU_MAX_STATE)):
        return selective_scan_reference(*arguments)
    if torch.is_grad_enabled() or torch.compiler.is_compiling():
        y, last, _ = native_scan(*arguments)
    elif u.is_cuda:
        y, last, _ = _triton().forward(*arguments, keep=False)
    else:
        y, last, _ = _forward(*arguments, keep=False)
    return y, last


def _c_takes(u: Tensor, state: int) -> bool:
    served = u.device.type == "cpu" and u.dtype in (torch.float32, torch.bfloat16) and native.available()
    return served and state <= native.constant("MAX_STATE")


def _triton():
    from pocket_narrator.models.kernels.triton import scan as triton_scan

    return triton_scan


def selective_scan_reference(
    u: Tensor,
    delta: Tensor,
    rates: Tensor,
    inputs: Tensor,
    outputs: Tensor,
    skip: Tensor | None,
    gate: Tensor | None,
    bias: Tensor | None,
    starts: Tensor | None,
    initial: Tensor | None,
    groups: Sequence[int],
    softplus: bool,
) -> tuple[Tensor, Tensor]:
    """The same in plain torch, token by token; any dtype and device."""
    dtype = torch.float64 if u.dtype == torch.float64 else torch.float32
    B, T, E = u.shape
    x, d = u.to(dtype), delta.to(dtype)
    if bias is not None:
        d = d + bias
    if softplus:
        d = F.softplus(d, threshold=100.0)
    sizes = torch.tensor(groups, device=u.device)
    inputs_TBNE, outputs_TBNE = (
        part.to(dtype).permute(1, 0, 3, 2).repeat_interleave(sizes, dim=3, output_size=E) for part in (inputs, outputs)
    )
    state = torch.zeros(B, inputs.shape[-1], E, dtype=dtype, device=u.device) if initial is None else initial.to(dtype)
    kept = (
        torch.ones(T, B, 1, 1, dtype=dtype, device=u.device)
        if starts is None
        else (~starts).t().to(dtype)[..., None, None]
    )
    rates_NE = rates.to(dtype).t()
    tokens = zip(
        d.unbind(1), (d * x).unbind(1), inputs_TBNE.unbind(0), outputs_TBNE.unbind(0), kept.unbind(0), strict=True
    )  # unbind: an indexed token would cost a whole gradient tensor each
    read = []
    for d_BE, x_BE, input_BNE, output_BNE, keep in tokens:
        state = torch.exp(d_BE[:, None] * rates_NE) * (state * keep) + x_BE[:, None] * input_BNE
        read.append((state * output_BNE).sum(1))
    y = torch.stack(read, dim=1)
    if skip is not None:
        y = y + skip * x
    if gate is not None:
        y = y * F.silu(gate.to(dtype))
    return y.to(u.dtype), state


# ---- the C form


def _blocks(groups: Sequence[int]) -> tuple[list[int], list[int]]:
    """Where each block of 16 channels begins, with the end of the last, and each block's group."""
    begins, owners, lanes = [], [], native.constant("LANES")
    for group, (end, size) in enumerate(zip(itertools.accumulate(groups), groups, strict=True)):
        for channel in range(end - size, end, lanes):
            begins.append(channel)
            owners.append(group)
    return [*begins, sum(groups)], owners


def _prepare(u, delta, rates, inputs, outputs, skip, gate, bias, starts, groups, softplus) -> dict[str, Any]:
    """What both passes hand over."""
    B, T, E = u.shape
    G, N = inputs.shape[-2:]
    begins, owners = _blocks(groups)
    x, step, z = Rows(u), Rows(delta.to(u.dtype)), None if gate is None else Rows(gate.to(u.dtype))
    read, written = Rows(inputs.to(u.dtype).flatten(2)), Rows(outputs.to(u.dtype).flatten(2))
    return {
        **{"B": B, "T": T, "E": E, "G": G, "N": N, "blocks": len(owners)},
        **{"one_rate": rates.shape[1] == 1 < N, "has_softplus": softplus},
        **{"u_stride": x.stride, "delta_stride": step.stride, "z_stride": 0 if z is None else z.stride},
        **{"input_stride": read.stride, "output_stride": written.stride, "block_start": begins, "block_group": owners},
        "rates": (rates.detach().float().t() * math.log2(math.e)).contiguous(),
        **{"skip": _float(skip), "bias": _float(bias), "starts": None if starts is None else starts.contiguous()},
        **{"u": x, "delta": step, "z": z, "inputs": read, "outputs": written},
        "parts": max(1, min(len(owners), -(-TASKS // B))),  # that the channels are cut into
    }


def _forward(
    u, delta, rates, inputs, outputs, skip, gate, bias, starts, initial, groups, softplus, keep: bool
) -> tuple[Tensor, Tensor, Tensor]:
    B, T, E = u.shape
    N = inputs.shape[-1]
    given = _prepare(u, delta, rates, inputs, outputs, skip, gate, bias, starts, groups, softplus)
    y = torch.empty(B, T, E, dtype=u.dtype)
    last = torch.empty(B, N, E)
    kept = torch.empty(B, -(-T // native.constant("CHUNK")) if keep else 0, N, E)
    native.call(
        f"scan_forward_{native.suffix(u.dtype)}", **given, initial=_float(initial), y=y, last=last, kept=kept if keep else None
    )  # fmt: skip
    return y, last, kept


def _float(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.detach().float().contiguous()


@torch.library.custom_op("pocket_narrator::selective_scan", mutates_args=(), device_types="cpu")
def native_scan(
    u: Tensor,
    delta: Tensor,
    rates: Tensor,
    inputs: Tensor,
    outputs: Tensor,
    skip: Tensor | None,
    gate: Tensor | None,
    bias: Tensor | None,
    starts: Tensor | None,
    initial: Tensor | None,
    groups: list[int],
    softplus: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Outputs, last states, and the states before every chunk [B, chunks, N, E], for the backward pass; here in C."""
    return _forward(u, delta, rates, inputs, outputs, skip, gate, bias, starts, initial, groups, softplus, keep=True)


@native_scan.register_kernel("cuda")
def _(*arguments):
    return _triton().forward(*arguments, keep=True)


@native_scan.register_fake
def _(u, delta, rates, inputs, outputs, skip, gate, bias, starts, initial, groups, softplus):
    B, T, E = u.shape
    N = inputs.shape[-1]
    chunks = -(-T // (GPU_CHUNK if u.is_cuda else native.constant("CHUNK")))
    single = {"dtype": torch.float32}
    return u.new_empty(B, T, E), u.new_empty(B, N, E, **single), u.new_empty(B, chunks, N, E, **single)


@torch.library.custom_op("pocket_narrator::selective_scan_backward", mutates_args=(), device_types="cpu")
def native_scan_backward(
    grad_y: Tensor,
    grad_last: Tensor | None,
    u: Tensor,
    delta: Tensor,
    rates: Tensor,
    inputs: Tensor,
    outputs: Tensor,
    skip: Tensor | None,
    gate: Tensor | None,
    bias: Tensor | None,
    starts: Tensor | None,
    kept: Tensor,
    groups: list[int],
    softplus: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Gradients with respect to u, delta, rates, inputs, outputs, skip, gate, bias and initial; here in C."""
    B, T, E = u.shape
    G, N = inputs.shape[-2:]
    given = _prepare(u, delta, rates, inputs, outputs, skip, gate, bias, starts, groups, softplus)
    grad_last = torch.zeros(B, N, E) if grad_last is None else grad_last.float().contiguous()
    grad_u, grad_delta = torch.empty(B, T, E, dtype=u.dtype), torch.empty(B, T, E, dtype=u.dtype)
    grad_gate = torch.empty(B, T, E, dtype=u.dtype) if gate is not None else torch.empty(0)
    grad_inputs, grad_outputs = torch.empty(given["parts"], B, T, G, N), torch.empty(given["parts"], B, T, G, N)
    grad_rates, grad_skip, grad_bias = torch.empty(B, len(given["rates"]), E), torch.empty(B, E), torch.empty(B, E)
    grad_initial = torch.empty(B, N, E)
    native.call(
        f"scan_backward_{native.suffix(u.dtype)}", **given, kept=kept, grad_y=grad_y.to(u.dtype).contiguous(),
        grad_last=grad_last, grad_u=grad_u, grad_delta=grad_delta, grad_z=grad_gate if gate is not None else None,
        grad_inputs=grad_inputs, grad_outputs=grad_outputs, grad_rates=grad_rates, grad_skip=grad_skip, grad_bias=grad_bias,
        grad_initial=grad_initial,
    )  # fmt: skip
    return (
        grad_u,
        grad_delta.to(delta.dtype),
        grad_rates.sum(0).t().to(rates.dtype).contiguous(),
        grad_inputs.sum(0).to(inputs.dtype),
        grad_outputs.sum(0).to(outputs.dtype),
        grad_skip.sum(0),
        grad_gate if gate is None else grad_gate.to(gate.dtype),
        grad_bias.sum(0),
        grad_initial,
    )


@native_scan_backward.register_kernel("cuda")
def _(*arguments):
    return _triton().backward(*arguments)


@native_scan_backward.register_fake
def _(grad_y, grad_last, u, delta, rates, inputs, outputs, skip, gate, bias, starts, kept, groups, softplus):
    B, _, E = u.shape
    channels = rates.new_empty(E, dtype=torch.float32)
    like = torch.empty_like
    return (
        u.new_empty(u.shape),
        delta.new_empty(delta.shape),
        rates.new_empty(rates.shape),
        inputs.new_empty(inputs.shape),
        outputs.new_empty(outputs.shape),
        channels,
        u.new_empty(0) if gate is None else gate.new_empty(gate.shape),
        like(channels),
        channels.new_empty(B, inputs.shape[-1], E),
    )


def _keep_for_backward(ctx, inputs, output) -> None:
    *tensors, initial, ctx.groups, ctx.softplus = inputs
    ctx.has_initial = initial is not None
    ctx.save_for_backward(*tensors, output[2])
    ctx.mark_non_differentiable(output[2])
    ctx.set_materialize_grads(False)


def _backward(ctx, grad_y, grad_last, _):
    *tensors, kept = ctx.saved_tensors
    skip, gate, bias = tensors[5], tensors[6], tensors[7]
    if grad_y is None:
        grad_y = torch.zeros_like(tensors[0])
    grads = list(native_scan_backward(grad_y, grad_last, *tensors, kept, ctx.groups, ctx.softplus))
    for place, given in ((5, skip), (6, gate), (7, bias)):
        if given is None:
            grads[place] = None
    return *grads[:8], None, grads[8] if ctx.has_initial else None, None, None


native_scan.register_autograd(_backward, setup_context=_keep_for_backward)
