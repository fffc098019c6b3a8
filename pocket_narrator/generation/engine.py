"""Telling many stories at once with cached state."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from pocket_narrator.generation.sampling import SamplingOptions, choose
from pocket_narrator.models.language_model import LanguageModel

ROWS_AT_ONCE = 32  # stories in one batch; more only take more memory


class ToldToken(NamedTuple):
    """One more token of a story."""

    story: int
    token: int
    is_last: bool


def generate(
    model: LanguageModel, prompts: Sequence[Sequence[int]], options: SamplingOptions, end_of_text: int
) -> Iterator[ToldToken]:
    """Continues each prompt (ids without end-of-text), story i the prompt i: yields tokens as they are chosen.

    The last token of a story is `end_of_text` unless `options.max_tokens` cut it off. Prompts may differ in length;
    stories that have ended leave the batch. Story i draws from the seed (options.seed, i) and depends on nothing else.
    A module must be in evaluation mode. Raises PromptError where a prompt and its end-of-text token exceed the context.
    """
    for first in range(0, len(prompts), ROWS_AT_ONCE):
        numbers = list(range(first, min(first + ROWS_AT_ONCE, len(prompts))))
        batch = _Batch(model, numbers, [prompts[number] for number in numbers], options, end_of_text)
        while numbers := batch.numbers:
            tokens = batch.tell_one_token()
            for number, token in zip(numbers, tokens, strict=True):
                yield ToldToken(number, token, number not in batch.numbers)


class _Batch:
    """Stories that are being told together."""

    def __init__(
        self,
        model: LanguageModel,
        numbers: list[int],
        prompts: Sequence[Sequence[int]],
        options: SamplingOptions,
        end_of_text: int,
    ) -> None:
        self.numbers = numbers
        """Of the story in each row; those that have ended are gone."""
        self._model = model
        self._options = options
        self._end_of_text = end_of_text
        # End-of-text stays out of the histories: as a repetition it would be held back, and the story could not end.
        self._histories = [list(prompt) for prompt in prompts]
        self._random = [np.random.default_rng([options.seed, number]) for number in numbers]
        self._unread: list[int] = []  # the last token of each row
        self._told = 0
        with torch.inference_mode():
            self._state = model.start([[end_of_text, *prompt] for prompt in prompts])

    # The mode is entered in each call and never held across a yield, where it would reach into the caller's code.
    @torch.inference_mode()
    def tell_one_token(self) -> list[int]:
        """The next token of each row; stories that it ends are dropped."""
        if self._unread:
            self._state = self._model.advance(self._state, torch.tensor(self._unread, device=self._model.device))
        uniforms = [random.random() for random in self._random]
        tokens = choose(self._model.next_logits(self._state), self._histories, self._options, uniforms)
        for history, token in zip(self._histories, tokens, strict=True):
            history.append(token)
        self._told += 1
        going_on = self._told < self._options.max_tokens
        self._keep(tokens, [row for row, token in enumerate(tokens) if going_on and token != self._end_of_text])
        return tokens

    def _keep(self, tokens: list[int], rows: list[int]) -> None:
        self._unread = [tokens[row] for row in rows]
        if len(rows) == len(tokens):
            return
        self.numbers = [self.numbers[row] for row in rows]
        self._histories = [self._histories[row] for row in rows]
        self._random = [self._random[row] for row in rows]
        if rows:
            self._state = self._state.select(torch.tensor(rows, device=self._model.device))
