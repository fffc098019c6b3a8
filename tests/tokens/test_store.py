"""The token store: what was encoded is what is read, and no damage goes unseen."""

import dataclasses
import hashlib
import json
import random
import shutil

import numpy as np
import pytest

from pocket_narrator.corpus import Story
from pocket_narrator.errors import TokenStoreError
from pocket_narrator.tokenizers import Tokenizer, train_bpe
from pocket_narrator.tokens import TokenStore, build_store
from pocket_narrator.tokens import encoding as encoding_module

STORIES = [
    f"Tom had {count} caf\u00e9s. \u201cHi!\u201d said Mia <|endoftext|>{'!' * (count % 7)} \U0001f642"
    for count in range(300)
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_bpe(STORIES, 350)


@pytest.fixture
def store(tokenizer, tmp_path) -> TokenStore:
    return build_store(map(Story, STORIES), tokenizer, tmp_path / "tokens" / "train")


def test_stories_come_back(store, tokenizer):
    assert store.num_stories == len(STORIES)
    for index, story in enumerate(STORIES):
        ids = store.story(index)
        assert ids[0] == store.end_of_text == tokenizer.end_of_text
        assert tokenizer.decode(ids) == story
        assert store.story_bytes[index] == len(story.encode())
    assert store.num_bytes == sum(len(story.encode()) for story in STORIES)
    assert store.num_tokens == len(STORIES) + sum(map(len, tokenizer.encode_batch(STORIES)))
    assert store.tokens.dtype == np.uint16
    store.verify()


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_store_in_runs_of_any_size_and_by_any_number_of_processes(
    store, tokenizer, tmp_path, monkeypatch, workers
):
    monkeypatch.setattr(encoding_module, "RUN_CHARACTERS", 500)
    assert build_store(map(Story, STORIES), tokenizer, tmp_path / "again", workers=workers).meta == store.meta


@pytest.mark.parametrize("workers", [1, 2])
def test_a_mixture_keeps_the_source_of_every_story(store, tokenizer, tmp_path, monkeypatch, workers):
    monkeypatch.setattr(encoding_module, "RUN_CHARACTERS", 500)
    sources = [index * index % 3 for index in range(len(STORIES))]
    stories = [Story(text, "", source) for text, source in zip(STORIES, sources, strict=True)]
    mixed = build_store(stories, tokenizer, tmp_path / "mixed", sources=["a", "b", "c"], workers=workers)
    assert mixed.meta.sources == ("a", "b", "c")
    assert mixed.story_sources.tolist() == sources
    assert (mixed.tokens == store.tokens).all()
    assert mixed.meta.text_sha256 == store.meta.text_sha256
    assert not store.story_sources.any()
    assert store.meta.sources == ()
    mixed.verify()


def test_a_store_of_the_first_format_is_read(store, tokenizer):
    """It had one source only, and did not say so."""
    meta = dataclasses.asdict(store.meta) | {"format_version": 1}
    del meta["sources"]
    checksum = hashlib.sha256(json.dumps(meta, sort_keys=True).encode()).hexdigest()
    (store.folder / "meta.json").write_text(json.dumps(meta | {"checksum": checksum}), encoding="utf-8")
    opened = TokenStore.open(store.folder, tokenizer=tokenizer.fingerprint)
    opened.verify()
    assert (opened.tokens == store.tokens).all()
    assert opened.meta.sources == ()
    assert not opened.story_sources.any()
    (store.folder / "meta.json").write_text(
        json.dumps(meta | {"format_version": 3, "checksum": checksum}), encoding="utf-8"
    )
    with pytest.raises(TokenStoreError, match="format version 3"):
        TokenStore.open(store.folder)


def test_a_large_vocabulary_is_stored_in_four_bytes(tokenizer, tmp_path):
    raw = json.loads(tokenizer.to_text())
    names = [f"token{number}" for number in range(1 << 16)]
    raw["model"]["vocab"].update({name: len(raw["model"]["vocab"]) + place for place, name in enumerate(names)})
    large = Tokenizer(json.dumps(raw))
    store = build_store(map(Story, STORIES), large, tmp_path / "large")
    assert store.tokens.dtype == np.uint32
    assert tokenizer.decode(store.story(7)) == STORIES[7]


def test_a_store_is_replaced_as_a_whole(store, tokenizer):
    replaced = build_store(map(Story, STORIES[:5]), tokenizer, store.folder)
    assert replaced.num_stories == 5
    assert [path.name for path in store.folder.parent.iterdir()] == ["train"]


def test_a_failure_leaves_the_old_store_and_nothing_else(store, tokenizer):
    def broken():
        yield from map(Story, STORIES[:10])
        raise OSError(28, "No space left on device")

    with pytest.raises(TokenStoreError, match="No space left"):
        build_store(broken(), tokenizer, store.folder)
    TokenStore.open(store.folder).verify()
    assert [path.name for path in store.folder.parent.iterdir()] == ["train"]


def test_no_stories_is_an_error(tokenizer, tmp_path):
    with pytest.raises(TokenStoreError, match="no story"):
        build_store([], tokenizer, tmp_path / "empty")
    assert list(tmp_path.iterdir()) == []


def test_another_tokenizer_is_noticed(store):
    with pytest.raises(TokenStoreError, match="another tokenizer"):
        TokenStore.open(store.folder, tokenizer=train_bpe(STORIES, 300).fingerprint)


def test_a_missing_store_is_explained(tmp_path):
    with pytest.raises(TokenStoreError, match="no token store here"):
        TokenStore.open(tmp_path)


def mutate(raw: bytes, chance: random.Random) -> bytes:
    """One flipped bit, a truncation, an insertion, or a zeroed run."""
    place = chance.randrange(len(raw))
    kind = chance.choice(["flip", "truncate", "insert", "zero"])
    if kind == "flip":
        return raw[:place] + bytes([raw[place] ^ (1 << chance.randrange(8))]) + raw[place + 1 :]
    if kind == "truncate":
        return raw[:place]
    if kind == "insert":
        return raw[:place] + chance.randbytes(chance.randint(1, 9)) + raw[place:]
    return raw[:place] + bytes(min(64, len(raw) - place)) + raw[place + 64 :]


@pytest.mark.parametrize("name", ["tokens.bin", "stories.bin", "bytes.bin", "sources.bin", "meta.json"])
def test_damage_is_found(tokenizer, tmp_path, name):
    """300 mutants of each file: opened and verified, each is refused, or is the store it was."""
    stories = [Story(text, "", index % 2) for index, text in enumerate(STORIES)]
    store = build_store(stories, tokenizer, tmp_path / "tokens" / "train", sources=["a", "b"])
    raw = (store.folder / name).read_bytes()
    chance = random.Random(name)
    copy = tmp_path / "copy"
    shutil.copytree(store.folder, copy)
    refused = 0
    for _ in range(300):
        damaged = mutate(raw, chance)
        (copy / name).write_bytes(damaged)
        try:
            opened = TokenStore.open(copy, tokenizer=store.meta.tokenizer)
            opened.verify()
        except TokenStoreError:
            refused += 1
            continue
        assert damaged == raw or name == "meta.json"
        same = (opened.meta.end_of_text, opened.num_bytes, opened.num_stories, opened.meta.text_sha256)
        assert same == (store.meta.end_of_text, store.num_bytes, store.num_stories, store.meta.text_sha256)
        assert (opened.tokens == store.tokens).all()
    assert refused > 200


def test_swapped_files_are_found(store, tokenizer, tmp_path):
    other = build_store(map(Story, STORIES[::-1]), tokenizer, tmp_path / "other")
    assert other.meta.sizes() == store.meta.sizes()
    shutil.copy(other.folder / "tokens.bin", store.folder / "tokens.bin")
    with pytest.raises(TokenStoreError, match=r"tokens\.bin is damaged"):
        TokenStore.open(store.folder).verify()


@pytest.mark.parametrize(
    "values",
    [
        *({"dtype": "float32"}, {"dtype": []}, {"tokenizer": 5}, {"text_sha256": 5}, {"sha256": []}, {"stories": 0}),
        *(
            {"tokens": -1},
            {"tokens": True},
            {"bytes": 0},
            {"end_of_text": "x"},
            {"sources": [1, 2]},
            {"stories": 2**70},
        ),
    ],
)
def test_values_that_vouch_for_themselves_are_looked_at(values, store):
    meta = dataclasses.replace(store.meta, **values)
    (store.folder / "meta.json").write_text(meta.to_json())
    with pytest.raises(TokenStoreError, match=r"meta\.json|tokens\.bin|stories\.bin"):
        TokenStore.open(store.folder)


def test_sizes_and_ids_that_no_text_has_are_found(store, tokenizer):
    def sign(name: str, raw: bytes) -> None:
        (store.folder / name).write_bytes(raw)
        sha256 = {**store.meta.sha256, name: hashlib.sha256(raw).hexdigest()}
        (store.folder / "meta.json").write_text(dataclasses.replace(store.meta, sha256=sha256).to_json())

    kept = (store.folder / "tokens.bin").read_bytes()
    sign("tokens.bin", kept[:2] + b"\xff\xff" + kept[4:])
    opened = TokenStore.open(store.folder)
    opened.verify()
    with pytest.raises(TokenStoreError, match="ids beyond the 350 of its tokenizer"):
        opened.verify(tokenizer.vocabulary_size)
    sign("tokens.bin", kept)
    sign("bytes.bin", bytes(4 * store.num_stories))
    with pytest.raises(TokenStoreError, match=r"bytes\.bin does not fit"):
        TokenStore.open(store.folder)
