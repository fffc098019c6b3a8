"""Encodes a stream of stories in runs, in this process or by several, in order and with bounded memory."""

import json
import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from pocket_narrator.corpus import Story
from pocket_narrator.corpus.cluster import map_on_cluster
from pocket_narrator.corpus.pairs import PromptedStory, prompted
from pocket_narrator.tokenizers import Tokenizer

RUN_CHARACTERS = 2 << 20
PARALLEL_FROM_BYTES = 50_000_000  # below this, starting processes takes longer than they save


@dataclass(frozen=True)
class EncodedRun:
    """Some megabytes of stories and their ids."""

    stories: list[str]
    sources: bytes  # which source each is of
    ids: np.ndarray  # uint16 or uint32, each story preceded by the end-of-text token
    lengths: list[int]  # ids of each story, end-of-text included
    prompts: list[int]  # ids of each story's prompt, mostly none


def encode_runs(stories: Iterable[str | Story], tokenizer: Tokenizer, workers: int) -> Iterator[EncodedRun]:
    """All stories in order. With several workers at most two runs for each are held in memory."""
    if workers == 1:
        for run, sources in _runs(stories):
            yield EncodedRun(run, sources, *_encode(run, tokenizer))
        return
    # Spawn works on every platform and does not copy threads or locks of the caller.
    context = multiprocessing.get_context("spawn")
    waiting: deque[tuple[list[str], bytes, Future]] = deque()
    with ProcessPoolExecutor(workers, context, _start_worker, (tokenizer.to_text(),)) as pool:
        for run, sources in _runs(stories):
            waiting.append((run, sources, pool.submit(_encode_in_worker, run)))
            if len(waiting) == 2 * workers:
                done, of, future = waiting.popleft()
                yield EncodedRun(done, of, *future.result())
        for done, of, future in waiting:
            yield EncodedRun(done, of, *future.result())


def encode_on_cluster(stories: Iterable[str | Story], tokenizer: Tokenizer) -> Iterator[EncodedRun]:
    """As `encode_runs`, by the same function, on a Ray cluster."""
    sent: deque[tuple[list[str], bytes]] = deque()

    def payloads() -> Iterator[bytes]:
        for run, sources in _runs(stories):
            sent.append((run, sources))
            yield json.dumps([(text, _prompt_of(text)) for text in run]).encode()

    for answer in map_on_cluster(partial(_encode_payload, tokenizer.to_text()), payloads()):
        run, sources = sent.popleft()
        lengths, prompts = np.frombuffer(answer, "<u8", 2 * len(run)).reshape(2, -1).tolist()
        yield EncodedRun(run, sources, np.frombuffer(answer, "<u4", offset=16 * len(run)), lengths, prompts)


def useful_workers(expected_bytes: int, most: int | None = None) -> int:
    """One process for a small text; for a large one `most`, or one a core."""
    return (most or os.cpu_count() or 1) if expected_bytes >= PARALLEL_FROM_BYTES else 1


def _runs(stories: Iterable[str | Story]) -> Iterator[tuple[list[str], bytes]]:
    """Some megabytes of texts at a time, and which source each is of."""
    run: list[str] = []
    sources = bytearray()
    characters = 0
    for story in stories:
        text, source = (story, 0) if isinstance(story, str) else (story.text, story.source)
        run.append(text)
        sources.append(source)
        characters += len(text)
        if characters >= RUN_CHARACTERS:
            yield run, bytes(sources)
            run, sources, characters = [], bytearray(), 0
    if run:
        yield run, bytes(sources)


def _encode(run: list[str], tokenizer: Tokenizer) -> tuple[np.ndarray, list[int], list[int]]:
    given = [_prompt_of(story) for story in run]
    if any(given):  # a prompt by itself, as whoever tells from it will encode it
        prompts = tokenizer.encode_batch(given)
        encoded = tokenizer.encode_batch([story[len(prompt) :] for story, prompt in zip(run, given, strict=True)])
        encoded = [np.concatenate(both) for both in zip(prompts, encoded, strict=True)]
    else:
        prompts, encoded = [[]] * len(run), tokenizer.encode_batch(run)
    end_of_text = np.array([tokenizer.end_of_text], encoded[0].dtype)
    ids = np.concatenate([piece for story in encoded for piece in (end_of_text, story)])
    return ids, [len(story) + 1 for story in encoded], [len(prompt) for prompt in prompts]


def _prompt_of(story: str) -> str:
    return story.prompt if isinstance(story, PromptedStory) else ""


_worker_tokenizer: Tokenizer


def _start_worker(tokenizer_text: str) -> None:
    global _worker_tokenizer
    _worker_tokenizer = Tokenizer(tokenizer_text)


def _encode_in_worker(run: list[str]) -> tuple[np.ndarray, list[int], list[int]]:
    return _encode(run, _worker_tokenizer)


def _encode_payload(tokenizer_text: str, payload: bytes) -> bytes:
    """The lengths of a run's stories, those of their prompts, and their ids."""
    run: list[str] = [prompted(text, prompt) if prompt else text for text, prompt in json.loads(payload)]
    ids, *lengths = _encode(run, _tokenizer_of(tokenizer_text))
    return np.array(lengths, "<u8").tobytes() + ids.astype("<u4").tobytes()


@lru_cache(maxsize=1)
def _tokenizer_of(text: str) -> Tokenizer:
    return Tokenizer(text)
