"""Follows a text through the steps of stories: all ways in which they tell it, and where each of the others parts from it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pocket_narrator.storyworld.plot import Beat, Branch, Impossible, Later, Maybe
from pocket_narrator.storyworld.reader.state import State
from pocket_narrator.storyworld.reader.teller import ReadingTeller
from pocket_narrator.storyworld.story import log2_of

# Steps still to be taken, as a linked list: what follows a branch follows each of its blocks.
Steps = tuple[Any, "Steps"] | None
_MOST_AT_ONCE = 256  # ways that are followed at the same time; a story takes a handful


def linked(steps: Iterable[Any], rest: Steps = None) -> Steps:
    """These steps, and then the others."""
    for step in reversed(list(steps)):
        rest = (step, rest)
    return rest


class Way(NamedTuple):
    """One way to tell the text so far: the teller's state, and the steps that are left.

    Ways after which the same follows are one: `traces` of them, with `log2_probability` together (None for a single one: its trace says it).
    """

    teller: ReadingTeller
    state: State
    steps: Steps
    traces: int = 1
    log2_probability: float | None = None

    def log2(self) -> float:
        """The base-2 logarithm of the probability of all that was decided."""
        return log2_of(self.state.whole("trace")) if self.log2_probability is None else self.log2_probability


@dataclass
class Followed:
    """`whole`: ways that tell all of the text and have no step left. `parted`: ways, each with the character at which the text
    parts from what they would tell next; that is its end where the text ends first."""

    whole: list[Way] = field(default_factory=list)
    parted: list[tuple[int, Way]] = field(default_factory=list)

    @property
    def farthest(self) -> int:
        """The character up to which the text is as some story has it."""
        return max((reach for reach, _ in self.parted), default=0)


def follow(ways: Iterable[Way]) -> Followed:
    """Takes every way as far as the text goes along with it."""
    found = Followed()
    at_once = list(ways)
    while at_once:
        following: list[Way] = []
        for way in at_once:
            teller = way.teller
            end = len(teller.given.text)
            if way.steps is None:
                if way.state.length == end:
                    found.whole.append(way)
                else:
                    found.parted.append((_after_space(teller.given.text, way.state.length), way))
                continue
            teller.farthest = way.state.length
            for state, left in teller.tellings(way.state, next_telling(way.steps)):
                following.append(Way(teller, state, left, way.traces, way.log2_probability))
            found.parted.append((teller.farthest, way))  # with what else it could have told
        at_once = _merged(following)[:_MOST_AT_ONCE]
    return found


def _after_space(text: str, position: int) -> int:
    while position + 1 < len(text) and text[position].isspace():
        position += 1
    return position


def next_telling(steps: Steps) -> Callable[[ReadingTeller], Steps]:
    """Takes steps up to the next one that tells something, and returns those that are left."""

    def act(teller: ReadingTeller) -> Steps:
        left = steps
        try:
            while left is not None:
                step, left = left
                if isinstance(step, Branch | Later):
                    left = linked(step.block(teller), left)
                    continue
                step.run(teller)
                if isinstance(step, Maybe) or (isinstance(step, Beat) and step.choice is not None):
                    break
        except Impossible:
            teller.miss(teller.next_at()[0])
        return left

    return act


def _merged(ways: list[Way]) -> list[Way]:
    """Of ways after which the same stories follow, one."""
    if len(ways) < 2:
        return ways
    by_place: dict[tuple, list[Way]] = {}
    for way in ways:
        by_place.setdefault((id(way.teller), id(way.steps), way.state.length), []).append(way)
    kept: list[Way] = []
    for alike in by_place.values():
        if len(alike) == 1:
            kept += alike
            continue
        by_state: dict[tuple, list[Way]] = {}
        for way in alike:
            by_state.setdefault(way.state.key(), []).append(way)
        kept += [same[0] if len(same) == 1 else _as_one(same) for same in by_state.values()]
    return kept


def _as_one(same: list[Way]) -> Way:
    likeliest = max(same, key=lambda way: log2_of(way.state.whole("trace")))
    together = log2_sum([way.log2() for way in same])
    return likeliest._replace(traces=sum(way.traces for way in same), log2_probability=together)


def log2_sum(logarithms: list[float]) -> float:
    """log2 of the sum of probabilities that are given by their logarithms."""
    largest = max(logarithms)
    return largest + math.log2(math.fsum(2.0 ** (one - largest) for one in logarithms))
