"""Where a token stands: tables for rotary, sinusoidal and learned positions."""

import torch
from torch import Tensor, nn


def rotation_table(positions: Tensor, head_width: int, base: float) -> tuple[Tensor, Tensor]:
    """Cosines and sines [..., D/2], float32, for rotary positions (Su et al. 2021, eq. 15: theta_d = base^(-2d/D)).

    positions: integers of any shape.
    """
    half = head_width // 2
    # In float64: at position 100,000 a float32 angle would be wrong in the third digit.
    frequencies = base ** (-torch.arange(half, dtype=torch.float64, device=positions.device) / half)
    angles = positions[..., None].to(torch.float64) * frequencies
    return angles.cos().float(), angles.sin().float()


def sinusoidal_table(length: int, width: int) -> Tensor:
    """[length, width], float32 (Vaswani et al. 2017, section 3.5: sine on even columns, cosine on odd ones)."""
    frequencies = 10_000.0 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.arange(length, dtype=torch.float64)[:, None] * frequencies
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).float()


class AbsolutePositions(nn.Module):
    """Adds a vector for each position below the context length; learned, or fixed sines and cosines."""

    def __init__(self, kind: str, context: int, width: int) -> None:
        super().__init__()
        if kind == "learned":
            self.table = nn.Parameter(torch.zeros(context, width))
        else:
            self.register_buffer("table", sinusoidal_table(context, width), persistent=False)

    def forward(self, positions_BT: Tensor) -> Tensor:
        """[B, T] integers below the context length to [B, T, C]."""
        return nn.functional.embedding(positions_BT, self.table)


def positions_in_story(starts_BT: Tensor) -> Tensor:
    """Index of each token counted from the last story start at or before it [B, T]; from 0 where a row begins mid-story."""
    index = torch.arange(starts_BT.shape[1], device=starts_BT.device)
    return index - first_visible(starts_BT)


def first_visible(starts_BT: Tensor) -> Tensor:
    """Position of the last story start at or before each token [B, T], 0 where a row begins mid-story."""
    index = torch.arange(starts_BT.shape[1], device=starts_BT.device)
    return torch.where(starts_BT, index, 0).cummax(dim=1).values
