"""Judges runs of stories, here or in several processes: the part of cleaning that needs no other story."""

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from pocket_narrator.corpus.cleaning.earlier.rules import judge_strictly
from pocket_narrator.corpus.cleaning.rules import judge
from pocket_narrator.corpus.cleaning.shingles import Bands, Prints, fingerprint
from pocket_narrator.corpus.cleaning.verdict import Verdict
from pocket_narrator.corpus.split import story_hash
from pocket_narrator.corpus.stories import Story
from pocket_narrator.recipe.schema import CleaningConfig

RUN_CHARACTERS = 1 << 19  # fits the caches, and is work for some 50 milliseconds
RUN_STORIES = 4_096


@dataclass(frozen=True)
class Judged:
    """What the rules say of a run of stories. Duplicates are not looked for yet: prints are what they are known by."""

    verdicts: list[Verdict]  # in order, without their words
    printed: list[int]  # which of the run's stories have a row in `prints`: those that no rule rejects, all if strict
    prints: Prints
    shuffle: list[int]  # for each of these a number that decides about subsets


def judge_run(texts: list[str], settings: CleaningConfig) -> Judged:
    """A pure function, so that it does not matter where it is called."""
    is_strict = settings.rules == "strict"
    verdicts = [judge_story(text, settings) for text in texts]
    printed = [index for index, verdict in enumerate(verdicts) if is_strict or not verdict.reasons]
    prints = fingerprint([verdicts[index].words for index in printed], bands_of(settings))
    shuffle = [] if is_strict else [story_hash(verdicts[index].text, "subset", settings.seed) for index in printed]
    return Judged([verdict._replace(words=[]) for verdict in verdicts], printed, prints, shuffle)


def judge_story(text: str, settings: CleaningConfig) -> Verdict:
    """One story held against all rules that need no other story."""
    if settings.rules == "strict":
        return judge_strictly(text, settings)
    if settings.books:
        from pocket_narrator.corpus.cleaning.books import judge_book

        return judge_book(text, settings)
    return judge(text, settings)


def bands_of(settings: CleaningConfig) -> Bands | None:
    """How signatures are cut, if near duplicates are looked for."""
    if settings.rules == "strict" or "near_duplicate" in settings.skip:
        return None
    return Bands.for_threshold(settings.near_duplicate_similarity)


def judged_runs(
    stories: Iterable[Story], settings: CleaningConfig, workers: int
) -> Iterator[tuple[list[Story], Judged]]:
    """All stories in order, run by run. With several workers at most two runs for each are held in memory."""
    if workers == 1:
        for run in story_runs(stories):
            yield run, judge_run(_texts(run), settings)
        return
    # Spawn works on every platform and does not copy threads or locks of the caller.
    context = multiprocessing.get_context("spawn")
    waiting: deque[tuple[list[Story], Future[Judged]]] = deque()
    with ProcessPoolExecutor(workers, context) as pool:
        for run in story_runs(stories):
            waiting.append((run, _submit(pool, run, settings)))
            if len(waiting) == 2 * workers:
                yield _result(*waiting.popleft(), settings)
        while waiting:
            yield _result(*waiting.popleft(), settings)


def story_runs(stories: Iterable[Story]) -> Iterator[list[Story]]:
    """Cuts a stream into lists of about half a million characters."""
    run: list[Story] = []
    characters = 0
    for story in stories:
        run.append(story)
        characters += len(story.text)
        if characters >= RUN_CHARACTERS or len(run) == RUN_STORIES:
            yield run
            run, characters = [], 0
    if run:
        yield run


def _texts(run: list[Story]) -> list[str]:
    return [story.text for story in run]


def _submit(pool: ProcessPoolExecutor, run: list[Story], settings: CleaningConfig) -> Future[Judged]:
    try:
        return pool.submit(judge_run, _texts(run), settings)
    except BrokenProcessPool as error:
        failed: Future[Judged] = Future()
        failed.set_exception(error)
        return failed


def _result(run: list[Story], future: Future[Judged], settings: CleaningConfig) -> tuple[list[Story], Judged]:
    try:
        return run, future.result()
    except BrokenProcessPool:
        # A worker was killed, or processes cannot be started from the caller's main module (a program read from
        # standard input, or one without the `__main__` guard). The work is the same here, only slower.
        return run, judge_run(_texts(run), settings)
