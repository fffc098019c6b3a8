"""A word cache for GPT-2's split: each distinct word is encoded once, then looked up."""

import re
from collections.abc import Callable

import numpy as np

LARGEST_CACHE = 300_000  # words
LONGEST_CACHED_WORD = 64  # characters

# GPT-2's split for texts of ASCII, Latin-1 letters and common typographic marks only. Within this set the classes are
# plain lists, so this pattern and the Unicode one of the tokenizer cannot disagree.
_LETTERS = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff"
_BLANKS = r"\t\n\v\f\r "
_COVERED = re.compile(rf"[\x00-\x7f{_LETTERS}\u2013\u2014\u2018\u2019\u201c\u201d\u2026]*")
_WORD = re.compile(
    rf"'(?:[stmd]|re|ve|ll)| ?[{_LETTERS}]+| ?[0-9]+| ?[^{_BLANKS}{_LETTERS}0-9]+|[{_BLANKS}]+(?![^{_BLANKS}])|[{_BLANKS}]+"
)


class WordCache:
    """Encodes by looking up words; a text with characters outside the pattern's set goes to `encode` as a whole."""

    def __init__(self, encode: Callable[[str], list[int]], dtype: type) -> None:
        self._encode = encode
        self._dtype = dtype
        self._ids_of = _Words(self._encode_bytes)

    def encode(self, text: str) -> bytes:
        """The ids of `text` as the bytes of an array of the cache's dtype."""
        if not (text.isascii() or _COVERED.fullmatch(text)):
            return self._encode_bytes(text)
        if len(self._ids_of) > LARGEST_CACHE:
            self._ids_of.clear()
        return b"".join(map(self._ids_of.__getitem__, _WORD.findall(text)))

    def _encode_bytes(self, text: str) -> bytes:
        return np.array(self._encode(text), self._dtype).tobytes()


class _Words(dict[str, bytes]):
    """Encodes a word when it is first asked for."""

    def __init__(self, encode: Callable[[str], bytes]) -> None:
        super().__init__()
        self._encode = encode

    def __missing__(self, word: str) -> bytes:
        ids = self._encode(word)
        if len(word) <= LONGEST_CACHED_WORD:
            self[word] = ids
        return ids


def splits_like_gpt2(tokenizer: dict) -> bool:
    """Whether a parsed `tokenizer.json` splits text exactly as the pattern here does, and does nothing else to it."""
    split = tokenizer.get("pre_tokenizer") or {}
    model = tokenizer.get("model") or {}
    return (
        split.get("type") == "ByteLevel"
        and split.get("use_regex", True)
        and not split.get("add_prefix_space")
        and tokenizer.get("normalizer") is None
        and model.get("type") == "BPE"
        and not model.get("dropout")
        and all(token.get("special") for token in tokenizer.get("added_tokens", ()))
    )
