"""Character level: one token a character, bytes for the unknown ones, and a file that other tools open."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as HuggingFaceTokenizer

from pocket_narrator.errors import TokenizerError
from pocket_narrator.tokenizers import Tokenizer, train_character

TEXT = ["Hello caf\u00e9 \u2013 caf\u00e9\u2026", "\u201cHi\u2026\u201d \u00e9\u00e9"]
STRINGS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            ["<|endoftext|>", "<0xE9>", "\u00e9", "\u4e16", "\U0001f642", "\x00", "\u0120", "\r\n", "\u2581"]
        )
    ).map("".join),
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_character(TEXT, 4096)


@settings(max_examples=500)
@given(text=STRINGS)
def test_every_string_comes_back_and_equals_hugging_face(tokenizer, text):
    inner = HuggingFaceTokenizer.from_str(tokenizer.to_text())
    inner.encode_special_tokens = True
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert ids == inner.encode(text).ids
    assert inner.decode(ids) == text
    assert tokenizer.end_of_text not in ids


def test_a_known_character_is_one_token_and_an_unknown_one_its_bytes(tokenizer):
    known = {*map(chr, range(128)), *"".join(TEXT)}
    assert all(len(tokenizer.encode(character)) == 1 for character in known)
    assert tokenizer.vocabulary_size == 1 + len(known) + 128
    assert [tokenizer.token_bytes(token) for token in tokenizer.encode("\u4e16")] == [b"\xe4", b"\xb8", b"\x96"]
    stream = tokenizer.stream()
    assert [stream.push(token) for token in tokenizer.encode("\u4e16")] == ["", "", "\u4e16"]


def test_the_rarest_characters_give_way(tokenizer):
    small = train_character(TEXT, 259)
    assert small.vocabulary_size == 259
    assert [len(small.encode(character)) for character in "\u00e9\u2026\u2013\u201c"] == [1, 1, 3, 3]
    assert train_character(iter(TEXT[::-1]), 259).fingerprint == small.fingerprint
    assert small.fingerprint != tokenizer.fingerprint


def test_the_special_token_is_atomic_for_other_tools(tokenizer):
    inner = HuggingFaceTokenizer.from_str(tokenizer.to_text())
    assert inner.encode("a<|endoftext|>b").ids == [98, 0, 99]
    assert json.loads(tokenizer.to_text())["added_tokens"][0]["special"]


def test_bad_input_is_refused(tokenizer):
    with pytest.raises(TokenizerError, match="too small"):
        train_character(TEXT, 256)
    with pytest.raises(TokenizerError, match=r"U\+DC00"):
        train_character(["\udc00"], 300)
    with pytest.raises(TokenizerError, match=r"U\+DC00"):
        tokenizer.encode("\udc00")
