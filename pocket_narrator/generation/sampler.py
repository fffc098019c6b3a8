"""The next token of many stories, each with its own options, seed and past."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.errors import NarratorError, PromptError
from pocket_narrator.generation.healing import Healing
from pocket_narrator.generation.sampling import (
    GREEDY_BELOW,
    NEVER,
    SamplingOptions,
    add_bias,
    choose,
    draw_at_surprise,
    not_numbers,
    penalise_repetition,
)
from pocket_narrator.models.kernels import sample as native


@dataclass(frozen=True, slots=True)
class LogProbs:
    """Log-probabilities in nats, of the model's own distribution: before any option has changed it."""

    chosen: float
    likeliest: tuple[tuple[int, float], ...]
    """The most likely tokens and theirs, most likely first."""


class Sampler:
    """What choosing a story's tokens depends on."""

    def __init__(self, options: SamplingOptions, prompt: Sequence[int], number: int) -> None:
        """number: of the story among those with the same seed."""
        self.options = options
        # End-of-text stays out of it: as a repetition it would be held back, and the story could not end.
        self.history: list[int] = []
        self.ceiling = 2 * options.mirostat if options.mirostat is not None else 0.0
        self.healing: Healing | None = None  # while the end of the prompt is spelled anew
        self._random = np.random.default_rng([options.seed, number])
        self._followers: dict[tuple[int, ...], set[int]] = {}  # of n - 1 tokens, where no n-gram may come twice
        for token in prompt:
            self.add(token)

    def uniform(self) -> float:
        return float(self._random.random())

    def add(self, token: int) -> None:
        """The story goes on with a token."""
        n = self.options.no_repeat_ngram
        if n is not None and len(self.history) >= n - 1:
            self._followers.setdefault(self._last(n - 1), set()).add(token)
        self.history.append(token)

    def forbidden(self) -> list[int]:
        """The tokens that would complete an n-gram for the second time."""
        assert self.options.no_repeat_ngram is not None
        return sorted(self._followers.get(self._last(self.options.no_repeat_ngram - 1), ()))

    def _last(self, count: int) -> tuple[int, ...]:
        return tuple(self.history[len(self.history) - count :]) if len(self.history) >= count else ()


class Chosen(NamedTuple):
    """A story's next token; or why it has none, which is nobody else's affair."""

    token: int
    log_probs: LogProbs | None = None
    failure: Exception | None = None


def choose_all(logits_BV: Tensor, samplers: Sequence[Sampler]) -> list[Chosen]:
    """One token a row, and its log-probabilities where they are asked for. A row that has none, since its logits are no numbers
    or its options cannot be applied, has a failure in its place; the other rows do not notice."""
    uniforms = [sampler.uniform() for sampler in samplers]
    failures: dict[int, Exception] = {}
    edited = _edited(logits_BV, samplers, failures)
    in_c = native.takes(logits_BV)
    left = [row for row in range(len(samplers)) if row not in failures]
    plain = [row for row in left if in_c and _is_plain(samplers[row].options)]
    tokens: dict[int, int] = {}
    if plain:
        together = edited if len(plain) == len(samplers) else edited[plain]
        found = native.sample(together, [_choice(samplers[row].options, uniforms[row]) for row in plain])
        tokens = dict(zip(plain, found, strict=True))
    for row in sorted({*left} - {*plain}):
        try:
            tokens[row] = _draw(edited[row : row + 1], samplers[row], uniforms[row])
        except NarratorError:
            tokens[row] = -1
        except Exception as error:
            failures[row] = error
    failures |= {row: why_no_token(logits_BV[row]) for row, token in tokens.items() if token < 0}
    return [
        Chosen(-1, failure=failures[row])
        if row in failures
        else Chosen(tokens[row], log_probs_of(logits_BV[row], tokens[row], sampler.options.logprobs))
        for row, sampler in enumerate(samplers)
    ]


def why_no_token(logits_V: Tensor) -> NarratorError:
    """What is wrong where nothing can be chosen: the model's own logits, or what the options have made of them."""
    if bool(logits_V.isnan().any()) or not bool(logits_V.amax().isfinite()):
        return not_numbers()
    return PromptError("these sampling options leave nothing to choose from", hint="leave some of them out")


def log_probs_of(logits_V: Tensor, token: int, count: int | None) -> LogProbs | None:
    """Of a token, and of so many of the most likely ones; none where they are not asked for."""
    if count is None:
        return None
    logs_V = log_softmax(logits_V)
    values, tokens = logs_V.topk(min(count, len(logs_V)))
    return LogProbs(float(logs_V[token]), tuple(zip(tokens.tolist(), values.tolist(), strict=True)))


def log_softmax(logits_V: Tensor) -> Tensor:
    """Float32, nats; the result of a row alone."""
    return torch.log_softmax(logits_V.float(), dim=-1)


def _is_plain(options: SamplingOptions) -> bool:
    return options.typical is None and options.mirostat is None


def _choice(options: SamplingOptions, uniform: float) -> native.RowSampling:
    temperature = 0.0 if options.temperature < GREEDY_BELOW else options.temperature
    given = {"top_k": options.top_k, "top_p": options.top_p, "min_p": options.min_p}
    return native.RowSampling(temperature, **{n: v for n, v in given.items() if v is not None}, uniform=uniform)


def _is_edited(sampler: Sampler) -> bool:
    """Most stories' logits are not, before the temperature changes them."""
    options = sampler.options
    changed = options.biases is not None or options.repetition_penalty != 1 or options.no_repeat_ngram is not None
    return changed or sampler.healing is not None


def _edited(logits_BV: Tensor, samplers: Sequence[Sampler], failures: dict[int, Exception]) -> Tensor:
    """With bias, penalty, forbidden n-grams and what a prompt is owed, which most stories have none of; where they cannot be
    applied, a failure."""
    edited = logits_BV
    for row, sampler in enumerate(samplers):
        if _is_edited(sampler):
            edited = logits_BV.clone() if edited is logits_BV else edited
            try:
                edited[row] = _edit(logits_BV[row : row + 1], sampler)[0]
            except Exception as error:
                failures[row] = error
    return edited


def _edit(logits_1V: Tensor, sampler: Sampler) -> Tensor:
    """With bias, penalty, forbidden n-grams and what a prompt is owed."""
    options, unedited_1V = sampler.options, logits_1V
    if options.biases is not None:
        logits_1V = add_bias(logits_1V, *options.biases)
    if options.repetition_penalty != 1:
        logits_1V = penalise_repetition(logits_1V, [sampler.history], options.repetition_penalty)
    if options.no_repeat_ngram is not None:
        forbidden = torch.tensor(sampler.forbidden(), dtype=torch.long, device=logits_1V.device)
        logits_1V = logits_1V.index_fill(1, forbidden, NEVER)
    if sampler.healing is not None:
        logits_1V = sampler.healing.constrain(logits_1V[0], unedited_1V[0])[None]
    return logits_1V


def _draw(logits_1V: Tensor, sampler: Sampler, uniform: float) -> int:
    options = sampler.options
    if options.mirostat is not None and options.temperature >= GREEDY_BELOW:
        token, sampler.ceiling = draw_at_surprise(logits_1V[0], options, sampler.ceiling, uniform)
        return token
    return choose(logits_1V, options, [uniform])[0]
