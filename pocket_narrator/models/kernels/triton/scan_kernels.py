# pyright: reportMissingImports=false
"""The Triton kernels of the selective scan; scan.py calls them.

A program is one warp. It takes one row and a block of channels, holds their states [N, channels] in registers in float32,
and walks through the tokens. What makes it fast:

- Nothing of size [T, E, N] touches memory. u, delta and gate are read once a pass, by lanes that lie side by side along the
  channels; the forward pass keeps the states before every CHUNK tokens, the backward pass computes the others again.
- A number of state costs an exp2 and about four multiply-adds a token forward, two to three exp2 and some twenty of them
  backward. A channel, which has N such numbers, moves some ten bytes a token forward and thirty backward. So once
  memory's delay is hidden, instructions are the limit and not bytes. To hide it, a program reads PART tokens before it
  uses any. The states inside a PART stay in registers, because the loop over it is unrolled. Backward, 8 tokens of them are
  too many: 768 bytes a lane went through memory, and the pass took 1.6 times as long on an H200 as with 4.
- Forward, a lane holds all N numbers of one channel, so that sums over N need no exchange between lanes. Backward, there
  are sums over channels as well (the gradients of inputs and outputs); a lane holds N / 4 numbers of 4 channels, so that
  both kinds of sums are mostly inside a lane. Triton chooses so because there, and only there, ALIGNED tells it that four
  channels can be loaded at once. Rates are [N, E] for the same reason: another order in memory would mean a second layout,
  and every state computed twice.
- The sums over channels are finished by torch: each block writes its own, and they are added up always in the same order.
  Atomic additions would give other bits on every run.
- Tokens are not split between programs. With fewer than about four programs (rows x channels / BLOCK) a multiprocessor
  that would pay, although a second pass of exp2 is its price.

Legend: as in selective_scan.py; h states, g their gradients, carried from the end to the beginning.
"""

import triton
import triton.language as tl

LOG2_E = tl.constexpr(1.4426950408889634)
LN_2 = tl.constexpr(0.6931471805599453)


@triton.jit
def _read(pointers, stride, row_token, first, T, mask, PART: tl.constexpr):
    """PART tokens from `first` on, as floats; zeros past the end."""
    tokens = ()
    for i in tl.static_range(PART):
        at = pointers + (row_token + first + i) * stride
        tokens = tokens + (tl.load(at, mask=mask & (first + i < T), other=0.0).to(tl.float32),)
    return tokens


@triton.jit
def _forget(starts, row_token, t, T):
    """What is added to a token's exponents: minus infinity where a story starts."""
    if starts is None:
        exponent = 0.0
    else:
        start = tl.load(starts + row_token + t, mask=t < T, other=0)
        exponent = tl.where(start != 0, -float("inf"), 0.0)
    return exponent


@triton.jit
def _step(delta, bias, alive, SOFTPLUS: tl.constexpr):
    """The step d and its slope; both 0 past the end, which holds the state.

    log(1 + r) is 2 artanh(r / (2 + r)), whose series keeps all digits of small steps.
    """
    d = delta + bias
    slope = tl.full(d.shape, 1.0, tl.float32)
    if SOFTPLUS:
        r = tl.exp2(tl.abs(d) * -LOG2_E)
        s = r / (2.0 + r)
        q = s * s
        series = 1 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11 + q * (1 / 13))))))
        slope = tl.where(d >= 0, 1.0, r) / (1.0 + r)
        d = tl.maximum(d, 0.0) + 2 * s * series
    return tl.where(alive, d, 0.0), tl.where(alive, slope, 0.0)


@triton.jit
def _recur(h, decay, x, B):
    return decay * h + x[None, :] * B[:, None]


@triton.jit
def _block_of(block, begins, owners, BLOCK: tl.constexpr, ALIGNED: tl.constexpr):
    """The channels of a block, which of them are real, and their group. ALIGNED: every block begins at a multiple of BLOCK
    and is full; Triton then loads four channels at once, and gives a lane four of them."""
    e = tl.load(begins + block)
    end = tl.load(begins + block + 1)
    if ALIGNED:
        e = tl.multiple_of(e, BLOCK)
        end = e + BLOCK
    e = e + tl.arange(0, BLOCK)
    return e, e < end, tl.load(owners + block)


@triton.jit
def _rates(rates, e, n, inside, E, N: tl.constexpr, ONE_RATE: tl.constexpr):
    """A log2(e): [STATE, BLOCK], or [1, BLOCK] where the states of a channel fade alike."""
    if ONE_RATE:
        A = tl.load(rates + e[None, :], mask=inside[None, :], other=0.0)
    else:
        A = tl.load(rates + n[:, None] * E + e[None, :], mask=(n < N)[:, None] & inside[None, :], other=0.0)
    return A.to(tl.float32) * LOG2_E


@triton.jit
def _channels(pointer, e, inside):
    """One number a channel, as a float; zeros where there are none."""
    if pointer is None:
        values = tl.zeros(e.shape, tl.float32)
    else:
        values = tl.load(pointer + e, mask=inside, other=0.0).to(tl.float32)
    return values


@triton.jit
def forward_kernel(
    u, delta, rates, inputs, outputs, skip, gate, bias, starts, initial, y, last, kept, begins, owners,
    u_stride, delta_stride, gate_stride, inputs_stride, outputs_stride, T, E, chunks, blocks,
    N: tl.constexpr, STATE: tl.constexpr, ONE_RATE: tl.constexpr, SOFTPLUS: tl.constexpr,
    ALIGNED: tl.constexpr, BLOCK: tl.constexpr, PART: tl.constexpr, CHUNK: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0).to(tl.int64)
    row = program // blocks
    e, inside, group = _block_of(program % blocks, begins, owners, BLOCK, ALIGNED)
    n = tl.arange(0, STATE)
    cells = n[:, None] * E + e[None, :]
    real = (n < N)[:, None] & inside[None, :]
    token = row * T
    A = _rates(rates, e, n, inside, E, N, ONE_RATE)
    D, shift = _channels(skip, e, inside), _channels(bias, e, inside)
    h = tl.zeros([STATE, BLOCK], tl.float32)
    if initial is not None:
        h = tl.load(initial + row * N * E + cells, mask=real, other=0.0).to(tl.float32)

    for first in range(0, T, PART):
        if kept is not None and first % CHUNK == 0:
            tl.store(kept + (row * chunks + first // CHUNK) * N * E + cells, h, mask=real)
        us = _read(u + e, u_stride, token, first, T, inside, PART)
        deltas = _read(delta + e, delta_stride, token, first, T, inside, PART)
        if gate is not None:
            gates = _read(gate + e, gate_stride, token, first, T, inside, PART)
        Bs = _read(inputs + group * N + n, inputs_stride, token, first, T, n < N, PART)
        Cs = _read(outputs + group * N + n, outputs_stride, token, first, T, n < N, PART)
        ys = ()
        for i in tl.static_range(PART):
            d, _ = _step(deltas[i], shift, first + i < T, SOFTPLUS)
            decay = tl.exp2(d[None, :] * A + _forget(starts, token, first + i, T))
            h = _recur(h, decay, d * us[i], Bs[i])
            out = tl.sum(h * Cs[i][:, None], 0) + D * us[i]
            if gate is not None:
                out = out * gates[i] * tl.sigmoid(gates[i])
            ys = ys + (out,)
        for i in tl.static_range(PART):
            tl.store(y + (token + first + i) * E + e, ys[i], mask=inside & (first + i < T))
    tl.store(last + row * N * E + cells, h, mask=real)


@triton.jit
def backward_kernel(
    grad_y, grad_last, u, delta, rates, inputs, outputs, skip, gate, bias, starts, kept,
    grad_u, grad_delta, grad_rates, grad_inputs, grad_outputs, grad_skip, grad_gate, grad_bias, grad_initial,
    begins, owners, grad_y_stride, u_stride, delta_stride, gate_stride, inputs_stride, outputs_stride,
    T, E, chunks, blocks, rows,
    N: tl.constexpr, STATE: tl.constexpr, ONE_RATE: tl.constexpr, SOFTPLUS: tl.constexpr,
    ALIGNED: tl.constexpr, BLOCK: tl.constexpr, PART: tl.constexpr, CHUNK: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0).to(tl.int64)
    row = program // blocks
    block = program % blocks
    e, inside, group = _block_of(block, begins, owners, BLOCK, ALIGNED)
    n = tl.arange(0, STATE)
    cells = n[:, None] * E + e[None, :]
    real = (n < N)[:, None] & inside[None, :]
    token = row * T
    A = _rates(rates, e, n, inside, E, N, ONE_RATE)
    D, shift = _channels(skip, e, inside), _channels(bias, e, inside)
    g = tl.zeros([STATE, BLOCK], tl.float32)
    if grad_last is not None:
        g = tl.load(grad_last + row * N * E + cells, mask=real, other=0.0).to(tl.float32)
    rate_sums = tl.zeros([STATE, BLOCK], tl.float32)
    skip_sum = tl.zeros([BLOCK], tl.float32)
    bias_sum = tl.zeros([BLOCK], tl.float32)

    parts = tl.cdiv(T, PART)
    for passed in range(parts):
        first = (parts - 1 - passed) * PART
        chunk = first // CHUNK
        h = tl.load(kept + (row * chunks + chunk) * N * E + cells, mask=real, other=0.0)
        for earlier in range(chunk * CHUNK, first, PART):
            us = _read(u + e, u_stride, token, earlier, T, inside, PART)
            deltas = _read(delta + e, delta_stride, token, earlier, T, inside, PART)
            Bs = _read(inputs + group * N + n, inputs_stride, token, earlier, T, n < N, PART)
            for i in tl.static_range(PART):
                d, _ = _step(deltas[i], shift, True, SOFTPLUS)
                decay = tl.exp2(d[None, :] * A + _forget(starts, token, earlier + i, T))
                h = _recur(h, decay, d * us[i], Bs[i])

        # Again what the forward pass did, and what the gate needs of it.
        us = _read(u + e, u_stride, token, first, T, inside, PART)
        deltas = _read(delta + e, delta_stride, token, first, T, inside, PART)
        grads = _read(grad_y + e, grad_y_stride, token, first, T, inside, PART)
        if gate is not None:
            gates = _read(gate + e, gate_stride, token, first, T, inside, PART)
        Bs = _read(inputs + group * N + n, inputs_stride, token, first, T, n < N, PART)
        Cs = _read(outputs + group * N + n, outputs_stride, token, first, T, n < N, PART)
        states = (h,)
        ds, slopes, ungated = (), (), ()
        for i in tl.static_range(PART):
            alive = first + i < T
            d, slope = _step(deltas[i], shift, alive, SOFTPLUS)
            decay = tl.exp2(d[None, :] * A + _forget(starts, token, first + i, T))
            h = _recur(h, decay, d * us[i], Bs[i])
            grad = grads[i]
            if gate is not None:
                z = gates[i]
                opened = tl.sigmoid(z)
                out = tl.sum(h * Cs[i][:, None], 0) + D * us[i]
                grad_z = grad * out * opened * (1 + z * (1 - opened))
                tl.store(grad_gate + (token + first + i) * E + e, grad_z, mask=inside & alive)
                grad = grad * z * opened
            states = states + (h,)
            ds, slopes, ungated = ds + (d,), slopes + (slope,), ungated + (grad,)

        for i in tl.static_range(PART - 1, -1, -1):
            alive = first + i < T
            d, grad = ds[i], ungated[i]
            carried = g + grad[None, :] * Cs[i][:, None]  # the gradient of the state after this token
            grad_B = tl.sum(carried * (d * us[i])[None, :], 1)
            grad_C = tl.sum(grad[None, :] * states[i + 1], 1)
            grad_x = tl.sum(carried * Bs[i][:, None], 0)
            g = carried * tl.exp2(d[None, :] * A + _forget(starts, token, first + i, T))  # cheaper than to keep it
            exponent = g * states[i]  # the gradient of d A
            rate_sums += exponent * d[None, :]
            grad_d = (tl.sum(exponent * A, 0) * LN_2 + grad_x * us[i]) * slopes[i]
            at = (token + first + i) * E + e
            tl.store(grad_delta + at, grad_d, mask=inside & alive)
            tl.store(grad_u + at, grad_x * d + grad * D, mask=inside & alive)
            at = ((block * rows + row) * T + first + i) * N + n
            tl.store(grad_inputs + at, grad_B, mask=(n < N) & alive)
            tl.store(grad_outputs + at, grad_C, mask=(n < N) & alive)
            bias_sum += grad_d
            skip_sum += grad * us[i]

    if ONE_RATE:
        tl.store(grad_rates + row * E + e, tl.sum(rate_sums, 0), mask=inside)
    else:
        tl.store(grad_rates + row * N * E + cells, rate_sums, mask=real)
    tl.store(grad_skip + row * E + e, skip_sum, mask=inside)
    tl.store(grad_bias + row * E + e, bias_sum, mask=inside)
    tl.store(grad_initial + row * N * E + cells, g, mask=real)
