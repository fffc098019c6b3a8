"""Writes a corpus of stories in parallel, and computes the entropy floor that no honest model beats."""

from __future__ import annotations

import hashlib
import math
import multiprocessing
import os
import shutil
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from pocket_narrator.errors import CorpusError
from pocket_narrator.files.atomic import atomic_writer
from pocket_narrator.files.hashed_file import sha256_of
from pocket_narrator.files.json_file import find_json_object, read_json_object, write_json_object
from pocket_narrator.progress import progress
from pocket_narrator.storyworld.chronicle.chronicle import check_chapters, make_chronicle
from pocket_narrator.storyworld.chronicle.lengths import MixedLengths
from pocket_narrator.storyworld.dials import DEFAULT, Dials
from pocket_narrator.storyworld.story import StoryworldStory, make_story, plots_without

END_OF_TEXT = "<|endoftext|>"
SHA256 = "sha256"  # of the corpus, in its summary
DISTANCES: tuple[int, ...] = (256, 2_000, 8_000)  # tokens
CHARACTERS_A_TOKEN = 4
_BYTES = 500  # of a short story or a chapter, at least, whatever the dials
_STORIES_A_PIECE = 250  # or chapters
# Below this many of them, starting processes takes longer than the work.
_PARALLEL_FROM = 2_000


@dataclass(frozen=True, slots=True)
class CorpusSummary:
    """What a range of stories measures.

    `bytes` counts the UTF-8 bytes of the stories' texts. `bits_per_byte_floor` is the sum of -log2 P(story) over that count, as
    `evaluate` divides a model's: the end of a story costs bits where something is left to decide, and counts as no byte.
    `standard_error` is its standard error over stories (of the ratio, by the delta method).
    `chapters` is of each chronicle, of the longest where lengths are mixed, None for short stories. `far_share` says, by distance
    in tokens of four characters, which share of the bits that a reader pays who remembers nothing beyond that distance he pays for
    that: with R bits of recalls from beyond it (log2 of their options) and B bits of the text itself, R / (B + R). Empty for short
    stories.
    """

    seed: int
    first: int
    stories: int
    bytes: int
    bits_per_byte_floor: float
    standard_error: float
    chapters: int | None
    far_share: dict[int, float]


@dataclass(frozen=True, slots=True)
class CorpusFloor(CorpusSummary):
    """The same, with the bits of each story, in their order."""

    bits: tuple[float, ...]


@dataclass(slots=True)
class _Sums:
    """Sums over stories of bits, bytes, and their squares and products."""

    stories: int = 0
    bits: float = 0.0
    bytes: int = 0
    bits_squared: float = 0.0
    bytes_squared: int = 0
    product: float = 0.0
    recalled: tuple[float, ...] = (0.0,) * len(DISTANCES)  # bits of recalls from beyond each distance

    def add(self, other: _Sums) -> None:
        self.stories += other.stories
        self.bits += other.bits
        self.bytes += other.bytes
        self.bits_squared += other.bits_squared
        self.bytes_squared += other.bytes_squared
        self.product += other.product
        self.recalled = tuple(map(sum, zip(self.recalled, other.recalled, strict=True)))

    def summary(self, seed: int, first: int, chapters: int | None) -> CorpusSummary:
        floor = self.bits / self.bytes
        residual = self.bits_squared - 2 * floor * self.product + floor * floor * self.bytes_squared
        spread = math.sqrt(max(residual, 0.0) / max(self.stories - 1, 1))
        standard_error = spread * math.sqrt(self.stories) / self.bytes
        shares = [recalled / (self.bits + recalled) for recalled in self.recalled]
        far = {} if chapters is None else dict(zip(DISTANCES, shares, strict=True))
        return CorpusSummary(seed, first, self.stories, self.bytes, floor, standard_error, chapters, far)


class _Piece(NamedTuple):
    """Some stories: their texts in the corpus's layout (empty where none were asked for), their sums, the bits of each."""

    text: str
    sums: _Sums
    bits: list[float]


class _Job(NamedTuple):
    """Some stories to be told."""

    seed: int
    first: int
    end: int
    dials: Dials
    chapters: int | None
    lengths: MixedLengths | None
    with_text: bool


def write_corpus(
    path: str | Path,
    stories: int,
    seed: int,
    workers: int | None = None,
    dials: Dials = DEFAULT,
    chapters: int | None = None,
    lengths: MixedLengths | None = None,
) -> CorpusSummary:
    """Writes stories 0 to `stories` - 1 of `seed`, each followed by a line `<|endoftext|>`, and `<path>.json`.

    With `chapters` they are chronicles of so many, with `lengths` of as many as it says, at most `chapters`. The bytes written are
    the same for any number of workers (all cores without `workers`). Raises CorpusError on numbers out of range, on a plot to hold out that there is not, on a path that cannot be
    written, and on more than its disk holds.
    """
    path = Path(path)
    _check(seed, 0, stories, workers, dials, chapters)
    if path.is_dir():
        raise CorpusError("a corpus is a file, and this is a folder", where=str(path), hint="name a file in it")
    _check_disk(path, stories, chapters, lengths)
    try:
        with atomic_writer(path) as stream:
            sums, told = _Sums(), hashlib.sha256()
            with (
                progress("telling stories", stories, "stories") as bar,
                _pieces(_Job(seed, 0, stories, dials, chapters, lengths, True), workers) as pieces,
            ):
                for piece in pieces:
                    stream.write(piece.text)
                    told.update(piece.text.encode())
                    sums.add(piece.sums)
                    bar.advance(piece.sums.stories)
            # Before the text takes its name, so that no text lies there whose hash is not known.
            summary = sums.summary(seed, 0, chapters)
            write_json_object(_summary_of(path), {**asdict(summary), "world": asdict(dials), SHA256: told.hexdigest()})
    except OSError as error:
        raise CorpusError(
            f"the corpus cannot be written: {error.strerror or error}",
            where=str(path),
            hint="choose a folder that you may write to, with space left on its disk",
        ) from error
    return summary


def refuse_foreign(path: Path) -> None:
    """CorpusError where a file lies there that `write_corpus` did not write."""
    summary = find_json_object(_summary_of(path)) or {}
    if not {SHA256, "bits_per_byte_floor"} <= summary.keys():
        foreign = next((one for one in (path, _summary_of(path)) if one.is_file()), None)
        if foreign is not None:
            raise CorpusError(
                "a file lies there that is not of a corpus of StoryWorld, and would be lost",
                where=str(foreign),
                hint="name another file: --out FILE",
            )


def is_whole(path: Path) -> bool:
    """Whether a corpus is, byte for byte, what `write_corpus` wrote."""
    try:
        expected = read_json_object(_summary_of(path)).get(SHA256)
        return sha256_of(path) == expected
    except (OSError, ValueError):
        return False


def _summary_of(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def corpus_floor(
    seed: int,
    first: int,
    count: int,
    workers: int | None = None,
    dials: Dials = DEFAULT,
    chapters: int | None = None,
) -> CorpusFloor:
    """The entropy floor of stories (or chronicles) `first` to `first` + `count` - 1, such as a validation split.

    Raises CorpusError on numbers out of range, and on a plot to hold out that there is not.
    """
    _check(seed, first, count, workers, dials, chapters)
    sums, bits = _Sums(), []
    with (
        progress("entropy floor", count, "stories") as bar,
        _pieces(_Job(seed, first, first + count, dials, chapters, None, False), workers) as pieces,
    ):
        for piece in pieces:
            sums.add(piece.sums)
            bits += piece.bits
            bar.advance(piece.sums.stories)
    summary = sums.summary(seed, first, chapters)
    return CorpusFloor(**asdict(summary), bits=tuple(bits))


def _check(seed: int, first: int, count: int, workers: int | None, dials: Dials, chapters: int | None) -> None:
    plots_without(dials.held_out_plots)
    for name, value, least in (("seed", seed, 0), ("first", first, 0), ("stories", count, 1), ("workers", workers, 1)):
        if value is not None and value < least:
            raise CorpusError(f"{name} is {value}", expected=f"at least {least}")
    if chapters is not None:
        check_chapters(chapters)


def _check_disk(path: Path, stories: int, chapters: int | None, lengths: MixedLengths | None) -> None:
    place = next((folder for folder in path.absolute().parents if folder.is_dir()), Path.cwd())
    told = stories * (chapters or 1) if lengths is None else lengths.chapters_of(stories)
    needed, free = told * _BYTES, shutil.disk_usage(place).free
    if needed > free:
        raise CorpusError(
            f"the text would be about {needed / 1e9:,.1f} GB, and the disk has {free / 1e9:,.1f} GB left",
            where=str(path),
            hint=f"ask for fewer {'stories' if chapters is None else 'stories or chapters'}, or write to a larger disk",
        )


@contextmanager
def _pieces(job: _Job, workers: int | None) -> Iterator[Iterator[_Piece]]:
    """Pieces of the range in order, made here or by a pool of processes."""
    length = max(1, _STORIES_A_PIECE // (job.chapters or 1))
    starts = range(job.first, job.end, length)
    jobs = (job._replace(first=at, end=min(at + length, job.end)) for at in starts)
    workers = min(workers or os.cpu_count() or 1, len(starts))
    if workers == 1 or (job.end - job.first) * (job.chapters or 1) < _PARALLEL_FROM:
        yield map(_tell_piece, jobs)
        return
    # Spawn works on every platform and does not copy threads or locks of the caller.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield _told_by(pool, jobs, 2 * workers)


def _told_by(pool: ProcessPoolExecutor, jobs: Iterator[_Job], most_waiting: int) -> Iterator[_Piece]:
    """In order; no more than so many wait, since there may be millions."""
    waiting: deque[tuple[_Job, Future[_Piece]]] = deque()
    try:
        for job in jobs:
            waiting.append((job, pool.submit(_tell_piece, job)))
            if len(waiting) == most_waiting:
                yield waiting[0][1].result()
                waiting.popleft()
        while waiting:
            yield waiting[0][1].result()
            waiting.popleft()
    except BrokenProcessPool:
        # Spawned processes import the caller's main module, which fails for a program read from standard input
        # or one without the `__main__` guard. The work is the same without them, only slower.
        yield from map(_tell_piece, chain((job for job, _ in waiting), jobs))


def _tell_piece(job: _Job) -> _Piece:
    sums, each, texts = _Sums(), [], []
    for index in range(job.first, job.end):
        if job.chapters is None:
            story = make_story(index, job.seed, job.dials)
        else:
            chapters = job.chapters if job.lengths is None else job.lengths.of(job.seed, index)
            story = make_chronicle(index, job.seed, chapters, job.dials)
        size = len(story.text.encode("utf-8"))
        bits = -story.log2_probability
        each.append(bits)
        sums.add(_Sums(1, bits, size, bits * bits, size * size, bits * size, _recalled(story)))
        if job.with_text:
            texts.append(f"{story.text}\n{END_OF_TEXT}\n")
    return _Piece("".join(texts), sums, each)


def _recalled(story: StoryworldStory) -> tuple[float, ...]:
    bits = [(recall.begin - recall.last_told, math.log2(recall.options)) for recall in story.recalls]
    return tuple(math.fsum(b for far, b in bits if far >= d * CHARACTERS_A_TOKEN) for d in DISTANCES)
