"""The mixer `mamba2` (Dao & Gu 2024): one decay a head, so that it is made of matrix products."""

from pydantic import Field

from pocket_narrator.recipe.limits import LONGEST_CONTEXT, WIDEST
from pocket_narrator.recipe.mixer_kind import MixerCost, MixerKind, StackSizes
from pocket_narrator.recipe.section import Section


class Mamba2Config(Section):
    """The mixer `mamba2` (Dao & Gu 2024): one decay a head, so that it is made of matrix products."""

    expand: int = Field(default=2, ge=1, le=64)  # channels = expand x width
    head_width: int = Field(default=64, ge=1, le=WIDEST)  # channels of a head
    state_size: int = Field(default=64, ge=1, le=512)  # numbers remembered a channel
    groups: int = Field(default=1, ge=1, le=WIDEST)  # of heads that share what they read and write
    convolution: int = Field(default=4, ge=1, le=16)  # tokens that the short convolution sees
    chunk: int = Field(default=64, ge=1, le=LONGEST_CONTEXT)  # tokens that are mixed by one product


def _check(model: StackSizes) -> None:
    options = model.options_of("mamba2")
    heads, remainder = divmod(options.expand * model.width, options.head_width)
    if remainder:
        raise ValueError(
            f"mamba2.expand={options.expand} x width={model.width} is not divisible by "
            f"mamba2.head_width={options.head_width}"
        )
    if heads % options.groups:
        raise ValueError(f"mamba2 has {heads} heads, not divisible by mamba2.groups={options.groups}")


def _cost(model: StackSizes, index: int) -> MixerCost:
    options = model.options_of("mamba2")
    E, N, K = options.expand * model.width, options.state_size, options.convolution
    heads, shared = E // options.head_width, options.groups * N
    mixed = E + 2 * shared  # what the convolution sees
    return MixerCost(
        products=model.width * (E + mixed + heads) + E * model.width,
        others=mixed * (K + 1) + 3 * heads + E,
        flops=2 * K * mixed + 2 * options.chunk * (shared + E) + 4 * E * N,
        activations=model.width + 2 * E + 2 * mixed + heads,
        state=(K - 1) * mixed + E * N,
    )


MAMBA2 = MixerKind(
    "mamba2",
    "pocket_narrator.models.mixers.mamba2:Mamba2",
    options=Mamba2Config,
    has_feed_forward=False,
    check=_check,
    cost=_cost,
    published_as=("Mamba2ForCausalLM",),
)
