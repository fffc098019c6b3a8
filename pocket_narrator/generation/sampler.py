"""The next token of many stories, each with its own options, seed and past."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.generation.healing import Healing
from pocket_narrator.generation.sampling import (
    GREEDY_BELOW,
    SamplingOptions,
    add_bias,
    choose,
    draw_at_surprise,
    forbid_repeated_ngrams,
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

    def __init__(self, options: SamplingOptions, beginning: Sequence[int], number: int) -> None:
        """number: of the story among those with the same seed."""
        self.options = options
        # End-of-text stays out of it: as a repetition it would be held back, and the story could not end.
        self.history = list(beginning)
        self.ceiling = 2 * (options.mirostat or 0.0)
        self.healing: Healing | None = None  # while the end of the beginning is spelled anew
        self._random = np.random.default_rng([options.seed, number])

    def uniform(self) -> float:
        return float(self._random.random())


def choose_all(logits_BV: Tensor, samplers: Sequence[Sampler]) -> tuple[list[int], list[LogProbs | None]]:
    """One token a row, and its log-probabilities where they are asked for. Raises NarratorError where logits are no numbers."""
    uniforms = [sampler.uniform() for sampler in samplers]
    asked = {row: log_softmax(logits_BV[row]) for row, s in enumerate(samplers) if s.options.logprobs is not None}
    tokens = [-1] * len(samplers)
    in_c = native.takes(logits_BV)
    together = [row for row, sampler in enumerate(samplers) if in_c and _is_plain(sampler.options)]
    if together:
        rows = logits_BV if len(together) == len(samplers) else logits_BV[together]
        rows = _edited(rows, [samplers[row] for row in together])
        chosen = native.sample(rows, [_choice(samplers[row].options, uniforms[row]) for row in together])
        if min(chosen) < 0:
            raise not_numbers()
        for row, token in zip(together, chosen, strict=True):
            tokens[row] = token
    for row in sorted({*range(len(samplers))} - {*together}):
        sampler = samplers[row]
        if sampler.options.mirostat is not None and sampler.options.temperature >= GREEDY_BELOW:
            edited = _edited(logits_BV[row : row + 1], [sampler])[0]
            tokens[row], sampler.ceiling = draw_at_surprise(edited, sampler.options, sampler.ceiling, uniforms[row])
        elif sampler.healing is not None:
            edited, others = _edited(logits_BV[row : row + 1], [sampler]), replace(sampler.options, **_EDITS_NOTHING)
            tokens[row] = choose(edited, [sampler.history], others, [uniforms[row]])[0]
        else:
            tokens[row] = choose(logits_BV[row : row + 1], [sampler.history], sampler.options, [uniforms[row]])[0]
    told: list[LogProbs | None] = [None] * len(samplers)
    for row, logs in asked.items():
        told[row] = _log_probs(logs, tokens[row], samplers[row].options.logprobs or 0)
    return tokens, told


def log_softmax(logits_V: Tensor) -> Tensor:
    """Float32, nats; the result of a row alone."""
    return torch.log_softmax(logits_V.float(), dim=-1)


def _log_probs(logs_V: Tensor, token: int, count: int) -> LogProbs:
    values, tokens = logs_V.topk(min(count, len(logs_V)))
    return LogProbs(float(logs_V[token]), tuple(zip(tokens.tolist(), values.tolist(), strict=True)))


def _is_plain(options: SamplingOptions) -> bool:
    return options.typical is None and options.mirostat is None


def _choice(options: SamplingOptions, uniform: float) -> native.Choice:
    temperature = 0.0 if options.temperature < GREEDY_BELOW else options.temperature
    return native.Choice(temperature, options.top_k or 0, options.top_p or 1.0, options.min_p or 0.0, uniform)


_EDITS_NOTHING: dict[str, Any] = {"logit_bias": (), "repetition_penalty": 1.0, "no_repeat_ngram": None}


def _edited(logits_BV: Tensor, samplers: Sequence[Sampler]) -> Tensor:
    """With bias, penalty, forbidden n-grams and what a beginning is owed, which most stories have none of."""
    edited = logits_BV
    for row, sampler in enumerate(samplers):
        options = sampler.options
        has_edits = options.logit_bias or options.repetition_penalty != 1 or options.no_repeat_ngram is not None
        if not has_edits and sampler.healing is None:
            continue
        if edited is logits_BV:
            edited = logits_BV.clone()
        one = edited[row : row + 1]
        if options.logit_bias:
            one = add_bias(one, options.logit_bias)
        if options.repetition_penalty != 1:
            one = penalise_repetition(one, [sampler.history], options.repetition_penalty)
        if options.no_repeat_ngram is not None:
            one = forbid_repeated_ngrams(one, [sampler.history], options.no_repeat_ngram)
        edited[row] = one[0] if sampler.healing is None else sampler.healing.constrain(one[0], logits_BV[row])
    return edited
