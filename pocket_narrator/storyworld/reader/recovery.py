"""How reading goes on behind a sentence that does not fit: which change of the story explains the most of what follows.

A change is one of these: the next step is told with another form, feeling, branch or in spite of a precondition (`noted`); steps are left out
or sentences are added (`skipped`); steps that were left out come later (`late`). Each is tried with every way that has come as far as the
sentence, and what the text goes on with decides between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pocket_narrator.storyworld.plot import Beat, Branch, Later, Maybe, Paragraph, Pick
from pocket_narrator.storyworld.reader.following import Followed, Steps, Way, follow, linked
from pocket_narrator.storyworld.reader.sentences import Sentences
from pocket_narrator.storyworld.reader.state import State
from pocket_narrator.storyworld.reader.teller import ReadingTeller
from pocket_narrator.storyworld.reader.tolerance import happen_anyway, next_telling_tolerantly

_MOST_SKIPPED = 6  # tellings
_MOST_ADDED = 3  # sentences in a row
_MOST_TRIALS = 400  # of a telling with notes
_TOLERANCES = (1, 2, 4)  # notes: names that are exchanged make up to four


class Repair(NamedTuple):
    """A change, and what follows it: `at` is the sentence that reading goes on with, `left_out` the steps that are not told, `late`
    says that what goes on was due before, and `before` is the state before the change."""

    cost: float
    at: int
    way: Way
    before: State
    left_out: tuple[Any, ...] = ()
    late: bool = False
    beat: Beat | None = None  # that is told with notes


def is_told(step: object) -> bool:
    """Whether a step is one that every story with it tells something of."""
    return isinstance(step, Beat) and step.choice is not None


def mend(ways: list[Way], owed: Steps, sentence: int, sentences: Sentences) -> tuple[Repair, Followed] | None:
    """The repair with which the text is explained the farthest, at the least cost, and how far it goes along with it; None where no repair explains the sentence or what follows it."""
    repairs = [repair for way in ways for repair in _repairs(way, owed, sentence, sentences)]
    best, best_value = None, float("-inf")
    for repair in sorted(repairs, key=lambda repair: repair.cost):
        if len(sentences) - 2 * repair.cost <= best_value:
            break
        found = follow([repair.way])
        ended = bool(found.whole) or found.farthest >= len(sentences.text)
        reached = len(sentences) if ended else sentences.at(found.farthest)
        value = reached - (repair.at - sentence) - 2 * repair.cost
        if reached > max(repair.at, sentence) and value > best_value:
            best, best_value = (repair, found), value
    return best


def _repairs(way: Way, owed: Steps, sentence: int, sentences: Sentences) -> Iterator[Repair]:
    yield from _noted(way, sentence, sentences)
    yield from _skipped(way, sentence, sentences)
    if owed is not None:
        yield from _late(way, owed, sentence, sentences)


def _noted(way: Way, sentence: int, sentences: Sentences) -> Iterator[Repair]:
    if way.steps is None:
        return
    teller = way.teller
    for tolerance in _TOLERANCES:
        teller.tolerance = tolerance
        found = list(teller.tellings(way.state, next_telling_tolerantly(way.steps), _MOST_TRIALS))
        teller.tolerance = 0
        for state, (left, beat) in found:
            if state.notes and state.length >= sentences.spans[sentence][1]:
                cost = 0.9 + 0.05 * len(state.notes)
                yield Repair(cost, sentence, way._replace(state=state, steps=left), way.state, beat=beat)
        if found:
            return


def _skipped(way: Way, sentence: int, sentences: Sentences) -> Iterator[Repair]:
    """Leaves out some tellings, and goes on with the sentence or one of the next."""
    left_out: list[Any] = []
    state, left = way.state, way.steps
    while True:
        for added in range(_MOST_ADDED + 1):
            at = sentence + added
            if at < len(sentences) and (added or left_out) and left is not None:
                cost = 1 + 0.25 * (max(sum(map(is_told, left_out)), added) - 1)
                moved = _moved(way, state, sentences, at)._replace(steps=left)
                yield Repair(cost, at, moved, way.state, tuple(left_out))
        if left is None or sum(map(is_told, left_out)) >= _MOST_SKIPPED:
            return
        step, left = left
        if isinstance(step, Branch | Later):
            state, left = _block(way, state, step, left)
            continue
        state = _without_telling(way, state, step)
        left_out.append(step)


def _late(way: Way, owed: Steps, sentence: int, sentences: Sentences) -> Iterator[Repair]:
    """Goes back to what was left out."""
    steps, skipped = owed, 0
    while steps is not None:
        if isinstance(steps[0], (Beat, Maybe, Branch)):
            back = _moved(way, way.state, sentences, sentence)._replace(steps=_joined(steps, way.steps))
            teller = way.teller
            teller.tolerance = 2
            found = list(teller.tellings(back.state, next_telling_tolerantly(back.steps), _MOST_TRIALS))
            teller.tolerance = 0
            for state, (left, beat) in found:
                yield Repair(
                    1 + 0.05 * skipped, sentence, back._replace(state=state, steps=left), way.state, (), True, beat
                )
            skipped += 1
        steps = steps[1]


def _joined(first: Steps, then: Steps) -> Steps:
    return then if first is None else (first[0], _joined(first[1], then))


def _moved(way: Way, state: State, sentences: Sentences, sentence: int) -> Way:
    """The way at the beginning of a sentence."""
    begin = sentences.spans[sentence][0]
    text = sentences.text
    space = begin
    while space > 0 and text[space - 1].isspace():
        space -= 1
    in_paragraph = begin > 0 and "\n" not in text[space:begin]
    return way._replace(state=state._replace(length=space, in_paragraph=in_paragraph, openers=frozenset()))


def _without_telling(way: Way, state: State, step: object) -> State:
    """The state after a step of which nothing is told."""
    teller = way.teller

    def act(teller: ReadingTeller) -> None:
        if isinstance(step, Beat):
            happen_anyway(step, teller)
        elif isinstance(step, (Pick, Paragraph)):
            step.run(teller)

    teller.tolerance = 1_000
    after = next((after for after, _ in teller.tellings(state, act)), state)
    teller.tolerance = 0
    return after._replace(notes=())


def _block(way: Way, state: State, branch: Branch | Later, left: Steps) -> tuple[State, Steps]:
    """The state, in which a role may have been cast, and the steps of the block whose conditions hold."""
    for after, block in way.teller.tellings(state, branch.block):
        return after, linked(block, left)
    return state, left
