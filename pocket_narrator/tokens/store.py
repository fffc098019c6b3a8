"""The token store: a split's stories as one memory-mapped run of token ids.

A folder with `tokens.bin` (uint16, or uint32 for large vocabularies; every story is preceded by the end-of-text token),
`stories.bin` (uint64, n+1 offsets into it), `bytes.bin` (uint32, UTF-8 bytes of each story's text), for mixtures
`sources.bin` (uint8, which source each story is of), where stories have prompts that are not to be learned `prompts.bin`
(uint32, ids of each story's prompt) and `meta.json`. All numbers are little-endian.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pocket_narrator.errors import TokenStoreError, reason_of
from pocket_narrator.files.hashed_file import sha256_of
from pocket_narrator.files.plain_file import read_plain
from pocket_narrator.tokenizers import Tokenizer

FORMAT_VERSION = 2
WITHOUT_SOURCES = 1  # an older format, still read: of one source only
DTYPES = {"uint16": np.dtype("<u2"), "uint32": np.dtype("<u4")}
OFFSET_DTYPE = np.dtype("<u8")
BYTES_DTYPE = np.dtype("<u4")
SOURCES_DTYPE = np.dtype("u1")
PROMPTS, PROMPTS_DTYPE = "prompts.bin", np.dtype("<u4")
REBUILD = "delete the folder and run narrator prepare again"


@dataclass(frozen=True)
class StoreMeta:
    """What `meta.json` holds."""

    format_version: int
    tokenizer: str  # fingerprint
    end_of_text: int
    dtype: str
    stories: int
    tokens: int
    bytes: int  # UTF-8 bytes of the story texts, without delimiters
    text_sha256: str  # of the texts, each followed by a line end, the delimiter and a line end
    sha256: dict[str, str]  # of each file
    sources: tuple[str, ...] = ()  # names of a mixture's sources; none: all stories are of one

    def sizes(self) -> dict[str, int]:
        """How many bytes each file must have."""
        sizes = {
            "tokens.bin": self.tokens * DTYPES[self.dtype].itemsize,
            "stories.bin": (self.stories + 1) * OFFSET_DTYPE.itemsize,
            "bytes.bin": self.stories * BYTES_DTYPE.itemsize,
            **({PROMPTS: self.stories * PROMPTS_DTYPE.itemsize} if PROMPTS in self.sha256 else {}),
        }
        return sizes | ({"sources.bin": self.stories * SOURCES_DTYPE.itemsize} if self.sources else {})

    def to_json(self) -> str:
        """With a checksum over the other values, since this file vouches for all others."""
        return json.dumps({**asdict(self), "checksum": self.checksum()}, indent=2) + "\n"

    def checksum(self) -> str:
        values = asdict(self)
        if self.format_version == WITHOUT_SOURCES:
            del values["sources"]
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


class TokenStore:
    """A split's token ids. Opening checks sizes and offsets; `verify` also reads everything and checks the hashes."""

    def __init__(
        self,
        folder: Path,
        meta: StoreMeta,
        tokens: np.ndarray,
        offsets: np.ndarray,
        story_bytes: np.ndarray,
        story_sources: np.ndarray,
        prompts: np.ndarray | None = None,
    ) -> None:
        self.folder = folder
        self.meta = meta
        self.tokens = tokens
        """All ids: uint16 or uint32 [num_tokens], memory-mapped."""
        self.offsets = offsets
        """int64 [num_stories + 1]: story i is `tokens[offsets[i] : offsets[i + 1]]`."""
        self.story_bytes = story_bytes
        """uint32 [num_stories]: UTF-8 bytes of each story's text."""
        self.story_sources = story_sources
        """uint8 [num_stories]: which of `meta.sources` each story is of; 0 where there are none."""
        self.prompts = prompts
        """int64 [num_stories]: ids of each story's prompt; none where no story has one."""

    @classmethod
    def open(cls, folder: str | Path, *, tokenizer: str | None = None) -> "TokenStore":
        """Memory-maps a store; raises TokenStoreError if it is missing, damaged, or not made by `tokenizer` (a fingerprint)."""
        folder = Path(folder)
        meta = _read_meta(folder)
        for name, size in meta.sizes().items():
            found = (folder / name).stat().st_size if (folder / name).is_file() else None
            if found != size:
                state = "is missing" if found is None else f"has {found} bytes, not {size}"
                raise TokenStoreError(f"{name} {state}", where=str(folder), hint=REBUILD)
        if tokenizer is not None and meta.tokenizer != tokenizer:
            raise TokenStoreError(
                "the token store was made by another tokenizer",
                where=str(folder),
                found=f"tokenizer {tokenizer[:12]} is asked for, and this is {meta.tokenizer[:12]}",
                hint=REBUILD,
            )
        tokens = np.memmap(folder / "tokens.bin", DTYPES[meta.dtype], "r", shape=(meta.tokens,))
        offsets = np.fromfile(folder / "stories.bin", OFFSET_DTYPE).astype(np.int64)
        if offsets[0] != 0 or offsets[-1] != meta.tokens or (np.diff(offsets) < 1).any():
            raise TokenStoreError(
                "stories.bin holds offsets that do not fit tokens.bin", where=str(folder), hint=REBUILD
            )
        story_sources = np.zeros(meta.stories, SOURCES_DTYPE)
        if meta.sources:
            story_sources = np.fromfile(folder / "sources.bin", SOURCES_DTYPE)
            if story_sources.max() >= len(meta.sources):
                raise TokenStoreError(
                    "sources.bin names a source that meta.json does not", where=str(folder), hint=REBUILD
                )
        prompts = np.fromfile(folder / PROMPTS, PROMPTS_DTYPE).astype(np.int64) if PROMPTS in meta.sha256 else None
        if prompts is not None and (prompts >= np.diff(offsets)).any():
            raise TokenStoreError("prompts.bin does not fit stories.bin", where=str(folder), hint=REBUILD)
        story_bytes = np.fromfile(folder / "bytes.bin", BYTES_DTYPE)
        if story_bytes.min() < 1 or int(story_bytes.sum(dtype=np.int64)) != meta.bytes:
            raise TokenStoreError("bytes.bin does not fit meta.json", where=str(folder), hint=REBUILD)
        return cls(folder, meta, tokens, offsets, story_bytes, story_sources, prompts)

    @property
    def num_stories(self) -> int:
        return self.meta.stories

    @property
    def num_tokens(self) -> int:
        """End-of-text tokens included, one for each story."""
        return self.meta.tokens

    @property
    def num_bytes(self) -> int:
        """UTF-8 bytes of the story texts, without delimiters."""
        return self.meta.bytes

    @property
    def end_of_text(self) -> int:
        return self.meta.end_of_text

    def story(self, index: int) -> np.ndarray:
        """Ids of one story, its end-of-text token first; a read-only view."""
        return self.tokens[self.offsets[index] : self.offsets[index + 1]]

    def verify(self, vocabulary_size: int | None = None) -> None:
        """Reads every file and compares its SHA-256; raises TokenStoreError naming the file that differs, or where there are ids
        that a vocabulary of this size does not have."""
        for name in self.meta.sizes():
            if sha256_of(self.folder / name) != self.meta.sha256.get(name):
                raise TokenStoreError(
                    f"{name} is damaged: its SHA-256 is not that of meta.json", where=str(self.folder), hint=REBUILD
                )
        if vocabulary_size is not None and max(self.end_of_text, int(self.tokens.max())) >= vocabulary_size:
            raise TokenStoreError(
                f"tokens.bin holds ids beyond the {vocabulary_size:,} of its tokenizer",
                where=str(self.folder),
                hint=REBUILD,
            )


def store_of_texts(texts: Sequence[str], tokenizer: Tokenizer) -> TokenStore:
    """A store of some texts in memory, of which nothing is on disk."""
    stories = [[tokenizer.end_of_text, *tokenizer.encode(text)] for text in texts]
    offsets = np.cumsum([0, *map(len, stories)], dtype=np.int64)
    sizes = np.array([len(text.encode("utf-8", "surrogatepass")) for text in texts], dtype=BYTES_DTYPE)
    meta = StoreMeta(
        format_version=FORMAT_VERSION,
        tokenizer=tokenizer.fingerprint,
        end_of_text=tokenizer.end_of_text,
        dtype="uint32",
        stories=len(stories),
        tokens=int(offsets[-1]),
        bytes=int(sizes.sum()),
        text_sha256="",
        sha256={},
    )
    tokens = np.array([token for story in stories for token in story], dtype=DTYPES["uint32"])
    return TokenStore(Path(), meta, tokens, offsets, sizes, np.zeros(len(stories), SOURCES_DTYPE))


def _read_meta(folder: Path) -> StoreMeta:
    path = folder / "meta.json"
    try:
        raw = json.loads(read_plain(path))
        checksum = raw.pop("checksum", None)
        meta = StoreMeta(**{**raw, "sources": tuple(raw.get("sources", ()))})
    except FileNotFoundError:
        raise TokenStoreError(
            "there is no token store here: no meta.json", where=str(folder), hint="run narrator prepare"
        ) from None
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise TokenStoreError(f"meta.json cannot be read: {reason_of(error)}", where=str(path), hint=REBUILD) from None
    if not isinstance(meta.format_version, int) or meta.format_version not in (WITHOUT_SOURCES, FORMAT_VERSION):
        raise TokenStoreError(
            f"the token store has format version {meta.format_version}",
            where=str(folder),
            expected=f"versions {WITHOUT_SOURCES} and {FORMAT_VERSION} are read here",
            hint=REBUILD,
        )
    if checksum != meta.checksum():
        raise TokenStoreError(
            "meta.json is damaged: its checksum does not fit its values", where=str(path), hint=REBUILD
        )
    _check_types(meta, path)
    return meta


def _check_types(meta: StoreMeta, path: Path) -> None:
    """Of values that vouch for themselves, which anybody can write."""
    numbers = (meta.end_of_text, meta.stories, meta.tokens, meta.bytes)
    texts = (meta.tokenizer, meta.dtype, meta.text_sha256, *meta.sources)
    is_right = all(type(number) is int and 0 <= number < 2**63 for number in numbers)
    is_right = is_right and all(isinstance(text, str) for text in texts) and meta.dtype in DTYPES
    is_right = is_right and isinstance(meta.sha256, dict) and min(meta.stories, meta.tokens, meta.bytes) > 0
    if not is_right:
        raise TokenStoreError("meta.json is damaged: it holds values that no store has", where=str(path), hint=REBUILD)
