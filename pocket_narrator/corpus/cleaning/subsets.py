"""Nested subsets of the kept stories: half, a quarter, an eighth, the smaller ones inside the larger."""

from pathlib import Path

import numpy as np

from pocket_narrator.corpus.cleaning.output import StoryFile

SUBSETS = {"half": 2, "quarter": 4, "eighth": 8}
_CHUNK_STORIES = 10_000


def choose_subsets(hashes: np.ndarray) -> dict[str, np.ndarray]:
    """For each subset [stories] bool: those with the smallest of `hashes` [stories].

    They are keyed hashes of the stories' texts, so that the half holds the stories that a recipe with
    `corpus.fraction: 0.5` and the same seed trains on. A subset that would hold no story is left out.
    """
    chosen = {}
    for name, divisor in SUBSETS.items():
        if len(hashes) >= divisor:
            wanted = round(len(hashes) / divisor)
            chosen[name] = hashes <= np.partition(hashes, wanted - 1)[wanted - 1]
    return chosen


def write_subsets(
    clean: Path, story_bytes: np.ndarray, chosen: dict[str, np.ndarray], files: dict[str, StoryFile]
) -> None:
    """Copies stories out of the clean file, each of `story_bytes` with its delimiter, in one pass."""
    with open(clean, "rb") as stream:
        for start in range(0, len(story_bytes), _CHUNK_STORIES):
            sizes = story_bytes[start : start + _CHUNK_STORIES].tolist()
            stories = [stream.read(size) for size in sizes]
            for name, mask in chosen.items():
                kept = [story for story, is_in in zip(stories, mask[start : start + len(sizes)], strict=True) if is_in]
                files[name].write(b"".join(kept), len(kept))
