"""The decoder in WebAssembly beside the C decoder of this machine."""

import json
import zlib
from importlib.resources import files

import numpy as np
import pytest
import torch

from pocket_narrator.interop.page.container import Container
from pocket_narrator.interop.page.program import size_of, tell_program
from pocket_narrator.models.decoding.compiled import CompiledDecoder
from pocket_narrator.models.decoding.decoder import Part
from pocket_narrator.models.kernels import native
from tests.interop.page.javascript import needs_node, run_javascript
from tests.models.decoding.test_decoder import COMPILED
from tests.models.stacks import make_stack, random_tokens

pytestmark = [needs_node, pytest.mark.skipif(not native.available(), reason=native.status())]
TOLERANCE = {"fp32": 3e-6, "int8": 3e-3}  # of the largest logit; int8 rounds inputs, and keys and values to bf16
PROMPT = [0, 5, 7, 9, 11]

READ = """
import { inflate, readContainer } from "./container.js";
import { openWasm, StackDecoder } from "./decoder.js";
const found = [];
for (const { name, tokens } of given) {
  const { about, tensors } = readContainer(await inflate(fs.readFileSync(name)));
  const wasm = await openWasm(fs.readFileSync("decoder.wasm")), decoder = new StackDecoder(wasm, about, tensors);
  const logits = () => Array.from(wasm.views.f32.subarray(decoder.logits >> 2, (decoder.logits >> 2) + decoder.vocabulary));
  const story = () => {
    decoder.clear();
    decoder.read(tokens.slice(0, 5));
    return [logits(), ...tokens.slice(5).map((token) => (decoder.read([token]), logits()))];
  };
  const first = story(), bytes = wasm.call.memory.buffer.byteLength, again = story();
  found.push({ logits: first, same: JSON.stringify(first) === JSON.stringify(again), grown: wasm.call.memory.buffer.byteLength - bytes });
}
console.log(JSON.stringify(found));
"""


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_every_family_has_the_logits_of_the_decoder_here(precision, tmp_path) -> None:
    """Reading on far past the context, a second time from the beginning, in memory that does not grow."""
    given, expected = [], []
    for number, model in enumerate(COMPILED.values()):
        stack, container = make_stack(model), Container()
        tokens = PROMPT + random_tokens(2 * model.context, seed=number).tolist()
        (tmp_path / f"{number}.bin").write_bytes(container.to_bytes(tell_program(stack, precision, container)))
        given.append({"name": f"{number}.bin", "tokens": tokens})
        decoder = CompiledDecoder(stack, 1, precision)
        parts = [tokens[:5], *([token] for token in tokens[5:])]
        expected.append([decoder.read([Part(0, part)])[0].numpy().copy() for part in parts])
    for name, ours, theirs in zip(COMPILED, expected, run_javascript(tmp_path, READ, given), strict=True):
        difference = np.abs(np.array(ours) - np.array(theirs["logits"])).max() / np.abs(ours).max()
        assert difference < TOLERANCE[precision], name
        assert theirs["same"], name
        assert theirs["grown"] == 0, name


def test_a_tied_head_is_kept_once() -> None:
    sizes = []
    for tied in (True, False):
        container = Container()
        stack = make_stack(COMPILED["llama"].model_copy(update={"tied_head": tied}))
        tell_program(stack, "int8", container)
        sizes.append(container.nbytes)
    assert sizes[1] - sizes[0] >= stack.embedding.weight.numel()


def test_int8_tables_have_a_byte_a_number() -> None:
    stack, container = make_stack(COMPILED["everything"]), Container()
    tables = [module.weight for module in stack.modules() if isinstance(module, torch.nn.Embedding)]
    tell_program(stack, "int8", container)
    head = zlib.decompress(container.to_bytes({})).split(b"\n", 1)[0]
    kept = [size for dtype, size, _ in json.loads(head)["tensors"] if dtype == "int8"]
    assert {table.numel() for table in tables} <= set(kept)


def test_structs_are_as_the_module_has_them(tmp_path) -> None:
    """A module that was compiled from other sources would read other fields."""
    program = """
import { openWasm } from "./decoder.js";
const wasm = await openWasm(fs.readFileSync("decoder.wasm")), { u8, i32 } = wasm.views, found = {};
for (let at = wasm.call.constants(); i32[at >> 2]; at += 16) {
  const name = i32[at >> 2];
  found[Buffer.from(u8.subarray(name, u8.indexOf(0, name))).toString()] = i32[(at >> 2) + 2];
}
console.log(JSON.stringify(found));
"""
    found, declared = run_javascript(tmp_path, program), native.layouts().declared
    structs = [name for name in declared.structs if name.endswith("_operation") or name == "decode_step"]
    assert {f"sizeof {name}": size_of(declared, name) for name in structs}.items() <= found.items()
    kinds = {name: value for name, value in found.items() if name.startswith("OPERATION_")}
    assert kinds == {name: native.constant(name) for name in kinds}


@pytest.mark.slow
def test_the_module_is_what_its_sources_compile_to(tmp_path) -> None:
    pytest.importorskip("ziglang", reason="the decoder of pages is compiled with: pip install ziglang==0.17.1")
    from distribution.wasm import compile_decoder

    compile_decoder(tmp_path / "decoder.wasm")
    kept = files("pocket_narrator.interop.page") / "assets" / "decoder.wasm"
    assert (tmp_path / "decoder.wasm").read_bytes() == kept.read_bytes(), "run: python -m distribution.wasm"
