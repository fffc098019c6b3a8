"""Bits per byte by distance from the beginning, beside a plain sum; and what the command says of what a model sees."""

import math
from itertools import pairwise

import numpy as np
import pytest

from pocket_narrator.corpus import Story
from pocket_narrator.evaluation.likelihood.by_distance import NEAREST, bits_by_distance
from pocket_narrator.evaluation.likelihood.scores import StoryScores
from pocket_narrator.files.json_file import read_json_object
from pocket_narrator.storyworld import make_chronicle
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens.builder import build_store
from tests.evaluation.tiny_run import make_run
from tests.narrator_here import narrator

CHRONICLES = "corpus={kind: storyworld, stories: 12, validation_stories: 3, seed: 3, chapters: 6}"


def test_it_is_the_plain_sum(tmp_path) -> None:
    texts = [make_chronicle(index, 3, chapters).text for index, chapters in enumerate((2, 4, 9))]
    tokenizer = train_bpe(texts, 300)
    store = build_store([Story(text) for text in texts], tokenizer, tmp_path / "store")
    targets = [len(store.story(index)) for index in range(3)]
    offsets = np.concatenate([[0], np.cumsum(targets)])
    nats = np.random.default_rng(0).random(offsets[-1]).astype(np.float32)
    scores = StoryScores(nats, offsets, np.array([len(text) for text in texts]), 64, 32)
    sums: dict[int, list[float]] = {}
    for index in range(3):
        ids = [*store.story(index)[1:].tolist(), None]
        for place, token in enumerate(ids):
            first = 0 if place < NEAREST else 2 ** int(math.log2(place))
            own = sums.setdefault(first, [0.0, 0])
            own[0] += float(nats[offsets[index] + place]) / math.log(2)
            own[1] += 0 if token is None else len(tokenizer.token_bytes(token))
    found = bits_by_distance(scores, store, np.arange(3), tokenizer)
    assert [part.first for part in found] == sorted(sums)
    assert all(left.last + 1 == right.first for left, right in pairwise(found))
    for part in found:
        bits, n_bytes = sums[part.first]
        assert part.bytes == n_bytes
        assert part.bits_per_byte == pytest.approx(bits / n_bytes)
        assert part.texts == sum(length - 1 > part.first for length in targets)
        assert part.interval is None
    assert (
        bits_by_distance(StoryScores(nats, offsets, scores.bytes_S, max(targets), 32), store, np.arange(3), tokenizer)
        == []
    )


def test_the_command_says_it_of_long_texts_and_what_a_window_means(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(CHRONICLES, "tokenizer.vocabulary_size=400", "model.context=128")
    code, out, err = narrator(monkeypatch, capsys, "evaluate", run)
    assert code == 0, err
    assert "1,024-2,047" in out
    assert "before each token the model sees 65 to 128 tokens at most" in out
    assert [part["first"] for part in read_json_object(run / "evaluation" / "likelihood.json")["by_distance"]][:3] == [
        0,
        256,
        512,
    ]
    assert narrator(monkeypatch, capsys, "report", run)[0] == 0
    assert "By distance from the beginning" in (run / "report.html").read_text(encoding="utf-8")
