"""Who and what a chapter is about: declarations of an episode, and what could fill them in the village as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
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
    """Somebody who is here and speaks with the others; `without` names kinds of facts of which none may be about them."""

    def __init__(self, role: str, group: str, without: tuple[str, ...]) -> None:
        assert all(name in PREDICATES for name in without), without
        self.site, self.role, self.group, self.without = f"who {group}", role, group, without

    def options(self, village: Village, bound: dict[str, str]) -> Iterator[Option]:
        """One for each person."""
        taken = bound.values()
        for key in village.able(self.group, self.without):
            if key not in taken and not village.at_odds((key, *taken)):
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
    """A fact that is so many chapters old, and the roles of its arguments. Everybody in it is here and
    on speaking terms, and the thing at hand."""

    def __init__(self, predicate: str, roles: tuple[str, ...], after: int) -> None:
        self.predicate, self.roles, self.after = PREDICATES[predicate], roles, after
        assert len(roles) == len(self.predicate.arguments), (predicate, roles)
        self.site = f"from {predicate}"

    def options(self, village: Village, bound: dict[str, str]) -> Iterator[Option]:
        """One for each fact that agrees with what is bound."""
        taken = bound.values()
        for fact in village.ripe(self.predicate.name, self.after):
            parts = tuple(zip(self.roles, fact.arguments, strict=True))
            if any(bound[role] != key if role in bound else key in taken for role, key in parts):
                continue
            if fact.predicate.name == "quarrel" or not village.at_odds((*fact.arguments, *taken)):
                yield Option(fact.label, parts, fact)


def fits(declarations: tuple[Declaration, ...], at: int, village: Village, bound: dict[str, str]) -> bool:
    """Whether the declarations from `at` on can be filled."""
    plain = _plain(declarations, at)
    if plain is not None and (plain[0] + plain[1] < 2 or not village.facts.of["quarrel"]):
        # Anybody will do who speaks with those that are bound: they only have to be counted.
        children, grown, lists = plain
        taken = bound.values()
        return (
            (not children or village.count("child", taken, children))
            and (not grown or village.count("grown", taken, grown))
            and all(any(key not in taken for key in village.free(name)) for name in lists)
        )
    if at == len(declarations):
        return True
    return any(
        fits(declarations, at + 1, village, {**bound, **dict(option.parts)})
        for option in declarations[at].options(village, bound)
    )


@cache
def _plain(declarations: tuple[Declaration, ...], at: int) -> tuple[int, int, tuple[str, ...]] | None:
    """How many children and grown-ups are to be had from `at` on, and values of which lists; None where there are conditions."""
    groups, lists = [], []
    for one in declarations[at:]:
        if isinstance(one, Who) and not one.without:
            groups.append(one.group)
        elif isinstance(one, New) and one.name not in lists:
            lists.append(one.name)
        else:
            return None
    return groups.count("child"), groups.count("grown"), tuple(lists)
