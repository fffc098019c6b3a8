"""Gated DeltaNet (Yang, Kautz & Hatamizadeh 2025): a matrix of memory whose old values are taken out before new ones are put in."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator.models.decoder_program.builder import ProgramBuilder
from pocket_narrator.models.decoder_program.operations import padded
from pocket_narrator.models.kernels.chunked import sum_dtype
from pocket_narrator.models.kernels.convolution import short_convolution
from pocket_narrator.models.kernels.delta import delta_recurrence
from pocket_narrator.models.kernels.pointwise import norm
from pocket_narrator.models.kernels.tracks import track_read
from pocket_narrator.models.mixers.mamba import inverse_softplus, log_uniform
from pocket_narrator.models.mixers.mixer import Memory
from pocket_narrator.models.mixers.state_space import StateSpaceMixer, StateSpaceState, mask_past_the_end, recent_inputs
from pocket_narrator.recipe.schema import ModelConfig

STEP_RANGE = 1e-3, 0.1  # this and the next: what the reference begins with, but for rates of nearly zero
RATE_RANGE = 0.01, 16.0
NORM_EPSILON = 1e-6  # added to the squared length of queries and keys


class GatedDelta(StateSpaceMixer):
    """One layer. Legend: C width, H heads, K = C / H width of a head's queries, keys and values, J Householder steps a token.

    Of each token x, with u = SiLU(convolution(up(x))) (section 3.4 and figure 1 of the paper):

        q = u_q / |u_q|,  k_j = u_kj / |u_kj|,  v_j = u_vj
        f = exp(-exp(log_rates) softplus(a(x) + step_bias)),    beta_j = beta_range sigmoid(b_j(x))
        S <- f S,  and J times  S <- (I - beta_j k_j k_j^T) S + beta_j k_j v_j^T
        out(RMSNorm(S^T q) SiLU(gate(x)))

    f and beta are one number a head; it fades once a token, however many steps follow (Siems et al. 2025, section 3). The norm takes
    out any scale of the queries, so they have none.

    up: makes gates (C), queries (C), keys (J C), values (J C), a (H) and b (J H), in this order. convolution: over queries, keys and
    values. log_rates, step_bias: [H]. head_norm: of each head's output, [K].
    """

    def __init__(self, model: ModelConfig, index: int = 0) -> None:
        super().__init__()
        options = model.gated_delta
        self.heads, self.steps, self.beta_range = model.heads, options.householder_steps, float(options.beta_range)
        self.head_width = model.width // model.heads
        self.epsilon = model.norm_epsilon
        self.mixed = [model.width, self.steps * model.width, self.steps * model.width]
        self.parts = [model.width, sum(self.mixed), (1 + self.steps) * self.heads]
        self.up = nn.Linear(model.width, sum(self.parts), bias=False)
        self.convolution = nn.Parameter(torch.empty(self.parts[1], options.convolution))
        self.step_bias = nn.Parameter(torch.empty(self.heads))
        self.log_rates = nn.Parameter(torch.empty(self.heads))
        self.head_norm = nn.Parameter(torch.ones(self.head_width))
        self.out = nn.Linear(model.width, model.width, bias=False)

    def initialise(self) -> None:
        """Rates and first steps as the reference's, the convolution as torch's."""
        bound = self.convolution.shape[1] ** -0.5
        nn.init.uniform_(self.convolution, -bound, bound)
        self.step_bias.data.copy_(inverse_softplus(log_uniform(self.heads, *STEP_RANGE)))
        self.log_rates.data.uniform_(*RATE_RANGE).log_()

    def start(self, rows: int) -> StateSpaceState:
        like = {"dtype": self.head_norm.dtype, "device": self.head_norm.device}
        recent = torch.zeros(rows, self.convolution.shape[1] - 1, self.parts[1], **like)
        return StateSpaceState(recent, torch.zeros(rows, self.heads, self.head_width, self.head_width, **like))

    def memories(self) -> list[Memory]:
        """One number a head."""
        return [Memory("all", torch.exp(-self.log_rates) / F.softplus(self.step_bias))]

    def compile_into(self, builder: ProgramBuilder, norm: tuple, values: Tensor | None) -> None:
        C, E = self.parts[:2]
        up, read = builder.program.rows_of(sum(self.parts)), builder.program.rows_of(C)
        builder.product(self.up, builder.x, up, norm=norm)
        u = builder.convolution(up[:, C:], E, self.convolution, torch.zeros(E))
        builder.program.add(
            "delta", heads=self.heads, steps=self.steps, width=self.head_width, beta_range=self.beta_range,
            length_epsilon=NORM_EPSILON, epsilon=self.epsilon, queries=u, keys=u[:, C:], values=u[:, C + self.steps * C :],
            choices=up[:, C + E :], gate=up, output=read, state=builder.recurrent_state(self.heads, self.head_width, padded(self.head_width, "LANES")),
            bias=builder.program.keep(self.step_bias), rates=builder.program.keep(self.log_rates.exp()),
            gain=builder.program.keep(self.head_norm),
        )  # fmt: skip
        builder.product(self.out, read, builder.x, is_added=True)

    def _mix(
        self, x_BTC: Tensor, state: StateSpaceState | None, starts_BT: Tensor | None, lengths_B: Tensor | None
    ) -> tuple[Tensor, StateSpaceState | None]:
        before, memory = (None, None) if state is None else (state.recent_BKE, state.memory)
        gate, qkv, choices = self.up(x_BTC).split(self.parts, dim=-1)
        u = short_convolution(qkv, self.convolution, None, starts_BT, before)
        with torch.autocast(x_BTC.device.type, enabled=False):
            y, memory = self._recur(u, mask_past_the_end(choices, lengths_B), starts_BT, memory)
            gain, widths = self.head_norm.repeat(self.heads), [self.head_width] * self.heads
            y = track_read(y.flatten(2), gate, gain, None, widths, self.epsilon)
        if before is None:
            return self.out(y), None
        return self.out(y), StateSpaceState(recent_inputs(before, qkv, lengths_B, starts_BT), memory)

    def _recur(self, u: Tensor, choices: Tensor, starts: Tensor | None, memory: Tensor | None) -> tuple[Tensor, Tensor]:
        """From the convolution's output [B, T, C + 2 J C] to the recurrence's [B, T, H, K], and the new memory."""
        exact = sum_dtype(u)
        parts = u.split([sum(self.mixed[:2]), self.mixed[2]], dim=-1)
        qk, v = (part.unflatten(-1, (-1, self.heads, self.head_width)) for part in parts)
        K, qk = self.head_width, qk.to(exact)
        qk = norm(
            qk, qk.new_full((K,), K**-0.5), None, False, NORM_EPSILON / K
        )  # x / |x|, as a norm of the mean square
        a, b = choices.to(exact).unflatten(-1, (-1, self.heads)).split([1, self.steps], dim=2)
        log_decay = -self.log_rates.exp() * F.softplus(a[:, :, 0] + self.step_bias, threshold=100.0)
        beta = self.beta_range * b.sigmoid()
        q, k = qk.split([1, self.steps], dim=2)
        return delta_recurrence(q[:, :, 0], k, v, beta, log_decay, starts, memory)
