"""Encodes a stream of stories in runs, in this process or by several, in order and with bounded memory."""

import json
import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np

from pocket_narrator.corpus import Story
from pocket_narrator.corpus.cluster import map_on_cluster
from pocket_narrator.tokenizers import Tokenizer

RUN_CHARACTERS = 2 << 20
PARALLEL_FROM_BYTES = 50_000_000  # below this, starting processes takes longer than they save


@dataclass
class StoryRun:
    """Some megabytes of stories, by columns."""

    texts: list[str] = field(default_factory=list)
    prompt_lengths: list[int] = field(default_factory=list)  # in characters, mostly 0
    sources: bytearray = field(default_factory=bytearray)  # which source each is of


@dataclass(frozen=True)
class EncodedRun:
    """Some megabytes of stories and their ids."""

    stories: StoryRun
    ids: np.ndarray  # uint16 or uint32, each story preceded by the end-of-text token
    lengths: list[int]  # ids of each story, end-of-text included
    prompts: list[int]  # ids of each story's prompt, mostly none


def encode_runs(stories: Iterable[Story], tokenizer: Tokenizer, workers: int) -> Iterator[EncodedRun]:
    """All stories in order. With several workers at most two runs for each are held in memory."""
    if workers == 1:
        for run in _runs(stories):
            yield EncodedRun(run, *_encode(run.texts, run.prompt_lengths, tokenizer))
        return
    # Spawn works on every platform and does not copy threads or locks of the caller.
    context = multiprocessing.get_context("spawn")
    waiting: deque[tuple[StoryRun, Future]] = deque()
    with ProcessPoolExecutor(workers, context, _start_worker, (tokenizer.to_text(),)) as pool:
        for run in _runs(stories):
            waiting.append((run, pool.submit(_encode_in_worker, run.texts, run.prompt_lengths)))
            if len(waiting) == 2 * workers:
                done, future = waiting.popleft()
                yield EncodedRun(done, *future.result())
        for done, future in waiting:
            yield EncodedRun(done, *future.result())


def encode_on_cluster(stories: Iterable[Story], tokenizer: Tokenizer) -> Iterator[EncodedRun]:
    """As `encode_runs`, by the same function, on a Ray cluster."""
    sent: deque[StoryRun] = deque()

    def payloads() -> Iterator[bytes]:
        for run in _runs(stories):
            sent.append(run)
            yield json.dumps([run.texts, run.prompt_lengths]).encode()

    for answer in map_on_cluster(partial(_encode_payload, tokenizer.to_text()), payloads()):
        run = sent.popleft()
        count = len(run.texts)
        lengths, prompts = np.frombuffer(answer, "<u8", 2 * count).reshape(2, -1).tolist()
        yield EncodedRun(run, np.frombuffer(answer, "<u4", offset=16 * count), lengths, prompts)


def useful_workers(expected_bytes: int, most: int | None = None) -> int:
    """One process for a small text; for a large one `most`, or one a core."""
    return (most or os.cpu_count() or 1) if expected_bytes >= PARALLEL_FROM_BYTES else 1


def _runs(stories: Iterable[Story]) -> Iterator[StoryRun]:
    run, characters = StoryRun(), 0
    for text, _, source, prompt_length in stories:
        run.texts.append(text)
        run.prompt_lengths.append(prompt_length)
        run.sources.append(source)
        characters += len(text)
        if characters >= RUN_CHARACTERS:
            yield run
            run, characters = StoryRun(), 0
    if run.texts:
        yield run


def _encode(
    texts: list[str], prompt_lengths: list[int], tokenizer: Tokenizer
) -> tuple[np.ndarray, list[int], list[int]]:
    if any(prompt_lengths):  # a prompt by itself, as whoever generates from it will encode it
        parted = list(zip(texts, prompt_lengths, strict=True))
        prompts = tokenizer.encode_batch([text[:length] for text, length in parted])
        rests = tokenizer.encode_batch([text[length:] for text, length in parted])
        encoded = [np.concatenate(both) for both in zip(prompts, rests, strict=True)]
    else:
        prompts, encoded = [[]] * len(texts), tokenizer.encode_batch(texts)
    end_of_text = np.array([tokenizer.end_of_text], encoded[0].dtype)
    ids = np.concatenate([piece for story in encoded for piece in (end_of_text, story)])
    return ids, [len(story) + 1 for story in encoded], [len(prompt) for prompt in prompts]


_worker_tokenizer: Tokenizer


def _start_worker(tokenizer_text: str) -> None:
    global _worker_tokenizer
    _worker_tokenizer = Tokenizer(tokenizer_text)


def _encode_in_worker(texts: list[str], prompt_lengths: list[int]) -> tuple[np.ndarray, list[int], list[int]]:
    return _encode(texts, prompt_lengths, _worker_tokenizer)


def _encode_payload(tokenizer_text: str, payload: bytes) -> bytes:
    """The lengths of a run's stories, those of their prompts, and their ids."""
    texts, prompt_lengths = json.loads(payload)
    ids, *lengths = _encode(texts, prompt_lengths, _tokenizer_of(tokenizer_text))
    return np.array(lengths, "<u8").tobytes() + ids.astype("<u4").tobytes()


@lru_cache(maxsize=1)
def _tokenizer_of(text: str) -> Tokenizer:
    return Tokenizer(text)
