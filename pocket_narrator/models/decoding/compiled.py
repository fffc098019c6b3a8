"""The decoder stack in C, with a KV cache and recurrent states for each slot: one call a step, whatever is in it. A row's results do
not depend on the rows beside it."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pocket_narrator.models.decoder_program.operations import Precision
from pocket_narrator.models.decoding.decoder import Part
from pocket_narrator.models.decoding.program import build
from pocket_narrator.models.kernels import native
from pocket_narrator.models.mixers import Mixer
from pocket_narrator.models.positions import rotation_table
from pocket_narrator.models.stack import BEFORE_FIRST, DecoderStack

AT_ONCE = 128  # tokens of prompts that a step reads


def why_not_compiled(model: object) -> str | None:
    """What keeps a model from generating with `CompiledDecoder`; None where nothing does."""
    if not isinstance(model, DecoderStack):
        return "it is no decoder stack"
    if model.device.type != "cpu" or model.embedding.weight.dtype != torch.float32:
        return "its weights are not float32 on a CPU"
    if not native.available():
        return native.status()
    if (mixer := mixer_without_form(model)) is not None:
        return f"the mixer '{mixer}' has no form for the C decoder"
    reasons = (layer.mixer.why_not_compiled() for layer in model._layers())
    return next((reason for reason in reasons if reason is not None), None)


def mixer_without_form(model: DecoderStack) -> str | None:
    """The name of the first mixer that the C decoder has no form for, wherever the weights lie."""
    named = zip(model.model.mixers(), model._layers(), strict=True)
    return next((name for name, layer in named if type(layer.mixer).compile_into is Mixer.compile_into), None)


class CompiledDecoder:
    """Slots of a decoder stack that is supported (see `why_not_compiled`). The weights are copied."""

    at_once = AT_ONCE

    def __init__(self, model: DecoderStack, slots: int, precision: Precision = "fp32") -> None:
        """precision: of the weights. bf16 and int8 (one scale an output, and one a row of the tables that tokens are looked up in:
        embedding, bigrams, value embeddings) remember keys and values in bf16; the inputs of their products are rounded to bf16, and
        to 15 bits of the largest."""
        assert why_not_compiled(model) is None
        self.slots = slots
        self.precision: Precision = precision
        self._rows = slots + AT_ONCE
        self._made = build(model, slots, self._rows, precision)
        self._vocabulary = model.vocabulary_size
        self._context = model.context
        self._restarts = model.positions is not None
        self._positions = [0] * slots
        self._before = [BEFORE_FIRST] * slots
        self._recent: list[list[int]] = [[] for _ in range(slots)]  # for restarts
        self._rotation_length = 0
        self._rotate(self._context)

    def bytes_after(self, tokens: int) -> int:
        """Memory that one story takes after so many tokens: its KV cache up to the window, and recurrent states, which do not grow."""
        constant = sum(state[0].nbytes for state in self._made.recurrent_states)
        return constant + sum(state[0, :, 0].nbytes * min(tokens, state.shape[2]) for state in self._made.kv_caches)

    def clear(self, slot: int) -> None:
        self._positions[slot], self._before[slot], self._recent[slot] = 0, BEFORE_FIRST, []
        for state in self._made.recurrent_states:
            state[slot] = 0

    def read(self, parts: Sequence[Part]) -> Tensor:
        left = [self._restarted(part) for part in parts] if self._restarts else list(parts)
        while sum(len(part.tokens) for part in left) > self._rows:
            left = self._read_ahead(left)
        return self._step(left)

    def _restarted(self, part: Part) -> Part:
        """A story whose absolute positions are used up goes on from its last half context."""
        recent = self._recent[part.slot]
        if self._positions[part.slot] + len(part.tokens) > self._context:
            assert len(part.tokens) == 1, "prompts fit into the context"
            kept = recent[-(self._context // 2) :]
            self.clear(part.slot)
            part = Part(part.slot, [*kept, *part.tokens])
        self._recent[part.slot] = [*self._recent[part.slot], *part.tokens][-self._context :]
        return part

    def _read_ahead(self, parts: list[Part]) -> list[Part]:
        """Reads what is too much for one step but for the last token of each part."""
        now, later, room = [], [], self._rows
        for part in parts:
            count = min(len(part.tokens) - 1, room)
            room -= count
            if count:
                now.append(Part(part.slot, part.tokens[:count]))
            later.append(Part(part.slot, part.tokens[count:]))
        self._step(now)
        return later

    def _step(self, parts: list[Part]) -> Tensor:
        tokens: list[int] = []
        before: list[int] = []
        positions: list[int] = []
        first = [0]
        for slot, new in parts:
            begin = self._positions[slot]
            tokens += new
            before.append(self._before[slot])
            before += new[:-1]
            positions += range(begin, begin + len(new))
            first.append(len(tokens))
            self._positions[slot] = begin + len(new)
            self._before[slot] = new[-1]
        longest = max(self._positions[slot] for slot, _ in parts)
        if longest > self._rotation_length:
            self._rotate(2 * longest)
        slots = [slot for slot, _ in parts]
        self._made.program.run(tokens, before, positions, slots, first, [end - 1 for end in first[1:]])
        return self._made.logits[: len(parts), : self._vocabulary]

    def _rotate(self, length: int) -> None:
        """Makes tables of rotary positions below `length`."""
        self._rotation_length = length
        tables: dict[tuple[int, float], tuple[Tensor, Tensor]] = {}
        for number, width, base in self._made.rotated:
            if (width, base) not in tables:
                tables[width, base] = rotation_table(torch.arange(length), width, base)
            cosine, sine = tables[width, base]
            self._made.program.point(number, cosine=cosine, sine=sine)
