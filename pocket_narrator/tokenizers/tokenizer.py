"""Text to token ids and back, exactly, over a `tokenizer.json` of Hugging Face `tokenizers`."""

import codecs
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from pocket_narrator.errors import TokenizerError, reason_of
from pocket_narrator.files.atomic import write_text
from pocket_narrator.files.plain_file import open_plain
from pocket_narrator.tokenizers.character_table import CharacterTable, is_character_level
from pocket_narrator.tokenizers.counting import refuse_surrogates
from pocket_narrator.tokenizers.foreign.limits import LARGEST_FILE_BYTES, LARGEST_VOCABULARY, beyond
from pocket_narrator.tokenizers.foreign.tokenizer_json import parse_tokenizer_json
from pocket_narrator.tokenizers.library import read_text, spell, spell_batch
from pocket_narrator.tokenizers.only_text import control_names, find_seams, only_spelling
from pocket_narrator.tokenizers.prefixes import TokenPrefixes
from pocket_narrator.tokenizers.spelling import bytes_of_ids, parts_at_blanks, why_text_changes
from pocket_narrator.tokenizers.words import WordCache, splits_like_gpt2

END_OF_TEXT_NAMES = ("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>")
_UTF8_BYTES = {bytes([byte]) for byte in (*range(0xC0), *range(0xC2, 0xF5))}  # the others occur in no text
_PROBES = (
    "Once upon a time,  there was\n\n a caf\u00e9 \u2013 \u201cHi!\u201d\t\u4e16\u754c \U0001f642 <|endoftext|> </s> <0x41>\n",
    "  e\u0301 \ufb01ve\u2026 \u2581 \u0130 ",
)


class Tokenizer:
    """Every string without lone surrogates comes back from its ids unchanged.

    Text is only ever text: a literal `<|endoftext|>` in it is spelled with ordinary tokens. `end_of_text` is the id that
    stands before a story and after its last token; it is never the result of encoding.
    """

    def __init__(self, text: str, where: str = "tokenizer") -> None:
        """`text` is the content of a `tokenizer.json`; raises TokenizerError if it cannot be used here."""
        given = parse_tokenizer_json(text, where)
        parsed, self.notes = only_spelling(given)
        self._inner = read_text(text, where)
        self._text = text
        if parsed != given:
            self._inner = read_text(json.dumps(parsed), where)
        self._inner.encode_special_tokens = True  # special tokens in a text are text
        self.vocabulary_size = max(self._inner.get_vocab().values(), default=0) + 1
        if self.vocabulary_size > LARGEST_VOCABULARY:
            raise beyond(f"an id {self.vocabulary_size - 1}", f"ids below {LARGEST_VOCABULARY:,}", where)
        self.end_of_text = self._find_end_of_text(where)
        self._bytes_of_id = bytes_of_ids(parsed, self._inner, self.vocabulary_size)
        self._bytes_of_text = [*self._bytes_of_id]  # the same, but the end of text is no text
        self._bytes_of_text[self.end_of_text] = b""
        self._dtype = np.uint16 if self.vocabulary_size <= 1 << 16 else np.uint32
        names = control_names(parsed, self._bytes_of_id[self.end_of_text].decode())
        self.control_tokens = self._control_tokens(names)
        self.seams: re.Pattern[str] | None = None  # where a text is cut before it is spelled
        self.seams = find_seams(
            parsed, names, lambda name: not self.control_tokens.isdisjoint(self._encode_slowly(name))
        )
        self._words, self._characters = None, None
        if is_character_level(parsed):
            self._characters = CharacterTable(parsed, self._dtype)
        elif splits_like_gpt2(parsed):
            self._words = WordCache(self._encode_slowly, self._dtype)
        elif parts := parts_at_blanks(parsed):
            self._words = WordCache(self._encode_slowly, self._dtype, parts)
        self._check_round_trip(parsed, where)

    @classmethod
    def load(cls, path: str | Path) -> "Tokenizer":
        """Opens a `tokenizer.json`; raises TokenizerError if it is missing, damaged, or loses text."""
        path = Path(path)
        try:
            text = read_tokenizer_file(path).decode("utf-8")
        except UnicodeDecodeError as error:
            raise TokenizerError(
                f"the tokenizer cannot be read: {reason_of(error)}", where=str(path), hint="it must be a tokenizer.json"
            ) from None
        return cls(text, where=str(path))

    def save(self, path: str | Path) -> None:
        """Writes the `tokenizer.json` that this tokenizer was made of, unchanged."""
        write_text(path, self._text)

    def to_text(self) -> str:
        """The content of the `tokenizer.json`."""
        return self._text

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the tokenizer's canonical JSON (sorted keys, no blanks), so white space in the file does not count."""
        canonical = json.dumps(json.loads(self._text), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def encode(self, text: str) -> list[int]:
        """Token ids of `text`, without an end-of-text token; raises TokenizerError for lone surrogates."""
        return self.encode_batch([text])[0].tolist()

    def encode_batch(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Token ids of each text (uint16, or uint32 where the vocabulary is larger than 65,536)."""
        for text in texts:
            refuse_surrogates(text)
        if self._characters is not None:
            return [self._characters.encode(text) for text in texts]
        if self._words is not None:
            return [np.frombuffer(self._words.encode(text), self._dtype) for text in texts]
        if self.seams is not None:
            return [np.array(self._encode_slowly(text), self._dtype) for text in texts]
        return [np.array(encoding.ids, self._dtype) for encoding in spell_batch(self._inner, texts)]

    def decode(self, ids: Iterable[int], *, show_end_of_text: bool = False) -> str:
        """The text of `ids`; bytes that are not UTF-8 (ids cut inside a character) become U+FFFD."""
        return self.decode_bytes(ids, show_end_of_text=show_end_of_text).decode("utf-8", errors="replace")

    def decode_bytes(self, ids: Iterable[int], *, show_end_of_text: bool = False) -> bytes:
        """The bytes of `ids`, end-of-text left out unless asked for; raises TokenizerError for an id outside the vocabulary."""
        listed = ids.tolist() if isinstance(ids, np.ndarray) else list(ids)
        if listed and not (min(listed) >= 0 and max(listed) < self.vocabulary_size):
            wrong = next(token for token in listed if not 0 <= token < self.vocabulary_size)
            raise TokenizerError(
                f"there is no token {wrong}", expected=f"the vocabulary holds ids 0 to {self.vocabulary_size - 1}"
            )
        spelled = self._bytes_of_id if show_end_of_text else self._bytes_of_text
        return b"".join(map(spelled.__getitem__, listed))

    def token_bytes(self, token: int) -> bytes:
        """The bytes that one id stands for."""
        return self._bytes_of_id[token]

    @cached_property
    def longest_token(self) -> int:
        """In bytes: no text of n tokens is longer than n times this."""
        return max(map(len, self._bytes_of_id))

    @cached_property
    def prefixes(self) -> TokenPrefixes:
        """The tokens that a text is spelled with, by the bytes that they begin with."""
        return TokenPrefixes(self._bytes_of_id, self.control_tokens)

    def stream(self) -> "StreamDecoder":
        """A decoder for ids that arrive one at a time."""
        return StreamDecoder(self)

    def _encode_slowly(self, text: str) -> list[int]:
        if self.seams is None or not self.seams.search(text):
            return spell(self._inner, text)
        ids: list[int] = []
        for part in self.seams.split(text):
            if part and self.seams.fullmatch(part):  # a character that stands for something else
                ids += [int(self.prefixes.within(bytes([byte]))[0]) for byte in part.encode()]
            elif part:
                ids += spell(self._inner, part)
        return ids

    def _control_tokens(self, names: Sequence[str]) -> frozenset[int]:
        """What no text is spelled with: the tokens of these names, but for those without which a byte would have none."""
        named = {token for name in names if (token := self._inner.token_to_id(name)) is not None}
        others = {raw for token, raw in enumerate(self._bytes_of_id) if len(raw) == 1 and token not in named}
        needed = {token for token in named if len(raw := self._bytes_of_id[token]) == 1 and raw not in others}
        return frozenset(named - needed | {self.end_of_text})

    def _find_end_of_text(self, where: str) -> int:
        for name in END_OF_TEXT_NAMES:
            token = self._inner.token_to_id(name)
            if token is not None:
                return token
        raise TokenizerError(
            "the tokenizer has no end-of-text token",
            where=where,
            expected=f"one of {', '.join(END_OF_TEXT_NAMES)}",
            hint="add it as a special token",
        )

    def _check_round_trip(self, parsed: dict, where: str) -> None:
        try:
            probes = [*_PROBES, *(self._bytes_of_id[token].decode() for token in self.control_tokens)]
            encoded = [self.encode(probe) for probe in probes]
            is_exact = all(self.control_tokens.isdisjoint(ids) for ids in encoded)
            is_exact = is_exact and [*map(self.decode, encoded)] == probes
        except (ValueError, IndexError):  # a byte has no token
            is_exact = False
        without_token = _UTF8_BYTES - {spelled for spelled in self._bytes_of_id if len(spelled) == 1}
        if is_exact and not without_token:
            return
        why = f"the byte 0x{min(without_token).hex()} has no token" if is_exact else why_text_changes(parsed)
        raise TokenizerError(
            f"the tokenizer does not give a text back unchanged: {why}",
            where=where,
            expected="a token for every byte, and no prefix, normalization or unknown token",
            hint="train one with tokenizer.kind=bpe, or use one like GPT-2's",
        )


def read_tokenizer_file(path: Path) -> bytes:
    """TokenizerError where it cannot be read, is no plain file, or is larger than any tokenizer."""
    try:
        with open_plain(path) as stream:
            raw = stream.read(LARGEST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # a name that none can have is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise TokenizerError(
            f"the tokenizer cannot be read: {reason}", where=str(path), hint="check the path"
        ) from None
    if len(raw) > LARGEST_FILE_BYTES:
        raise beyond(f"a file of over {LARGEST_FILE_BYTES >> 20} MiB", "a smaller one", str(path))
    return raw


class StreamDecoder:
    """Turns ids into text as they come; a character is handed out when its last byte has come."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, token: int, skip: int = 0) -> str:
        """The characters that `token` completes, without its first `skip` bytes; empty while a character is unfinished, and
        for end-of-text."""
        return self._decoder.decode(self._tokenizer.decode_bytes([token])[skip:])

    def finish(self) -> str:
        """What is left when no more ids come: U+FFFD for an unfinished character, else nothing."""
        return self._decoder.decode(b"", final=True)
