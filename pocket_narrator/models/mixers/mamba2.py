"""Mamba-2 (Dao & Gu 2024): a state-space layer with one decay a head, so that it is made of matrix products."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator.models.decoder_program.builder import ProgramBuilder
from pocket_narrator.models.kernels.chunked import linear_recurrence, sum_dtype
from pocket_narrator.models.kernels.convolution import short_convolution
from pocket_narrator.models.kernels.pointwise import activation, norm
from pocket_narrator.models.mixers.mamba import initialise_convolution, inverse_softplus, log_uniform
from pocket_narrator.models.mixers.state_space import StateSpaceMixer, StateSpaceState, mask_past_the_end, recent_inputs
from pocket_narrator.recipe.schema import ModelConfig

STEP_RANGE = 1e-3, 0.1  # this and the next: what the reference begins with
RATE_RANGE = 1.0, 16.0


class Mamba2(StateSpaceMixer):
    """One Mamba-2 block without its norm. Legend: E channels, H heads of E / H channels, G groups of heads, N state size.

    up: makes each token's gates (E), channels (E), input vectors (G N), output vectors (G N) and steps (H), in this order.
    convolution: over channels, inputs and outputs. log_rates: log(-A), [H]. skip: D, [H]. norm: of the gated outputs, group by
    group, [E].
    """

    def __init__(self, model: ModelConfig, index: int = 0) -> None:
        super().__init__()
        options = model.mamba2
        self.channels = options.expand * model.width
        self.heads = self.channels // options.head_width
        self.groups, self.state_size, self.chunk = options.groups, options.state_size, options.chunk
        self.epsilon = model.norm_epsilon
        shared = options.groups * options.state_size
        self.selected = [self.channels, shared, shared]
        self.parts = [self.channels, self.channels + 2 * shared, self.heads]
        self.up = nn.Linear(model.width, sum(self.parts), bias=False)
        self.convolution = nn.Parameter(torch.empty(self.parts[1], options.convolution))
        self.convolution_bias = nn.Parameter(torch.empty(self.parts[1]))
        self.step_bias = nn.Parameter(torch.empty(self.heads))
        self.log_rates = nn.Parameter(torch.empty(self.heads))
        self.skip = nn.Parameter(torch.empty(self.heads))
        self.norm = nn.Parameter(torch.ones(self.channels))
        self.out = nn.Linear(self.channels, model.width, bias=False)

    def initialise(self) -> None:
        """The reference's own: products uniform in 1 / sqrt(fan in), rates uniform and first steps log-uniform between two
        bounds."""
        for product in (self.up, self.out):
            nn.init.uniform_(product.weight, -(product.in_features**-0.5), product.in_features**-0.5)
        initialise_convolution(self.convolution, self.convolution_bias)
        self.step_bias.data.copy_(inverse_softplus(log_uniform(self.heads, *STEP_RANGE)))
        self.log_rates.data.uniform_(*RATE_RANGE).log_()
        nn.init.ones_(self.skip)

    def start(self, rows: int) -> StateSpaceState:
        like = {"dtype": self.skip.dtype, "device": self.skip.device}
        recent = torch.zeros(rows, self.convolution.shape[1] - 1, self.parts[1], **like)
        head_width = self.channels // self.heads
        return StateSpaceState(recent, torch.zeros(rows, self.heads, self.state_size, head_width, **like))

    def compile_into(self, builder: ProgramBuilder, norm: tuple, values: Tensor | None) -> None:
        E, H, N = self.channels, self.heads, self.state_size
        shared = self.groups * N
        projected = builder.program.rows_of(sum(self.parts))
        builder.product(self.up, builder.x, projected, norm=norm)
        u = builder.convolution(projected[:, E:], self.parts[1], self.convolution, self.convolution_bias)
        scales = torch.cat([self.step_bias, -self.log_rates.exp(), self.skip])
        steps = projected[:, E + self.parts[1] :]
        read = builder.program.rows_of(E)
        builder.recurrence(
            "stepped",
            [H, H // self.groups, N, E // H],
            u[:, E + shared :],
            u[:, E:],
            u,
            read,
            steps,
            projected,
            scales,
        )
        parts = ("rms", self.norm, None, self.epsilon)
        builder.product(self.out, read, builder.x, is_added=True, norm=parts, norm_width=E // self.groups)

    def _mix(
        self, x_BTC: Tensor, state: StateSpaceState | None, starts_BT: Tensor | None, lengths_B: Tensor | None
    ) -> tuple[Tensor, StateSpaceState | None]:
        before, memory = (None, None) if state is None else (state.recent_BKE, state.memory)
        gate, v, delta = self.up(x_BTC).split(self.parts, dim=-1)
        u = short_convolution(v, self.convolution, self.convolution_bias, starts_BT, before)
        y, memory = self._recur(u, mask_past_the_end(delta, lengths_B), starts_BT, memory)
        y = activation(torch.cat([gate, y], dim=-1), "swiglu").to(sum_dtype(y))
        widths = [self.channels // self.groups] * self.groups
        parts = zip(y.split(widths, dim=-1), self.norm.split(widths), strict=True)
        y = torch.cat([norm(part, gain, None, False, self.epsilon) for part, gain in parts], dim=-1)
        if before is None:
            return self.out(y), None
        return self.out(y), StateSpaceState(recent_inputs(before, v, lengths_B, starts_BT), memory)

    def _recur(self, u: Tensor, delta: Tensor, starts: Tensor | None, memory: Tensor | None) -> tuple[Tensor, Tensor]:
        """From the convolution's output [B, T, E + 2 G N] to the recurrence's [B, T, E], and the new memory."""
        x, inputs, outputs = u.split(self.selected, dim=-1)
        x = x.unflatten(-1, (self.heads, -1)).transpose(1, 2).contiguous().transpose(1, 2)  # dense head by head
        inputs, outputs = (part.unflatten(-1, (self.groups, -1)) for part in (inputs, outputs))
        delta = delta.to(sum_dtype(delta))  # bf16 would lose the slow ones
        steps = F.softplus(delta + self.step_bias, threshold=100.0)
        written, log_decay = x * steps[..., None].to(x.dtype), -self.log_rates.exp() * steps
        y, memory = linear_recurrence(outputs, inputs, written, log_decay, starts, memory, self.chunk)
        return torch.addcmul(y, x, self.skip[:, None].to(x.dtype)).flatten(2), memory
