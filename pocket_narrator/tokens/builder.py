"""Writes a token store: encodes stories run by run, so memory does not grow with the corpus."""

import hashlib
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from pocket_narrator.corpus import DELIMITER, Story
from pocket_narrator.errors import TokenStoreError
from pocket_narrator.files.atomic_folder import atomic_folder
from pocket_narrator.files.hashed_file import HashedFile, write_file
from pocket_narrator.progress import progress
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.encoding import EncodedRun, encode_on_cluster, encode_runs, useful_workers
from pocket_narrator.tokens.store import (
    BYTES_DTYPE,
    DTYPES,
    FORMAT_VERSION,
    OFFSET_DTYPE,
    PROMPTS,
    PROMPTS_DTYPE,
    StoreMeta,
    TokenStore,
)

_DELIMITER_LINE = f"\n{DELIMITER}\n".encode()


def build_store(
    stories: Iterable[Story],
    tokenizer: Tokenizer,
    folder: str | Path,
    *,
    sources: Sequence[str] = (),
    expected_bytes: int = 0,
    workers: int | None = None,
    cluster: bool = False,
) -> TokenStore:
    """Encodes `stories` into a new token store at `folder`, which appears whole or not at all.

    `sources` are the names of a mixture's sources; the store then keeps which of them each Story is of.
    A store that is already there is replaced, unless it is whole and the same, as where another command has been faster.
    The result is the same for any number of `workers`; without it,
    `expected_bytes` of text decide whether more than one process is worth while. They also scale the progress bar.
    With `cluster`, a Ray cluster encodes.
    Raises TokenStoreError if there is no story or the disk fails.
    """
    folder = Path(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        runs = (
            encode_on_cluster(stories, tokenizer)
            if cluster
            else encode_runs(stories, tokenizer, workers or useful_workers(expected_bytes))
        )
        with atomic_folder(folder, keeps=lambda found: _is_same(temporary, found)) as temporary:
            _write(runs, tokenizer, temporary, sources, expected_bytes)
    except OSError as error:
        raise TokenStoreError(
            f"the token store cannot be written: {error.strerror or error}", where=str(folder), hint="free some space"
        ) from error
    return TokenStore.open(folder, tokenizer=tokenizer.fingerprint)


def _write(
    runs: Iterable[EncodedRun], tokenizer: Tokenizer, folder: Path, sources: Sequence[str], expected_bytes: int
) -> None:
    dtype = "uint16" if tokenizer.vocabulary_size <= 1 << 16 else "uint32"
    lengths, byte_counts, story_sources, prompts = array("Q"), array("Q"), bytearray(), array("L")
    text_hash = hashlib.sha256()
    with HashedFile(folder / "tokens.bin") as file, progress("tokenizing", expected_bytes / 1e6, "MB") as bar:
        for run in runs:
            file.write(run.ids.astype(DTYPES[dtype], copy=False).tobytes())
            lengths.extend(run.lengths)
            story_sources += run.stories.sources
            prompts.extend(run.prompts)
            texts = [text.encode() for text in run.stories.texts]
            text_hash.update(_DELIMITER_LINE.join(texts) + _DELIMITER_LINE)
            byte_counts.extend(map(len, texts))
            bar.advance(sum(map(len, texts)) / 1e6)
    if not lengths:
        raise TokenStoreError("there is no story to tokenize", where=str(folder))
    offsets = np.concatenate([np.zeros(1, OFFSET_DTYPE), np.cumsum(lengths, dtype=OFFSET_DTYPE)])
    story_bytes = np.array(byte_counts, BYTES_DTYPE)
    sha256 = {
        "tokens.bin": file.record().sha256,
        "stories.bin": write_file(folder / "stories.bin", offsets.tobytes()).sha256,
        "bytes.bin": write_file(folder / "bytes.bin", story_bytes.tobytes()).sha256,
    }
    if sources:
        sha256["sources.bin"] = write_file(folder / "sources.bin", story_sources).sha256
    prompted = np.array(prompts, PROMPTS_DTYPE)
    if prompted.any():
        sha256[PROMPTS] = write_file(folder / PROMPTS, prompted.tobytes()).sha256
    meta = StoreMeta(
        format_version=FORMAT_VERSION,
        tokenizer=tokenizer.fingerprint,
        end_of_text=tokenizer.end_of_text,
        dtype=dtype,
        stories=len(lengths),
        tokens=int(offsets[-1]),
        bytes=int(story_bytes.sum(dtype=np.int64)),
        text_sha256=text_hash.hexdigest(),
        sha256=sha256,
        sources=tuple(sources),
    )
    write_file(folder / "meta.json", meta.to_json().encode())


def hash_stories(stories: Iterable[Story]) -> str:
    """The `text_sha256` that a store of these stories has: whether a text is the same is known without encoding it."""
    text_hash = hashlib.sha256()
    for story in stories:
        text_hash.update(story.text.encode() + _DELIMITER_LINE)
    return text_hash.hexdigest()


def _is_same(made: Path, found: Path) -> bool:
    try:
        store = TokenStore.open(found)
        store.verify()
        return store.meta == TokenStore.open(made).meta
    except (TokenStoreError, OSError):
        return False
