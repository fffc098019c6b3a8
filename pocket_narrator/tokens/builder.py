"""Writes a token store: encodes stories run by run, so memory does not grow with the corpus."""

import hashlib
import os
import shutil
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from pocket_narrator.corpus import DELIMITER, Story
from pocket_narrator.errors import TokenStoreError
from pocket_narrator.files.atomic import fsync_directory
from pocket_narrator.files.temporary_files import held, sweep, temporary_name
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
    temporary = temporary_name(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep(folder.parent)
        temporary.mkdir()
        runs = (
            encode_on_cluster(stories, tokenizer)
            if cluster
            else encode_runs(stories, tokenizer, workers or useful_workers(expected_bytes))
        )
        with held(temporary):
            _write(runs, tokenizer, temporary, sources, expected_bytes)
            _put_in_place(temporary, folder)
    except OSError as error:
        raise TokenStoreError(
            f"the token store cannot be written: {error.strerror or error}", where=str(folder), hint="free some space"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return TokenStore.open(folder, tokenizer=tokenizer.fingerprint)


def _write(
    runs: Iterable[EncodedRun], tokenizer: Tokenizer, folder: Path, sources: Sequence[str], expected_bytes: int
) -> None:
    dtype = "uint16" if tokenizer.vocabulary_size <= 1 << 16 else "uint32"
    lengths, byte_counts, story_sources, prompts = array("Q"), array("Q"), bytearray(), array("L")
    text_hash, token_hash = hashlib.sha256(), hashlib.sha256()
    with open(folder / "tokens.bin", "wb") as stream, progress("tokenizing", expected_bytes / 1e6, "MB") as bar:
        for run in runs:
            raw = run.ids.astype(DTYPES[dtype], copy=False).tobytes()
            stream.write(raw)
            token_hash.update(raw)
            lengths.extend(run.lengths)
            story_sources += run.stories.sources
            prompts.extend(run.prompts)
            texts = [text.encode() for text in run.stories.texts]
            text_hash.update(_DELIMITER_LINE.join(texts) + _DELIMITER_LINE)
            byte_counts.extend(map(len, texts))
            bar.advance(sum(map(len, texts)) / 1e6)
        _flush(stream)
    if not lengths:
        raise TokenStoreError("there is no story to tokenize", where=str(folder))
    offsets = np.concatenate([np.zeros(1, OFFSET_DTYPE), np.cumsum(lengths, dtype=OFFSET_DTYPE)])
    story_bytes = np.array(byte_counts, BYTES_DTYPE)
    sha256 = {
        "tokens.bin": token_hash.hexdigest(),
        "stories.bin": _write_bytes(folder / "stories.bin", offsets.tobytes()),
        "bytes.bin": _write_bytes(folder / "bytes.bin", story_bytes.tobytes()),
    }
    if sources:
        sha256["sources.bin"] = _write_bytes(folder / "sources.bin", story_sources)
    prompted = np.array(prompts, PROMPTS_DTYPE)
    if prompted.any():
        sha256[PROMPTS] = _write_bytes(folder / PROMPTS, prompted.tobytes())
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
    _write_bytes(folder / "meta.json", meta.to_json().encode())


def hash_stories(stories: Iterable[Story]) -> str:
    """The `text_sha256` that a store of these stories has: whether a text is the same is known without encoding it."""
    text_hash = hashlib.sha256()
    for story in stories:
        text_hash.update(story.text.encode() + _DELIMITER_LINE)
    return text_hash.hexdigest()


def _write_bytes(path: Path, raw: bytes | bytearray) -> str:
    """Writes a file durably and returns its SHA-256."""
    with open(path, "wb") as stream:
        stream.write(raw)
        _flush(stream)
    return hashlib.sha256(raw).hexdigest()


def _flush(stream) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _put_in_place(temporary: Path, folder: Path) -> None:
    """Renames the finished folder. One that stands there is kept if it is whole and the same, since somebody may be reading
    it; another one is moved out of the way first, and then removed."""
    fsync_directory(temporary)
    while True:
        try:
            os.rename(temporary, folder)
            break
        except OSError:
            if not folder.is_dir():
                raise
        if _is_same(temporary, folder):
            return
        old = temporary_name(folder)
        with suppress(FileNotFoundError):  # another command has moved it just now
            os.rename(folder, old)
        shutil.rmtree(old, ignore_errors=True)
    fsync_directory(folder.parent)


def _is_same(made: Path, found: Path) -> bool:
    try:
        store = TokenStore.open(found)
        store.verify()
        return store.meta == TokenStore.open(made).meta
    except (TokenStoreError, OSError):
        return False
