"""Several streams of stories as one, each with its share of the text."""

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from pocket_narrator.corpus.stories import Story, Stream


@dataclass(frozen=True)
class MixturePart:
    """One source of a mixture."""

    name: str
    stream: Stream
    weight: float  # its share of the characters, relative to the other parts
    epochs: int = 1  # times that it may be read


def interleave(parts: Sequence[MixturePart], seed: int) -> Iterator[Story]:
    """The parts' stories, in each part's own order, merged so that the shares hold in any long stretch of them.

    Stretch every part's text to a common length, its characters divided by its weight, and lay the texts side by side:
    the stories come in the order of a point that the seed draws inside each. The mixture ends where the first text
    ends, so no share is ever missed, and only as many stories are repeated as `epochs` allows.
    """
    ahead: list[tuple[float, int, Story | None]] = []
    laid_out = [_laid_out(part, seed) for part in parts]
    for index, stories in enumerate(laid_out):
        heapq.heappush(ahead, _next(index, stories))
    while True:
        _, index, story = ahead[0]
        if story is None:  # the end of a part
            return
        yield story
        heapq.heapreplace(ahead, _next(index, laid_out[index]))


def mixture_size(sizes: Sequence[float], weights: Sequence[float], epochs: Sequence[int]) -> float:
    """How much text a mixture holds, of parts with these sizes: up to where the first part ends."""
    stretched = min(size * times / weight for size, weight, times in zip(sizes, weights, epochs, strict=True))
    return stretched * sum(weights)


def _laid_out(part: MixturePart, seed: int) -> Iterator[tuple[float, Story | None]]:
    """Every story with its point on the common length, and the end with None."""
    chance = random.Random(f"{seed} {part.name}")
    begin = 0
    for story in chain.from_iterable(part.stream() for _ in range(part.epochs)):
        length = len(story.text)
        yield (begin + chance.random() * length) / part.weight, story
        begin += length
    yield begin / part.weight, None


def _next(index: int, stories: Iterator[tuple[float, Story | None]]) -> tuple[float, int, Story | None]:
    place, story = next(stories)
    return place, index, story
