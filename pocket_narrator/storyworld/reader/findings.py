"""What is wrong with a sentence that does not fit, in words, with the passage that it contradicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pocket_narrator.storyworld.plot import Beat, Impossible
from pocket_narrator.storyworld.reader.recovery import Repair, is_told
from pocket_narrator.storyworld.reader.sentences import Sentences
from pocket_narrator.storyworld.reader.state import Note, State
from pocket_narrator.storyworld.reader.statements import KINDS, event_in_words, in_words, names_in, set_at
from pocket_narrator.storyworld.reader.teller import ReadingTeller
from pocket_narrator.storyworld.reader.vocabulary import known_words, wording_of, words_of
from pocket_narrator.storyworld.world import World

UNKNOWN, IMPOSSIBLE, OUT_OF_ORDER = "unknown wording", "impossible", "out of order"
Kind = Literal["unknown wording", "impossible", "out of order"]
_PRONOUNS = ("he", "him", "his", "himself")
_FORMS = {"name": "name", "who": "name", "kind": "name", "feels": "feeling", "trait": "trait", "at": "place", "to": "place", "a": "description", "full": "description"} | dict.fromkeys(_PRONOUNS, "pronoun")  # fmt: skip


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence that does not fit. `kind`: wording that the world does not have (no error), a state in which it cannot be told, or an order
    that no plot has. `about` is what it contradicts (`name`, `holder`, `event`, ...), `earlier` the stretch of text that says otherwise."""

    sentence: int  # from 0
    begin: int
    end: int
    kind: Kind
    about: str
    reason: str
    earlier: tuple[int, int] | None = None
    words_apart: int | None = None


class Explaining:
    """Puts the misfits of one text into words."""

    def __init__(self, sentences: Sentences) -> None:
        self.sentences = sentences
        self.known = known_words()

    def of_repair(self, sentence: int, repair: Repair) -> list[MarkedSentence]:
        """The sentences that a repair passed over, or let pass."""
        if repair.way.state.notes and not repair.late:
            return self._of_all_notes(sentence, repair)
        if repair.late:
            return [self._finding(sentence, OUT_OF_ORDER, "event", "this should have been told before")]
        if repair.at > sentence:
            return [self.alone(number, repair.before, repair.way.teller) for number in range(sentence, repair.at)]
        return [self._of_left_out(sentence, repair)]

    def unread(self, sentence: int) -> MarkedSentence:
        """A sentence of a text that has long left every plot."""
        return self._finding(sentence, UNKNOWN, "wording", "the text has left every plot, and is not read any further")

    def alone(self, sentence: int, state: State, teller: ReadingTeller) -> MarkedSentence:
        """A sentence that no change of a step explains: is it known at all?"""
        begin, end = self.sentences.spans[sentence]
        text = self.sentences.text[begin:end]
        unknown = sorted(words_of(text) - self.known)
        if unknown:
            return self._finding(sentence, UNKNOWN, "wording", f"StoryWorld has no {quoted(unknown[:3])}")
        known = wording_of(text, teller.plot)
        if known is None:
            return self._finding(sentence, UNKNOWN, "wording", "StoryWorld has no such sentence")
        event = known.beat.events[0]
        if known.plot == teller.plot:
            names = names_in(state)
            failed = _unmet(known.beat, state, teller)
            if failed is not None:
                return self._of_need(sentence, failed, state, names)
            reason = f"the plot has no {event_in_words(event, names)} here"
        else:
            reason = f"this is told of '{event[0]}' in the plot {known.plot}, and not in {teller.plot}"
        return self._finding(sentence, OUT_OF_ORDER, "event", reason)

    def _of_all_notes(self, sentence: int, repair: Repair) -> list[MarkedSentence]:
        """One finding for each sentence that was let pass with a note."""
        by_sentence: dict[int, list[Note]] = {}
        for note in repair.way.state.notes:
            by_sentence.setdefault(max(sentence, self.sentences.at(note.begin)), []).append(note)
        return [self._of_notes(number, notes, repair) for number, notes in sorted(by_sentence.items())]

    def _of_notes(self, sentence: int, notes: list[Note], repair: Repair) -> MarkedSentence:
        notes = sorted(notes, key=lambda note: note.statement is None)
        unknown = sorted({word for note in notes for word in words_of(note.found)} - self.known)
        if unknown:
            return self._finding(sentence, UNKNOWN, "wording", f"StoryWorld has no {quoted(unknown[:3])}")
        names = names_in(repair.way.state)
        note = notes[0]
        if note.statement is not None:
            if note.event is None:
                return self._of_condition(sentence, note, repair.before, names)
            return self._of_need(sentence, note, repair.before, names)
        return self._of_form(sentence, notes, repair, names)

    def _of_form(self, sentence: int, notes: list[Note], repair: Repair, names: Mapping[str, str]) -> MarkedSentence:
        note = notes[0]
        swapped = self._of_other_people(sentence, notes, repair, names)
        if swapped is not None:
            return swapped
        about = _FORMS.get(note.form, "thing")
        earlier = self._told(note, repair.before)
        if note.form in ("feels", "trait"):
            key = (note.form, note.role)
            state_set = _set_key(repair.way.state, key)
            reason = f"{names.get(note.role, note.role)} is {note.found} here, and {note.expected} in the story"
            return self._finding(sentence, IMPOSSIBLE, about, reason, state_set)
        before = (
            f", and in sentence {self.sentences.at(earlier[0]) + 1} it is '{self.sentences.text[earlier[0] : earlier[1]]}'"
            if earlier
            else ""
        )
        reason = f"'{note.found}' stands here for '{note.expected}'{before}"
        return self._finding(sentence, IMPOSSIBLE, about, reason, earlier)

    def _of_other_people(
        self, sentence: int, notes: list[Note], repair: Repair, names: Mapping[str, str]
    ) -> MarkedSentence | None:
        """Where the forms are those of other roles, the statement that is not true of those."""
        forms = {role: dict(forms if now is None else now) for role, forms, now in repair.way.state.cast}
        other = {}
        for note in notes:
            taken = [
                role
                for role, of in forms.items()
                if role != note.role and of.get(note.form, "").lower() == note.found.lower()
            ]
            if note.role and len(taken) == 1:
                other[note.role] = taken[0]
        if not other:
            return None
        world = World()
        world.single, world.relations = dict(repair.before.single), set(repair.before.relations)
        beat = repair.beat
        if beat is None:
            return None
        for event, (needs, _) in zip(beat.events, beat.needs, strict=True):
            for need in needs:
                key = (need.key[0], *(other.get(word, word) for word in need.key[1:]))
                swapped = need._replace(key=key, value=other.get(need.value, need.value))
                if swapped != need and not world.holds(swapped):
                    about = (event[0], tuple(other.get(one, one) for one in event[1]))
                    note = Note("", "statement", str(swapped), "", 0, 0, swapped, about)
                    return self._of_need(sentence, note, repair.before, names)
        return None

    def _of_condition(self, sentence: int, note: Note, state: State, names: Mapping[str, str]) -> MarkedSentence:
        assert note.statement is not None
        true = note.statement._replace(negated=not note.statement.negated)
        about = KINDS.get(true.predicate, "event")
        reason = f"this is told where {in_words(note.statement, names)}, and {in_words(true, names)}"
        return self._finding(sentence, IMPOSSIBLE, about, reason, set_at(state, true))

    def _of_need(self, sentence: int, note: Note, state: State, names: Mapping[str, str]) -> MarkedSentence:
        assert note.statement is not None
        assert note.event is not None
        false = note.statement._replace(negated=not note.statement.negated)
        reason = f"{event_in_words(note.event, names)}: {in_words(false, names)}"
        return self._finding(sentence, IMPOSSIBLE, KINDS.get(false.predicate, "event"), reason, set_at(state, false))

    def _of_left_out(self, sentence: int, repair: Repair) -> MarkedSentence:
        """A sentence that comes too early: what was to come before it."""
        names = names_in(repair.way.state)
        missing = next((step for step in repair.left_out if is_told(step)), None)
        following = repair.way.steps[0] if repair.way.steps else None
        if isinstance(following, Beat):
            failed = _unmet(following, repair.before, repair.way.teller)
            if failed is not None:
                return self._of_need(sentence, failed, repair.before, names)
        if missing is None:
            return self._finding(sentence, OUT_OF_ORDER, "event", "no plot tells this after the sentence before it")
        reason = f"before this, {event_in_words(missing.events[0], names)} was to be told"
        return self._finding(sentence, OUT_OF_ORDER, "event", reason)

    def _told(self, note: Note, state: State) -> tuple[int, int] | None:
        """The first stretch that tells the role in the way that the note is about."""
        alike = _PRONOUNS if note.form in _PRONOUNS else ("a", "full") if note.form in ("a", "full") else None
        slots = [slot for slot in state.whole("slots") if slot.role == note.role and slot.begin < note.begin]
        close = [slot for slot in slots if (slot.form in alike if alike else slot.form == note.form)]
        word = note.expected.split()[-1].lower()
        naming = [slot for slot in slots if word in self.sentences.text[slot.begin : slot.end].lower()]
        for found in (close, naming, slots):
            if found:
                return found[0].begin, found[0].end
        return None

    def _finding(
        self, sentence: int, kind: Kind, about: str, reason: str, earlier: tuple[int, int] | None = None
    ) -> MarkedSentence:
        begin, end = self.sentences.spans[sentence]
        if earlier is not None and not self.sentences.text[earlier[0] : earlier[1]].strip():
            earlier = None
        apart = None if earlier is None else self.sentences.words_between(earlier[1], begin)
        return MarkedSentence(sentence, begin, end, kind, about, reason, earlier, apart)


def quoted(words: list[str]) -> str:
    """Words in quotation marks."""
    return ", ".join(f"'{word}'" for word in words)


def _set_key(state: State, key: tuple[str, ...]) -> tuple[int, int] | None:
    later = state.before
    while later is not None and later.before is not None:
        if later.single.get(key) != later.before.single.get(key):
            return later.before.length, later.length
        later = later.before
    return None


def _unmet(beat: Beat, state: State, teller: ReadingTeller) -> Note | None:
    """What the events of a beat need and is not so."""
    teller.load(state)
    try:
        beat.happen(teller.world)
    except Impossible as impossible:
        return Note("", "statement", str(impossible.need), "", 0, 0, impossible.need, impossible.event)
    return None
