"""Who and what a chapter is about: declarations of an episode, and what could fill them in the village as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from pocket_narrator.storyworld.chronicle.facts import PREDICATES, Fact
from pocket_narrator.storyworld.chronicle.village import Village


class Option(NamedTuple):
    """One way to fill a declaration: its label in the trace, role and entity of each part, the fact that they are from."""

    label: str
    parts: tuple[tuple[str, str], ...]
    fact: Fact | None = None


class Declaration(Protocol):
    """Says which roles there are; `options` are the ways to fill them beside those that are `bound` (role: entity)."""

    site: str

    def options(self, village: Village, bound: dict[str, str]) -> Iterator[Option]: ...


class Who:
    """Somebody who is here; `without` names kinds of facts of which none may be about them."""

    def __init__(self, role: str, group: str, without: tuple[str, ...]) -> None:
        assert all(name in PREDICATES for name in without), without
        self.site, self.role, self.group, self.without = f"who {group}", role, group, without

    def options(self, village: Village, bound: dict[str, str]) -> Iterator[Option]:
        """One for each person."""
        taken = bound.values()
        for key in village.here(self.group):
            if key not in taken and not any(village.has(predicate, key) for predicate in self.without):
                yield Option(key, ((self.role, key),))


class Newcomer:
    """The next child or grown-up that nobody has met yet."""

    site = "newcomer"

    def __init__(self, role: str, group: str) -> None:
        self.role, self.group = role, group

    def options(self, village: Village, bound: dict[str, str]) -> Iterator[Option]:
        """One, while there is anybody left."""
        taken = bound.values()
        key = next((key for key in village.unmet(self.group) if key not in taken), None)
        if key is not None:
            yield Option(key, ((self.role, key),))


class New:
    """A value that is drawn from a list, and that no fact keeps to itself."""

    def __init__(self, role: str, name: str) -> None:
        self.site, self.role, self.name = f"new {name}", role, name

    def options(self, village: Village, bound: dict[str, str]) -> Iterator[Option]:
        """One for each free value."""
        taken = bound.values()
        for key in village.free(self.name):
            if key not in taken:
                yield Option(key, ((self.role, key),))


class From:
    """A fact that is so many chapters old, and the roles of its arguments. Everybody in it is here; `held`: the thing that it
    is about is in the hands of the first of them."""

    def __init__(self, predicate: str, roles: tuple[str, ...], after: int, held: bool) -> None:
        self.predicate, self.roles, self.after, self.held = PREDICATES[predicate], roles, after, held
        assert len(roles) == len(self.predicate.arguments), (predicate, roles)
        self.site = f"from {predicate}"

    def options(self, village: Village, bound: dict[str, str]) -> Iterator[Option]:
        """One for each fact that agrees with what is bound."""
        everybody = self.predicate.name == "away"
        for fact in village.facts.of[self.predicate.name].values():
            if village.chapter - fact.made_in < self.after:
                continue
            if self.held and village.world.single.get(("holder", fact.arguments[1])) != fact.arguments[0]:
                continue
            parts = tuple(zip(self.roles, fact.arguments, strict=True))
            if all(bound[role] == key if role in bound else key not in bound.values() for role, key in parts) and (
                everybody or village.are_here(fact)
            ):
                yield Option(fact.label, parts, fact)


def fits(declarations: list[Declaration], at: int, village: Village, bound: dict[str, str]) -> bool:
    """Whether the declarations from `at` on can be filled."""
    if at >= len(declarations) - 1:  # the last one need not be gone into
        return at == len(declarations) or next(declarations[at].options(village, bound), None) is not None
    return any(
        fits(declarations, at + 1, village, {**bound, **dict(option.parts)})
        for option in declarations[at].options(village, bound)
    )
