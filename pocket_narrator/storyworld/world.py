"""The state of the little world, and conditions and effects on it as data.

A statement is a few words: a predicate and what it is about, such as `holds hero ball`, `at hero park`,
`feels hero sad`, `near hero friend`, `broken vase`, or any of them after `not`. The words after the
predicate are roles of the plot (`hero`, `toy`), feelings, traits or topics.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

# Predicates with one value a subject: setting a new one replaces the old one.
# `holds who thing` is kept by thing, so that nothing has two holders.
SINGLE_VALUED = frozenset({"at", "feels", "trait", "is"})


class Statement(NamedTuple):
    """One statement in a form that is quick to test: `single[key] == value`, or `key in relations`."""

    predicate: str
    negated: bool
    key: tuple[str, ...]
    value: str

    def __str__(self) -> str:
        return f"{'not ' if self.negated else ''}{' '.join(self.key)} {self.value}".rstrip()


def statement(text: str, binding: Mapping[str, str] | None = None) -> Statement:
    """Parses `text`; words that `binding` knows (the roles of an event) are replaced by its values."""
    words = text.split()
    negated = words[0] == "not"
    if negated:
        words = words[1:]
    predicate, *arguments = words
    if binding:
        arguments = [binding.get(word, word) for word in arguments]
    if predicate == "holds":
        assert len(arguments) == 2, text
        return Statement(predicate, negated, ("holder", arguments[1]), arguments[0])
    if predicate in ("loose", "somewhere"):
        return Statement(predicate, negated, ("holder" if predicate == "loose" else "at", arguments[0]), "")
    if predicate == "near":
        return Statement(predicate, negated, ("at", arguments[0]), arguments[1])
    if predicate in SINGLE_VALUED:
        assert len(arguments) == 2, text
        return Statement(predicate, negated, (predicate, arguments[0]), arguments[1])
    return Statement(predicate, negated, (predicate, *arguments), "")


def statements(text: str, binding: Mapping[str, str] | None = None) -> tuple[Statement, ...]:
    """Parses statements separated by semicolons; empty text gives none."""
    return tuple(statement(part, binding) for part in text.split(";") if part.strip())


class World:
    """Who is where, who holds what, who feels what (`single`), and everything else that is true (`relations`)."""

    __slots__ = ("relations", "single")

    def __init__(self) -> None:
        self.single: dict[tuple[str, ...], str] = {}
        self.relations: set[tuple[str, ...]] = set()

    def place_of(self, entity: str) -> str | None:
        """The place of a character or thing; what is held is where its holder is."""
        holder = self.single.get(("holder", entity))
        return self.single.get(("at", holder if holder is not None else entity))

    def holds(self, question: Statement) -> bool:
        """Whether the statement is true now."""
        predicate = question.predicate
        if predicate == "near":
            place = self.place_of(question.key[1])
            answer = place is not None and place == self.place_of(question.value)
        elif predicate in ("loose", "somewhere"):
            answer = (question.key in self.single) == (predicate == "somewhere")
        elif predicate == "at":
            answer = self.place_of(question.key[1]) == question.value
        elif question.value:
            answer = self.single.get(question.key) == question.value
        else:
            answer = question.key in self.relations
        return answer != question.negated

    def make(self, effects: Iterable[Statement]) -> None:
        """Makes every statement true, in order."""
        for effect in effects:
            if effect.predicate == "near":
                place = self.place_of(effect.value)
                assert place is not None
                self.single[effect.key] = place
            elif effect.predicate == "loose":
                # A thing that is put down stays where its holder stood.
                place = self.place_of(effect.key[1])
                if self.single.pop(effect.key, None) is not None and place is not None:
                    self.single["at", effect.key[1]] = place
            elif effect.predicate == "holds":
                assert not effect.negated, "say `loose thing` instead of `not holds`"
                self.single[effect.key] = effect.value
                self.single.pop(("at", effect.key[1]), None)
            elif effect.predicate == "somewhere":
                # `not somewhere thing`: it is in nobody's hands and in no place any more (eaten, melted).
                assert effect.negated
                self.single.pop(effect.key, None)
                self.single.pop(("holder", effect.key[1]), None)
            elif effect.value:
                if effect.negated:
                    if self.single.get(effect.key) == effect.value:
                        del self.single[effect.key]
                else:
                    self.single[effect.key] = effect.value
            elif effect.negated:
                self.relations.discard(effect.key)
            else:
                self.relations.add(effect.key)
