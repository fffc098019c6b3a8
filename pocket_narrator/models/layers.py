"""The parts of a layer that look at one token at a time: norms and feed-forward networks."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class RMSNorm(nn.Module):
    """x / rms(x) * gain (Zhang & Sennrich 2019)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), eps=1e-6)


def make_norm(kind: str, width: int, bias: bool) -> nn.Module:
    """`rms` or `layer`."""
    return RMSNorm(width) if kind == "rms" else nn.LayerNorm(width, bias=bias)


class FeedForward(nn.Module):
    """Two products with a nonlinearity between them; with SwiGLU (Shazeer 2020) the first one makes gate and value."""

    def __init__(self, width: int, hidden_width: int, kind: str, bias: bool) -> None:
        super().__init__()
        self.kind = kind
        self.up = nn.Linear(width, hidden_width * (2 if kind == "swiglu" else 1), bias=bias)
        self.down = nn.Linear(hidden_width, width, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.up(x)
        if self.kind == "swiglu":
            gate, value = hidden.chunk(2, dim=-1)
            hidden = F.silu(gate) * value
        elif self.kind == "gelu":
            hidden = F.gelu(hidden, approximate="tanh")
        else:
            hidden = F.relu(hidden).square()  # So et al. 2021 (Primer)
        return self.down(hidden)
