"""Reads a text as a story of StoryWorld: what was decided, how probable that was, and which sentences do not fit."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pocket_narrator.storyworld.dials import DEFAULT, Dials
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.reader.chronicle.reading import is_chronicle, read_chronicle
from pocket_narrator.storyworld.reader.findings import UNKNOWN, Explaining, MarkedSentence
from pocket_narrator.storyworld.reader.following import Followed, Steps, Way, follow, linked, log2_sum
from pocket_narrator.storyworld.reader.given import GivenText
from pocket_narrator.storyworld.reader.plots import support, ways_of_plots
from pocket_narrator.storyworld.reader.recovery import mend
from pocket_narrator.storyworld.reader.sentences import Sentences
from pocket_narrator.storyworld.story import StoryworldStory, facts_of, log2_of

_MOST_LOST = 6  # sentences in a row that nothing explains, before the plot is given up
_MOST_ALONE = 60  # sentences that are still looked at then; a story has under forty in all
_MOST_WAYS = 6  # that repairs are tried with


LEAST_UNDERSTOOD = 0.8  # of the words; below it, what is not understood could hold any number of contradictions


@dataclass(frozen=True, slots=True)
class StoryReading:
    """What was found in a text.

    `story` is what was told, with trace, world, slots and places of decisions as `make_story` gives them, where all of the text is a story;
    `log2_probability` is then that of the text: of all `traces` that tell it together; `story` is the likeliest of them. `findings` are the sentences that do not fit, `read`
    is how many there are before the first of them, and `ended` says whether the plot comes to its end. `understood` is the share
    of the words in sentences whose wording is known. `chapters` are where those of a chronicle begin.
    """

    text: str
    sentences: tuple[tuple[int, int], ...]
    findings: tuple[MarkedSentence, ...]
    ended: bool
    understood: float
    plot: str | None = None
    story: StoryworldStory | None = None
    log2_probability: float | None = None
    traces: int = 0
    chapters: tuple[int, ...] = ()

    @property
    def read(self) -> int:
        """Sentences before the first that does not fit."""
        return self.findings[0].sentence if self.findings else len(self.sentences)

    @property
    def contradictions(self) -> tuple[MarkedSentence, ...]:
        """The sentences that do not fit though their wording is known."""
        return tuple(finding for finding in self.findings if finding.kind != UNKNOWN)

    def chapter_of(self, position: int) -> int:
        """The number of the chapter that a character is in, from 1; 0 in a short story."""
        return bisect_right(self.chapters, position)


def read_story(text: str, dials: Dials = DEFAULT, chapters: int | None = None) -> StoryReading:
    """Reads a text of any kind and length, in time and memory that are bounded by its length; as a chronicle where it begins as one.

    Args:
        text: A story, paragraphs separated by one newline, as `make_story` tells them; white space around it is left out.
        dials: The world's settings, as `make_story` takes them; others give other probabilities, and may not have told the text at all.
        chapters: How many the chronicle has of which the text is the beginning; without, as many as the text, or one more where its last is
            not one that ends a chronicle.

    Returns:
        `story`, where all of it can have been told; else `findings`, the sentences that do not fit.

    Raises:
        CorpusError: A plot that the dials hold out is none.

    Example:
        >>> from pocket_narrator.storyworld import make_story
        >>> read_story(make_story(3, seed=7).text).story == make_story(3, seed=7)
        True
    """
    text = text.strip()
    sentences = Sentences(text)
    if is_chronicle(text):
        return _as_chronicle(text, sentences, dials, chapters)
    whole = follow(ways_of_plots(GivenText(text, is_whole=True, dials=dials))).whole if text else []
    if whole:
        return _whole(text, sentences, whole)
    return _Reader(text, sentences, dials).read()


def _as_chronicle(text: str, sentences: Sentences, dials: Dials, chapters: int | None) -> StoryReading:
    found = read_chronicle(text, sentences, dials, chapters)
    return StoryReading(
        text,
        tuple(sentences.spans),
        found.findings,
        found.ended,
        share_understood(sentences, found.findings),
        "chronicle",
        found.story,
        found.log2_probability,
        found.traces,
        found.chapters,
    )


def _whole(text: str, sentences: Sentences, ways: list[Way]) -> StoryReading:
    way = max(ways, key=Way.log2)
    traces = sum(one.traces for one in ways)
    together = way.log2() if len(ways) == 1 else log2_sum([one.log2() for one in ways])
    way.teller.load(way.state)
    trace, decided_at, slots = (way.state.whole(name) for name in ("trace", "decided_at", "slots"))
    plot = PLOTS[way.teller.plot]
    story = StoryworldStory(text, trace, log2_of(trace), facts_of(way.teller, plot), decided_at, slots)
    return StoryReading(text, tuple(sentences.spans), (), True, 1.0, plot.name, story, together, traces)


class _Reader:
    """Reads a text that is not, as a whole, a story."""

    def __init__(self, text: str, sentences: Sentences, dials: Dials) -> None:
        self.sentences = sentences
        self.given = GivenText(text, is_whole=False, dials=dials)
        self.end = len(text)
        self.explaining = Explaining(sentences)
        self.findings: list[MarkedSentence] = []
        self.owed: Steps = None
        self.lost = 0

    def read(self) -> StoryReading:
        """From the beginning to the end."""
        text = self.sentences.text
        found = follow(ways_of_plots(self.given))
        while not self._is_at_end(found) and self.lost < _MOST_LOST:
            sentence = self.sentences.at(found.farthest)
            begin = self.sentences.spans[sentence - 1][1] if sentence else 0
            ways = self._likeliest([way for reach, way in found.parted if reach >= begin])
            mended = mend(ways, self.owed, sentence, self.sentences)
            if mended is None:
                found = self._pass_over(ways, sentence)
                continue
            self.lost = 0
            repair, found = mended
            self.findings += self.explaining.of_repair(sentence, repair)
            if repair.late:
                self.owed = None
            elif repair.left_out:
                self.owed = linked(repair.left_out)
        if self.lost == _MOST_LOST and not self._is_at_end(found):
            way, first = found.parted[0][1], self.sentences.at(found.farthest)
            for sentence in range(first, len(self.sentences)):
                if sentence < first + _MOST_ALONE:
                    self.findings.append(self.explaining.alone(sentence, way.state, way.teller))
                else:
                    self.findings.append(self.explaining.unread(sentence))
        best = found.whole[0] if found.whole else max(found.parted, key=lambda one: one[0])[1] if found.parted else None
        return StoryReading(
            text,
            tuple(self.sentences.spans),
            tuple(self.findings),
            bool(found.whole),
            share_understood(self.sentences, self.findings),
            best.teller.plot if best and self.lost < _MOST_LOST else None,
        )

    def _is_at_end(self, found: Followed) -> bool:
        return bool(found.whole) or found.farthest >= self.end or not found.parted

    def _likeliest(self, ways: list[Way]) -> list[Way]:
        """The ways whose plots have most of their words in the text."""
        return sorted(ways, key=lambda way: -support(PLOTS[way.teller.plot], self.given))[:_MOST_WAYS]

    def _pass_over(self, ways: list[Way], sentence: int) -> Followed:
        """Leaves a sentence that nothing explains."""
        self.lost += 1
        first = ways[0]
        self.findings.append(self.explaining.alone(sentence, first.state, first.teller))
        if sentence + 1 == len(self.sentences):
            return Followed(parted=[(self.end, first)])
        return Followed(parted=[(self.sentences.spans[sentence + 1][0], way) for way in ways])


def share_understood(sentences: Sentences, findings: Sequence[MarkedSentence]) -> float:
    """The share of the words that stand in sentences of known wording."""
    words = [sentences.words_between(begin, end) for begin, end in sentences.spans]
    unknown = {finding.sentence for finding in findings if finding.kind == UNKNOWN}
    total = sum(words)
    return 0.0 if not total else 1 - sum(words[number] for number in unknown) / total
