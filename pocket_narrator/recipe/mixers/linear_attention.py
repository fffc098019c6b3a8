"""The mixers `linear_attention` (Katharopoulos et al. 2020) and `gated_linear_attention` (Yang et al. 2024)."""

from pocket_narrator.recipe.mixer_kind import MixerCost, MixerKind, StackSizes
from pocket_narrator.recipe.mixers.attention import check_heads

CHUNK, GATED_CHUNK = 64, 16  # tokens that are mixed by one product


def _cost(model: StackSizes, index: int) -> MixerCost:
    width, head = model.width, model.width // model.heads
    return MixerCost(
        products=4 * width * width,
        others=int(model.bias) * 4 * width,
        flops=4 * width * (CHUNK + head),  # inside the chunk; writing and reading the state
        activations=5 * width,
        state=model.heads * head * (head + 1),
    )


def _gated_cost(model: StackSizes, index: int) -> MixerCost:
    width, head = model.width, model.width // model.heads
    keys, rank = model.heads * (head // 2), 16
    up = 2 * keys + 2 * width + rank
    return MixerCost(
        products=width * up + rank * keys + width * width,
        others=int(model.bias) * (up + width) + keys + head,
        flops=2 * (keys + width) * GATED_CHUNK + 4 * keys * head,
        activations=3 * width + up + keys,
        state=model.heads * (head // 2) * head,
    )


LINEAR_ATTENTION = MixerKind(
    "linear_attention",
    "pocket_narrator.models.mixers.linear_attention:LinearAttention",
    takes_values=True,
    check=check_heads,
    cost=_cost,
)
GATED_LINEAR_ATTENTION = MixerKind(
    "gated_linear_attention",
    "pocket_narrator.models.mixers.linear_attention:GatedLinearAttention",
    takes_values=True,
    check=check_heads,
    cost=_gated_cost,
)
