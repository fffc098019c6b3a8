"""Answers of a model that reads long texts with its state carried on, so that it may know what was told at any distance.

The story is read once, in windows. A twin branches off in the window where it first differs, from the story's own state
there, and a question in the window where its words begin: what texts share is read once. Legend: R rows, T tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from pocket_narrator.evaluation.memory.spelling import SpelledStory, SpelledTwin
from pocket_narrator.models.language_model import CarriesState


@dataclass(frozen=True, slots=True)
class _Text:
    """What is read, and the questions that branch off from it: (place, words, number of the answer)."""

    tokens: list[int]
    leaves_at: int  # place of the first token that the story does not have there
    asked: list[tuple[int, list[int], int]]
    sign: int  # of what it adds to an answer

    def asks_after(self, place: int) -> bool:
        return any(at > place for at, _, _ in self.asked)


def carried_answers(model: CarriesState, story: SpelledStory, batch_tokens: int) -> list[float]:
    """log P(words | story) - log P(words | twin) of every question, in nats."""
    longest = max(len(question.words) for twin in story.twins for question in twin.questions)
    window = max(1, model.context - longest)  # so that words which begin at its end are read to theirs
    rows = max(1, batch_tokens // model.context)
    found: list[float] = []
    for first in range(0, len(story.twins), rows):
        found += _answers(model, story.tokens, story.twins[first : first + rows], window, rows)
    return found


def _answers(
    model: CarriesState, tokens: list[int], twins: Sequence[SpelledTwin], window: int, rows: int
) -> list[float]:
    texts = _texts(tokens, twins)
    found = [0.0] * len(texts[0].asked)
    live, state, begin = texts[:1], model.initial_state(1), 0  # the story is row 0 while it is read
    while live:
        end = begin + window
        joining = [text for text in texts[1:] if begin <= text.leaves_at < end]
        state = _select(model, state, [*range(len(live)), *[0] * len(joining)])
        live = [*live, *joining]
        asked = [
            (row, [*text.tokens[begin:at], *words], len(words), number, text.sign)
            for row, text in enumerate(live)
            for at, words, number in text.asked
            if begin < at <= end
        ]
        for first in range(0, len(asked), rows):
            batch = asked[first : first + rows]
            log_probs, _ = _read(model, [row[1] for row in batch], _select(model, state, [row[0] for row in batch]))
            for scored, (_, branch, words, number, sign) in zip(log_probs, batch, strict=True):
                found[number] += sign * float(scored[: len(branch) - 1][-words:].sum())
        is_trunk = any(text.leaves_at >= end for text in texts[1:])
        staying = [row for row, text in enumerate(live) if text.asks_after(end) or (row == 0 and is_trunk)]
        live = [live[row] for row in staying]
        if live:
            windows = [text.tokens[begin : end + 1] for text in live]
            _, state = _read(model, windows, _select(model, state, staying))
        begin = end
    return found


def _texts(tokens: list[int], twins: Sequence[SpelledTwin]) -> list[_Text]:
    """The story, and the twins."""
    texts, own = [], []
    for twin in twins:
        asked = [(q.twin_at, q.words, len(own) + n) for n, q in enumerate(twin.questions)]
        own += [(q.at, q.words, len(own) + n) for n, q in enumerate(twin.questions)]
        alike = next((n for n, (a, b) in enumerate(zip(tokens, twin.tokens, strict=False)) if a != b), len(twin.tokens))
        texts.append(_Text(twin.tokens, alike, asked, -1))
    return [_Text(tokens, 0, own, 1), *texts]


def _select(model: CarriesState, state: Any, rows: list[int]) -> Any:
    return state.select(torch.tensor(rows, device=model.device))


@torch.inference_mode()
def _read(model: CarriesState, rows: list[list[int]], state: Any) -> tuple[torch.Tensor, Any]:
    """log p of each row's tokens but the first: float64 [R, T - 1]; and the state before the last."""
    tokens = torch.zeros((len(rows), max(map(len, rows))), dtype=torch.long)  # padding is to the right: never seen
    for place, row in zip(tokens, rows, strict=True):
        place[: len(row)] = torch.tensor(row)
    log_probs, state = model.log_probs_from(tokens.to(model.device), state)
    return log_probs.double().cpu(), state
