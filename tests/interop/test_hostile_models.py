"""Models of strangers: whatever a config, a file of weights or a GGUF file says, it is read or refused in one message, in little
memory and time."""

import json
import os
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from pocket_narrator.errors import InteropError, NarratorError
from pocket_narrator.interop.gguf.reader import read_gguf
from pocket_narrator.interop.hugging_face.classes import from_hugging_face, to_hugging_face
from pocket_narrator.interop.hugging_face.folder import LONGEST_HEADER, read_folder, read_tokenizer, write_folder
from pocket_narrator.interop.import_model import as_stack, import_model
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import GenerationConfig, ModelConfig
from pocket_narrator.tokenizers import Tokenizer, train_bpe

SIZES = {"width": 8, "heads": 2, "context": 32}
MODELS = {
    "llama": ModelConfig(preset="llama", layers="attention*2", **SIZES),
    "gpt2": ModelConfig(preset="gpt2", layers="attention*2", **SIZES),
    "mamba": ModelConfig(preset="mamba", layers="mamba*2", **SIZES),
    "own": ModelConfig(layers="narrative attention", qk_norm=True, **SIZES),
}
STRANGE = ([], {}, "", None, -1, 0, 1e308, float("nan"), 1 << 22, 1 << 40, True, [[]], 0.5)


@cache
def tokenizer() -> Tokenizer:
    return train_bpe(["Tom ran home. He fell."] * 3, 300)


def exported(name: str, folder: Path) -> Path:
    model, size = MODELS[name], tokenizer().vocabulary_size
    torch.manual_seed(0)
    foreign = to_hugging_face(model, size, DecoderStack(model, size).state_dict()).foreign
    folder.mkdir()
    write_folder(folder, foreign, tokenizer(), model.context, GenerationConfig(max_tokens=8))
    return folder


def as_made_of(config: dict[str, object], tensors: dict[str, torch.Tensor]) -> DecoderStack:
    model, ours = from_hugging_face(config, tensors)
    return as_stack(model, tokenizer().vocabulary_size, ours)


def imported(folder: Path) -> DecoderStack:
    read_tokenizer(folder)
    return as_made_of(*read_folder(folder))


def test_half_a_character_in_a_config_is_refused(tmp_path: Path) -> None:
    folder = exported("own", tmp_path / "theirs")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["stack"]["activation"] = "\ud800"
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(InteropError, match="half a character"):
        imported(folder)


@pytest.mark.parametrize("name", MODELS)
def test_every_key_of_a_config_as_what_nobody_expects(name: str, tmp_path: Path) -> None:
    config, tensors = read_folder(exported(name, tmp_path / "theirs"))
    read = refused = longest = 0
    for number, key in enumerate(config):
        for value in STRANGE[number % 4 :: 4]:
            try:
                as_made_of({**config, key: value}, tensors)
                read += 1
            except InteropError as error:
                longest = max(longest, len(str(error)))
                refused += 1
    assert longest < 1000
    assert read > 5  # most keys are none of ours
    assert refused > 5


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("llama", {"model_type": []}, "of type '[]' cannot be imported"),
        ("llama", {"model_type": {}}, "of type '{}' cannot be imported"),
        ("llama", {"num_hidden_layers": 9999}, "from 1 to 1,000"),
        ("llama", {"max_position_embeddings": 1 << 22}, "from 1 to 1,048,576"),
        ("gpt2", {"n_positions": 1 << 24}, "from 1 to 1,048,576"),
        ("gpt2", {"n_embd": 1 << 17}, "beyond what our stack can be: width"),
        ("own", {"stack": []}, "no model of ours"),
        ("own", {"stack": {"layers": "attention*9999 " * 10_000}}, "layers"),
        ("own", {"stack": {"layers": "attention*999", "context": 1 << 20}}, "says 999 layers"),
        ("own", {"stack": {"width": 1 << 40}}, "width"),
    ],
)
def test_sizes_are_looked_at_before_anything_is_made(name: str, changes: dict, words: str, tmp_path: Path) -> None:
    config, tensors = read_folder(exported(name, tmp_path / "theirs"))
    with pytest.raises(InteropError) as caught:
        as_made_of({**config, **changes}, tensors)
    assert words in str(caught.value)


def test_tables_of_positions_beyond_all_weights() -> None:
    model = ModelConfig(preset="llama", layers="attention*32", width=8, heads=1, context=1 << 20)
    with torch.device("meta"):
        empty = DecoderStack(model, 300).state_dict()
    tensors = {key: torch.zeros(weight.shape) for key, weight in empty.items()}
    with pytest.raises(InteropError, match=r"needs tables of 1\.0 GiB") as caught:
        as_stack(model, 300, tensors)
    assert "--context 4096" in str(caught.value)


def test_layers_of_gpt_neo_that_would_fill_the_memory(tmp_path: Path) -> None:
    types = [[["global"] * 1000, 9]] * 1000
    config = {"model_type": "gpt_neo", "hidden_size": 8, "num_heads": 2, "num_layers": 9, "attention_types": types}
    with pytest.raises(InteropError, match="more than the 9 layers"):
        from_hugging_face(config, {})


def replace(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def header(text: bytes, rest: bytes = b"") -> Callable[[Path], object]:
    return replace("model.safetensors", len(text).to_bytes(8, "little") + text + rest)


def index(*names: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        table = {"weight_map": {str(number): name for number, name in enumerate(names)}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(table), encoding="utf-8")

    return change


def with_whole_numbers(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["model.norm.weight"] = tensors["model.norm.weight"].to(torch.int8)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def many_labels(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "num_labels": 1 << 40}), encoding="utf-8")


F32 = b'{"a":{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}}'


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (replace("model.safetensors", (LONGEST_HEADER + 1).to_bytes(8, "little") + bytes(99)), "claims a header"),
        (replace("model.safetensors", b"\xff" * 8), "claims a header"),
        (replace("model.safetensors", b""), "cannot be read"),
        (header(b"{" * 100_000), "cannot be read"),
        (header(b"[]"), "cannot be read"),
        (header(F32 % (b"[4]", 0, 17), bytes(17)), "cannot be read"),
        (header(F32 % (b"[4294967296,4294967296]", 0, 16), bytes(16)), "cannot be read"),
        (header(F32 % (b"[-1]", 0, 16), bytes(16)), "cannot be read"),
        (header(F32.replace(b"F32", b"Q4") % (b"[4]", 0, 16), bytes(16)), "cannot be read"),
        (header(F32 % (b"[0]", 0, 0)), "lacks the weight"),
        (index("../elsewhere.safetensors"), "does not name safetensors files of this folder"),
        (index("../../etc/passwd"), "does not name safetensors files of this folder"),
        (index("a.safetensors", "missing.safetensors"), "cannot be read"),
        (with_whole_numbers, "holds int8"),
        (pickled, "a pickle can run any program"),
        (many_labels, "num_labels=1099511627776"),
        (replace("config.json", b"[" * 100_000), "cannot be read"),
        (replace("config.json", b"\xff\xfe"), "cannot be read"),
        (replace("tokenizer.json", b"{}"), "no object `model`"),
    ],
)
def test_folders_that_are_not_whole(damage: Callable[[Path], object], words: str, tmp_path: Path) -> None:
    folder = exported("llama", tmp_path / "theirs")
    damage(folder)
    with pytest.raises(NarratorError) as caught:
        imported(folder)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.skipif(os.name == "nt", reason="no named pipes in folders")
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_pipes_are_not_waited_for(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = exported("llama", tmp_path / "theirs")
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(NarratorError):
        import_model(str(folder))
    os.mkfifo(tmp_path / "a.gguf")
    with pytest.raises(NarratorError, match="a named pipe"):
        import_model(str(tmp_path / "a.gguf"))
    assert not (tmp_path / "runs").exists()


def gguf(tensors: int, keys: int, rest: bytes = b"", version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + rest


def key(name: bytes, kind: int, value: bytes) -> bytes:
    return struct.pack("<Q", len(name)) + name + struct.pack("<I", kind) + value


def tensor(sizes: list[int], kind: int = 0, offset: int = 0, name: bytes = b"a") -> bytes:
    shape = struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes)
    return struct.pack("<Q", len(name)) + name + shape + struct.pack("<IQ", kind, offset)


def array(of: int, count: int, content: bytes = b"") -> bytes:
    return struct.pack("<IQ", of, count) + content


HUGE = (1 << 64) - 1
ALIGNMENT = b"general.alignment"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GGUF", "is cut short"),
        (gguf(0, 0, version=99), "version 99"),
        (gguf(HUGE, 0), "tensors; at most"),
        (gguf(0, HUGE), "keys; at most"),
        (gguf(0, 1, struct.pack("<Q", HUGE)), "bytes in a string"),
        (gguf(0, 1, key(b"a", 8, struct.pack("<Q", 1 << 40))), "bytes in a string"),
        (gguf(0, 1, key(b"a", 99, b"")), "unknown kind 99"),
        (gguf(0, 1, key(b"a", 9, array(9, 1, array(9, 1)))), "array of kind 9"),
        (gguf(0, 1, key(b"a", 9, array(4, HUGE))), "values in an array"),
        (gguf(0, 2, key(b"a", 9, array(0, 1 << 22, bytes(1 << 22))) + key(b"b", 9, array(0, 1))), "values in an array"),
        (gguf(0, 1, key(b"a", 9, array(8, 1 << 22))), "is cut short"),
        (gguf(0, 2, key(b"a", 0, b"\0") * 2), "twice"),
        (gguf(0, 1, key(b"\xff", 0, b"\0")), "not UTF-8"),
        (gguf(0, 1, key(ALIGNMENT, 10, struct.pack("<Q", 0))), "an alignment of 0"),
        (gguf(0, 1, key(ALIGNMENT, 10, struct.pack("<Q", 1 << 40))), "an alignment of 1099511627776"),
        (gguf(0, 1, key(ALIGNMENT, 8, struct.pack("<Q", 1) + b"x")), "an alignment of x"),
        (gguf(1, 0, tensor([1 << 39, 1 << 39])), "claims the shape"),
        (gguf(1, 0, tensor([0])), "claims the shape"),
        (gguf(1, 0, tensor([4] * 5)), "malformed entry"),
        (gguf(1, 0, tensor([4], kind=2)), "in the type 2"),
        (gguf(1, 0, tensor([33], kind=8)), "no whole blocks"),
        (gguf(1, 0, tensor([4], offset=1 << 40)), "past the file's end"),
        (gguf(1, 0, tensor([4], offset=HUGE)), "out of line"),
        (gguf(1, 0, tensor([4], name=b"x" * 65)), "malformed entry"),
        (gguf(2, 0, tensor([4]) * 2 + bytes(99)), "two tensors of one name"),
        (gguf(2, 0, tensor([16]) + tensor([16], name=b"b") + bytes(999)), "over another one"),
    ],
)
def test_gguf_files_that_ask_for_anything(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(content)
    with pytest.raises(InteropError) as caught:
        read_gguf(tmp_path / "a.gguf")
    assert words in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("name", MODELS)
def test_layers_that_the_config_does_not_have_are_refused(name: str, tmp_path: Path) -> None:
    folder = exported(name, tmp_path / "theirs")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if name == "own":
        config["stack"]["layers"] = "narrative"
    else:
        config["n_layer" if name == "gpt2" else "num_hidden_layers"] = 1
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(
        InteropError, match=r"its config has no place for \d+ of its \d+ weights|weights are those of another"
    ):
        imported(folder)


def test_what_transformers_leaves_out_is_no_weight_that_is_left(tmp_path: Path) -> None:
    beside = {
        "gpt2": ["transformer.h.0.attn.bias", "transformer.h.1.attn.masked_bias"],
        "llama": ["model.layers.0.self_attn.rotary_emb.inv_freq", "lm_head.weight"],
    }
    for name, names in beside.items():
        folder = exported(name, tmp_path / name)
        weights = load_file(folder / "model.safetensors")
        assert "lm_head.weight" not in weights
        save_file({**weights, **{one: torch.ones(3) for one in names}}, folder / "model.safetensors")
        imported(folder)
        save_file({**weights, "evil.weight": torch.ones(3)}, folder / "model.safetensors")
        with pytest.raises(InteropError, match="no place for 1 of its"):
            imported(folder)


@pytest.mark.skipif(not hasattr(os, "truncate"), reason="no files with holes")
def test_a_tensor_that_no_memory_holds_is_refused_in_words(tmp_path: Path) -> None:
    """A file with a hole of 2.9 TB, as a file of a few kilobytes on the disk can claim."""
    numbers = 725_000_000_000
    entry = struct.pack("<Q", 17) + b"token_embd.weight" + struct.pack("<IQIQ", 1, numbers, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + entry
    path = tmp_path / "large.gguf"
    path.write_bytes(head)
    os.truncate(path, -(-len(head) // 32) * 32 + 4 * numbers)
    with pytest.raises(InteropError, match=r"holds tensors that take 5.8 TB of memory as float32, and .* are left"):
        read_gguf(path)
