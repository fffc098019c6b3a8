"""How the tracks of the narrative mixer look at each other."""

import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator.models.kernels.chunked import sum_dtype
from pocket_narrator.models.kernels.rows import by_rows


class CrossTrackAttention(nn.Module):
    """At each token the tracks are a sequence of K tokens that attend to each other; constant work and no state."""

    def __init__(self, track_widths: list[int], width: int, start: float) -> None:
        super().__init__()
        self.track_widths, self.width, self.start = track_widths, width, start
        self.gates = nn.Parameter(torch.zeros(len(track_widths)))  # tanh of them: closed at first
        self.qkv = nn.ModuleList(nn.Linear(track, 3 * width, bias=False) for track in track_widths)
        self.back = nn.ModuleList(nn.Linear(width, track, bias=False) for track in track_widths)

    def initialise(self) -> None:
        nn.init.constant_(self.gates, math.atanh(self.start))

    def forward(self, y_BTE: Tensor, gain_E: Tensor, epsilon: float) -> Tensor:
        """What each track hears of the others, [B, T, E]. y: the tracks, which are looked at through RMSNorms with these gains.

        The norms are taken out of the products: W (gain y / rms) = (W gain) y / rms, so that no normed y is written.
        """
        tracks, gains = y_BTE.split(self.track_widths, dim=-1), gain_E.split(self.track_widths)
        weights = self.qkv.parameters()
        products = [F.linear(x, weight * gain) for x, weight, gain in zip(tracks, weights, gains, strict=True)]
        lengths = [torch.linalg.vector_norm(x, dim=-1, dtype=sum_dtype(x)) * x.shape[-1] ** -0.5 for x in tracks]
        rows = (torch.stack(products, dim=2), torch.stack(lengths, dim=-1))
        (mixed,) = by_rows(partial(_attend, epsilon=epsilon), rows, (self.gates,))
        return torch.cat([product(mixed[..., i, :]) for i, product in enumerate(self.back)], dim=-1)


def _attend(qkv: Tensor, rms: Tensor, gates: Tensor, epsilon: float) -> tuple[Tensor]:
    """From [B, T, K, 3 width] and [B, T, K] to what each track hears [B, T, K, width]."""
    exact = qkv.to(rms.dtype) * torch.rsqrt(rms.square() + epsilon)[..., None]
    q, k, v = exact.chunk(3, dim=-1)
    scores = (q[..., :, None, :] * k[..., None, :, :]).sum(-1) * q.shape[-1] ** -0.5
    shares = torch.softmax(scores, dim=-1) * torch.tanh(gates)[:, None]
    return ((shares[..., None] * v[..., None, :, :]).sum(-2).to(qkv.dtype),)
