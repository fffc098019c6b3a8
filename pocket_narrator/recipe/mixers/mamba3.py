"""The mixer `mamba3` (Lahoti et al. 2026): mamba2 with a complex state, and with writes that blend a token and the one before."""

from pydantic import Field, model_validator

from pocket_narrator.recipe.limits import LONGEST_CONTEXT, WIDEST
from pocket_narrator.recipe.mixer_kind import MixerCost, MixerKind, StackSizes
from pocket_narrator.recipe.section import Section


class Mamba3Config(Section):
    """The mixer `mamba3` (Lahoti et al. 2026): mamba2 with a complex state, and with writes that blend a token and the one
    before."""

    expand: int = Field(default=2, ge=1, le=64)  # channels = expand x width
    head_width: int = Field(default=64, ge=1, le=WIDEST)  # channels of a head
    state_size: int = Field(default=64, ge=2, le=512)  # numbers remembered a channel
    groups: int = Field(default=1, ge=1, le=WIDEST)  # of heads that share what they read and write, but for biases
    rope_fraction: float = Field(default=0.5, gt=0, le=1)  # of the state: pairs of numbers that each token rotates
    shortest_step: float = Field(default=1e-3, ge=1e-9, le=1e3)  # steps begin log-uniform between these two
    longest_step: float = Field(
        default=0.1, ge=1e-9, le=1e3
    )  # and this; the angle of a step of 1 is half a turn at most
    chunk: int = Field(default=64, ge=1, le=LONGEST_CONTEXT)  # tokens that are mixed by one product

    @model_validator(mode="after")
    def _order_steps(self) -> "Mamba3Config":
        if self.shortest_step >= self.longest_step:
            raise ValueError(f"shortest_step={self.shortest_step} is not below longest_step={self.longest_step}")
        return self

    def pairs(self) -> int:
        """Of the state's numbers that are rotated."""
        return int(self.state_size * self.rope_fraction) // 2


def _check(model: StackSizes) -> None:
    options = model.options_of("mamba3")
    heads, remainder = divmod(options.expand * model.width, options.head_width)
    if remainder:
        raise ValueError(
            f"mamba3.expand={options.expand} x width={model.width} is not divisible by "
            f"mamba3.head_width={options.head_width}"
        )
    if heads % options.groups:
        raise ValueError(f"mamba3 has {heads} heads, not divisible by mamba3.groups={options.groups}")
    if not options.pairs():
        raise ValueError(
            f"mamba3.rope_fraction={options.rope_fraction} of mamba3.state_size={options.state_size} is not one pair of numbers"
        )


def _cost(model: StackSizes, index: int) -> MixerCost:
    options = model.options_of("mamba3")
    E, N, S = options.expand * model.width, options.state_size, options.pairs()
    H, shared = E // options.head_width, options.groups * N
    up = 2 * (E + shared) + 3 * H + S
    return MixerCost(
        products=model.width * up + E * model.width,
        others=2 * H + 2 * N + 2 * H * N,
        flops=2 * options.chunk * (H * N + E) + 4 * E * N + 12 * H * S,
        activations=model.width + up + 2 * H * N + 3 * E + 3 * H * S,
        state=E * N + E + shared + H * S,
    )


MAMBA3 = MixerKind(
    "mamba3",
    "pocket_narrator.models.mixers.mamba3:Mamba3",
    options=Mamba3Config,
    has_feed_forward=False,
    check=_check,
    cost=_cost,
)
