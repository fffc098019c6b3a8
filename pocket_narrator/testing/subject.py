"""A mixer under test: made as a stack makes it, and fed with inputs of any length."""

import random
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from pocket_narrator.models.mixers import Mixer, MixerState
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.cost import key_value_width
from pocket_narrator.recipe.schema import ModelConfig

VOCABULARY = 37
# Tokens: one, odd, even, and on both sides of the usual chunk lengths.
LENGTHS = (1, 2, 3, 5, 8, 13, 16, 17, 31, 32, 33, 47, 63, 64, 65, 100, 127, 128, 129, 200, 255, 256, 257)


@dataclass(frozen=True, slots=True)
class Subject:
    """One setting in which properties are probed.

    Legend of its tensors: B rows, T tokens, F what a mixer reads of each token: the width C, and after it the values V
    where value embeddings are tried.
    """

    model: ModelConfig
    dtype: torch.dtype
    has_values: bool = False

    def __str__(self) -> str:
        positions = "" if self.model.positions == "none" else f", {self.model.positions}"
        values = ", value embeddings" if self.has_values else ""
        dtype = str(self.dtype).removeprefix("torch.")
        return f"width {self.model.width}, {self.model.heads} heads{positions}{values}, {dtype}"

    @property
    def tolerance(self) -> float:
        """Of two ways to the same outputs, as a share of the largest."""
        return 1e-5 if self.dtype == torch.float64 else 1e-3

    @property
    def leak(self) -> float:
        """Of outputs that should not change at all: room for nothing but rounding."""
        return 1e-7 if self.dtype == torch.float64 else 1e-5

    def lengths(self, least: int = 1) -> list[int]:
        """Lengths to try, the context among them and none above it."""
        return [n for n in sorted({*LENGTHS, self.model.context}) if least <= n <= self.model.context]

    def stack(self, seed: int = 0, **changes: Any) -> DecoderStack:
        """A whole stack in evaluation mode, with its first weights. changes: keys of the recipe's model section."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return DecoderStack(self.model.model_copy(update=changes), VOCABULARY).to(self.dtype).eval()

    def mixer(self, seed: int = 0) -> Mixer:
        """The last layer's mixer. What begins at zero gets random weights, so that every part has an effect."""
        mixer: Any = self.stack(seed).layers[-1].mixer
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in mixer.parameters():
                if not parameter.any():
                    parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
        return mixer

    def fed(self, seed: int = 0, training: bool = False) -> "Fed":
        """A mixer that takes what `inputs` gives."""
        return Fed(self.mixer(seed).train(training), self.model.width)

    def inputs(self, rows: int, length: int, seed: int = 0) -> Tensor:
        """Random inputs [B, T, F], of variance 1 as behind a norm."""
        features = self.model.width + (key_value_width(self.model) if self.has_values else 0)
        generator = torch.Generator().manual_seed(1000 * seed + length)
        return torch.randn(rows, length, features, generator=generator).to(self.dtype)

    def starts(self, rows: int, length: int, seed: int = 0) -> Tensor:
        """Where stories start [B, T], other places in each row: one in twelve tokens, now and then two in a row, and at
        the first token of every second row."""
        pick = random.Random(f"{seed} {length}")
        starts = torch.tensor([[pick.random() < 1 / 12 for _ in range(length)] for _ in range(rows)])
        for row in range(rows):
            at = pick.randrange(length)
            starts[row, at : at + 1 + (row + seed) % 2] = True
        starts[::2, 0] = True
        return starts


class Fed(nn.Module):
    """A mixer whose inputs and value embeddings come as one tensor [B, T, F], so that both are cut and changed together."""

    def __init__(self, mixer: Mixer, width: int) -> None:
        super().__init__()
        self.mixer = mixer
        self.width = width

    def forward(self, fed_BTF: Tensor, starts_BT: Tensor | None = None) -> Tensor:
        x, values = self._split(fed_BTF)
        return self.mixer(x, starts_BT, values)

    def forward_from(
        self, fed_BTF: Tensor, state: MixerState, starts_BT: Tensor | None = None
    ) -> tuple[Tensor, MixerState]:
        x, values = self._split(fed_BTF)
        return self.mixer.forward_from(x, state, starts_BT, values)

    @torch.no_grad()
    def prefill(self, fed_BTF: Tensor, state: MixerState, lengths_B: Tensor) -> tuple[Tensor, MixerState]:
        x, values = self._split(fed_BTF)
        return self.mixer.prefill(x, state, lengths_B, values)

    def read(self, fed_BTF: Tensor, state: MixerState) -> tuple[Tensor, MixerState]:
        """`prefill` of all tokens of every row."""
        rows, length = fed_BTF.shape[:2]
        return self.prefill(fed_BTF, state, torch.full((rows,), length))

    @torch.no_grad()
    def seeded(self, fed_BTF: Tensor, starts_BT: Tensor | None = None, seed: int = 0) -> Tensor:
        """The parallel form without gradients, the same dropout each time."""
        torch.manual_seed(seed)
        return self(fed_BTF, starts_BT)

    def _split(self, fed_BTF: Tensor) -> tuple[Tensor, Tensor | None]:
        x, values = fed_BTF[..., : self.width], fed_BTF[..., self.width :]
        return x.contiguous(), values.contiguous() if values.shape[-1] else None


def some_positions(length: int, seed: int = 0) -> list[int]:
    """Positions from 1 to length - 1: all of few; else the last, one in the middle, and two others."""
    if length <= 6:
        return list(range(1, length))
    pick = random.Random(seed)
    return sorted({length - 1, length // 2, *(pick.randrange(1, length) for _ in range(2))})
