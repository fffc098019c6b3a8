"""A chronicle between two chapters, as it is kept while other ways to read on are tried."""

from __future__ import annotations

from typing import Any, NamedTuple

from pocket_narrator.storyworld.chronicle.facts import Facts
from pocket_narrator.storyworld.reader.state import Note

# What grows from chapter to chapter and is looked back into, so that a teller has all of it: attributes of tellers.
GROWING = ("trace", "decided_at", "slots", "recalls", "happened", "told")


class ChronicleState(NamedTuple):
    """What has been told since the state before it, and all that what follows depends on."""

    before: ChronicleState | None
    grown: tuple[tuple, ...]  # of each of `GROWING`, what is new
    counts: tuple[int, ...]  # and how many there are
    length: int
    chapter: int
    single: dict[tuple[str, ...], str]
    facts: Facts
    people: dict[str, dict[str, str]]
    name_decisions: dict[str, int]
    village: dict[str, str] | None
    notes: tuple[Note, ...]
    path: tuple[int, ...]  # the decisions since the state before

    def all_of(self, place: int) -> list[Any]:
        """All of what grows, from the beginning."""
        parts, state = [], self
        while state is not None:
            parts.append(state.grown[place])
            state = state.before
        return [item for part in reversed(parts) for item in part]
