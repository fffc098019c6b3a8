"""Tables of things by name: what is built in, what was registered, and what installed packages offer.

The entry points of installed packages are read where a name is not known otherwise, and only then.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.origin import Origin, origin_of_module

Item = TypeVar("Item")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_tables: dict[str, "Table"] = {}  # by group; each belongs to one room
_watching: list["Additions"] = []


class Table(Generic[Item]):
    """Things of one sort by name. `group` names their entry points: `pocket_narrator.mixers`."""

    def __init__(self, group: str, what: str, built_in: Mapping[str, Item]) -> None:
        self.group, self.what = group, what
        self.refuse: Callable[[str, object], None] = (
            _refuse_nothing  # set by the room that knows what fits: raises PluginError
        )
        self._built_in = built_in
        self._added: dict[str, Added[Item]] = {}
        _tables[group] = self

    def find(self, name: str) -> Item | None:
        """What has this name; None where nothing has. PluginError where a package offers it and cannot be imported."""
        if name in self._built_in:
            return self._built_in[name]
        if name not in self._added:
            self._take_from_packages(name)
        return self._added[name].item if name in self._added else None

    def has(self, name: str) -> bool:
        """Whether something has this name."""
        return name in self._built_in or self.find(name) is not None

    @property
    def built_in(self) -> list[str]:
        """The names of what is part of pocket-narrator."""
        return list(self._built_in)

    def names(self) -> list[str]:
        """What is built in, then what was registered; not what packages offer and nobody has asked for."""
        return [*self._built_in, *self._added]

    def added(self) -> list[Item]:
        """What was registered, or taken from a package."""
        return [added.item for added in self._added.values()]

    def origin(self, name: str) -> Origin | None:
        """Where the code of an addition comes from; None of what is built in."""
        return self._added[name].origin if name in self._added else None

    def why_not(self, name: str) -> str:
        """`there is no mixer named 'atention'; did you mean 'attention'? There is ...`."""
        known = self.names()
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean '{nearest[0]}'? There is" if nearest else "there is"
        return f"there is no {self.what} named {name[:40]!r}; {hint} {', '.join(known)}"

    def register(self, name: str, item: Item, names: Mapping[str, object], value: str | None = None) -> None:
        """Adds `item`; `names` are the global names of the module that adds it, and `value` says where in a package it lies. The
        same code again changes nothing, and a later version of the same file takes the earlier one's place. PluginError for a
        name that something else has."""
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise PluginError(
                f"{name!r:.60} is no name for a {self.what}",
                expected="small letters, digits and underscores, a letter first, at most 40",
            )
        origin = origin_of_module(names)
        earlier = self._added.get(name)
        if name in self._built_in or (earlier is not None and not _is_same(earlier.origin, origin)):
            other = "part of pocket-narrator" if earlier is None else earlier.origin.describe()
            raise PluginError(
                f"there is a {self.what} named '{name}' already",
                where=origin.describe(),
                found=other,
                hint="give yours another name",
            )
        self.refuse(name, item)
        if earlier is None or earlier.origin.sha256 != origin.sha256 or origin.path is None:
            self._added[name] = Added(item, origin, value)
        for additions in _watching:
            additions.names.setdefault(self.group, []).append(name)

    def _take_from_packages(self, name: str) -> None:
        from pocket_narrator.plugins.packages import offered

        found = offered(self.group, name, self.what)
        if found is not None:
            item, names, value = found
            if name not in self._added:  # a module may also register it as it is imported
                self.register(name, item, names, value)


def _refuse_nothing(name: str, item: object) -> None:
    """Any item fits."""


def refuse_another_name(name: str, its_own: str) -> None:
    """PluginError where a thing is offered under another name than the one that it has itself."""
    if name != its_own:
        raise PluginError(
            f"'{its_own}' is offered under the name '{name}'", hint="give the entry point the name that the kind has"
        )


@dataclass(frozen=True)
class Added(Generic[Item]):
    """One addition, and its code."""

    item: Item
    origin: Origin
    value: str | None = None  # of a package's entry point: "own_mixers.lstm:KIND"


@dataclass
class Additions:
    """What was registered while some code ran: names, by group."""

    names: dict[str, list[str]] = field(default_factory=dict)


@contextmanager
def watching() -> Iterator[Additions]:
    """What is registered inside, be it known already; all of it is taken back where the code fails."""
    before = {group: dict(table._added) for group, table in _tables.items()}
    additions = Additions()
    _watching.append(additions)
    try:
        yield additions
    except BaseException:
        for group, table in _tables.items():
            table._added = before.get(group, {})
        raise
    finally:
        _watching.pop()


def additions_among(used: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Added]:
    """Those of some (group, name) that were added."""
    found = {(group, name): _tables[group]._added.get(name) for group, name in dict.fromkeys(used)}
    return {key: added for key, added in found.items() if added is not None}


def origins() -> list[Origin]:
    """Where the code of all that was added comes from."""
    return [added.origin for table in _tables.values() for added in table._added.values()]


def table_of(group: str) -> Table | None:
    """The table of a group, once the room that it belongs to is imported."""
    return _tables.get(group)


def _is_same(earlier: Origin, later: Origin) -> bool:
    return earlier.path == later.path or earlier.sha256 == later.sha256
