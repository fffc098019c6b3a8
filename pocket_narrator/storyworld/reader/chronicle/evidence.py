"""What a chapter says of whom and what it is about, before it is read: it saves trials and decides nothing.

The wordings of an episode are looked for in the chapter, with whatever words in their slots. An option is left out where no wording that tells
it has the words for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pocket_narrator.storyworld.chronicle.casting import Option
from pocket_narrator.storyworld.chronicle.chronicle import book
from pocket_narrator.storyworld.chronicle.episode import ChapterBeat, Reminder, Step, ValueBranch
from pocket_narrator.storyworld.chronicle.facts import Fact
from pocket_narrator.storyworld.chronicle.people import CHILD_KEYS, CHILDREN, GROWN, GROWN_KEYS
from pocket_narrator.storyworld.chronicle.values import FORMS
from pocket_narrator.storyworld.reader.chronicle.patterns import ToldForms, first_sentence, whole

People = Mapping[str, Mapping[str, str]]
_MOST_FACTS = 8  # that are tried where none is as it is told
_MOST_OPTIONS = 3  # and people or values


class Evidence:
    """Of one chapter: the stretch `lower[begin:end]` of a text in small letters, as one that tells an episode."""

    def __init__(self, of: tuple[str, int], lower: str, begin: int, end: int) -> None:
        self.of = of
        self.lower, self.begin, self.end = lower, begin, end
        # For every role, the words that each beat has for it, with their form; one set a beat.
        self.told: dict[str, list[set[tuple[str, str]]]] = {}
        self.values: dict[str, set[str]] = {}  # of roles that blocks are chosen by: those whose block is told
        for beat in self._beats(book().every[of[0]].steps):
            self._look_for(beat)

    def _beats(self, steps: Sequence[Step]) -> Iterator[ChapterBeat]:
        for step in steps:
            if isinstance(step, ChapterBeat):
                yield step
            elif isinstance(step, ValueBranch):
                found = {value for value, block in step.blocks.items() if any(map(self._is_told, block))}
                if found:
                    self.values[step.role] = found

    def _is_told(self, beat: ChapterBeat | None) -> bool:
        choice = None if beat is None else beat.choice
        return choice is not None and any(self._found(source) for source in choice.options)

    def _found(self, source: str) -> ToldForms | None:
        return whole(source).between(self.lower, self.begin, self.end)

    def _look_for(self, beat: ChapterBeat) -> None:
        options = () if beat.choice is None else beat.choice.options
        found = [told for told in map(self._found, options) if told is not None]
        roles = [{role for role, _, _ in told.forms} for told in found]
        for role in set.intersection(*roles) if roles else ():
            words = {(form, words) for told in found for of, form, words in told.forms if of == role}
            self.told.setdefault(role, []).append(words)

    def options(self, options: list[Option], people: People, strict: bool) -> list[int]:
        """Positions of the options that all beats tell; of those that some tell, or that are told in the chapter, where no option is told by
        all of them, or where that is not to be relied on."""
        support = [self._support(option, people) for option in options]
        every = [k for k, (told, of) in enumerate(support) if told == of]
        if strict:
            return every
        most = max((told for told, _ in support), default=0)
        some = sorted((k for k, (told, _) in enumerate(support) if told), key=lambda k: -support[k][0])
        if most:
            return some[:_MOST_OPTIONS]
        named = [k for k, option in enumerate(options) if all(self._has(key, people) for _, key in option.parts)]
        return named[:_MOST_OPTIONS]

    def _support(self, option: Option, people: People) -> tuple[int, int]:
        """How many beats tell a part of the option, and how many there are that tell its roles."""
        told = of = 0
        for role, key in option.parts:
            forms = FORMS.get(key) or people[key]
            for words in self.told.get(role, ()):
                of += 1
                told += any(forms.get(form, "").lower() == one for form, one in words)
            if role in self.values:
                of += 1
                told += key.split("/")[1] in self.values[role]
        return told, of

    def _has(self, key: str, people: People) -> bool:
        forms = FORMS.get(key)
        names = forms.values() if forms is not None else (people[key]["name"],)
        return any(self.lower.find(name.lower(), self.begin, self.end) >= 0 for name in names)

    def newcomers(self, site: str, options: Sequence[str]) -> list[int]:
        """Genders or names of somebody new, as far as they stand in the chapter."""
        kind, key, *_ = site.split()
        names = CHILDREN[CHILD_KEYS.index(key)] if key in CHILD_KEYS else GROWN[GROWN_KEYS.index(key)][1]
        if kind == "gender":
            return [k for k, gender in enumerate(options) if any(map(self._has_word, names[gender]))]
        return [k for k, name in enumerate(options) if self._has_word(name)]

    def _has_word(self, name: str) -> bool:
        return re.compile(rf"\b{name.lower()}\b").search(self.lower, self.begin, self.end) is not None

    def facts(
        self, facts: list[Fact], memories: Mapping[str, Reminder], people: People, at: int | None, strict: bool
    ) -> list[int]:
        """Positions of the facts that are told at a place, or anywhere in the chapter; where that is not to be relied on, those of which the
        most is told first."""
        told = {
            name: list(self._tellings(memories[name], at, strict)) for name in {fact.predicate.name for fact in facts}
        }
        rank = [max((self._agreement(fact, memories, one, people) for one in told[fact.predicate.name]), default=-1.0)
                for fact in facts]  # fmt: skip
        exact = [k for k, share in enumerate(rank) if share == 1]
        if strict or exact:
            return exact
        some = sorted((k for k, share in enumerate(rank) if share >= 0), key=lambda k: -rank[k])
        return some[:_MOST_FACTS]

    def _tellings(self, memory: Reminder, at: int | None, strict: bool) -> Iterator[ToldForms]:
        for source in memory.choice.options:
            for pattern in (whole,) if strict else (whole, first_sentence):
                wording = pattern(source)
                told = wording.between(self.lower, self.begin, self.end) if at is None else wording.at(self.lower, at)
                if told is not None:
                    yield told
                    break

    def _agreement(self, fact: Fact, memories: Mapping[str, Reminder], told: ToldForms, people: People) -> float:
        """The share of the forms that are those of the fact."""
        called = memories[fact.predicate.name].called
        same = of = 0
        for role, form, words in told.forms:
            if role in called:
                key = fact.arguments[called.index(role)]
                of += 1
                same += (FORMS.get(key) or people[key]).get(form, "").lower() == words
        return same / of if of else 0.0
