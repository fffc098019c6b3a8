"""The readers of tokenizers and of models that other programs have made, for fuzz_readers.py."""

import base64
import json
import math
import struct
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from fuzz_readers import READERS, Reader

from pocket_narrator.recipe.schema import Mamba2Config, ModelConfig
from pocket_narrator.storyworld import make_story
from pocket_narrator.tokenizers import Tokenizer, open_tokenizer, train_bpe

STORIES = [make_story(index, 11).text for index in range(20)]
SIZES = {"width": 8, "heads": 2, "context": 32}
MODELS = {
    "llama": ModelConfig(preset="llama", layers="attention*2", key_value_heads=1, **SIZES),
    "gpt2": ModelConfig(preset="gpt2", layers="attention*2", **SIZES),
    "mamba": ModelConfig(preset="mamba", layers="mamba*2", **SIZES),
    "mamba2": ModelConfig(preset="mamba", layers="mamba2*2", mamba2=Mamba2Config(head_width=4, state_size=8), **SIZES),
    "own class": ModelConfig(
        layers="mamba narrative linear_attention attention", qk_norm=True, input_skips=True, **SIZES
    ),
}


@cache
def _tokenizer() -> Tokenizer:
    return train_bpe(STORIES, 300)


# ---- tokenizers


def _tokenizer_jsons() -> list[bytes]:
    unigram = json.loads(_tokenizer().to_text())
    names = [f"<0x{byte:02X}>" for byte in range(256)] + ["\u2581", "the", "\u2581and"]
    unigram["model"] = {
        "type": "Unigram",
        "unk_id": 0,
        "byte_fallback": True,
        "vocab": [["<unk>", 0.0], ["</s>", 0.0], *([name, -float(len(name))] for name in names)],
    }
    unigram["normalizer"] = {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}
    unigram["pre_tokenizer"] = unigram["post_processor"] = None
    unigram["decoder"] = {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]}
    unigram["added_tokens"] = [{**unigram["added_tokens"][0], "content": "</s>", "id": 1}]
    return [_tokenizer().to_text().encode(), json.dumps(unigram).encode()]


def _length(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def _message(*fields: tuple[int, bytes | int | float]) -> bytes:
    out = b""
    for number, value in fields:
        if isinstance(value, bytes):
            out += bytes([number << 3 | 2]) + _length(len(value)) + value
        elif isinstance(value, float):
            out += bytes([number << 3 | 5]) + struct.pack("<f", value)
        else:
            out += bytes([number << 3]) + _length(value)
    return out


def sentencepiece_file(kind: int, words: list[str]) -> bytes:
    """A SentencePiece model with bytes, controls and these words; kind 1: Unigram, 2: BPE."""
    pieces: list[tuple[str, float, int]] = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3)]
    pieces += [(f"<0x{byte:02X}>", 0.0, 6) for byte in range(256)]
    pieces += [(word, -float(place), 1) for place, word in enumerate(words)]
    raw = b"".join(_message((1, _message((1, text.encode()), (2, score), (3, of)))) for text, score, of in pieces)
    return raw + _message((2, _message((3, kind))), (3, _message((3, 0), (4, 0))))


def _sentencepiece() -> list[bytes]:
    words = ["\u2581", *"abcdefghilmnorst", "th", "the", "\u2581th", "\u2581the", "an", "and"]
    return [sentencepiece_file(1, words), sentencepiece_file(2, words)]


def _ranks() -> list[bytes]:
    tokens = [_tokenizer().token_bytes(token) for token in range(1, _tokenizer().vocabulary_size)]
    return [b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(tokens))]


def _open_and_use(path: Path) -> object:
    tokenizer = open_tokenizer(path).tokenizer
    ids = tokenizer.encode("Once upon a time, the cat sat.\n")
    assert tokenizer.decode(ids) == "Once upon a time, the cat sat.\n"
    return len(ids)


# ---- models


@cache
def _folder(name: str) -> dict[str, bytes]:
    """The files of an exported model with random weights."""
    import torch

    from pocket_narrator.interop.hugging_face.classes import to_hugging_face
    from pocket_narrator.interop.hugging_face.folder import write_folder
    from pocket_narrator.models.stack import DecoderStack
    from pocket_narrator.recipe.schema import GenerationConfig

    torch.manual_seed(0)
    model, vocabulary_size = MODELS[name], _tokenizer().vocabulary_size
    foreign = to_hugging_face(model, vocabulary_size, DecoderStack(model, vocabulary_size).state_dict()).foreign
    with tempfile.TemporaryDirectory() as place:
        write_folder(Path(place), foreign, _tokenizer(), model.context, GenerationConfig(max_tokens=8))
        return {path.name: path.read_bytes() for path in Path(place).iterdir()}


@cache
def _gguf_files() -> list[bytes]:
    import torch

    from pocket_narrator.interop.gguf.file import to_gguf_terms, write_gguf
    from pocket_narrator.models.stack import DecoderStack

    files = []
    with tempfile.TemporaryDirectory() as place:
        for name in ("llama", "gpt2", "mamba", "mamba2"):
            torch.manual_seed(0)
            model, vocabulary_size = MODELS[name], _tokenizer().vocabulary_size
            foreign = to_gguf_terms(model, vocabulary_size, DecoderStack(model, vocabulary_size).state_dict())
            path = Path(place) / "a.gguf"
            write_gguf(path, foreign, _tokenizer(), name, model.rope_base, "f32")
            files.append(path.read_bytes())
    return files


def _import(path: Path) -> object:
    """What `narrator import` does, without asking transformers."""
    from pocket_narrator.interop import import_model

    read = import_model._read(str(path), None, None)
    tensors, _ = import_model._fit_vocabulary(read.tensors, read.tokenizer.vocabulary_size)
    return import_model.as_stack(read.model, read.tokenizer.vocabulary_size, tensors)


def _import_with(name: str, file: str) -> Callable[[Path], object]:
    def read(path: Path) -> object:
        for other, content in _folder(name).items():
            if other != file:
                (path.parent / other).write_bytes(content)
        return _import(path.parent)

    return read


def _seeds_of(name: str, file: str) -> Callable[[], list[bytes]]:
    return lambda: [_folder(name)[file]]


STRANGE = ([], {}, "", None, -1, 0, 1e308, math.nan, 1 << 22, 1 << 40, True, [[[]]], {"a": [1]}, "x" * 5000, 0.5)


def substituted(parsed: dict) -> Iterator[dict]:
    """The object with each of its values, one at a time, as each of many that nobody expects."""
    for key in parsed:
        for value in STRANGE:
            yield {**parsed, key: value}


def _configs_of(name: str) -> Callable[[], list[bytes]]:
    def seeds() -> list[bytes]:
        seed = _folder(name)["config.json"]
        return [seed] * 100 + [json.dumps(one).encode() for one in substituted(json.loads(seed))]

    return seeds


READERS |= {
    "tokenizer.json": Reader("tokenizer.json", _tokenizer_jsons, _open_and_use),
    "sentencepiece": Reader("tokenizer.model", _sentencepiece, _open_and_use),
    "ranks": Reader("gpt2.tiktoken", _ranks, _open_and_use),
    "gguf": Reader("a.gguf", _gguf_files, _import),
}
for _name in MODELS:
    READERS[f"config {_name}"] = Reader("config.json", _configs_of(_name), _import_with(_name, "config.json"))
    READERS[f"weights {_name}"] = Reader(
        "model.safetensors", _seeds_of(_name, "model.safetensors"), _import_with(_name, "model.safetensors")
    )
