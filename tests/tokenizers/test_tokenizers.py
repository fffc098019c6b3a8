"""Exact round trips, equality with Hugging Face `tokenizers`, and files that must be refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as HuggingFaceTokenizer
from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

from pocket_narrator.errors import TokenizerError
from pocket_narrator.tokenizers import StreamDecoder, Tokenizer, train_bpe, words

TEXT = [
    "Once upon a time, there was a little girl named Lily",
    '"I don\'t know," she said, "but we\'ll see!"\nTom\u2019s caf\u00e9 had 12 cakes',
    " They ate them all, and they were happy.\n\nThe end.",
]

SPECIAL_CHARACTERS = "\u2019\u201c\u201d\u2013\u2026 \u00e9\u00d7\u00b2\u00bd\u00aa\u0130\u0301\u200d\u2028\u0085\x1c\x1d\x1e\x1f\x00\u4e16\u0660\U0001f642\t\r\n"
PIECES = st.sampled_from(
    [
        "'s",
        "'ll",
        "'x",
        " the",
        "  ",
        " \n ",
        "12",
        " 3",
        "<|endoftext|>",
        "<|",
        "...",
        "don't",
        "Lily",
        *SPECIAL_CHARACTERS,
    ]
)
STRINGS = st.one_of(st.text(), st.lists(PIECES, max_size=20).map("".join), st.text(st.characters(max_codepoint=0x180)))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_bpe(TEXT * 3, 400)


def hugging_face(tokenizer: Tokenizer) -> HuggingFaceTokenizer:
    inner = HuggingFaceTokenizer.from_str(tokenizer.to_text())
    inner.encode_special_tokens = True
    return inner


@settings(max_examples=500)
@given(texts=st.lists(STRINGS, min_size=10, max_size=10))  # 5,000 strings
def test_every_string_comes_back_and_equals_hugging_face(tokenizer, texts):
    inner = hugging_face(tokenizer)
    for text, ids in zip(texts, tokenizer.encode_batch(texts), strict=True):
        ids = ids.tolist()
        assert tokenizer.decode(ids) == text
        assert ids == inner.encode(text, add_special_tokens=False).ids
        assert tokenizer.end_of_text not in ids
        assert tokenizer.encode(text) == ids


def test_a_full_word_cache_changes_nothing(tokenizer, monkeypatch):
    monkeypatch.setattr(words, "LARGEST_CACHE", 3)
    small = Tokenizer(tokenizer.to_text())
    for text in (*TEXT, "x" * 1000, *TEXT):
        assert small.encode(text) == tokenizer.encode(text)


@settings(max_examples=200)
@given(text=STRINGS)
def test_stream_hands_out_whole_characters(tokenizer, text):
    stream = tokenizer.stream()
    assert isinstance(stream, StreamDecoder)
    pieces = [stream.push(token) for token in [tokenizer.end_of_text, *tokenizer.encode(text)]]
    assert "".join(pieces) == text
    assert stream.finish() == ""


def test_a_cut_character_is_withheld_until_the_end(tokenizer):
    ids = tokenizer.encode("\U0001f642")
    assert len(ids) == 4
    stream = tokenizer.stream()
    assert [stream.push(token) for token in ids[:3]] == ["", "", ""]
    assert stream.finish() == "\ufffd"
    assert tokenizer.decode(ids[:3]) == "\ufffd"
    assert tokenizer.decode_bytes(ids[:3]) == "\U0001f642".encode()[:3]


def test_end_of_text_is_shown_only_on_request(tokenizer):
    ids = [tokenizer.end_of_text, *tokenizer.encode("The end."), tokenizer.end_of_text]
    assert tokenizer.end_of_text == 0
    assert tokenizer.decode(ids) == "The end."
    assert tokenizer.decode(ids, show_end_of_text=True) == "<|endoftext|>The end.<|endoftext|>"


def test_every_byte_has_a_token(tokenizer):
    assert {tokenizer.token_bytes(token) for token in range(1, 257)} == {bytes([byte]) for byte in range(256)}
    assert train_bpe(TEXT, 257).vocabulary_size == 257


def test_lone_surrogates_and_unknown_ids_are_refused(tokenizer):
    with pytest.raises(TokenizerError, match=r"U\+D800, at character 3"):
        tokenizer.encode("abc\ud800")
    for token in (-1, tokenizer.vocabulary_size):
        with pytest.raises(TokenizerError, match=f"no token {token}"):
            tokenizer.decode([token])


def test_training_is_deterministic_and_the_fingerprint_ignores_layout(tokenizer, tmp_path):
    assert train_bpe(iter(TEXT * 3), 400).to_text() == tokenizer.to_text()
    (tmp_path / "spaced.json").write_text(json.dumps(json.loads(tokenizer.to_text()), indent=7), encoding="utf-8")
    assert Tokenizer.load(tmp_path / "spaced.json").fingerprint == tokenizer.fingerprint
    assert train_bpe(TEXT * 3, 300).fingerprint != tokenizer.fingerprint


def test_saved_file_is_unchanged_and_opens_in_hugging_face(tokenizer, tmp_path):
    tokenizer.save(tmp_path / "tokenizer.json")
    loaded = Tokenizer.load(tmp_path / "tokenizer.json")
    assert loaded.to_text() == tokenizer.to_text()
    inner = HuggingFaceTokenizer.from_file(str(tmp_path / "tokenizer.json"))
    text = " ".join(TEXT)
    assert inner.encode(text).ids == loaded.encode(text)
    assert inner.decode(loaded.encode(text)) == text
    assert inner.token_to_id("<|endoftext|>") == 0
    assert len(loaded.encode(text)) < len(text.encode()) / 1.5  # the merges are used


def test_a_small_vocabulary_is_refused():
    with pytest.raises(TokenizerError, match="at least 257"):
        train_bpe(TEXT, 256)


def made_by_hugging_face(pre_tokenizer, special_tokens, normalizer=None, model=None) -> str:
    inner = HuggingFaceTokenizer(model or models.BPE())
    inner.pre_tokenizer = pre_tokenizer
    inner.decoder = decoders.ByteLevel()
    if normalizer:
        inner.normalizer = normalizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner.train_from_iterator(
        TEXT,
        trainers.BpeTrainer(
            vocab_size=300, special_tokens=special_tokens, initial_alphabet=alphabet, show_progress=False
        ),
    )
    return inner.to_str()


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(STRINGS, max_size=10))
def test_another_split_works_too(texts):
    """Llama's way: another pattern, another end-of-text name, and a token that is no special one."""
    split = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(r"\p{N}{1,3}", "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    inner = HuggingFaceTokenizer.from_str(made_by_hugging_face(split, ["<unk>", "</s>"]))
    inner.add_tokens(["    "])
    inner.enable_truncation(3)
    inner.enable_padding(length=50)
    tokenizer = Tokenizer(inner.to_str())
    assert tokenizer.end_of_text == 1
    for text in texts:
        assert tokenizer.decode(tokenizer.encode(text)) == text


BYTE_LEVEL = pre_tokenizers.ByteLevel(add_prefix_space=False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read"),
        ("{}", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        (made_by_hugging_face(BYTE_LEVEL, ["[PAD]"]), "no end-of-text token"),
        (made_by_hugging_face(pre_tokenizers.ByteLevel(add_prefix_space=True), ["<|endoftext|>"]), "back unchanged"),
        (made_by_hugging_face(BYTE_LEVEL, ["<|endoftext|>"], normalizers.Lowercase()), "back unchanged"),
        (made_by_hugging_face(pre_tokenizers.Whitespace(), ["<|endoftext|>"]), "back unchanged"),
    ],
)
def test_unusable_files_are_explained(tmp_path, text, words):
    (tmp_path / "tokenizer.json").write_text(text, encoding="utf-8")
    with pytest.raises(TokenizerError, match=words) as caught:
        Tokenizer.load(tmp_path / "tokenizer.json")
    assert "tokenizer.json" in str(caught.value)


def test_missing_and_binary_files_are_explained(tmp_path):
    with pytest.raises(TokenizerError, match="cannot be read"):
        Tokenizer.load(tmp_path / "absent.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TokenizerError, match="cannot be read"):
        Tokenizer.load(tmp_path / "binary.json")
