"""Hooks on the modules of a stack, for as long as something is looked at; and what its mixers show of one story."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from pocket_narrator.models.mixers import Mixer
from pocket_narrator.models.stack import DecoderStack

Hook = Callable[[str, nn.Module, tuple, object], Tensor | None]
"""Called with a module's name, itself, its inputs and its output; what it returns takes the output's place, unless None."""


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
    mixers, inputs = mixers_of(model), {}

    def keep(name: str, _module: nn.Module, given: tuple, _output: object) -> None:
        inputs[name] = given

    with torch.inference_mode():
        with hooked(mixers, keep):
            model(torch.tensor([list(tokens)], device=model.device))
        for index, (name, mixer) in enumerate(mixers.items()):
            for kind, view in views_of(mixer, inputs[name]).items():
                inside.views.setdefault(kind, {})[index] = view
    return inside


def mixers_of(model: DecoderStack) -> dict[str, Mixer]:
    """The mixers, `layers.0.mixer` and on."""
    return {f"layers.{index}.mixer": layer.mixer for index, layer in enumerate(model._layers())}


def views_of(mixer: Mixer, given: tuple) -> dict[str, Tensor]:
    """`Mixer.views` of the first row of the inputs that the parallel form was called with; float32, on the CPU."""
    return {name: view[0].float().cpu() for name, view in mixer.views(*inputs_of(given)).items()}


def inputs_of(given: tuple) -> tuple[Tensor, Tensor | None]:
    """A mixer's inputs [B, T, C] and its value embeddings, out of what its parallel form was called with."""
    return given[0], given[2] if len(given) > 2 else None


@contextmanager
def hooked(modules: Mapping[str, nn.Module], hook: Hook) -> Iterator[None]:
    """Inside, `hook` is called after every call of one of the modules."""
    handles = [module.register_forward_hook(partial(hook, name)) for name, module in modules.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
