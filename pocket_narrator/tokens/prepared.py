"""What training and measuring read: a tokenizer and the two stores that it made, found again by what is in them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pocket_narrator.corpus import Story
from pocket_narrator.errors import NarratorError, TokenStoreError, reason_of
from pocket_narrator.files.json_file import say_on_stderr
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.floor_file import read_floor
from pocket_narrator.tokens.store import TokenStore

if TYPE_CHECKING:
    from pocket_narrator.corpus.statistics import Statistics

TOKENIZER, TOKENS = "tokenizer.json", "tokens"
FLOOR = "floor.json"  # beside the tokenizers' folders; of the embedded corpus only


@dataclass(frozen=True)
class Prepared:
    """What training reads."""

    tokenizer: Tokenizer
    train: TokenStore
    validation: TokenStore
    folder: Path
    floor_bits_per_byte: float | None  # entropy of the validation stories per byte of text; the embedded corpus only
    floor_standard_error: float | None
    floor_bits: tuple[float, ...] | None = None  # of each validation story, its end included

    @property
    def corpus_hash(self) -> str:
        """SHA-256 of the training and validation texts; independent of the tokenizer."""
        return hash_corpus(self.train.meta.text_sha256, self.validation.meta.text_sha256)

    def stories(self, split: Literal["train", "validation"] = "train") -> Iterator[Story]:
        """The stories of a split, in their order, as the tokenizer gives them back."""
        if split not in ("train", "validation"):
            raise TokenStoreError(f"there is no split '{split}'", expected="train or validation")
        store = self.train if split == "train" else self.validation
        return (self._story(store, i) for i in range(store.num_stories))

    def _story(self, store: TokenStore, i: int) -> Story:
        ids = store.story(i)[1:]
        prompt = 0 if store.prompts is None else len(self.tokenizer.decode(ids[: store.prompts[i]]))
        return Story(self.tokenizer.decode(ids), f"{store.folder}#{i}", int(store.story_sources[i]), prompt)

    def statistics(self, split: Literal["train", "validation"] = "train") -> "Statistics":
        """What is in them, as `narrator stats` counts it: lengths, words, names, openings, repetition. One pass."""
        from pocket_narrator.corpus.statistics import gather_statistics

        return gather_statistics(self.folder.parent.name, self.stories(split), workers=1)


def hash_corpus(train_sha256: str, validation_sha256: str) -> str:
    """The hash of a corpus, of the hashes of its two texts."""
    return hashlib.sha256((train_sha256 + validation_sha256).encode()).hexdigest()


def open_prepared(folder: Path, corpus_hash: str, tokenizer: Tokenizer, *, is_named: bool = False) -> Prepared | None:
    """What lies in a folder of prepared data, if it is whole, of this corpus, and made by `tokenizer`.

    What is damaged is said, on stderr: of this corpus always, of any where somebody has named the place.
    """
    is_ours = is_named
    try:
        train, validation = (TokenStore.open(folder / TOKENS / name) for name in ("train", "validation"))
        if {train.meta.tokenizer, validation.meta.tokenizer} != {tokenizer.fingerprint}:
            return None
        if hash_corpus(train.meta.text_sha256, validation.meta.text_sha256) != corpus_hash:
            return None
        is_ours = True
        train.verify(tokenizer.vocabulary_size)
        validation.verify(tokenizer.vocabulary_size)
    except (NarratorError, OSError) as error:
        if is_ours:
            say_on_stderr(
                f"{folder} is left out: {error.what if isinstance(error, NarratorError) else reason_of(error)}"
            )
        return None
    floor = read_floor(folder.parent / FLOOR, validation.num_bytes) or (None, None, None)
    return Prepared(tokenizer, train, validation, folder, *floor)


def find_prepared(place: Path, corpus_hash: str, tokenizer: Tokenizer, *, is_named: bool = False) -> Prepared | None:
    """The same for `place`, or a folder in it: what `narrator prepare` prints, or a whole `data` folder."""
    for folder in _folders(place):
        found = open_prepared(folder, corpus_hash, tokenizer, is_named=is_named)
        if found is not None:
            return found
    return None


def _folders(place: Path) -> Iterator[Path]:
    for pattern in (TOKENS, f"*/{TOKENS}", f"*/*/{TOKENS}"):
        yield from (found.parent for found in sorted(place.glob(pattern)))
