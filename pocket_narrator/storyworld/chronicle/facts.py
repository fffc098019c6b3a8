"""What stays true from chapter to chapter: facts of a chronicle, where they were decided and where they were told last."""

from __future__ import annotations

import zlib
from collections import Counter
from typing import NamedTuple


class Predicate(NamedTuple):
    """A kind of fact: what its arguments are (`child`, `grown`, `person` or a list of values), how the exam calls a question
    for each, and which of them belong to one fact at a time, so that they say which fact is meant."""

    name: str
    arguments: tuple[str, ...]
    kinds: tuple[str, ...]
    unique: frozenset[int]


# Name, arguments (`!` where one value belongs to one fact at a time) | kind of answer for each
_PREDICATES = """
lives      person! home!            | who-lives where-lives
trade      grown! trade!            | name-of-trade trade
known-as   child! trait!             | whose-trait trait
fears      child! fear!             | who-fears fears
brave-now  child! fear!             | who-overcame overcame
can        child! skill! grown      | who-can can taught-by
favorite   person! dish!            | who-likes likes
dreams     child! dream!            | who-dreams dreams
pet        child! animal! petname!  | whose-animal animal animal-name
nickname   child! nick! person      | who-nicknamed nickname nicknamed-by
owns       person thing!            | whose what
gave       person thing! person     | given-by what given-to
lent       child! thing! child      | lent-by what lent-to
hidden     child! thing! spot       | hidden-by hidden-what hidden-where
lost       child! thing! place      | lost-by lost-what lost-where
promised   child! deed! person      | promised-by promised promised-to
owes       child! debt! grown       | debtor owes creditor
broke      child! object!           | broken-by broken
planted    child! plant! place      | planted-by planted planted-where
built      child! boat!             | built-by built
told       child! secret! child     | told-by knows told-to
quarrel    child! matter! child     | quarreled quarreled-about quarreled-with
away       child! far!              | who-is-away where-gone
"""


def _parse(line: str) -> Predicate:
    head, kinds = line.split("|")
    name, *arguments = head.split()
    names = tuple(argument.rstrip("!") for argument in arguments)
    unique = frozenset(n for n, argument in enumerate(arguments) if argument.endswith("!"))
    assert len(kinds.split()) == len(names), line
    return Predicate(name, names, tuple(kinds.split()), unique)


PREDICATES: dict[str, Predicate] = {one.name: one for one in map(_parse, _PREDICATES.strip().splitlines())}
NEVER_SLEEP = ("away", "owns")
HOLDER = {"owns": 0, "gave": 2}  # whose hands the thing is in, if the fact is to be spoken of


class Fact:
    """One fact: for each argument the decision that settled it, how many it was drawn from, and where it was told last."""

    __slots__ = ("arguments", "keyed_in", "label", "made_in", "options", "origins", "predicate", "sleeps", "told")

    def __init__(self, predicate: Predicate, arguments: tuple[str, ...], chapter: int, label: str) -> None:
        self.predicate = predicate
        self.arguments = arguments
        self.made_in = chapter
        self.label = label  # the same whatever the arguments are, so that other decisions can name it
        self.origins = [0] * len(arguments)
        self.options = [1] * len(arguments)
        self.told = [0] * len(arguments)
        self.keyed_in = 0  # the last chapter that has told an argument which says which fact is meant
        # Every fourth is not spoken of for half of the chronicle, so that there is something to remember for as long.
        self.sleeps = predicate.name not in NEVER_SLEEP and zlib.crc32(label.encode()) % 4 == 0

    def copy(self) -> Fact:
        """The same, to be changed on its own."""
        other = Fact.__new__(Fact)
        other.predicate, other.arguments, other.made_in, other.label = (
            self.predicate, self.arguments, self.made_in, self.label
        )  # fmt: skip
        other.origins, other.options, other.told = self.origins[:], self.options[:], self.told[:]
        other.keyed_in, other.sleeps = self.keyed_in, self.sleeps
        return other


class Facts(dict[tuple[str, ...], Fact | None]):
    """The relations of a world, in the order in which they became true; those with a predicate of the table are facts.

    Takes the place of the set in `World.relations`: `add` and `discard` are what `World.make` calls.
    `about` counts the facts of a kind that are about somebody in the first place; `kept` are the values that belong to some fact
    alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.of: dict[str, dict[tuple[str, ...], Fact]] = {name: {} for name in PREDICATES}
        self.about: Counter[tuple[str, str]] = Counter()
        self.kept: Counter[str] = Counter()
        self.chapter = 0
        self.fresh: list[Fact] = []  # became true since the list was emptied

    def copy(self) -> Facts:
        """The same, to be changed on its own."""
        other = Facts()
        other.about, other.kept, other.chapter = self.about.copy(), self.kept.copy(), self.chapter
        for key, fact in self.items():
            if fact is None:
                other[key] = None
            else:
                other[key] = other.of[key[0]][key] = fact.copy()
        return other

    def add(self, key: tuple[str, ...]) -> None:
        """Makes a relation true."""
        if key in self:
            return
        predicate = PREDICATES.get(key[0])
        if predicate is None:
            self[key] = None
            return
        inside = self.of[key[0]]
        for position in predicate.unique:
            for other in inside.values():
                assert other.arguments[position] != key[1 + position], f"{key}: {other.arguments} is true already"
            self.kept[key[1 + position]] += 1
        self.about[key[0], key[1]] += 1
        label = f"{key[0]} {self.chapter}"
        while any(other.label == label for other in inside.values()):
            label += "'"
        fact = Fact(predicate, key[1:], self.chapter, label)
        self[key] = inside[key] = fact
        self.fresh.append(fact)

    def discard(self, key: tuple[str, ...]) -> None:
        """Makes a relation false."""
        fact = self.pop(key, None)
        if fact is not None:
            del self.of[key[0]][key]
            self.about[key[0], key[1]] -= 1
            for position in fact.predicate.unique:
                self.kept[key[1 + position]] -= 1
