"""How well and how fast tokenizers write the same stories."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from pocket_narrator.errors import CorpusError
from pocket_narrator.progress import progress
from pocket_narrator.tokenizers.tokenizer import Tokenizer

MEASURED_EVERY = 10  # of so many stories one is measured, and the others are trained on


@dataclass(frozen=True)
class Compared:
    """One tokenizer on the measured stories. Speeds are of one process with its word cache filled, in 10^6 bytes of text."""

    name: str
    kind: str
    vocabulary_size: int
    tokens: int  # without end-of-text tokens
    tokens_a_story: float  # the mean
    bytes_a_token: float
    vocabulary_used: float  # share of the ids that occur at least once
    encode_megabytes_a_second: float  # the median of the repeats
    decode_megabytes_a_second: float


@dataclass(frozen=True)
class TokenizerComparison:
    """What was measured, and on what."""

    corpus: str
    stories: int
    bytes: int
    tokenizers: tuple[Compared, ...]

    def to_json(self) -> dict:
        """For `json.dumps`."""
        return asdict(self)


def split_sample(stories: Sequence[str]) -> tuple[list[str], list[str]]:
    """Stories to train on, and every tenth to measure on; raises CorpusError if there are too few."""
    if len(stories) < MEASURED_EVERY:
        raise CorpusError(
            f"{len(stories)} stories are too few to compare tokenizers on",
            expected=f"at least {MEASURED_EVERY}: every tenth is held out, the others are trained on",
        )
    measured = list(stories[::MEASURED_EVERY])
    return [story for place, story in enumerate(stories) if place % MEASURED_EVERY], measured


def compare(
    corpus: str,
    candidates: Sequence[tuple[str, str, Callable[[], Tokenizer]]],
    stories: Sequence[str],
    repeats: int = 3,
) -> TokenizerComparison:
    """Measures each candidate (its name, its kind, and how to make it) on `stories`."""
    found = []
    with progress("comparing", len(candidates), "tokenizers") as bar:
        for name, kind, make in candidates:
            found.append(_measure(name, kind, make(), stories, repeats))
            bar.advance(note=name)
    size = sum(len(story.encode()) for story in stories)
    return TokenizerComparison(corpus, len(stories), size, tuple(found))


def _measure(name: str, kind: str, tokenizer: Tokenizer, stories: Sequence[str], repeats: int) -> Compared:
    encoded = tokenizer.encode_batch(stories)
    tokens = sum(map(len, encoded))
    size = sum(len(story.encode()) for story in stories)
    used = len(np.unique(np.concatenate(encoded)))
    encoding = _median_seconds(lambda: tokenizer.encode_batch(stories), repeats)
    decoding = _median_seconds(lambda: [tokenizer.decode(ids) for ids in encoded], repeats)
    return Compared(
        name,
        kind,
        tokenizer.vocabulary_size,
        tokens,
        tokens / len(stories),
        size / max(tokens, 1),
        used / tokenizer.vocabulary_size,
        size / 1e6 / encoding,
        size / 1e6 / decoding,
    )


def _median_seconds(run: Callable[[], object], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return max(statistics.median(seconds), 1e-9)
