"""Parameters, arithmetic and memory of a stack, from its recipe alone: nothing is allocated, torch is not needed."""

from dataclasses import dataclass

from pocket_narrator.config import Model


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


def count_parameters(model: Model, vocabulary_size: int) -> Count:
    """The count of a stack of this recipe over this vocabulary."""
    width, hidden, layers = model.width, model.hidden_width(), len(model.mixers())
    head_width = width // model.heads
    key_value_width = (model.key_value_heads or model.heads) * head_width
    bias = int(model.bias)
    norm = width * (2 if model.norm == "layer" and model.bias else 1)
    up = hidden * (2 if model.feed_forward == "swiglu" else 1)
    qkv = width + 2 * key_value_width
    products = width * qkv + width * width + width * up + hidden * width
    layer = products + bias * (qkv + width + up + width) + 2 * norm + (2 if model.input_skips else 0)
    head = vocabulary_size * width
    tables = 0 if model.tied_head else vocabulary_size * width
    if model.positions == "learned":
        tables += model.context * width
    tables += model.bigram_buckets * width
    tables += (layers // 2 if model.value_embeddings else 0) * vocabulary_size * key_value_width
    parameters = layers * layer + norm + head + tables
    window = model.window or model.context
    looked_at = sum(min(t + 1, window) for t in range(model.context)) / model.context
    attention = round(layers * 2 * 2 * width * looked_at)
    forward = 2 * (layers * products + head) + attention
    activations = layers * (4 * width + qkv + 2 * width + up + hidden) * 2 + 4 * width
    return Count(
        parameters=parameters,
        embedding_parameters=tables,
        forward_flops_per_token=forward,
        training_flops_per_token=3 * forward,
        training_bytes=16 * parameters,
        activation_bytes_per_token=activations,
        generation_bytes_per_story=layers * 2 * window * key_value_width * 4,
    )
