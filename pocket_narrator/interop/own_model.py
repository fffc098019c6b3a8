"""The class under which transformers opens the stacks that none of its own classes holds. Needs transformers.

What is defined here is what `modeling_pocket_narrator.py` of an exported folder builds on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn
from transformers import GenerationMixin, PreTrainedConfig, PreTrainedModel
from transformers.utils.generic import ModelOutput, can_return_tuple

from pocket_narrator.interop.hugging_face.classes import MODEL_TYPE
from pocket_narrator.models.stack import DecoderStack, StackState
from pocket_narrator.recipe.schema import ModelConfig

IGNORED = -100  # a label that is not learned
MEANT_FOR_OTHERS = ("cache_position", "is_first_iteration", "return_dict")  # arguments that change nothing here


class OwnConfig(PreTrainedConfig):
    """`stack` is the recipe's model section."""

    model_type = MODEL_TYPE

    def __init__(self, vocab_size: int = 257, stack: dict | None = None, **kwargs: Any) -> None:
        self.vocab_size = vocab_size
        self.stack = stack or {}
        super().__init__(**kwargs)


@dataclass
class Output(ModelOutput):
    """What `forward` gives back, under the names that transformers has for it."""

    loss: Tensor | None = None
    logits: Tensor | None = None
    past_key_values: "StoryState | None" = None


class StoryState:
    """What `generate` hands from token to token: the stack's state, in the place of a cache of keys and values."""

    def __init__(self, state: StackState, length: int) -> None:
        self.state = state
        self.length = length  # columns of `input_ids` that have been read, padding included
        self.is_croppable = False

    def get_seq_length(self, layer_idx: int = 0) -> int:
        return self.length

    def reorder_cache(self, beam_idx: Tensor) -> None:
        """Each row goes on from the row that `beam_idx` names."""
        self.state = self.state.select(beam_idx.to(self.state.seen_B.device))


class OwnModel(PreTrainedModel, GenerationMixin):
    """A decoder stack. Padding is taken out before the stack reads and put back behind it, so that a row says the same
    alone and in a batch, whatever its mixers are; `generate` keeps the stack's state and tells as `narrator tell` does."""

    config_class = OwnConfig
    base_model_prefix = ""
    _is_stateful = True  # the state cannot be taken back, which assisted generation would have to
    _no_split_modules = ["DecoderStack"]  # noqa: RUF012, transformers compares it with lists

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        with torch.device("cpu"):  # transformers makes models without memory, and tables would be lost
            self.stack = DecoderStack(ModelConfig.model_validate(config.stack), config.vocab_size)
        self._tables = {  # of each module: what is computed once and not stored
            module: {name: module.get_buffer(name).clone() for name in module._non_persistent_buffers_set}
            for module in self.stack.modules()
            if module._non_persistent_buffers_set
        }
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """The stack has set its weights itself; only tables are made again."""
        for name, table in self._tables.get(module, {}).items():
            module.get_buffer(name).copy_(table)

    @classmethod
    def _supports_default_dynamic_cache(cls) -> bool:
        return False

    def get_input_embeddings(self) -> nn.Module:
        return self.stack.embedding

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Another table of another size, which `resize_token_embeddings` makes for added tokens."""
        if len(self.stack.values):
            raise ValueError("this model has value embeddings, tables that cannot take more tokens: add none")
        assert isinstance(value, nn.Embedding)
        self.stack.embedding = value

    def get_output_embeddings(self) -> nn.Module | None:
        return self.stack.head

    def set_output_embeddings(self, new_embeddings: nn.Module) -> None:
        assert isinstance(new_embeddings, nn.Linear)
        self.stack.head = new_embeddings

    def prepare_inputs_for_generation(
        self,
        input_ids: Tensor,
        past_key_values: StoryState | None = None,
        attention_mask: Tensor | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """What of the text has not been read yet, and the state after all that has."""
        new = input_ids if past_key_values is None else input_ids[:, past_key_values.length :]
        mask = attention_mask if past_key_values is None else None
        return {
            "input_ids": new,
            "attention_mask": mask,
            "past_key_values": past_key_values,
            "use_cache": True,
            "logits_to_keep": 1,
        }

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        past_key_values: StoryState | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int | Tensor = 0,
        num_items_in_batch: Tensor | int | None = None,
        **kwargs: Any,
    ) -> Output:
        """Logits [B, T, V]; at padding they mean nothing.

        attention_mask: [B, T], 0 at padding, which may be on either side. labels: [B, T], the inputs themselves, since they
        are shifted here; -100, and what follows on padding, is left out of the loss, which is the mean of the others, or
        their sum over `num_items_in_batch`. past_key_values: what an earlier call with `use_cache` gave back; no gradient
        goes through it. ValueError for anything else that transformers may ask of a model, and for rows that are longer
        than the model has absolute positions.
        """
        _refuse_other_arguments(kwargs)
        mask = _mask(attention_mask, input_ids) if past_key_values is None else None
        if past_key_values is not None or (use_cache and labels is None and _is_one(logits_to_keep)):
            return self._read_on(input_ids, mask, past_key_values)
        logits = nn.functional.linear(self._hidden(input_ids, mask), self.stack.head_weight)
        loss = None
        if labels is not None:
            if mask is not None:
                labels = labels.masked_fill(~nn.functional.pad(mask[:, :-1], (1, 0), value=True), IGNORED)
            loss = self.loss_function(logits, labels, logits.shape[-1], num_items_in_batch=num_items_in_batch)
        kept = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        state = self._read_on(input_ids, mask, None).past_key_values if use_cache else None
        return Output(loss=loss, logits=logits[:, kept], past_key_values=state)

    def _hidden(self, input_ids: Tensor, mask: Tensor | None) -> Tensor:
        """The stack's hidden states [B, T, C]. Padding goes behind each row, where nothing sees it."""
        if mask is None:
            self._refuse_too_long(input_ids.shape[1])
            return self.stack(input_ids)
        longest = int(mask.sum(1).max())
        self._refuse_too_long(longest)
        order = mask.logical_not().to(torch.int8).argsort(dim=1, stable=True)
        hidden = self.stack(input_ids.gather(1, order)[:, :longest])
        hidden = nn.functional.pad(hidden, (0, 0, 0, input_ids.shape[1] - longest))
        return hidden.gather(1, order.argsort(dim=1)[..., None].expand_as(hidden))

    def _read_on(self, input_ids: Tensor, mask: Tensor | None, past: StoryState | None) -> Output:
        """The logits after the last token of each row [B, 1, V], and the state there."""
        if past is None:
            rows = (
                input_ids.tolist()
                if mask is None
                else [row[seen].tolist() for row, seen in zip(input_ids, mask, strict=True)]
            )
            past = StoryState(self._state_after(rows), input_ids.shape[1])
        else:
            for tokens_B in input_ids.unbind(1):
                past.state = self.stack.advance(past.state, tokens_B)
            past.length += input_ids.shape[1]
        return Output(logits=self.stack.next_logits(past.state)[:, None], past_key_values=past)

    def _state_after(self, rows: Sequence[Sequence[int]]) -> StackState:
        """Rows may be longer than the context: the stack goes past it as a story does that is told on."""
        if not all(rows):
            raise ValueError(
                "a row has nothing but padding: begin it with the end-of-text token, as the tokenizer does"
            )
        if max(map(len, rows)) <= self.stack.context:
            return self.stack.start(rows)
        return reduce(StackState.join, [self._state_after_row(row) for row in rows])

    def _state_after_row(self, row: Sequence[int]) -> StackState:
        state = self.stack.start([row[: self.stack.context]])
        for token in row[self.stack.context :]:
            state = self.stack.advance(state, torch.tensor([token], device=self.stack.device))
        return state

    def _refuse_too_long(self, tokens: int) -> None:
        if self.stack.positions is not None and tokens > self.stack.context:
            raise ValueError(f"a row has {tokens} tokens, and this model {self.stack.context} positions: truncate it")


def _mask(attention_mask: Tensor | None, input_ids: Tensor) -> Tensor | None:
    """Where tokens are, [B, T]; None: everywhere."""
    if attention_mask is None:
        return None
    if attention_mask.shape != input_ids.shape:
        shapes = f"{list(attention_mask.shape)} for inputs of {list(input_ids.shape)}"
        raise ValueError(f"attention_mask is {shapes}: this model takes one number a token, 0 at padding")
    mask = attention_mask.bool()
    return None if bool(mask.all()) else mask


def _is_one(logits_to_keep: int | Tensor) -> bool:
    return isinstance(logits_to_keep, int) and logits_to_keep == 1


def _refuse_other_arguments(given: dict[str, Any]) -> None:
    """What would change the answer of another model must not pass here in silence."""
    for name, value in given.items():
        if name not in MEANT_FOR_OTHERS and value is not None and value is not False:
            raise ValueError(f"this model takes no {name}")
