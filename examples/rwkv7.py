"""rwkv7: the time mixing of RWKV-7 (Peng et al. 2025, "RWKV-7 Goose with Expressive Dynamic State Evolution", section 4).

Each head remembers a matrix, S[t] = S[t - 1] (diag(w) - k^ (a k^)^T) + v k~^T, and reads it by r: a delta rule whose decay w and
rate a each token chooses, channel by channel. Tokens are read one after another, in plain torch: slow, and simple. Left
out: the value residual from the first layer, since a layer here sees no other one.

narrator check rwkv7.py
narrator train storyworld-quick --plugin rwkv7.py "model.layers=rwkv7*4"
"""

from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pocket_narrator import Mixer, MixerKind, register_mixer

RANK = 16  # of the small products that make decays, rates and gates
FASTEST = -(torch.e**-0.5)  # log of the fastest decay (equation 12)


@dataclass
class Rwkv7State:
    """The last input, which the token shift looks at, and the matrices of all heads."""

    last_BC: Tensor
    memory_BHVK: Tensor

    def select(self, rows: Tensor) -> Self:
        return type(self)(self.last_BC[rows], self.memory_BHVK[rows])

    def join(self, other: Self) -> Self:
        return type(self)(torch.cat([self.last_BC, other.last_BC]), torch.cat([self.memory_BHVK, other.memory_BHVK]))


class Rwkv7(Mixer):
    """Legend: B rows, T tokens, C width, H heads, K width of a head, which V is as well."""

    def __init__(self, model, index: int) -> None:
        super().__init__()
        C = model.width
        self.heads = model.heads
        self.shift = nn.Parameter(torch.empty(6, C))  # how much of the last token r, w, k, v, a and g see
        self.receptance, self.key, self.value = (nn.Linear(C, C, bias=False) for _ in range(3))
        self.decay = nn.Sequential(nn.Linear(C, RANK, bias=False), nn.Tanh(), nn.Linear(RANK, C))
        self.rate = nn.Sequential(nn.Linear(C, RANK, bias=False), nn.Linear(RANK, C))
        self.gate = nn.Sequential(nn.Linear(C, RANK, bias=False), nn.Sigmoid(), nn.Linear(RANK, C, bias=False))
        self.removal = nn.Parameter(torch.empty(C))  # xi: scales the keys that are removed
        self.replacement = nn.Parameter(torch.empty(C))  # alpha: how far the rate scales the keys that are added
        self.bonus = nn.Parameter(torch.empty(C))  # rho: weighs what the token itself says
        self.norm = nn.GroupNorm(model.heads, C, eps=64e-5)
        self.out = nn.Linear(C, C, bias=False)

    def initialise(self) -> None:
        C = self.out.in_features
        place = torch.arange(C) / C
        self.shift.data.copy_((1 - place.sqrt()).expand(6, C))
        self.decay[2].bias.data.copy_(-6 + 5 * place)  # slow and fast channels
        nn.init.constant_(self.removal, 0.85)
        nn.init.ones_(self.replacement)
        nn.init.zeros_(self.bonus)

    def start(self, rows: int) -> Rwkv7State:
        weight, K = self.out.weight, self.out.in_features // self.heads
        return Rwkv7State(weight.new_zeros(rows, len(weight)), weight.new_zeros(rows, self.heads, K, K))

    def forward(self, x_BTC: Tensor, starts_BT=None, values_BTC=None) -> Tensor:
        return self._mix(x_BTC, self.start(len(x_BTC)), starts_BT)[0]

    def forward_from(self, x_BTC: Tensor, state, starts_BT=None, values_BTC=None):
        y, state = self._mix(x_BTC, state, starts_BT)
        return y, Rwkv7State(state.last_BC.detach(), state.memory_BHVK.detach())

    def prefill(self, x_BTC: Tensor, state, lengths_B: Tensor, values_BTC=None):
        return self._mix(x_BTC, state, lengths_B=lengths_B)

    def _mix(self, x_BTC: Tensor, state, starts_BT=None, lengths_B=None) -> tuple[Tensor, Rwkv7State]:
        before = torch.cat([state.last_BC[:, None].to(x_BTC.dtype), x_BTC[:, :-1]], dim=1)
        if starts_BT is not None:
            before = before * ~starts_BT[..., None]
        r, w, k, v, a, g = (torch.lerp(x_BTC, before, share) for share in self.shift.to(x_BTC.dtype))
        r, k, v, gate = self.receptance(r), self.key(k), self.value(v), self.gate(g)
        decay = torch.exp(FASTEST * torch.sigmoid(self.decay(w)))
        a = torch.sigmoid(self.rate(a))
        removed = F.normalize(self._heads(k * self.removal), dim=-1)
        k = k * torch.lerp(torch.ones_like(a), a, self.replacement.to(a.dtype))
        r, k, v, a, decay = map(self._heads, (r, k, v, a, decay))
        memory = state.memory_BHVK
        with torch.autocast(x_BTC.device.type, enabled=False):
            exact = (x.to(torch.promote_types(x.dtype, torch.float32)) for x in (r, decay, k, v, removed, a))
            y, memory = recur(*exact, memory, starts_BT, lengths_B)
        y = self.norm(y.flatten(0, 1).flatten(1)).view_as(x_BTC)
        y = y + ((r * k * self._heads(self.bonus)).sum(-1, keepdim=True) * v).flatten(2)
        last = x_BTC[:, -1] if lengths_B is None else x_BTC[torch.arange(len(x_BTC)), lengths_B - 1]
        return self.out(y * gate), Rwkv7State(last.to(state.last_BC.dtype), memory)

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1))


def recur(r, decay, k, v, removed, a, memory, starts_BT, lengths_B) -> tuple[Tensor, Tensor]:
    """All of [B, T, H, K]. The outputs [B, T, H, V], and the memory [B, H, V, K] after each row's tokens."""
    outputs = []
    for t in range(r.shape[1]):
        if starts_BT is not None:  # a story starts: nothing is remembered
            memory = memory * ~starts_BT[:, t, None, None, None]
        said = memory @ removed[:, t, :, :, None]  # what the memory says of this key
        new = (
            memory * decay[:, t, :, None] - said * (a * removed)[:, t, :, None] + v[:, t, ..., None] * k[:, t, :, None]
        )
        outputs.append((new @ r[:, t, :, :, None])[..., 0])
        if lengths_B is not None:  # past the end of a row: padding, the memory stays
            new = torch.where((t < lengths_B)[:, None, None, None], new, memory)
        memory = new
    return torch.stack(outputs, dim=1), memory


def check(model) -> None:
    """The heads have to fit the width."""
    if model.width % model.heads:
        raise ValueError(f"width={model.width} is not divisible by heads={model.heads}")


register_mixer(MixerKind("rwkv7", Rwkv7, check=check))
