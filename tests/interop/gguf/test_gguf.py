"""GGUF files: read back to the same model, opened by llama.cpp where that is installed, and refused where they are damaged."""

import contextlib
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pocket_narrator.errors import InteropError, NarratorError
from pocket_narrator.interop.chat_template import CHAT_TEMPLATE
from pocket_narrator.interop.formats import RECIPES
from pocket_narrator.interop.gguf.export import _tell_along, export_gguf, stack_of
from pocket_narrator.interop.gguf.file import from_gguf_terms, to_gguf_terms, write_gguf
from pocket_narrator.interop.gguf.llama_cpp import LlamaCpp, llama_cpp_is_installed
from pocket_narrator.interop.gguf.reader import read_gguf
from pocket_narrator.interop.gguf.shapes import ARCHITECTURES
from pocket_narrator.interop.gguf.tokenizer import from_metadata, to_metadata
from pocket_narrator.interop.hugging_face.classes import from_hugging_face
from pocket_narrator.interop.import_model import as_stack
from pocket_narrator.models.positions import sinusoidal_table
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.run.loading import load_trained
from pocket_narrator.tokenizers import Tokenizer
from tests.interop.exportable import GPT2S, KNOWN, TRAINED, logits_of, make_run
from tests.models.stacks import VOCABULARY, make_stack, random_tokens

pytest.importorskip("gguf", reason="make setup")
RunOf = Callable[..., Path]
needs_llama_cpp = pytest.mark.skipif(not llama_cpp_is_installed(), reason="pip install llama-cpp-python")


@pytest.fixture
def run(run_of: RunOf) -> Path:
    return run_of("llama")


@pytest.mark.parametrize(("name", "trained"), [(name, False) for name in KNOWN] + [(name, True) for name in TRAINED])
def test_read_back_it_is_the_same_model(name: str, trained: bool, run_of: RunOf) -> None:
    """By us, and by llama.cpp where it is installed: an export asks it for its greedy text."""
    run = run_of(name, trained)
    exported = export_gguf(run)
    assert exported.path == run / "export/small-f32.gguf"
    assert exported.parity.largest_difference <= 1e-5 * exported.parity.largest_logit
    assert (exported.parity.greedy_equal, exported.parity.greedy_tokens) == (256, 256)
    ours = load_trained(run).model
    tokens = random_tokens(2, 50)
    torch.testing.assert_close(logits_of(stack_of(read_gguf(exported.path)), tokens), logits_of(ours, tokens))
    note, *positions = exported.notes
    assert bool(positions) == (name in GPT2S)
    if not llama_cpp_is_installed():
        assert "not by llama.cpp itself" in note
    elif (
        note != "llama.cpp opens it and generates the same 256 greedy tokens"
    ):  # a near tie, where GELU is a table of float16
        assert name in GPT2S
        assert int(note.split(" of 256 times")[0].split()[-1]) > 250


@needs_llama_cpp
def test_llama_cpp_notices_another_model(run: Path, tmp_path: Path) -> None:
    opened = LlamaCpp(export_gguf(run, tmp_path / "x.gguf").path, 320)
    other = load_trained(run).model
    with torch.no_grad():
        other.layers[1].mixer.out.weight[3, 3] += 1e-2
    with pytest.raises(InteropError, match="gives other logits than the run"):
        _tell_along(opened, other, [0, 5, 9])


@needs_llama_cpp
@pytest.mark.parametrize("precision", ["f16", "bf16", "q8_0"])
def test_llama_cpp_computes_with_rounded_weights(run: Path, precision, tmp_path: Path) -> None:
    path = export_gguf(run, tmp_path / "x.gguf", precision).path
    tokens = random_tokens(1, 60)[0].tolist()
    theirs = torch.from_numpy(LlamaCpp(path, 320).next_logits(tokens))
    ours = logits_of(stack_of(read_gguf(path)), torch.tensor([tokens]))[0, -1]
    assert (theirs - ours).abs().max() < 0.02 * ours.abs().max()


@needs_llama_cpp
def test_llama_cpp_splits_texts_as_we_do(run: Path, tmp_path: Path) -> None:
    opened = LlamaCpp(export_gguf(run, tmp_path / "x.gguf").path, 320)
    tokenizer = load_trained(run).tokenizer
    for text in ("The cat's 12 balls,  and\n\n then\t\u2014 caf\u00e9 \U0001f642!!", " <|endoftext|> the", "I'll go"):
        assert opened.encode(text) == [tokenizer.end_of_text, *tokenizer.encode(text)]


@pytest.mark.parametrize(("context", "rows"), [(40, 512), (320, 512), (512, 512), (600, 768), (1024, 1024)])
def test_a_gpt2_has_as_many_positions_as_llama_cpp_may_ask_for(
    context: int, rows: int, run: Path, tmp_path: Path
) -> None:
    model = KNOWN["gpt2"].model_copy(update={"context": context})
    tokenizer = load_trained(run).tokenizer
    stack = make_stack(model, tokenizer.vocabulary_size)
    foreign = to_gguf_terms(model, tokenizer.vocabulary_size, stack.state_dict())
    write_gguf(tmp_path / "x.gguf", foreign, tokenizer, "x", 1e4, "f32")
    file = read_gguf(tmp_path / "x.gguf")
    assert file.metadata["gpt2.context_length"] == len(file.tensors["position_embd.weight"]) == rows
    assert file.metadata.get("pocket_narrator.context_length", rows) == context
    again = stack_of(file)
    assert again.context == context
    assert torch.equal(again.state_dict()["positions.table"], stack.state_dict()["positions.table"])
    spare = file.tensors["position_embd.weight"][context:]
    assert spare.shape[0] == 0 or spare.abs().max() < stack.state_dict()["positions.table"].abs().max()


def test_sines_go_on_as_they_are_defined() -> None:
    model = KNOWN["gpt2, sinusoidal, no biases, own head"]
    foreign = to_gguf_terms(model, VOCABULARY, make_stack(model).state_dict())
    assert torch.equal(foreign.tensors["transformer.wpe.weight"], sinusoidal_table(512, model.width))


@needs_llama_cpp
def test_llama_cpp_goes_past_the_context_of_a_gpt2_and_lives(run_of: RunOf, tmp_path: Path) -> None:
    """In a process of its own, which llama.cpp would end."""
    program = (
        "import sys, llama_cpp\n"
        "llama = llama_cpp.Llama(sys.argv[1], verbose=False)\n"  # 512 tokens, as it makes space for by itself
        "for count, _ in enumerate(llama.generate([0, 5, 9], temp=0)):\n"
        "    if count == 500: break\n"
        "print(llama.n_tokens)"
    )
    path = export_gguf(run_of("gpt2"), tmp_path / "x.gguf").path
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "503"), done.stderr[-2000:]


def test_the_file_says_how_stories_are_told(tmp_path: Path) -> None:
    options = {"top_k": 20, "min_p": 0.05, "repetition_penalty": 1.1, "temperature": 0.7}
    metadata = read_gguf(
        export_gguf(make_run(tmp_path, KNOWN["llama"], sections={"generation": options})).path
    ).metadata
    found = {key.removeprefix("general.sampling."): value for key, value in metadata.items() if "sampling" in key}
    assert found == pytest.approx(
        {
            "sequence": "penalties;temperature;top_k;top_p;min_p",
            "temp": 0.7,
            "top_k": 20,
            "top_p": 1.0,
            "min_p": 0.05,
            "penalty_repeat": 1.1,
            "penalty_last_n": 320,
        }
    )
    assert metadata["tokenizer.chat_template"] == CHAT_TEMPLATE
    assert metadata["tokenizer.ggml.padding_token_id"] == 0


@needs_llama_cpp
def test_llama_cpp_makes_one_story_of_a_chat(run: Path, tmp_path: Path) -> None:
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    opened = LlamaCpp(export_gguf(run, tmp_path / "x.gguf").path, 320)
    end = "<|endoftext|>"
    formatter = Jinja2ChatFormatter(opened._llama.metadata["tokenizer.chat_template"], eos_token=end, bos_token=end)
    chat = [("system", "Be brief."), ("user", "The cat"), ("assistant", ", who sat"), ("user", "Then")]
    made = formatter(messages=[{"role": role, "content": text} for role, text in chat])
    assert made.prompt == "<|endoftext|>The cat, who sat Then"


@pytest.mark.parametrize(("precision", "bits"), [("f16", 16), ("bf16", 16), ("q8_0", 8.5)])
def test_types_round_as_much_as_they_may(run: Path, precision, bits: float, tmp_path: Path) -> None:
    exported = export_gguf(run, tmp_path / "x.gguf", precision)
    assert 0 < exported.parity.largest_difference < 0.05 * exported.parity.largest_logit
    matrices = sum(weight.numel() for weight in load_trained(run).model.state_dict().values() if weight.ndim == 2)
    full = export_gguf(run, tmp_path / "full.gguf").path.stat().st_size
    assert full - exported.path.stat().st_size == pytest.approx(matrices * (32 - bits) / 8, rel=0.01)


def test_what_llama_cpp_cannot_hold_is_refused_before_anything_is_written(run_of: RunOf) -> None:
    run = run_of("hybrid")
    with pytest.raises(InteropError, match=r"llama\.cpp cannot hold this model"):
        export_gguf(run)
    assert not list(run.glob("export/*.gguf"))


def test_somebody_elses_file_is_not_replaced(run_of: RunOf, tmp_path: Path) -> None:
    out = tmp_path / "notes.gguf"
    out.write_text("my notes", encoding="utf-8")
    with pytest.raises(InteropError, match="no GGUF file, and would be lost"):
        export_gguf(run_of("gpt2"), out)
    assert out.read_text(encoding="utf-8") == "my notes"


def test_recipes_that_the_refusal_names_can_be_held() -> None:
    for name in RECIPES:
        recipe = load_recipe([name], ["corpus.kind=storyworld"])
        stack = DecoderStack(recipe.stack()[0], recipe.tokenizer.vocabulary_size)
        foreign = to_gguf_terms(stack.model, recipe.tokenizer.vocabulary_size, stack.state_dict())
        assert foreign.config["model_type"] in ARCHITECTURES


def test_another_split_of_texts_is_refused(run: Path) -> None:
    parsed = json.loads(load_trained(run).tokenizer.to_text())
    digits = {"type": "Digits", "individual_digits": True}
    parsed["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [digits, parsed["pre_tokenizer"]]}
    with pytest.raises(InteropError, match="does not split texts as GPT-2's does"):
        to_metadata(Tokenizer(json.dumps(parsed)))


def test_the_tokenizer_comes_back(run: Path, tmp_path: Path) -> None:
    tokenizer = load_trained(run).tokenizer
    again = from_metadata(read_gguf(export_gguf(run, tmp_path / "x.gguf").path).metadata)
    assert again.vocabulary_size == tokenizer.vocabulary_size
    assert again.end_of_text == tokenizer.end_of_text
    text = "The cat's 12 balls,  and\n\n then\t\u2014 caf\u00e9 \U0001f642!!"
    assert again.encode(text) == tokenizer.encode(text)


# ---- files that may come from anywhere


def small_file(folder: Path, run: Path) -> Path:
    model = KNOWN["gpt2"].model_copy(update={"width": 4, "layers": "attention*1", "heads": 1, "context": 2})
    tokenizer = load_trained(run).tokenizer
    foreign = to_gguf_terms(model, tokenizer.vocabulary_size, make_stack(model, tokenizer.vocabulary_size).state_dict())
    write_gguf(folder / "small.gguf", foreign, tokenizer, "small", 1e4, "f32")
    return folder / "small.gguf"


def header(tensors: int = 0, keys: int = 0, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys)


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def tensor(name: str, shape: list[int], kind: int, offset: int) -> bytes:
    return string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cut short"),
        (b"PK\x03\x04" + bytes(20), "no GGUF file"),
        (header(version=1), "GGUF version 1"),
        (header(tensors=2**60), "claims 1,152,921,504,606,846,976 tensors"),
        (header(keys=2**60), "claims 1,152,921,504,606,846,976 keys"),
        (header(keys=1) + struct.pack("<Q", 2**62), "bytes in a string"),
        (header(keys=1) + string("a") + struct.pack("<IIQ", 9, 4, 2**62), "values in an array"),
        (header(keys=1) + string("a") + struct.pack("<IIQ", 9, 9, 1), "array of kind 9"),
        (header(keys=1) + string("a") + struct.pack("<I", 77), "unknown kind 77"),
        (header(keys=2) + 2 * (string("a") + struct.pack("<II", 4, 1)), "the key 'a' twice"),
        (header(keys=1) + struct.pack("<Q", 1) + b"\xff" + struct.pack("<II", 4, 1), "not UTF-8"),
        (header(1) + tensor("a", [2**39, 2**39], 0, 0), "claims the shape"),
        (header(1) + tensor("a", [4, 0], 0, 0), "claims the shape"),
        (header(1) + tensor("a", [4] * 9, 0, 0), "malformed entry"),
        (header(1) + tensor("a", [256], 12, 0), "in the type 12"),
        (header(1) + tensor("a", [5], 8, 0), "no whole blocks"),
        (header(1) + tensor("a", [1000], 0, 0) + bytes(64), "ends past the file's end"),
        (header(1) + tensor("a", [4], 0, 2**63) + bytes(64), "ends past the file's end"),
        (header(2) + tensor("a", [16], 0, 0) + tensor("b", [16], 0, 32) + bytes(256), "over another one"),
        (header(2) + tensor("a", [8], 0, 0) + tensor("a", [8], 0, 32) + bytes(256), "two tensors of one name"),
        (header(1) + tensor("a", [8], 0, 3) + bytes(256), "out of line"),
    ],
)
def test_hostile_files_are_refused_in_words(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(content)
    with pytest.raises(InteropError, match=message):
        read_gguf(tmp_path / "x.gguf")


def test_any_damage_is_refused_or_read(run: Path, tmp_path: Path) -> None:
    path = small_file(tmp_path, run)
    whole = path.read_bytes()
    place = st.integers(0, len(whole) - 1)

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=4), st.one_of(st.just(len(whole)), place)
    )
    def damaged(changes: list[tuple[int, int]], length: int) -> None:
        content = bytearray(whole)
        for where, byte in changes:
            content[where] = byte
        path.write_bytes(content[:length])
        with contextlib.suppress(NarratorError):  # in words; anything else fails the test
            file = read_gguf(path)
            from_metadata(file.metadata)
            model, tensors = from_hugging_face(*from_gguf_terms(file))
            as_stack(model, len(tensors["embedding.weight"]), tensors)

    damaged()


def test_the_reader_agrees_with_the_package_gguf(run: Path, tmp_path: Path) -> None:
    from gguf import GGUFReader
    from gguf.quants import dequantize

    path = export_gguf(run, tmp_path / "x.gguf", "q8_0").path
    ours, theirs = read_gguf(path), GGUFReader(path)
    assert ours.tensors.keys() == {tensor.name for tensor in theirs.tensors}
    for one in theirs.tensors:
        expected = np.asarray(dequantize(one.data, one.tensor_type)).reshape(ours.tensors[one.name].shape)
        np.testing.assert_array_equal(ours.tensors[one.name].numpy(), expected)
    assert ours.metadata["llama.block_count"] == 2
