"""GPT-2's split of a text into words: in plain Python where that is surely the same, by the tokenizer's own code elsewhere."""

import re
from collections.abc import Callable

import numpy as np
from tokenizers import pre_tokenizers

LARGEST_CACHE = 300_000  # words
LONGEST_CACHED_WORD = 64  # characters

# GPT-2's split for texts of ASCII, Latin letters and common typographic marks only. Within this set the classes are
# plain lists, so this pattern and the Unicode one of the tokenizer cannot disagree.
_LETTERS = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f"
_BLANKS = r"\t\n\v\f\r "
_COVERED = re.compile(rf"[\x00-\x7f{_LETTERS}\u2013\u2014\u2018\u2019\u201c\u201d\u2026]*")
_WORD = re.compile(
    rf"'(?:[stmd]|re|ve|ll)| ?[{_LETTERS}]+| ?[0-9]+| ?[^{_BLANKS}{_LETTERS}0-9]+|[{_BLANKS}]+(?![^{_BLANKS}])|[{_BLANKS}]+"
)
# No word goes on from something else into blanks, so a text may be cut there: one rare character in a book is then
# dear for its line only.
_LINES = re.compile(r"(?<=[A-Za-z0-9.,;:!?\"'*_-])(?=\n)")
_GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False)


def split_words(text: str) -> list[str]:
    """The words of `text` by GPT-2's pattern, blanks before a word included; joined they are `text` again."""
    if is_covered(text):
        return _WORD.findall(text)
    words: list[str] = []
    for line in _LINES.split(text):
        if is_covered(line):
            words += _WORD.findall(line)
        else:
            words += [line[first:last] for _, (first, last) in _GPT2.pre_tokenize_str(line)]
    return words


def is_covered(text: str) -> bool:
    """Whether the plain pattern splits `text` as GPT-2's does."""
    return text.isascii() or _COVERED.fullmatch(text) is not None


class WordCache:
    """Encodes by looking up words: each different word is encoded once."""

    def __init__(self, encode: Callable[[str], list[int]], dtype: type, parts: re.Pattern[str] | None = None) -> None:
        """No token goes across two matches of `parts`, which cover any text; without it, GPT-2's split."""
        self._encode = encode
        self._dtype = dtype
        self._parts = parts
        self._ids_of = _Words(self._encode_bytes)

    def encode(self, text: str) -> bytes:
        """The ids of `text` as the bytes of an array of the cache's dtype."""
        if len(self._ids_of) > LARGEST_CACHE:
            self._ids_of.clear()
        if self._parts is not None:
            return b"".join(map(self._ids_of.__getitem__, self._parts.findall(text)))
        if is_covered(text):
            return b"".join(map(self._ids_of.__getitem__, _WORD.findall(text)))
        lines = _LINES.split(text)
        if len(lines) == 1:
            return self._encode_bytes(text)
        return b"".join(map(self.encode, lines))

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
        and all(token.get("special") for token in tokenizer.get("added_tokens", ()))
    )
