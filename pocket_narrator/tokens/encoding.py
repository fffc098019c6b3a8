"""Encodes a stream of stories in runs, in this process or by several, in order and with bounded memory."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from pocket_narrator.corpus.pairs import PromptedStory
from pocket_narrator.tokenizers import Tokenizer

RUN_CHARACTERS = 2 << 20
PARALLEL_FROM_BYTES = 50_000_000  # below this, starting processes takes longer than they save


@dataclass(frozen=True)
class EncodedRun:
    """Some megabytes of stories and their ids."""

    stories: list[str]
    ids: np.ndarray  # uint16 or uint32, each story preceded by the end-of-text token
    lengths: list[int]  # ids of each story, end-of-text included
    prompts: list[int]  # ids of each story's prompt, mostly none


def encode_runs(stories: Iterable[str], tokenizer: Tokenizer, workers: int) -> Iterator[EncodedRun]:
    """All stories in order. With several workers at most two runs for each are held in memory."""
    if workers == 1:
        for run in _runs(stories):
            yield EncodedRun(run, *_encode(run, tokenizer))
        return
    # Spawn works on every platform and does not copy threads or locks of the caller.
    context = multiprocessing.get_context("spawn")
    waiting: deque[tuple[list[str], Future]] = deque()
    with ProcessPoolExecutor(workers, context, _start_worker, (tokenizer.to_text(),)) as pool:
        for run in _runs(stories):
            waiting.append((run, pool.submit(_encode_in_worker, run)))
            if len(waiting) == 2 * workers:
                done, future = waiting.popleft()
                yield EncodedRun(done, *future.result())
        for done, future in waiting:
            yield EncodedRun(done, *future.result())


def useful_workers(expected_bytes: int, most: int | None = None) -> int:
    """One process for a small text; for a large one `most`, or one a core."""
    return (most or os.cpu_count() or 1) if expected_bytes >= PARALLEL_FROM_BYTES else 1


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


def _encode(run: list[str], tokenizer: Tokenizer) -> tuple[np.ndarray, list[int], list[int]]:
    given = [story.prompt if isinstance(story, PromptedStory) else "" for story in run]
    prompts = tokenizer.encode_batch(given)  # by itself, as whoever tells from it will encode it
    encoded = tokenizer.encode_batch([story[len(prompt) :] for story, prompt in zip(run, given, strict=True)])
    encoded = [np.concatenate(both) if len(both[0]) else both[1] for both in zip(prompts, encoded, strict=True)]
    end_of_text = np.array([tokenizer.end_of_text], encoded[0].dtype)
    ids = np.concatenate([piece for story in encoded for piece in (end_of_text, story)])
    return ids, [len(story) + 1 for story in encoded], [len(prompt) for prompt in prompts]


_worker_tokenizer: Tokenizer


def _start_worker(tokenizer_text: str) -> None:
    global _worker_tokenizer
    _worker_tokenizer = Tokenizer(tokenizer_text)


def _encode_in_worker(run: list[str]) -> tuple[np.ndarray, list[int], list[int]]:
    return _encode(run, _worker_tokenizer)
