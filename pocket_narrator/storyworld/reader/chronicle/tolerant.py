"""A reading chronicler who lets things pass in some sentences, and notes them: another form, sentences added, left out, or in other words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pocket_narrator.storyworld.chronicle.episode import ChapterBeat, ValueBranch
from pocket_narrator.storyworld.chronicle.facts import Fact
from pocket_narrator.storyworld.chronicle.values import FORMS, LIST_OF
from pocket_narrator.storyworld.reader.chronicle.teller import ReadingChronicler
from pocket_narrator.storyworld.reader.given import GivenText
from pocket_narrator.storyworld.reader.sentences import Sentences
from pocket_narrator.storyworld.reader.state import Note
from pocket_narrator.storyworld.reader.teller import Misfit, ReadingPart, stands
from pocket_narrator.storyworld.telling.template import Choice
from pocket_narrator.storyworld.world import Statement

ADDED, LEFT_OUT, OTHER_WORDS = "added", "left out", "other words"  # forms of notes that are about sentences
_MOST_NOTES = 3  # in a sentence
_MOST_ADDED = 2  # sentences in a row
_MOST_WORDINGS = 4  # that are tried where none stands
_MOST_WORDS = 8  # of a stretch that stands for another
_SENTENCE_END = re.compile(r'(?<!Mr)(?<!Mrs)[.!?]+"?(?= "?[A-Z]|$)')
_NAME = re.compile(r"(?:Mrs?\. )?[A-Z][A-Za-z]+")


class TolerantChronicler(ReadingChronicler):
    """Lets things pass in the sentences of `windows`; from `lost_from` on, what happens is not looked for in the text any more."""

    __slots__ = ("_muted_to", "_silent", "lost_from", "sentences", "windows")

    def __init__(self, given: GivenText, chapters: int, sentences: Sentences) -> None:
        super().__init__(given, chapters)
        self.sentences = sentences
        self.windows: list[tuple[int, int]] = []
        self.lost_from: int | None = None
        self._muted_to: int | None = None  # where the sentence ends that is told in other words
        self._silent = False

    def begin_chapter(self) -> None:
        """An empty stage."""
        super().begin_chapter()
        self.tolerance = len(self.windows)
        self._muted_to, self._silent = None, False

    def _window(self, at: int) -> tuple[int, int] | None:
        """The sentence in which things may pass, where a character is in one and there is not yet too much of it."""
        for begin, end in self.windows:
            if begin <= at < end:
                many = sum(begin <= note.begin < end for note in self.notes)
                return (begin, end) if many < _MOST_NOTES else None
        return None

    def _begins(self, at: int) -> bool:
        window = self._window(at)
        return window is not None and window[0] == at

    def note(self, note: Note) -> None:
        """Lets something pass, or raises Misfit where that is too much."""
        if self._window(note.begin) is None:
            self.miss(note.begin)
        told, about = self._told_before(note.role) if note.role else (None, "")
        self.notes.append(note._replace(told=told, about=about))

    def _told_before(self, role: str) -> tuple[int | None, str]:
        """The character behind the place that told last who or what a role is, and what kind of answer that is."""
        part = self.parts.get(role)
        if part is None:
            return next((slot.end for slot in reversed(self.slots) if slot.role == role), None), "name"
        if part.told_at or not part.ties:
            return part.told_at or None, part.kind
        named = [tie for tie in part.ties if tie[0].keyed_in == self.village.chapter] or part.ties
        fact, place = max(named, key=lambda tie: tie[0].told[tie[1]])
        return fact.told[place] or None, fact.predicate.kinds[place]

    # Sentences that are added, left out, or told in other words

    def tell(self, choice: Choice) -> None:
        """One of several wordings, or none."""
        if self._silent or self._is_lost():
            return
        self._pass_over()
        at = self._next_sentence()
        if self._begins(at) and self.chooser.branch(2):
            self.note(Note("", LEFT_OUT, choice.site.split()[-1], "", at, at))
            return
        super().tell(choice)
        if self._muted_to is not None:
            self.length, self._muted_to = self._muted_to, None

    def may_tell(self, site: str, probability: float, choice: Choice) -> None:
        """Tells one of several wordings where one of them stands."""
        if not self._silent:
            self._pass_over()
            super().may_tell(site, probability, choice)

    def tells_callbacks(self, facts: list[Fact], lead: Choice | None, probability: float) -> bool:
        """Whether a sentence that leads to facts stands here, or one that tells a fact."""
        if self._silent:
            return False
        self._pass_over()
        return super().tells_callbacks(facts, lead, probability)

    def finish_chapter(self) -> None:
        """The chapter ends here."""
        if self._silent or self._is_lost():
            self.length = self.chapter_end
        while self.length < self.chapter_end:
            at = self._next_sentence()
            if not self._begins(at):
                self.miss(at)
            self._skip(at)

    def _is_lost(self) -> bool:
        self._silent = self._silent or (self.lost_from is not None and self._next_sentence() >= self.lost_from)
        return self._silent

    def _pass_over(self) -> None:
        """Leaves sentences that nobody tells."""
        if self._begins(self._next_sentence()):
            for _ in range(self.chooser.branch(1 + _MOST_ADDED)):
                at = self._next_sentence()
                if at < self.chapter_end:
                    self._skip(at)

    def _skip(self, at: int) -> None:
        begin, end = self.sentences.spans[self.sentences.at(at)]
        if self._window(begin) is None:
            self.windows.append((begin, end))
        self.note(Note("", ADDED, "", self.given.text[begin:end], begin, end))
        self.length = end
        self.in_paragraph = self.given.text[end : end + 1] != "\n"

    def add(self, piece: str) -> None:
        """Goes on by a piece that the text has, or has something else for."""
        if self._silent:
            return
        if self._muted_to is not None:
            ends = _SENTENCE_END.search(piece)
            if ends is not None and ends.end() < len(piece):
                self.length, self._muted_to = self._muted_to, None
                left = piece[ends.end() :]
                self.add(left if self.given.text[self.length : self.length + 1].isspace() else left.lstrip())
            return
        text = self.given.text
        if text.startswith(piece, self.length):
            super().add(piece)
            return
        same = next((n for n, one in enumerate(piece) if text[self.length + n : self.length + n + 1] != one), 0)
        at = self.length + same
        if self.lost_from is not None and at >= self.lost_from:
            self._silent = True
            return
        window = self._window(at)
        if window is None and at < len(text) and text[at].isspace():
            window = self._window(at + 1)
        if window is None:
            self.miss(at)
        if piece.isspace():  # another paragraph
            self.length += 1
            return
        # The sentence is one that nobody tells, or tells the same in other words, or the one before it is left out.
        before = window[0] - self.length  # of the piece that is told before the sentence
        which = self.chooser.branch(3 if before >= 0 else 1)
        if which == 1:
            self._skip(window[0])
            self.length = self._next_sentence()
            self.add(piece[before:])
            return
        if which == 2:
            self.note(Note("", LEFT_OUT, " ".join(piece[before:].split()), "", window[0], window[0]))
            self._muted_to = window[0]
        else:
            self.note(Note("", OTHER_WORDS, piece, text[slice(*window)], max(at, window[0]), window[1]))
            self._muted_to = window[1]
        self.add(piece[before if which else same :])

    def write_form(self, role: str, form: str, text: str) -> None:
        """Adds a form of a role, if the text is to have it."""
        at = self.next_at()[0]
        if not (self._silent or self._muted_to is not None or stands(self.given.text, at, text)):
            if self.lost_from is not None and at >= self.lost_from:
                self._silent = True
            elif self._begins(at) and not self._separator:
                self._begin_with_form(at, self.chooser.branch(3))
        if self._silent or self._muted_to is not None:
            super(ReadingPart, self).write_form(role, form, text)
        else:
            super().write_form(role, form, text)

    def _begin_with_form(self, at: int, which: int) -> None:
        """A sentence inside a wording begins with a form, and the text has another: in its place, or the one before or after it."""
        if which == 1:
            self._skip(at)
            self.length = self._next_sentence()
        elif which == 2:
            self.note(Note("", LEFT_OUT, "a sentence", "", at, at))
            self._muted_to = at

    def stretches(self, role: str, form: str, at: int, text: str) -> list[int]:
        """Values of the same list, or names, that stand there, or else some words."""
        if self._window(at) is None:
            return []
        there = self.given.text[at : self.chapter_end]
        part = self.parts.get(role)
        if part is not None and part.entity in FORMS:
            others = {value.forms.get(form, "") for value in LIST_OF[part.entity].values} - {""}
            ends = [at + len(one) for one in others if there[: len(one)].lower() == one.lower()]
            if ends:
                return [max(ends)]
        elif form in ("name", "own") and (name := _NAME.match(there)):
            own = "'s" if form == "own" and there.startswith("'s", name.end()) else ""
            return [at + name.end() + len(own)]
        words = re.match(r"[\w'-]+(?: [\w'-]+)*", there)
        if words is None:
            return []
        ends = [at + one.end() for one in list(re.finditer(r"[\w'-]+", words[0]))[:_MOST_WORDS]]
        return sorted(ends, key=lambda end: abs(self.given.text.count(" ", at, end) - text.count(" ")))

    def _wordings(self, options: Sequence[str]) -> list[int]:
        if self._silent or self._muted_to is not None:
            return [0]
        try:
            return super()._wordings(options)
        except Misfit:
            if self._window(self.next_at()[0]) is None:
                raise
            return list(range(len(options)))[:_MOST_WORDINGS]

    def block_of(self, branch: ValueBranch) -> list[ChapterBeat | None]:
        """The block that the value decides on, or another one."""
        true, at = super().block_of(branch), self._next_sentence()
        others = [(value, block) for value, block in branch.blocks.items() if block is not true]
        if self._silent or not self._begins(at):
            return true
        which = self.chooser.branch(1 + len(others))
        if which == 0:
            return true
        value, block = others[which - 1]
        expected = self.parts[branch.role].entity.split("/")[1]
        self.note(Note(branch.role, "trait", expected.replace("_", " "), value.replace("_", " "), at, at))
        return block

    def refuse(self, event: tuple[str, tuple[str, ...]], need: Statement) -> None:
        """What was let pass has consequences; it happens all the same."""
