"""Which stories train and which validate, decided by a keyed hash of each story's text.

A story's side depends on its text and the seed only: not on its place in the file, so reordering a file changes
nothing, and two copies of one story never lie on two sides. A book is one story, so none is parted. Subsets are nested: a
larger fraction holds every story of a smaller one.
"""

import hashlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pocket_narrator.corpus.stories import Story
from pocket_narrator.errors import CorpusError

EVERY_HASH = (1 << 64) - 1


@dataclass(frozen=True)
class Split:
    """Thresholds on the hashes of a corpus. A story validates if its hash is at most `validation_below`."""

    seed: int
    validation_below: int  # -1: nothing is set aside
    subset_below: int  # of the stories that are left, those up to here train

    def is_validation(self, story: str) -> bool:
        return self.validation_below >= 0 and story_hash(story, "validation", self.seed) <= self.validation_below

    def is_training(self, story: str) -> bool:
        if self.is_validation(story):
            return False
        return self.subset_below == EVERY_HASH or story_hash(story, "subset", self.seed) <= self.subset_below

    def training(self, stories: Iterable[Story]) -> Iterator[Story]:
        return (story for story in stories if self.is_training(story.text))

    def validation(self, stories: Iterable[Story]) -> Iterator[Story]:
        return (story for story in stories if self.is_validation(story.text))


def story_hash(story: str, purpose: str, seed: int) -> int:
    """A 64-bit hash of the text, independent between purposes and seeds."""
    digest = hashlib.blake2b(story.encode(), digest_size=8, key=seed.to_bytes(16, "little"), person=purpose.encode())
    return int.from_bytes(digest.digest(), "little")


def make_split(
    stories: Iterable[Story],
    *,
    validation_fraction: float,
    fraction: float,
    seed: int,
    where: str,
    is_text: bool = True,
) -> Split:
    """Reads all stories once (eight bytes of memory each for every hash) and sets the thresholds.

    `validation_fraction` of the stories are set aside (0: none), then `fraction` of the others are kept to train on.
    `is_text`: the stories stand in a text, one after the other; False: code gives them.
    Raises CorpusError if there are too few stories for either share to hold one.
    """
    validation_hashes, subset_hashes = array("Q"), array("Q")
    for story in stories:
        if validation_fraction:
            validation_hashes.append(story_hash(story.text, "validation", seed))
        subset_hashes.append(story_hash(story.text, "subset", seed))
    left = np.frombuffer(subset_hashes, np.uint64)
    validation_below = -1
    if validation_fraction:
        hashes = np.frombuffer(validation_hashes, np.uint64)
        validation_below = _threshold(hashes, validation_fraction, "corpus.validation_fraction", where, is_text)
        left = left[hashes > validation_below]
    if not len(left):
        raise CorpusError(
            f"{len(subset_hashes)} stories leave none to train on",
            where=where,
            hint="the file repeats one story, or lacks its delimiters: each story is followed by a line <|endoftext|>"
            if is_text
            else "it gives one story again and again: let it give others, too",
        )
    subset_below = EVERY_HASH if fraction == 1 else _threshold(left, fraction, "corpus.fraction", where, is_text)
    return Split(seed, validation_below, subset_below)


def _threshold(hashes: np.ndarray, fraction: float, key: str, where: str, is_text: bool) -> int:
    """The hash up to which `fraction` of the stories lie."""
    wanted = round(fraction * len(hashes))
    if fraction * len(hashes) < 1:
        is_one_text = is_text and len(hashes) == 1
        raise CorpusError(
            f"the whole text is one story, too few for {key}={fraction:g}: no line <|endoftext|> parts it"
            if is_one_text
            else f"{len(hashes)} {'story is' if len(hashes) == 1 else 'stories are'} too few for {key}={fraction:g}",
            where=where,
            expected=f"at least {int(np.ceil(1 / fraction))} stories, so that the share holds one",
            hint=f"add stories (each is followed by a line <|endoftext|>), or raise {key}"
            if is_text
            else f"let it give more stories, or raise {key}",
        )
    return int(np.partition(hashes, wanted - 1)[wanted - 1])
