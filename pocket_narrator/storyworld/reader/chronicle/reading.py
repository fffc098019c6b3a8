"""Reads a text as a chronicle, chapter by chapter."""

from __future__ import annotations

import re
from typing import NamedTuple

from pocket_narrator.recipe.limits import FEWEST_CHAPTERS, MOST_CHAPTERS
from pocket_narrator.storyworld.chronicle.chronicle import as_story, book, name_village, tell_chapter
from pocket_narrator.storyworld.chronicle.village import SEASONS, season_of
from pocket_narrator.storyworld.dials import Dials
from pocket_narrator.storyworld.reader.chronicle.findings import ExplainingChapters
from pocket_narrator.storyworld.reader.chronicle.patterns import whole
from pocket_narrator.storyworld.reader.chronicle.state import ChronicleState
from pocket_narrator.storyworld.reader.chronicle.tolerant import LEFT_OUT, TolerantChronicler
from pocket_narrator.storyworld.reader.findings import MarkedSentence
from pocket_narrator.storyworld.reader.following import log2_sum
from pocket_narrator.storyworld.reader.given import GivenText
from pocket_narrator.storyworld.reader.sentences import Sentences
from pocket_narrator.storyworld.reader.state import Note
from pocket_narrator.storyworld.story import StoryworldStory, log2_of

HEADING = re.compile(r"^Chapter (\d{1,9}): (.+)$", re.MULTILINE)
_MOST_TRIALS = 250  # of one chapter
_MOST_WAYS = 4  # that are followed at the same time
_COST, _COST_LEFT_OUT = 2.0, 2.2  # of a note, in sentences that have to be explained by it
_MOST_REPAIRS = 10  # of one chapter, before the rest of it is given up


def is_chronicle(text: str) -> bool:
    """Whether a text begins as a chronicle does."""
    return HEADING.match(text) is not None


class ReadChronicle(NamedTuple):
    """What was found: `story` where all of it can have been told, in one of `traces` ways."""

    findings: tuple[MarkedSentence, ...]
    chapters: tuple[int, ...]
    ended: bool
    story: StoryworldStory | None = None
    log2_probability: float | None = None
    traces: int = 0


class _Try(NamedTuple):
    """One way to read a chapter, with what was let pass."""

    state: ChronicleState | None
    reach: int
    path: tuple[int, ...]
    taken_at: tuple[int, ...]
    notes: tuple[Note, ...]


def read_chronicle(text: str, sentences: Sentences, dials: Dials, chapters: int | None) -> ReadChronicle:
    """Reads a text that begins with the heading of a chapter. `chapters`: how many the chronicle has, where the text ends before."""
    return _ChronicleReader(text, sentences, dials, chapters).read()


def _likely_chapters(text: str, headings: list[re.Match[str]]) -> int:
    """The number of the last chapter, if it is one that ends a chronicle; else the least that gives the chapters the seasons they tell of."""
    last = int(headings[-1][1])
    if any(headings[-1][2] in book().titles_of(ending.name) for ending in book().last):
        return last
    seasons, lower = [], text.lower()
    for heading in headings:
        told = [
            season
            for season in SEASONS
            if any(whole(source).at(lower, heading.end() + 1) for source in book().phrases[f"opening_{season}"].lines)
        ]
        if len(told) == 1:
            seasons.append((int(heading[1]), told[0]))
    possible = range(min(last + 1, MOST_CHAPTERS), MOST_CHAPTERS + 1)
    return max(possible, key=lambda many: sum(season_of(number, many) == season for number, season in seasons))


class _ChronicleReader:
    def __init__(self, text: str, sentences: Sentences, dials: Dials, chapters: int | None) -> None:
        self.text, self.sentences = text, sentences
        headings = list(HEADING.finditer(text))
        self.headings = headings
        self.begins = tuple(heading.start() for heading in headings)
        if chapters is None:
            chapters = _likely_chapters(text, headings)
        self.chapters = min(max(chapters, FEWEST_CHAPTERS), MOST_CHAPTERS)
        self.teller = TolerantChronicler(GivenText(text, is_whole=False, dials=dials), self.chapters, sentences)
        self.explaining = ExplainingChapters(sentences, self.teller)
        self.findings: list[MarkedSentence] = []
        self.is_cut = False  # the text ends in the middle of a chapter

    def read(self) -> ReadChronicle:
        """From the beginning to the end."""
        states, expected = [self.teller.save(None)], 1
        for place, heading in enumerate(self.headings):
            begin, number = heading.start(), int(heading[1])
            end = self.begins[place + 1] - 1 if place + 1 < len(self.begins) else len(self.text)
            self.teller.between(begin, end)
            if number != expected:
                self.findings.append(self.explaining.of_number(self.sentences.at(begin), number, expected))
                states = [state._replace(chapter=number - 1) for state in states]
            expected = number + 1
            if 1 <= number <= self.chapters:
                states = self._strictly(states) or [self._tolerantly(states[0], end)]
            else:
                self._given_up(states[0], begin, end)
        ended = expected == self.chapters + 1 and not self.is_cut
        if self.findings or not ended:
            return ReadChronicle(tuple(sorted(self.findings, key=lambda one: one.begin)), self.begins, ended)
        stories = []
        for state in states:
            self.teller.load(state)
            stories.append(as_story(self.teller, self.text))
        together = log2_sum([log2_of(story.trace) for story in stories])
        likeliest = max(stories, key=lambda story: story.log2_probability)
        probability = likeliest.log2_probability if len(stories) == 1 else together
        return ReadChronicle((), self.begins, True, likeliest, probability, len(stories))

    def _strictly(self, states: list[ChronicleState]) -> list[ChronicleState]:
        """The states after a chapter of which every sentence is as it can be told."""
        self.teller.strict, self.teller.windows, self.teller.lost_from = True, [], None
        found = []
        for state in states:
            found += [after for after, _ in self.teller.tellings(state, self._chapter, _MOST_TRIALS)]
        return found[:_MOST_WAYS]

    def _chapter(self, teller: TolerantChronicler) -> None:
        if "village" not in teller.cast:
            name_village(teller)
        tell_chapter(teller)
        teller.finish_chapter()

    def _tolerantly(self, state: ChronicleState, end: int) -> ChronicleState:
        """The state after a chapter in which something does not fit."""
        self.teller.strict = False
        windows: list[tuple[int, int]] = []
        best = self._best(state, windows, ())
        last = self.sentences.at(self.teller.chapter_begin) - 1
        for _ in range(_MOST_REPAIRS):
            if best.state is not None or best.reach >= len(self.text):
                break
            sentence = self.sentences.at(best.reach)
            if sentence <= last:
                break
            last = sentence
            begin = self.sentences.spans[sentence - 1][1] if sentence else 0
            kept = () if not windows else tuple(
                one for one, at in zip(best.path, best.taken_at, strict=True) if at < begin
            )  # fmt: skip
            windows.append(self.sentences.spans[sentence])
            best = self._best(state, windows, kept)
        self.findings += self.explaining.of_notes(best.notes, best.state or state)
        if best.state is not None:
            return best.state
        if best.reach >= len(self.text):
            self.is_cut = True
            return state
        return self._lost(state, best, windows, end)

    def _best(self, state: ChronicleState, windows: list[tuple[int, int]], first: tuple[int, ...]) -> _Try:
        """Of all ways to go on, the one that explains most of the chapter with the fewest notes."""
        teller = self.teller
        best, best_value = None, (float("-inf"), 0)
        teller.lost_from = None
        pending = teller.trials(state, self._chapter, _MOST_TRIALS, first)
        while True:
            teller.windows = windows.copy()
            trial = next(pending, None)
            if trial is None:
                break
            chooser = teller.chooser
            notes = tuple(teller.notes)
            is_done = trial.state is not None or trial.reach >= len(self.text)
            reached = self.sentences.at(teller.chapter_end - 1) + 1 if is_done else self.sentences.at(trial.reach)
            cost = sum(_COST_LEFT_OUT if note.form == LEFT_OUT else _COST for note in notes)
            value = reached - cost, notes[-1].begin if notes else trial.reach
            if value > best_value:
                taken_at = tuple(chooser.taken_at[: len(chooser.taken)])
                best, best_value = _Try(trial.state, trial.reach, tuple(chooser.taken), taken_at, notes), value
        assert best is not None
        return best

    def _lost(self, state: ChronicleState, best: _Try, windows: list[tuple[int, int]], end: int) -> ChronicleState:
        """The state after a chapter whose rest cannot be explained: what it tells happens, and its sentences are looked at one by one."""
        teller = self.teller
        sentence = self.sentences.at(best.reach)
        begin = self.sentences.spans[sentence - 1][1] if sentence else 0
        teller.windows, teller.lost_from = windows.copy(), self.sentences.spans[sentence][0]
        kept = tuple(one for one, at in zip(best.path, best.taken_at, strict=True) if at < begin)
        after = next((one.state for one in teller.trials(state, self._chapter, _MOST_TRIALS, kept) if one.state), None)
        is_heading = self.sentences.spans[sentence][0] == teller.chapter_begin
        if not is_heading and sentence not in {finding.sentence for finding in self.findings}:
            self.findings += self.explaining.alone(sentence, after or state)
        self._given_up(after or state, self.sentences.spans[sentence][0], end)
        if after is None:  # not even its title fits
            teller.load(state)
            teller.begin_chapter()
            teller.told.append("")
            teller.length = end
            after = teller.save(state)
        return after

    def _given_up(self, state: ChronicleState, begin: int, end: int) -> None:
        """Marks what is not known, and what is not so, in the rest of a chapter."""
        marked = {finding.sentence for finding in self.findings}
        for number in range(self.sentences.at(begin), self.sentences.at(end - 1) + 1):
            if number in marked:
                continue
            heading = HEADING.match(self.text, self.sentences.spans[number][0])
            if heading:
                self.findings.append(self.explaining.of_heading(number, heading[2]))
            else:
                self.findings += self.explaining.unexplained(number, state)
