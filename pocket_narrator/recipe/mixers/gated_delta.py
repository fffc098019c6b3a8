"""The mixer `gated_delta` (Yang, Kautz & Hatamizadeh 2025): a memory that is corrected, not only added to."""

from typing import Literal

from pydantic import Field

from pocket_narrator.recipe.mixer_kind import MixerCost, MixerKind, StackSizes
from pocket_narrator.recipe.section import Section

KEPT_STATES = 16  # tokens to one state that is kept, in float32, for the backward pass


class GatedDeltaConfig(Section):
    """The mixer `gated_delta` (Yang, Kautz & Hatamizadeh 2025). Each head has queries, keys and values of width / heads."""

    # how far a key's old value can be taken out: 1 up to zero, 2 up to its negative (Grazzi et al. 2025)
    beta_range: Literal[1, 2] = 1
    householder_steps: int = Field(
        default=1, ge=1, le=8
    )  # keys that a token writes to, one after the other (DeltaProduct)
    convolution: int = Field(default=4, ge=1, le=16)  # tokens that the short convolution sees


def _check(model: StackSizes) -> None:
    if model.width % model.heads:
        raise ValueError(f"width={model.width} is not divisible by heads={model.heads}")


def _cost(model: StackSizes, index: int) -> MixerCost:
    options = model.options_of("gated_delta")
    width, heads, steps = model.width, model.heads, options.householder_steps
    head, mixed, choices = width // heads, (1 + 2 * steps) * width, (1 + steps) * heads
    return MixerCost(
        products=width * (width + mixed + choices) + width * width,
        others=mixed * options.convolution + 2 * heads + head,
        # of the state: what is stored under each key, its correction, and what is read
        flops=2 * options.convolution * mixed + 2 * width * head * (2 * steps + 1),
        activations=4 * width + 2 * mixed + (1 + 2 * steps) * width + 2 * choices + width * head // KEPT_STATES,
        state=(options.convolution - 1) * mixed + width * head,
    )


GATED_DELTA = MixerKind(
    "gated_delta",
    "pocket_narrator.models.mixers.gated_delta:GatedDelta",
    options=GatedDeltaConfig,
    check=_check,
    cost=_cost,
)
