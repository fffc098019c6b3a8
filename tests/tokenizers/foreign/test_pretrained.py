"""Tokenizers of others: SentencePiece models and tiktoken ranks give the ids of their own libraries; the rest is explained."""

import base64
import io
import json
import math

import pytest
import sentencepiece
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as HuggingFaceTokenizer

from pocket_narrator.errors import TokenizerError
from pocket_narrator.storyworld import make_story
from pocket_narrator.tokenizers import Tokenizer, open_tokenizer, train_bpe
from pocket_narrator.tokenizers.foreign.ranks import convert_ranks

STORIES = [make_story(index, 11).text for index in range(120)]
GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
STRINGS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            [
                "</s>",
                "<s>",
                "<unk>",
                "<0x41>",
                "<mask>",
                "\u2581",
                "  ",
                " the",
                "\n",
                "\u4e16",
                "caf\u00e9",
                "<|endoftext|>",
            ]
        )
    ).map("".join),
)


def sentencepiece_model(**options) -> bytes:
    model = io.BytesIO()
    lines = [line for story in STORIES for line in story.split("\n")]
    given = {"model_type": "bpe", "byte_fallback": True, "normalization_rule_name": "identity", "vocab_size": 700}
    sentencepiece.SentencePieceTrainer.train(  # pyright: ignore[reportAttributeAccessIssue]
        sentence_iterator=iter(lines),
        model_writer=model,
        minloglevel=2,
        **{**given, "remove_extra_whitespaces": False, "user_defined_symbols": ["<mask>"], **options},
    )
    return model.getvalue()


@pytest.fixture(scope="module", params=["bpe", "unigram"])
def pair(request, tmp_path_factory):
    """Ours and SentencePiece's own."""
    raw = sentencepiece_model(model_type=request.param)
    path = tmp_path_factory.mktemp("model") / "tokenizer.model"
    path.write_bytes(raw)
    return open_tokenizer(path), sentencepiece.SentencePieceProcessor(model_proto=raw)


def test_a_sentencepiece_model_gives_its_own_ids(pair):
    """SentencePiece puts a blank before a text; ours does not, so it is given one."""
    opened, processor = pair
    assert opened.kind in ("SentencePiece BPE", "SentencePiece Unigram")
    assert opened.notes == ("no blank is put before a text",)
    assert opened.tokenizer.vocabulary_size == processor.vocab_size()
    assert opened.tokenizer.end_of_text == processor.eos_id()
    for story in [*STORIES[:60], "caf\u00e9 \u4e16  two <mask> blanks\n\n"]:
        ours, theirs = opened.tokenizer.encode(" " + story), processor.encode(story)
        if ours != theirs:  # two ways of the same probability
            scores = [[processor.get_score(token) for token in ids] for ids in (ours, theirs)]
            assert opened.kind == "SentencePiece Unigram"
            assert math.isclose(sum(scores[0]), sum(scores[1]), rel_tol=1e-5)


@settings(max_examples=300)
@given(text=STRINGS)
def test_no_text_is_lost_by_a_sentencepiece_model(pair, text):
    tokenizer = pair[0].tokenizer
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert tokenizer.end_of_text not in ids
    assert [piece.tolist() for piece in tokenizer.encode_batch([text, text])] == [ids, ids]


def test_the_json_made_of_a_model_opens_elsewhere(pair):
    tokenizer = pair[0].tokenizer
    inner = HuggingFaceTokenizer.from_str(tokenizer.to_text())
    for story in STORIES[:20]:
        ids = tokenizer.encode(story)
        assert inner.encode(story).ids == ids
        assert inner.decode(ids) == story
    assert Tokenizer(tokenizer.to_text()).encode(STORIES[0]) == tokenizer.encode(STORIES[0])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"byte_fallback": False}, "no tokens for single bytes"),
        ({"model_type": "char", "byte_fallback": False}, "kind char"),
        ({"model_type": "word", "byte_fallback": False}, "kind word"),
    ],
)
def test_models_that_lose_text_are_refused(tmp_path, options, words):
    (tmp_path / "a.model").write_bytes(sentencepiece_model(**options))
    with pytest.raises(TokenizerError, match=words) as caught:
        open_tokenizer(tmp_path / "a.model")
    assert "a.model" in str(caught.value)


def test_what_a_model_would_do_to_text_is_named_and_left_out(tmp_path):
    raw = sentencepiece_model(normalization_rule_name="nmt_nfkc", remove_extra_whitespaces=True)
    (tmp_path / "tokenizer.model").write_bytes(raw)
    opened = open_tokenizer(tmp_path)
    assert opened.notes == (
        "no blank is put before a text",
        "runs of blanks stay as they are",
        "no Unicode normalization is done",
    )
    text = " two  blanks\u2026 \ufb01ve "
    assert opened.tokenizer.decode(opened.tokenizer.encode(text)) == text
    processor = sentencepiece.SentencePieceProcessor(model_proto=raw)
    assert opened.tokenizer.encode(" Once upon a time") == processor.encode("Once upon a time")


def ranks_of(tokenizer: Tokenizer) -> dict[bytes, int]:
    return {tokenizer.token_bytes(token): token - 1 for token in range(1, tokenizer.vocabulary_size)}


def ranks_file(ranks: dict[bytes, int]) -> bytes:
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks.items())


@pytest.fixture(scope="module")
def ranks() -> dict[bytes, int]:
    return ranks_of(train_bpe(STORIES, 1000))


def test_ranks_give_the_ids_of_tiktoken(ranks, tmp_path):
    (tmp_path / "gpt2.tiktoken").write_bytes(ranks_file(ranks))
    opened = open_tokenizer(tmp_path / "gpt2.tiktoken")
    assert opened.kind == "tiktoken ranks"
    assert opened.tokenizer.end_of_text == len(ranks)
    encoding = tiktoken.Encoding("small", pat_str=GPT2, mergeable_ranks=ranks, special_tokens={})
    for text in [*STORIES, "caf\u00e9 \u4e16\u754c \U0001f642  two\n\n <|endoftext|> don't 123"]:
        assert opened.tokenizer.encode(text) == encoding.encode_ordinary(text)
        assert opened.tokenizer.decode(opened.tokenizer.encode(text)) == text


@settings(max_examples=150, deadline=None)
@given(words=st.lists(st.text("ab", min_size=1, max_size=9), min_size=3, max_size=6), text=st.text("ab", max_size=14))
def test_ranks_of_repetitive_words_too(words, text):
    ranks = ranks_of(train_bpe([" ".join(words)], 270))
    encoding = tiktoken.Encoding("small", pat_str=GPT2, mergeable_ranks=ranks, special_tokens={})
    assert Tokenizer(convert_ranks(ranks, "ranks")).encode(text) == encoding.encode_ordinary(text)


def test_the_end_of_text_takes_the_place_that_is_left_out(ranks):
    moved = {token: rank + (rank >= 300) for token, rank in ranks.items()}
    assert Tokenizer(convert_ranks(moved, "ranks")).end_of_text == 300


def other_kind_of_json() -> dict[str, bytes]:
    return {
        "vocab.json": b'{"a": 1, "b": 2}',
        "config.json": b'{"model_type": "gpt2"}',
        "list.json": b"[1, 2]",
    }


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("vocab.json", other_kind_of_json()["vocab.json"], "half a tokenizer"),
        ("config.json", other_kind_of_json()["config.json"], "no tokenizer.json"),
        ("list.json", other_kind_of_json()["list.json"], "no tokenizer.json"),
        ("cut.json", b'{"model": {"type": "BPE", ', "damaged JSON"),
        ("deep.json", b"[" * 100_000, "damaged JSON"),
        ("utf16.json", "{}".encode("utf-16-le"), "no tokenizer.json|damaged JSON"),
        ("bert.json", b'{"model": {"type": "Unheard"}}', "cannot be read"),
        ("empty.model", b"", "no tokenizer file that is known"),
        ("text.txt", b"Once upon a time\n", "no tokenizer file that is known"),
        ("zip.model", b"PK\x03\x04" + bytes(200), "no tokenizer file that is known"),
        ("noise.model", bytes(range(256)) * 4, "no tokenizer file that is known"),
        ("few.tiktoken", b"YQ== 0\nYg== 1\n", "byte 0x00 has no rank"),
    ],
)
def test_other_and_damaged_files_are_explained(tmp_path, name, raw, words):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(TokenizerError, match=words) as caught:
        open_tokenizer(tmp_path / name)
    assert name in str(caught.value)


def test_a_cut_model_or_ranks_file_is_explained(ranks, tmp_path):
    whole = sentencepiece_model()
    for length in (1, 1000, len(whole) // 2):
        (tmp_path / "cut.model").write_bytes(whole[:length])
        with pytest.raises(TokenizerError, match=r"cut\.model"):
            open_tokenizer(tmp_path / "cut.model")
    (tmp_path / "gap").write_bytes(ranks_file({token: rank for token, rank in ranks.items() if rank not in (300, 400)}))
    with pytest.raises(TokenizerError, match="at most one left out"):
        open_tokenizer(tmp_path / "gap")


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(raw)
    with pytest.raises(TokenizerError):
        open_tokenizer(path)


def test_ranks_of_another_split_are_refused():
    ranks = {bytes([byte]): byte for byte in range(256)}
    ranks |= {index.to_bytes(3, "big"): index for index in range(256, 100_256)}
    with pytest.raises(TokenizerError, match="cl100k_base"):
        convert_ranks(ranks, "ranks")


def test_a_json_that_changes_text_says_how(tmp_path):
    parsed = json.loads(train_bpe(STORIES[:20], 400).to_text())
    for key, value, words in (
        ("normalizer", {"type": "NFKC"}, r"normalizer NFKC"),
        ("normalizer", {"type": "Prepend", "prepend": "x"}, r"normalizer Prepend"),
        ("pre_tokenizer", {**parsed["pre_tokenizer"], "add_prefix_space": True}, r"blank before every text"),
        ("model", {**parsed["model"], "vocab": {**parsed["model"]["vocab"], "far": 1 << 30}}, "ids below"),
    ):
        (tmp_path / "tokenizer.json").write_text(json.dumps({**parsed, key: value}), encoding="utf-8")
        with pytest.raises(TokenizerError, match=words):
            open_tokenizer(tmp_path)


def test_a_byte_level_json_that_lacks_bytes_is_refused(tmp_path):
    parsed = json.loads(train_bpe(STORIES[:20], 257).to_text())
    for name, byte in (("\u0100", "00"), ("\u00f4", "f4")):
        vocabulary = {token: place for token, place in parsed["model"]["vocab"].items() if token != name}
        text = json.dumps({**parsed, "model": {**parsed["model"], "vocab": vocabulary}})
        (tmp_path / "tokenizer.json").write_text(text, encoding="utf-8")
        with pytest.raises(TokenizerError, match=f"byte 0x{byte} has no token"):
            open_tokenizer(tmp_path)


def test_a_folder_without_and_a_missing_file(tmp_path):
    with pytest.raises(TokenizerError, match="holds no tokenizer"):
        open_tokenizer(tmp_path)
    with pytest.raises(TokenizerError, match="cannot be read"):
        open_tokenizer(tmp_path / "absent")
