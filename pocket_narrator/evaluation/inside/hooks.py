"""What the layers of a stack do with one story: which tokens its heads look at, and which tracks its tokens go to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from pocket_narrator.models.mixers.attention import Attention
from pocket_narrator.models.mixers.narrative import Narrative
from pocket_narrator.models.stack import DecoderStack


@dataclass(frozen=True)
class Inside:
    """By layer, from 0; layers that have no such part are not there. Legend: T tokens, H heads, K tracks."""

    attention: dict[int, Tensor] = field(
        default_factory=dict
    )  # [H, T, T]: how much token t takes of s; rows add up to 1
    router: dict[int, Tensor] = field(default_factory=dict)  # [T, K]: how much a token writes to a track; 1 is the mean
    reader: dict[int, Tensor] = field(default_factory=dict)  # [T, K]: how much it reads of it


def look_inside(model: DecoderStack, tokens: Sequence[int]) -> Inside:
    """Of one story from its end-of-text token on, at most the context; float32, on the CPU."""
    inside = Inside()
    with torch.inference_mode(), _watched(model, inside):
        model(torch.tensor([list(tokens)], device=model.device))
    return inside


@contextmanager
def _watched(model: DecoderStack, inside: Inside) -> Iterator[None]:
    handles = []
    for index, layer in enumerate(model.layers):
        mixer = layer.get_submodule("mixer")
        if isinstance(mixer, Attention):
            keep = partial(_keep_attention, inside.attention, index)
            handles.append(mixer.register_forward_hook(keep))
        elif isinstance(mixer, Narrative):
            for gate, found in ((mixer.router, inside.router), (mixer.reader, inside.reader)):
                if gate is not None:
                    handles.append(gate.register_forward_hook(partial(_keep_gate, found, index)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _keep_attention(
    found: dict[int, Tensor], index: int, mixer: nn.Module, given: tuple[Tensor, ...], _: Tensor
) -> None:
    assert isinstance(mixer, Attention)
    x_BTD, _starts, values_BTC = (*given, None, None)[:3]
    assert x_BTD is not None
    found[index] = mixer.weights(x_BTD, values_BTC)[0].float().cpu()


def _keep_gate(found: dict[int, Tensor], index: int, gate: nn.Module, _: tuple, logits_BTK: Tensor) -> None:
    found[index] = logits_BTK.shape[-1] * torch.softmax(logits_BTK[0].float(), dim=-1).cpu()
