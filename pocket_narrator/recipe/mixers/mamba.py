"""The mixer `mamba` (Gu & Dao 2023), and the options that `narrative` shares with it."""

from pydantic import Field, model_validator

from pocket_narrator.recipe.limits import WIDEST
from pocket_narrator.recipe.mixer_kind import MixerCost, MixerKind, StackSizes
from pocket_narrator.recipe.section import Section


class MambaConfig(Section):
    """The selective state-space mixers `mamba` (Gu & Dao 2023) and `narrative`."""

    expand: int = Field(default=2, ge=1, le=64)  # channels = expand x width
    state_size: int = Field(default=16, ge=1, le=256)  # numbers remembered a channel
    convolution: int = Field(default=4, ge=1, le=16)  # tokens that the short convolution sees
    step_rank: int | None = Field(
        default=None, ge=1, le=WIDEST
    )  # of the product that makes the steps; none: width / 16
    shortest_step: float = Field(default=1e-3, ge=1e-9, le=1e3)  # steps begin log-uniform between these two
    longest_step: float = Field(default=0.1, ge=1e-9, le=1e3)  # and this

    @model_validator(mode="after")
    def _order_steps(self) -> "MambaConfig":
        if self.shortest_step >= self.longest_step:
            raise ValueError(f"shortest_step={self.shortest_step} is not below longest_step={self.longest_step}")
        return self


def step_rank(model: StackSizes) -> int:
    """Rank of the product that makes the steps of `mamba` and `narrative`."""
    return model.options_of("mamba").step_rank or -(-model.width // 16)


SCAN_FLOPS = 6  # a number of state and token: exponent (1), decay (1), input (2), output (2)
KEPT_STATES = 16  # tokens to one state that the scan keeps, in float32, for its backward pass


def mamba_cost(model: StackSizes, index: int) -> MixerCost:
    options, rank = model.options_of("mamba"), step_rank(model)
    E, N, K = options.expand * model.width, options.state_size, options.convolution
    return MixerCost(
        products=model.width * 2 * E + E * (rank + 2 * N) + rank * E + E * model.width,
        others=E * K + E + E + E * N + E,
        flops=2 * K * E + SCAN_FLOPS * E * N,
        activations=model.width + 2 * E + E + rank + 2 * N + E + E + 2 * E * N // KEPT_STATES,
        state=(K - 1) * E + N * E,
    )


MAMBA = MixerKind(
    "mamba",
    "pocket_narrator.models.mixers.mamba:Mamba",
    options=MambaConfig,
    has_feed_forward=False,
    cost=mamba_cost,
    published_as=("MambaForCausalLM",),
)
