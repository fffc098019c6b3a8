"""The BPE trainer against a slow one that recounts everything before each merge, and against Hugging Face's."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as HuggingFaceTokenizer
from tokenizers import decoders, models, pre_tokenizers, processors, trainers

from pocket_narrator.errors import TokenizerError
from pocket_narrator.storyworld import make_story
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokenizers.bpe import describe_size
from pocket_narrator.tokenizers.counting import count_characters, count_words
from pocket_narrator.tokenizers.merges import LONGEST_WORD_BYTES, learn_merges
from pocket_narrator.tokenizers.words import split_words

ALPHABET = [b"a", b"b", b"c"]
SIZES = st.integers(min_value=3, max_value=20)
STORIES = [make_story(index, 5).text for index in range(150)]
RARE = [
    "\u0141\u00f3d\u017a is a city.\nSo is \u041c\u043e\u0441\u043a\u0432\u0430.\n\n \u4e16\u754c\u3002\nThe end",
    "x\u2028y \u00a0z",
]


def slow_merges(words, alphabet, first_id, largest_vocabulary):
    """Counts all pairs of all words anew before each merge."""
    token_of = {token: first_id + place for place, token in enumerate(alphabet)}
    spelled = {word: [token_of[bytes([byte])] for byte in word] for word in words}
    name = {token: text for text, token in token_of.items()}
    merges, added = [], []
    while first_id + len(alphabet) + len(added) < largest_vocabulary:
        counts = Counter()
        for word, count in words.items():
            for pair in zip(spelled[word], spelled[word][1:], strict=False):
                counts[pair] += count
        if not counts:
            break
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        text = name[pair[0]] + name[pair[1]]
        assert text not in token_of
        token_of[text] = first_id + len(alphabet) + len(added)
        name[token_of[text]] = text
        added.append(text)
        merges.append(pair)
        for word, symbols in spelled.items():
            place, merged = 0, []
            while place < len(symbols):
                if tuple(symbols[place : place + 2]) == pair:
                    merged.append(token_of[text])
                    place += 2
                else:
                    merged.append(symbols[place])
                    place += 1
            spelled[word] = merged
    return merges, added


WORDS = st.dictionaries(
    st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=14).map(b"".join), st.integers(1, 9), max_size=12
)


@settings(max_examples=600, deadline=None)
@given(words=WORDS, size=SIZES)
def test_merges_equal_those_of_counting_anew(words, size):
    assert learn_merges(words, ALPHABET, 1, size + 1) == slow_merges(words, ALPHABET, 1, size + 1)


def test_equal_counts_go_to_the_older_tokens():
    assert learn_merges({b"cb": 2, b"ba": 2, b"bc": 2}, ALPHABET, 0, 5)[0] == [(1, 0), (1, 2)]
    assert learn_merges({b"cb": 3, b"ba": 2}, ALPHABET, 0, 4)[0] == [(2, 1)]


def test_merging_ends_with_the_data_and_says_so():
    merges, added = learn_merges({b"ab": 1, b"abc": 1}, ALPHABET, 0, 1000)
    assert added == [b"ab", b"abc"]
    assert len(merges) == 2
    tokenizer = train_bpe(["to do, to do"], 5000)
    assert tokenizer.vocabulary_size < 270
    assert describe_size(tokenizer, 5000) == "261 tokens, not 5,000: the text gives no more than 4 merges"
    assert describe_size(train_bpe(STORIES[:9], 300), 300) == "300 tokens"


def test_nothing_is_learnt_from_what_is_too_long_to_be_a_word():
    assert learn_merges({b"ab" * LONGEST_WORD_BYTES: 5}, ALPHABET, 0, 10) == ([], [])
    long = "ab" * LONGEST_WORD_BYTES
    assert train_bpe([long], 400).vocabulary_size == 257


def trained_by_hugging_face(stories, vocabulary_size: int) -> str:
    inner = HuggingFaceTokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    inner.train_from_iterator(stories, trainer)
    return inner.to_str()


@pytest.mark.parametrize("vocabulary_size", [257, 300, 1500, 9000])
def test_the_tokenizer_is_that_of_hugging_face(vocabulary_size):
    stories = STORIES + RARE
    assert train_bpe(stories, vocabulary_size).to_text() == trained_by_hugging_face(stories, vocabulary_size)


def test_several_processes_count_the_same(monkeypatch):
    stories = (STORIES + RARE) * 3
    words, characters = count_words(stories), count_characters(stories)
    monkeypatch.setattr("pocket_narrator.tokenizers.counting.RUN_CHARACTERS", 20_000)
    assert count_words(iter(stories), workers=2) == words
    assert count_characters(iter(stories), workers=2) == characters
    assert sum(characters.values()) == sum(map(len, stories))
    assert train_bpe(stories, 600, workers=2).to_text() == train_bpe(stories[::-1], 600).to_text()


SEAMS = st.sampled_from(
    ["\n", "\n\n", " \n", "\n ", "x\n", ".\n", "\u0416", "\u4e16", "\u2028", "'s", "\x1c\n", "\x85", "\u0300\n"]
)


@settings(max_examples=500, deadline=None)
@given(text=st.one_of(st.lists(SEAMS, max_size=12).map("".join), st.text()))
def test_words_are_those_of_gpt2(text):
    expected = [text[first:last] for _, (first, last) in pre_tokenizers.ByteLevel(False).pre_tokenize_str(text)]
    assert split_words(text) == expected
    assert "".join(expected) == text


def test_a_lone_surrogate_is_refused_while_counting():
    with pytest.raises(TokenizerError, match=r"U\+D800"):
        train_bpe(["fine", "not \ud800"], 300)
