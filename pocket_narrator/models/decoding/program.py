"""From a decoder stack to the list of operations that the C decoder runs for one step."""

import torch
from torch import Tensor, nn

from pocket_narrator.models.decoder_program.builder import DecoderProgram, ProgramBuilder
from pocket_narrator.models.decoder_program.operations import Precision
from pocket_narrator.models.layers import Norm
from pocket_narrator.models.stack import BIGRAM_BEFORE, BIGRAM_TOKEN, DecoderStack, Layer


def build(model: DecoderStack, slots: int, rows: int, precision: Precision) -> DecoderProgram:
    """The program of a stack, its weights copied. rows: the most tokens of a step."""
    with torch.no_grad():
        builder = ProgramBuilder(model.model.width, model.vocabulary_size, slots, rows, precision)
        copy = _embed(builder, model)
        for layer, table in zip(model._layers(), model._value_tables(), strict=True):
            values = builder.program.table(table.weight, precision) if isinstance(table, nn.Embedding) else None
            _layer(builder, layer, copy, values)
        head = builder.program.product
        head(model.head_weight, builder.x, builder.made.logits, precision, norm=norm_of(model.norm), only_wanted=True)
    return builder.made


def _embed(builder: ProgramBuilder, model: DecoderStack) -> Tensor | None:
    """Gives back the rows that keep a copy for skips, where the stack has any."""
    positions, program = model.positions, builder.program
    copy = program.rows_of(model.model.width) if model.model.input_skips else None
    program.add(
        "embed",
        width=model.model.width,
        buckets=model.model.bigram_buckets,
        before_factor=BIGRAM_BEFORE,
        token_factor=BIGRAM_TOKEN,
        embedding=program.table(model.embedding.weight, builder.precision),
        positions=None if positions is None else program.keep(positions.table),
        bigrams=None if model.bigrams is None else program.table(model.bigrams.weight, builder.precision),
        x=builder.x,
        copy=copy,
    )
    return copy


def _layer(builder: ProgramBuilder, layer: Layer, copy: Tensor | None, values: Tensor | None) -> None:
    if layer.skip is not None:
        old, new = layer.skip.tolist()
        width = layer.mixer.out.out_features
        builder.program.add("skip", width=width, old=old, new=new, x=builder.x, embedded=copy)
    layer.mixer.compile_into(builder, norm_of(layer.mixer_norm), values)
    if layer.feed_forward is not None:
        network = layer.feed_forward
        hidden = builder.program.rows_of(network.down.in_features)
        builder.product(network.up, builder.x, hidden, norm=norm_of(layer.feed_forward_norm), activation=network.kind)
        builder.product(network.down, hidden, builder.x, is_added=True)


def norm_of(norm: Norm) -> tuple[str, Tensor, Tensor | None, float]:
    """Kind, gain, bias and epsilon."""
    return "layer" if norm.centred else "rms", norm.weight, norm.bias, norm.epsilon
