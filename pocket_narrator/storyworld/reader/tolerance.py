"""Steps taken tolerantly: a form, a feeling, a branch or a precondition may be another than it has to be, and is noted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from pocket_narrator.storyworld.plot import Beat, Branch, Later, Maybe, Pick
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.reader.following import Steps, linked
from pocket_narrator.storyworld.reader.state import Note
from pocket_narrator.storyworld.reader.teller import ReadingTeller
from pocket_narrator.storyworld.telling.shared import FRAGMENTS
from pocket_narrator.storyworld.telling.template import DYNAMIC
from pocket_narrator.storyworld.world import Statement


def next_telling_tolerantly(steps: Steps) -> Callable[[ReadingTeller], tuple[Steps, Beat | None]]:
    """As `next_telling`, for a teller with some tolerance; returns the beat that was told, too."""

    def act(teller: ReadingTeller) -> tuple[Steps, Beat | None]:
        left = steps
        while left is not None:
            step, left = left
            if isinstance(step, Later):
                left = linked(step.block(teller), left)
                continue
            if isinstance(step, Branch):
                left = linked(_block(step, teller), left)
                continue
            if isinstance(step, Maybe):
                if not step.happens(teller):
                    continue
                step = step.beat
            if isinstance(step, Beat):
                tell_tolerantly(step, teller)
                if step.choice is not None:
                    return left, step
            else:
                step.run(teller)
        return None, None

    return act


def tell_tolerantly(beat: Beat, teller: ReadingTeller) -> None:
    """Makes the events happen even where they cannot, and tells them, with another feeling or trait where need be."""
    happen_anyway(beat, teller)
    if beat.choice is None:
        return
    roles = dict.fromkeys(role for _, arguments in beat.events for role in arguments)
    known = [
        (kind, role) for role in roles for kind in sorted(set(DYNAMIC.values())) if (kind, role) in teller.world.single
    ]
    told = " ".join(beat.choice.options)
    known = [
        key for key in known if any(f"{{{form}:" in told.lower() for form, kind in DYNAMIC.items() if kind == key[0])
    ]
    others = [(key, value) for key in known for value in values_of(key[0]) if value != teller.world.single[key]]
    which = teller.chooser.branch(1 + len(others))
    if which == 0:
        beat.tell(teller)
        return
    key, value = others[which - 1]
    at, _ = teller.next_at()
    true = teller.world.single[key]
    teller.world.single[key] = value
    teller.note(Note(key[1], key[0], true, value, at, at))
    number = len(teller.notes) - 1
    beat.tell(teller)
    teller.world.single[key] = true
    teller.notes[number] = teller.notes[number]._replace(end=teller.length)


def happen_anyway(beat: Beat, teller: ReadingTeller) -> None:
    """Makes what the events of a beat make, and notes what they need and is not true."""
    world = teller.world
    at, _ = teller.next_at()
    for event, (needs, makes) in zip(beat.events, beat.needs, strict=True):
        for need in needs:
            if not world.holds(need):
                teller.note(Note("", "statement", str(need), "", at, at, need, event))
        for effect in makes:
            if effect.predicate != "near" or world.place_of(effect.value) is not None:
                world.make((effect,))


def _block(branch: Branch, teller: ReadingTeller) -> list:
    """The block whose conditions hold, or another one."""
    true = branch.block(teller)
    others = [(conditions, steps) for conditions, steps in branch.blocks if steps is not true]
    which = teller.chooser.branch(1 + len(others))
    if which == 0:
        return true
    conditions, steps = others[which - 1]
    at, _ = teller.next_at()
    failed = next((one for one in conditions if not teller.world.holds(one)), _first_of(branch))
    teller.note(Note(failed.key[1] if len(failed.key) > 1 else "", "statement", str(failed), "", at, at, failed))
    _adopt(conditions or (_first_of(branch),), branch, teller)
    return steps


def _first_of(branch: Branch) -> Statement:
    """The condition that an `else` is the opposite of."""
    first = branch.blocks[0][0][0]
    return first._replace(negated=not first.negated)


def _adopt(conditions: tuple[Statement, ...], branch: Branch, teller: ReadingTeller) -> None:
    """Lets the conditions of a block be true from now on, so that what follows from them does not contradict once more."""
    for one in conditions:
        if one.predicate == "trait" and one.negated:
            taken = {condition.value for of_block, _ in branch.blocks for condition in of_block}
            picks = [step for step in PLOTS[teller.plot].steps if isinstance(step, Pick) and step.key == one.key]
            left = [value for pick in picks for value in pick.values if value not in taken]
            if left:
                teller.world.single[one.key] = left[0]
        elif one.predicate not in ("near", "is"):
            teller.world.make((one,))


@cache
def values_of(kind: str) -> tuple[str, ...]:
    """All feelings, or all traits, that there are words for."""
    prefixes = tuple(f"{form}_" for form, predicate in DYNAMIC.items() if predicate == kind)
    found = [name[len(prefix) :] for name in FRAGMENTS for prefix in prefixes if name.startswith(prefix)]
    return tuple(dict.fromkeys(found))
