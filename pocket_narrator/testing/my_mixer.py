"""my_mixer: a gated average. Each channel remembers h = a h + (1 - a) u; each token chooses its own a and u.

narrator check my_mixer.py
narrator train storyworld-quick --plugin my_mixer.py model.layers="my_mixer*4"
"""

from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator import Mixer, MixerKind, register_mixer


@dataclass
class MyMixerState:
    """What is remembered of each story: tensors whose first dimension is the row, of a size that does not grow."""

    memory_BC: Tensor

    def select(self, rows: Tensor) -> Self:
        return type(self)(self.memory_BC[rows])

    def join(self, other: Self) -> Self:
        return type(self)(torch.cat([self.memory_BC, other.memory_BC]))


class MyMixer(Mixer):
    """Legend: B rows, T tokens, C width."""

    def __init__(self, model, index: int) -> None:  # the recipe's section `model`, and the layer's number from 0
        super().__init__()
        self.up = nn.Linear(model.width, 3 * model.width)  # makes u, a, and a gate of what is read
        self.out = nn.Linear(model.width, model.width, bias=False)  # its product is added to the residual stream

    def initialise(self) -> None:
        """After the stack has set all weights: memories of 1 to 100 tokens."""
        tokens = torch.logspace(0, 2, self.out.in_features)
        self.up.bias.data.chunk(3)[1].copy_(torch.logit(torch.exp(-1 / tokens)))

    def start(self, rows: int) -> MyMixerState:
        return MyMixerState(self.out.weight.new_zeros(rows, self.out.in_features))

    def forward(self, x_BTC: Tensor, starts_BT=None, values_BTC=None) -> Tensor:
        """Training: all tokens at once. Where a story starts, nothing is remembered."""
        return self._mix(x_BTC, self.start(len(x_BTC)), starts_BT)[0]

    def forward_from(self, x_BTC: Tensor, state, starts_BT=None, values_BTC=None):
        """The same for one window of a long text: without gradients into the window before."""
        y, state = self._mix(x_BTC, state, starts_BT)
        return y, MyMixerState(state.memory_BC.detach())

    def prefill(self, x_BTC: Tensor, state, lengths_B: Tensor, values_BTC=None):
        """Generation: reads `lengths_B` tokens of each row; what follows them is padding."""
        return self._mix(x_BTC, state, lengths_B=lengths_B)

    def _mix(self, x_BTC: Tensor, state, starts_BT=None, lengths_B=None) -> tuple[Tensor, MyMixerState]:
        u, a, gate = self.up(x_BTC).chunk(3, dim=-1)
        keep, add = torch.sigmoid(a), u * torch.sigmoid(-a)
        if starts_BT is not None:  # forgets what was before
            keep = keep * ~starts_BT[..., None]
        if lengths_B is not None:  # padding changes nothing
            padding = (torch.arange(x_BTC.shape[1], device=x_BTC.device) >= lengths_B[:, None])[..., None]
            keep, add = keep.masked_fill(padding, 1), add.masked_fill(padding, 0)
        add = torch.cat([add[:, :1] + keep[:, :1] * state.memory_BC[:, None], add[:, 1:]], dim=1)
        memory = scan(keep, add)
        return self.out(memory * F.silu(gate)), MyMixerState(memory[:, -1])


def scan(keep_BTC: Tensor, add_BTC: Tensor) -> Tensor:
    """h[t] = keep[t] h[t - 1] + add[t] for all t, in log2(T) rounds: each joins stretches of twice as many tokens."""
    stretch = 1
    while stretch < keep_BTC.shape[1]:
        earlier = F.pad(add_BTC, (0, 0, stretch, 0))[:, :-stretch]
        add_BTC = add_BTC + keep_BTC * earlier
        keep_BTC = keep_BTC * F.pad(keep_BTC, (0, 0, stretch, 0))[:, :-stretch]
        stretch *= 2
    return add_BTC


register_mixer(MixerKind("my_mixer", MyMixer))
