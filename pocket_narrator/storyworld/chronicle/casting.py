"""Who and what a chapter is about: declarations of an episode, and what could fill them in the village as it is now."""

from __future__ import annotations

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

    def options(self, village: Village, bound: dict[str, str]) -> list[Option]: ...


class Who:
    """Somebody who is here; `without` names kinds of facts of which none may be about them."""

    def __init__(self, role: str, group: str, without: tuple[str, ...]) -> None:
        assert all(name in PREDICATES for name in without), without
        self.site, self.role, self.group, self.without = f"who {group}", role, group, without

    def options(self, village: Village, bound: dict[str, str]) -> list[Option]:
        """One for each person."""
        taken = bound.values()
        return [
            Option(key, ((self.role, key),))
            for key in village.here(self.group)
            if key not in taken and not any(village.has(predicate, key) for predicate in self.without)
        ]


class Newcomer:
    """The next child or grown-up that nobody has met yet."""

    site = "newcomer"

    def __init__(self, role: str, group: str) -> None:
        self.role, self.group = role, group

    def options(self, village: Village, bound: dict[str, str]) -> list[Option]:
        """One, while there is anybody left."""
        taken = bound.values()
        return [Option(key, ((self.role, key),)) for key in village.unmet(self.group) if key not in taken][:1]


class New:
    """A value that is drawn from a list, and that no fact keeps to itself."""

    def __init__(self, role: str, name: str) -> None:
        self.site, self.role, self.name = f"new {name}", role, name

    def options(self, village: Village, bound: dict[str, str]) -> list[Option]:
        """One for each free value."""
        return [Option(value.key, ((self.role, value.key),)) for value in village.free(self.name)]


class From:
    """A fact of some age, and the roles of its arguments; `_` for one that has none here. Everybody in it is here."""

    def __init__(self, predicate: str, roles: tuple[str, ...], after: int, among: tuple[str, ...]) -> None:
        self.predicate, self.roles, self.after, self.among = PREDICATES[predicate], roles, after, among
        assert len(roles) == len(self.predicate.arguments), (predicate, roles)
        self.site = f"from {predicate}"

    def options(self, village: Village, bound: dict[str, str]) -> list[Option]:
        """One for each fact that agrees with what is bound."""
        found = []
        for fact in village.facts.of[self.predicate.name].values():
            if village.chapter - fact.made_in < self.after or (self.among and fact.arguments[-1] not in self.among):
                continue
            parts = tuple((role, key) for role, key in zip(self.roles, fact.arguments, strict=True) if role != "_")
            if all(bound[role] == key if role in bound else key not in bound.values() for role, key in parts) and (
                self.predicate.name == "away" or all(village.is_here(person) for person in village.people_of(fact))
            ):
                found.append(Option(fact.label, parts, fact))
        return found


def fits(declarations: list[Declaration], at: int, village: Village, bound: dict[str, str]) -> bool:
    """Whether the declarations from `at` on can be filled."""
    if at == len(declarations):
        return True
    return any(
        fits(declarations, at + 1, village, {**bound, **dict(option.parts)})
        for option in declarations[at].options(village, bound)
    )
