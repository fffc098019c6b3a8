"""Scores long stories as a model that was trained with its state carried on reads them: each token once, all of the story
behind it. Legend: R rows, W targets of a window."""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from pocket_narrator.models.language_model import CarriesState
from pocket_narrator.tokens.store import TokenStore


def score_carried(
    model: CarriesState,
    store: TokenStore,
    stories: np.ndarray,
    batch_tokens: int,
    advance: Callable[[int], object],
) -> Iterator[tuple[int, int, np.ndarray]]:
    """(index in `stories`, first target, nats of some targets from there on), in windows of the model's context; float32.

    Some stories at a time go side by side, the longest first; a row ends with its story.
    """
    targets_S = store.offsets[stories + 1] - store.offsets[stories]
    longest_first = np.argsort(-targets_S, kind="stable")
    rows = max(1, batch_tokens // model.context)
    for begin in range(0, len(stories), rows):
        chosen = longest_first[begin : begin + rows]
        carried = model.initial_state(len(chosen))
        for first in range(0, int(targets_S[chosen[0]]), model.context):
            live = int((targets_S[chosen] > first).sum())  # the first ones, because they are the longest
            if live < len(chosen):
                chosen, carried = chosen[:live], carried.select(torch.arange(live, device=model.device))
            lengths = np.minimum(targets_S[chosen] - first, model.context)
            tokens = np.full((live, lengths[0] + 1), store.end_of_text, dtype=np.int64)  # padding: never seen
            for row, s, length in zip(tokens, chosen, lengths, strict=True):
                read = store.story(int(stories[s]))[first : first + length + 1]
                row[: len(read)] = read  # at the end of the story, the padding is its closing end-of-text
            with torch.inference_mode():
                log_probs, carried = model.log_probs_from(torch.from_numpy(tokens).to(model.device), carried)
            for row, s, length in zip(log_probs.cpu().numpy(), chosen, lengths, strict=True):
                yield int(s), first, -row[:length]
            advance(int(lengths.sum()))
