"""The narrative mixer: one state-space layer whose channels are tracks (scene, plot, character) of ordered time scales.

It is Mamba (mamba.py) but for five things. Each track's steps stay inside bounds, so that a slow track stays slow (after the
bounded gates of HGRN, Qin et al. 2023). A router scales each token's step, track by track: a token that is not meant for
a track has a step near zero there, which holds the track's state. Each track has input and output vectors of its own,
made from its own channels. Tracks are read through a norm each and a read gate. Every few layers the tracks look at each
other, token by token, through a gate that begins closed. The coupling is on the outputs: inside the recurrence it would
make the state non-linear, and no scan could run it. Parameters and arithmetic match Mamba's.
"""

import itertools
import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator.models.decoder_program.builder import ProgramBuilder
from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.chunked import sum_dtype
from pocket_narrator.models.kernels.convolution import short_convolution
from pocket_narrator.models.kernels.rows import by_rows
from pocket_narrator.models.kernels.selective_scan import selective_scan
from pocket_narrator.models.kernels.tracks import track_read, track_steps
from pocket_narrator.models.mixers.mamba import initialise_convolution
from pocket_narrator.models.mixers.mixer import Memory
from pocket_narrator.models.mixers.state_space import StateSpaceMixer, StateSpaceState, recent_inputs
from pocket_narrator.recipe.mixers.mamba import step_rank
from pocket_narrator.recipe.mixers.narrative import track_widths
from pocket_narrator.recipe.schema import ModelConfig


class Narrative(StateSpaceMixer):
    """Legend: E channels, K tracks, N state size, R step rank.

    up: makes channels and gates. select: one product a track, from its channels to its N inputs and N outputs. lower and
    steps: each token's position between its track's bounds. log_rates: [E], one decay a channel. router, reader: K
    weights a token, 1 on average.
    """

    fastest: Tensor
    slowest: Tensor

    def __init__(self, model: ModelConfig, index: int = 0) -> None:
        super().__init__()
        options, tracks = model.narrative, model.narrative.tracks
        self.channels = model.mamba.expand * model.width
        self.track_widths, self.tracks = track_widths(model), tracks
        self.state_size = model.mamba.state_size
        self.epsilon = model.norm_epsilon
        count = len(tracks)
        self.up = nn.Linear(model.width, 2 * self.channels, bias=False)
        self.convolution = nn.Parameter(torch.empty(self.channels, model.mamba.convolution))
        self.convolution_bias = nn.Parameter(torch.empty(self.channels))
        self.select = nn.ModuleList(nn.Linear(width, 2 * self.state_size, bias=False) for width in self.track_widths)
        self.lower = nn.Linear(self.channels, step_rank(model), bias=False)
        self.steps = nn.Linear(step_rank(model), self.channels)
        self.log_rates = nn.Parameter(torch.empty(self.channels))
        self.skip = nn.Parameter(torch.empty(self.channels))
        self.track_norm = nn.Parameter(torch.ones(self.channels))
        self.router = nn.Linear(model.width, count) if options.router else None
        self.reader = nn.Linear(model.width, count) if options.read_gate else None
        has_cross = options.cross_track_every is not None and (index + 1) % options.cross_track_every == 0
        self.cross = CrossTrackAttention(self.track_widths, options.cross_track_width) if has_cross else None
        self.out = nn.Linear(self.channels, model.width, bias=False)
        # A memory of tau tokens is a step of 1 / tau, at the rate 1 that all channels begin with.
        for name, bounds in (("slowest", [t.longest for t in tracks]), ("fastest", [t.shortest for t in tracks])):
            logs = [torch.full((w,), -math.log(tokens)) for w, tokens in zip(self.track_widths, bounds, strict=True)]
            self.register_buffer(name, torch.cat(logs), persistent=False)

    def initialise(self) -> None:
        """As Mamba, but for the steps: log-uniform inside each track's bounds; router, reader and cross-track attention
        begin without effect."""
        for product in (self.up, *self.select, self.lower, self.steps, self.out):
            assert isinstance(product, nn.Linear)
            nn.init.uniform_(product.weight, -(product.in_features**-0.5), product.in_features**-0.5)
        initialise_convolution(self.convolution, self.convolution_bias)
        place = torch.rand(self.channels).clamp(0.02, 0.98)
        self.steps.bias.data.copy_(torch.logit(place))
        nn.init.zeros_(self.log_rates)
        nn.init.ones_(self.skip)
        for gate in (self.router, self.reader):
            if gate is not None:
                nn.init.zeros_(gate.weight)
        if self.cross is not None:
            self.cross.initialise()

    def start(self, rows: int) -> StateSpaceState:
        like = {"dtype": self.skip.dtype, "device": self.skip.device}
        recent = torch.zeros(rows, self.convolution.shape[1] - 1, self.channels, **like)
        return StateSpaceState(recent, torch.zeros(rows, self.state_size, self.channels, **like))

    def memories(self) -> list[Memory]:
        place = torch.sigmoid(self.steps.bias)
        log_steps = self.slowest + (self.fastest - self.slowest) * place + self.log_rates
        parts = zip(self.tracks, torch.exp(-log_steps).split(self.track_widths), strict=True)
        return [Memory(track.name, tokens, track.shortest, track.longest) for track, tokens in parts]

    def learned(self) -> dict[str, list[float]]:
        """cross_track_gates: tanh of them, 0 is closed; where the layer has any."""
        return {} if self.cross is None else {"cross_track_gates": torch.tanh(self.cross.gates).tolist()}

    def views(self, x_BTC: Tensor, values_BTC: Tensor | None = None) -> dict[str, Tensor]:
        """router, reader: how much each token writes to a track and reads of it, [B, T, K]; 1 is the mean."""
        weights = {"router": self._weights(self.router, x_BTC), "reader": self._weights(self.reader, x_BTC)}
        return {name: found for name, found in weights.items() if found is not None}

    def why_not_compiled(self) -> str | None:
        vector, most = native.constant("LANES"), native.constant("MAX_TRACKS")
        if len(self.track_widths) > most or any(width % vector for width in self.track_widths):
            return f"its tracks are no multiples of {vector} channels, or more than {most}"
        return None

    def compile_into(self, builder: ProgramBuilder, norm: tuple, values: Tensor | None) -> None:
        E, N, R, K = self.channels, self.state_size, self.lower.out_features, len(self.track_widths)
        gates = [gate for gate in (self.router, self.reader) if gate is not None]
        weight = torch.cat([self.up.weight, *(gate.weight for gate in gates)])
        bias = torch.cat([torch.zeros(2 * E), *(gate.bias for gate in gates)])
        both = builder.program.rows_of(len(weight))
        builder.program.product(weight, builder.x, both, builder.precision, bias=bias, norm=norm)
        router = None if self.router is None else both[:, 2 * E :]
        reader = None if self.reader is None else both[:, len(weight) - K :]
        u = builder.convolution(both, E, self.convolution, self.convolution_bias)
        selected = builder.program.rows_of(R + 2 * N * K)
        chosen = torch.block_diag(*(select.weight for select in self.select))  # type: ignore[arg-type]
        builder.program.product(torch.cat([self.lower.weight, chosen]), u, selected, builder.precision)
        edges = torch.tensor([0, *itertools.accumulate(self.track_widths)])
        y, read = builder.program.rows_of(E), builder.program.rows_of(E)
        vectors = {
            "steps": self.steps.weight.t(),
            "bias": self.steps.bias,
            "slowest": self.slowest,
            "range": self.fastest - self.slowest,
            "rates": -torch.exp(self.log_rates) * math.log2(math.e),
            "skip": self.skip,
        }
        kept = {name: builder.program.keep(vector) for name, vector in vectors.items()}
        builder.program.add(
            "scan_tracks", channels=E, states=N, rank=R, tracks=K, u=u, output=y, selected=selected, router=router, **kept,
            state=builder.fading(N, E), edges=edges,
        )  # fmt: skip
        cross: dict[str, Tensor] = {}
        if self.cross is not None:
            rows = [product.weight.t().reshape(-1) for product in (*self.cross.qkv, *self.cross.back)]  # type: ignore[union-attr]
            cross = {"open": torch.tanh(self.cross.gates), "qkv": torch.cat(rows[:K]), "back": torch.cat(rows[K:])}
        builder.program.add(
            "read_tracks", channels=E, tracks=K, cross_width=self.cross.width if self.cross is not None else 0,
            epsilon=self.epsilon, y=y, gate=both[:, E:], output=read, reader=reader, gain=builder.program.keep(self.track_norm),
            edges=edges, **cross,
        )  # fmt: skip
        builder.product(self.out, read, builder.x, is_added=True)

    def _mix(
        self, x_BTC: Tensor, state: StateSpaceState | None, starts_BT: Tensor | None, lengths_B: Tensor | None
    ) -> tuple[Tensor, StateSpaceState | None]:
        before, memory = (None, None) if state is None else (state.recent_BKE, state.memory)
        v, gate = self.up(x_BTC).chunk(2, dim=-1)
        u = short_convolution(v, self.convolution, self.convolution_bias, starts_BT, before)
        widths = self.track_widths
        tracks = u.split(widths, dim=-1)
        selected = torch.stack([select(track) for select, track in zip(self.select, tracks, strict=True)], dim=2)
        inputs, outputs = selected.split(self.state_size, dim=-1)
        raw = F.linear(self.lower(u), self.steps.weight)
        delta = track_steps(raw, self.steps.bias, self.slowest, self.fastest, self._weights(self.router, x_BTC), widths)
        T = x_BTC.shape[1]
        if lengths_B is not None and T > 1:
            delta = delta * (torch.arange(T, device=delta.device) < lengths_B[:, None])[..., None]
        rates = -torch.exp(self.log_rates)[:, None]
        y, memory = selective_scan(
            u, delta, rates, inputs, outputs, self.skip, None, None, starts_BT, memory, widths, softplus=False
        )
        mixed = self.out(self._read(y, gate, self._weights(self.reader, x_BTC)))
        if before is None:
            return mixed, None
        return mixed, StateSpaceState(recent_inputs(before, v, lengths_B, starts_BT), memory)

    def _read(self, y_BTE: Tensor, gate_BTE: Tensor, weights_BTK: Tensor | None) -> Tensor:
        """What the last product takes: each track through its norm, with the others' news, times the read weight and the gate."""
        news = None if self.cross is None else self.cross(y_BTE, self.track_norm, self.epsilon)
        return track_read(y_BTE, gate_BTE, self.track_norm, weights_BTK, self.track_widths, self.epsilon, news)

    @staticmethod
    def _weights(gate: nn.Linear | None, x_BTC: Tensor) -> Tensor | None:
        """Softmax over the tracks times their number, so that 1 is the mean: [B, T, K]; none: ones."""
        if gate is None:
            return None
        logits = gate(x_BTC)
        return gate.out_features * torch.softmax(logits.to(sum_dtype(logits)), dim=-1)


class CrossTrackAttention(nn.Module):
    """At each token the tracks are a sequence of K tokens that attend to each other; constant work and no state."""

    def __init__(self, track_widths: list[int], width: int) -> None:
        super().__init__()
        self.track_widths, self.width = track_widths, width
        self.gates = nn.Parameter(torch.zeros(len(track_widths)))  # tanh of them: closed at first
        self.qkv = nn.ModuleList(nn.Linear(track, 3 * width, bias=False) for track in track_widths)
        self.back = nn.ModuleList(nn.Linear(width, track, bias=False) for track in track_widths)

    def initialise(self) -> None:
        nn.init.zeros_(self.gates)

    def forward(self, y_BTE: Tensor, gain_E: Tensor, epsilon: float) -> Tensor:
        """What each track hears of the others, [B, T, E]. y: the tracks, which are looked at through RMSNorms with these gains.

        The norms are taken out of the products: W (gain y / rms) = (W gain) y / rms, so that no normed y is written.
        """
        tracks, gains = y_BTE.split(self.track_widths, dim=-1), gain_E.split(self.track_widths)
        weights = self.qkv.parameters()
        products = [F.linear(x, weight * gain) for x, weight, gain in zip(tracks, weights, gains, strict=True)]
        lengths = [torch.linalg.vector_norm(x, dim=-1, dtype=sum_dtype(x)) * x.shape[-1] ** -0.5 for x in tracks]
        rows = (torch.stack(products, dim=2), torch.stack(lengths, dim=-1))
        (mixed,) = by_rows(partial(_attend, epsilon=epsilon), rows, (self.gates,))
        return torch.cat([product(mixed[..., i, :]) for i, product in enumerate(self.back)], dim=-1)


def _attend(qkv: Tensor, rms: Tensor, gates: Tensor, epsilon: float) -> tuple[Tensor]:
    """From [B, T, K, 3 width] and [B, T, K] to what each track hears [B, T, K, width]."""
    exact = qkv.to(rms.dtype) * torch.rsqrt(rms.square() + epsilon)[..., None]
    q, k, v = exact.chunk(3, dim=-1)
    scores = (q[..., :, None, :] * k[..., None, :, :]).sum(-1) * q.shape[-1] ** -0.5
    shares = torch.softmax(scores, dim=-1) * torch.tanh(gates)[:, None]
    return ((shares[..., None] * v[..., None, :, :]).sum(-2).to(qkv.dtype),)
