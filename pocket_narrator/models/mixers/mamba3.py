"""Mamba-3 (Lahoti, Li, Chen, Wang, Bick, Kolter, Dao & Gu 2026, arXiv 2603.15569), in its form with one input and one output.

The recurrence of a head, by proposition 4 (with proposition 1 for the coefficients):

    h[t] = alpha h[t-1] + beta R[t-1] B[t-1] x[t-1] + gamma R[t] B[t] x[t],    y[t] = (R[t] C[t])^T h[t] + D x[t]
    alpha = exp(d A),    beta = (1 - lambda) d alpha,    gamma = lambda d

The step d, the rate A < 0, the blend lambda and the angles are chosen by each token. R[t] rotates pairs of numbers by the sum of
all angles so far, which is what a complex state comes to (proposition 3): so a head can count modulo a number, which no decay
between 0 and 1 can. B and C are normed, then a bias of each head is added (section 3.4); there is no short convolution, and no
norm behind the gate.

Where the paper leaves a choice open, or its authors' code (state-spaces/mamba, mamba_ssm/modules/mamba3.py) differs:

- d = softplus(. + bias); A = -softplus(.), at most -1e-4; lambda = sigmoid(.): the code's, the paper gives no formula.
- the angle is d pi tanh(.): the code's; the paper's is d theta, and it does not say how theta is made. Theta is the same in all
  heads, d is not. `rope_fraction` of the state is rotated: half in the code; the paper does not say.
- B and C are rotated by R, as in the code; by its transpose in the paper: the sign of theta, which is learned.
- pairs are (i, i + P), the code's (2 i, 2 i + 1): an order of channels.
- the norms of B and C share the model's epsilon; the code's is 1e-5.
- the paper's models put a SwiGLU network behind each of these layers; here they stand alone, as mamba2's do and as the
  code's models do where nothing is said.
- the hybrid models' norm before the gate, and several inputs and outputs (MIMO), are not here.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator.models.decoder_program.builder import ProgramBuilder, padded
from pocket_narrator.models.kernels.chunked import linear_recurrence, sum_dtype
from pocket_narrator.models.kernels.pointwise import activation, norm
from pocket_narrator.models.kernels.rotation import biased_and_rotated, running_turns
from pocket_narrator.models.mixers.mamba import inverse_softplus, log_uniform
from pocket_narrator.models.mixers.state_space import StateSpaceMixer, StateSpaceState, mask_past_the_end, recent_inputs
from pocket_narrator.recipe.schema import ModelConfig

LOWEST_RATE = 1e-4


class Mamba3(StateSpaceMixer):
    """One Mamba-3 block without its norm. Legend: E channels, H heads of V = E / H channels, G groups of heads, N state size, P
    pairs of it that are rotated.

    up: makes each token's gates (E), channels (E), input vectors (G N), output vectors (G N), steps, rates and blends (H each) and
    angles (P), in this order. skip: D, [H].
    Its state: `recent_BKE` is what the last token leaves to the next one, its normed input vectors (G N), its channels (E) and its
    turns (H P); `memory` is h, [B, H, N, V].
    """

    def __init__(self, model: ModelConfig, index: int = 0) -> None:
        super().__init__()
        options = model.mamba3
        self.channels = options.expand * model.width
        self.heads = self.channels // options.head_width
        self.groups, self.state_size, self.chunk = options.groups, options.state_size, options.chunk
        self.pairs = options.pairs()
        self.step_range = (options.shortest_step, options.longest_step)
        self.epsilon = model.norm_epsilon
        shared = options.groups * options.state_size
        self.parts = [self.channels, self.channels, shared, shared, 3 * self.heads, self.pairs]
        self.left = [shared, self.channels, self.heads * self.pairs]
        self.up = nn.Linear(model.width, sum(self.parts), bias=False)
        self.step_bias = nn.Parameter(torch.empty(self.heads))
        self.input_norm = nn.Parameter(torch.ones(self.state_size))
        self.output_norm = nn.Parameter(torch.ones(self.state_size))
        self.input_bias = nn.Parameter(torch.empty(self.heads, self.state_size))
        self.output_bias = nn.Parameter(torch.empty(self.heads, self.state_size))
        self.skip = nn.Parameter(torch.empty(self.heads))
        self.out = nn.Linear(self.channels, model.width, bias=False)

    def initialise(self) -> None:
        """The reference's own: products uniform in 1 / sqrt(fan in), first steps log-uniform between two bounds, and biases of
        one (appendix F)."""
        for product in (self.up, self.out):
            nn.init.uniform_(product.weight, -(product.in_features**-0.5), product.in_features**-0.5)
        self.step_bias.data.copy_(inverse_softplus(log_uniform(self.heads, *self.step_range)))
        for ones in (self.input_bias, self.output_bias, self.skip):
            nn.init.ones_(ones)

    def start(self, rows: int) -> StateSpaceState:
        like = {"dtype": self.skip.dtype, "device": self.skip.device}
        memory = torch.zeros(rows, self.heads, self.state_size, self.channels // self.heads, **like)
        return StateSpaceState(torch.zeros(rows, 1, sum(self.left), **like), memory)

    def compile_into(self, builder: ProgramBuilder, norm: tuple, values: Tensor | None) -> None:
        E, H, N, P = self.channels, self.heads, self.state_size, self.pairs
        projected, read = builder.program.rows_of(sum(self.parts)), builder.program.rows_of(E)
        V = padded(E // H, "LANES")
        builder.product(self.up, builder.x, projected, norm=norm)
        inputs, outputs, choices = 2 * E, 2 * E + self.groups * N, 2 * E + 2 * self.groups * N
        keep = builder.program.keep
        builder.program.add(
            "trapezoid", heads=H, shared=H // self.groups, key_width=N, value_width=E // H, pairs=P, epsilon=self.epsilon,
            lowest=LOWEST_RATE, gate=projected, values=projected[:, E:], keys=projected[:, inputs:],
            queries=projected[:, outputs:], choices=projected[:, choices:], output=read,
            gains=keep(torch.stack([self.input_norm, self.output_norm])),
            biases=keep(torch.stack([self.input_bias, self.output_bias])), scales=keep(torch.stack([self.step_bias, self.skip])),
            state=builder.recurrent_state(H, N, V), left=builder.recurrent_state(H, N + V + P),
        )  # fmt: skip
        builder.product(self.out, read, builder.x, is_added=True)

    def _mix(
        self, x_BTC: Tensor, state: StateSpaceState | None, starts_BT: Tensor | None, lengths_B: Tensor | None
    ) -> tuple[Tensor, StateSpaceState | None]:
        gate, x, *chosen = self.up(x_BTC).split(self.parts, dim=-1)
        with torch.autocast(x.device.type, enabled=False):
            y, after = self._recur(x, [part.to(sum_dtype(x)) for part in chosen], state, starts_BT, lengths_B)
        return self.out(activation(torch.cat([gate, y], dim=-1), "swiglu")), after

    def _recur(
        self,
        x: Tensor,
        chosen: Sequence[Tensor],
        state: StateSpaceState | None,
        starts: Tensor | None,
        lengths: Tensor | None,
    ) -> tuple[Tensor, StateSpaceState | None]:
        """From the channels [B, T, E] and what their tokens choose, which is at least float32, to what is read, [B, T, E]."""
        inputs, outputs, choices, angles = chosen
        inputs, outputs = self._normed(inputs, self.input_norm), self._normed(outputs, self.output_norm)
        delta, rate, blend = choices.split(self.heads, dim=-1)
        steps = F.softplus(mask_past_the_end(delta, lengths) + self.step_bias, threshold=100.0)
        log_decay = -F.softplus(rate, threshold=100.0).clamp(min=LOWEST_RATE) * steps
        newest = steps * torch.sigmoid(blend)  # gamma
        inputs_before, x_before, turns_before, memory = self._left_by(state, x)
        turns = running_turns(
            steps.transpose(1, 2)[..., None] * (0.5 * torch.tanh(angles))[:, None], starts, turns_before
        )
        # What the token before has written by now: gamma's part, which it has read itself, faded since, and beta's. So one recurrence
        # does for both terms, and it never looks ahead.
        written = log_decay.exp() * (steps - newest + F.pad(newest, (0, 0, 1, 0))[:, :-1])
        if starts is not None:
            written = written.masked_fill(starts[..., None], 0)
        keys = biased_and_rotated(_later(inputs, inputs_before, 1), self.input_bias, _later(turns, turns_before, 2))
        queries = biased_and_rotated(outputs, self.output_bias, turns)
        values = _later(self._by_head(x), x_before, 2) * written.transpose(1, 2)[..., None].to(x.dtype)
        q, k, v = (part.transpose(1, 2) for part in (queries, keys, values))
        y, memory = linear_recurrence(q, k, v, log_decay, starts, memory, self.chunk)
        own = newest * self._products(inputs, outputs) + self.skip  # of its own write, and past the state
        y = torch.addcmul(y, self._by_head(x).transpose(1, 2), own[..., None].to(x.dtype)).flatten(2)
        if state is None:
            return y, None
        left = torch.cat([inputs.flatten(2), x.to(inputs.dtype), turns.transpose(1, 2).flatten(2)], dim=-1)
        key = biased_and_rotated(inputs[:, -1:], self.input_bias, turns[:, :, -1:])  # past the end the step is zero
        memory = memory + key.mT * (newest[:, -1, :, None, None] * self._by_head(x[:, -1:]))
        return y, StateSpaceState(recent_inputs(state.recent_BKE, left, lengths, starts), memory)

    def _left_by(
        self, state: StateSpaceState | None, x: Tensor
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None, Tensor | None]:
        """Normed input vectors [B, 1, G, N], channels [B, H, 1, V] and turns [B, H, 1, P] of the token before; and the memory."""
        if state is None:
            return None, None, None, None
        inputs, channels, turns = state.recent_BKE.split(self.left, dim=-1)
        turns = turns.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        return inputs.unflatten(-1, (self.groups, -1)), self._by_head(channels.to(x.dtype)), turns, state.memory

    def _normed(self, x: Tensor, gain: Tensor) -> Tensor:
        """[B, T, G N] to [B, T, G, N]."""
        return norm(x.unflatten(-1, (self.groups, -1)), gain, None, False, self.epsilon)

    def _by_head(self, x: Tensor) -> Tensor:
        """[B, T, E] to [B, H, T, V]."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _products(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """C^T B of each token, biases included: [B, T, H]. A rotation of both does not change it."""
        heads = self.heads // self.groups
        b, c = (bias.view(self.groups, heads, -1) for bias in (self.input_bias, self.output_bias))
        both = (inputs * outputs).sum(-1, keepdim=True)
        each = torch.einsum("btgn,grn->btgr", outputs, b) + torch.einsum("btgn,grn->btgr", inputs, c)
        return (both + each + (b * c).sum(-1)).flatten(2)


def _later(x: Tensor, before: Tensor | None, dim: int) -> Tensor:
    """Each token's given to the next, and what was before them, or zeros, to the first."""
    if before is None:
        before = torch.zeros_like(x.narrow(dim, 0, 1))
    return torch.cat([before, x.narrow(dim, 0, x.shape[dim] - 1)], dim=dim)
