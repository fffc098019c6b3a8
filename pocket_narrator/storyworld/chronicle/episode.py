"""Episodes: what one chapter tells, compiled from the notation described in `wordings/__init__.py`."""

from __future__ import annotations

from pocket_narrator.storyworld.chronicle.casting import Declaration, From, New, Newcomer, Who
from pocket_narrator.storyworld.chronicle.events import ALL_EVENTS
from pocket_narrator.storyworld.chronicle.facts import PREDICATES
from pocket_narrator.storyworld.chronicle.values import LISTS
from pocket_narrator.storyworld.telling.template import Choice, Compiler, Fragment


class ChapterBeat:
    """Events that happen together, with roles or plain words as arguments, and the wordings that tell them."""

    __slots__ = ("choice", "events")

    def __init__(self, events: list[tuple[str, tuple[str, ...]]], choice: Choice | None) -> None:
        self.events = events
        self.choice = choice


class ValueBranch:
    """Blocks of beats by what a fact says: the value of `role` decides which one is told."""

    __slots__ = ("blocks", "role")

    def __init__(self, role: str, blocks: dict[str, list[ChapterBeat | None]]) -> None:
        self.role = role
        self.blocks = blocks


HERO = "hero"  # the role of whom a chapter is about; a clause by which one is remembered is about it, too


class Remember:
    """Some facts of earlier chapters, told in passing."""

    __slots__ = ()


Step = ChapterBeat | ValueBranch | Remember | None  # None: a new paragraph


class Episode:
    """What one chapter can be about."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.titles: Choice | None = None
        self.declarations: tuple[Declaration, ...] = ()
        self.seasons: tuple[str, ...] = ()  # none: all
        self.often = 1.0  # its weight among those that can be told
        self.least = 0  # told where so many children are here
        self.upto: tuple[int, str] | None = None  # told while there are fewer facts of a kind
        self.steps: list[Step] = []


_CONDITIONS = ("seasons", "often", "least", "upto")
_DECLARATIONS = ("who", "grown", "from", "new", "newcomer")


class EpisodeCompiler:
    """Reads the episodes of one source."""

    def __init__(self, source: str, fragments: dict[str, Fragment]) -> None:
        self.lines = [line.rstrip() for line in source.splitlines() if line.strip() and not line.startswith("#")]
        self.at = 0
        self.fragments = fragments

    def compile(self) -> list[Episode]:
        """All of them."""
        episodes = []
        while self.at < len(self.lines):
            episodes.append(self._episode())
        return episodes

    def _take(self) -> str:
        self.at += 1
        return self.lines[self.at - 1]

    def _next(self) -> str:
        return self.lines[self.at].split()[0] if self.at < len(self.lines) else "episode"

    def _episode(self) -> Episode:
        head, *titles = (part.strip() for part in self._take().split("|"))
        keyword, name = head.split()
        assert keyword == "episode", head
        episode = Episode(name)
        while self._next() in _CONDITIONS:
            self._condition(episode, *self._take().split())
        declarations = []
        while self._next() in _DECLARATIONS:
            declarations.append(_declaration(*self._take().split()))
        episode.declarations = tuple(declarations)
        roles = {role for one in declarations for role in _roles(one)}
        self.compiler = Compiler({role: role for role in roles} | {"village": "village"}, self.fragments)
        self.site, self.counter = name, 0
        episode.titles = self.compiler.wordings(f"title {name}", titles)
        episode.steps = self._block("episode")
        return episode

    def _condition(self, episode: Episode, keyword: str, *words: str) -> None:
        if keyword == "seasons":
            episode.seasons = words
        elif keyword == "often":
            episode.often = float(words[0])
        elif keyword == "least":
            episode.least = int(words[0])
        else:
            episode.upto = int(words[0]), words[1]

    def _block(self, *stop: str) -> list:
        steps: list = []
        while self._next() not in stop and self._next() != "episode":
            line = self._take()
            assert not line.startswith(" "), f"{self.site}: a wording without an event: {line}"
            if line == "---":
                steps.append(None)
            elif line == "remember":
                steps.append(Remember())
            elif line.startswith("by "):
                role = line.split()[1]
                blocks: dict[str, list] = {}
                while self._next() == "when":
                    values = self._take().split()[1].split("|")
                    block = self._block("when", "end")
                    blocks |= dict.fromkeys(values, block)
                assert self._take() == "end", f"{self.site}: no end"
                steps.append(ValueBranch(role, blocks))
            else:
                steps.append(self._beat(line))
        return steps

    def _beat(self, line: str) -> ChapterBeat:
        self.counter += 1
        events = []
        for part in line.removeprefix("silent ").split(";"):
            name, *arguments = part.split()
            assert name in ALL_EVENTS, f"{self.site}: unknown event '{name}'"
            assert len(arguments) == len(ALL_EVENTS[name].roles), f"{self.site}: {part}"
            events.append((name, tuple(arguments)))
        wordings = []
        while self.at < len(self.lines) and self.lines[self.at].startswith(" "):
            wordings.append(self._take().strip())
        assert bool(wordings) != line.startswith("silent "), f"{self.site}: {line}"
        site = f"{self.site}/{self.counter} {events[0][0]}"
        return ChapterBeat(events, self.compiler.wordings(site, wordings) if wordings else None)


def _declaration(keyword: str, *words: str) -> Declaration:
    if keyword in ("who", "grown"):
        assert len(words) == 1 or words[1] == "without", words
        return Who(words[0], "child" if keyword == "who" else "grown", tuple(words[2:]))
    if keyword == "newcomer":
        return Newcomer(*words)
    if keyword == "new":
        assert words[1] in LISTS, words
        return New(*words)
    count = 1 + len(PREDICATES[words[0]].arguments)
    roles, extra = words[1:count], words[count:]
    after = int(extra[1]) if extra else 2
    assert extra in ((), ("after", str(after))), words
    return From(words[0], roles, after)


def _roles(declaration: Declaration) -> tuple[str, ...]:
    if isinstance(declaration, From):
        return declaration.roles
    if isinstance(declaration, Newcomer) and declaration.group == "grown":
        return declaration.role, "trade"
    return (declaration.role,)  # type: ignore[attr-defined]


class Reminder:
    """How a kind of fact is told in passing: roles by position, as a chapter has them and as the wordings call them, and a choice of
    wordings."""

    def __init__(self, predicate: str, roles: tuple[str, ...], called: tuple[str, ...], choice: Choice) -> None:
        assert len(roles) == len(PREDICATES[predicate].arguments), (predicate, roles)
        self.predicate, self.roles, self.called, self.choice = predicate, roles, called, choice


def read_memories(keyword: str, source: str, fragments: dict[str, Fragment]) -> dict[str, Reminder]:
    """`keyword PREDICATE role ...` with indented wordings: memories by kind of fact. Their roles are kept apart from
    those of episodes by the keyword before a point."""
    found: dict[str, Reminder] = {}
    head, wordings = "", []
    for line in [*source.splitlines(), "end"]:
        if line.startswith(" "):
            wordings.append(line.strip())
        elif line.strip() and not line.startswith("#"):
            if head:
                first, predicate, *roles = head.split()
                assert first == keyword, head
                inner = tuple(f"{keyword}.{role}" for role in roles)
                if keyword == "clause":
                    inner = HERO, *inner[1:]
                compiler = Compiler(dict(zip(roles, inner, strict=True)) | {"village": "village"}, fragments)
                choice = compiler.wordings(f"{keyword} {predicate}", wordings)
                found[predicate] = Reminder(predicate, inner, tuple(roles), choice)
            head, wordings = line, []
    return found
