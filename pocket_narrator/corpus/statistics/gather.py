"""Reads a corpus once and says what is in it."""

import math
import multiprocessing
import os
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np

from pocket_narrator.corpus.statistics.bounded import Spread, spread_of
from pocket_narrator.corpus.statistics.names import find_names
from pocket_narrator.corpus.statistics.readability import grade_level, reading_ease
from pocket_narrator.corpus.statistics.tally import MOST_WORDS, PHRASE, REPEAT, RunTally, Total, tally_run
from pocket_narrator.corpus.statistics.topics import TOPICS
from pocket_narrator.corpus.stories import Story
from pocket_narrator.errors import CorpusError
from pocket_narrator.progress import Progress

FIRST_RUN, LARGEST_RUN = 1 << 14, 1 << 20  # characters; runs grow, so that the growth of the vocabulary is seen early
PHRASES_EVERY = 4  # of so many runs one is looked through for phrases, from the first LARGEST_RUN on
PARALLEL_FROM_BYTES = 10_000_000
SHOWN = 25
HEAPS_FROM_WORDS = 1000


@dataclass(frozen=True)
class Names:
    """Names and their gender; shares are of the mentions."""

    different: int
    most_frequent: list[tuple[str, int, str]]  # name, mentions, he, she or unknown
    mentions: dict[str, int]  # of names of each gender
    names: dict[str, int]  # how many there are of each gender


@dataclass(frozen=True)
class Statistics:
    """Everything about one corpus. Lists of pairs are most frequent first."""

    corpus: str
    stories: int
    bytes: int
    totals: dict[str, int]  # characters, words, sentences, paragraphs, syllables
    spreads: dict[str, Spread]  # of stories
    different_words: int
    words_forgotten: (
        int  # 0: word counts are exact; else each may be too small by so much, and there are more different ones
    )
    words_once: int
    most_frequent_words: list[tuple[str, int]]
    coverage: dict[str, float]  # share of all words that the most frequent n are
    growth: list[tuple[int, int]]  # words read, different words so far
    heaps: tuple[float, float] | None  # different words = k * words ** beta
    first_words: list[tuple[str, int]]
    openings: list[tuple[str, int]]
    opening_kinds: dict[str, int]
    names: Names
    topics: dict[str, int]  # stories with a word of the group
    different_characters: int
    characters: list[tuple[str, str, int]]  # character, its Unicode name, occurrences
    duplicates: dict[str, int]  # stories that stand there before; the most often repeated one
    readability: dict[str, float]
    dialogue: dict[str, float]  # share of the characters; share of the stories
    phrases: list[tuple[str, int]]
    phrase_stories: int  # stories that were looked through for phrases and repetition
    phrases_forgotten: int
    repeated_in_story: float  # share of the runs of REPEAT words that stood in the same story before

    def to_json(self) -> dict:
        """For `json.dumps`."""
        return asdict(self)


def gather_statistics(
    corpus: str,
    stories: Iterable[Story],
    expected_bytes: int = 0,
    workers: int | None = None,
    bar: Progress | None = None,
) -> Statistics:
    """Reads `stories` once. The result is the same for any number of `workers`; without it, the size decides.

    Memory is bounded: rare words, names, openings and phrases are forgotten beyond some hundred thousand, and said
    to be; eight bytes a story are kept for exact duplicates. Raises CorpusError if there is no story.
    """
    if workers is None:
        workers = (os.cpu_count() or 1) if expected_bytes >= PARALLEL_FROM_BYTES else 1
    total = Total()
    for tally in _tallies(_runs(stories), workers):
        total.add(tally)
        if bar is not None:
            bar.advance(tally.bytes / 1e6)
    if not total.stories:
        raise CorpusError("there is no story", where=corpus, hint="check that the text was written in full")
    return _describe(corpus, total)


def _runs(stories: Iterable[Story]) -> Iterator[tuple[list[str], bool]]:
    """Runs of stories, and whether phrases are counted in them; they depend on the stories only."""
    run: list[str] = []
    characters, size, number = 0, FIRST_RUN, 0
    for story in stories:
        run.append(story.text)
        characters += len(story.text)
        if characters >= size:
            number += size == LARGEST_RUN
            yield run, number % PHRASES_EVERY == 0
            run, characters, size = [], 0, min(2 * size, LARGEST_RUN)
    if run:
        yield run, True


def _tallies(runs: Iterable[tuple[list[str], bool]], workers: int) -> Iterator[RunTally]:
    if workers == 1:
        for run, with_phrases in runs:
            yield tally_run(run, with_phrases)
        return
    # Spawn works on every platform and does not copy threads or locks of the caller.
    context = multiprocessing.get_context("spawn")
    waiting: deque[Future[RunTally]] = deque()
    with ProcessPoolExecutor(workers, context) as pool:
        for run, with_phrases in runs:
            waiting.append(pool.submit(tally_run, run, with_phrases))
            if len(waiting) == 2 * workers:
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()


def _describe(corpus: str, total: Total) -> Statistics:
    sums = total.sums
    words, sentences, syllables = max(sums["words"], 1), max(sums["sentences"], 1), sums["syllables"]
    by_count = sorted(total.words.counts.values(), reverse=True)
    cumulated = np.cumsum(by_count) if by_count else np.zeros(1)
    coverage = {
        f"{most:,}": float(cumulated[most - 1] / words) for most in (100, 1000, 5000, 10_000) if most <= len(by_count)
    }
    _, repeats = np.unique(np.frombuffer(total.hashes, np.uint64), return_counts=True)
    characters = sorted(total.characters.items(), key=lambda item: (-item[1], item[0]))
    return Statistics(
        corpus=corpus,
        stories=total.stories,
        bytes=total.bytes,
        totals={name: sums[name] for name in ("characters", "words", "sentences", "paragraphs", "syllables")},
        spreads={figure: spread_of(counts) for figure, counts in total.spreads.items()},
        different_words=len(by_count),
        words_forgotten=total.words.missing,
        words_once=sum(count == 1 for count in by_count),
        most_frequent_words=total.words.most_common(SHOWN),
        coverage=coverage,
        growth=_thinned(total.growth),
        heaps=_fit_heaps(total.growth),
        first_words=total.first_words.most_common(SHOWN),
        openings=total.openings.most_common(SHOWN),
        opening_kinds=dict(sorted(total.opening_kinds.items(), key=lambda item: (-item[1], item[0]))),
        names=_describe_names(total),
        topics={
            topic: total.topics[topic] for topic in sorted(TOPICS, key=lambda topic: (-total.topics[topic], topic))
        },
        different_characters=len(characters),
        characters=[(character, _name_of(character), count) for character, count in characters],
        duplicates={"stories": int((repeats - 1).sum()), "most_often": int(repeats.max())},
        readability={
            "reading_ease": reading_ease(words, sentences, syllables),
            "grade_level": grade_level(words, sentences, syllables),
            "words_a_sentence": words / sentences,
            "syllables_a_word": syllables / words,
        },
        dialogue={
            "of_characters": sums["speech"] / max(sums["characters"], 1),
            "of_stories": sums["stories_with_speech"] / total.stories,
        },
        phrases=[(phrase, count) for phrase, count in total.phrases.most_common(SHOWN) if count > 1],
        phrase_stories=sums["stories_for_phrases"],
        phrases_forgotten=total.phrases.missing,
        repeated_in_story=sums["repeated_runs"] / max(sums["runs"], 1),
    )


def _describe_names(total: Total) -> Names:
    counters = (total.mentions, total.inside, total.he, total.she, total.words)
    found = find_names(*(counter.counts for counter in counters))
    genders = ("he", "she", "unknown")
    return Names(
        len(found),
        found[:SHOWN],
        {gender: sum(count for _, count, its in found if its == gender) for gender in genders},
        {gender: sum(its == gender for _, _, its in found) for gender in genders},
    )


def _fit_heaps(growth: list[tuple[int, int]]) -> tuple[float, float] | None:
    """k and beta of Heaps' law by least squares of the logarithms, from the first thousand words on."""
    points = [point for point in growth if point[0] >= HEAPS_FROM_WORDS]
    if len(points) < 3:
        return None
    logs = np.log(np.array(points, np.float64))
    beta, intercept = np.polyfit(logs[:, 0], logs[:, 1], 1)
    return math.exp(intercept), float(beta)


def _thinned(growth: list[tuple[int, int]], most: int = 60) -> list[tuple[int, int]]:
    """At most so many points of a curve, at even distances; the last one is kept."""
    step = -(-len(growth) // most) if growth else 1
    return growth[::-1][::step][::-1]


def _name_of(character: str) -> str:
    if character in "\n\t":
        return "line end" if character == "\n" else "tab"
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()


METHODS: dict[str, Callable[[Statistics], str]] = {
    "words": lambda _: "runs of letters, apostrophes inside them; lower-cased for counting",
    "vocabulary": lambda found: (
        "exact counts"
        if not found.words_forgotten
        else f"over {MOST_WORDS:,} distinct words: rare ones were forgotten, counts may be too small by {found.words_forgotten:,}"
    ),
    "names": lambda _: (
        "a capitalised word inside a sentence that is hardly ever written small; its gender is what most of the pronouns "
        "he and she that follow it say, unknown where they are few or divided"
    ),
    "topics": lambda _: (
        "stories with at least one word of a fixed group of words (corpus/statistics/topics.py); a story may be in many"
    ),
    "readability": lambda _: "Flesch (1948) and Kincaid et al. (1975), syllables by rules; English only",
    "dialogue": lambda _: "characters between double quotes, straight or typographic, that close on their line",
    "duplicates": lambda _: "same text but for white space, by a 64-bit hash",
    "phrases": lambda found: (
        f"{PHRASE} words in a row, and {REPEAT} words in a row that stood in the same story before, in "
        f"{found.phrase_stories:,} stories"
        + (
            f"; rare ones were forgotten, counts may be too small by {found.phrases_forgotten:,}"
            if found.phrases_forgotten
            else ""
        )
    ),
}
