"""Hooks on the modules of a stack, for as long as something is looked at; and what its mixers show of one story."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from pocket_narrator.models.mixers.mixer import Mixer
from pocket_narrator.models.stack import DecoderStack

Hook = Callable[[str, nn.Module, tuple, object], Tensor | None]
"""Called with a module's name, itself, its inputs and its output; what it returns takes the output's place, unless None."""


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
    kinds = {"attention": inside.attention, "routing": inside.router, "reading": inside.reader}

    def keep(name: str, mixer: nn.Module, given: tuple, _: object) -> None:
        assert isinstance(mixer, Mixer)
        for kind, pattern in patterns_of(mixer, given).items():
            if kind in kinds:
                kinds[kind][int(name.split(".")[1])] = pattern

    with torch.inference_mode(), hooked(mixers_of(model), keep):
        model(torch.tensor([list(tokens)], device=model.device))
    return inside


def mixers_of(model: DecoderStack) -> dict[str, nn.Module]:
    """The mixers, `layers.0.mixer` and on."""
    return {f"layers.{index}.mixer": layer.get_submodule("mixer") for index, layer in enumerate(model.layers)}


def patterns_of(mixer: Mixer, given: tuple) -> dict[str, Tensor]:
    """`Mixer.patterns` of the first row of the inputs that the parallel form was called with; float32, on the CPU."""
    x_BTC, _starts, values_BTC = (*given, None, None)[:3]
    return {name: pattern[0].float().cpu() for name, pattern in mixer.patterns(x_BTC, values_BTC).items()}


@contextmanager
def hooked(modules: Mapping[str, nn.Module], hook: Hook) -> Iterator[None]:
    """Inside, `hook` is called after every call of one of the modules."""
    handles = [module.register_forward_hook(partial(hook, name)) for name, module in modules.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
