"""A model that tells many stories at once, each in a slot of its own: what the engine drives.

Legend: V vocabulary.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from pocket_narrator.models.language_model import LanguageModel, LanguageModelState


class Part(NamedTuple):
    """Tokens that a slot is to read: some of a prompt, or the one that was generated last."""

    slot: int
    tokens: Sequence[int]


class Decoder(Protocol):
    """Slots that remember a story each. A slot that has been cleared begins a new one."""

    @property
    def slots(self) -> int: ...

    @property
    def at_once(self) -> int | None:
        """The tokens of prompts that one step should read at most; None: prompts are read whole."""
        ...

    def clear(self, slot: int) -> None:
        """Forgets the slot's story."""
        ...

    def read(self, parts: Sequence[Part]) -> Tensor:
        """Reads on in some slots, each named once: the logits of what comes next in each, [parts, V], float32, on the CPU.
        They are overwritten by the next call."""
        ...


class TorchDecoder:
    """Any `LanguageModel`, with its own operations: where no other decoder can hold the model."""

    at_once = None

    def __init__(self, model: LanguageModel, slots: int) -> None:
        self.slots = slots
        self._model = model
        self._rows: list[int] = []  # the slot of each row of the state
        self._state: LanguageModelState | None = None

    def clear(self, slot: int) -> None:
        if slot in self._rows:
            self._keep([row for row, other in enumerate(self._rows) if other != slot])

    @torch.inference_mode()
    def read(self, parts: Sequence[Part]) -> Tensor:
        known = {part.slot: part.tokens for part in parts if part.slot in self._rows}
        fresh = [part for part in parts if part.slot not in known]
        assert all(len(tokens) == 1 for tokens in known.values())
        if known:
            self._advance(known)
        if fresh:
            state = self._model.start([part.tokens for part in fresh])
            self._state = state if self._state is None else self._state.join(state)
            self._rows += [part.slot for part in fresh]
        logits = self._model.next_logits(self._state).cpu()
        order = [self._rows.index(part.slot) for part in parts]
        return logits if order == list(range(len(logits))) else logits[order]

    def _advance(self, known: dict[int, Sequence[int]]) -> None:
        waiting = [row for row, slot in enumerate(self._rows) if slot not in known]
        going = [row for row, slot in enumerate(self._rows) if slot in known]
        others = None if not waiting else self._select(waiting)
        mine = self._state if not waiting else self._select(going)
        tokens = torch.tensor([known[self._rows[row]][0] for row in going], device=self._model.device)
        mine = self._model.advance(mine, tokens)
        self._state = mine if others is None else mine.join(others)
        self._rows = [self._rows[row] for row in going + waiting]

    def _keep(self, rows: list[int]) -> None:
        self._state = self._select(rows) if rows else None
        self._rows = [self._rows[row] for row in rows]

    def _select(self, rows: list[int]) -> LanguageModelState:
        assert self._state is not None
        with torch.inference_mode():
            return self._state.select(torch.tensor(rows, device=self._model.device))
