"""From a decoder stack to the list of operations that the C decoder runs for one step.

Legend: C width, D head width, E channels, G groups, H heads, K key width, N state size, R step rank, V vocabulary, W window.
"""

import itertools
import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from pocket_narrator.models.decoding.native_program import Precision, Program, padded
from pocket_narrator.models.kernels.chunked import LOWEST_LOG_DECAY
from pocket_narrator.models.layers import Norm
from pocket_narrator.models.mixers.attention import Attention
from pocket_narrator.models.mixers.linear_attention import (
    EPSILON,
    GATE_RANK,
    GATE_TEMPERATURE,
    GatedLinearAttention,
    LinearAttention,
)
from pocket_narrator.models.mixers.mamba import Mamba
from pocket_narrator.models.mixers.mamba2 import Mamba2
from pocket_narrator.models.mixers.narrative import Narrative
from pocket_narrator.models.stack import BIGRAM_BEFORE, BIGRAM_TOKEN, DecoderStack, Layer


@dataclass
class DecoderProgram:
    """The operations of a stack and what they remember of each slot."""

    program: Program
    logits: Tensor  # [rows, V rounded up]
    fading: list[Tensor] = field(default_factory=list)  # states that a new story must not find: [slots, ...]
    bounded: list[Tensor] = field(default_factory=list)  # keys and values, which positions keep apart: [slots, ...]
    rotated: list[tuple[int, int, float]] = field(default_factory=list)  # operation, width of its tables, base


class _Builder:
    def __init__(self, model: DecoderStack, slots: int, rows: int, precision: Precision) -> None:
        self.model, self.slots = model, slots
        self.precision: Precision = precision
        self.program = Program(rows)
        self.x = self.program.rows_of(model.model.width)
        self.made = DecoderProgram(self.program, self.program.rows_of(model.vocabulary_size))

    def product(self, linear: nn.Linear, source: Tensor, target: Tensor, **more: object) -> None:
        self.program.product(linear.weight, source, target, self.precision, bias=linear.bias, **more)  # type: ignore[arg-type]

    def fading(self, *shape: int) -> Tensor:
        """Memory of each slot, zeros where a story begins."""
        state = self.program.zeros(self.slots, *shape)
        self.made.fading.append(state)
        return state

    # ---- the parts of a layer

    def embed(self) -> None:
        model, positions = self.model, self.model.positions
        tables = {
            "embedding": model.embedding.weight,
            "positions": None if positions is None else positions.table,
            "bigrams": None if model.bigrams is None else model.bigrams.weight,
        }
        kept = {name: None if table is None else self.program.keep(table) for name, table in tables.items()}
        copy = self.program.rows_of(model.model.width) if model.model.input_skips else None
        self.program.add(
            "embed",
            width=model.model.width,
            buckets=model.model.bigram_buckets,
            before_factor=BIGRAM_BEFORE,
            token_factor=BIGRAM_TOKEN,
            **kept,
            x=self.x,
            copy=copy,
        )
        self.copy = copy

    def layer(self, layer: Layer, values: Tensor | None) -> None:
        if layer.skip is not None:
            old, new = layer.skip.tolist()
            self.program.add("skip", width=self.model.model.width, old=old, new=new, x=self.x, embedded=self.copy)
        mixer, norm = layer.mixer, norm_of(layer.mixer_norm)
        if isinstance(mixer, Attention):
            self.attention(mixer, norm, values)
        elif isinstance(mixer, Mamba):
            self.mamba(mixer, norm)
        elif isinstance(mixer, Mamba2):
            self.mamba2(mixer, norm)
        elif isinstance(mixer, Narrative):
            self.narrative(mixer, norm)
        else:
            assert isinstance(mixer, LinearAttention | GatedLinearAttention)
            self.linear_attention(mixer, norm, values)
        if layer.feed_forward is not None:
            network = layer.feed_forward
            hidden = self.program.rows_of(network.down.in_features)
            self.product(network.up, self.x, hidden, norm=norm_of(layer.feed_forward_norm), activation=network.kind)
            self.product(network.down, hidden, self.x, is_added=True)

    def attention(self, mixer: Attention, norm: tuple, values: Tensor | None) -> None:
        H, G, D, W = mixer.heads, mixer.key_value_heads, mixer.head_width, mixer.window
        has_pairs = self.precision != "fp32"
        dtype = torch.bfloat16 if has_pairs else torch.float32
        slots = (self.slots, G, padded(W, "SPAN"))
        keys = self.program.zeros(*slots, D + D % 2 if has_pairs else D, dtype=dtype)
        stored = self.program.zeros(*slots, padded(D, "LANES"), dtype=dtype)
        self.made.bounded += [keys, stored]
        qkv, mixed = self.program.rows_of((H + 2 * G) * D), self.program.rows_of(H * D)
        self.product(mixer.qkv, self.x, qkv, norm=norm)
        number = self.program.add(
            "attend", heads=H, key_value_heads=G, width=D, window=W, has_pairs=has_pairs, has_norm=mixer.qk_norm,
            scale=mixer.scale, qkv=qkv, output=mixed, keys=keys, values=stored, added=values,
        )  # fmt: skip
        self.rotate(number, D, mixer.rope_base)
        self.product(mixer.out, mixed, self.x, is_added=True)

    def rotate(self, number: int, width: int, base: float | None) -> None:
        if base is not None:
            self.made.rotated.append((number, width, base))

    def mamba(self, mixer: Mamba, norm: tuple) -> None:
        E, (R, N, _) = mixer.channels, mixer.sizes
        both, selected = self.program.rows_of(2 * E), self.program.rows_of(R + 2 * N)
        self.product(mixer.up, self.x, both, norm=norm)
        u = self.convolution(both, E, mixer.convolution, mixer.convolution_bias)
        self.product(mixer.select, u, selected)
        rates = -torch.exp(mixer.log_rates.detach()) * math.log2(math.e)
        read = self.program.rows_of(E)
        self.program.add(
            "scan", channels=E, states=N, rank=R, u=u, gate=both[:, E:], output=read, selected=selected,
            steps=_columns(mixer.steps.weight.t(), E), bias=_columns(mixer.steps.bias[None], E), rates=_columns(rates.t(), E),
            skip=_columns(mixer.skip[None], E), state=self.fading(N, padded(E, "LANES")),
        )  # fmt: skip
        self.product(mixer.out, read, self.x, is_added=True)

    def convolution(self, source: Tensor, E: int, weight: Tensor, bias: Tensor) -> Tensor:
        """SiLU of the short convolution of the first E columns."""
        taps, target = weight.shape[1], self.program.rows_of(E)
        self.program.add(
            "convolve", channels=E, taps=taps, input=source, output=target, weights=_columns(weight.detach().flip(1).t(), E),
            bias=_columns(bias[None], E), recent=self.fading(max(taps - 1, 1), padded(E, "LANES")),
        )  # fmt: skip
        return target

    def mamba2(self, mixer: Mamba2, norm: tuple) -> None:
        E, H, N = mixer.channels, mixer.heads, mixer.state_size
        shared = mixer.groups * N
        projected = self.program.rows_of(sum(mixer.parts))
        self.product(mixer.up, self.x, projected, norm=norm)
        u = self.convolution(projected[:, E:], mixer.parts[1], mixer.convolution, mixer.convolution_bias)
        scales = torch.cat([mixer.step_bias, -mixer.log_rates.exp(), mixer.skip])
        steps = projected[:, E + mixer.parts[1] :]
        read = self.program.rows_of(E)
        self.recurrence(
            "stepped",
            [H, H // mixer.groups, N, E // H],
            u[:, E + shared :],
            u[:, E:],
            u,
            read,
            steps,
            projected,
            scales,
        )
        parts = ("rms", mixer.norm, None, mixer.epsilon)
        self.product(mixer.out, read, self.x, is_added=True, norm=parts, norm_width=E // mixer.groups)

    def narrative(self, mixer: Narrative, norm: tuple) -> None:
        E, N, R, K = mixer.channels, mixer.state_size, mixer.lower.out_features, len(mixer.track_widths)
        gates = [gate for gate in (mixer.router, mixer.reader) if gate is not None]
        weight = torch.cat([mixer.up.weight, *(gate.weight for gate in gates)])
        bias = torch.cat([torch.zeros(2 * E), *(gate.bias for gate in gates)])
        both = self.program.rows_of(len(weight))
        self.program.product(weight, self.x, both, self.precision, bias=bias, norm=norm)
        router = None if mixer.router is None else both[:, 2 * E :]
        reader = None if mixer.reader is None else both[:, len(weight) - K :]
        u = self.convolution(both, E, mixer.convolution, mixer.convolution_bias)
        selected = self.program.rows_of(R + 2 * N * K)
        chosen = torch.block_diag(*(select.weight for select in mixer.select))  # type: ignore[arg-type]
        self.program.product(torch.cat([mixer.lower.weight, chosen]), u, selected, self.precision)
        edges = torch.tensor([0, *itertools.accumulate(mixer.track_widths)])
        y, read = self.program.rows_of(E), self.program.rows_of(E)
        vectors = {
            "steps": mixer.steps.weight.t(),
            "bias": mixer.steps.bias,
            "slowest": mixer.slowest,
            "range": mixer.fastest - mixer.slowest,
            "rates": -torch.exp(mixer.log_rates) * math.log2(math.e),
            "skip": mixer.skip,
        }
        kept = {name: self.program.keep(vector) for name, vector in vectors.items()}
        self.program.add(
            "scan_tracks", channels=E, states=N, rank=R, tracks=K, u=u, output=y, selected=selected, router=router, **kept,
            state=self.fading(N, E), edges=edges,
        )  # fmt: skip
        cross: dict[str, Tensor] = {}
        if mixer.cross is not None:
            rows = [product.weight.t().reshape(-1) for product in (*mixer.cross.qkv, *mixer.cross.back)]  # type: ignore[union-attr]
            cross = {"open": torch.tanh(mixer.cross.gates), "qkv": torch.cat(rows[:K]), "back": torch.cat(rows[K:])}
        self.program.add(
            "read_tracks", channels=E, tracks=K, cross_width=self.model.model.narrative.cross_track_width if cross else 0,
            epsilon=mixer.epsilon, y=y, gate=both[:, E:], output=read, reader=reader, gain=self.program.keep(mixer.track_norm),
            edges=edges, **cross,
        )  # fmt: skip
        self.product(mixer.out, read, self.x, is_added=True)

    def linear_attention(
        self, mixer: LinearAttention | GatedLinearAttention, norm: tuple, values: Tensor | None
    ) -> None:
        H, K, C = mixer.heads, mixer.key_width, self.model.model.width
        read, sizes = self.program.rows_of(C), [mixer.heads, 1, mixer.key_width, mixer.head_width]
        if isinstance(mixer, LinearAttention):
            qkv = self.program.rows_of(3 * C)
            self.product(mixer.qkv, self.x, qkv, norm=norm)
            number = self.recurrence(
                "summed", sizes, qkv, qkv[:, C:], qkv[:, 2 * C :], read, None, None, None, EPSILON, values
            )
        else:
            up, rates = self.program.rows_of(sum(mixer.parts)), self.program.rows_of(H * K)
            self.product(mixer.up, self.x, up, norm=norm)
            self.product(mixer.rates, up[:, C:], rates)
            qkv = up[:, C + GATE_RANK :]
            number = self.recurrence(
                "gated", sizes, qkv, qkv[:, H * K :], qkv[:, 2 * H * K :], read, rates, up, mixer.head_norm,
                mixer.epsilon, values,
            )  # fmt: skip
        self.rotate(number, K, mixer.rope_base)
        self.product(mixer.out, read, self.x, is_added=True)

    def recurrence(
        self, kind: str, sizes: list[int], queries: Tensor, keys: Tensor, values: Tensor, target: Tensor, choice: Tensor | None,
        gates: Tensor | None, gains: Tensor | None, epsilon: float = 0.0, added: Tensor | None = None,
    ) -> int:  # fmt: skip
        """sizes: heads, heads that share queries and keys, K, width of a head's values."""
        H, shared, K, width = sizes
        return self.program.add(
            "recur", kind=kind, heads=H, shared=shared, key_width=K, value_width=width, epsilon=epsilon,
            temperature=GATE_TEMPERATURE, lowest=LOWEST_LOG_DECAY, queries=queries,
            keys=keys, values=values, output=target, state=self.fading(H, K, padded(width, "LANES")),
            sums=self.fading(H, K) if kind == "summed" else None, choice=choice, gate=gates,
            gain=None if gains is None else self.program.keep(gains), added=added,
        )  # fmt: skip


def build(model: DecoderStack, slots: int, rows: int, precision: Precision) -> DecoderProgram:
    """The program of a stack, its weights copied. rows: the most tokens of a step."""
    with torch.no_grad():
        builder = _Builder(model, slots, rows, precision)
        builder.embed()
        for layer, table in zip(model._layers(), model._value_tables(), strict=True):
            builder.layer(layer, builder.program.keep(table.weight) if isinstance(table, nn.Embedding) else None)
        head = builder.program.product
        head(model.head_weight, builder.x, builder.made.logits, precision, norm=norm_of(model.norm), only_wanted=True)
    return builder.made


def norm_of(norm: Norm) -> tuple[str, Tensor, Tensor | None, float]:
    """Kind, gain, bias and epsilon."""
    return "layer" if norm.centred else "rms", norm.weight, norm.bias, norm.epsilon


def _columns(rows: Tensor, width: int) -> Tensor:
    """Rows of `width` columns, with zeros up to whole vectors."""
    longer = torch.zeros(rows.shape[0], padded(width, "LANES"))
    longer[:, :width] = rows.detach()
    return longer
