"""A track of the narrative mixer whose memory is keyed: heads with a matrix each, written by the gated delta rule (kernels/delta.py).

A token writes under a key, and takes out what was stored under it before: who holds what is corrected, not added to. Fading and the
strength of writes go by the router and the track's time scales, as in the other tracks. The state is as large as that of as many channels.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator.models.kernels.chunked import sum_dtype
from pocket_narrator.models.kernels.delta import delta_recurrence
from pocket_narrator.recipe.mixers.narrative import TrackConfig

LEAST_WEIGHT = 1e-6  # of a token for the track: its logarithm is taken


class AssociativeTrack(nn.Module):
    """Legend: W channels of the track, H heads, N key width, V = W / H value width, M memory of a head in tokens.

    Of each token, with values v (the track's channels) and r its weight by the router (1 without):

        q, k = of length 1, made from all W channels,    f = exp(-r / M),    beta = sigmoid(b + log r)
        S <- f S,    S <- (I - beta k k^T) S + beta k v^T,    y = S^T q

    log M lies between the track's bounds, at a place that the token chooses. A token that is not meant for the track (r = 0) neither
    fades nor writes.

    select: makes queries (H N), keys (H N), a (H) and b (H), in this order. place: [H], of M at first.
    """

    def __init__(self, width: int, heads: int, key_width: int, track: TrackConfig) -> None:
        super().__init__()
        self.heads, self.key_width, self.value_width = heads, key_width, width // heads
        self.parts = [2 * heads * key_width, heads, heads]
        self.select = nn.Linear(width, sum(self.parts), bias=False)
        self.place = nn.Parameter(torch.empty(heads))
        self.slowest, self.fastest = -math.log(track.longest), -math.log(track.shortest)

    def initialise(self) -> None:
        """Memories log-uniform between the bounds."""
        nn.init.uniform_(self.select.weight, -(self.select.in_features**-0.5), self.select.in_features**-0.5)
        self.place.data.copy_(torch.logit((torch.arange(self.heads) + 0.5) / self.heads))

    def tokens(self) -> Tensor:
        """The memory of each head where the token has no say: [H]."""
        return torch.exp(-self._log_steps(self.place))

    def forward(
        self,
        u_BTW: Tensor,
        weight_BT: Tensor | None,
        kept_BT: Tensor | None,
        starts_BT: Tensor | None,
        memory: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """What is read [B, T, W], and the memory after the last token [B, N, W]. weight_BT: of the router; none: ones. kept_BT: which
        tokens are not padding; none: all."""
        exact = sum_dtype(u_BTW)
        both, a, b = self.select(u_BTW).to(exact).split(self.parts, dim=-1)
        q, k = F.normalize(both.unflatten(-1, (2, self.heads, self.key_width)), dim=-1).unbind(2)
        log_decay = -torch.exp(self._log_steps(a + self.place))
        if weight_BT is not None:
            weight = weight_BT.to(exact)[..., None]
            log_decay, b = log_decay * weight, b + weight.clamp(min=LEAST_WEIGHT).log()
        beta = torch.sigmoid(b)
        if kept_BT is not None:
            log_decay, beta = log_decay * kept_BT[..., None], beta * kept_BT[..., None]
        values = u_BTW.unflatten(-1, (self.heads, self.value_width))[:, :, None]
        state = None if memory is None else memory.unflatten(-1, (self.heads, self.value_width)).transpose(1, 2)
        y, state = delta_recurrence(q, k[:, :, None], values, beta[:, :, None], log_decay, starts_BT, state)
        return y.flatten(2), state.transpose(1, 2).flatten(2)

    def _log_steps(self, place: Tensor) -> Tensor:
        return self.slowest + (self.fastest - self.slowest) * torch.sigmoid(place)
