"""How surprising each token of a story was to a model, as colour behind the text."""

import math
from dataclasses import dataclass
from html import escape

from pocket_narrator.evaluation.likelihood import score_stories
from pocket_narrator.tokens.store import TokenStore
from pocket_narrator.training.trained import Trained

DEEPEST_NATS = 6.0  # from here on the colour is at its deepest


@dataclass(frozen=True)
class Surprise:
    """One story: its tokens' texts, what each cost in nats, and the end."""

    number: int  # in its split
    tokens: list[tuple[str, float]]
    end_nats: float


def surprises(trained: Trained, store: TokenStore, stories: int = 2) -> list[Surprise]:
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
    spans = "".join(
        f'<span style="background:{colour(nats)}" title="{nats:.2f} nats, probability {math.exp(-nats):.3f}">'
        f"{escape(text)}</span>"
        for text, nats in surprise.tokens
    )
    mean = (sum(nats for _, nats in surprise.tokens) + surprise.end_nats) / (len(surprise.tokens) + 1)
    heading = f"validation story {surprise.number}: {mean:.2f} nats a token"
    return f'<div class="story surprise"><header>{heading}</header>{spans}</div>'


def scale() -> str:
    """What the colours mean."""
    steps = "".join(f"<span><i style='background:{colour(nats)}'></i>{nats} nats</span>" for nats in (0, 1, 2, 4, 6))
    return f"<div class=legend>{steps}</div>"


def colour(nats: float) -> str:
    """From nothing to the style's hot colour."""
    share = round(80 * min(max(nats, 0.0), DEEPEST_NATS) / DEEPEST_NATS)
    return f"color-mix(in srgb, var(--hot) {share}%, transparent)"
