"""Pairs of prompt and continuation: encoded part by part, and learned from the prompt's end on."""

import json
from pathlib import Path

import numpy as np
import pytest

from pocket_narrator.corpus import Story, read_stories
from pocket_narrator.errors import CorpusError
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens.batches import NOT_SCORED, BatchOrder
from pocket_narrator.tokens.builder import build_store

PAIRS = [
    ("A cat.\n", "The cat sat on the mat."),
    ("", "The dog ran to the big red house and sat."),
    ("Tell of a dog and a cat.", " The dog saw the cat, and then the cat ran to the tree."),
]


def write_pairs(path: Path) -> Path:
    lines = [json.dumps({"prompt": prompt, "continuation": text, "id": 7}) for prompt, text in PAIRS]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tokenizer():
    return train_bpe(["The cat sat on the mat. The dog ran to the big red house. Tell of a cat."] * 20, 290)


@pytest.mark.parametrize("policy", ["packed", "story", "window", "stream"])
@pytest.mark.parametrize("workers", [1, 2])
def test_only_continuations_are_learned(policy, workers: int, tokenizer, tmp_path: Path) -> None:
    if workers == 2 and policy != "packed":
        pytest.skip("the store is the same")
    store = build_store(
        read_stories(write_pairs(tmp_path / "pairs.jsonl")), tokenizer, tmp_path / "store", workers=workers
    )
    store.verify()
    expected = []
    for index, (prompt, text) in enumerate(PAIRS):
        begin, rest = tokenizer.encode(prompt), tokenizer.encode(text)
        assert store.story(index).tolist() == [tokenizer.end_of_text, *begin, *rest]
        expected += [*rest, tokenizer.end_of_text]
    order = BatchOrder(store, 8, 4, policy)
    steps = -(-order.rows_per_epoch // 4)
    rows = [order.batch(step) for step in range(steps)]
    targets = np.concatenate([batch.targets_BT.ravel() for batch in rows])[: order.rows_per_epoch * 8]
    assert sorted(targets[targets != NOT_SCORED].tolist()) == sorted(expected)


def test_ordinary_stories_have_no_prompts(tokenizer, tmp_path: Path) -> None:
    store = build_store([Story("The cat sat."), Story("The dog ran.")], tokenizer, tmp_path / "store")
    assert store.prompts is None
    assert not (tmp_path / "store" / "prompts.bin").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[1, 2]", "not a JSON object"),
        ('{"prompt": "a"}', "no prompt and continuation"),
        ('{"prompt": 1, "continuation": "a"}', "no prompt and continuation"),
        ('{"prompt": "a", "continuation": " "}', "no prompt and continuation"),
    ],
)
def test_other_lines_are_refused_by_number(line: str, message: str, tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "pairs.jsonl")
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=message) as caught:
        [story.text for story in read_stories(path)]
    assert "line 4" in str(caught.value)
