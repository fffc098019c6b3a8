"""Sampling from whole histories, each time from the beginning: what `Sampler` must agree with."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pocket_narrator.generation.sampling import NEVER, SamplingOptions, add_bias, choose, penalise_repetition


def choose_slowly(
    logits_BV: Tensor, histories: Sequence[Sequence[int]], options: SamplingOptions, uniforms: Sequence[float]
) -> list[int]:
    """The next token of each row. `histories` are the tokens of each row's story so far, prompt included and
    end-of-text left out; `uniforms` one number in [0, 1) a row. Raises NarratorError where logits are not numbers."""
    if options.biases is not None:
        logits_BV = add_bias(logits_BV, *options.biases)
    if options.repetition_penalty != 1:
        logits_BV = penalise_repetition(logits_BV, histories, options.repetition_penalty)
    if options.no_repeat_ngram is not None:
        logits_BV = forbid_repeated_ngrams(logits_BV, histories, options.no_repeat_ngram)
    return choose(logits_BV, options, uniforms)


def forbid_repeated_ngrams(logits_BV: Tensor, histories: Sequence[Sequence[int]], n: int) -> Tensor:
    """No token that would complete an n-gram for the second time in a story (Paulus et al. 2018, section 2.5)."""
    result = logits_BV.clone()
    for row, history in enumerate(histories):
        tokens = list(history)
        last = tokens[len(tokens) - n + 1 :]
        ends = range(n - 1, len(tokens))
        forbidden = sorted({tokens[end] for end in ends if tokens[end - n + 1 : end] == last})
        result[row, torch.tensor(forbidden, dtype=torch.long, device=result.device)] = NEVER
    return result
