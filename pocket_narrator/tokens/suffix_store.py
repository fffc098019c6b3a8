"""The suffix array of a token store, kept in the store's folder and memory-mapped.

`suffixes.bin` (uint32, little-endian, one place a token) and `suffixes.json`, written last, which says what text they
are of and what they hash to.
"""

import numpy as np

from pocket_narrator.errors import TokenStoreError
from pocket_narrator.files.atomic import atomic_writer
from pocket_narrator.files.file_lock import one_at_a_time
from pocket_narrator.files.hashed_file import sha256_of
from pocket_narrator.files.json_file import read_json_object, write_json_object
from pocket_narrator.progress import progress
from pocket_narrator.tokens.store import TokenStore
from pocket_narrator.tokens.suffixes import MOST_TOKENS, SuffixArray, sort_suffixes

FORMAT_VERSION = 1
PLACES, META = "suffixes.bin", "suffixes.json"
PLACE_DTYPE = np.dtype("<u4")


def open_suffixes(store: TokenStore, vocabulary_size: int) -> SuffixArray:
    """The store's suffix array; made where there is none yet, and made again where it is damaged or of another text.

    Raises TokenStoreError where the store is too long, or memory or the disk too small.
    """
    if _is_whole(store):
        places = np.memmap(store.folder / PLACES, PLACE_DTYPE, "r", shape=(store.num_tokens,))
    else:
        places = _make_in_turn(store, vocabulary_size)
    return SuffixArray(store.tokens, places, store.end_of_text, vocabulary_size)


def _make_in_turn(store: TokenStore, vocabulary_size: int) -> np.ndarray:
    try:
        with one_at_a_time(store.folder / ".suffixes.lock", "sorts this training text"):
            if not _is_whole(store):  # another command has been faster
                return _make(store, vocabulary_size)
    except OSError as error:
        raise _cannot_write(store, error) from error
    return np.memmap(store.folder / PLACES, PLACE_DTYPE, "r", shape=(store.num_tokens,))


def _is_whole(store: TokenStore) -> bool:
    try:
        meta = read_json_object(store.folder / META)
        return meta == _meta(store, sha256_of(store.folder / PLACES))
    except (OSError, ValueError):
        return False


def _make(store: TokenStore, vocabulary_size: int) -> np.ndarray:
    if store.num_tokens > MOST_TOKENS:
        raise TokenStoreError(
            f"the store has {store.num_tokens:,} tokens",
            where=str(store.folder),
            expected=f"a suffix array is made of {MOST_TOKENS:,} at most",
            hint="look at a share of the stories, with corpus.fraction",
        )
    try:
        with progress("sorting the training text", store.num_tokens, "tokens") as bar:
            places = sort_suffixes(store.tokens, store.end_of_text, vocabulary_size, bar.advance)
        with atomic_writer(store.folder / PLACES, binary=True) as stream:
            stream.write(places.astype(PLACE_DTYPE, copy=False).data)
        write_json_object(store.folder / META, _meta(store, sha256_of(store.folder / PLACES)))
    except MemoryError:
        raise TokenStoreError(
            f"there is not enough memory to sort {store.num_tokens:,} tokens",
            where=str(store.folder),
            found="about 50 bytes a token are needed",
            hint="look at a share of the stories, with corpus.fraction",
        ) from None
    return places


def _cannot_write(store: TokenStore, error: OSError) -> TokenStoreError:
    return TokenStoreError(
        f"the suffix array cannot be written: {error.strerror or error}",
        where=str(error.filename or store.folder),
        hint="see to the disk and its permissions; it takes 4 bytes a token",
    )


def _meta(store: TokenStore, sha256: str) -> dict[str, object]:
    return {
        "format_version": FORMAT_VERSION,
        "tokens": store.num_tokens,
        "tokens_sha256": store.meta.sha256["tokens.bin"],
        "sha256": sha256,
    }
