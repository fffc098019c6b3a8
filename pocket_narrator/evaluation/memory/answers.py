"""What a model answers: how much likelier it finds each pay-off after the story than after the twin, in bits.

A text that fits into the context is scored in one row. Of a longer one the model sees what its context holds: what was
told before that it cannot know, and where both texts are alike as far as it sees, its answer is 0. A model that was
trained with its state carried on reads long texts whole (`carried`).
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch

from pocket_narrator.evaluation.memory.carried import carried_answers
from pocket_narrator.evaluation.memory.spelling import SpelledStory
from pocket_narrator.models.language_model import CarriesState, LanguageModel

LONGEST_ROW = 4096  # tokens of a row for a model that reads any length: no N-gram finds a longer stretch again
_TOKENS_AT_ONCE = 1 << 18  # of rows that wait to be sorted by length


@dataclass(frozen=True, slots=True)
class _Row:
    """Tokens, of which some spans are scored: (first, last, answer, sign)."""

    tokens: list[int]
    spans: list[tuple[int, int, int, int]]


def log_ratios(
    model: LanguageModel,
    stories: Iterable[SpelledStory],
    *,
    carry: bool = False,
    batch_tokens: int = 8192,
    advance: Callable[[int], object] = lambda stories: None,
) -> np.ndarray:
    """log2 P(words | story) - log2 P(words | twin) of every question, story after story and twin after twin: float64 [Q].

    `carry`: the state goes on through texts that are longer than the context; for a model that `CarriesState`. `advance` is
    told how many stories are done. A module must be in evaluation mode.
    """
    found: list[float] = []
    waiting: list[_Row] = []
    done = 0
    for story in stories:
        if carry and story.longest > model.context + 1:
            assert isinstance(model, CarriesState)
            found += carried_answers(model, story, batch_tokens)
        else:
            waiting += _rows(story, min(model.context, LONGEST_ROW), len(found))
            found += [0.0] * story.questions
        done += 1
        if sum(len(row.tokens) for row in waiting) > _TOKENS_AT_ONCE:
            _score(model, waiting, batch_tokens, found)
            advance(done)
            waiting, done = [], 0
    _score(model, waiting, batch_tokens, found)
    advance(done)
    return np.array(found) / math.log(2)


def _rows(story: SpelledStory, context: int, answer: int) -> list[_Row]:
    """What is read for the questions of one story, the first of which is number `answer`."""
    rows, own = [], []
    for twin in story.twins:
        for question in twin.questions:
            end = question.at + len(question.words)
            other = _cut([*twin.tokens[: question.twin_at], *question.words], len(question.words), context, answer, -1)
            if end <= context + 1:
                own.append((question.at, end, answer, 1))
                rows.append(other)
            else:
                row = _cut(story.tokens[:end], len(question.words), context, answer, 1)
                rows += [] if row.tokens == other.tokens else [row, other]
            answer += 1
    if own:
        rows.append(_Row(story.tokens[: max(end for _, end, _, _ in own)], own))
    return rows


def _cut(tokens: list[int], words: int, context: int, answer: int, sign: int) -> _Row:
    """The last tokens, as many as the model can see; the last `words` of them are scored."""
    tokens = tokens[-(context + 1) :]
    return _Row(tokens, [(max(1, len(tokens) - words), len(tokens), answer, sign)])


def _score(model: LanguageModel, rows: list[_Row], batch_tokens: int, found: list[float]) -> None:
    """Adds the nats of each span to its answer."""
    rows = sorted(rows, key=lambda row: len(row.tokens), reverse=True)  # rows of a batch differ little in length
    start = 0
    while start < len(rows):
        width = len(rows[start].tokens)
        batch = rows[start : start + max(1, batch_tokens // width)]
        start += len(batch)
        tokens = torch.zeros((len(batch), width), dtype=torch.long)  # padding is to the right: never seen
        for place, row in zip(tokens, batch, strict=True):
            place[: len(row.tokens)] = torch.tensor(row.tokens)
        with torch.inference_mode():
            log_probs = model.log_probs(tokens.to(model.device)).double().cpu().numpy()
        for scored, row in zip(log_probs, batch, strict=True):
            for first, last, answer, sign in row.spans:
                found[answer] += sign * float(scored[first - 1 : last - 1].sum())
