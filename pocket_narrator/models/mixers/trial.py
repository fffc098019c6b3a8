"""Mixers that were added read a few tokens before there is any work: what is wrong with them is one message then."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pocket_narrator.errors import PluginError
from pocket_narrator.models.mixers import make_mixer
from pocket_narrator.models.mixers.mixer import Mixer, names_of
from pocket_narrator.plugins.failures import one_message
from pocket_narrator.plugins.signature import place_of_definition
from pocket_narrator.recipe.mixers import MIXERS, mixer_kind
from pocket_narrator.recipe.mixers.attention import key_value_width
from pocket_narrator.recipe.schema import ModelConfig
from pocket_narrator.terminal.messages import command

ROWS, TOKENS = 2, 5


def try_mixers(model: ModelConfig, device: torch.device, is_stream: bool = False) -> None:
    """Makes one layer of each kind that was added, and runs every form of it on a few tokens, the backward pass included.

    is_stream: rows=stream, which needs `forward_from`. Nothing that chance depends on is changed. PluginError with the class, the
    method and its line where code raises, or gives something else than it should.
    """
    mixers = model.mixers()
    for name in dict.fromkeys(mixers):
        origin = MIXERS.origin(name)
        if origin is not None:
            devices = [device] if device.type == "cuda" else []
            with torch.random.fork_rng(devices=devices):
                _Trial(name, origin.path, make_mixer(model, mixers.index(name)), model, device).run(is_stream)


class _Trial:
    """One layer. Legend: B rows, T tokens, C width."""

    def __init__(self, name: str, path: Path | None, mixer: Mixer, model: ModelConfig, device: torch.device) -> None:
        self.name, self.path, self.mixer = name, path, mixer
        self.what = f"the mixer '{name}'"
        self.hint = f"mend that; all that a mixer promises is tried by {command('check', path or name)}"
        x_BTC = torch.randn(ROWS, TOKENS, model.width, generator=torch.Generator().manual_seed(0))
        self.x_BTC = x_BTC.to(device).requires_grad_()
        self.starts_BT = torch.zeros(ROWS, TOKENS, dtype=torch.bool, device=device)
        self.starts_BT[:, ::3] = True
        has_values = model.value_embeddings and mixer_kind(name).takes_values
        self.values = torch.zeros(ROWS, TOKENS, key_value_width(model), device=device) if has_values else None
        self.lengths_B = torch.tensor([TOKENS, TOKENS - 2], device=device)
        with self._watched():
            mixer.initialise()
            mixer.to(device)

    def run(self, is_stream: bool) -> None:
        for starts in (None, self.starts_BT):
            with self._watched():
                y = self.mixer(self.x_BTC, starts, self.values)
            self._refuse_other_outputs("forward", y)
            with self._watched():
                if y.requires_grad:
                    y.sum().backward()
        state = self._start()
        if is_stream:
            self._after("forward_from", (self.x_BTC, state, self.starts_BT, self.values))
        with torch.no_grad():
            state = self._after("prefill", (self.x_BTC, self._start(), self.lengths_B, self.values))
            with self._watched():
                names_of(state.select(torch.tensor([1], device=self.x_BTC.device)).join(state))

    def _start(self) -> Any:
        with self._watched():
            state = self.mixer.start(ROWS)
        self._refuse_other_state("start", state)
        return state

    def _after(self, form: str, inputs: tuple) -> Any:
        """The state that a form gives beside its outputs."""
        with self._watched():
            found = getattr(self.mixer, form)(*inputs)
        if not isinstance(found, tuple) or len(found) != 2:
            raise self._refused(form, _describe(found), "a pair: the outputs [B, T, C], and the state after them")
        self._refuse_other_outputs(form, found[0])
        self._refuse_other_state(form, found[1])
        return found[1]

    def _refuse_other_outputs(self, form: str, found: object) -> None:
        shape = list(self.x_BTC.shape)
        if not isinstance(found, Tensor) or list(found.shape) != shape:
            raise self._refused(form, _describe(found), f"outputs of the shape of the inputs, [B, T, C]: here {shape}")

    def _refuse_other_state(self, form: str, state: object) -> None:
        expected = f"a dataclass of tensors whose first dimension is the row: here {ROWS}"
        try:
            tensors = {name: getattr(state, name) for name in names_of(state)}  # type: ignore[arg-type]
        except PluginError:
            raise self._refused(form, f"as state {_describe(state)}", expected) from None
        for name, tensor in tensors.items():
            if not isinstance(tensor, Tensor) or tensor.ndim == 0 or len(tensor) != ROWS:
                raise self._refused(form, f"as {name} of the state {_describe(tensor)}", expected)

    def _refused(self, form: str, found: str, expected: str) -> PluginError:
        kind = type(self.mixer)
        place = place_of_definition(getattr(kind, form))
        what = f"{kind.__name__}.{form} of {self.what} gives {found}"
        return PluginError(what, where=place, expected=expected, hint=self.hint)

    def _watched(self) -> Any:
        return one_message(self.what, self.path, self.hint)


def _describe(found: object) -> str:
    if isinstance(found, Tensor):
        return f"a tensor of shape {list(found.shape)}"
    if isinstance(found, tuple):
        return f"a tuple of {len(found)}"
    return "None: has it a `return`?" if found is None else f"{found!r:.60}"
