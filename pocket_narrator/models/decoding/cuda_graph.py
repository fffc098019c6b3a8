"""The decoder stack on a GPU: a step of all slots is recorded once as a CUDA graph and launched as a whole.

A step of a small model is some hundred kernels of a few microseconds each; to launch them one by one takes longer than
they run. A graph reads and writes the same memory every time, so the slots' state stays in one place.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields

import torch
from torch import Tensor

from pocket_narrator.models.decoding.decoder import Part
from pocket_narrator.models.mixers.mixer import names_of
from pocket_narrator.models.stack import BEFORE_FIRST, DecoderStack, StackState

WARMUP_STEPS = 2  # before recording: kernels are compiled, and libraries make their workspaces


class GraphDecoder:
    """Slots of a decoder stack; a `Decoder`. Every step computes all slots, whether or not a story is in them."""

    at_once = None

    @torch.inference_mode()
    def __init__(self, model: DecoderStack, slots: int) -> None:
        self.slots = slots
        self._model = model
        self._context = model.context if model.positions is not None else None  # None: positions are never used up
        self._positions = [0] * slots  # of the stories, as the device counts them: so nobody has to ask it
        self._told: set[int] = set()  # slots with a story
        self._tokens = torch.full((slots,), BEFORE_FIRST, dtype=torch.long, device=model.device)
        self._state = model.blank(slots)
        self._logits, self._launch = self._record()
        on_gpu = model.device.type == "cuda"
        self._answer = torch.empty(self._logits.shape, pin_memory=on_gpu)  # a copy to other memory would be slower

    def clear(self, slot: int) -> None:
        self._told.discard(slot)

    @torch.inference_mode()
    def read(self, parts: Sequence[Part]) -> Tensor:
        known = [part for part in parts if part.slot in self._told]
        fresh = [part for part in parts if part.slot not in self._told]
        assert all(len(part.tokens) == 1 for part in known)
        if known:
            self._step(known)
        if fresh:
            self._begin(fresh)
        self._answer.copy_(self._logits, non_blocking=True)
        if self._logits.is_cuda:
            torch.cuda.current_stream(self._logits.device).synchronize()
        slots = [part.slot for part in parts]
        return self._answer if slots == list(range(self.slots)) else self._answer[slots]

    def _record(self) -> tuple[Tensor, Callable[[], object]]:
        """Where a step leaves its logits, and what runs a step."""

        def step() -> Tensor:
            kept = [getattr(owner, name) for owner, name in _parts(self._state)]
            after = self._model.read_one(self._state, self._tokens)
            logits = self._model.next_logits(after)
            for tensor, (owner, name) in zip(kept, _parts(after), strict=True):
                new = getattr(owner, name)
                if new is not tensor:
                    tensor.copy_(new)
            for tensor, (owner, name) in zip(kept, _parts(self._state), strict=True):
                setattr(owner, name, tensor)  # a mixer may have put another one there
            return logits

        if self._model.device.type != "cuda":
            logits = step().clone()
            return logits, lambda: logits.copy_(step())
        side = torch.cuda.Stream(self._model.device)
        side.wait_stream(torch.cuda.current_stream(self._model.device))
        with torch.cuda.stream(side):
            for _ in range(WARMUP_STEPS):
                step()
        torch.cuda.current_stream(self._model.device).wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            logits = step()
        return logits, graph.replay

    def _step(self, known: Sequence[Part]) -> None:
        self._make_room()
        device = self._tokens.device
        waiting = sorted(self._told - {part.slot for part in known})
        kept = [(rows, rows[waiting]) for rows in self._tensors()] if waiting else []
        tokens = torch.full((self.slots,), BEFORE_FIRST)
        for part in known:
            tokens[part.slot] = part.tokens[0]
        self._tokens.copy_(tokens.to(device))
        self._launch()
        for rows, before in kept:
            rows[waiting] = before
        for part in known:
            self._positions[part.slot] += 1

    def _make_room(self) -> None:
        """Stories whose absolute positions are used up begin again with half of them."""
        full = [slot for slot in self._told if self._positions[slot] >= (self._context or math.inf)]
        if not full:
            return
        mask = torch.zeros(self.slots, dtype=torch.bool)
        mask[full] = True
        self._put(range(self.slots), self._model.restart(self._state, mask.to(self._tokens.device)))
        for slot in full:
            self._positions[slot] = self._model.context // 2

    def _begin(self, fresh: Sequence[Part]) -> None:
        state = self._model.start([part.tokens for part in fresh])
        slots = [part.slot for part in fresh]
        self._put(slots, state)
        self._logits[slots] = self._model.next_logits(state)
        self._told.update(slots)
        for part in fresh:
            self._positions[part.slot] = len(part.tokens)

    def _put(self, slots: Sequence[int], state: StackState) -> None:
        index = torch.tensor(slots, device=self._tokens.device)
        for rows, (owner, name) in zip(self._tensors(), _parts(state), strict=True):
            rows.index_copy_(0, index, getattr(owner, name).to(rows.dtype))

    def _tensors(self) -> list[Tensor]:
        return [getattr(owner, name) for owner, name in _parts(self._state)]


def _parts(state: StackState) -> Iterator[tuple[object, str]]:
    """Every tensor of a state, by its owner and name; their first dimension is the row."""
    for mixer in state.mixers:
        yield from ((mixer, name) for name in names_of(mixer))
    yield from ((state, field.name) for field in fields(state) if field.name != "mixers")
