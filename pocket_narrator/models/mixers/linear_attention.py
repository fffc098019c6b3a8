"""Attention without softmax, so that the past fits into one matrix a head: plain and gated.

Legend: B rows, T tokens, C width, H heads, K key width of a head, V value width of a head.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator.models.decoder_program.builder import ProgramBuilder
from pocket_narrator.models.kernels.chunked import linear_recurrence, sum_dtype
from pocket_narrator.models.kernels.tracks import track_read
from pocket_narrator.models.mixers.mixer import Mixer, MixerState
from pocket_narrator.models.positions import positions_in_story, rotation_table
from pocket_narrator.recipe.schema import ModelConfig

EPSILON = 1e-6
CHUNK = 32  # the fastest of 16, 32, 64 and 128 with heads of 32 on a CPU
GATE_RANK = 16  # this and the next: Yang et al. 2024, section 4.4
GATE_TEMPERATURE = 16


@dataclass(slots=True)
class LinearState:
    """Constant in size, however long the story gets."""

    memory_BHKV: Tensor
    seen_B: Tensor  # tokens of the story read so far

    def select(self, rows: Tensor) -> Self:
        return type(self)(self.memory_BHKV[rows], self.seen_B[rows])

    def join(self, other: Self) -> Self:
        return type(self)(torch.cat([self.memory_BHKV, other.memory_BHKV]), torch.cat([self.seen_B, other.seen_B]))


class _Linear(Mixer):
    """What both kinds share: one way through for training, scoring and telling, and the rotation by positions."""

    cosine: Tensor
    sine: Tensor

    def __init__(self, model: ModelConfig, key_width: int, memory_width: int) -> None:
        super().__init__()
        self.heads = model.heads
        self.head_width = model.width // model.heads
        self.key_width = key_width
        self.memory_width = memory_width
        self.rope_base = model.rope_base if model.positions == "rope" else None
        self.out = nn.Linear(model.width, model.width, bias=model.bias)
        if self.rope_base is not None:
            cosine, sine = rotation_table(torch.arange(model.context), key_width, self.rope_base)
            self.register_buffer("cosine", cosine, persistent=False)
            self.register_buffer("sine", sine, persistent=False)

    def forward(self, x_BTC: Tensor, starts_BT: Tensor | None = None, values_BTC: Tensor | None = None) -> Tensor:
        return self._mix(x_BTC, None, starts_BT, None, values_BTC)[0]

    def forward_from(
        self, x_BTC: Tensor, state: MixerState, starts_BT: Tensor | None = None, values_BTC: Tensor | None = None
    ) -> tuple[Tensor, MixerState]:
        assert isinstance(state, LinearState)
        y, state = self._mix(x_BTC, state, starts_BT, None, values_BTC)
        return y, LinearState(state.memory_BHKV.detach(), state.seen_B)

    def start(self, rows: int) -> LinearState:
        weight = self.out.weight
        shape = (rows, self.heads, self.key_width, self.memory_width)
        memory = torch.zeros(shape, dtype=weight.dtype, device=weight.device)
        return LinearState(memory, torch.zeros(rows, dtype=torch.long, device=weight.device))

    def prefill(
        self, x_BTC: Tensor, state: MixerState, lengths_B: Tensor, values_BTC: Tensor | None = None
    ) -> tuple[Tensor, LinearState]:
        assert isinstance(state, LinearState)
        return self._mix(x_BTC, state, None, lengths_B, values_BTC)

    @abstractmethod
    def _mix(
        self,
        x_BTC: Tensor,
        state: LinearState | None,
        starts_BT: Tensor | None,
        lengths_B: Tensor | None,
        values_BTC: Tensor | None,
    ) -> tuple[Tensor, LinearState]:
        """The outputs, and the state after the last token, or after lengths_B of them."""

    def _recur(
        self,
        read: Callable[..., tuple[Tensor, ...]],
        inputs: Sequence[Tensor],
        state: LinearState | None,
        starts_BT: Tensor | None,
        lengths_B: Tensor | None,
    ) -> tuple[Tensor, LinearState]:
        """`read(*inputs, kept, cosine, sine, starts, memory)` gives the outputs and the memory.
        kept [B, T]: which tokens are not padding; none: all. cosine, sine: [B, T, K], none where nothing is rotated."""
        B, T = inputs[0].shape[:2]
        positions = _positions(T, starts_BT, state, inputs[0].device)
        seen, kept, memory = positions[:, -1] + 1, None, None
        if state is not None:
            memory = state.memory_BHKV
            if lengths_B is not None:
                seen = state.seen_B + lengths_B
                kept = positions < seen[:, None] if T > 1 else None
        cosine, sine = self._rotation(positions, B, inputs[0].dtype, in_table=state is None)
        with torch.autocast(inputs[0].device.type, enabled=False):
            y, memory = read(*inputs, kept, cosine, sine, starts_BT, memory)
        return y, LinearState(memory, seen.expand(B))

    def _rotation(
        self, positions: Tensor, B: int, dtype: torch.dtype, in_table: bool
    ) -> tuple[Tensor, Tensor] | tuple[None, None]:
        if self.rope_base is None:
            return None, None
        if in_table and positions.shape[1] <= len(self.cosine):
            cosine, sine = self.cosine[positions], self.sine[positions]
        else:
            cosine, sine = rotation_table(positions, self.key_width, self.rope_base)
        both, signed = torch.cat([cosine, cosine], dim=-1), torch.cat([-sine, sine], dim=-1)
        return both.to(dtype).expand(B, -1, -1), signed.to(dtype).expand(B, -1, -1)


def _positions(T: int, starts_BT: Tensor | None, state: LinearState | None, device: torch.device) -> Tensor:
    """Where tokens stand in their stories: [B, T], or [1, T] where it is the same in all rows."""
    positions = torch.arange(T, device=device)[None] if starts_BT is None else positions_in_story(starts_BT)
    if state is None:
        return positions
    if starts_BT is None:
        return positions + state.seen_B[:, None]
    return positions + state.seen_B[:, None] * (starts_BT.cumsum(1) == 0)


class LinearAttention(_Linear):
    """Linear attention (Katharopoulos et al. 2020): weights are phi(q) phi(k) with phi = elu + 1, divided by their sum.

    With rotary positions the weights are rotated, their sum is not, so that it cannot vanish (Su et al. 2021, eq. 19). The
    last column of the memory is the sum of the key features.
    """

    def __init__(self, model: ModelConfig, index: int = 0) -> None:
        width = model.width // model.heads
        super().__init__(model, key_width=width, memory_width=width + 1)
        self.qkv = nn.Linear(model.width, 3 * model.width, bias=model.bias)

    def compile_into(self, builder: ProgramBuilder, norm: tuple, values: Tensor | None) -> None:
        H, K, C = self.heads, self.key_width, self.out.in_features
        qkv, read = builder.program.rows_of(3 * C), builder.program.rows_of(C)
        builder.product(self.qkv, builder.x, qkv, norm=norm)
        number = builder.recurrence(
            "summed", [H, 1, K, self.head_width], qkv, qkv[:, C:], qkv[:, 2 * C :], read, None, None, None, EPSILON,
            values,
        )  # fmt: skip
        builder.rotate(number, K, self.rope_base)
        builder.product(self.out, read, builder.x, is_added=True)

    def _mix(
        self,
        x_BTC: Tensor,
        state: LinearState | None,
        starts_BT: Tensor | None,
        lengths_B: Tensor | None,
        values_BTC: Tensor | None,
    ) -> tuple[Tensor, LinearState]:
        qkv = _with_values(self.qkv(x_BTC), values_BTC, last=x_BTC.shape[-1])
        y, state = self._recur(self._read, [qkv], state, starts_BT, lengths_B)
        return self.out(y), state

    def _read(
        self,
        qkv: Tensor,
        kept: Tensor | None,
        cosine: Tensor | None,
        sine: Tensor | None,
        starts: Tensor | None,
        memory: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        q, k, v = (_heads_first(x, self.heads) for x in qkv.chunk(3, dim=-1))
        q, k = Features.apply(q), Features.apply(k)
        if kept is not None:
            k = k * kept[..., None, None]
        total, sums = (None, None) if memory is None else memory.split([self.head_width, 1], dim=-1)
        recur = partial(linear_recurrence, starts=starts, chunk=CHUNK)
        weight, sums = recur(q, k, torch.ones_like(v[..., :1]), initial=sums)
        y, total = recur(_rotated(q, cosine, sine), _rotated(k, cosine, sine), v, initial=total)
        return (y * (weight + EPSILON).reciprocal()).flatten(2), torch.cat([total, sums], dim=-1)


class GatedLinearAttention(_Linear):
    """Gated linear attention (Yang et al. 2024): every key channel fades by a rate that each token chooses; outputs are
    normed head by head and gated. Keys are half as wide as values, so that there are 4 C^2 weights as in attention.

    up: makes output gates, the low rank that the rates are made from, queries, keys and values.
    """

    def __init__(self, model: ModelConfig, index: int = 0) -> None:
        width = model.width // model.heads
        super().__init__(model, key_width=width // 2, memory_width=width)
        keys = model.heads * self.key_width
        self.parts = [model.width, GATE_RANK, 2 * keys + model.width]
        self.up = nn.Linear(model.width, sum(self.parts), bias=model.bias)
        self.rates = nn.Linear(GATE_RANK, keys)
        self.head_norm = nn.Parameter(torch.ones(width))
        self.epsilon = model.norm_epsilon

    def compile_into(self, builder: ProgramBuilder, norm: tuple, values: Tensor | None) -> None:
        H, K, C = self.heads, self.key_width, self.out.in_features
        read = builder.program.rows_of(C)
        up, rates = builder.program.rows_of(sum(self.parts)), builder.program.rows_of(H * K)
        builder.product(self.up, builder.x, up, norm=norm)
        builder.product(self.rates, up[:, C:], rates)
        qkv = up[:, C + GATE_RANK :]
        number = builder.recurrence(
            "gated", [H, 1, K, self.head_width], qkv, qkv[:, H * K :], qkv[:, 2 * H * K :], read, rates, up,
            self.head_norm, self.epsilon, values, GATE_TEMPERATURE,
        )  # fmt: skip
        builder.rotate(number, K, self.rope_base)
        builder.product(self.out, read, builder.x, is_added=True)

    def _mix(
        self,
        x_BTC: Tensor,
        state: LinearState | None,
        starts_BT: Tensor | None,
        lengths_B: Tensor | None,
        values_BTC: Tensor | None,
    ) -> tuple[Tensor, LinearState]:
        gate, low_rank, qkv = self.up(x_BTC).split(self.parts, dim=-1)
        qkv = _with_values(qkv, values_BTC, last=x_BTC.shape[-1])
        y, state = self._recur(self._read, [qkv, self.rates(low_rank)], state, starts_BT, lengths_B)
        gain, widths = self.head_norm.repeat(self.heads), [self.head_width] * self.heads
        return self.out(track_read(y.flatten(2), gate, gain, None, widths, self.epsilon)), state

    def _read(
        self,
        qkv: Tensor,
        rates: Tensor,
        kept: Tensor | None,
        cosine: Tensor | None,
        sine: Tensor | None,
        starts: Tensor | None,
        memory: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        parts = qkv.split([rates.shape[-1], rates.shape[-1], self.heads * self.head_width], dim=-1)
        q, k, v = (_heads_first(part, self.heads) for part in parts)
        log_decay = F.logsigmoid(rates.to(sum_dtype(rates))).unflatten(-1, k.shape[2:]) / GATE_TEMPERATURE
        if kept is not None:
            k, log_decay = k * kept[..., None, None], log_decay * kept[..., None, None]
        q, k = _rotated(q, cosine, sine), _rotated(k, cosine, sine)
        return linear_recurrence(q, k, v, log_decay, starts, memory)


class Features(torch.autograd.Function):
    """elu(x) + 1 without its cancellation: positive however low x is. The derivative is the smaller of it and 1."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        y = x.clamp(max=0).exp_().add_(x.relu())
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:  # type: ignore[override]
        return grad * ctx.saved_tensors[0].clamp(max=1)


def _heads_first(x_BTC: Tensor, heads: int) -> Tensor:
    """[B, T, C] to [B, T, H, K] that lies in memory head by head, as the recurrence wants it: every pass is faster."""
    return x_BTC.unflatten(-1, (heads, -1)).transpose(1, 2).contiguous().transpose(1, 2)


def _rotated(x_BTHK: Tensor, cosine: Tensor | None, sine: Tensor | None) -> Tensor:
    """Rotates the pairs (d, d + K/2) by angles [B, T, K], the same in both halves but for the sign of the sine in the first
    (Su et al. 2021, eq. 34)."""
    if cosine is None or sine is None:
        return x_BTHK
    x = x_BTHK.transpose(1, 2)
    return torch.addcmul(x * cosine[:, None], x.roll(x.shape[-1] // 2, -1), sine[:, None]).transpose(1, 2)


def _with_values(projected: Tensor, values_BTC: Tensor | None, last: int) -> Tensor:
    """Adds value embeddings to the `last` columns."""
    if values_BTC is None:
        return projected
    return torch.cat([projected[..., :-last], projected[..., -last:] + values_BTC.to(projected.dtype)], dim=-1)
