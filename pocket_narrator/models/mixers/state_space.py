"""What the state-space mixers share: their state, their forms, and the short convolution's memory."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from pocket_narrator.models.mixers.mixer import Mixer, MixerState

PAST_THE_END = -1e4  # softplus of it is zero: a step that leaves the state as it is


@dataclass(slots=True)
class StateSpaceState:
    """Constant in size, however long the story gets."""

    recent_BKE: Tensor  # the last K - 1 inputs of the convolution
    memory: Tensor  # the state itself; its first dimension is the row

    def select(self, rows: Tensor) -> Self:
        return type(self)(self.recent_BKE[rows], self.memory[rows])

    def join(self, other: Self) -> Self:
        return type(self)(torch.cat([self.recent_BKE, other.recent_BKE]), torch.cat([self.memory, other.memory]))

    def detach(self) -> Self:
        return type(self)(self.recent_BKE.detach(), self.memory.detach())


class StateSpaceMixer(Mixer):
    """All forms out of one: what the tokens are mixed to, and the state that they leave."""

    @abstractmethod
    def _mix(
        self, x_BTC: Tensor, state: StateSpaceState | None, starts_BT: Tensor | None, lengths_B: Tensor | None
    ) -> tuple[Tensor, StateSpaceState | None]:
        """Goes on from `state`, and gives the one after the last token, or after `lengths_B` of them; none: from the
        beginning, and no state is asked for."""

    def forward(self, x_BTC: Tensor, starts_BT: Tensor | None = None, values_BTC: Tensor | None = None) -> Tensor:
        return self._mix(x_BTC, None, starts_BT, None)[0]

    def forward_from(
        self, x_BTC: Tensor, state: MixerState, starts_BT: Tensor | None = None, values_BTC: Tensor | None = None
    ) -> tuple[Tensor, MixerState]:
        y, after = self._go_on(x_BTC, state, starts_BT, None)
        return y, after.detach()

    def prefill(
        self, x_BTC: Tensor, state: MixerState, lengths_B: Tensor, values_BTC: Tensor | None = None
    ) -> tuple[Tensor, StateSpaceState]:
        return self._go_on(x_BTC, state, None, lengths_B)

    def _go_on(
        self, x_BTC: Tensor, state: MixerState, starts_BT: Tensor | None, lengths_B: Tensor | None
    ) -> tuple[Tensor, StateSpaceState]:
        assert isinstance(state, StateSpaceState)
        y, after = self._mix(x_BTC, state, starts_BT, lengths_B)
        assert after is not None
        return y, after


def recent_inputs(before_BKE: Tensor, x_BTE: Tensor, lengths_B: Tensor | None, starts_BT: Tensor | None) -> Tensor:
    """The last K - 1 of [before, x]: of `lengths_B` tokens of each row, or of all; zeros where they are of an earlier story."""
    kept = before_BKE.shape[1]
    T = x_BTE.shape[1]
    both = torch.cat([before_BKE.to(x_BTE.dtype), x_BTE], dim=1)
    if lengths_B is not None and T > 1:
        index = lengths_B[:, None] + torch.arange(kept, device=x_BTE.device)
        return both.gather(1, index[..., None].expand(-1, -1, both.shape[2]))
    recent = both[:, T:]
    if starts_BT is None:
        return recent.clone()
    story = torch.nn.functional.pad(starts_BT.cumsum(1), (kept, 0))
    return recent * (story[:, T:] == story[:, -1:])[..., None]


def mask_past_the_end(delta_BTE: Tensor, lengths_B: Tensor | None) -> Tensor:
    """Steps that are zero past each row's length, so that what is padding there leaves the state alone."""
    T = delta_BTE.shape[1]
    if lengths_B is None or T == 1:
        return delta_BTE
    past = torch.arange(T, device=delta_BTE.device) >= lengths_B[:, None]
    return delta_BTE.masked_fill(past[..., None], PAST_THE_END)
