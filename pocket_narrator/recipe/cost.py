"""Parameters, arithmetic and memory of a stack, from its recipe alone: nothing is allocated, torch is not needed."""

from dataclasses import dataclass

from pocket_narrator.recipe.schema import HEADED, STATE_SPACE, Model


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


@dataclass(frozen=True, slots=True)
class MixerCount:
    """What one mixer costs, its output product included."""

    products: int  # weights of matrix products: one multiply-add a token each
    others: int  # other parameters
    flops: int  # forward, a token, beside the products
    activations: int  # numbers kept for the backward pass, a token, its normalised input included
    state: int  # numbers remembered of one story


def count_parameters(model: Model, vocabulary_size: int) -> Count:
    """The count of a stack of this recipe over this vocabulary."""
    width, mixers = model.width, model.mixers()
    bias = int(model.bias)
    norm = width * (2 if model.norm == "layer" and model.bias else 1)
    counts = [count_mixer(model, index) for index in range(len(mixers))]
    fed = sum(name not in STATE_SPACE for name in mixers)  # layers with a feed-forward network
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
        with_values = sum(name in HEADED for name in mixers[1::2])
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


def key_value_width(model: Model) -> int:
    """Width of an attention layer's keys, and of its values."""
    return (model.key_value_heads or model.heads) * (model.width // model.heads)


def count_mixer(model: Model, index: int) -> MixerCount:
    """The cost of the mixer of layer `index`."""
    name = model.mixers()[index]
    if name == "narrative":
        return _count_narrative(model, index)
    counts = {
        "attention": _count_attention,
        "linear_attention": _count_linear_attention,
        "gated_linear_attention": _count_gated_linear_attention,
        "mamba": _count_mamba,
        "mamba2": _count_mamba2,
    }
    return counts[name](model)


def _count_attention(model: Model) -> MixerCount:
    width, stored = model.width, key_value_width(model)
    window = model.window or model.context
    looked_at = window * (2 * model.context - window + 1) / (2 * model.context)  # the mean of min(t + 1, window)
    qkv = width + 2 * stored
    return MixerCount(
        products=width * qkv + width * width,
        others=int(model.bias) * (qkv + width),
        flops=round(2 * 2 * width * looked_at),
        activations=width + qkv + width,
        state=2 * window * stored,
    )


CHUNK, GATED_CHUNK = 64, 16  # tokens that linear attention mixes by one product


def _count_linear_attention(model: Model) -> MixerCount:
    width, head = model.width, model.width // model.heads
    return MixerCount(
        products=4 * width * width,
        others=int(model.bias) * 4 * width,
        flops=4 * width * (CHUNK + head),  # inside the chunk; writing and reading the state
        activations=5 * width,
        state=model.heads * head * (head + 1),
    )


def _count_gated_linear_attention(model: Model) -> MixerCount:
    width, head = model.width, model.width // model.heads
    keys, rank = model.heads * (head // 2), 16
    up = 2 * keys + 2 * width + rank
    return MixerCount(
        products=width * up + rank * keys + width * width,
        others=int(model.bias) * (up + width) + keys + head,
        flops=2 * (keys + width) * GATED_CHUNK + 4 * keys * head,
        activations=3 * width + up + keys,
        state=model.heads * (head // 2) * head,
    )


def _count_mamba2(model: Model) -> MixerCount:
    options = model.mamba2
    E, N, K = options.expand * model.width, options.state_size, options.convolution
    heads, shared = E // options.head_width, options.groups * N
    mixed = E + 2 * shared  # what the convolution sees
    return MixerCount(
        products=model.width * (E + mixed + heads) + E * model.width,
        others=mixed * (K + 1) + 3 * heads + E,
        flops=2 * K * mixed + 2 * options.chunk * (shared + E) + 4 * E * N,
        activations=model.width + 2 * E + 2 * mixed + heads,
        state=(K - 1) * mixed + E * N,
    )


SCAN_FLOPS = 6  # a number of state and token: exponent (1), decay (1), input (2), output (2)
KEPT_STATES = 16  # tokens to one state that the scan keeps, in float32, for its backward pass


def _count_mamba(model: Model) -> MixerCount:
    options, rank = model.mamba, model.step_rank()
    E, N, K = options.expand * model.width, options.state_size, options.convolution
    return MixerCount(
        products=model.width * 2 * E + E * (rank + 2 * N) + rank * E + E * model.width,
        others=E * K + E + E + E * N + E,
        flops=2 * K * E + SCAN_FLOPS * E * N,
        activations=model.width + 2 * E + E + rank + 2 * N + E + E + 2 * E * N // KEPT_STATES,
        state=(K - 1) * E + N * E,
    )


def _count_narrative(model: Model, index: int) -> MixerCount:
    plain, options, _rank = _count_mamba(model), model.narrative, model.step_rank()
    E, N, K = model.mamba.expand * model.width, model.mamba.state_size, len(options.tracks)
    gates = int(options.router) + int(options.read_gate)
    products, others = K * model.width * gates, K * gates
    if options.cross_track_every is not None and (index + 1) % options.cross_track_every == 0:
        products += 4 * E * options.cross_track_width
        others += K
    return MixerCount(
        products=plain.products + products,
        others=plain.others - E * N + E + E + others,  # one rate a channel, and the gain of the norm
        flops=plain.flops - E * N,  # one exponent a channel
        activations=plain.activations + 5 * E,  # steps in float32, their place, the norm, the gate
        state=plain.state,
    )
