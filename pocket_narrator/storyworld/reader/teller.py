"""A teller who reads: it takes the steps of a story as any teller does, and what it writes has to be what the text has there."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple, NoReturn

from pocket_narrator.storyworld.chooser import Chooser, Weights
from pocket_narrator.storyworld.reader.given import LONGEST_BEGINNING, GivenText
from pocket_narrator.storyworld.reader.lookahead import beginnings, capitalized, kind_of, longest_plain
from pocket_narrator.storyworld.reader.state import Note, State
from pocket_narrator.storyworld.telling.teller import Teller

_MOST_TRIALS = 250  # of one step at one place; the stories of the world take under fifty
_WORD = r"(?:Mrs?\. )?[A-Za-z-]+"
_WORDS = re.compile(rf"({_WORD})(?:( {_WORD})(?:( {_WORD})( {_WORD})?)?)?")


class Misfit(Exception):
    """The text has something else than what would be told."""


class Trial(NamedTuple):
    """One way to take a step: the state after it (None where the text has something else), what the step returned, how far the text went along."""

    state: Any
    result: Any
    reach: int


class ReadingChooser(Chooser):
    """Decides as the text says; what is left to decide between is tried, one after another."""

    __slots__ = ("path", "pending", "taken", "teller")

    def __init__(self) -> None:
        super().__init__(0, 0)
        self.path: tuple[int, ...] = ()  # decisions to take again
        self.taken: list[int] = []
        self.pending: list[tuple[int, ...]] = []  # other beginnings, to be tried later
        self.teller: ReadingPart | None = None

    def choose(self, site: str, options: Sequence[str], weights: Weights | None = None) -> int:
        """The first option that may have been taken, or the one that it is the turn of. Raises Misfit where there is none."""
        count = len(options)
        if count == 1:
            return 0
        taken = self.taken
        if len(taken) < len(self.path):
            position = self.path[len(taken)]
        else:
            position, *others = self._fitting(site, options)
            if others:
                before = tuple(taken)
                self.pending += [(*before, other) for other in reversed(others)]
        taken.append(position)
        probability = 1.0 / count if weights is None else weights.probabilities[position]
        self.trace.append((site, options[position], probability))
        return position

    def branch(self, count: int) -> int:
        """A decision of the reading and not of the story: one of `count` ways, tried one after another."""
        taken = self.taken
        if len(taken) < len(self.path):
            position = self.path[len(taken)]
        else:
            position = 0
            self.pending += [(*taken, other) for other in range(count - 1, 0, -1)]
        taken.append(position)
        return position

    def _fitting(self, site: str, options: Sequence[str]) -> list[int]:
        teller = self.teller
        assert teller is not None
        kind = kind_of(site)
        if teller.is_aside:
            has = teller.given.has
            fitting = [k for k, option in enumerate(options) if has(longest_plain(option))]
            if not fitting and not teller.given.is_whole:
                return [0]
        elif kind == "wording":
            at, can_tell = teller.next_at()
            text = teller.given.text
            starts = _beginnings_of(tuple(options), teller.capital)
            fitting = [k for k, begin in enumerate(starts) if (text.startswith(begin, at) if can_tell else "" in begin)]
            if at + LONGEST_BEGINNING > len(text):  # the text may end in the middle of it
                rest = text[at:]
                fitting = [
                    k for k, begin in enumerate(starts) if k in fitting or any(one.startswith(rest) for one in begin)
                ]
        elif kind == "last word":
            may_tell = teller.given.may_tell
            fitting = [k for k, option in enumerate(options) if may_tell(option)]
            if (
                not fitting and not teller.given.is_whole
            ):  # it is not told yet, or told wrongly: any of them stands for all
                return [0]
        elif kind == "whole" and teller.length < len(teller.given.text):
            fitting = [k for k, option in enumerate(options) if teller.given.has(option)]
        else:
            return list(range(len(options)))
        if not fitting:
            teller.miss(teller.next_at()[0])
        return fitting


@cache
def _beginnings_of(options: tuple[str, ...], capital: bool) -> list[tuple[str, ...]]:
    plain = [beginnings(option) for option in options]
    return [tuple(map(capitalized, begin)) for begin in plain] if capital else plain


def stands(text: str, at: int, words: str) -> bool:
    """Whether these words stand at a place, whole; the first letter may be a capital."""
    end = at + len(words)
    there = text[at:end]
    return there[:1].lower() + there[1:] == words[:1].lower() + words[1:] and not text[end : end + 1].isalpha()


def _stretches(text: str, at: int, words: str) -> list[int]:
    """Where a stretch of one to four words ends that could stand for others, stretches of as many words first."""
    match = _WORDS.match(text, at)
    if match is None:
        return []
    ends = [end for group in range(1, 5) if (end := match.end(group)) > 0]
    return sorted(dict.fromkeys(ends), key=lambda end: abs(text.count(" ", at, end) - words.count(" ")))


READING = ("chooser", "farthest", "given", "is_aside", "notes", "tolerance")  # what a reading teller has beside others


class ReadingPart(Teller, ABC):
    """A part of tellers that write what is given, or raise Misfit; `farthest` is how far into the text it has come in any trial."""

    __slots__ = ()

    chooser: ReadingChooser
    farthest: int
    given: GivenText
    is_aside: bool
    notes: list[Note]
    tolerance: int

    def begin_reading(self, given: GivenText) -> None:
        """Nothing has been read yet."""
        self.chooser.teller = self
        self.given = given
        self.farthest = 0
        self.is_aside = False
        self.tolerance = 0  # how many notes a step may need
        self.notes = []

    @property
    def capital(self) -> bool:
        """Whether the next text begins with a capital letter."""
        return self._capital

    def next_at(self) -> tuple[int, bool]:
        """Where the next text would begin, and whether the text has the separator that comes before it."""
        separator = self._separator
        at = self.length + len(separator)
        return at, self.given.text.startswith(separator, self.length) or self.length == len(self.given.text)

    def add(self, piece: str) -> None:
        """Goes on by a piece that the text has."""
        if self.is_aside:
            super().add(piece)
            return
        if not self.given.text.startswith(piece, self.length):
            at = self.length
            for character in piece:
                if self.given.text[at : at + 1] != character:
                    break
                at += 1
            self.miss(at)
        super().add(piece)

    def aside(self, part: Callable[[Teller], None]) -> str:
        """As of any teller; what is decided here is told later."""
        before, self.is_aside = self.is_aside, True
        text = super().aside(part)
        self.is_aside = before
        return text

    def write_form(self, role: str, form: str, text: str) -> None:
        """Adds a form of a role; tolerantly, whatever words stand in its place."""
        at, _ = self.next_at()
        if self.tolerance and not self.is_aside and not stands(self.given.text, at, text):
            stretches = self.stretches(role, form, at, text)
            if not stretches:
                self.miss(at)
            end = stretches[self.chooser.branch(len(stretches))]
            found = self.given.text[at:end]
            self.note(Note(role, form, text, found, at, end))
            text = found
        super().write_form(role, form, text)

    def stretches(self, role: str, form: str, at: int, text: str) -> list[int]:
        """Where a stretch of the text ends that could stand for a form of a role, likely ones first."""
        return _stretches(self.given.text, at, text)

    def note(self, note: Note) -> None:
        """Lets something pass, or raises Misfit where that is too much."""
        if len(self.notes) >= self.tolerance:
            self.miss(note.begin)
        self.notes.append(note)

    def miss(self, at: int) -> NoReturn:
        """Raises Misfit: what would be told parts from the text at a character of it."""
        self.farthest = max(self.farthest, min(at, len(self.given.text)))
        raise Misfit

    def trials(self, state: Any, act: Callable[[Any], Any], most: int, first: tuple[int, ...] = ()) -> Iterator[Trial]:
        """Ways to decide what `act` leaves open, from the state on, as the text allows; those that begin with the decisions `first`."""
        chooser = self.chooser
        pending, farthest = [first], self.farthest
        for _ in range(most):
            if not pending:
                break
            chooser.pending, chooser.path, chooser.taken = pending, pending.pop(), []
            self.load(state)
            self.farthest = state.length
            after, result = None, None
            try:
                result = act(self)
                after = self.save(state)
            except Misfit:
                pass
            farthest = max(farthest, self.farthest)
            yield Trial(after, result, self.farthest)
        self.farthest = farthest

    def tellings(
        self, state: Any, act: Callable[[Any], Any], most_trials: int = _MOST_TRIALS
    ) -> Iterator[tuple[Any, Any]]:
        """Every way in which `act`, from the state on, tells what the text has: the state after it, and what it returned."""
        for trial in self.trials(state, act, most_trials):
            if trial.state is not None:
                yield trial.state, trial.result

    @abstractmethod
    def save(self, before: Any) -> Any:
        """The state now; `before` is what it was loaded from."""

    @abstractmethod
    def load(self, state: Any) -> None:
        """Goes back to a state."""


class ReadingTeller(ReadingPart):
    """The teller of a short story, who reads."""

    __slots__ = READING

    def __init__(self, plot: str, roles: dict[str, tuple[str, tuple[str, ...]]], given: GivenText) -> None:
        self.chooser = ReadingChooser()
        super().__init__(plot, roles, self.chooser, given.dials)
        self.begin_reading(given)

    def save(self, before: State | None) -> State:
        """The state now; `before` is what it was loaded from."""
        self.catch_up()
        chooser = self.chooser
        dictionary = dict
        return State(
            before,
            tuple(chooser.trace),
            tuple(self.decided_at),
            tuple(self.slots),
            self.length,
            self.in_paragraph,
            self.last_openers,
            self.world.single,
            frozenset(self.world.relations),
            tuple(
                [
                    (role, forms, None if forms.__class__ is dictionary else dictionary(forms))
                    for role, forms in self.cast.items()
                ]
            ),
            self.people.state(),
            tuple(self.notes),
        )

    def load(self, state: State) -> None:
        """Goes back to a state."""
        self.chooser.trace = []
        self.decided_at = []
        self.slots = []
        self.notes = []
        self.length = state.length
        self.in_paragraph = state.in_paragraph
        self.last_openers = state.openers
        self.is_aside = False
        self._pieces = []
        self._read = 0
        self._separator = ""
        self._capital = False
        self.people.go_back(state.people)
        self.world.single = state.single.copy()
        self.world.relations = set(state.relations)
        cast = self.cast
        cast.clear()
        for role, forms, now in state.cast:
            if now is not None:  # forms that grow as they are told
                forms.clear()
                forms.update(now)
            cast[role] = forms
