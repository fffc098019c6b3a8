"""Tokenizers in JavaScript beside the package's own: the same tokens, the same texts, the same seams of prompts."""

import json
import random
from pathlib import Path

import pytest

from pocket_narrator.errors import InteropError
from pocket_narrator.generation.healing import find_seam
from pocket_narrator.interop.page.container import Container
from pocket_narrator.interop.page.tokenizer import tell_tokenizer
from pocket_narrator.tokenizers import Tokenizer
from tests.interop.page.javascript import needs_node, run_javascript
from tests.interop.page.tokenizers_of_each_kind import make_tokenizers, strange_texts

COMPARE = """
import { inflate, readContainer } from "./container.js";
import { Tokenizer } from "./tokenizer.js";
import { Healer } from "./healing.js";
const found = [];
for (let number = 0; number < given.count; number++) {
  const { about, tensors } = readContainer(await inflate(fs.readFileSync(`${number}.bin`)));
  const tokenizer = new Tokenizer(about.tokenizer, tensors), healer = new Healer(tokenizer), junk = given.junk[number];
  const streamed = (ids) => {
    const stream = tokenizer.stream();
    return ids.map((id) => stream.push(id)).join("") + stream.finish();
  };
  const ids = given.texts.map((text) => tokenizer.encode(text));
  const seams = ids.slice(0, given.seams).map((each) => healer.seam(each));
  found.push({ ids, texts: junk.map((each) => tokenizer.decode(each)), streamed: junk.map(streamed),
    seams: seams.map((seam) => seam && [seam.at, Buffer.from(seam.owed).toString("hex"), seam.isCertain]) });
}
console.log(JSON.stringify(found));
"""


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tokenizer]:
    return dict(make_tokenizers(tmp_path_factory.mktemp("tokenizers")))


def compare(tokenizers: dict[str, Tokenizer], folder: Path, count: int) -> None:
    texts, chance = strange_texts(count), random.Random(1)
    junk = [
        [[chance.randrange(one.vocabulary_size) for _ in range(chance.randrange(12))] for _ in range(count)]
        for one in tokenizers.values()
    ]
    for number, tokenizer in enumerate(tokenizers.values()):
        container = Container()
        told = {"tokenizer": tell_tokenizer(tokenizer, container)}
        (folder / f"{number}.bin").write_bytes(container.to_bytes(told))
    given = {"count": len(tokenizers), "texts": texts, "junk": junk, "seams": 300}
    for (name, tokenizer), found, ids in zip(
        tokenizers.items(), run_javascript(folder, COMPARE, given), junk, strict=True
    ):
        own = [array.tolist() for array in tokenizer.encode_batch(texts)]
        assert [
            (text, theirs) for text, theirs, ours in zip(texts, found["ids"], own, strict=True) if theirs != ours
        ] == [], name
        assert found["texts"] == found["streamed"] == [tokenizer.decode(each) for each in ids], name
        seams = (find_seam(tokenizer.prefixes, each) for each in own[:300])
        expected = [None if seam is None else [seam.at, seam.owed.hex(), seam.is_certain] for seam in seams]
        assert found["seams"] == expected, name


@needs_node
def test_they_spell_as_the_package_does(tokenizers, tmp_path) -> None:
    compare(tokenizers, tmp_path, 400)


@needs_node
@pytest.mark.slow
def test_ten_thousand_strange_texts(tokenizers, tmp_path) -> None:
    compare(tokenizers, tmp_path, 10_000)


@needs_node
def test_half_a_surrogate_pair_is_a_replacement_character(tokenizers, tmp_path) -> None:
    container = Container()
    (tmp_path / "0.bin").write_bytes(container.to_bytes({"tokenizer": tell_tokenizer(tokenizers["bpe"], container)}))
    program = """
import { inflate, readContainer } from "./container.js";
import { Tokenizer } from "./tokenizer.js";
const { about, tensors } = readContainer(await inflate(fs.readFileSync("0.bin")));
const tokenizer = new Tokenizer(about.tokenizer, tensors);
console.log(JSON.stringify(["a\\ud800b", "\\udc00", "\\ud83d\\ude42"].map((text) => tokenizer.decode(tokenizer.encode(text)))));
"""
    assert run_javascript(tmp_path, program) == ["a\ufffdb", "\ufffd", "\U0001f642"]


@pytest.mark.parametrize(
    ("part", "changed", "what"),
    [
        ("normalizer", {"type": "Replace", "pattern": {"String": "q"}, "content": "q"}, "a normalizer other than"),
        ("pre_tokenizer", {"type": "Whitespace"}, "pre-tokenizer Whitespace"),
        ("pre_tokenizer", {"type": "Split", "pattern": {"Regex": r"\p{Han}"}, "behavior": "Isolated", "invert": False}, "the pattern"),
        ("added_tokens", [{"content": "q", "id": 3, "single_word": True, "special": False}], "in some places only"),
    ],
)  # fmt: skip
def test_what_pages_cannot_spell_is_named(tokenizers, monkeypatch, part, changed, what) -> None:
    tokenizer = tokenizers["bpe"]
    other = {**json.loads(tokenizer.to_text()), part: changed}
    monkeypatch.setattr(tokenizer, "to_text", lambda: json.dumps(other))
    with pytest.raises(InteropError, match=what) as caught:
        tell_tokenizer(tokenizer, Container())
    assert "--to hf" in str(caught.value.hint)
