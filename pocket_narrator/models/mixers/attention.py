"""Softmax attention (Vaswani et al. 2017) with rotary positions, grouped queries, QK norm and a window, all optional."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from pocket_narrator.models.decoder_program.builder import ProgramBuilder, padded
from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.attention import attend, attention, attention_weights, split_heads, visible
from pocket_narrator.models.mixers.mixer import Mixer, MixerState
from pocket_narrator.models.positions import first_visible, rotation_table
from pocket_narrator.recipe.schema import ModelConfig

QK_NORM_LOGIT_LIMIT = 12.0  # normalised queries and keys give scores in [-12, 12]


@dataclass(slots=True)
class AttentionState:
    """Keys and values of the last `window` tokens of each row. Slot s holds the latest token whose position is s modulo
    the window, so that the memory is constant however long the story gets."""

    keys_BGWD: Tensor
    values_BGWD: Tensor
    seen_B: Tensor  # tokens read so far

    def select(self, rows: Tensor) -> Self:
        return type(self)(self.keys_BGWD[rows], self.values_BGWD[rows], self.seen_B[rows])

    def join(self, other: Self) -> Self:
        return type(self)(
            torch.cat([self.keys_BGWD, other.keys_BGWD]),
            torch.cat([self.values_BGWD, other.values_BGWD]),
            torch.cat([self.seen_B, other.seen_B]),
        )


class Attention(Mixer):
    """Every token looks at itself and at the tokens before it, at most `window` in all."""

    cosine: Tensor
    sine: Tensor

    def __init__(self, model: ModelConfig, index: int = 0) -> None:
        super().__init__()
        self.heads = model.heads
        self.key_value_heads = model.key_value_heads or model.heads
        self.head_width = model.width // model.heads
        self.window = model.window or model.context
        self.rope_base = model.rope_base if model.positions == "rope" else None
        self.qk_norm = model.qk_norm
        self.scale = QK_NORM_LOGIT_LIMIT / self.head_width if model.qk_norm else self.head_width**-0.5
        self.qkv = nn.Linear(model.width, (self.heads + 2 * self.key_value_heads) * self.head_width, bias=model.bias)
        self.out = nn.Linear(model.width, model.width, bias=model.bias)
        if self.rope_base is not None:
            cosine, sine = rotation_table(torch.arange(model.context), self.head_width, self.rope_base)
            self.register_buffer("cosine", cosine, persistent=False)
            self.register_buffer("sine", sine, persistent=False)

    def forward(self, x_BTC: Tensor, starts_BT: Tensor | None = None, values_BTC: Tensor | None = None) -> Tensor:
        lower = None if starts_BT is None else first_visible(starts_BT).to(torch.int32)
        qkv = self._qkv(x_BTC, values_BTC)
        mixed = attention(
            qkv, lower, self._rotation(x_BTC), self.heads, self.key_value_heads, self.window, self.scale, self.qk_norm
        )
        return self.out(mixed)

    def start(self, rows: int) -> AttentionState:
        weight = self.qkv.weight
        shape = (rows, self.key_value_heads, self.window, self.head_width)
        empty = torch.zeros(shape, dtype=weight.dtype, device=weight.device)
        return AttentionState(empty, empty.clone(), torch.zeros(rows, dtype=torch.long, device=weight.device))

    def prefill(
        self, x_BTC: Tensor, state: MixerState, lengths_B: Tensor, values_BTC: Tensor | None = None
    ) -> tuple[Tensor, AttentionState]:
        assert isinstance(state, AttentionState)
        B, T, C = x_BTC.shape
        positions_BT = state.seen_B[:, None] + torch.arange(T, device=x_BTC.device)
        q, k, v = self._heads(x_BTC, values_BTC, positions_BT)
        if T == 1:
            return self.out(self._look_back(q, k, v, state).transpose(1, 2).reshape(B, T, C)), state
        keys = torch.cat([state.keys_BGWD.to(k.dtype), k], dim=2)
        values = torch.cat([state.values_BGWD.to(v.dtype), v], dim=2)
        if x_BTC.is_cuda and self.window >= T and not state.seen_B.any():  # a fused kernel without a mask
            mixed = attend(q, k, v, None, self.scale)
        else:
            mixed = attend(q, keys, values, self._seen(state, positions_BT), self.scale)
        return self.out(mixed.transpose(1, 2).reshape(B, T, C)), self._remember(state, keys, values, lengths_B)

    def _seen(self, state: AttentionState, positions_BT: Tensor) -> Tensor:
        """Which keys, stored and new, each new token sees: [B, 1, T, W + T]."""
        slots = torch.arange(self.window, device=positions_BT.device)
        last_B1 = state.seen_B[:, None] - 1
        stored_BW = last_B1 - (last_B1 - slots) % self.window  # position held by each slot; negative: none yet
        keys = torch.cat([stored_BW, positions_BT], dim=1)[:, None, None, :]
        queries = positions_BT[:, None, :, None]
        return (keys >= 0) & (keys <= queries) & (keys > queries - self.window)

    def views(self, x_BTC: Tensor, values_BTC: Tensor | None = None) -> dict[str, Tensor]:
        """attention: how much each token takes of each, head by head, [B, H, T, T]; rows add up to 1."""
        T, device = x_BTC.shape[1], x_BTC.device
        q, k, _ = self._heads(x_BTC, values_BTC, torch.arange(T, device=device)[None])
        return {"attention": attention_weights(q, k, visible(T, self.window, None, device), self.scale)}

    def why_not_compiled(self) -> str | None:
        widest = native.constant("MAX_HEAD_WIDTH")
        return None if self.head_width <= widest else f"its heads are wider than {widest}"

    def compile_into(self, builder: ProgramBuilder, norm: tuple, values: Tensor | None) -> None:
        H, G, D, W = self.heads, self.key_value_heads, self.head_width, self.window
        has_pairs = builder.precision != "fp32"
        dtype = torch.bfloat16 if has_pairs else torch.float32
        keys = builder.kv_cache(G, padded(W, "SPAN"), D + D % 2 if has_pairs else D, dtype=dtype)
        stored = builder.kv_cache(G, padded(W, "SPAN"), padded(D, "LANES"), dtype=dtype)
        qkv, mixed = builder.program.rows_of((H + 2 * G) * D), builder.program.rows_of(H * D)
        builder.product(self.qkv, builder.x, qkv, norm=norm)
        number = builder.program.add(
            "attend", heads=H, key_value_heads=G, width=D, window=W, has_pairs=has_pairs, has_norm=self.qk_norm,
            scale=self.scale, qkv=qkv, output=mixed, keys=keys, values=stored, added=values,
        )  # fmt: skip
        builder.rotate(number, D, self.rope_base)
        builder.product(self.out, mixed, builder.x, is_added=True)

    def _heads(self, x_BTC: Tensor, values_BTC: Tensor | None, positions_BT: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries [B, H, T, D], keys and values [B, G, T, D], as they meet."""
        rotation = None
        if self.rope_base is not None:
            rotation = rotation_table(positions_BT[:, None], self.head_width, self.rope_base)
        return split_heads(self._qkv(x_BTC, values_BTC), rotation, self.heads, self.key_value_heads, self.qk_norm)

    def _look_back(self, q: Tensor, k: Tensor, v: Tensor, state: AttentionState) -> Tensor:
        """One token of each row [B, H, 1, D]: its key and value are written in place, and only what has been written is read."""
        rows = torch.arange(len(q), device=q.device)
        place = state.seen_B % self.window
        state.keys_BGWD[rows, :, place] = k[:, :, 0].to(state.keys_BGWD.dtype)
        state.values_BGWD[rows, :, place] = v[:, :, 0].to(state.values_BGWD.dtype)
        state.seen_B = state.seen_B + 1
        held = self.window if q.is_cuda else min(self.window, int(state.seen_B.max()))
        keys, values = (x[:, :, :held].to(q.dtype) for x in (state.keys_BGWD, state.values_BGWD))
        seen = torch.arange(held, device=q.device) < state.seen_B[:, None]
        grouped = q.view(len(q), self.key_value_heads, -1, self.head_width)
        weights = attention_weights(grouped, keys, seen[:, None, None], self.scale)
        return (weights.to(values.dtype) @ values).view_as(q)

    def _remember(self, state: AttentionState, keys: Tensor, values: Tensor, lengths_B: Tensor) -> AttentionState:
        """Keeps the last `window` of [stored, new] tokens; keys and values: [B, G, W + T, D]."""
        seen_B = state.seen_B + lengths_B
        slots = torch.arange(self.window, device=keys.device)
        last_B1 = seen_B[:, None] - 1
        held_BW = last_B1 - (last_B1 - slots) % self.window
        is_new = held_BW >= state.seen_B[:, None]
        source_BW = torch.where(is_new, self.window + held_BW - state.seen_B[:, None], slots)
        index = source_BW[:, None, :, None].expand(-1, keys.shape[1], -1, keys.shape[3])
        dtype = state.keys_BGWD.dtype
        return AttentionState(keys.gather(2, index).to(dtype), values.gather(2, index).to(dtype), seen_B)

    def _qkv(self, x_BTC: Tensor, values_BTC: Tensor | None) -> Tensor:
        qkv = self.qkv(x_BTC)
        if values_BTC is None:
            return qkv
        stored = values_BTC.shape[-1]
        return torch.cat([qkv[..., :-stored], qkv[..., -stored:] + values_BTC.to(qkv.dtype)], dim=-1)

    def _rotation(self, x_BTC: Tensor) -> tuple[Tensor, Tensor] | None:
        if self.rope_base is None:
            return None
        T = x_BTC.shape[1]
        if self.cosine.shape[0] < T:
            return rotation_table(torch.arange(T, device=x_BTC.device), self.head_width, self.rope_base)
        return self.cosine[:T], self.sine[:T]
