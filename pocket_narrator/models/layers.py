"""The parts of a layer that look at one token at a time: norms and feed-forward networks."""

import torch
from torch import Tensor, nn

from pocket_narrator.models.kernels.pointwise import activation, norm


class Norm(nn.Module):
    """`layer`: (x - mean) / deviation * gain + bias (Ba et al. 2016). `rms`: x / rms(x) * gain (Zhang & Sennrich 2019)."""

    def __init__(self, kind: str, width: int, bias: bool, epsilon: float) -> None:
        super().__init__()
        self.centred = kind == "layer"
        self.epsilon = epsilon
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width)) if bias and self.centred else None

    def forward(self, x: Tensor) -> Tensor:
        return norm(x, self.weight, self.bias, self.centred, self.epsilon)


class FeedForward(nn.Module):
    """Two products with a nonlinearity between them; with SwiGLU the first one makes gate and value."""

    def __init__(self, width: int, hidden_width: int, kind: str, bias: bool) -> None:
        super().__init__()
        self.kind = kind
        self.up = nn.Linear(width, hidden_width * (2 if kind == "swiglu" else 1), bias=bias)
        self.down = nn.Linear(hidden_width, width, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(activation(self.up(x), self.kind))
