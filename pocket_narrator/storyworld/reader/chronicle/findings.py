"""What is wrong with a sentence of a chronicle, in words, with the passage that it contradicts, however far away that is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pocket_narrator.storyworld.chronicle.casting import From
from pocket_narrator.storyworld.chronicle.chronicle import book
from pocket_narrator.storyworld.chronicle.episode import ChapterBeat, Reminder, Step, ValueBranch
from pocket_narrator.storyworld.chronicle.facts import Fact
from pocket_narrator.storyworld.chronicle.people import CHILDREN, GROWN
from pocket_narrator.storyworld.chronicle.values import FORMS
from pocket_narrator.storyworld.reader.chronicle.patterns import ToldForms, Wording, sentences_of, whole
from pocket_narrator.storyworld.reader.chronicle.state import ChronicleState
from pocket_narrator.storyworld.reader.chronicle.tolerant import (
    ADDED,
    LEFT_OUT,
    OTHER_WORDS,
    TolerantChronicler,
)
from pocket_narrator.storyworld.reader.findings import (
    IMPOSSIBLE,
    OUT_OF_ORDER,
    UNKNOWN,
    Kind,
    MarkedSentence,
    quoted,
)
from pocket_narrator.storyworld.reader.sentences import Sentences
from pocket_narrator.storyworld.reader.state import Note
from pocket_narrator.storyworld.reader.vocabulary import words_of
from pocket_narrator.storyworld.telling.people import PRONOUNS

_SHARED = ("he", "she", "him", "her", "his", "s", "chapter")


class ExplainingChapters:
    """Puts the misfits of one chronicle into words."""

    def __init__(self, sentences: Sentences, teller: TolerantChronicler) -> None:
        self.sentences, self.teller = sentences, teller

    def of_notes(self, notes: tuple[Note, ...], state: ChronicleState) -> list[MarkedSentence]:
        """One finding for each sentence that was let pass with a note."""
        by_sentence: dict[int, Note] = {}
        for note in notes:
            by_sentence.setdefault(self.sentences.at(note.begin), note)
        found = []
        for sentence, note in sorted(by_sentence.items()):
            found += self._of_note(sentence, note, state)
        return found

    def _of_note(self, sentence: int, note: Note, state: ChronicleState) -> list[MarkedSentence]:
        if note.form in (ADDED, OTHER_WORDS):
            return self.alone(sentence, state)
        if note.form == LEFT_OUT:
            reason = f"before this, something else was to be told: {note.expected}"
            return [self._finding(sentence, OUT_OF_ORDER, "event", reason)]
        unknown = sorted(words_of(note.found) - known_words())
        if unknown:
            return [self._finding(sentence, UNKNOWN, "wording", f"StoryWorld has no {quoted(unknown[:3])}")]
        reason = f"'{note.found}' stands here for '{note.expected}'"
        about = "pronoun" if note.form in PRONOUNS else note.about or note.role
        return [self._finding(sentence, IMPOSSIBLE, about, reason, note.told)]

    def alone(self, sentence: int, state: ChronicleState) -> list[MarkedSentence]:
        """A sentence that is not told here."""
        found = self.unexplained(sentence, state)
        return found or [self._finding(sentence, OUT_OF_ORDER, "event", "this is not told here")]

    def unexplained(self, sentence: int, state: ChronicleState) -> list[MarkedSentence]:
        """A sentence of a chapter that is given up: is it known at all, and does it claim what is not so?"""
        begin, end = self.sentences.spans[sentence]
        text = self.sentences.text[begin:end]
        unknown = sorted(words_of(text) - known_words())
        if unknown:
            return [self._finding(sentence, UNKNOWN, "wording", f"StoryWorld has no {quoted(unknown[:3])}")]
        lower = text.lower()
        if not any(
            (told := one.at(lower, 0)) and told.end == len(lower) and _is_known(told) for one in _all_sentences()
        ):
            return [self._finding(sentence, UNKNOWN, "wording", "StoryWorld has no such sentence")]
        claim = self._of_claim(sentence, state)
        return [] if claim is None else [claim]

    def of_heading(self, sentence: int, title: str) -> MarkedSentence:
        """A chapter that cannot be told here."""
        named = [episode for episode in book().every.values() if title in book().titles_of(episode.name)]
        if not named:
            return self._finding(sentence, UNKNOWN, "wording", "StoryWorld has no chapter of this title")
        needed = [one.predicate.name for one in named[0].declarations if isinstance(one, From)]
        about = needed[0] if needed else "event"
        what = (
            f"there is nothing '{about}' that it could follow from" if needed else "those that it needs are not there"
        )
        return self._finding(sentence, IMPOSSIBLE, about, f"the chapter '{title}' cannot be told: {what}")

    def of_number(self, sentence: int, number: int, expected: int) -> MarkedSentence:
        """A chapter whose number does not follow that of the one before."""
        return self._finding(
            sentence, OUT_OF_ORDER, "chapter", f"chapter {number} stands where chapter {expected} should"
        )

    def _of_claim(self, sentence: int, state: ChronicleState) -> MarkedSentence | None:
        """Where the sentence tells a fact in passing: the fact that says otherwise."""
        begin = self.sentences.spans[sentence][0]
        lower = self.teller.given.lower
        for memory in (*book().callbacks.values(), *book().clauses.values()):
            for source in memory.choice.options:
                told = whole(source).at(lower, begin)
                if told is not None:
                    return self._of_fact(sentence, memory, told, state)
        return None

    def _of_fact(
        self, sentence: int, memory: Reminder, told: ToldForms, state: ChronicleState
    ) -> MarkedSentence | None:
        best: tuple[int, int, str] | None = None
        for fact in state.facts.of[memory.predicate].values():
            wrong = _differences(fact, memory, told, state)
            same = len(told.forms) - len(wrong)
            if not wrong:
                return None
            if same and (best is None or same > best[0]):
                place, words, expected = wrong[0]
                best = same, fact.told[place], f"'{words}' stands here for '{expected}'"
        if best is None:
            return self._finding(sentence, IMPOSSIBLE, memory.predicate, "nothing of that has happened, or it is over")
        return self._finding(sentence, IMPOSSIBLE, memory.predicate, best[2], best[1])

    def _finding(self, sentence: int, kind: Kind, about: str, reason: str, told: int | None = None) -> MarkedSentence:
        begin, end = self.sentences.spans[sentence]
        earlier = None if not told else self.sentences.spans[self.sentences.at(told - 1)]
        if earlier is not None and earlier[0] >= begin:
            earlier = None
        apart = None if earlier is None else self.sentences.words_between(earlier[1], begin)
        return MarkedSentence(sentence, begin, end, kind, about, reason, earlier, apart)


def _differences(fact: Fact, memory: Reminder, told: ToldForms, state: ChronicleState) -> list[tuple[int, str, str]]:
    """Arguments of a fact that are told otherwise: the place, what is told, and what would be."""
    found = []
    for role, form, words in told.forms:
        if role in memory.called:
            place = memory.called.index(role)
            key = fact.arguments[place]
            expected = (FORMS.get(key) or state.people[key]).get(form, "")
            if expected.lower() != words:
                found.append((place, words, expected))
    return found


def _sources() -> Iterator[str]:
    """All wordings."""
    for memory in (*book().callbacks.values(), *book().clauses.values()):
        yield from memory.choice.options
    for fragment in book().phrases.values():
        yield from fragment.lines
    for episode in book().every.values():
        yield from book().titles_of(episode.name)
        yield from _of_steps(episode.steps)


def _of_steps(steps: list[Step]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, ChapterBeat) and step.choice is not None:
            yield from step.choice.options
        elif isinstance(step, ValueBranch):
            for block in step.blocks.values():
                yield from _of_steps(list(block))


def _is_known(told: ToldForms) -> bool:
    """Whether people and values stand in the places of people and values."""
    return all(words.removesuffix("'s") in _all_forms() for _, _, words in told.forms)


@cache
def _all_forms() -> frozenset[str]:
    names = [name for names in (*CHILDREN, *(names for _, names in GROWN)) for name in (*names["she"], *names["he"])]
    values = [form for forms in FORMS.values() for form in forms.values()]
    return frozenset(form.lower() for form in (*names, *values, "he", "she"))


@cache
def _all_sentences() -> tuple[Wording, ...]:
    return tuple(Wording(one) for one in dict.fromkeys(one for source in _sources() for one in sentences_of(source)))


@cache
def known_words() -> frozenset[str]:
    """All words of chronicles, in small letters."""
    found = set(_SHARED)
    for source in _sources():
        found |= words_of(source)
    for form in _all_forms():
        found |= words_of(form)
    return frozenset(found | {str(number) for number in range(500)})
