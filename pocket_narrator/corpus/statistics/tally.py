"""What is counted in one run of stories, and how runs are added up."""

import hashlib
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pocket_narrator.corpus.statistics.bounded import BoundedCounter, rounded
from pocket_narrator.corpus.statistics.names import NameMarks
from pocket_narrator.corpus.statistics.readability import Syllables, grade_level
from pocket_narrator.corpus.statistics.topics import topics_of

MOST_WORDS = 1_000_000
MOST_NAMES = 200_000
MOST_OPENINGS = 200_000
MOST_PHRASES = 400_000
PHRASE = 5  # words
REPEAT = 4  # words of a run that is looked for a second time in the same story
SHORTEST_STORY_FOR_REPEATS = 20  # words
MOST_WORDS_FOR_PHRASES = 100_000  # of one story: of a longer one only the beginning is looked through
OPENING_WORDS = 4
LONGEST_WORD = 60  # letters; longer runs are cut, so that a count's key is never large

_LETTERS = r"[^\W\d_]+"
_WORD = re.compile(rf"{_LETTERS}(?:['\u2019]{_LETTERS})*")
# No text makes these slow: each begins where a run begins, and never goes back.
_SENTENCE_END = re.compile(r"(?<![.!?\u2026])[.!?\u2026]++[\"'\u201d\u2019)\]]*+(?:\s|$)")
_PARAGRAPH = re.compile(r"^.*\S", re.MULTILINE)
_SPEECH = re.compile(r"\"[^\"\n]*+\"|\u201c[^\u201c\u201d\n]*+\u201d")
_OPENING_KINDS = ("once upon a time", "one day", "once", "one")

_syllables = Syllables()


@dataclass
class RunTally:
    """The counts of one run; sums and counters only, so that runs can be counted anywhere."""

    stories: int = 0
    bytes: int = 0
    sums: Counter[str] = field(default_factory=Counter)  # characters, words, sentences, paragraphs, syllables, ...
    spreads: defaultdict[str, Counter[int]] = field(
        default_factory=lambda: defaultdict(Counter)
    )  # a figure of stories: value: stories
    words: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    first_words: Counter[str] = field(default_factory=Counter)
    openings: Counter[str] = field(default_factory=Counter)
    opening_kinds: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    phrases: Counter[str] = field(default_factory=Counter)
    names: NameMarks = field(default_factory=NameMarks)
    hashes: array = field(default_factory=lambda: array("Q"))

    def note(self, figure: str, value: int) -> None:
        """Adds one story's value to a spread."""
        self.spreads[figure][rounded(value)] += 1


def tally_run(stories: Sequence[str], with_phrases: bool) -> RunTally:
    """Counts a run of stories; repeated phrases, which are dear, only if asked for."""
    tally = RunTally()
    for text in stories:
        _tally_story(tally, text, with_phrases)
    codes = np.frombuffer("".join(stories).encode("utf-32-le", "surrogatepass"), np.uint32)
    occurrences = np.bincount(codes)
    tally.characters.update({chr(code): int(occurrences[code]) for code in np.flatnonzero(occurrences)})
    return tally


def _tally_story(tally: RunTally, text: str, with_phrases: bool) -> None:
    lowered = text.lower().replace("\u2019", "'")
    words = _WORD.findall(lowered)
    if words and max(map(len, words)) > LONGEST_WORD:
        words = [word[:LONGEST_WORD] for word in words]
    different = set(words)
    sentences = max(1, len(_SENTENCE_END.findall(text)))
    paragraphs = len(_PARAGRAPH.findall(text))
    syllables = sum(map(_syllables.__getitem__, words))
    speech = [len(said) for said in _SPEECH.findall(text)]
    tally.stories += 1
    raw = text.encode("utf-8", errors="replace")
    tally.bytes += len(raw)
    tally.hashes.append(int.from_bytes(hashlib.blake2b(b" ".join(raw.split()), digest_size=8).digest(), "little"))
    tally.words.update(words)
    tally.topics.update(topics_of(different))
    tally.names.read(text)
    sums = tally.sums
    sums["characters"] += len(text)
    sums["words"] += len(words)
    sums["sentences"] += sentences
    sums["paragraphs"] += paragraphs
    sums["syllables"] += syllables
    sums["speech"] += sum(speech)
    sums["stories_with_speech"] += bool(speech)
    for figure, value in (
        ("words", len(words)),
        ("characters", len(text)),
        ("sentences", sentences),
        ("paragraphs", paragraphs),
        ("different words", len(different)),
        ("percent of speech", round(100 * sum(speech) / len(text)) if text else 0),
    ):
        tally.note(figure, value)
    if words:
        tally.note("school grade", max(0, round(grade_level(len(words), sentences, syllables))))
        _tally_opening(tally, words, lowered)
    if with_phrases and len(words) >= SHORTEST_STORY_FOR_REPEATS:
        _tally_phrases(tally, words)


def _tally_opening(tally: RunTally, words: list[str], lowered: str) -> None:
    tally.first_words[words[0]] += 1
    opening = " ".join(words[:OPENING_WORDS])
    tally.openings[opening] += 1
    kind = next((kind for kind in _OPENING_KINDS if opening == kind or opening.startswith(kind + " ")), "other")
    tally.opening_kinds[kind] += 1
    if kind != "other" and f"{kind}," in " ".join(lowered[:200].split()):
        tally.opening_kinds[f"{kind},"] += 1


def _tally_phrases(tally: RunTally, words: list[str]) -> None:
    words = words[:MOST_WORDS_FOR_PHRASES]
    tally.phrases.update(map(" ".join, zip(*(words[start:] for start in range(PHRASE)), strict=False)))
    runs = list(zip(*(words[start:] for start in range(REPEAT)), strict=False))
    repeated = len(runs) - len(set(runs))
    tally.sums["runs"] += len(runs)
    tally.sums["repeated_runs"] += repeated
    tally.sums["stories_for_phrases"] += 1
    tally.note("percent repeated", round(100 * repeated / len(runs)))


class Total:
    """All runs so far. Memory: the bounded counters, and eight bytes a story for the exact duplicates."""

    def __init__(self) -> None:
        self.stories = 0
        self.bytes = 0
        self.sums: Counter[str] = Counter()
        self.spreads: dict[str, Counter[int]] = {}
        self.characters: Counter[str] = Counter()
        self.opening_kinds: Counter[str] = Counter()
        self.topics: Counter[str] = Counter()
        self.words = BoundedCounter(MOST_WORDS)
        self.first_words = BoundedCounter(MOST_OPENINGS)
        self.openings = BoundedCounter(MOST_OPENINGS)
        self.phrases = BoundedCounter(MOST_PHRASES)
        self.mentions = BoundedCounter(MOST_NAMES)
        self.inside = BoundedCounter(MOST_NAMES)
        self.he = BoundedCounter(MOST_NAMES)
        self.she = BoundedCounter(MOST_NAMES)
        self.hashes = array("Q")
        self.growth: list[tuple[int, int]] = []  # words so far, different words so far

    def add(self, run: RunTally) -> None:
        """Takes the counts of the next run in."""
        self.stories += run.stories
        self.bytes += run.bytes
        self.sums.update(run.sums)
        for figure, counts in run.spreads.items():
            self.spreads.setdefault(figure, Counter()).update(counts)
        self.characters.update(run.characters)
        self.opening_kinds.update(run.opening_kinds)
        self.topics.update(run.topics)
        for bounded, counts in (
            (self.words, run.words),
            (self.first_words, run.first_words),
            (self.openings, run.openings),
            (self.phrases, run.phrases),
            (self.mentions, run.names.mentions),
            (self.inside, run.names.inside),
            (self.he, run.names.he),
            (self.she, run.names.she),
        ):
            bounded.add(counts)
        self.hashes.extend(run.hashes)
        if not self.words.missing:
            self.growth.append((self.sums["words"], len(self.words.counts)))
