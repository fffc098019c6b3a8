"""What a layer is put into the C decoder with: rows of activations, products, and memory of each story.

Legend: C width, E channels, H heads, K key width.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from pocket_narrator.models.decoder_program.operations import Precision, Program, padded
from pocket_narrator.models.kernels.chunked import LOWEST_LOG_DECAY


@dataclass
class DecoderProgram:
    """The operations of a stack and what they remember of each slot."""

    program: Program
    logits: Tensor  # [rows, V rounded up]
    recurrent_states: list[Tensor] = field(default_factory=list)  # what a new story must not find: [slots, ...]
    kv_caches: list[Tensor] = field(default_factory=list)  # which positions keep apart: [slots, ...]
    rotated: list[tuple[int, int, float]] = field(default_factory=list)  # operation, width of its tables, base


class ProgramBuilder:
    """Collects the operations of a stack; `Mixer.compile_into` adds a layer's. x: the residual stream [rows, C]."""

    def __init__(self, width: int, vocabulary_size: int, slots: int, rows: int, precision: Precision) -> None:
        self.slots = slots
        self.precision: Precision = precision
        self.program = Program(rows)
        self.x = self.program.rows_of(width)
        self.made = DecoderProgram(self.program, self.program.rows_of(vocabulary_size))

    def product(self, linear: nn.Linear, source: Tensor, target: Tensor, **more: object) -> None:
        """target = linear(source), as `Program.product` does it."""
        self.program.product(linear.weight, source, target, self.precision, bias=linear.bias, **more)  # type: ignore[arg-type]

    def recurrent_state(self, *shape: int) -> Tensor:
        """A recurrent state of each slot, zeros where a story begins."""
        state = self.program.zeros(self.slots, *shape)
        self.made.recurrent_states.append(state)
        return state

    def kv_cache(self, *shape: int, dtype: torch.dtype) -> Tensor:
        """A KV cache of each slot: keys or values in a ring, whose places are told apart by positions, so that it need not be cleared."""
        state = self.program.zeros(self.slots, *shape, dtype=dtype)
        self.made.kv_caches.append(state)
        return state

    def rotate(self, number: int, width: int, base: float | None) -> None:
        """Gives operation `number` tables of rotary positions; None: it has none."""
        if base is not None:
            self.made.rotated.append((number, width, base))

    def convolution(self, source: Tensor, E: int, weight: Tensor, bias: Tensor) -> Tensor:
        """SiLU of the short convolution of the first E columns."""
        taps, target = weight.shape[1], self.program.rows_of(E)
        self.program.add(
            "convolve", channels=E, taps=taps, input=source, output=target, weights=columns(weight.detach().flip(1).t(), E),
            bias=columns(bias[None], E), recent=self.recurrent_state(max(taps - 1, 1), padded(E, "LANES")),
        )  # fmt: skip
        return target

    def recurrence(
        self, kind: str, sizes: list[int], queries: Tensor, keys: Tensor, values: Tensor, target: Tensor, choice: Tensor | None,
        gates: Tensor | None, gains: Tensor | None, epsilon: float = 0.0, added: Tensor | None = None,
        temperature: float = 1.0,
    ) -> int:  # fmt: skip
        """sizes: heads, heads that share queries and keys, K, width of a head's values."""
        H, shared, K, width = sizes
        return self.program.add(
            "recur", kind=kind, heads=H, shared=shared, key_width=K, value_width=width, epsilon=epsilon,
            temperature=temperature, lowest=LOWEST_LOG_DECAY, queries=queries,
            keys=keys, values=values, output=target, state=self.recurrent_state(H, K, padded(width, "LANES")),
            sums=self.recurrent_state(H, K) if kind == "summed" else None, choice=choice, gate=gates,
            gain=None if gains is None else self.program.keep(gains), added=added,
        )  # fmt: skip


def columns(rows: Tensor, width: int) -> Tensor:
    """Rows of `width` columns, with zeros up to whole vectors."""
    longer = torch.zeros(rows.shape[0], padded(width, "LANES"))
    longer[:, :width] = rows.detach()
    return longer
