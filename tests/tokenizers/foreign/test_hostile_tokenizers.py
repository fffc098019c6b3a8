"""Tokenizer files of strangers: each is refused in one message, in little memory and time, and none ends the process."""

import base64
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pocket_narrator.errors import TokenizerError
from pocket_narrator.tokenizers import Tokenizer, open_tokenizer, train_bpe
from pocket_narrator.tokenizers.foreign.limits import LONGEST_TOKEN
from pocket_narrator.tokenizers.library import spell, spell_batch

PLAIN = json.loads(train_bpe(["Tom ran home. He fell."] * 3, 300).to_text())


def _varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def _field(number: int, value: bytes | int | float) -> bytes:
    if isinstance(value, bytes):
        return bytes([number << 3 | 2]) + _varint(len(value)) + value
    if isinstance(value, float):
        return bytes([number << 3 | 5]) + struct.pack("<f", value)
    return bytes([number << 3]) + _varint(value)


def sentencepiece(kind: bytes | int | float, words: list[str], score: float = -1.0) -> bytes:
    """A model with all that is needed, and these words."""
    pieces = [("<unk>", 0.0, 2), ("</s>", 0.0, 3), *((f"<0x{byte:02X}>", 0.0, 6) for byte in range(256))]
    pieces += [(word, score, 1) for word in ["\u2581", *words]]
    raw = b"".join(_field(1, _field(1, text.encode()) + _field(2, of) + _field(3, what)) for text, of, what in pieces)
    return raw + _field(2, _field(3, kind)) + _field(3, _field(3, 0))


def ranks(*tokens: bytes) -> bytes:
    every = [*(bytes([byte]) for byte in range(256)), *tokens]
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(every))


def changed(**changes: object) -> bytes:
    return json.dumps({**PLAIN, **changes}).encode()


def of_model(**changes: object) -> bytes:
    return changed(model={**PLAIN["model"], **changes})


def split_at(pattern: str) -> dict:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def replacing(what: dict, content: str) -> dict:
    return {"type": "Replace", "pattern": what, "content": content}


def nested(depth: int) -> bytes:
    part = '{"type":"Sequence","normalizers":[' * depth + '{"type":"NFC"}' + "]}" * depth
    return json.dumps({**PLAIN, "normalizer": 0}).replace('"normalizer": 0', f'"normalizer": {part}').encode()


def added(number: int, length: int = 0) -> list[dict]:
    more = {"special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return [{"id": 300 + i, "content": f"<{i}{'x' * length}>", **more} for i in range(number)]


VOCABULARY = PLAIN["model"]["vocab"]
UNIGRAM = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0]], "byte_fallback": True}
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {  # name: the file, words of the refusal
    "unigram, a piece of 1 MB": (lambda: sentencepiece(1, ["a" * 1_000_000]), "a token of 1,000,000 characters"),
    "bpe, a piece of 200 KB": (lambda: sentencepiece(2, ["a" * 200_000]), "a token of 200,000 characters"),
    "bpe, nested pieces": (lambda: sentencepiece(2, ["a" * n for n in range(1, 3000)]), "made of too many others"),
    "the kind is no number": (lambda: sentencepiece(float("nan"), ["a"]), "no tokenizer file that is known"),
    "the kind is a text": (lambda: sentencepiece(b"2", ["a"]), "no tokenizer file that is known"),
    "the kind is huge": (lambda: sentencepiece(1 << 62, ["a"]), "of kind unknown"),
    "a score is no number": (lambda: sentencepiece(1, ["a"], float("nan")), "no tokenizer file that is known"),
    "a length beyond the file": (lambda: sentencepiece(1, ["a"]) + b"\x0a\xff\xff\xff\xff\xff\x7f", "no tokenizer"),
    "a number without end": (lambda: b"\x0a" + b"\xff" * 100, "no tokenizer file that is known"),
    "cut off": (lambda: sentencepiece(1, ["a"])[:-3], "no tokenizer file that is known"),
    "messages in messages": (lambda: b"\x0a\x7f" * 100_000, "no tokenizer file that is known"),
    "many user-defined": (lambda: sentencepiece(1, []) + b"".join(
        _field(1, _field(1, b"w%d" % i) + _field(3, 4)) for i in range(40_000)), "added tokens"),
    "ranks, a token of 300 KB": (lambda: ranks(b"a" * 300_000), "a token of 300,000 characters"),
    "ranks, nested": (lambda: ranks(*(b"a" * n for n in range(2, 1500))), "made of too many others"),
    "ranks, a rank of 9,999 digits": (lambda: b"YQ== " + b"9" * 9999, "no tokenizer file that is known"),
    "an endless pattern": (lambda: changed(pre_tokenizer=split_at("(a+)+$")), "may take for ever"),
    "an endless replacement": (lambda: changed(normalizer=replacing({"Regex": "(a|a)*b"}, "")), "may take for ever"),
    "a broken pattern": (lambda: changed(pre_tokenizer=split_at("(a")), "cannot be read"),
    "nothing becomes 100 KB": (lambda: changed(normalizer=replacing({"String": ""}, "x" * 100_000)), "a text of 100,000"),
    "nothing becomes little": (lambda: changed(normalizer=replacing({"String": ""}, "x")), "replaces nothing at all"),
    "a letter becomes 1,000": (lambda: changed(normalizer=replacing({"String": "a"}, "a" * 1000)), "makes texts long"),
    "growth upon growth": (lambda: changed(normalizer={"type": "Sequence", "normalizers": [
        replacing({"String": "a"}, "aaaa")] * 9}), "makes texts long"),
    "nested 10,000 deep": (lambda: nested(10_000), "cannot be read"),
    "nested 40 deep": (lambda: nested(40), "at most 16 levels"),
    "300 parts": (lambda: changed(pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Digits"}] * 300}),
                  "over 256 parts"),
    "parts that are none": (lambda: changed(decoder={"type": "Sequence", "decoders": [1]}), "no list of objects"),
    "a part that is none": (lambda: changed(pre_tokenizer=[1]), "is no object"),
    "a long added token": (lambda: changed(added_tokens=[*PLAIN["added_tokens"], *added(1, 100_000)]), "an added token of"),
    "many added tokens": (lambda: changed(added_tokens=[*PLAIN["added_tokens"], *added(40_000)]), "40,001 added tokens"),
    "added: an object": (lambda: changed(added_tokens={}), "`added_tokens` is no list"),
    "added: of another type": (lambda: changed(added_tokens=[1]), "no text `content`"),
    "added: a huge id": (lambda: changed(added_tokens=[{"id": 1 << 40, "content": "x"}]), "no id from 0"),
    "model: a list": (lambda: changed(model=[]), "no object `model`"),
    "model: null": (lambda: changed(model=None), "no object `model`"),
    "vocabulary: null": (lambda: of_model(vocab=None), "its `vocab` is missing"),
    "vocabulary: a negative id": (lambda: of_model(vocab={**VOCABULARY, "zz": -1}), "no whole number from 0 on"),
    "vocabulary: a huge id": (lambda: of_model(vocab={**VOCABULARY, "zz": 1 << 31}), "an id 2147483648"),
    "vocabulary: an id twice": (lambda: of_model(vocab={**VOCABULARY, "zz": 5}), "two tokens in `vocab` have one id"),
    "vocabulary: an id that is true": (lambda: of_model(vocab={**VOCABULARY, "zz": True}), "no whole number"),
    "vocabulary: a long token": (lambda: of_model(vocab={**VOCABULARY, "z" * 5000: 300}), "a token of 5,000 characters"),
    "merges: numbers": (lambda: of_model(merges=[1, 2]), "cannot be read"),
    "merges: of no tokens": (lambda: of_model(merges=[["qqq", "www"]]), "cannot be read"),
    "unigram: numbers for names": (lambda: changed(model={**UNIGRAM, "vocab": [[1, 0.0]]}), "no pair of a token"),
    "unigram: a piece of 1 MB": (lambda: changed(model={**UNIGRAM, "vocab": [["<unk>", 0.0], ["a" * 10**6, -1.0]]}),
                                 "a token of 1,000,000 characters"),
    "unigram: no such unknown": (lambda: changed(model={**UNIGRAM, "unk_id": 9}), "no place in `vocab`"),
    "a kind that is none": (lambda: of_model(type=[]), "cannot be read"),
    "a lone surrogate": (lambda: json.dumps(PLAIN).replace('"<|endoftext|>"', '"\\ud800"').encode(), "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_one_message(name: str, tmp_path: Path) -> None:
    make, words = HOSTILE[name]
    path = tmp_path / "tokenizer"
    path.write_bytes(make())
    with pytest.raises(TokenizerError) as caught:
        open_tokenizer(path)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 1000


LONGEST_IS_READ = """
import sys
from pocket_narrator.tokenizers import open_tokenizer
from pocket_narrator.tokenizers.foreign.limits import LONGEST_TOKEN
text = "a" * LONGEST_TOKEN
tokenizer = open_tokenizer(sys.argv[1]).tokenizer
assert tokenizer.decode(tokenizer.encode(text)) == text
"""


@pytest.mark.parametrize("kind", [1, 2])
def test_the_longest_token_that_is_taken_ends_no_process(kind: int, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.model"
    path.write_bytes(sentencepiece(kind, ["a", "a" * LONGEST_TOKEN]))
    child = subprocess.run([sys.executable, "-c", LONGEST_IS_READ, str(path)], capture_output=True, text=True)
    assert child.returncode == 0, child.stderr


def test_members_of_no_kind_are_passed_over(tmp_path: Path) -> None:
    """The library ignores a key that a part does not have."""
    path = tmp_path / "tokenizer.json"
    path.write_bytes(changed(decoder={**PLAIN["decoder"], "normalizers": [{"type": [1]}]}))
    assert open_tokenizer(path).tokenizer.decode([]) == ""


@pytest.mark.skipif(os.name == "nt", reason="no named pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tokenizer.json")
    for opened in (open_tokenizer, Tokenizer.load):
        with pytest.raises(TokenizerError, match="a named pipe"):
            opened(tmp_path / "tokenizer.json")


class PanicException(BaseException):
    """Named as the one of the library, which cannot be imported."""


class Panicking:
    def encode(self, text: str, add_special_tokens: bool) -> None:
        raise PanicException("index out of bounds")

    def encode_batch_fast(self, texts: list[str], add_special_tokens: bool) -> None:
        raise PanicException("index out of bounds")


class Interrupted:
    def encode(self, text: str, add_special_tokens: bool) -> None:
        raise KeyboardInterrupt


def test_a_panic_of_the_library_is_an_error_of_ours() -> None:
    with pytest.raises(TokenizerError, match="index out of bounds"):
        spell(Panicking(), "Tom ran.")  # pyright: ignore[reportArgumentType]
    with pytest.raises(TokenizerError, match="index out of bounds"):
        spell_batch(Panicking(), ["Tom ran."])  # pyright: ignore[reportArgumentType]
    with pytest.raises(KeyboardInterrupt):
        spell(Interrupted(), "Tom ran.")  # pyright: ignore[reportArgumentType]


def test_chance_in_a_tokenizer_is_switched_off(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(of_model(dropout=0.5))
    tokenizer = open_tokenizer(path).tokenizer
    assert len({tuple(tokenizer.encode("Tom ran home. He fell.")) for _ in range(20)}) == 1
