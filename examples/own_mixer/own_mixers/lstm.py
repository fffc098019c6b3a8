"""lstm: long short-term memory (Hochreiter & Schmidhuber 1997), with the forget gate of Gers et al. (2000).

Its gates look at the last output, so tokens are read one after another in training, too: slow, and simple.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from pocket_narrator import Mixer


@dataclass
class LstmState:
    """Output and cell after the last token of each row."""

    hidden_BC: Tensor
    cell_BC: Tensor

    def select(self, rows: Tensor) -> Self:
        return type(self)(self.hidden_BC[rows], self.cell_BC[rows])

    def join(self, other: Self) -> Self:
        return type(self)(torch.cat([self.hidden_BC, other.hidden_BC]), torch.cat([self.cell_BC, other.cell_BC]))


class Lstm(Mixer):
    """Legend: B rows, T tokens, C width. Gates in the order of torch.nn.LSTM: input, forget, cell, output."""

    def __init__(self, model, index: int) -> None:
        super().__init__()
        self.width = model.width
        self.up = nn.Linear(model.width, 4 * model.width)
        self.again = nn.Linear(model.width, 4 * model.width, bias=False)  # reads the last output
        self.out = nn.Linear(model.width, model.width, bias=False)

    def initialise(self) -> None:
        """Forget gates begin open (Jozefowicz et al. 2015, section 2.2)."""
        self.up.bias.data.chunk(4)[1].fill_(1)

    def start(self, rows: int) -> LstmState:
        zeros = self.out.weight.new_zeros(rows, self.width)
        return LstmState(zeros, zeros.clone())

    def forward(self, x_BTC: Tensor, starts_BT=None, values_BTC=None) -> Tensor:
        return self._mix(x_BTC, self.start(len(x_BTC)), starts_BT)[0]

    def forward_from(self, x_BTC: Tensor, state, starts_BT=None, values_BTC=None):
        y, state = self._mix(x_BTC, state, starts_BT)
        return y, LstmState(state.hidden_BC.detach(), state.cell_BC.detach())

    def prefill(self, x_BTC: Tensor, state, lengths_B: Tensor, values_BTC=None):
        return self._mix(x_BTC, state, lengths_B=lengths_B)

    def _mix(self, x_BTC: Tensor, state, starts_BT=None, lengths_B=None) -> tuple[Tensor, LstmState]:
        hidden, cell = state.hidden_BC, state.cell_BC
        outputs = []
        for t, gates in enumerate(self.up(x_BTC).unbind(dim=1)):
            if starts_BT is not None:  # a story starts: nothing is remembered
                hidden, cell = hidden * ~starts_BT[:, t, None], cell * ~starts_BT[:, t, None]
            i, f, g, o = (gates + self.again(hidden)).chunk(4, dim=-1)
            new_cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            new_hidden = torch.sigmoid(o) * torch.tanh(new_cell)
            outputs.append(new_hidden)
            if lengths_B is not None:  # past the end of a row: padding, the state stays
                reads = (t < lengths_B)[:, None]
                new_hidden, new_cell = torch.where(reads, new_hidden, hidden), torch.where(reads, new_cell, cell)
            hidden, cell = new_hidden, new_cell
        return self.out(torch.stack(outputs, dim=1)), LstmState(hidden, cell)
