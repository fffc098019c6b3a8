"""A text is only ever text, whatever a tokenizer calls its tokens, and the same text always gives the same tokens."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, decoders, models, normalizers, pre_tokenizers
from tokenizers import Tokenizer as HuggingFaceTokenizer

from pocket_narrator.storyworld import make_story
from pocket_narrator.tokenizers import Tokenizer, open_tokenizer, train_bpe, train_character
from pocket_narrator.tokenizers.byte_level import BYTE_CHARACTERS
from pocket_narrator.tokenizers.spelling import BLANK
from tests.tokenizers.foreign.test_pretrained import sentencepiece_model

STORIES = [make_story(index, 3).text for index in range(60)]
NAMES = ["<s>", "</s>", "<unk>", "<pad>", "<|endoftext|>", "<mask>", "[tool]", "###", "the", "|", "<0x41>", BLANK]
TEXTS = st.lists(st.sampled_from([*NAMES, "<", ">", "s", " ", "\n", "a", "\u4e16"])).map("".join)
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def unigram(with_added: bool) -> str:
    """Without added tokens a name is in the vocabulary alone, as in some converted files."""
    control = ["<unk>", "<s>", "</s>", "<pad>", "|"]
    pieces = [*((name, 0.0) for name in control), *((name, -20.0) for name in BYTES)]
    pieces += [(name, -float(place)) for place, name in enumerate([BLANK, *"<>sa/unkpdthe", f"{BLANK}a"], 1)]
    inner = HuggingFaceTokenizer(models.Unigram(pieces, 0, byte_fallback=True))
    inner.normalizer = normalizers.Replace(" ", BLANK)
    inner.decoder = decoders.Sequence([decoders.Replace(BLANK, " "), decoders.ByteFallback(), decoders.Fuse()])
    if with_added:
        inner.add_special_tokens([AddedToken(name, normalized=False) for name in control])
    return inner.to_str()


def byte_level(**options) -> HuggingFaceTokenizer:
    names = ["<|endoftext|>", *BYTE_CHARACTERS, "th", "the", "###", "##"]
    vocabulary = {name: place for place, name in enumerate(names)}
    merges = [("t", "h"), ("th", "e"), ("#", "#"), ("##", "#")]
    inner = HuggingFaceTokenizer(models.BPE(vocabulary, merges, **options))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    return inner


def with_special_words(*, special: bool, ignore_merges: bool) -> str:
    """Tokens that ordinary merges lead to as well."""
    inner = byte_level(ignore_merges=ignore_merges)
    inner.add_special_tokens(["the", "###", "|"])
    inner.add_tokens([AddedToken("<|endoftext|>", special=special), AddedToken("[tool]", lstrip=True, rstrip=True)])
    return inner.to_str()


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory) -> dict[str, Tokenizer]:
    folder = tmp_path_factory.mktemp("only-text")
    ranks = {bytes([byte]): byte for byte in range(256)} | {b"<s": 256, b"<s>": 257, b"</": 258}
    lines = [f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in ranks.items()]
    files = {"tiktoken": "".join(lines).encode()}
    for kind in ("bpe", "unigram"):
        for name, more in (
            ("", {}),
            (" with names", {"control_symbols": ["<pad>"], "user_defined_symbols": ["[tool]"]}),
        ):
            files[f"sentencepiece {kind}{name}"] = sentencepiece_model(model_type=kind, **more)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return {
        **{name: open_tokenizer(folder / name).tokenizer for name in files},
        "trained": train_bpe(STORIES, 500),
        "characters": train_character(STORIES, 300),
        "unigram": Tokenizer(unigram(with_added=True)),
        "unigram, end of text not special": Tokenizer(unigram(with_added=False)),
        "special words": Tokenizer(with_special_words(special=True, ignore_merges=False)),
        "special words taken whole": Tokenizer(with_special_words(special=True, ignore_merges=True)),
        "end of text not special": Tokenizer(with_special_words(special=False, ignore_merges=False)),
    }


KINDS = [
    "sentencepiece bpe",
    "sentencepiece unigram",
    "sentencepiece bpe with names",
    "sentencepiece unigram with names",
]
KINDS += ["tiktoken", "trained", "characters", "unigram", "special words", "special words taken whole"]
KINDS += ["unigram, end of text not special", "end of text not special"]


@pytest.mark.parametrize("kind", KINDS)
def test_names_in_a_text_are_text(kind, tokenizers):
    tokenizer = tokenizers[kind]
    control = {tokenizer.end_of_text, *tokenizer.control_tokens}
    assert len(control) == 1 or kind not in ("trained", "characters", "tiktoken")

    @settings(max_examples=60, deadline=None)
    @given(text=TEXTS)
    def check(text: str) -> None:
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        assert control.isdisjoint(ids)
        assert [piece.tolist() for piece in tokenizer.encode_batch([text, text])] == [ids, ids]

    check()
    for name in NAMES:
        assert control.isdisjoint(tokenizer.encode(f"a {name} b"))
        assert tokenizer.decode(tokenizer.encode(name)) == name


def test_ordinary_text_is_spelled_as_before(tokenizers):
    for kind in ("trained", "special words"):
        inner = HuggingFaceTokenizer.from_str(tokenizers[kind].to_text())
        inner.encode_special_tokens = True
        for text in ("a cat sat. \n\n2 dogs", "<0x41> </ s"):
            assert tokenizers[kind].encode(text) == inner.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"dropout": 0.5}, "dropout 0.5"),
        ({"dropout": 1.0}, "dropout 1.0"),
        ({}, None),
    ],
)
def test_chance_is_switched_off(change, names, tmp_path):
    inner = byte_level()
    inner.add_special_tokens(["<|endoftext|>"])
    inner.enable_truncation(3)
    inner.enable_padding(length=64, pad_token="a")
    parsed = json.loads(inner.to_str())
    parsed["model"] |= change
    (tmp_path / "tokenizer.json").write_text(json.dumps(parsed))
    opened = open_tokenizer(tmp_path)
    plain = byte_level()
    expected = plain.encode("the ### the other thing " * 5).ids
    assert all(opened.tokenizer.encode("the ### the other thing " * 5) == expected for _ in range(20))
    assert [*opened.notes] == (
        [] if names is None else [f"the same text always gives the same tokens ({names} is switched off)"]
    )
    assert opened.tokenizer.to_text() == (tmp_path / "tokenizer.json").read_text()


def test_the_sampling_of_unigram_is_switched_off():
    parsed = json.loads(unigram(with_added=True))
    parsed["model"] |= {"alpha": 0.1, "nbest_size": 64}
    tokenizer = Tokenizer(json.dumps(parsed))
    assert len({tuple(tokenizer.encode(" a a the unk " * 3)) for _ in range(30)}) == 1
