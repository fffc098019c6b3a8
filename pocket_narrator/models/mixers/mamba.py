"""Mamba (Gu & Dao 2023): a short convolution, then a state whose decay, input and output each token chooses."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator.models.decoder_program.builder import ProgramBuilder, columns, padded
from pocket_narrator.models.kernels.convolution import short_convolution
from pocket_narrator.models.kernels.selective_scan import selective_scan
from pocket_narrator.models.mixers.mixer import Memory
from pocket_narrator.models.mixers.state_space import StateSpaceMixer, StateSpaceState, mask_past_the_end, recent_inputs
from pocket_narrator.recipe.mixers.mamba import step_rank
from pocket_narrator.recipe.schema import ModelConfig

SMALLEST_STEP = 1e-4


class Mamba(StateSpaceMixer):
    """One Mamba-1 block without its norm. Legend: E channels, N state size, R step rank, K tokens that the convolution sees.

    up: makes the channels and their gates. select: makes each token's step (through rank R), input and output vectors.
    log_rates: log(-A), [E, N]. skip: D, [E].
    """

    def __init__(self, model: ModelConfig, index: int = 0) -> None:
        super().__init__()
        options = model.mamba
        self.channels = options.expand * model.width
        self.sizes = [step_rank(model), options.state_size, options.state_size]
        self.step_range = (options.shortest_step, options.longest_step)
        self.up = nn.Linear(model.width, 2 * self.channels, bias=False)
        self.convolution = nn.Parameter(torch.empty(self.channels, options.convolution))
        self.convolution_bias = nn.Parameter(torch.empty(self.channels))
        self.select = nn.Linear(self.channels, sum(self.sizes), bias=False)
        self.steps = nn.Linear(self.sizes[0], self.channels)
        self.log_rates = nn.Parameter(torch.empty(self.channels, options.state_size))
        self.skip = nn.Parameter(torch.empty(self.channels))
        self.out = nn.Linear(self.channels, model.width, bias=False)

    def initialise(self) -> None:
        """The reference's own: products uniform in 1 / sqrt(fan in), rates -1 to -N (S4D-real, Gu et al. 2022), and biases
        that make the first steps log-uniform between two bounds (section 3.6)."""
        for product in (self.up, self.select, self.steps, self.out):
            nn.init.uniform_(product.weight, -(product.in_features**-0.5), product.in_features**-0.5)
        initialise_convolution(self.convolution, self.convolution_bias)
        self.steps.bias.data.copy_(inverse_softplus(log_uniform(self.channels, *self.step_range)))
        rates = torch.arange(1, self.log_rates.shape[1] + 1, dtype=torch.float32)
        self.log_rates.data.copy_(rates.log().expand_as(self.log_rates))
        nn.init.ones_(self.skip)

    def start(self, rows: int) -> StateSpaceState:
        like = {"dtype": self.skip.dtype, "device": self.skip.device}
        recent = torch.zeros(rows, self.convolution.shape[1] - 1, self.channels, **like)
        return StateSpaceState(recent, torch.zeros(rows, self.log_rates.shape[1], self.channels, **like))

    def memories(self) -> list[Memory]:
        steps = F.softplus(self.steps.bias)[:, None]
        return [Memory("all", (1 / (steps * torch.exp(self.log_rates))).flatten())]

    def compile_into(self, builder: ProgramBuilder, norm: tuple, values: Tensor | None) -> None:
        E, (R, N, _) = self.channels, self.sizes
        both, selected = builder.program.rows_of(2 * E), builder.program.rows_of(R + 2 * N)
        builder.product(self.up, builder.x, both, norm=norm)
        u = builder.convolution(both, E, self.convolution, self.convolution_bias)
        builder.product(self.select, u, selected)
        rates = -torch.exp(self.log_rates.detach()) * math.log2(math.e)
        read = builder.program.rows_of(E)
        builder.program.add(
            "scan", channels=E, states=N, rank=R, u=u, gate=both[:, E:], output=read, selected=selected,
            steps=columns(self.steps.weight.t(), E), bias=columns(self.steps.bias[None], E), rates=columns(rates.t(), E),
            skip=columns(self.skip[None], E), state=builder.recurrent_state(N, padded(E, "LANES")),
        )  # fmt: skip
        builder.product(self.out, read, builder.x, is_added=True)

    def _mix(
        self, x_BTC: Tensor, state: StateSpaceState | None, starts_BT: Tensor | None, lengths_B: Tensor | None
    ) -> tuple[Tensor, StateSpaceState | None]:
        before, memory = (None, None) if state is None else (state.recent_BKE, state.memory)
        v, gate = self.up(x_BTC).chunk(2, dim=-1)
        u = short_convolution(v, self.convolution, self.convolution_bias, starts_BT, before)
        low_rank, inputs, outputs = self.select(u).split(self.sizes, dim=-1)
        delta = mask_past_the_end(F.linear(low_rank, self.steps.weight), lengths_B)
        y, memory = selective_scan(
            u,
            delta,
            -torch.exp(self.log_rates),
            inputs[:, :, None],
            outputs[:, :, None],
            self.skip,
            gate,
            self.steps.bias,  # here, in float32: bf16 steps would lose the slow ones
            starts_BT,
            memory,
        )
        if before is None:
            return self.out(y), None
        return self.out(y), StateSpaceState(recent_inputs(before, v, lengths_B, starts_BT), memory)


def initialise_convolution(weight: Tensor, bias: Tensor) -> None:
    """As torch begins a convolution: uniform in 1 / sqrt(tokens seen)."""
    bound = weight.shape[1] ** -0.5
    nn.init.uniform_(weight, -bound, bound)
    nn.init.uniform_(bias, -bound, bound)


def log_uniform(count: int, lowest: float, highest: float) -> Tensor:
    """Random numbers whose logarithms are uniform between those of two bounds; at least SMALLEST_STEP."""
    uniform = torch.rand(count)
    return torch.exp(uniform * (math.log(highest) - math.log(lowest)) + math.log(lowest)).clamp(min=SMALLEST_STEP)


def inverse_softplus(x: Tensor) -> Tensor:
    """The y for which log(1 + exp(y)) = x > 0."""
    return x + torch.log(-torch.expm1(-x))
