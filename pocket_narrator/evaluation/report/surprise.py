"""How surprising each token of a story was to a model, as colour behind the text."""

import math
from dataclasses import dataclass

from pocket_narrator.evaluation.likelihood.scores import score_stories
from pocket_narrator.page.document import legend, tint, tinted_story
from pocket_narrator.run.loading import LoadedRun
from pocket_narrator.tokens.store import TokenStore

DEEPEST_NATS = 6.0  # from here on the colour is at its deepest


@dataclass(frozen=True)
class Surprise:
    """One story: its tokens' texts, what each cost in nats, and the end."""

    number: int  # in its split
    tokens: list[tuple[str, float]]
    end_nats: float


def surprises(trained: LoadedRun, store: TokenStore, stories: int = 2) -> list[Surprise]:
    """Of stories at even distances over a split, as `narrator evaluate` scores them."""
    wanted = min(stories, store.num_stories)
    indices = [number * store.num_stories // wanted for number in range(wanted)]
    scores = score_stories(trained.model, store, indices)
    found = []
    for row, index in enumerate(indices):
        nats = scores.nll_N[scores.offsets[row] : scores.offsets[row + 1]].tolist()
        decoder = trained.tokenizer.stream()
        texts = [decoder.push(int(token)) for token in store.story(index)[1:]]
        tail = decoder.finish()
        if texts:
            texts[-1] += tail
        found.append(Surprise(index, list(zip(texts, nats, strict=False)), nats[-1]))
    return found


def draw(surprise: Surprise) -> str:
    """HTML; a token's nats show when it is pointed at."""
    mean = (sum(nats for _, nats in surprise.tokens) + surprise.end_nats) / (len(surprise.tokens) + 1)
    tokens = [
        (text, nats / DEEPEST_NATS, f"{nats:.2f} nats, probability {math.exp(-nats):.3f}")
        for text, nats in surprise.tokens
    ]
    return tinted_story(f"validation story {surprise.number}: {mean:.2f} nats/token", tokens)


def scale() -> str:
    """What the colours mean."""
    return legend([(f"{nats} nats", colour(nats)) for nats in (0, 1, 2, 4, 6)])


def colour(nats: float) -> str:
    """What stands behind a token, in CSS."""
    return tint(nats / DEEPEST_NATS)
