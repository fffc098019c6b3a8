"""Parameters, arithmetic and memory of a stack, from its recipe alone: nothing is allocated, torch is not needed."""

from dataclasses import dataclass

from pocket_narrator.plugins.failures import one_message
from pocket_narrator.recipe.mixer_kind import MixerCost
from pocket_narrator.recipe.mixers import MIXERS, mixer_kind
from pocket_narrator.recipe.mixers.attention import key_value_width
from pocket_narrator.recipe.schema import ModelConfig


@dataclass(frozen=True, slots=True)
class Count:
    """What a model costs. FLOPs count a multiply-add as two."""

    parameters: int
    embedding_parameters: int  # tables that are only looked up; a tied table counts as the head
    forward_flops_per_token: int
    training_flops_per_token: int  # forward and backward
    training_bytes: int  # weights, gradients and two optimizer moments in float32
    activation_bytes_per_token: int  # kept for the backward pass, in bf16, without activation checkpointing
    generation_bytes_per_story: int  # cached state of one row in float32

    @property
    def non_embedding_parameters(self) -> int:
        return self.parameters - self.embedding_parameters


def count_parameters(model: ModelConfig, vocabulary_size: int) -> Count:
    """The count of a stack of this recipe over this vocabulary."""
    width, mixers = model.width, model.mixers()
    bias = int(model.bias)
    norm = width * (2 if model.norm == "layer" and model.bias else 1)
    counts = [cost_of_mixer(model, index) for index in range(len(mixers))]
    fed = sum(mixer_kind(name).has_feed_forward for name in mixers)  # layers with a feed-forward network
    hidden = model.hidden_width()
    up = hidden * (2 if model.feed_forward == "swiglu" else 1)
    products = sum(count.products for count in counts) + fed * (width * up + hidden * width)
    scales = (len(mixers) + fed + 1) * norm + fed * bias * (up + width) + len(mixers) * 2 * model.input_skips
    head = vocabulary_size * width
    tables = 0 if model.tied_head else vocabulary_size * width
    if model.positions == "learned":
        tables += model.context * width
    tables += model.bigram_buckets * width
    if model.value_embeddings:
        with_values = sum(mixer_kind(name).takes_values for name in mixers[1::2])
        tables += with_values * vocabulary_size * key_value_width(model)
    parameters = products + sum(count.others for count in counts) + scales + head + tables
    forward = 2 * (products + head) + sum(count.flops for count in counts)
    activations = sum(count.activations for count in counts) + fed * (3 * width + up + hidden)
    activations += len(mixers) * 2 * width  # the residual stream, in float32
    return Count(
        parameters=parameters,
        embedding_parameters=tables,
        forward_flops_per_token=forward,
        training_flops_per_token=3 * forward,
        training_bytes=16 * parameters,
        activation_bytes_per_token=2 * activations + 4 * width,
        generation_bytes_per_story=4 * sum(count.state for count in counts),
    )


def cost_of_mixer(model: ModelConfig, index: int) -> MixerCost:
    """The cost of the mixer of layer `index`: by its kind, or counted on a layer without memory, which takes torch."""
    kind = mixer_kind(model.mixers()[index])
    origin = MIXERS.origin(kind.name)
    what = f"the mixer '{kind.name}'" if kind.cost is None else f"the cost of the mixer '{kind.name}'"
    with one_message(what, None if origin is None else origin.path):
        return kind.load().count(model, index) if kind.cost is None else kind.cost(model, index)
