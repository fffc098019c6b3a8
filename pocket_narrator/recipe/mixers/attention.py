"""The mixer `attention`: softmax attention over keys and values (Vaswani et al. 2017)."""

from pocket_narrator.recipe.mixer_kind import MixerCost, MixerKind, StackSizes


def check_heads(model: StackSizes) -> None:
    """ValueError where the heads do not fit the width: for every mixer with query heads."""
    if model.width % model.heads:
        raise ValueError(f"width={model.width} is not divisible by heads={model.heads}")
    if model.heads % (model.key_value_heads or model.heads):
        raise ValueError(f"heads={model.heads} is not divisible by key_value_heads={model.key_value_heads}")
    if model.positions == "rope" and (model.width // model.heads) % 2:
        raise ValueError(
            f"positions=rope needs an even head width, and width={model.width} / heads={model.heads} is odd"
        )


def key_value_width(model: StackSizes) -> int:
    """Width of a layer's keys, and of its values."""
    return (model.key_value_heads or model.heads) * (model.width // model.heads)


def _cost(model: StackSizes, index: int) -> MixerCost:
    width, stored = model.width, key_value_width(model)
    window = model.window or model.context
    looked_at = window * (2 * model.context - window + 1) / (2 * model.context)  # the mean of min(t + 1, window)
    qkv = width + 2 * stored
    return MixerCost(
        products=width * qkv + width * width,
        others=int(model.bias) * (qkv + width),
        flops=round(2 * 2 * width * looked_at),
        activations=width + qkv + width,
        state=2 * window * stored,
    )


ATTENTION = MixerKind(
    "attention",
    "pocket_narrator.models.mixers.attention:Attention",
    takes_values=True,
    check=check_heads,
    cost=_cost,
    published_as=("LlamaForCausalLM", "GPT2LMHeadModel"),
)
