"""What every sequence mixer offers: a parallel form for training and a recurrent form for telling."""

from abc import ABC, abstractmethod
from dataclasses import fields
from typing import Protocol, Self

import torch
from torch import Tensor, nn


class MixerState(Protocol):
    """What a mixer remembers of each row of a batch."""

    def select(self, rows: Tensor) -> Self:
        """The state of some rows, in the order given; a copy."""
        ...

    def join(self, other: Self) -> Self:
        """This state's rows followed by the other's; a copy."""
        ...


def names_of(state: MixerState) -> list[str]:
    """Of the tensors that a state consists of: states are dataclasses of tensors, whose first dimension is the row."""
    return [field.name for field in fields(state)]  # pyright: ignore[reportArgumentType]


class Mixer(nn.Module, ABC):
    """One sequence-mixing layer. Causal: output t depends on inputs up to t only. Legend: B rows, T tokens, C width.

    One of your own has `out`, `forward`, `start` and `prefill`; the parallel form and the recurrent form must agree.

    Example:
        >>> import torch
        >>> mixer = Run("tiny").model.layers[0].mixer
        >>> isinstance(mixer, Mixer)
        True
        >>> mixer(torch.zeros(1, 5, 32)).shape
        torch.Size([1, 5, 32])
    """

    out: nn.Linear  # what it adds to the residual stream comes out of this product

    def initialise(self) -> None:
        """Sets the weights that should not begin as the stack begins them: called after those of all products are set."""

    @abstractmethod
    def forward(self, x_BTC: Tensor, starts_BT: Tensor | None = None, values_BTC: Tensor | None = None) -> Tensor:
        """The parallel form [B, T, C] -> [B, T, C]. Nothing is carried across a story start where `starts_BT` is given.
        values_BTC is added to what the mixer stores of each token (value embeddings)."""

    def forward_from(
        self, x_BTC: Tensor, state: MixerState, starts_BT: Tensor | None = None, values_BTC: Tensor | None = None
    ) -> tuple[Tensor, MixerState]:
        """The parallel form for one window of a longer text: goes on from the state at the end of the window before, and
        gives the state at its own end. No gradient reaches the state given. A mixer whose memory is its window (attention)
        begins anew."""
        return self.forward(x_BTC, starts_BT, values_BTC), state

    @abstractmethod
    def start(self, rows: int) -> MixerState:
        """The state before the first token."""

    @abstractmethod
    def prefill(
        self, x_BTC: Tensor, state: MixerState, lengths_B: Tensor, values_BTC: Tensor | None = None
    ) -> tuple[Tensor, MixerState]:
        """Reads `lengths_B[b]` tokens of each row after those that the state has seen; outputs past them are undefined.
        The state may be changed in place."""

    def patterns(self, x_BTC: Tensor, values_BTC: Tensor | None = None) -> dict[str, Tensor]:
        """What can be seen of the mixing, by name, for the inputs of the parallel form; by default nothing.

        Attention gives `attention`, [B, H, T, T]: how much each token takes of each. For looking at, not for speed.
        """
        return {}

    def step(self, x_BC: Tensor, state: MixerState, values_BC: Tensor | None = None) -> tuple[Tensor, MixerState]:
        """Reads one token of each row: constant work a token."""
        ones = torch.ones(x_BC.shape[0], dtype=torch.long, device=x_BC.device)
        values = None if values_BC is None else values_BC[:, None]
        y, state = self.prefill(x_BC[:, None], state, ones, values)
        return y[:, 0], state
