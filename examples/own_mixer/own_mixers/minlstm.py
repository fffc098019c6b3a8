"""minlstm: an LSTM whose gates look at the token only (Feng et al. 2024, "Were RNNs All We Needed?", section 3.2).

h[t] = f' h[t - 1] + i' W x with f' = f / (f + i) and i' = i / (f + i), so that all tokens are computed at once.
"""

from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator import Mixer


@dataclass
class MinLstmState:
    """The hidden state after the last token of each row."""

    hidden_BE: Tensor

    def select(self, rows: Tensor) -> Self:
        return type(self)(self.hidden_BE[rows])

    def join(self, other: Self) -> Self:
        return type(self)(torch.cat([self.hidden_BE, other.hidden_BE]))


class MinLstm(Mixer):
    """Legend: B rows, T tokens, C width, E channels."""

    def __init__(self, model, index: int) -> None:
        super().__init__()
        self.channels = model.options_of("minlstm").expand * model.width
        self.up = nn.Linear(model.width, 3 * self.channels)  # forget gates, input gates, candidates
        self.out = nn.Linear(self.channels, model.width, bias=False)

    def initialise(self) -> None:
        """Memories of 1 to 100 tokens: f' = exp(-1 / tokens) where the token says nothing."""
        tokens = torch.logspace(0, 2, self.channels)
        keep = torch.exp(-1 / tokens)
        forget, add, _ = self.up.bias.data.chunk(3)
        forget.copy_(torch.logit(keep))
        add.copy_(-forget)

    def start(self, rows: int) -> MinLstmState:
        return MinLstmState(self.out.weight.new_zeros(rows, self.channels))

    def forward(self, x_BTC: Tensor, starts_BT=None, values_BTC=None) -> Tensor:
        return self._mix(x_BTC, self.start(len(x_BTC)), starts_BT)[0]

    def forward_from(self, x_BTC: Tensor, state, starts_BT=None, values_BTC=None):
        y, state = self._mix(x_BTC, state, starts_BT)
        return y, MinLstmState(state.hidden_BE.detach())

    def prefill(self, x_BTC: Tensor, state, lengths_B: Tensor, values_BTC=None):
        return self._mix(x_BTC, state, lengths_B=lengths_B)

    def _mix(self, x_BTC: Tensor, state, starts_BT=None, lengths_B=None) -> tuple[Tensor, MinLstmState]:
        f, i, candidate = self.up(x_BTC).chunk(3, dim=-1)
        share = F.logsigmoid(f) - F.logsigmoid(i)  # log(f / i), so that nothing is divided by f + i
        keep, add = torch.sigmoid(share), torch.sigmoid(-share) * candidate
        if starts_BT is not None:
            keep = keep * ~starts_BT[..., None]
        if lengths_B is not None:
            padding = (torch.arange(x_BTC.shape[1], device=x_BTC.device) >= lengths_B[:, None])[..., None]
            keep, add = keep.masked_fill(padding, 1), add.masked_fill(padding, 0)
        add = torch.cat([add[:, :1] + keep[:, :1] * state.hidden_BE[:, None], add[:, 1:]], dim=1)
        hidden = scan(keep, add)
        return self.out(hidden), MinLstmState(hidden[:, -1])


def scan(keep: Tensor, add: Tensor) -> Tensor:
    """h[t] = keep[t] h[t - 1] + add[t] over the tokens of [B, T, E], in log2(T) rounds (Hillis & Steele 1986)."""
    stretch = 1
    while stretch < keep.shape[1]:
        add = add + keep * F.pad(add, (0, 0, stretch, 0))[:, :-stretch]
        keep = keep * F.pad(keep, (0, 0, stretch, 0))[:, :-stretch]
        stretch *= 2
    return add
