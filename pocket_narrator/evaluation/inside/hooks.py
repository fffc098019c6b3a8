"""What the layers of a stack do with one story: which tokens its heads look at, and which tracks its tokens go to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from pocket_narrator.models.mixers import Mixer
from pocket_narrator.models.stack import DecoderStack

Given = tuple[Tensor, Tensor | None]  # what a mixer was called with: its inputs, and value embeddings


@dataclass(frozen=True)
class Inside:
    """`Mixer.views` of one story, by name and layer, from 0; layers that have no such view are not there.

    Legend: T tokens, H heads, K tracks.
    """

    views: dict[str, dict[int, Tensor]] = field(default_factory=dict)

    @property
    def attention(self) -> dict[int, Tensor]:
        """[H, T, T]: how much token t takes of s; rows add up to 1."""
        return self.views.get("attention", {})

    @property
    def router(self) -> dict[int, Tensor]:
        """[T, K]: how much a token writes to a track; 1 is the mean."""
        return self.views.get("router", {})

    @property
    def reader(self) -> dict[int, Tensor]:
        """[T, K]: how much it reads of it."""
        return self.views.get("reader", {})


def look_inside(model: DecoderStack, tokens: Sequence[int]) -> Inside:
    """Of one story from its end-of-text token on, at most the context; float32, on the CPU."""
    inside = Inside()
    given: dict[int, Given] = {}
    with torch.inference_mode():
        handles = [
            layer.mixer.register_forward_hook(partial(_keep, given, index))
            for index, layer in enumerate(model._layers())
        ]
        try:
            model(torch.tensor([list(tokens)], device=model.device))
        finally:
            for handle in handles:
                handle.remove()
        for index, layer in enumerate(model._layers()):
            for name, view in layer.mixer.views(*given[index]).items():
                inside.views.setdefault(name, {})[index] = view[0].float().cpu()
    return inside


def _keep(found: dict[int, Given], index: int, _mixer: Mixer, given: tuple[Tensor, ...], _: Tensor) -> None:
    x_BTC, _starts, values_BTC = (*given, None, None)[:3]
    assert x_BTC is not None
    found[index] = x_BTC, values_BTC
