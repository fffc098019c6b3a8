"""The narrative mixer: one state-space layer whose channels are tracks (scene, plot, character) of ordered time scales.

It is Mamba (mamba.py) but for five things. Each track's steps stay inside bounds, so that a slow track stays slow (after the
bounded gates of HGRN, Qin et al. 2023). A router scales each token's step, track by track: a token that is not meant for
a track has a step near zero there, which holds the track's state. Each track has input and output vectors of its own,
made from its own channels. Tracks are read through a norm each and a read gate. Every few layers the tracks look at each
other, token by token, through a gate that begins closed. The coupling is on the outputs: inside the recurrence it would
make the state non-linear, and no scan could run it. Parameters and arithmetic match Mamba's.

By option, writes are normalised (RG-LRU; De et al. 2024, "Griffin", eq. 4), and the last track is associative (associative_track.py).
"""

import itertools
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator.models.decoder_program.builder import ProgramBuilder
from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.chunked import sum_dtype
from pocket_narrator.models.kernels.convolution import short_convolution
from pocket_narrator.models.kernels.rows import TOKENS_OF_A_THREAD, by_rows
from pocket_narrator.models.kernels.selective_scan import selective_scan
from pocket_narrator.models.kernels.tracks import track_read, track_steps
from pocket_narrator.models.mixers.associative_track import AssociativeTrack
from pocket_narrator.models.mixers.cross_track import CrossTrackAttention
from pocket_narrator.models.mixers.mamba import initialise_convolution
from pocket_narrator.models.mixers.mixer import Memory
from pocket_narrator.models.mixers.state_space import StateSpaceMixer, StateSpaceState, recent_inputs
from pocket_narrator.recipe.mixers.mamba import step_rank
from pocket_narrator.recipe.mixers.narrative import associative_heads, track_widths
from pocket_narrator.recipe.schema import ModelConfig

SMALLEST_STEP = 1e-6  # a normalised write of it is a thousandth


class Narrative(StateSpaceMixer):
    """Legend: E channels, K tracks, N state size, R step rank, D channels whose states fade one by one: E without an associative track.

    up: makes channels and gates. select: one product a track, from its channels to its N inputs and N outputs. lower and
    steps: each token's position between its track's bounds. log_rates: [D], one decay a channel. router, reader: K
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
        heads = associative_heads(model)
        self.channel_widths = self.track_widths[:-1] if heads else self.track_widths
        self.scanned = sum(self.channel_widths)
        self.are_writes_normalised = options.writes == "normalised"
        self.is_ordered = options.scales == "ordered"
        self.select = nn.ModuleList(nn.Linear(width, 2 * self.state_size, bias=False) for width in self.channel_widths)
        self.associative = (
            AssociativeTrack(self.track_widths[-1], heads, self.state_size, tracks[-1]) if heads else None
        )
        self.lower = nn.Linear(self.channels, step_rank(model), bias=False)
        self.steps = nn.Linear(step_rank(model), self.scanned)
        self.log_rates = nn.Parameter(torch.empty(self.scanned))
        self.skip = nn.Parameter(torch.empty(self.channels))
        self.track_norm = nn.Parameter(torch.ones(self.channels))
        make_gate = nn.Linear if options.decayed_gates else UndecayedGate
        self.router = make_gate(model.width, count) if options.router else None
        self.reader = make_gate(model.width, count) if options.read_gate else None
        has_cross = options.cross_track_every is not None and (index + 1) % options.cross_track_every == 0
        self.cross = (
            CrossTrackAttention(self.track_widths, options.cross_track_width, options.cross_track_start)
            if has_cross
            else None
        )
        self.out = nn.Linear(self.channels, model.width, bias=False)
        # A memory of tau tokens is a step of 1 / tau, at the rate 1 that all channels begin with.
        generator = torch.Generator().manual_seed(index)
        order = slice(None) if self.is_ordered else torch.randperm(self.scanned, generator=generator, device="cpu")
        for name, bounds in (("slowest", [t.longest for t in tracks]), ("fastest", [t.shortest for t in tracks])):
            scanned = zip(self.channel_widths, bounds, strict=False)
            logs = torch.cat([torch.full((w,), -math.log(tokens)) for w, tokens in scanned])
            self.register_buffer(name, logs[order], persistent=False)

    def initialise(self) -> None:
        """As Mamba, but for the steps: log-uniform inside each track's bounds; router and reader begin without effect, and so does
        cross-track attention unless `cross_track_start` says how far it is open."""
        for product in (self.up, *self.select, self.lower, self.steps, self.out):
            assert isinstance(product, nn.Linear)
            nn.init.uniform_(product.weight, -(product.in_features**-0.5), product.in_features**-0.5)
        initialise_convolution(self.convolution, self.convolution_bias)
        place = torch.rand(self.scanned).clamp(0.02, 0.98)
        self.steps.bias.data.copy_(torch.logit(place))
        nn.init.zeros_(self.log_rates)
        nn.init.ones_(self.skip)
        for gate in (self.router, self.reader):
            if gate is not None:
                nn.init.zeros_(gate.weight)
        for part in (self.cross, self.associative):
            if part is not None:
                part.initialise()

    def start(self, rows: int) -> StateSpaceState:
        like = {"dtype": self.skip.dtype, "device": self.skip.device}
        recent = torch.zeros(rows, self.convolution.shape[1] - 1, self.channels, **like)
        return StateSpaceState(recent, torch.zeros(rows, self.state_size, self.channels, **like))

    def memories(self) -> list[Memory]:
        place = torch.sigmoid(self.steps.bias)
        log_steps = self.slowest + (self.fastest - self.slowest) * place + self.log_rates
        tokens = list(torch.exp(-log_steps).split(self.channel_widths))
        if self.associative is not None:
            tokens.append(self.associative.tokens())
        if not self.is_ordered:
            return [Memory(track.name, part) for track, part in zip(self.tracks, tokens, strict=True)]
        return [Memory(t.name, part, t.shortest, t.longest) for t, part in zip(self.tracks, tokens, strict=True)]

    def learned(self) -> dict[str, list[float]]:
        """cross_track_gates: tanh of them, 0 is closed; where the layer has any."""
        return {} if self.cross is None else {"cross_track_gates": torch.tanh(self.cross.gates).tolist()}

    def views(self, x_BTC: Tensor, values_BTC: Tensor | None = None) -> dict[str, Tensor]:
        """router, reader: how much each token writes to a track and reads of it, [B, T, K]; 1 is the mean."""
        weights = {"router": self._weights(self.router, x_BTC), "reader": self._weights(self.reader, x_BTC)}
        return {name: found for name, found in weights.items() if found is not None}

    def why_not_compiled(self) -> str | None:
        if self.associative is not None:
            return f"its track '{self.tracks[-1].name}' is associative"
        if self.are_writes_normalised:
            return "its writes are normalised"
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
            state=builder.recurrent_state(N, E), edges=edges,
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
        weights = self._weights(self.router, x_BTC)
        kept = None
        if lengths_B is not None and x_BTC.shape[1] > 1:
            kept = torch.arange(x_BTC.shape[1], device=x_BTC.device) < lengths_B[:, None]
        if self.associative is None:
            y, memory = self._scan(u, u, weights, kept, starts_BT, memory)
        else:
            D = self.scanned
            (u_scanned, u_rest), weight = (
                u.split([D, u.shape[-1] - D], dim=-1),
                None if weights is None else weights[..., -1],
            )
            channels, stored = (None, None) if memory is None else (memory[..., :D], memory[..., D:])
            y, channels = self._scan(u, u_scanned, weights, kept, starts_BT, channels)
            read, stored = self.associative(u_rest, weight, kept, starts_BT, stored)
            y = torch.cat([y, torch.addcmul(read, u_rest, self.skip[D:].to(read.dtype))], dim=-1)
            memory = torch.cat([channels, stored], dim=-1)
        mixed = self.out(self._read(y, gate, self._weights(self.reader, x_BTC)))
        if before is None:
            return mixed, None
        return mixed, StateSpaceState(recent_inputs(before, v, lengths_B, starts_BT), memory)

    def _scan(
        self,
        u_BTE: Tensor,
        u_BTD: Tensor,
        weights_BTK: Tensor | None,
        kept_BT: Tensor | None,
        starts_BT: Tensor | None,
        memory: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """What comes out of the tracks whose channels fade one by one [B, T, D], and their memory [B, N, D]. u_BTE: all channels, from
        which the steps are made; u_BTD: those that are scanned."""
        widths = self.channel_widths
        tracks = u_BTD.split(widths, dim=-1)
        selected = torch.stack([select(track) for select, track in zip(self.select, tracks, strict=True)], dim=2)
        inputs, outputs = selected.split(self.state_size, dim=-1)
        raw = F.linear(self.lower(u_BTE), self.steps.weight)
        weights = None if weights_BTK is None else weights_BTK[..., : len(widths)]
        delta = track_steps(raw, self.steps.bias, self.slowest, self.fastest, weights, widths)
        if kept_BT is not None:
            delta = delta * kept_BT[..., None]
        rates, skip = -torch.exp(self.log_rates), self.skip[: self.scanned]
        if not self.are_writes_normalised:
            return selective_scan(
                u_BTD,
                delta,
                rates[:, None],
                inputs,
                outputs,
                skip,
                None,
                None,
                starts_BT,
                memory,
                widths,
                softplus=False,
            )
        written = normalised_writes(u_BTD, delta, rates)
        y, memory = selective_scan(
            written, delta, rates[:, None], inputs, outputs, None, None, None, starts_BT, memory, widths, softplus=False
        )
        return torch.addcmul(y, u_BTD, skip.to(y.dtype)), memory

    def _read(self, y_BTE: Tensor, gate_BTE: Tensor, weights_BTK: Tensor | None) -> Tensor:
        """What the last product takes: each track through its norm, with the others' news, times the read weight and the gate."""
        news = None if self.cross is None else self.cross(y_BTE, self.track_norm, self.epsilon)
        return track_read(y_BTE, gate_BTE, self.track_norm, weights_BTK, self.track_widths, self.epsilon, news)

    @staticmethod
    def _weights(gate: "nn.Linear | UndecayedGate | None", x_BTC: Tensor) -> Tensor | None:
        """Softmax over the tracks times their number, so that 1 is the mean: [B, T, K]; none: ones."""
        if gate is None:
            return None
        logits = gate(x_BTC)
        return gate.out_features * torch.softmax(logits.to(sum_dtype(logits)), dim=-1)


def normalised_writes(u_BTD: Tensor, delta_BTD: Tensor, rates_D: Tensor) -> Tensor:
    """What the scan has to be given in place of u, so that it writes sqrt(1 - a^2) u with a = exp(delta rate), and not delta u: a sum
    of many unlike writes is then as large as one of them, whatever the memory (De et al. 2024, "Griffin", eq. 4)."""
    block = math.gcd(u_BTD.shape[1], TOKENS_OF_A_THREAD)  # so that a long row is not a block of its own
    rows = [x.reshape(-1, block, x.shape[-1]) for x in (u_BTD, delta_BTD)]
    (written,) = by_rows(_normalise, rows, (rates_D,))
    return written.view(u_BTD.shape)


def _normalise(u: Tensor, delta: Tensor, rates: Tensor) -> tuple[Tensor]:
    step = delta.to(sum_dtype(delta)).clamp(min=SMALLEST_STEP)
    return ((u * (torch.sqrt(-torch.expm1(2 * step * rates)) / step)).to(u.dtype),)


class UndecayedGate(nn.Module):
    """A product with bias that weight decay leaves alone: the optimizers decay the weights of nn.Linear."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.out_features = out_features
        self.weight = nn.Parameter(torch.zeros(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features))

    def forward(self, x_BTC: Tensor) -> Tensor:
        return F.linear(x_BTC, self.weight, self.bias)
