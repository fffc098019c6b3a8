"""How often each word occurs in a stream of stories, by one process or several; the result is the same."""

import multiprocessing
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor

from pocket_narrator.errors import TokenizerError
from pocket_narrator.tokenizers.words import split_words

RUN_CHARACTERS = 2 << 20

Counts = Counter[str]
Count = Callable[[list[str]], Counts]


def count_words(stories: Iterable[str], workers: int = 1) -> Counts:
    """Occurrences of each word of GPT-2's split. Memory grows with the different words only, by about 150 bytes each.

    Raises TokenizerError for a story with lone surrogates.
    """
    return _count(stories, _count_words, workers)


def count_characters(stories: Iterable[str], workers: int = 1) -> Counts:
    """Occurrences of each character; errors as of `count_words`."""
    return _count(stories, _count_characters, workers)


def _count(stories: Iterable[str], count: Count, workers: int) -> Counts:
    total: Counts = Counter()
    if workers == 1:
        for run in _runs(stories):
            total.update(count(run))
        return total
    # Spawn works on every platform and does not copy threads or locks of the caller.
    context = multiprocessing.get_context("spawn")
    waiting: deque[Future[Counts]] = deque()
    with ProcessPoolExecutor(workers, context) as pool:
        for run in _runs(stories):
            waiting.append(pool.submit(count, run))
            if len(waiting) == 2 * workers:
                total.update(waiting.popleft().result())
        for future in waiting:
            total.update(future.result())
    return total


def _runs(stories: Iterable[str]) -> Iterator[list[str]]:
    run: list[str] = []
    characters = 0
    for story in stories:
        run.append(story)
        characters += len(story)
        if characters >= RUN_CHARACTERS:
            yield run
            run, characters = [], 0
    if run:
        yield run


def _count_words(run: list[str]) -> Counts:
    counts: Counts = Counter()
    for story in run:
        refuse_surrogates(story)
        counts.update(split_words(story))
    return counts


def _count_characters(run: list[str]) -> Counts:
    counts: Counts = Counter()
    for story in run:
        refuse_surrogates(story)
        counts.update(story)
    return counts


def refuse_surrogates(text: str) -> None:
    """Raises TokenizerError if `text` cannot be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise TokenizerError(
            f"the text holds a lone surrogate, U+{ord(text[error.start]):04X}, at character {error.start}",
            expected="text that can be written as UTF-8",
            hint="decode the original bytes as UTF-8 with errors='replace'",
        ) from None
