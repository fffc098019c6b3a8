"""Bytes as the text of a page, and tensors as bytes."""

import random

import numpy as np
import pytest

from pocket_narrator.interop.page.container import AWKWARD, Container, as_text
from tests.interop.page.javascript import needs_node, run_javascript

RAW = {
    "nothing": b"",
    "one byte": b"\xff",
    "zeros": bytes(1000),
    "awkward symbols in a row": bytes([0b00011010, 0b00110100, 0b01101000]) * 99,
    "angle brackets": b"</script><!--" * 50,
    **{f"{size} of any": random.Random(size).randbytes(size) for size in (2, 7, 8, 13, 20_011)},
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
def test_text_has_seven_bits_a_byte_and_nothing_that_a_page_changes(raw: bytes) -> None:
    text = as_text(raw)
    assert not set(text) & set(map(chr, AWKWARD))
    assert len(text.encode()) <= len(raw) * 8 / 7 + 4


@needs_node
def test_the_page_reads_the_bytes_again(tmp_path) -> None:
    given = [[as_text(raw), len(raw)] for raw in RAW.values()]
    program = """
import { fromText } from "./container.js";
console.log(JSON.stringify(given.map(([text, size]) => Buffer.from(fromText(text, size)).toString("hex"))));
"""
    assert run_javascript(tmp_path, program, given) == [raw.hex() for raw in RAW.values()]


@needs_node
def test_tensors_come_back(tmp_path) -> None:
    container = Container()
    arrays = [
        np.array([1.5, -2], np.float32),
        np.array([-128, 127, 5], np.int8),
        np.array([65535], np.uint16),
        np.array([2**40]),
    ]
    numbers = [container.add(array) for array in arrays]
    assert container.add(arrays[1].copy()) == numbers[1]  # kept once
    assert container.add(arrays[1].reshape(1, 3)) != numbers[1]
    (tmp_path / "model.bin").write_bytes(container.to_bytes({"name": "caf\u00e9"}))
    program = """
import { inflate, readContainer } from "./container.js";
const { about, tensors } = readContainer(await inflate(fs.readFileSync("model.bin")));
console.log(JSON.stringify([about.name, given.map((number) => Array.from(tensors[number], Number))]));
"""
    name, found = run_javascript(tmp_path, program, numbers)
    assert name == "caf\u00e9"
    assert found == [array.tolist() for array in arrays]


def test_it_says_how_much_there_is() -> None:
    container = Container()
    for _ in range(2):
        container.add(np.zeros(1000, np.float32))
    assert container.nbytes == 4000
