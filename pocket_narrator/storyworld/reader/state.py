"""A teller between two steps, as it is kept while other ways are tried; and what a tolerant reading let pass."""

from __future__ import annotations

from typing import NamedTuple

from pocket_narrator.storyworld.chooser import Decision
from pocket_narrator.storyworld.telling.teller import Slot
from pocket_narrator.storyworld.world import Statement


class Note(NamedTuple):
    """What a tolerant reading let pass: `expected` would be told of a role, or has to be true, and the text has `found`.

    `form` is the grammatical form (`name`, `he`, `full`, ...), the predicate (`feels`, `trait`), or, where a statement does not hold, "statement",
    with the event that needs it; a condition of a branch is one that no event needs. `told` is the character behind the place that told it
    last, and `about` what it is about, where that is known already (in chronicles).
    """

    role: str
    form: str
    expected: str
    found: str
    begin: int
    end: int
    statement: Statement | None = None
    event: tuple[str, tuple[str, ...]] | None = None
    told: int | None = None
    about: str = ""


class State(NamedTuple):
    """A teller between two steps: what has changed since the state before it, and all that what follows depends on."""

    before: State | None
    trace: tuple[Decision, ...]
    decided_at: tuple[int, ...]
    slots: tuple[Slot, ...]
    length: int
    in_paragraph: bool
    openers: frozenset[str]
    single: dict[tuple[str, ...], str]
    relations: frozenset[tuple[str, ...]]
    cast: tuple[tuple[str, dict, dict | None], ...]
    people: tuple
    notes: tuple[Note, ...]

    def whole(self, name: str) -> tuple:
        """The trace, the slots or the places of decisions from the beginning of the story."""
        parts, state = [], self
        while state is not None:
            parts.append(getattr(state, name))
            state = state.before
        return tuple(item for part in reversed(parts) for item in part)

    def key(self) -> tuple:
        """Equal for states after which the same stories follow with the same probabilities."""
        cast = tuple(
            (role, tuple(sorted(forms.items(), key=str)) if now is None else tuple(sorted(now.items())))
            for role, forms, now in self.cast
        )
        return (
            self.length,
            self.in_paragraph,
            self.openers,
            frozenset(self.single.items()),
            self.relations,
            frozenset(map(str, cast)),
        )
